"""A pool drawn item by item, and a prediction of each item that is corrected by those drawn.

The claim is about the rate of *these* items: the sum of what is right over the sum of what is
certain. Let ``x = right - p certain`` for an item, and ``h = right' - p certain'`` the same as
predicted from what a stand-in says of it. With ``q`` the probability of the item drawn among those
left,

    gain = (x - h) / q + (sum of h over what is left) + (sum of x over what was drawn)

has the sum of ``x`` over all items as its mean, whatever was drawn before and however bad the
prediction, as long as that hangs on the past alone. So bets on it are fair where the rate is ``p``.

Four sources, put together as in :mod:`preceptor.sequential.pool`: weighted draws without
replacement (Shekhar et al. 2023), the prediction as a control variate (prediction-powered inference:
Angelopoulos et al. 2023; in bets: Csillag, Struchiner & Goedert 2025, *Prediction-powered e-values*),
and weights by doubt (Zrnic & Candes 2024). Differences from these: the prediction is a ridge
regression of people's answers on what the stand-in says, refitted after each, and begun at what a
stand-in would say that errs at a stated rate, which counts as :data:`BEGUN` answers; and a quarter of
the stake is bet without any prediction, so that the interval is never wider than that of these bets
alone at a quarter of the error, however bad the stand-in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from preceptor.core import InputError
from preceptor.sequential.evidence import BETS, Evidence, Gain, grid, growth, growths

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

ALONE: Final = 1 / 4
"""The part of the stake that is bet without a prediction."""

BEGUN: Final = 10.0
"""So many answers the prediction is begun with."""

RIDGE: Final = 0.5
"""Of the regression, for each coefficient but the constant."""

FRACTIONS: Final = np.array([0.15, 0.35, 0.6, 0.8, 0.97])
"""Of the largest bet that cannot ruin, of bets on a prediction: these vary less than bets on plain
results, so larger ones pay."""

_POINTS: Final = grid(step=0.005)


@dataclass(frozen=True, eq=False)
class PredictionCells:
    """The sorts of items in a pool: items of one sort are alike to prediction and draw.

    Attributes:
        of: ``Int64[items]``, each item's cell.
        looks: ``Float[cells, features]``, what the prediction goes by; the first is 1.
        weights: ``Float[cells]``, of the draw.
        begun: ``Float[cells, 2]``, what is predicted of right and certain before any answer.

    Raises:
        InputError: a weight that is not positive.
    """

    of: Codes
    looks: Array
    weights: Array
    begun: Array

    def __post_init__(self) -> None:
        if not (np.isfinite(self.weights).all() and (self.weights > 0).all()):
            raise InputError("weights of a draw are positive numbers")

    @classmethod
    def join(cls, looks: Array, weights: Array, begun: Array) -> "PredictionCells":
        """From the items' own rows: ``Float[items, features]``, ``Float[items]``, ``Float[items, 2]``."""
        rows = np.concatenate([looks, weights[:, None], begun], 1)
        # rounded, so that sums in another order make no further cell
        kept, of = np.unique(rows.round(9), axis=0, return_inverse=True)
        many = looks.shape[1]
        return cls(of.reshape(-1).astype(np.int64), *_parts(kept, many))

    @classmethod
    def alike(cls, weights: Array) -> "PredictionCells":
        """Items of which nothing is predicted."""
        ones = np.ones((len(weights), 1))
        return cls.join(ones, weights, np.zeros((len(weights), 2)))

    def counts(self, items: Codes) -> Array:
        """``Float[cells]``: how many of some items are in each cell."""
        return np.bincount(self.of[items], minlength=len(self.weights)).astype(np.float64)


def _parts(rows: Array, many: int) -> tuple[Array, Array, Array]:
    return rows[:, :many], rows[:, many], rows[:, many + 1 :]


def weighted_order(weights: Array, rng: np.random.Generator) -> Codes:
    """``Int64[items]``: one after another without replacement, each by its weight among those left.

    Any part of the items comes in an order drawn likewise. (Each item has an exponential waiting
    time; the order is that of the times.)
    """
    found: Codes = np.argsort(rng.exponential(size=len(weights)) / weights, kind="stable")
    return found


