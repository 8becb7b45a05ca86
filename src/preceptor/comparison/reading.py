"""Where telling wins, ties and loses: read off a comparison, unit by unit."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from preceptor.comparison.design import BASE
from preceptor.comparison.result import Comparison, Reach, Unit, ratio

Verdict = Literal[
    "telling wins", "tie", "asking wins", "only telling", "only asking", "neither", "free"
]

WORDS: Final[dict[Unit, str]] = {
    "questions": "questions and items",
    "bits": "bits from the teacher",
    "cost": "cost",
    "student_bits": "bits to the teacher",
}
"""What each unit is called."""


@dataclass(frozen=True)
class Contest:
    """Telling (active teacher, mixed) against asking (active student, passive) in one unit.

    The cheapest of each side is taken, chosen on the same seeds, which flatters both alike.

    Attributes:
        unit: of the prices.
        verdict: what came out.
        telling: the cheapest that reaches the target in every seed, if any.
        asking: likewise.
        times: how many times more asking costs, with the ends of its interval over the seeds.
    """

    unit: Unit
    verdict: Verdict
    telling: Reach | None
    asking: Reach | None
    times: tuple[float, float, float] | None

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "unit": self.unit,
            "verdict": self.verdict,
            "telling": None if self.telling is None else self.telling.strategy,
            "asking": None if self.asking is None else self.asking.strategy,
            "times": None if self.times is None else list(self.times),
        }


def contests(found: Comparison) -> list[Contest]:
    """One for each unit in which something was paid."""
    return [_contest(found, unit) for unit in found.units]


def _contest(found: Comparison, unit: Unit) -> Contest:
    told = _cheapest(found, unit, lambda kind: kind in ("active teacher", "mixed"))
    asked = _cheapest(found, unit, lambda kind: kind in ("active student", "passive"))
    if told is None or asked is None:
        verdict: Verdict = (
            "neither" if told is asked else "only asking" if told is None else "only telling"
        )
        return Contest(unit, verdict, told, asked, None)
    between = ratio(told, asked, found.level)
    if between is None:
        return Contest(unit, _free(told, asked), told, asked, None)
    low, high = between.interval
    verdict = "telling wins" if low > 0 else "asking wins" if high < 0 else "tie"
    times = (_exp(between.mean), _exp(low), _exp(high))
    return Contest(unit, verdict, told, asked, times)


def _free(told: Reach, asked: Reach) -> Verdict:
    """Where one side pays nothing in this unit, in some seed."""
    ours, theirs = (all(not price for price in one.prices) for one in (told, asked))
    if ours == theirs:
        return "free" if ours else "tie"
    return "telling wins" if ours else "asking wins"


def _cheapest(found: Comparison, unit: Unit, among: Callable[[str], bool]) -> Reach | None:
    reaches = [
        found.reach(name, unit)
        for name in found.strategies
        if name != BASE and among(found.kind(name)) and "wrong" not in name
    ]
    there = [one for one in reaches if one.everywhere]
    return min(there, key=lambda one: _mean(one), default=None)


def _mean(reach: Reach) -> float:
    return sum(price or 0.0 for price in reach.prices) / len(reach.prices)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def sentence(contest: Contest, found: Comparison) -> str:
    """One contest in words."""
    unit, target = WORDS[contest.unit], f"{100 * found.target:.4g}\u00a0% strong accuracy"
    told = "" if contest.telling is None else _costs(contest.telling)
    asked = "" if contest.asking is None else _costs(contest.asking)
    if contest.verdict == "neither":
        return f"In {unit}: neither telling nor asking reaches {target} in every seed."
    if contest.verdict == "only telling":
        return f"In {unit}: only telling reaches {target} in every seed: {told}."
    if contest.verdict == "only asking":
        return f"In {unit}: telling loses: only asking reaches {target} in every seed: {asked}."
    words = {
        "telling wins": "telling wins",
        "asking wins": "telling loses",
        "tie": "a tie, or not settled by these seeds",
        "free": "a tie, since neither pays any",
    }[contest.verdict]
    text = f"In {unit}: {words}. For {target}, {told} and {asked}"
    if contest.times is None:
        return text + "."
    mean, low, high = contest.times
    level = f"{100 * found.level:.4g}\u00a0% interval"
    ends = "" if math.isinf(high) else f" ({level} {_times(low)} to {_times(high)})"
    return f"{text}: asking costs {_times(mean)} times as much{ends}."


def _costs(reach: Reach) -> str:
    value = _mean(reach)
    return f"{reach.strategy} needs " + (f"{value:,.0f}" if value >= 100 else f"{value:.3g}")


def _times(value: float) -> str:
    """About two digits, none of them an exponent's."""
    digits = 1 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{round(value, digits):,.{max(0, digits)}f}" if value < 100 else f"{value:,.0f}"


def harms(found: Comparison) -> list[str]:
    """Strategies that surely made the student worse than the given labels alone, with the points."""
    base = found.points(BASE)[0].measures["strong"]
    told = []
    for name in found.strategies:
        for point in found.points(name) if name != BASE else []:
            after = point.measures["strong"]
            if base is None or after is None:
                continue
            change = after.minus(base)
            if change.interval[1] < 0:
                told.append(
                    f"{name} with {point.budget:,} hurt: strong accuracy changed by "
                    f"{100 * change.mean:.1f} points [{100 * change.interval[0]:.1f} to "
                    f"{100 * change.interval[1]:.1f}]."
                )
    return told
