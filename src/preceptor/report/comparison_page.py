"""The page of a comparison: robustness against price, in each unit."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from preceptor.comparison import (
    BASE,
    BudgetPoint,
    Comparison,
    Unit,
    WitnessSearches,
    contests,
    harms,
    sentence,
    witnessed,
)
from preceptor.comparison.unit_verdicts import WORDS
from preceptor.outcome import Spread
from preceptor.outcome.wording import MINUS, number
from preceptor.report.plotting import DASHES, Curve, CurvePoint, Frame, Style, power
from preceptor.report.templating import fill, save

FRAME: Final = Frame(520.0, 300.0, 44.0, 16.0, 12.0, 40.0, digits=2)
_FREE: Final = 64.0

COLOURS: Final = {"passive": 5, "active student": 1, "active teacher": 0, "mixed": 2}
"""Which of the page's colours stands for whom; marks and dashes tell strategies of a kind apart."""


@dataclass(frozen=True)
class UnitChart:
    """All curves in one unit.

    Attributes:
        unit: of the price, in words.
        lines: a curve for each strategy, in the box of the page.
        ticks: place and text on the axis of prices.
        free: where a price of 0 stands on that axis; ``None`` if nothing was free.
        described: the chart in words.
    """

    unit: str
    lines: tuple[Curve, ...]
    ticks: tuple[tuple[float, str], ...]
    free: float | None
    described: str


@dataclass(frozen=True)
class PriceRow:
    """One row of the table.

    Attributes:
        strategy: its name.
        style: of its curve; ``None`` for the labels alone.
        kind: of strategy.
        budget: as text.
        prices: one for each unit, as text.
        measures: value, interval and void share of each measure, as text.
        searched: likewise of the distinct witnesses, and all of them with the questions; ``None``
            where nothing was searched.
        first: whether it is the strategy's first row.
        rows: how many rows the strategy has.
    """

    strategy: str
    style: Style | None
    kind: str
    budget: str
    prices: tuple[str, ...]
    measures: tuple[tuple[str, str, str], ...]
    searched: tuple[str, str, str, str] | None
    first: bool
    rows: int


def render_comparison(found: Comparison) -> str:
    """The page of a comparison: one HTML page that loads nothing from anywhere."""
    styles = _styles(found)
    base = found.points(BASE)[0].measures["strong"]
    fought = contests(found)
    lead = [sentence(one, found) for one in fought] or ["Nothing was paid, so nothing to compare."]
    return fill(
        "comparison.html.j2",
        title=found.design["problem"],
        about=found.about,
        lead=lead[0],
        then=lead[1:],
        harms=harms(found),
        witnessed=witnessed(found),
        search=found.search,
        base=None if base is None else (f"{100 * base.mean:.1f}\u00a0%", _ends(base)),
        panels=[_panel(found, unit, styles) for unit in found.units],
        box=FRAME.box,
        levels=FRAME.percents(),
        target=(FRAME.inside(found.target), f"{100 * found.target:.4g}\u00a0%"),
        base_height=None if base is None else FRAME.inside(base.mean),
        legend=[(name, found.kind(name), style) for name, style in styles.items()],
        rows=_rows(found, styles),
        units=[WORDS[unit] for unit in found.units],
        measures=found.measures,
        reach=_reach(found, styles),
        design=found.design,
        seeds=len(found.design["seeds"]),
        level=f"{100 * found.level:.4g}\u00a0%",
        environment=found.environment,
        cells=len(found.cells),
        seconds=sum(cell.seconds for cell in found.cells),
    )


def write_comparison(found: Comparison, path: str | Path) -> Path:
    """Write the page, whole or not at all; returns its path.

    Raises:
        OSError: the file cannot be written.
    """
    return save(render_comparison(found), Path(path))


def _styles(found: Comparison) -> dict[str, Style]:
    styles: dict[str, Style] = {}
    seen: dict[str, int] = {}
    for name in found.strategies:
        if name == BASE:
            continue
        kind = found.kind(name)
        place = seen.get(kind, 0)
        seen[kind] = place + 1
        styles[name] = Style(COLOURS[kind], place % 5, DASHES[place % len(DASHES)])
    return styles


