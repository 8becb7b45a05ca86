"""How two students' rates differ, paired by item, at any stopping time.

Both are asked about the same items in the same random order. For a difference ``d`` and a rate
``q`` of the second student, an item pays ``C1 (R1 - q - d) - C2 (R2 - q)``: whether the teacher is
certain (C) and the student right (R), by student. On average over the items that is
``C1 (difference - d)`` where ``q`` is the second student's true rate, so bets on it test the
difference, with the machinery of :mod:`preceptor.sequential.evidence`, and profit from students
that fail at the same items. ``q`` is a nuisance: it runs over a grid, of which the part counts
that the second student's own confidence sequence leaves. Between two grid rates nothing is lost but
what ``|C1 - C2|`` times half a step can make up, which each gambler pays; where the teacher is
certain of both or of neither it is nothing. Where pairs say little, as with few of them certain for
both, the difference of the two students' own sequences is narrower and cuts the interval. A quarter
of the error allowed is for these two sequences.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from preceptor.core import InputError
from preceptor.sequential.evidence import Evidence, Gain, grid, growths
from preceptor.sequential.pool import Pool
from preceptor.sequential.process import Process

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

STEP: Final = 0.1
"""Between the second student's rates that are tried; finer gains little, see note 59."""

ASIDE: Final = 0.25
"""The part of the error allowed that is kept for the two students' own rates."""

_RATES: Final = grid(step=STEP)
_POINTS: Final = grid(step=0.005)
_HALVINGS: Final = 50
"""Of the logarithm of the p-value, 28 wide: exact to rounding."""

_LEAST_P: Final = 1e-12
"""Smaller ones are not told apart."""

_ODD: Final = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]], np.float64)
"""By both results: 1 where the teacher is, or may be, certain of one student's input alone."""


@dataclass(frozen=True, eq=False)
class DifferenceEvidence:
    """What is known of differences, several at once. A value.

    Attributes:
        evidence: of ``(difference + 1) / 2``; ``[differences, rates of the second, points]``.
        first: of the first student's rate, ``[differences]``.
        second: of the second's.
        items: of the pool; ``None`` where the items are a sample of a source.
        past: ``Float[2, differences, rates, points]``, what was paid so far, at worst and at best.
    """

    evidence: Evidence
    first: Process
    second: Process
    items: int | None
    past: Array

    @classmethod
    def start(cls, differences: int, items: int | None = None) -> "DifferenceEvidence":
        """Nothing known yet.

        Args:
            differences: how many are followed at once.
            items: how many there are, if the differences are those of these very items, asked in
                uniformly random order; ``None`` for those of the source that the items are an
                independent random sample of.
        """
        audits = (differences, len(_RATES))
        pool = None
        if items is not None:
            pool = Pool.of(np.broadcast_to([items, 0, 0], (differences, 3)), proxied=False)
        alone = Process.start(grid(), pool, (differences,))
        return cls(
            Evidence.start(_POINTS, audits),
            alone,
            alone,
            items,
            np.zeros((2, *audits, len(_POINTS))),
        )

    def after(self, first: Codes, second: Codes) -> "DifferenceEvidence":
        """One more item.

        Args:
            first: ``Int64[differences]``, values of ``Result``, of the one student.
            second: of the other.
        """
        pays = _pays()
        low, high = pays.low[first, second], pays.high[first, second]
        if self.items is None:
            evidence = self.evidence.grown(pays.up[first, second], pays.down[first, second])
        else:
            owed = self.past / (self.items - self.second.items)
            evidence = self.evidence.after(
                Gain(low + owed[0], pays.least[0] + owed[0], pays.most[0] + owed[0]),
                Gain(high + owed[1], pays.least[1] + owed[1], pays.most[1] + owed[1]),
            )
        return replace(
            self,
            evidence=evidence,
            first=self.first.after(first),
            second=self.second.after(second),
            past=self.past + np.stack([low, high]),
        )

    def interval(self, error: float | Array) -> tuple[Array, Array]:
        """``Float[differences]``, twice: between which the true one lies.

        Wrong, at any time ever, with probability at most ``error``; ends are themselves ruled out.
        """
        allowed = np.broadcast_to(np.asarray(error, np.float64), self.past.shape[1])
        aside = ASIDE * allowed
        # two sequences with two ends each: four ways to be wrong share what was set aside
        (least, most), (bottom, top) = (of.ends(aside / 4) for of in (self.first, self.second))
        middle, half = (bottom + top)[:, None] / 2, (top - bottom)[:, None] / 2
        # every rate between the ends has a grid rate within half a step: all such must count, and
        # rounding may only add one
        inside = np.abs(_RATES - middle) < half + STEP / 2 + 1e-9
        # the true rate of the second has one nearest grid rate: no correction for their number
        low, high = self.evidence.ends((allowed - aside)[:, None] / 2)
        low, high = np.where(inside, low, np.inf), np.where(inside, high, -np.inf)
        low, high = 2 * low.min(1) - 1, 2 * high.max(1) - 1  # points are (difference + 1) / 2
        return np.maximum(low, least - top), np.minimum(high, most - bottom)

    @property
    def p(self) -> Array:
        """``Float[differences]``: the least error at which no difference is ruled out; at most 1.

        Valid at any stopping time: if there is none, it is ever at most ``a`` with probability at
        most ``a``.
        """
        rows = self.past.shape[1]
        low, high = np.full(rows, np.log(_LEAST_P)), np.zeros(rows)
        never = ~self._apart(np.ones(rows) * (1 - 1e-9))  # an error of 1 rules out everything
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            ruled = self._apart(np.exp(middle))
            low, high = np.where(ruled, low, middle), np.where(ruled, middle, high)
        return np.where(never, 1.0, np.exp(high))

    def _apart(self, error: Array) -> NDArray[np.bool_]:
        low, high = self.interval(error)
        # ends are ruled out themselves, so an end at 0 rules 0 out; it is a grid point but for rounding
        return np.asarray((low >= -1e-9) | (high <= 1e-9))


