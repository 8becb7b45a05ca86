"""Error consistency: whether two err on the same items, more than their error rates alone explain.

Geirhos, Meding & Wichmann (2020): of the items that count for both, ``c_obs`` is the share at which
both are right or both wrong, ``c_exp = p1 p2 + (1 - p1) (1 - p2)`` what independent errors at the
accuracies ``p1``, ``p2`` would give, and ``kappa = (c_obs - c_exp) / (1 - c_exp)``. Where ``c_exp``
is 1 (both always right, or both always wrong) it is undefined. Where one alone is perfect it is 0
whatever the other does; :attr:`Kappa.limits` says how far the accuracies let it go.

Intervals are a Bayesian bootstrap over items (Rubin 1981), with half an item of each of the four
kinds added. The plain bootstrap that the paper's authors use gives intervals of no width where
errors are few: at 100 items and accuracies of .9 it held the true kappa 63 % of the time at 95 %.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int64
from scipy.sparse import coo_array
from torch import Tensor

from preceptor.core import InputError

DRAWS: Final = 2000
"""Of a bootstrap."""

_AT_ONCE: Final = 200
_SEED: Final = 0
_ADDED: Final = 0.5


@dataclass(frozen=True)
class Kappa:
    """The error consistency of two, and what it was computed from.

    Attributes:
        both: items at which both are right.
        only_first: items at which the first alone is.
        only_second: items at which the second alone is.
        neither: items at which both err.
        level: of the interval.

    Raises:
        InputError: a negative count.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    level: float = 0.95

    def __post_init__(self) -> None:
        if min(self.cells) < 0:
            raise InputError(f"counts cannot be negative: {self}")

    @property
    def cells(self) -> tuple[int, int, int, int]:
        """Both right, only the first, only the second, neither."""
        return self.both, self.only_first, self.only_second, self.neither

    @property
    def items(self) -> int:
        """How many count for both."""
        return sum(self.cells)

    @property
    def accuracies(self) -> tuple[float, float] | None:
        """Of the first and of the second on these items; ``None`` without items."""
        if not self.items:
            return None
        return (
            (self.both + self.only_first) / self.items,
            (self.both + self.only_second) / self.items,
        )

    @property
    def observed(self) -> float | None:
        """The share of items at which both are right or both err."""
        return (self.both + self.neither) / self.items if self.items else None

    @property
    def expected(self) -> float | None:
        """The same for independent errors at these accuracies."""
        if self.accuracies is None:
            return None
        p, q = self.accuracies
        return p * q + (1 - p) * (1 - q)

    @property
    def value(self) -> float | None:
        """Kappa; ``None`` where it is undefined."""
        if self._alike():
            return None
        assert self.observed is not None and self.expected is not None  # noqa: S101, PT018
        return (self.observed - self.expected) / (1 - self.expected)

    @property
    def limits(self) -> tuple[float, float] | None:
        """The least and the greatest kappa that two with these accuracies can have."""
        if self._alike() or self.accuracies is None or self.expected is None:
            return None
        p, q = self.accuracies
        ends = (abs(p + q - 1), 1 - abs(p - q))
        low, high = ((end - self.expected) / (1 - self.expected) for end in ends)
        return low, high

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the source's kappa lies, at ``level``, the items being a random sample of it.

        ``None`` where kappa is undefined. The same at each call: the draws are seeded.
        """
        if self.value is None:
            return None
        rng = np.random.default_rng(_SEED)
        drawn = rng.standard_gamma(np.array(self.cells) + _ADDED, size=(DRAWS, 4))
        return _ends(_kappas(drawn), self.level, self.value)

    def _alike(self) -> bool:
        """Whether both are always right, or both always wrong, or nothing counts."""
        return max(self.both, self.neither) == self.items

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        interval, limits = self.interval, self.limits
        return {
            "kappa": self.value,
            "interval": None if interval is None else list(interval),
            "level": self.level,
            "items": self.items,
            "both_right": self.both,
            "only_first_right": self.only_first,
            "only_second_right": self.only_second,
            "both_wrong": self.neither,
            "observed": self.observed,
            "expected": self.expected,
            "limits": None if limits is None else list(limits),
        }


@dataclass(frozen=True)
class Mean:
    """A mean over pairs, each pair counting once.

    Attributes:
        value: of the pairs at which it is defined; ``None`` if it is at none.
        interval: by a bootstrap over items, the pairs being held; ``None`` with the value.
        pairs: over how many.
        undefined: how many further ones it is not defined for.
    """

    value: float | None
    interval: tuple[float, float] | None
    pairs: int
    undefined: int

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "pairs": self.pairs,
            "undefined": self.undefined,
        }


@dataclass(frozen=True, eq=False)
class Table:
    """Several pairs' rights and wrongs on the same items, entry by entry.

    Attributes:
        pair: ``Int64[entries]``, which pair.
        item: ``Int64[entries]``, which item.
        first: ``Bool[entries]``, whether the first of the pair is right.
        second: ``Bool[entries]``, whether the second is.
        pairs: how many there are.
        items: how many there are.
        level: of the intervals.
    """

    pair: Int64[np.ndarray, " entries"]
    item: Int64[np.ndarray, " entries"]
    first: Bool[np.ndarray, " entries"]
    second: Bool[np.ndarray, " entries"]
    pairs: int
    items: int
    level: float = 0.95

    def kappas(self) -> list[Kappa]:
        """One for each pair."""
        counts = np.bincount(self.pair * 4 + self._kind(), minlength=4 * self.pairs)
        rows = counts.reshape(-1, 4).tolist()
        return [Kappa(a, b, c, d, self.level) for a, b, c, d in rows]

    def mean_kappa(self) -> Mean:
        """Of all pairs."""
        return self._mean(_kappas)

    def mean_accuracies(self) -> tuple[Mean, Mean]:
        """Of the firsts, and of the seconds."""
        return self._mean(lambda t: _share(t, 0, 1)), self._mean(lambda t: _share(t, 0, 2))

    def _kind(self) -> Int64[np.ndarray, " entries"]:
        """Both right, only the first, only the second, neither: 0 to 3."""
        kind: np.ndarray = 2 * (~self.first).astype(np.int64) + ~self.second
        return kind

    def _mean(self, of: Callable[[np.ndarray], np.ndarray]) -> Mean:
        counts = np.array([one.cells for one in self.kappas()], np.float64).reshape(-1, 4)
        each = of(counts)
        known = np.isfinite(each)
        missing = int((~known).sum())
        if not known.any():
            return Mean(None, None, 0, missing)
        value = float(each[known].mean())
        drawn = np.concatenate([self._drawn(of, known, n) for n in range(DRAWS // _AT_ONCE)])
        return Mean(value, _ends(drawn, self.level, value), int(known.sum()), missing)

    def _drawn(
        self, of: Callable[[np.ndarray], np.ndarray], known: np.ndarray, part: int
    ) -> Float[np.ndarray, " draws"]:
        """The mean under some draws of the items' weights."""
        rng = np.random.default_rng([_SEED, part])
        weights = rng.standard_exponential((self.items, _AT_ONCE))
        kind, totals = self._kind(), []
        for k in range(4):
            here = kind == k
            entries = (np.ones(int(here.sum())), (self.pair[here], self.item[here]))
            summed = coo_array(entries, shape=(self.pairs, self.items)).tocsr() @ weights
            share = _ADDED / int(known.sum())
            totals.append(summed + rng.standard_gamma(share, size=summed.shape))
        values = of(np.stack(totals, axis=-1))[known]
        found: np.ndarray = np.nanmean(values, axis=0)
        return found


