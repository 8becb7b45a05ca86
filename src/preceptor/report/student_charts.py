"""Where things stand in the charts of several students; the templates draw them."""

from dataclasses import dataclass
from typing import Final

from preceptor.audit import Pair, Row, StudentComparison
from preceptor.audit.comparison_headline import size
from preceptor.audit.plain_attacks import plain_family, plain_names
from preceptor.outcome import Rate
from preceptor.outcome.wording import (
    decimals,
    fixed,
    fixed_interval,
    fixed_rate,
    p_value,
    points,
    points_between,
    points_interval,
    rate,
    rate_interval,
)
from preceptor.report.charts import Dot, dot
from preceptor.report.plotting import SMALL, band, polylines, ticks


@dataclass(frozen=True)
class DifferenceBar:
    """A difference on a scale from -100 to 100 points, in percent of the width.

    Attributes:
        name: of the attack.
        value: its place; ``None`` if it is not known.
        low: the place of the interval's lower end.
        high: that of its upper end.
        text: the difference in points.
        interval: its ends, as text.
        settled: whether it may be claimed that one is better.
        key: the colour of the one who is, if that is settled.
        p: the adjusted p-value, as text.
        certain: items certain for both.
        only_first: of these, items at which the first alone is right.
        only_second: items at which the second alone is.
    """

    name: str
    value: float | None
    low: float
    high: float
    text: str
    interval: str
    settled: bool
    key: str
    p: str
    certain: int
    only_first: int
    only_second: int


@dataclass(frozen=True)
class Forest:
    """The differences between two students, a line for each attack.

    Attributes:
        first: the one's name.
        second: the other's.
        keys: the colours of both.
        reaches: one for each attack.
    """

    first: str
    second: str
    keys: tuple[str, str]
    reaches: tuple[DifferenceBar, ...]


@dataclass(frozen=True)
class SizePoint:
    """One size on one student's line.

    Attributes:
        x: from the left, in the units of the drawing.
        y: from the top.
    """

    x: float
    y: float


@dataclass(frozen=True)
class StudentLine:
    """One student over the sizes of a family.

    Attributes:
        key: its number, for its colour.
        student: its name.
        lines: polylines; broken where nothing is known.
        band: the polygon of the intervals.
        marks: a point for each size.
    """

    key: int
    student: str
    lines: tuple[str, ...]
    band: str
    marks: tuple[SizePoint, ...]


@dataclass(frozen=True)
class StudentCurve:
    """One family of attacks over its sizes, a line for each student.

    Attributes:
        family: its name.
        heading: the same in plain words.
        lines: one for each student.
        ticks: place and text of each size.
        numbers: each size with rate and interval of every student, as text.
        described: in words.
    """

    family: str
    heading: str
    lines: tuple[StudentLine, ...]
    ticks: tuple[tuple[float, str], ...]
    numbers: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    described: str


ALIKE: Final = 6
"""So many students have a colour, a dash and a mark of their own."""


def look(i: int) -> str:
    """The colour of a student in a chart of rates."""
    return f"student-{i}" if i < ALIKE else "student-more"


def dots(found: StudentComparison) -> list[Dot]:
    """The headline rate of each student."""
    places = decimals([row.relative for side in found.sides for row in side.summary.rows])
    return [
        dot(side.name, look(i), side.headline.relative, side.interval, places)
        for i, side in enumerate(found.sides)
    ]


def forests(found: StudentComparison) -> list[Forest]:
    """Every two students, the better one first; of many, the best one and each other."""
    rank = list(found.ranking)
    firsts = rank if len(rank) <= ALIKE else rank[:1]
    couples = [(a, b) for i, a in enumerate(firsts) for b in rank[i + 1 :]]
    return [_forest(found, found.pair(a, b)) for a, b in couples]


def _forest(found: StudentComparison, pair: Pair) -> Forest:
    reaches, keys = [], (look(pair.first), look(pair.second))
    of = max(size(contrast.difference) for contrast in pair.contrasts)  # one precision for all
    for contrast in pair.contrasts:
        d = contrast.difference
        low, high = d.interval
        text = "not known"
        if d.value is not None:
            text = points(d.value, of)
        elif d.stopped is None and (d.first.unasked or d.second.unasked):
            text = f"between {points_between(d.bounds, of)}"
        reaches.append(
            DifferenceBar(
                name=contrast.name,
                value=None if d.value is None else 50 + 50 * d.value,
                low=50 + 50 * low,
                high=50 + 50 * high,
                text=text,
                interval=points_interval((low, high), of),
                settled=contrast.settled,
                key=(keys[0] if d.ahead > 0 else keys[1]) if contrast.settled else "open",
                p=p_value(contrast.adjusted),
                certain=d.certain,
                only_first=d.only_first,
                only_second=d.only_second,
            )
        )
    names = found.sides[pair.first].name, found.sides[pair.second].name
    return Forest(*names, keys, tuple(reaches))