def apart(first: Codes, second: Codes, *, items: int | None = None) -> DifferenceEvidence:
    """What is known after these results.

    Args:
        first: ``Int64[differences, items]``, values of ``Result``, in the order asked.
        second: likewise of the other student.
        items: see :meth:`DifferenceEvidence.start`.

    Raises:
        InputError: results of different shapes, or more than there are items.
    """
    if first.shape != second.shape or first.ndim != 2:
        raise InputError(
            f"results of two students need one shape [differences, items]; got {first.shape} and "
            f"{second.shape}"
        )
    if items is not None and first.shape[1] > items:
        raise InputError(f"{first.shape[1]} results of {items} items")
    found = DifferenceEvidence.start(len(first), items)
    for one, other in zip(first.T, second.T, strict=True):
        found = found.after(one, other)
    return found


@dataclass(frozen=True, eq=False)
class _Pays:
    """What a pair of results pays, at every rate and point, and what bets on a source make of it.

    Attributes:
        low: ``Float[first, second, rates, points]``, by both results, at worst.
        high: at best.
        least: ``Float[2, rates, points]``, the least that could be paid, at worst and at best.
        most: the most.
        up: ``Float[first, second, rates, points, BETS]``, the logarithm of what each bet against
            "at most" is multiplied by, about a source.
        down: likewise against "at least".
    """

    low: Array
    high: Array
    least: Array
    most: Array
    up: Array
    down: Array


@cache
def _pays() -> _Pays:
    rates = np.broadcast_to(_RATES[:, None], (len(_RATES), len(_POINTS)))
    ones, others = _payoffs(rates + (2 * _POINTS - 1)), _payoffs(rates)
    # the true rate lies within half a step of its grid rate, which moves the payment by
    # |C1 - C2| times as much: 0 where the teacher is certain of both or of neither
    odd = STEP / 2 * _ODD[..., None, None]
    low, high = ones[0][:, None] - others[1] - odd, ones[1][:, None] - others[0] + odd
    least = np.stack([low.min((0, 1)), high.min((0, 1))])
    most = np.stack([low.max((0, 1)), high.max((0, 1))])
    grown = growths(_POINTS, Gain(low, least[0], most[0]), Gain(high, least[1], most[1]))
    return _Pays(low, high, least, most, *grown)


def _payoffs(rates: Array) -> Array:
    """``Float[2, results, *rates]``: what one student's item pays, at worst and at best."""
    zero = np.zeros_like(rates)
    known = np.stack([1 - rates, -rates, zero])
    return np.stack(
        [
            np.concatenate([known, known.min(0, keepdims=True)]),
            np.concatenate([known, known.max(0, keepdims=True)]),
        ]
    )
