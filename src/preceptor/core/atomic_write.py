"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path, *, at_once: bool = False) -> Iterator[Path]:
    """Where to write what becomes ``path`` when the block has ended, or leaves it as it was.

    Args:
        path: of the file, in a folder that is there. The place is beside it, ``new.`` before its
            name, so that it has the suffix by which some libraries tell what to write.
        at_once: whether several processes may write this file at once; each has its own place.

    Raises:
        OSError: the file cannot be put into its place.
    """
    mine = f".{os.getpid()}" if at_once else ""
    fresh = path.with_name(f"new{mine}.{path.name}")
    yield fresh
    fresh.replace(path)