def curves(found: StudentComparison) -> list[StudentCurve]:
    """A chart for each family with at least two sizes, size 0 being the clean inputs.

    Where several attacks of a family share a size, for each student the one with its lowest
    accuracy stands for it. None for more students than can be told apart.
    """
    if len(found.sides) > ALIKE:
        return []
    first = found.sides[0].summary
    families: dict[str, dict[float, list[int]]] = {}
    for i, row in enumerate(first.attacks):
        if row.size is not None:
            families.setdefault(row.family, {}).setdefault(row.size, []).append(i)
    return [_curve(found, name, sizes) for name, sizes in families.items() if len(sizes) > 1]


def _curve(found: StudentComparison, family: str, sizes: dict[float, list[int]]) -> StudentCurve:
    ordered, first = sorted(sizes), found.sides[0].summary
    names = plain_names(found.sides[0].record.facts)
    rows: list[list[Row]] = []
    for side in found.sides:
        at = [
            min((side.summary.attacks[i] for i in sizes[s]), key=lambda row: row.relative.bounds[0])
            for s in ordered
        ]
        rows.append(at if 0.0 in sizes else [side.summary.clean, *at])
    shown = ordered if 0.0 in sizes else [0.0, *ordered]
    xs = [SMALL.across(s / max(shown)) for s in shown]
    numbers = tuple(
        (f"{s:g}", tuple((rate(r[k].relative), rate_interval(r[k].relative)) for r in rows))
        for k, s in enumerate(shown)
    )
    told = "; ".join(
        f"{side.name} {numbers[0][1][i][0]} to {numbers[-1][1][i][0]}"
        for i, side in enumerate(found.sides)
    )
    return StudentCurve(
        family=family,
        heading=plain_family(names[first.attacks[sizes[ordered[-1]][0]].name], family),
        lines=tuple(_line(found, i, xs, each) for i, each in enumerate(rows)),
        ticks=ticks((x, f"{s:g}") for x, s in zip(xs, shown, strict=True)),
        numbers=numbers,
        described=(
            f"Teacher-relative accuracy under {family} from size 0 to {shown[-1]:g}: {told}. The "
            "table below the chart has every number."
        ),
    )


def _line(found: StudentComparison, i: int, xs: list[float], rows: list[Row]) -> StudentLine:
    lows, highs = zip(*(map(SMALL.up, row.relative.interval) for row in rows), strict=True)
    ys = [None if r.relative.value is None else SMALL.up(r.relative.value) for r in rows]
    return StudentLine(
        key=i,
        student=found.sides[i].name,
        lines=polylines(zip(xs, ys, strict=True)),
        band=band(xs, lows, highs),
        marks=tuple(SizePoint(x, y) for x, y in zip(xs, ys, strict=True) if y is not None),
    )


@dataclass(frozen=True)
class Measured:
    """One student under one attack, for the table of everything.

    Attributes:
        key: its number, for its colour.
        student: its name.
        relative: the teacher-relative rate and its interval, as text.
        conventional: the same of the conventional rate.
        void: share and count, as text.
        alarms: false alarms as a share and a count, as text.
        errors: how many.
        invariance: invariance errors, as text.
    """

    key: int
    student: str
    relative: tuple[str, str]
    conventional: tuple[str, str]
    void: tuple[str, str]
    alarms: tuple[str, str]
    errors: int
    invariance: str


def measured(found: StudentComparison) -> list[tuple[str, list[Measured]]]:
    """For each attack, or none, or the worst of all: what each student achieved."""
    names = [row.name for row in found.sides[0].summary.rows]
    places = decimals([row.relative for side in found.sides for row in side.summary.rows])
    return [
        (
            name,
            [
                _measured(i, side.name, side.summary.rows[k], places)
                for i, side in enumerate(found.sides)
            ],
        )
        for k, name in enumerate(names)
    ]


def _figures(given: Rate, places: int) -> tuple[str, str]:
    return fixed_rate(given, places), fixed_interval(given, places)


def _measured(key: int, student: str, row: Row, places: int) -> Measured:
    asked = row.items - row.verdicts["UNASKED"]
    dash = ("\u2013", "")
    failures = row.conventional_failures
    alarms = dash
    if failures:
        share = fixed(row.splits["FALSE_ALARM"] / failures, places)
        alarms = (share, f"{row.splits['FALSE_ALARM']:,} of {failures:,}")
    return Measured(
        key=key,
        student=student,
        relative=_figures(row.relative, places),
        conventional=_figures(row.conventional, places),
        void=(fixed(row.verdicts["VOID"] / asked, places), f"{row.verdicts['VOID']:,}")
        if asked
        else dash,
        alarms=alarms,
        errors=row.verdicts["ERROR"],
        invariance=f"{row.splits['INVARIANCE']:,}" if "INVARIANCE" in row.splits else "\u2013",
    )
