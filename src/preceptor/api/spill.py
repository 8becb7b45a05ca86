"""Arrays that may be larger than memory."""

import tempfile
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from preceptor.core import InputError

IN_MEMORY: Final = 512 * 2**20
"""Bytes from which on an array lies in a temporary file, which ends with the process."""


def empty(shape: tuple[int, ...], dtype: Any, limit: int = IN_MEMORY) -> np.ndarray:
    """An array to be filled: in memory, or mapped from a temporary file where it is large.

    Raises:
        OSError: there is no room for the file.
    """
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if size <= limit:
        return np.zeros(shape, dtype)
    with tempfile.TemporaryFile() as file:  # the mapping keeps it
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)


def joined(parts: Iterable[np.ndarray], what: str, limit: int = IN_MEMORY) -> np.ndarray:
    """Parts ``[some, *shape]`` one after another, ``[all, *shape]``; of each part only one copy is made.

    Args:
        parts: read once, in order.
        what: gives them, for messages.
        limit: of bytes in memory.

    Raises:
        InputError: no parts, or parts of different shapes or kinds of numbers.
    """
    held: list[np.ndarray] = []
    size = rows = 0
    file = None
    for part in parts:
        first = held[0] if held else part
        if part.shape[1:] != first.shape[1:]:
            raise InputError(
                f"{what} gives inputs of different shapes, such as {tuple(first.shape[1:])}, "
                f"{tuple(part.shape[1:])}; bring them to one shape first"
            )
        if file is not None:
            if not np.can_cast(part.dtype, first.dtype):
                raise InputError(f"{what} gives inputs of {first.dtype} and of {part.dtype}")
            file.write(np.ascontiguousarray(part, first.dtype).tobytes())
        else:
            held.append(part)
            size += part.nbytes
            if size > limit:
                file = tempfile.TemporaryFile()  # noqa: SIM115 - the mapping keeps it
                dtype = np.result_type(*{one.dtype for one in held})
                for one in held:
                    file.write(np.ascontiguousarray(one, dtype).tobytes())
                held = [np.empty((0, *first.shape[1:]), dtype)]
        rows += len(part)
    if not rows:
        raise InputError(f"{what} is empty; expected at least one item")
    if file is None:
        return np.concatenate(held)
    with file:
        file.flush()
        return np.memmap(file, dtype=held[0].dtype, mode="r", shape=(rows, *held[0].shape[1:]))


def extent(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """The least and greatest value of each coordinate, and whether all values are finite.

    Read once, a few megabytes at a time: the array may be mapped from disk.

    Args:
        inputs: ``[items, *shape]``, real numbers.

    Returns:
        ``[*shape]``, ``[*shape]`` and a truth value.
    """
    rows = max(1, 2**22 // max(1, int(np.prod(inputs.shape[1:]))))
    least = most = np.asarray(inputs[0])
    finite = True
    for start in range(0, len(inputs), rows):
        part = np.asarray(inputs[start : start + rows])
        finite &= bool(np.isfinite(part).all())
        least, most = np.minimum(least, part.min(0)), np.maximum(most, part.max(0))
    return least, most, finite


def not_finite(inputs: np.ndarray, what: str) -> str:
    """Which items cannot be used."""
    bad = [i for i, one in enumerate(inputs) if not np.isfinite(one).all()]
    return (
        f"{what} holds values that are not finite (NaN, or infinite) in {len(bad)} of {len(inputs)} "
        f"items, first in number {bad[0]}, counted from 0; drop or mend such items"
    )
