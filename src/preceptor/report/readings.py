"""Both readings of every attack on one line, the widest gap first; the template draws them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from preceptor.audit import Row, Summary
from preceptor.audit.opening import gap_of, places
from preceptor.audit.plain_attacks import PlainAttack
from preceptor.outcome.wording import MINUS, fixed_interval, fixed_rate
from preceptor.report.chart_data import csv_uri

SHOWN: Final = 8
"""Attacks on the first screen; the others, whose gaps are smaller, are folded."""

HEADS: Final = (
    "attack",
    "specification",
    "conventional",
    "teacher_relative",
    "low",
    "high",
    "certain",
    "void",
)


@dataclass(frozen=True)
class Dumbbell:
    """One attack; places are in percent of the width, ``None`` where nothing is known.

    Attributes:
        name: of the attack.
        conventional: place of the conventional reading.
        relative: place of the teacher-relative one.
        low: the lower end of its interval.
        high: the upper end.
        known: whether it has an interval.
        texts: the conventional rate, the teacher-relative one and its interval.
        gap: between the readings, in points, with its sign; empty where it is not known.
        least: whether it is the least rate.
        described: all of it in words.
    """

    name: PlainAttack
    conventional: float | None
    relative: float | None
    low: float
    high: float
    known: bool
    texts: tuple[str, str, str]
    gap: str
    least: bool
    described: str

    @property
    def between(self) -> tuple[float, float] | None:
        """From the one reading to the other, where both are known."""
        if self.conventional is None or self.relative is None:
            return None
        return min(self.conventional, self.relative), max(self.conventional, self.relative)


@dataclass(frozen=True)
class Readings:
    """The chart.

    Attributes:
        lines: of the attacks with the widest gaps.
        folded: of the other attacks.
        beside: without an attack, and the worst case over all.
        data: the chart's numbers, as a data URI.
    """

    lines: tuple[Dumbbell, ...]
    folded: tuple[Dumbbell, ...]
    beside: tuple[Dumbbell, ...]
    data: str


def readings(summary: Summary, names: Mapping[str, PlainAttack]) -> Readings:
    """Every row of a summary, attacks by their gap, those whose gap is not known last."""
    rows = sorted(summary.attacks, key=lambda row: -abs(gap_of(row) or 0.0))
    rows.sort(key=lambda row: gap_of(row) is None)
    rest = [summary.clean, *([summary.worst] if len(rows) > 1 else [])]
    every = [*rows, *rest]
    digits = places(summary)
    marked = summary.headline if len(summary.least.names) > 1 else None
    drawn = [_line(row, names[row.name], digits, row is marked) for row in every]
    count = len(rows)
    return Readings(
        tuple(drawn[:count][:SHOWN]),
        tuple(drawn[:count][SHOWN:]),
        tuple(drawn[count:]),
        csv_uri(HEADS, [_numbers(row, names[row.name]) for row in every]),
    )


def _line(row: Row, name: PlainAttack, digits: int, least: bool) -> Dumbbell:
    one, other, gap = row.relative.value, row.conventional.value, gap_of(row)
    low, high = row.relative.interval
    texts = (
        fixed_rate(row.conventional, digits),
        fixed_rate(row.relative, digits),
        fixed_interval(row.relative, digits),
    )
    ends = f", interval {texts[2]}" if texts[2] else ""
    return Dumbbell(
        name=name,
        conventional=None if other is None else 100 * other,
        relative=None if one is None else 100 * one,
        low=100 * low,
        high=100 * high,
        known=bool(texts[2]),
        texts=texts,
        gap=_points(gap),
        least=least,
        described=f"Conventional {texts[0]}; as the teacher sees it {texts[1]}{ends}.",
    )


def _points(gap: float | None) -> str:
    if gap is None:
        return ""
    text = f"{100 * abs(gap):.0f}"
    if text == "0":
        return "0"
    return f"{MINUS if gap < 0 else '+'}{text}"


def _numbers(row: Row, name: PlainAttack) -> list[str | float | int | None]:
    low, high = row.relative.interval
    return [
        name.label,
        row.name,
        row.conventional.value,
        row.relative.value,
        low,
        high,
        row.relative.certain,
        row.verdicts["VOID"],
    ]
