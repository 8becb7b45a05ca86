"""What statics says of stacks of blocks, beside the engine that moves them."""

import numpy as np


def overhang(offsets: np.ndarray) -> float:
    """How far the worst centre of gravity lies beyond the block that bears it, in widths.

    Statics: a stack stands where this is below 0, for every block and all that lies on it.
    """
    places = np.concatenate([[0.0], np.cumsum(offsets)])
    return max(
        abs(float(places[level + 1 :].mean() - places[level])) - 0.5
        for level in range(len(offsets))
    )
