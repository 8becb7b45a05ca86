"""``--fail-under`` and ``--junit``: what is said and written of thresholds, for CI."""

from collections.abc import Sequence
from pathlib import Path

from preceptor.audit import Record, gate, junit
from preceptor.cli.console import err
from preceptor.core import InputError
from preceptor.core.atomic_write import atomic_write


def clear(file: Path | None) -> None:
    """Take away what an earlier run left, so that a run that ends badly leaves no good news.

    Raises:
        InputError: no name of an XML file.
    """
    if file is None:
        return
    if file.suffix.lower() != ".xml":
        raise InputError(f"--junit {file}: expected a file that ends in .xml, such as audit.xml")
    file.unlink(missing_ok=True)


def write(file: Path | None, records: Sequence[Record], fail_under: float | None) -> None:
    """Write the JUnit file, if one was asked for.

    Raises:
        OSError: it cannot be written.
    """
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(file) as fresh:
        fresh.write_text(junit(records, fail_under), encoding="utf-8")


def say_held(records: Sequence[Record], fail_under: float | None) -> None:
    """Say of each threshold that holds that it does, on standard error."""
    if fail_under is None:
        return
    for record in records:
        found = gate(record, fail_under)
        if found.standing == "passed":
            start = f"{record.facts['student']['name']}: " if len(records) > 1 else ""
            err.print(f"{start}{found.why}", highlight=False, markup=False)
