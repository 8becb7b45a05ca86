"""The Wasserstein-1 distance between the grey levels of two images.

Each image is a heap of sand on its pixels, as much as the pixel is bright, and both heaps weigh 1.
The distance is how far a grain travels on average when the one heap is carried to the other in the
cheapest way, over straight lines, in pixels: Villani, *Optimal Transport* (2009), definition 6.1,
with the Euclidean distance between pixel centres. Solved exactly by the network simplex of POT
(Flamary et al. 2021).

Two differences from the plain program. First, only the difference of the two heaps is carried:
for p = 1 the distance depends on nothing else (Kantorovich and Rubinstein; Villani, remark 6.5), and
the program is several times smaller. Second, images with more than ``GRID`` pixels on a side are
added up in square blocks first; :class:`Transport` says how large these were and how far that can
put the result off.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np

from preceptor.core import InputError

GRID: Final = 32
"""Blocks on the longer side at most: 32 x 32 are solved in about a tenth of a second."""

_STEPS: Final = 1_000_000


@dataclass(frozen=True)
class Transport:
    """A Wasserstein-1 distance, and how finely it was measured.

    Attributes:
        distance: in pixels of the images as given; ``None`` if one of them has no mass at all.
        block: side of the blocks, in pixels, over which mass was added up; 1 means exact.
    """

    distance: float | None
    block: int

    @property
    def off_by(self) -> float:
        """No more than this can the blocks put the distance off, in pixels."""
        return math.sqrt(2) * (self.block - 1)


def wasserstein(a: np.ndarray, b: np.ndarray, *, low: float = 0.0) -> Transport:
    """Wasserstein-1 between the grey-level mass of two images.

    Args:
        a: ``Float[channels, height, width]``. A pixel's mass is the mean of its channels, less
            ``low``; what lies below counts as 0.
        b: likewise, of the same shape.
        low: the value of black.

    Raises:
        InputError: the shapes differ or are no image's.
    """
    if a.shape != b.shape or a.ndim != 3:
        raise InputError(
            f"Wasserstein needs two images [channels, height, width] of one shape; got {a.shape} "
            f"and {b.shape}"
        )
    block = max(1, -(-max(a.shape[1:]) // GRID))
    heaps = [_heap(image, low, block) for image in (a, b)]
    totals = [float(heap.sum()) for heap in heaps]
    if min(totals) <= 0:
        return Transport(None, block)
    surplus = heaps[0] / totals[0] - heaps[1] / totals[1]
    places = _centres(a.shape[1], a.shape[2], block)
    return Transport(_carry(surplus.ravel(), places), block)


def _heap(image: np.ndarray, low: float, block: int) -> np.ndarray:
    """Mass by block, ``Float64[rows, columns]``; blocks at the edge may be smaller."""
    mass = np.clip(image.astype(np.float64).mean(0) - low, 0.0, None)
    rows, columns = (range(0, side, block) for side in mass.shape)
    down: np.ndarray = np.add.reduceat(mass, list(rows), axis=0)
    across: np.ndarray = np.add.reduceat(down, list(columns), axis=1)
    return across


def _centres(height: int, width: int, block: int) -> np.ndarray:
    """``Float64[blocks, 2]``, the middle of each block in pixels."""
    starts = [np.arange(0, side, block) for side in (height, width)]
    ends = [np.minimum(s + block, side) for s, side in zip(starts, (height, width), strict=True)]
    down, across = ((s + e - 1) / 2 for s, e in zip(starts, ends, strict=True))
    grid = np.meshgrid(down, across, indexing="ij")
    return np.stack([axis.ravel() for axis in grid], axis=1)


def _carry(surplus: np.ndarray, places: np.ndarray) -> float:
    """The cheapest way to carry the positive part to where the negative part is."""
    with warnings.catch_warnings():
        # POT 0.9 has invalid escapes in its docstrings, of which Python complains when it compiles
        # it. It brings scikit-learn and is slow to import: see docs/decisions/0010
        warnings.simplefilter("ignore")
        import ot

    give, take = np.flatnonzero(surplus > 0), np.flatnonzero(surplus < 0)
    moved = float(surplus[give].sum())
    if not len(take) or moved <= 1e-12:
        return 0.0
    supply, demand = surplus[give] / moved, -surplus[take]
    demand = demand / demand.sum()
    cost = np.linalg.norm(places[give][:, None] - places[take][None], axis=-1)
    return moved * float(ot.emd2(supply, demand, cost, numItermax=_STEPS))
