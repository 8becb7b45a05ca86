"""Which inputs the folder of a record keeps: they are most of what an audit leaves on disk."""

from dataclasses import replace
from typing import Final, Literal, get_args

from preceptor.audit.record import FORMAT, Record
from preceptor.core import InputError

KeepInputs = Literal["none", "moved", "all"]

KEPT: Final[tuple[KeepInputs, ...]] = get_args(KeepInputs)

_FILES: Final = {"all": (), "moved": ("clean.*",), "none": ("clean.*", "moved-*")}
"""What goes, as patterns."""


def read_keep_inputs(keep: str) -> KeepInputs:
    """One of the words.

    Raises:
        InputError: none of them.
    """
    for one in KEPT:
        if keep == one:
            return one
    raise InputError(f"--keep-inputs {keep!r}: expected one of {', '.join(KEPT)}")


def keep_inputs(record: Record, keep: KeepInputs) -> Record:
    """The same record, saved, with no other inputs beside it.

    While questions wait for an answer everything stays, since the same audit, run again, goes on
    from there. What student and teacher said of each input stays in any case; so does the report
    that was written. What changes or shows inputs later (a report made anew, an explanation) needs
    them all.

    Args:
        record: whose pages are written.
        keep: ``all``; ``moved``, without the clean inputs, which lie in the data anyhow; or ``none``.

    Raises:
        InputError: another record lies in its folder by now.
    """
    questions = record.facts["questions"]
    if keep == "all" or questions["answered"] < questions["asked"]:
        return record
    found = replace(record, run={**record.run, "kept_inputs": keep})
    FORMAT.amend(record.folder, {"run": found.run}, record.digest)
    for pattern in _FILES[keep]:
        for path in (record.folder / "inputs").glob(pattern):
            path.unlink()
    return found
