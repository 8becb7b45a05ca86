"""Betting against every rate that the answers make implausible.

After Waudby-Smith & Ramdas (2024), *Estimating means of bounded random variables by betting*: for
each rate ``p`` on a grid two gamblers start with a stake of 1. The first bets against "the rate is
at most ``p``", the second against "it is at least ``p``". Each bet is fair or worse where what it
is laid against is true, so that the wealth is then a nonnegative supermartingale, and by Ville's
inequality (1939) reaches ``1 / tail`` *at any time ever* with probability at most ``tail``.
Wherever one stops, and however often one has looked, what was ruled out stays ruled out.

Differences from the paper: the stake is spread evenly over a few fixed fractions of the largest
bet that cannot ruin (a mixture, as in Robbins' method) instead of fractions tuned on the way; and
an end of the interval moves only past a run of grid rates that are all ruled out, so that the
interval rests on the one test nearest to the true rate, and needs no shape of the wealth over
``p``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

BETS: Final = 6
"""Fractions of the largest bet over which the stake is spread."""

_SPREAD: Final = tuple(0.05 * 1.6**k for k in range(BETS))
"""Alternatives to ``p``, as distances in the arcsine of the root, the scale on which one answer
tells equally much everywhere."""

_MOST: Final = 0.97
"""Of the largest bet: one who bets all and loses once has nothing left to bet with."""

_NOTHING: Final = -1e6
"""The logarithm of a stake that no run of answers can make count."""

_ALMOST: Final = 1e-9
"""Gains nearer to 0 than this are 0 but for rounding."""

Array = NDArray[np.float64]


def grid(*more: float, step: float = 0.0025) -> Array:
    """``Float[points]``: rates from 0 to 1, evenly spaced, with some more among them."""
    points = np.linspace(0.0, 1.0, round(1 / step) + 1)
    far = points[np.abs(points[:, None] - np.asarray(more).reshape(1, -1)).min(1, initial=1) > 1e-9]
    return np.sort(np.concatenate([far, np.asarray(more, np.float64)]))


def fractions(points: Array) -> tuple[Array, Array]:
    """``Float[points, BETS]``, twice: of the largest bet for a higher rate, and for a lower one."""
    p = points[:, None]
    angle, spread = np.arcsin(np.sqrt(p)), np.asarray(_SPREAD)
    # where the edge is nearer than the furthest alternative, they are squeezed in proportion
    # (1.02: the furthest stays inside, since at the edge itself one other answer would ruin)
    above = spread * np.minimum(1.0, (np.pi / 2 - angle) / (spread[-1] * 1.02))
    below = spread * np.minimum(1.0, angle / (spread[-1] * 1.02))
    with np.errstate(invalid="ignore", divide="ignore"):
        up = (np.sin(angle + above) ** 2 - p) / (1 - p)
        down = (p - np.sin(angle - below) ** 2) / p
    up, down = (np.clip(np.nan_to_num(f, nan=0.5), 0.0, _MOST) for f in (up, down))
    return up, down


@lru_cache(maxsize=16)
def _fractions(points: bytes) -> tuple[Array, Array]:
    """The same, remembered: each step of a process asks for them."""
    return fractions(np.frombuffer(points, np.float64))


@dataclass(frozen=True)
class Gain:
    """What one item's result adds, at each rate; on average at most 0 if the rate is no higher.

    Attributes:
        value: ``Float[*audits, points]``, what it added.
        least: likewise, the least that it could have added, known before.
        most: the most.
    """

    value: Array
    least: Array
    most: Array


@dataclass(frozen=True, eq=False)
class Stakes:
    """What the two gamblers begin with, at each rate; logarithms, at most 0.

    Who bets on one statement after another with what is left of one stake, never topped up, makes
    a false claim about any of them with no more than the probability of the first alone: see
    ``docs/explanation/stopping.md``.

    Attributes:
        up: ``Float[points]``, of the gambler against "at most".
        down: of the one against "at least".
    """

    up: Array
    down: Array

    @classmethod
    def whole(cls, points: Array) -> "Stakes":
        """A stake of 1 everywhere."""
        return cls(np.zeros(len(points)), np.zeros(len(points)))

    @classmethod
    def none(cls, points: Array) -> "Stakes":
        """No stake to speak of: only what is certain rules a rate out."""
        return cls(np.full(len(points), _NOTHING), np.full(len(points), _NOTHING))

    def left(self, up: Array, down: Array) -> "Stakes":
        """What the next statement may be bet on with, after this one's wealth, ``Float[points]``.

        Args:
            up: logarithm of the first gambler's wealth now.
            down: of the second's.
        """
        return Stakes(np.minimum(self.up, up), np.minimum(self.down, down))


@dataclass(frozen=True, eq=False)
class Evidence:
    """The wealth of both gamblers at every rate of the grid. A value: each step makes a new one.

    Attributes:
        points: ``Float[points]``, the rates, ascending.
        up: ``Float[*audits, points, BETS]``, logarithms of the wealth against "at most", by bet.
        down: likewise against "at least".
        above: ``Float[*audits, points]``, logarithm of the most that the first gambler ever had.
        below: of the most that the second ever had.
    """

    points: Array
    up: Array
    down: Array
    above: Array
    below: Array

    @classmethod
    def start(
        cls, points: Array, audits: Sequence[int] = (), stakes: "Stakes | None" = None
    ) -> "Evidence":
        """Nothing known yet, of so many audits at once; all stakes are 1 unless given."""
        whole = Stakes.whole(points) if stakes is None else stakes
        above, below = (
            np.broadcast_to(logs, (*audits, len(points))).copy() for logs in (whole.up, whole.down)
        )
        up, down = (np.repeat(logs[..., None], BETS, -1) for logs in (above, below))
        return cls(points, up, down, above, below)

    def after(self, least: Gain, most: Gain) -> "Evidence":
        """One more result.

        Args:
            least: what it adds if whatever is unknown of it is bad; the first gambler gets this.
            most: if it is good; the second gambler gets this.
        """
        return self.grown(*growths(self.points, least, most))

    def grown(self, up: Array, down: Array) -> "Evidence":
        """The same where the bets' growth is known, see :func:`growths`."""
        ups, downs = self.up + up, self.down + down
        return replace(
            self,
            up=ups,
            down=downs,
            above=np.maximum(self.above, _mean(ups)),
            below=np.maximum(self.below, _mean(downs)),
        )

    def settled(self, higher: NDArray[np.bool_], lower: NDArray[np.bool_]) -> "Evidence":
        """With rates ruled out for certain: the true one is at least as high; or it is lower."""
        above = np.where(higher, np.inf, self.above)
        return replace(self, above=above, below=np.where(lower, np.inf, self.below))

    def counted(self, counts: Array, least: Gain, most: Gain) -> tuple[Array, Array]:
        """``Float[*ways, points]``, twice: the logarithm of each gambler's wealth after more results.

        Args:
            counts: ``Float[*ways, sorts]``, how many of each sort of result, in whatever order.
            least: ``Float[sorts, points]`` each, what one of each sort adds, see :meth:`after`.
            most: likewise.
        """
        up, down = growths(self.points, least, most)
        ups = self.up + np.einsum("...s,spb->...pb", counts, up)
        downs = self.down + np.einsum("...s,spb->...pb", counts, down)
        return _mean(ups), _mean(downs)

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Evidence":
        """Of some of the audits, by index or mask along their first axis."""
        kept = (one[chosen] for one in (self.up, self.down, self.above, self.below))
        return Evidence(self.points, *kept)

    @property
    def wealth(self) -> tuple[Array, Array]:
        """``Float[*audits, points]``, twice: the logarithm of each gambler's wealth now."""
        return _mean(self.up), _mean(self.down)

    def ends(self, tail: float | Array, upper: float | Array | None = None) -> tuple[Array, Array]:
        """``Float[*audits]``, twice: between which rates the true one lies.

        Args:
            tail: each end is wrong, at any time ever, with probability at most this; one number,
                or one for each audit.
            upper: the same of the upper end, where it is another.
        """
        needed, upper_needed = (
            -np.log(np.asarray(one))[..., None] - 1e-12  # a wealth of exactly 1 / tail, rounded
            for one in (tail, tail if upper is None else upper)
        )
        least = np.logical_and.accumulate(self.above >= needed, axis=-1).sum(-1)
        most = np.logical_and.accumulate((self.below >= upper_needed)[..., ::-1], axis=-1).sum(-1)
        # an end is the last point of an unbroken run from the edge: so the first point past the run,
        # where the truth may lie, rests on its own test alone
        first, last = np.append(0.0, self.points), np.append(1.0, self.points[::-1])
        return np.asarray(first[least]), np.asarray(last[most])