def error_consistency(
    first: Bool[Tensor, " items"],
    second: Bool[Tensor, " items"],
    counted: Bool[Tensor, " items"],
    level: float = 0.95,
) -> Kappa:
    """The error consistency of two on the items that count for both.

    Args:
        first: where the one is right.
        second: where the other is.
        counted: where it is known what is right, for both.
        level: of the interval.
    """
    a, b = first[counted], second[counted]
    return Kappa(
        int((a & b).sum()),
        int((a & ~b).sum()),
        int((~a & b).sum()),
        int((~a & ~b).sum()),
        level,
    )


def _kappas(cells: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch"]:
    """Kappa of weighted counts; NaN where it is undefined."""
    total = cells.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = (cells[..., 0] + cells[..., 1]) / total, (cells[..., 0] + cells[..., 2]) / total
        observed = (cells[..., 0] + cells[..., 3]) / total
        expected = p * q + (1 - p) * (1 - q)
        alike = np.maximum(cells[..., 0], cells[..., 3]) == total
        found: np.ndarray = np.where(alike, np.nan, (observed - expected) / (1 - expected))
    return found


def _share(cells: Float[np.ndarray, "*batch 4"], *kinds: int) -> Float[np.ndarray, "*batch"]:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = cells[..., list(kinds)].sum(-1) / cells.sum(-1)
    return found


def _ends(drawn: Sequence[float] | np.ndarray, level: float, value: float) -> tuple[float, float]:
    """The middle ``level`` of what was drawn, widened to what was seen."""
    low, high = np.nanquantile(np.asarray(drawn), [(1 - level) / 2, (1 + level) / 2]).tolist()
    return min(low, value), max(high, value)
