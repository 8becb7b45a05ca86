"""Whether inputs survive float32, in which all of preceptor keeps them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core.errors import InputError

COARSE: Final = 1e-4
"""Rounding by more than this share of a column's own range changes what the column says."""

_EXACT: Final = 2.0**53
_SAME: Final = 1e-12
_ROWS: Final = 1024
_WIDE_ARRAYS: Final = ("int32", "uint32", "int64", "uint64", "float64", "float128")
_WIDE_TENSORS: Final = (torch.int32, torch.int64, torch.float64)


def check_float32(inputs: np.ndarray | Tensor, who: str, names: Sequence[str] = ()) -> None:
    """Refuse inputs that float32 would change for more than the last digits.

    Whole numbers, such as seconds since 1970 or identifiers, must stay what they are: float32 holds
    all of them up to 16,777,216 and not all beyond. Other numbers must not move by more than
    ``COARSE`` of their column's range.

    Args:
        inputs: ``[items, *shape]``, any real dtype.
        who: what they are called in messages.
        names: the features' names, for vectors.

    Raises:
        InputError: names the first such column, what happens to it and what to do.
    """
    if isinstance(inputs, Tensor):
        if inputs.dtype not in _WIDE_TENSORS:
            return
    elif inputs.dtype.name not in _WIDE_ARRAYS:
        return
    low, high, error, whole = _measure(inputs)
    width = high - low
    level = width <= _SAME * np.maximum(np.abs(low), np.abs(high))  # one value, but for rounding
    bad = (error > 0) & (whole | (~level & ~(error <= COARSE * width)))
    if not bad.any():
        return
    place = int(np.flatnonzero(bad)[0])
    column = _rows(inputs, 0, len(inputs))[:, place]
    with np.errstate(over="ignore"):
        kept = column.astype(np.float32)
    where = tuple(int(i) for i in np.unravel_index(place, tuple(inputs.shape[1:])))
    called = repr(names[place]) if names else f"{where[0] if len(where) == 1 else where}"
    changed = int((kept.astype(np.longdouble) != column.astype(np.longdouble)).sum())
    what = "whole numbers" if whole[place] else "numbers"
    raise InputError(
        f"{who}: column {called} holds {what} from {low[place]:.17g} to {high[place]:.17g}. Inputs "
        f"are kept as float32, where {changed} of {len(column)} would change, by up to "
        f"{error[place]:.3g}, and {len(np.unique(column))} different values become "
        f"{len(np.unique(kept))}. Subtract an offset from that column or give it in larger units "
        "(and undo this inside student and teacher), or split it in two; numbers that only name "
        "something are better left out."
    )


def _measure(
    inputs: np.ndarray | Tensor,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each coordinate: least and greatest value, largest change, and whether all are whole."""
    many = int(np.prod(inputs.shape[1:]))
    low, high = np.full(many, np.inf), np.full(many, -np.inf)
    error, whole = np.zeros(many), np.ones(many, dtype=np.bool_)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(inputs), _ROWS):
            rows = _rows(inputs, start, start + _ROWS)
            wide = rows.astype(np.longdouble)  # holds all of int64, where float64 does not
            finite = np.isfinite(wide)
            change = np.abs(rows.astype(np.float32).astype(np.longdouble) - wide)
            error = np.maximum(error, np.where(finite, change, 0).max(0).astype(np.float64))
            low = np.minimum(low, np.where(finite, wide, np.inf).min(0).astype(np.float64))
            high = np.maximum(high, np.where(finite, wide, -np.inf).max(0).astype(np.float64))
            if rows.dtype.kind == "f":
                integral = (np.abs(wide) <= _EXACT) & (wide == np.rint(wide))
                whole &= (integral | ~finite).all(0)
    return low, high, error, whole


def _rows(inputs: np.ndarray | Tensor, start: int, stop: int) -> np.ndarray:
    rows = inputs[start:stop]
    array = rows.detach().cpu().numpy() if isinstance(rows, Tensor) else np.asarray(rows)
    return array.reshape(len(array), -1)
