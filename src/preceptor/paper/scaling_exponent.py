"""How a cost grows: the slope of a straight line through logarithms."""

from collections.abc import Sequence

import numpy as np

from preceptor.core import InputError


def exponent(sizes: Sequence[float], costs: Sequence[float | None]) -> float | None:
    """The power of the size with which the cost grows, by least squares on logarithms.

    ``None`` where a cost is missing, since the sizes at which a target was reached would flatter.

    Raises:
        InputError: fewer than two sizes, or numbers that have no logarithm.
    """
    return _slope(np.log(np.array(sizes, dtype=np.float64)), costs)


def doublings(sizes: Sequence[float], costs: Sequence[float | None]) -> float | None:
    """How often the cost doubles when the size grows by 1; ``None`` as in :func:`exponent`.

    Raises:
        InputError: as :func:`exponent`.
    """
    slope = _slope(np.array(sizes, dtype=np.float64), costs)
    return None if slope is None else slope / float(np.log(2))


def _slope(across: np.ndarray, costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    if len(across) != len(costs) or len(across) < 2 or not np.isfinite(across).all():
        raise InputError(f"cannot fit a line through {len(costs)} costs at {len(across)} sizes")
    if len(known) < len(costs):
        return None
    if min(known) <= 0:
        raise InputError(f"costs must be positive to have a logarithm; got {known}")
    centred = across - across.mean()
    return float(centred @ np.log(np.array(known)) / (centred @ centred))
