"""The number that decides a claim, as a small interval beside the bounds in which it must lie."""

import math
from dataclasses import dataclass

from preceptor.outcome import Spread
from preceptor.paper import Check, ClaimResult

PAD = 0.15
"""Room beyond the outermost end, as a share of what is shown."""


@dataclass(frozen=True)
class MiniInterval:
    """Places are in percent of the width.

    Attributes:
        name: of the number.
        bounds: in which it must lie, in words.
        wanted: from where to where the bounds reach.
        low: the interval's lower end.
        mean: the mean.
        high: the upper end.
    """

    name: str
    bounds: str
    wanted: tuple[float, float]
    low: float
    mean: float
    high: float


def deciding(one: ClaimResult) -> MiniInterval | None:
    """Of the numbers that the verdict rests on, the one nearest to its bounds; one that differs from
    seed to seed, if any does.

    Of a claim that is not shown, the first that is not inside them. ``None`` where there is no
    interval.
    """
    parts = one.rule.decisive(one.verdict)
    found = [
        (check, name, spread, state)
        for what, check, name, spread, state in one.checks()
        if what in parts and spread is not None and all(map(math.isfinite, spread.interval))
    ]
    if one.verdict == "not shown":
        found = [each for each in found if each[3] != "holds"]
    if not found:
        return None
    uneven = [each for each in found if each[2] is not None and _width(each[2])]
    check, name, spread, _ = min(uneven or found, key=lambda each: _slack(each[0], each[2]))
    return None if spread is None else _placed(check, name, spread)


def _width(spread: Spread) -> float:
    low, high = spread.interval
    return high - low


def _slack(check: Check, spread: Spread | None) -> float:
    """How far the interval is from the nearest bound, as a share of that bound."""
    if spread is None:
        return math.inf
    low, high = spread.interval
    ways = [(low - check.low, check.low), (check.high - high, check.high)]
    return min(
        (gap / (abs(bound) or 1.0) for gap, bound in ways if math.isfinite(bound)), default=math.inf
    )


def _placed(check: Check, name: str, spread: Spread) -> MiniInterval:
    low, high = spread.interval
    ends = [low, high, *(bound for bound in (check.low, check.high) if math.isfinite(bound))]
    width = (max(ends) - min(ends)) or 1.0
    left, right = min(ends) - PAD * width, max(ends) + PAD * width

    def place(value: float) -> float:
        return 100 * min(1.0, max(0.0, (value - left) / (right - left)))

    wanted = (
        place(check.low) if math.isfinite(check.low) else 0.0,
        place(check.high) if math.isfinite(check.high) else 100.0,
    )
    return MiniInterval(name, check.words, wanted, place(low), place(spread.mean), place(high))