@dataclass(frozen=True, eq=False)
class CorrectedEvidence:
    """What is known of the rate after some items. A value.

    Attributes:
        cells: of the pool.
        evidence: the wealth; of bets without a prediction, then of those with one.
        left: ``Float[cells]``, items not drawn yet.
        past: ``Float[2, 2]``: right and certain so far, at worst and at best.
        squares: ``Float[features, features]`` of the regression.
        products: ``Float[features, 2]``.
        sums: ``Float[2]``, of the unbiased estimates of right and certain after each item.
        drawn: how many items.
        predicts: whether there is a prediction; without one only plain bets are laid.
    """

    cells: PredictionCells
    evidence: Evidence
    left: Array
    past: Array
    squares: Array
    products: Array
    sums: Array
    drawn: int
    predicts: bool

    @classmethod
    def start(
        cls, cells: PredictionCells, *, predicts: bool = True, points: Array = _POINTS
    ) -> "CorrectedEvidence":
        """Nothing drawn yet.

        Raises:
            InputError: an empty pool.
        """
        if not len(cells.of):
            raise InputError("the pool has no items")
        evidence = Evidence.start(points)
        if predicts:
            many = BETS + len(FRACTIONS)  # the wealth is the mean over all bets
            shares = [many * ALONE / BETS, many * (1 - ALONE) / len(FRACTIONS)]
            stakes = np.log(np.repeat(shares, [BETS, len(FRACTIONS)]))
            spread = np.broadcast_to(stakes, (len(points), len(stakes)))
            evidence = replace(evidence, up=spread.copy(), down=spread.copy())
        left, looks = cells.counts(np.arange(len(cells.of))), cells.looks
        penalty = np.full(looks.shape[1], RIDGE)
        penalty[0] = 1e-6  # the constant is free; so little keeps the system solvable
        share = BEGUN * left / left.sum()
        return cls(
            cells,
            evidence,
            left,
            np.zeros((2, 2)),
            np.diag(penalty) + np.einsum("g,gi,gj->ij", share, looks, looks),
            np.einsum("g,gi,gk->ik", share, looks, cells.begun),
            np.zeros(2),
            0,
            predicts,
        )

    @property
    def predicted(self) -> Array:
        """``Float[cells, 2]``, right and certain as predicted from the past; 0 without a prediction."""
        if not self.predicts:
            return np.zeros((len(self.left), 2))
        found = np.clip(self.cells.looks @ np.linalg.solve(self.squares, self.products), 0.0, 1.0)
        found[:, 0] = np.minimum(found[:, 0], found[:, 1])
        return found

    def after(self, cell: int, worst: Array, best: Array) -> "CorrectedEvidence":
        """One more item drawn.

        Args:
            cell: of the item.
            worst: ``Float[2]``, right and certain, between 0 and 1, right at most certain; what is
                not known of them at worst.
            best: likewise at best.
        """
        points, predicted = self.evidence.points, self.predicted
        plain = growths(points, *self._gains(cell, worst, best, np.zeros_like(predicted)))
        grown = plain
        if self.predicts:
            least, most = self._gains(cell, worst, best, predicted)
            bets = np.broadcast_to(FRACTIONS, (len(points), len(FRACTIONS)))
            more = growth(bets, least.value, least.least), growth(bets, -most.value, -most.most)
            grown = np.concatenate([plain[0], more[0]], -1), np.concatenate([plain[1], more[1]], -1)
        look, middle = self.cells.looks[cell], (worst + best) / 2
        done = replace(
            self,
            evidence=self.evidence.grown(*grown),
            left=self.left - np.eye(len(self.left))[cell],
            past=self.past + np.stack([worst, best]),
            squares=self.squares + np.outer(look, look),
            products=self.products + np.outer(look, middle),
            sums=self.sums + self._estimate(cell, middle, predicted),
            drawn=self.drawn + 1,
        )
        return replace(done, evidence=done.evidence.settled(*done._settled()))

    def _gains(self, cell: int, worst: Array, best: Array, predicted: Array) -> tuple[Gain, Gain]:
        """What the item adds, at worst and at best."""
        points = self.evidence.points
        odds = (self.left @ self.cells.weights) / self.cells.weights
        h = predicted[:, 0, None] - predicted[:, 1, None] * points
        there = (self.left > 0)[:, None]
        low = np.where(there, (-points - h) * odds[:, None], np.inf).min(0)
        high = np.where(there, (1 - points - h) * odds[:, None], -np.inf).max(0)
        found = []
        for pair, past in zip((worst, best), self.past, strict=True):
            base = self.left @ h + past[0] - past[1] * points
            value = (pair[0] - pair[1] * points - h[cell]) * odds[cell] + base
            found.append(Gain(value, low + base, high + base))
        return found[0], found[1]

    def _estimate(self, cell: int, said: Array, predicted: Array) -> Array:
        """``Float[2]``: an unbiased estimate of all that is right, and of all that is certain."""
        odds = (self.left @ self.cells.weights) / self.cells.weights[cell]
        found: Array = (said - predicted[cell]) * odds + self.left @ predicted + self.past.mean(0)
        return found

    def _settled(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Where the rate is at least ``p``, and where below ``p``, whatever is left may be."""
        points, left = self.evidence.points, self.left.sum()
        (least, sure), (most, maybe) = self.past
        higher = (least - sure * points - points * left >= -1e-9) & (sure > 0)
        lower = (most - maybe * points + (1 - points) * left < -1e-9) & (sure > 0)
        return higher, lower

    def ends(self, tail: float) -> tuple[float, float]:
        """Between which rates the true one lies; each end is wrong with at most probability ``tail``.

        At any time ever: see :meth:`Evidence.ends`.
        """
        low, high = self.evidence.ends(tail)
        return float(low), float(high)

    @property
    def bounds(self) -> tuple[float, float]:
        """With every item drawn: the rate if all that is unknown is bad, and if it is good."""
        found = [
            float(right / certain) if certain > 0 else end
            for (right, certain), end in zip(self.past, (0.0, 1.0), strict=True)
        ]
        return found[0], found[1]

    @property
    def estimate(self) -> float | None:
        """The rate as estimated; exact with every item drawn; ``None`` where nothing is certain."""
        right, certain = self.past.mean(0) if not self.left.any() else self.sums
        return float(np.clip(right / certain, 0.0, 1.0)) if certain > 1e-12 else None


def corrected(
    cells: PredictionCells,
    drawn: Sequence[int] | Codes,
    worst: Array,
    best: Array,
    *,
    predicts: bool = True,
) -> Iterator[CorrectedEvidence]:
    """What is known after each item.

    Args:
        cells: of the whole pool.
        drawn: items in the order drawn.
        worst: ``Float[drawn, 2]``, right and certain at worst.
        best: at best.
        predicts: whether to bet on a prediction too.
    """
    found = CorrectedEvidence.start(cells, predicts=predicts)
    for item, low, high in zip(drawn, worst, best, strict=True):
        found = found.after(int(cells.of[item]), low, high)
        yield found
