"""How two students differ on the same items: paired differences of teacher-relative accuracy.

Both students' moved inputs differ, so the teacher can be certain of one student's and uncertain of
the other's. What is compared are therefore the two rates themselves, each over its own certain set;
the items make the pairs, and enter through the correlation of the two rates.

The interval is that of Newcombe (1998, method 10): Wilson's score limits of the two rates, combined
by square-and-add with their correlation (Zou & Donner 2008 give the general form). Differences: the
correlation is taken over the items certain for both and divided by the spread over each student's
own certain set, which is the correlation of two ratios on overlapping items; where every item is
certain for both it is Newcombe's phi, with his continuity correction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Final

from jaxtyping import Int64
from scipy.optimize import brentq
from scipy.special import ndtr
from torch import Tensor

from preceptor.core import InputError
from preceptor.outcome.rates import Rate, accuracy
from preceptor.outcome.verdicts import Verdict
from preceptor.outcome.weak import LeastRate

_FAR: Final = 38.0
"""Standard errors beyond which a tail is 0 in double precision."""


@dataclass(frozen=True)
class AnyTime:
    """What is known of a difference where asking stopped by a rule that looked at the answers.

    Attributes:
        interval: of a confidence sequence, which holds whenever one stops.
        p: two-sided, of no difference, valid whenever one stops.
    """

    interval: tuple[float, float]
    p: float


@dataclass(frozen=True)
class LeastRateDifference:
    """What is known of the difference of two students' least rates; see :func:`of_least`.

    Attributes:
        bounds: where it must lie for these items, whatever the unasked ones turn out to be.
        interval: two-sided, at the level of the rates.
        p: two-sided, of no difference.
    """

    bounds: tuple[float, float]
    interval: tuple[float, float]
    p: float


@dataclass(frozen=True)
class Difference:
    """The first student's teacher-relative accuracy less the second's, on the same items.

    Attributes:
        first: of the one student.
        second: of the other.
        both: items certain for both at which both are right.
        only_first: items certain for both at which the first alone is right.
        only_second: items certain for both at which the second alone is right.
        neither: items certain for both at which neither is right.
        stopped: the interval and the p-value, where asking stopped by a rule; Newcombe's do not
            hold then, and are not given.
        least: the same where both rates are the least of several.

    Raises:
        InputError: counts that do not fit together, or rates at two levels.
    """

    first: Rate
    second: Rate
    both: int
    only_first: int
    only_second: int
    neither: int
    stopped: AnyTime | None = None
    least: LeastRateDifference | None = None

    def __post_init__(self) -> None:
        parts = (self.both, self.only_first, self.only_second, self.neither)
        if min(parts) < 0 or self.certain > min(self.first.certain, self.second.certain):
            raise InputError(f"these counts do not fit together: {self}")
        if self.first.level != self.second.level:
            raise InputError(
                f"two rates at two levels: {self.first.level:g} and {self.second.level:g}; "
                "compute both at one"
            )

    @property
    def certain(self) -> int:
        """Items at which the teacher is certain for both."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def complete(self) -> bool:
        """Both rates are defined and every question under them has its answer."""
        rates = (self.first, self.second)
        return all(rate.certain and not rate.loose for rate in rates)

    @property
    def value(self) -> float | None:
        """Between -1 and 1; ``None`` where one of the rates has no value."""
        if self.first.value is None or self.second.value is None:
            return None
        return self.first.value - self.second.value

    @property
    def bounds(self) -> tuple[float, float]:
        """Where it must lie for *these* items, whatever the unasked ones turn out to be."""
        if self.least is not None:
            return self.least.bounds
        (low, high), (least, most) = self.first.bounds, self.second.bounds
        return low - most, high - least

    @property
    def interval(self) -> tuple[float, float]:
        """A confidence interval for the source's difference, at the level of the rates.

        See the head of this module. While something is unasked, each limit is taken at the worst
        completion for it and the correlation at -1, its worst: so one more answer never widens
        the interval, and it covers the full audit's. Of a :attr:`stopped` difference, the interval
        that was handed in; of a difference of :attr:`least` rates, theirs.
        """
        if self.stopped is not None:
            return self.stopped.interval
        if self.least is not None:
            return self.least.interval
        return self.limits(NormalDist().inv_cdf((1 + self.first.level) / 2))

    def limits(self, z: float) -> tuple[float, float]:
        """Both limits, ``z`` standard errors out; :attr:`bounds` at 0."""
        ends = [_wilson(rate, z) for rate in (self.first, self.second)]
        (low, high), (least, most) = ends
        if not self.complete:
            return low - most, high - least
        first, second = self.first.bounds[0], self.second.bounds[0]
        rho = self.correlation
        down = _square_and_add(first - low, most - second, rho)
        up = _square_and_add(high - first, second - least, rho)
        return first - second - down, first - second + up

    @property
    def correlation(self) -> float:
        """Estimated correlation of the two rates; 0 where one of them does not vary."""
        if not (self.first.certain and self.second.certain):
            return 0.0
        p, q = self.first.hits / self.first.certain, self.second.hits / self.second.certain
        spread = self.first.certain * p * (1 - p) * self.second.certain * q * (1 - q)
        if not spread:
            return 0.0
        right, also = self.both + self.only_first, self.both + self.only_second
        shared = self.both - q * right - p * also + p * q * self.certain
        # Newcombe's continuity correction, towards independence and for positive ones only
        shared = max(shared - 0.5, 0.0) if shared > 0 else shared
        return max(-1.0, min(1.0, shared / math.sqrt(spread)))

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference: one less the level at which an end touches 0.

        So it is at most ``1 - level`` exactly where :attr:`interval` does not hold 0.
        """
        if self.stopped is not None:
            return self.stopped.p
        if self.least is not None:
            return self.least.p
        low, high = self.bounds
        if low <= 0 <= high:
            return 1.0
        end = 0 if low > 0 else 1

        def touching(z: float) -> float:
            return self.limits(z)[end]

        if touching(0.0) * touching(_FAR) > 0:
            return 0.0
        return float(2 * ndtr(-brentq(touching, 0.0, _FAR, xtol=1e-10)))

    @property
    def ahead(self) -> int:
        """1 where the interval says that the first is better, -1 the second, else 0.

        The ends of an interval of a stopped difference are ruled out themselves.
        """
        low, high = self.interval
        if self.stopped is not None and self.stopped.p <= 1 - self.first.level:
            return 1 if low >= 0 else -1
        return 1 if low > 0 else -1 if high < 0 else 0

    def turned(self) -> "Difference":
        """The second's less the first's."""
        stopped, least = self.stopped, self.least
        if stopped is not None:
            stopped = AnyTime(_negated(stopped.interval), stopped.p)
        if least is not None:
            least = LeastRateDifference(_negated(least.bounds), _negated(least.interval), least.p)
        return Difference(
            self.second,
            self.first,
            self.both,
            self.only_second,
            self.only_first,
            self.neither,
            stopped,
            least,
        )

    def describe(self) -> dict[str, Any]:
        """Plain data: the value (or null), interval, bounds, p, and the pairs."""
        return {
            "value": self.value,
            "interval": list(self.interval),
            "bounds": list(self.bounds),
            "level": self.first.level,
            "any_time": self.stopped is not None,
            "p": self.p,
            "certain_for_both": self.certain,
            "both_right": self.both,
            "only_first_right": self.only_first,
            "only_second_right": self.only_second,
            "neither_right": self.neither,
        }


def difference(
    first: Int64[Tensor, " items"],
    second: Int64[Tensor, " items"],
    level: float = 0.95,
    *,
    chosen: tuple[bool, bool] = (False, False),
) -> Difference:
    """Compare two students' verdicts, item by item in the same order.

    Args:
        first: verdicts on the one student, values of :class:`Verdict`.
        second: verdicts on the other.
        level: of the interval.
        chosen: for each, whether the asked items were chosen (see :class:`Rate`).
    """
    certain = (first <= Verdict.ABSTAIN) & (second <= Verdict.ABSTAIN)
    one, other = first == Verdict.AGREE, second == Verdict.AGREE
    return Difference(
        accuracy(first, level, chosen=chosen[0]),
        accuracy(second, level, chosen=chosen[1]),
        both=int((certain & one & other).sum()),
        only_first=int((certain & one & ~other).sum()),
        only_second=int((certain & ~one & other).sum()),
        neither=int((certain & ~one & ~other).sum()),
    )


def of_least(
    first: Sequence[Int64[Tensor, " items"]],
    second: Sequence[Int64[Tensor, " items"]],
    level: float = 0.95,
    *,
    chosen: tuple[bool, bool] = (False, False),
) -> Difference:
    """The least of one student's rates less the least of another's, on the same items.

    Every rate of the one is compared with every rate of the other, paired by item. The least of the
    first lies above that of the second if *all* its rates lie above *one* of the second's, and such
    a one is sought among them: so of each pair one end is taken at a level corrected for the number
    of rates (Bonferroni), and no correction is needed for *all* (intersection-union, Berger 1982).
    With one rate for each it is :func:`difference`. The counts are those of the two rates that
    decide.

    Args:
        first: verdicts on the one student, for each of its rates; see
            :func:`preceptor.outcome.components`.
        second: verdicts on the other, as many.
        level: of the interval.
        chosen: for each, whether the asked items were chosen (see :class:`Rate`).

    Raises:
        InputError: no rates, or not as many of one student as of the other.
    """
    if not first or len(first) != len(second):
        raise InputError(
            f"expected as many rates of one student as of the other, and one at least; got "
            f"{len(first)} and {len(second)}"
        )
    grid = [[difference(one, other, level, chosen=chosen) for other in second] for one in first]
    names = tuple(map(str, range(len(first))))
    ours = LeastRate(names, tuple(row[0].first for row in grid))
    theirs = LeastRate(names, tuple(one.second for one in grid[0]))
    found, times = grid[ours.place][theirs.place], len(first)
    if times == 1:
        return found
    z = NormalDist().inv_cdf(1 - (1 - level) / (2 * times))
    ends = [[one.limits(z) for one in row] for row in grid]
    columns = list(zip(*ends, strict=True))
    low = max(min(down for down, _ in column) for column in columns)
    high = min(max(up for _, up in row) for row in ends)
    above = min(max(_p_one_way(one, 1) for one in column) for column in zip(*grid, strict=True))
    below = min(max(_p_one_way(one, -1) for one in row) for row in grid)
    p = min(1.0, times * min(above, below))
    (down, up), (bottom, top) = ours.bounds, theirs.bounds
    return replace(found, least=LeastRateDifference((down - top, up - bottom), (low, high), p))


def _p_one_way(one: Difference, sign: int) -> float:
    """The two-sided p-value where the difference has this sign, else 1."""
    low, high = one.bounds
    return one.p if (low > 0 if sign > 0 else high < 0) else 1.0


def _negated(ends: tuple[float, float]) -> tuple[float, float]:
    return -ends[1], -ends[0]


def holm(values: Sequence[float]) -> list[float]:
    """P-values adjusted for their number, in the same order (Holm 1979).

    To reject where the adjusted one is at most alpha keeps the chance of even one false rejection
    at alpha, however the tests depend on one another.
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    adjusted, least = [0.0] * len(values), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(values) - rank) * values[i]))
        adjusted[i] = least
    return adjusted


def _square_and_add(one: float, other: float, rho: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * rho * one * other + other * other))


def _wilson(rate: Rate, z: float) -> tuple[float, float]:
    """Wilson's (1927) score limits, each at its own end of the rate's bounds."""
    most = rate.most
    if not most:
        return 0.0, 1.0
    low, high = rate.bounds
    return _score(low, most, z)[0], _score(high, most, z)[1]


def _score(share: float, of: int, z: float) -> tuple[float, float]:
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
