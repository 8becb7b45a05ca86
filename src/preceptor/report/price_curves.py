"""Curves of accuracy against price: the best way of each kind by name, the others in grey."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from preceptor.comparison import BudgetPoint, Comparison, Unit
from preceptor.comparison.unit_verdicts import WORDS, mean_price
from preceptor.outcome.wording import number
from preceptor.report.plotting import Curve, CurvePoint, Frame, Style, power

RIGHT: Final = 178.0
"""Room for names at the ends of the lines."""

FRAME: Final = Frame(570.0, 300.0, 44.0, RIGHT, 12.0, 40.0, digits=2)

LETTERS: Final = 24
"""So much of a name has room there."""

STEP: Final = 3.0
"""How far apart intervals at one price are drawn."""

LINE: Final = 13.0
"""How far apart names are."""

_FREE: Final = 64.0
_PLAIN: Final = 6
"""Prices up to ten to this power are written out, on an axis that ends there."""


@dataclass(frozen=True)
class EndLabel:
    """A name at the end of a line.

    Attributes:
        x: from the left.
        y: from the top.
        text: as much of the name as has room.
    """

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class PriceCurve:
    """One way of learning.

    Attributes:
        curve: where it stands.
        first: whether it is the best of its kind.
        label: at its end; ``None`` for the others.
    """

    curve: Curve
    first: bool
    label: EndLabel | None


@dataclass(frozen=True)
class UnitChart:
    """All curves in one unit.

    Attributes:
        unit: of the price, in words.
        lines: a curve for each strategy, those in grey first.
        ticks: place and text on the axis of prices.
        described: the chart in words.
    """

    unit: str
    lines: tuple[PriceCurve, ...]
    ticks: tuple[tuple[float, str], ...]
    described: str


def price_panel(found: Comparison, unit: Unit, styles: Mapping[str, Style]) -> UnitChart:
    """The chart of one unit."""
    points = {name: found.points(name) for name in styles}
    paid = [p.price[unit].mean for each in points.values() for p in each]
    there = [price for price in paid if price > 0]
    low, high = math.floor(math.log10(min(there))), math.ceil(math.log10(max(there)))
    high = max(high, low + 1)
    free = any(price == 0 for price in paid)
    inset = (_FREE if free else 6.0, 6.0)

    def across(price: float) -> float:
        if price <= 0:
            return FRAME.left + _FREE / 2
        return FRAME.across((math.log10(price) - low) / (high - low), inset=inset)

    best = _best(found, unit, styles)
    lines = []
    for place, (name, each) in enumerate(points.items()):
        aside = STEP * (place - (len(points) - 1) / 2)
        marks = tuple(m for p in each if (m := _mark(p, unit, across, aside)) is not None)
        if marks:
            ordered = tuple(sorted(marks, key=lambda m: m.x))
            lines.append((Curve(name, styles[name], ordered), name in best))
    step = max(1, math.ceil((high - low) / 5))
    written = low >= -2 and high <= _PLAIN
    ticks = [(across(10.0**k), _tick(k, written)) for k in range(low, high + 1, step)]
    if free:
        ticks.insert(0, (across(0), "0"))
    return UnitChart(WORDS[unit], _labelled(lines), tuple(ticks), _told(unit, points))


def _best(found: Comparison, unit: Unit, styles: Mapping[str, Style]) -> set[str]:
    """Of each kind the cheapest at the target in every seed; failing that, the one that ends highest."""
    names: dict[str, list[str]] = {}
    for name in styles:
        names.setdefault(found.kind(name), []).append(name)
    return {min(same, key=lambda name: _rank(found, unit, name)) for same in names.values()}


def _rank(found: Comparison, unit: Unit, name: str) -> tuple[bool, float]:
    reach = found.reach(name, unit)
    if reach.everywhere:
        return False, mean_price(reach)
    heights = [p.measures["strong"] for p in found.points(name)]
    return True, -max((0.0 if one is None else one.mean) for one in heights)


def _labelled(lines: list[tuple[Curve, bool]]) -> tuple[PriceCurve, ...]:
    """Names at the ends of the best lines, moved apart where they would touch."""
    named = sorted((one for one in lines if one[1]), key=lambda one: one[0].marks[-1].y)
    labels: dict[str, EndLabel] = {}
    lowest = -math.inf
    for curve, _ in named:
        y = max(curve.marks[-1].y, lowest + LINE)
        lowest = y
        labels[curve.name] = EndLabel(curve.marks[-1].x + 9, round(y + 4, 2), _short(curve.name))
    ordered = sorted(lines, key=lambda one: one[1])
    return tuple(PriceCurve(curve, first, labels.get(curve.name)) for curve, first in ordered)


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}\u2026"


def _mark(
    point: BudgetPoint, unit: Unit, across: Callable[[float], float], aside: float
) -> CurvePoint | None:
    strong = point.measures["strong"]
    if strong is None:
        return None
    low, high = strong.interval
    x = round(across(point.price[unit].mean) + aside, 2)
    return CurvePoint(x, *(FRAME.inside(v) for v in (strong.mean, low, high)))


def _tick(k: int, written: bool) -> str:
    if not written:
        return power(k)
    return f"{10**k:,}" if k >= 0 else f"{10.0**k:g}"


def _told(unit: Unit, points: Mapping[str, list[BudgetPoint]]) -> str:
    best = max(
        ((p.measures["strong"], name, p.price[unit].mean) for name in points for p in points[name]),
        key=lambda one: -1.0 if one[0] is None else one[0].mean,
    )
    height = "undefined" if best[0] is None else f"{100 * best[0].mean:.1f} %"
    return (
        f"{len(points)} strategies; the best strong accuracy, {height}, is that of {best[1]} at "
        f"{number(best[2])} {WORDS[unit]}. All numbers stand in the table."
    )