def growths(points: Array, least: Gain, most: Gain) -> tuple[Array, Array]:
    """``Float[*audits, points, BETS]``, twice: the logarithm of what each bet is multiplied by.

    Args:
        points: ``Float[points]``, the rates.
        least: as in :meth:`Evidence.after`.
        most: likewise.
    """
    up, down = _fractions(points.tobytes())
    return growth(up, least.value, least.least), growth(down, -most.value, -most.most)


def growth(fraction: Array, value: Array, least: Array) -> Array:
    """The logarithm of what each bet is multiplied by: ``1 + fraction * value / -least``.

    Where the gain cannot be negative and is positive, what is bet against is impossible.
    """
    free = least >= -_ALMOST
    share = np.where(free, 0.0, value / np.where(free, 1.0, -least))
    grown: Array = np.log1p(fraction * np.maximum(share, -1.0)[..., None])
    return np.where((free & (value > _ALMOST))[..., None], np.inf, grown)


def _mean(logs: Array) -> Array:
    """The logarithm of the mean of the exponentials, over the last axis."""
    peak = reduce(np.maximum, np.moveaxis(logs, -1, 0))  # a few bets: faster than along the axis
    safe = np.where(np.isfinite(peak), peak, 0.0)
    with np.errstate(over="ignore"):
        total = np.einsum("...b->...", np.exp(logs - safe[..., None]))
        found: Array = np.where(np.isfinite(peak), safe + np.log(total / logs.shape[-1]), peak)
    return found
