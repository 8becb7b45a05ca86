"""Where answers and results are kept when the caller does not say: memory, and a folder that ends
with the process.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from preceptor.core import InputError
from preceptor.ledger import Ledger

Kept = Ledger | str | Path
"""A ledger, or its file."""

_SESSION: dict[int, Ledger] = {}
_FOLDERS: list[Path] = []


def opened(ledger: Kept | None) -> AbstractContextManager[Ledger]:
    """A ledger to work in: the one given, a file's, or the session's own in memory.

    The session's own is one for all calls in this process: a question that one call asked is known
    to the next, and the order in which a stopped audit asks is kept, so that trying it again is no
    new attempt.

    Raises:
        InputError: neither a ledger nor a path.
    """
    if isinstance(ledger, Ledger):
        return nullcontext(ledger)
    if ledger is None:
        process = os.getpid()
        if process not in _SESSION:
            _SESSION.clear()  # a fork has its own
            _SESSION[process] = Ledger(":memory:")
        return nullcontext(_SESSION[process])
    if not isinstance(ledger, str | Path):
        raise InputError(
            f"--ledger: a {type(ledger).__name__}; expected a file such as 'preceptor.db', a Ledger, "
            "or nothing to keep answers in memory until the session ends"
        )
    return Ledger(ledger)


def file_of(ledger: Kept | None) -> str | Path | None:
    """The file of a ledger, where studies lie too; ``None`` for one in memory."""
    return ledger.path if isinstance(ledger, Ledger) else ledger


def folder_for(out: str | Path | None) -> Path:
    """The folder named, or a temporary one that is removed when the process ends.

    Raises:
        InputError: no path.
    """
    if out is None:
        made = Path(tempfile.mkdtemp(prefix="preceptor-"))
        _FOLDERS.append(made)
        atexit.register(_remove, made, os.getpid())
        return made
    if not isinstance(out, str | Path):
        raise InputError(
            f"--out: a {type(out).__name__}; expected a folder's path, or nothing for a temporary one"
        )
    return Path(out)


def is_temporary(folder: Path) -> bool:
    """Whether a folder is one of those that end with the process, or lies in one."""
    return any(folder.is_relative_to(one) for one in _FOLDERS)


def _remove(folder: Path, process: int) -> None:
    """When the process ends that made it, and not when a fork of it does."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