def _panel(found: Comparison, unit: Unit, styles: dict[str, Style]) -> UnitChart:
    points = {name: found.points(name) for name in styles}
    paid = [p.price[unit].mean for each in points.values() for p in each]
    there = [price for price in paid if price > 0]
    low, high = math.floor(math.log10(min(there))), math.ceil(math.log10(max(there)))
    high = max(high, low + 1)
    free = any(price == 0 for price in paid)
    inset = (_FREE if free else 6.0, 0.0)

    def across(price: float) -> float:
        if price <= 0:
            return FRAME.left + _FREE / 2
        return FRAME.across((math.log10(price) - low) / (high - low), inset=inset)

    lines = []
    for name, each in points.items():
        marks = tuple(m for p in each if (m := _mark(p, unit, across)) is not None)
        if marks:
            lines.append(Curve(name, styles[name], tuple(sorted(marks, key=lambda m: m.x))))
    step = max(1, math.ceil((high - low) / 5))
    ticks = [(across(10.0**k), _power(k)) for k in range(low, high + 1, step)]
    if free:
        ticks.insert(0, (across(0), "0"))
    best = max(
        ((p.measures["strong"], name, p.price[unit].mean) for name in points for p in points[name]),
        key=lambda one: -1.0 if one[0] is None else one[0].mean,
    )
    height = "undefined" if best[0] is None else f"{100 * best[0].mean:.1f} %"
    told = (
        f"{len(lines)} strategies; the best strong accuracy, {height}, is that of {best[1]} at "
        f"{number(best[2])} {WORDS[unit]}. All numbers stand in the table."
    )
    return UnitChart(WORDS[unit], tuple(lines), tuple(ticks), across(0) if free else None, told)


def _mark(point: BudgetPoint, unit: Unit, across: Any) -> CurvePoint | None:
    strong = point.measures["strong"]
    if strong is None:
        return None
    low, high = strong.interval
    return CurvePoint(
        across(point.price[unit].mean), *(FRAME.inside(v) for v in (strong.mean, low, high))
    )


def _power(k: int) -> str:
    return f"{10**k:,}" if 0 <= k <= 3 else power(k)


def _ends(spread: Spread | None, times: float = 100.0) -> str:
    """The interval in percent; nothing from one seed."""
    if spread is None or not math.isfinite(spread.interval[0]):
        return ""
    low, high = (times * min(1.0, max(0.0, end)) for end in spread.interval)
    return f"{low:.1f} to {high:.1f}".replace("-", MINUS)


def _rows(found: Comparison, styles: dict[str, Style]) -> list[PriceRow]:
    rows = []
    for name in found.strategies:
        points = found.points(name)
        for place, point in enumerate(points):
            measures = []
            for measure in found.measures:
                spread = point.measures[measure]
                value = "undefined" if spread is None else f"{100 * spread.mean:.1f}\u00a0%"
                void = point.void.get(measure)
                measures.append((value, _ends(spread), "" if void is None else f"{100 * void:.0f}"))
            rows.append(
                PriceRow(
                    name,
                    styles.get(name),
                    found.kind(name),
                    f"{point.budget:,}" if point.budget else "none",
                    tuple(number(point.price[unit].mean) for unit in found.units),
                    tuple(measures),
                    _searched(point.searched),
                    place == 0,
                    len(points),
                )
            )
    return rows


def _searched(one: WitnessSearches | None) -> tuple[str, str, str, str] | None:
    """Distinct witnesses, their interval, the void share, and what they are out of."""
    if one is None:
        return None
    value, ends = "undefined", ""
    if one.distinct is not None:
        value = f"{one.distinct.mean:.1f}"
    if one.interval is not None:
        ends = f"{one.interval[0]:.1f} to {one.interval[1]:.1f}"
    all_told = f"{one.witnesses.mean:.1f} in {one.certain.mean:.0f} certain"
    return value, ends, f"{100 * one.void:.0f}", all_told


def _reach(found: Comparison, styles: dict[str, Style]) -> list[tuple[str, Style, list[str]]]:
    """The price of the target by strategy, in each unit, the cheapest in the first unit on top."""
    rows = []
    for name, style in styles.items():
        cells = []
        for unit in found.units:
            reach = found.reach(name, unit)
            spread = reach.spread(found.level)
            if spread is None:
                cells.append(f"reached in {reach.reached} of {len(reach.prices)} seeds")
                continue
            low, high = spread.interval
            text = number(spread.mean)
            if math.isfinite(low) and high > low:
                text += f" [{number(max(0.0, low))} to {number(high)}]"
            cells.append(text)
        rows.append((name, style, cells))
    first: Unit = found.units[0] if found.units else "questions"
    order = {name: found.reach(name, first) for name, _, _ in rows}
    rows.sort(
        key=lambda row: (
            -order[row[0]].reached,
            sum(price or 0.0 for price in order[row[0]].prices),
        )
    )
    return rows
