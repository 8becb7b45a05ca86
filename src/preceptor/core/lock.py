"""One command at a time in a folder."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from preceptor.core.errors import InputError

NAME: Final = ".preceptor.lock"
"""An empty file that stays in the folder; the lock on it ends with its process, even if killed."""

_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL}


@contextmanager
def alone(folder: str | Path) -> Iterator[None]:
    """Hold a folder, which is made if it is not there; the same thread may hold it several times.

    Raises:
        InputError: somebody else holds it, or its file system has no locks.
        OSError: the folder cannot be made or written.
    """
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    lock = FileLock(where.resolve() / NAME, is_singleton=True)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise InputError(
            f"another preceptor command is at work in {where}: two at once would mix their "
            "results. Wait until it has ended and run this one again, or give this one another "
            "folder (--out)"
        ) from error
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
            raise
        raise InputError(
            f"the file system of {where} cannot lock files ({error}), so that two commands could "
            "mix their results there. Give a folder on a local disk (--out)"
        ) from error
    try:
        yield
    finally:
        lock.release()
