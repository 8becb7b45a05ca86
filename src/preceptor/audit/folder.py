"""The folder of an audit, and whose half-made files lie in it."""

import shutil
from pathlib import Path

from preceptor.audit.input_rows import STALE
from preceptor.core import InputError
from preceptor.core.atomic_write import atomic_write


def claim(folder: Path, content: str) -> None:
    """Start afresh, or go on with this very audit; never with another's half-made files.

    Args:
        folder: of the record.
        content: what makes this audit the one that it is.

    Raises:
        InputError: there are such files, and no sign that an audit made them.
    """
    work, mark = folder / "work", folder / "work" / "audit"
    if mark.exists() and mark.read_text() == content:
        return
    inputs = folder / "inputs"
    stale = [path for one in STALE for path in inputs.glob(one)]
    foreign = [*stale, *(work.iterdir() if work.is_dir() else ())]
    if foreign and not mark.exists() and not (folder / "record.json").exists():
        raise InputError(
            f"{folder} holds {foreign[0].relative_to(folder)}, which no audit made and this one "
            "would write over; give another folder for the record"
        )
    work.mkdir(parents=True, exist_ok=True)
    _empty(work)
    for path in stale:
        path.unlink()
    _mark(work, content)


def _mark(work: Path, content: str) -> None:
    with atomic_write(work / "audit") as fresh:
        fresh.write_text(content)


def _empty(work: Path) -> None:
    """Delete an audit's work but for its mark, which says from the start that it is void."""
    _mark(work, "")
    for path in work.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "audit":
            path.unlink()


def discard(work: Path) -> None:
    """Delete an audit's work."""
    _empty(work)
    (work / "audit").unlink()
    work.rmdir()
