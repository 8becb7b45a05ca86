"""Where telling wins, ties and loses: read off a comparison, unit by unit."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

from preceptor.comparison.comparison_result import Comparison, TargetPrice, Unit, ratio
from preceptor.comparison.design import BASE
from preceptor.comparison.witnesses import WitnessSearches
from preceptor.outcome import Spread

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
class UnitVerdict:
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
    telling: TargetPrice | None
    asking: TargetPrice | None
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


def contests(found: Comparison) -> list[UnitVerdict]:
    """One for each unit in which something was paid."""
    return [_contest(found, unit) for unit in found.units]


def _contest(found: Comparison, unit: Unit) -> UnitVerdict:
    told = _cheapest(found, unit, lambda kind: kind in ("active teacher", "mixed"))
    asked = _cheapest(found, unit, lambda kind: kind in ("active student", "passive"))
    if told is None or asked is None:
        verdict: Verdict = (
            "neither" if told is asked else "only asking" if told is None else "only telling"
        )
        return UnitVerdict(unit, verdict, told, asked, None)
    between = ratio(told, asked, found.level)
    if between is None:
        return UnitVerdict(unit, _free(told, asked), told, asked, None)
    low, high = between.interval
    verdict = "telling wins" if low > 0 else "asking wins" if high < 0 else "tie"
    times = (_exp(between.mean), _exp(low), _exp(high))
    return UnitVerdict(unit, verdict, told, asked, times)


def _free(told: TargetPrice, asked: TargetPrice) -> Verdict:
    """Where one side pays nothing in this unit, in some seed."""
    ours, theirs = (all(not price for price in one.prices) for one in (told, asked))
    if ours == theirs:
        return "free" if ours else "tie"
    return "telling wins" if ours else "asking wins"


def _tried(found: Comparison) -> set[bool]:
    """Whether telling was compared (``True``), and whether asking was (``False``)."""
    names = [name for name in found.strategies if name != BASE and "wrong" not in name]
    return {found.kind(name) in ("active teacher", "mixed") for name in names}


def _cheapest(found: Comparison, unit: Unit, among: Callable[[str], bool]) -> TargetPrice | None:
    reaches = [
        found.reach(name, unit)
        for name in found.strategies
        if name != BASE and among(found.kind(name)) and "wrong" not in name
    ]
    there = [one for one in reaches if one.everywhere]
    return min(there, key=mean_price, default=None)


def mean_price(reach: TargetPrice) -> float:
    """The mean over the seeds; a seed that never got there counts as nothing."""
    return sum(price or 0.0 for price in reach.prices) / len(reach.prices)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def sentence(contest: UnitVerdict, found: Comparison) -> str:
    """One contest in words."""
    unit, target = WORDS[contest.unit], f"{100 * found.target:.4g}\u00a0% strong accuracy"
    told = "" if contest.telling is None else _costs(contest.telling)
    asked = "" if contest.asking is None else _costs(contest.asking)
    tried = _tried(found)
    if tried != {True, False}:
        side, other = ("telling", "asks") if True in tried else ("asking", "tells")
        reached = f"for {target}, {told or asked}" if told or asked else f"none reaches {target}"
        return f"In {unit}: {reached} in every seed. Only {side} was compared; add a strategy that {other}."
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
    ends = "" if math.isinf(high) else f" ({level} {times_text(low)} to {times_text(high)})"
    return f"{text}: asking costs {times_text(mean)} times as much{ends}."


def _costs(reach: TargetPrice) -> str:
    value = mean_price(reach)
    return f"{reach.strategy} needs " + (f"{value:,.0f}" if value >= 100 else f"{value:.3g}")


def times_text(value: float) -> str:
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


def witnessed(found: Comparison) -> list[str]:
    """What searches of the taught students say, and where they contradict strong accuracy.

    Pairs of strategies are taken at the largest budget of each, seed by seed. Nothing unless every
    cell was searched, with a certain answer in each search.
    """
    last = {name: found.points(name)[-1] for name in found.strategies}
    searches = {n: p.searched for n, p in last.items() if p.searched is not None}
    counts = {n: s.distinct for n, s in searches.items() if s.distinct is not None}
    if not found.search or len(counts) < len(last):
        return []
    words = {name: _count(searches[name]) for name in counts}
    fewest = min(counts, key=lambda name: counts[name].mean)
    most = max(counts, key=lambda name: counts[name].mean)
    questions = f"{found.search:,} {'question' if found.search == 1 else 'questions'}"
    ends = [f"{n} with {name}, {words[name]}" for n, name in (("fewest", fewest), ("most", most))]
    lines = [
        f"A search of {questions} finds {words[BASE]} distinct witnesses with the given labels "
        f"alone; at the largest budgets {ends[0]}{'' if most == BASE else '; ' + ends[1]}."
    ]
    none = [name for name, spread in counts.items() if not any(spread.values)]
    if none:
        lines.append(
            f"No witness in any seed with {', '.join(none)}: that refutes nothing and proves nothing."
        )
    for one, other in combinations(last, 2):
        better = _ahead(last[one].measures["strong"], last[other].measures["strong"])
        fewer = _ahead(counts[other], counts[one])
        if better * fewer < 0:
            ahead, behind = (one, other) if better > 0 else (other, one)
            lines.append(
                f"Strong accuracy and search disagree: {ahead} has the higher strong accuracy than "
                f"{behind}, and more distinct witnesses ({words[ahead]} in "
                f"{searches[ahead].certain.mean:.0f} certain answers, against {words[behind]} in "
                f"{searches[behind].certain.mean:.0f})."
            )
    return lines


def _ahead(one: Spread | None, other: Spread | None) -> int:
    """1 if the first surely has the higher mean, -1 if the second has, 0 if it is not settled."""
    if one is None or other is None:
        return 0
    low, high = one.minus(other).interval
    return 1 if low > 0 else -1 if high < 0 else 0


def _count(searched: WitnessSearches) -> str:
    """The mean of distinct witnesses, with its interval if there is one."""
    ends = searched.interval
    mean = "undefined" if searched.distinct is None else f"{searched.distinct.mean:.1f}"
    return mean if ends is None else f"{mean} [{ends[0]:.1f} to {ends[1]:.1f}]"


def certified(found: Comparison) -> list[str]:
    """Of each way that proves, in how many seeds the taught student is proved right."""
    lines = []
    for name in found.strategies:
        for point in found.points(name):
            cells = [
                one for one in found.cells if (one.strategy, one.budget) == (name, point.budget)
            ]
            said = [one.certified for one in cells if one.certified is not None]
            if said:
                many = {status: said.count(status) for status in ("proved", "refuted", "undecided")}
                rest = ", ".join(
                    f"{n} {status}" for status, n in many.items() if status != "proved"
                )
                lines.append(
                    f"{name}, budget {point.budget}: the student is proved right wherever the teacher is certain in "
                    f"{many['proved']} of {len(said)} seeds ({rest})."
                )
    return lines
