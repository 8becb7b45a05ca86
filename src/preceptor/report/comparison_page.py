"""The page of a comparison: robustness against price, in each unit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from preceptor.comparison import (
    BASE,
    Comparison,
    Unit,
    WitnessSearches,
    certified,
    contests,
    harms,
    witnessed,
)
from preceptor.comparison.plain_contest import named, plain_sentence, plain_way
from preceptor.comparison.unit_verdicts import WORDS
from preceptor.outcome import Spread
from preceptor.outcome.wording import MINUS, number
from preceptor.report.plotting import DASHES, Style
from preceptor.report.price_curves import FRAME, RIGHT, price_panel
from preceptor.report.templating import fill, save

COLOURS: Final = {"passive": 5, "active student": 1, "active teacher": 0, "mixed": 2}
"""Which of the page's colours stands for whom; marks and dashes tell strategies of a kind apart."""


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
    lead = [plain_sentence(one, found) for one in fought]
    lead = lead or ["Nothing was paid, so nothing to compare."]
    rows = _rows(found, styles)
    return fill(
        "comparison.html.j2",
        title=found.design["problem"],
        about=found.about,
        lead=lead[0],
        then=lead[1:],
        named=named(fought[0]) if fought else "",
        plain={name: plain_way(name) for name in styles},
        harms=harms(found),
        witnessed=[*witnessed(found), *certified(found)],
        search=found.search,
        base=None if base is None else (f"{100 * base.mean:.1f}\u00a0%", _ends(base)),
        panels=[price_panel(found, unit, styles) for unit in found.units],
        right=RIGHT,
        box=FRAME.box,
        levels=FRAME.percents(),
        target=(FRAME.inside(found.target), f"{100 * found.target:.4g}\u00a0%"),
        base_height=None if base is None else FRAME.inside(base.mean),
        legend=[(name, found.kind(name), style) for name, style in styles.items()],
        rows=rows,
        varied=_varied(found, rows),
        same=_same(found, rows),
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


def _varied(found: Comparison, rows: Sequence[PriceRow]) -> list[int]:
    """Which measures differ anywhere in the table."""
    places = range(len(found.measures))
    return [k for k in places if len({row.measures[k] for row in rows}) > 1 or len(rows) < 2]


def _same(found: Comparison, rows: Sequence[PriceRow]) -> list[str]:
    """What is the same in every row, and so has no column."""
    varied = _varied(found, rows)
    told = []
    for k, name in enumerate(found.measures):
        if k not in varied:
            value, ends, void = rows[0].measures[k]
            beside = f" [{ends}]" if ends else ""
            told.append(f"{name} is {value}{beside}" + (f", void {void}\u00a0%" if void else ""))
    return told


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
