"""Arrays as pages send them: dtype, shape, and the bytes in base64."""

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from preceptor.core import InputError
from preceptor.people.arrays import MOST_BYTES

DTYPES: Final = {"bool": "?", "uint8": "|u1", "float32": "<f4"}
MOST_ARRAYS: Final = 4


def arrays_of(found: object) -> dict[str, np.ndarray]:
    """The arrays in a body: name to ``{"dtype": ..., "shape": [...], "data": base64}``.

    Booleans are one byte each, 0 or 1.

    Raises:
        InputError: no such arrays, or bytes that do not fill the shape.
    """
    if not isinstance(found, Mapping) or len(found) > MOST_ARRAYS:
        raise InputError(f"arrays: expected at most {MOST_ARRAYS} by name")
    return {str(name): _array(str(name)[:40], one) for name, one in found.items()}


def _array(name: str, one: object) -> np.ndarray:
    if not isinstance(one, Mapping) or set(one) != {"dtype", "shape", "data"}:
        raise InputError(f"{name}: expected dtype, shape and data")
    dtype, shape, data = one["dtype"], one["shape"], one["data"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise InputError(f"{name}: dtype is one of {', '.join(DTYPES)}")
    if (
        not isinstance(shape, list)
        or not 0 < len(shape) <= 4
        or not all(isinstance(n, int) and not isinstance(n, bool) and 0 < n < 2**20 for n in shape)
    ):
        raise InputError(f"{name}: shape is a list of one to four whole numbers above 0")
    if not isinstance(data, str):
        raise InputError(f"{name}: data is a text in base64")
    kind = np.dtype(DTYPES[dtype])
    size = math.prod(shape) * kind.itemsize
    if size > MOST_BYTES:
        raise InputError(f"{name}: at most {MOST_BYTES:,} bytes; the shape means {size:,}")
    try:
        raw = base64.b64decode(data.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise InputError(f"{name}: data is no base64") from error
    if len(raw) != size:
        raise InputError(f"{name}: the shape means {size:,} bytes; got {len(raw):,}")
    if dtype == "bool" and not set(raw) <= {0, 1}:
        raise InputError(f"{name}: booleans are bytes 0 or 1")
    return np.frombuffer(raw, kind).reshape(shape)
