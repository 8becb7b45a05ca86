"""Arrays as bytes and back, in the safetensors format: plain numbers, nothing that runs."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from preceptor.core import InputError, LedgerError

MOST_BYTES: Final = 4 * 1024 * 1024
"""The most that the arrays of one thing taught may hold."""


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays of booleans or numbers as bytes.

    Raises:
        InputError: they hold more than ``MOST_BYTES``, or something else than numbers.
    """
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise InputError(f"{name}: expected booleans or numbers; got {array.dtype}")
    size = sum(array.nbytes for array in arrays.values())
    if size > MOST_BYTES:
        raise InputError(
            f"what is taught at once may hold {MOST_BYTES:,} bytes of arrays; got {size:,}"
        )
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    packed: bytes = save(plain)
    return packed


def unpack(data: bytes) -> dict[str, np.ndarray]:
    """The arrays again.

    Raises:
        LedgerError: bytes that :func:`pack` did not make.
    """
    try:
        found: dict[str, np.ndarray] = load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise LedgerError(
            f"the arrays of something that was taught are damaged: {error}"
        ) from error
    return found
