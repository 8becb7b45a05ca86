"""Numbers of a claim over an axis, placed in a box; the template draws them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from preceptor.outcome import Spread
from preceptor.outcome.wording import number
from preceptor.paper import Chart, Series
from preceptor.report.charts import Dot
from preceptor.report.plotting import (
    DASHES,
    PERCENTS,
    Curve,
    CurvePoint,
    Frame,
    Style,
    power,
    ticks,
)

FRAME: Final = Frame(520.0, 300.0, 52.0, 16.0, 30.0, 42.0)

BESIDE: Final = 3.0
"""How far apart lines are drawn that lie on the edge of a chart, in its units."""

COLOURS: Final = {"asks": 1, "told": 0, "passive": 5, "theory": 4}
"""Which of the page's colours stands for whom, as on the page of a comparison."""


@dataclass(frozen=True)
class PlacedChart:
    """A chart, placed.

    Attributes:
        chart: what it shows.
        lines: a curve for each series.
        across: place and text of each tick on the horizontal axis.
        up: the same on the vertical axis.
        described: in words.
    """

    chart: Chart
    lines: tuple[Curve, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    described: str


@dataclass(frozen=True)
class DotRows:
    """A chart of names in place of an axis: a group of dots for each name.

    Attributes:
        chart: what it shows.
        groups: each name with a dot for each series.
    """

    chart: Chart
    groups: tuple[tuple[str, tuple[Dot, ...]], ...]


def rows(chart: Chart, spreads: Mapping[str, Spread | None]) -> DotRows:
    """The shares of every label of a chart, a dot for each series."""
    groups = []
    for place, label in enumerate(chart.labels):
        dots = []
        for series in chart.series:
            name = series.names[place]
            spread = None if name is None else spreads.get(name)
            if spread is not None:
                dots.append(_dot(label if len(chart.series) == 1 else series.label, series, spread))
        groups.append((label, tuple(dots)))
    return DotRows(chart, tuple(groups))


def _dot(label: str, series: Series, spread: Spread) -> Dot:
    low, high = (100 * min(1.0, max(0.0, end)) for end in spread.interval)
    known = math.isfinite(spread.interval[0])
    return Dot(
        label,
        f"student-{COLOURS[series.role]}",
        100 * spread.mean,
        low,
        high,
        f"{100 * spread.mean:.1f}\u00a0%",
        f"{low:.1f} to {high:.1f}\u00a0%" if known else "",
    )


def draw(chart: Chart, spreads: Mapping[str, Spread | None]) -> PlacedChart | None:
    """Where everything stands; ``None`` where there is nothing to draw."""
    known = [
        spread
        for series in chart.series
        for name in series.names
        if name is not None and (spread := spreads.get(name)) is not None
    ]
    if not known:
        return None
    low, high, levels = _levels(chart, known)
    flat = _scale(chart.log)
    left, right = (flat(x) for x in (min(chart.x), max(chart.x)))

    def across(x: float) -> float:
        share = (flat(x) - left) / (right - left) if right > left else 0.5
        return FRAME.across(share, inset=(8.0, 8.0))

    def up(y: float) -> float:
        share = (flat(max(y, low)) - flat(low)) / (flat(high) - flat(low))
        return FRAME.inside(share)

    lines, seen = [], dict.fromkeys(COLOURS, 0)
    for order, series in enumerate(chart.series):
        place = seen[series.role]
        seen[series.role] += 1
        style = Style(COLOURS[series.role], place % 5, DASHES[place % len(DASHES)])
        aside = BESIDE * (order - (len(chart.series) - 1) / 2)
        marks = tuple(_beside(mark, aside) for mark in _marks(series, chart, spreads, across, up))
        if marks:
            lines.append(Curve(series.label, style, marks))
    return PlacedChart(
        chart,
        tuple(lines),
        ticks((across(x), number(x)) for x in chart.x),
        tuple((up(y), text) for y, text in levels),
        _described(chart, spreads),
    )


def _beside(mark: CurvePoint, aside: float) -> CurvePoint:
    """A mark at the edge of a chart, moved a little, so that lines there do not hide each other."""
    top, bottom = FRAME.up(1.0), FRAME.up(0.0)
    if min(mark.y - top, bottom - mark.y) > BESIDE:
        return mark
    return replace(mark, y=round(mark.y + aside, 2))


def _marks(
    series: Series,
    chart: Chart,
    spreads: Mapping[str, Spread | None],
    across: Callable[[float], float],
    up: Callable[[float], float],
) -> tuple[CurvePoint, ...]:
    found = []
    for x, name in zip(chart.x, series.names, strict=True):
        spread = None if name is None else spreads.get(name)
        if spread is not None:
            ends = (end if math.isfinite(end) else spread.mean for end in spread.interval)
            found.append(CurvePoint(across(x), *(up(y) for y in (spread.mean, *ends))))
    return tuple(found)


def _scale(log: bool) -> Callable[[float], float]:
    return math.log10 if log else float


def _levels(chart: Chart, known: Sequence[Spread]) -> tuple[float, float, list[tuple[float, str]]]:
    """The ends of the axis up, and its grid lines."""
    if chart.share:
        return 0.0, 1.0, list(PERCENTS)
    ends = [end for s in known for end in (s.mean, *s.interval) if math.isfinite(end)]
    if chart.log:
        bottom = math.floor(math.log10(min(s.mean for s in known)))
        top = max(bottom + 1, math.ceil(math.log10(max(ends))))
        step = max(1, math.ceil((top - bottom) / 6))
        return 10.0**bottom, 10.0**top, [(10.0**k, _power(k)) for k in range(bottom, top + 1, step)]
    lowest = min(s.mean for s in known)
    low, high = min(0.0, *ends) if lowest < 0 else 0.0, max(0.0, *ends)
    width = _step((high - low) or 1.0)
    first, last = math.floor(low / width), math.ceil(high / width)
    last = max(last, first + 1)
    return (
        first * width,
        last * width,
        [(k * width, number(k * width)) for k in range(first, last + 1)],
    )


def _step(width: float) -> float:
    """A round number of which four to ten make the width."""
    power = 10.0 ** math.floor(math.log10(width / 4))
    return next(power * m for m in (1, 2, 5, 10) if width / (power * m) <= 6)


def _power(k: int) -> str:
    return number(10.0**k) if -2 <= k <= 4 else power(k)


def _described(chart: Chart, spreads: Mapping[str, Spread | None]) -> str:
    parts = []
    for series in chart.series:
        known = [
            (x, spread.mean)
            for x, name in zip(chart.x, series.names, strict=True)
            if name is not None and (spread := spreads.get(name)) is not None
        ]
        if known:
            (x0, y0), (x1, y1) = known[0], known[-1]
            parts.append(
                f"{series.label}: {number(y0)} at {number(x0)}, {number(y1)} at {number(x1)}"
            )
    return "; ".join(parts) + ". All numbers stand in the table."
