"""Where things stand in the charts; the templates draw them.

Bars and dots are placed in percent of the width, so that they fit any screen and their text is
HTML. Curves are drawn in a small box of fixed size, one for each family of attacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from preceptor.audit import Row, Summary
from preceptor.audit.plain_attacks import PlainAttack, plain_family
from preceptor.outcome import Rate
from preceptor.outcome.wording import (
    counted,
    fixed_rate,
    interval,
    percent,
    rate,
    rate_interval,
)
from preceptor.report.plotting import SMALL, band, polylines, ticks


@dataclass(frozen=True)
class Segment:
    """A piece of a bar: ``key`` is its pattern, ``start`` and ``width`` are in percent."""

    key: str
    label: str
    items: int
    share: str
    start: float
    width: float


@dataclass(frozen=True)
class VerdictBar:
    """The verdicts on one sheet of inputs."""

    name: str
    segments: tuple[Segment, ...]
    described: str


@dataclass(frozen=True)
class Dot:
    """A rate on a scale from 0 to 100 %; ``value`` is ``None`` where only the interval is known."""

    label: str
    key: str
    value: float | None
    low: float
    high: float
    text: str
    interval: str


@dataclass(frozen=True)
class SizeDot:
    """One size of a family, placed in the box."""

    x: float
    size: str
    relative: float | None
    low: float
    high: float
    conventional: float | None
    show_size: bool
    text: tuple[str, str, str]


@dataclass(frozen=True)
class FamilyCurve:
    """One family over its sizes."""

    family: str
    heading: str
    points: tuple[SizeDot, ...]
    band: str
    relative: tuple[str, ...]
    conventional: tuple[str, ...]
    described: str
    merged: bool


SEGMENTS: Final = (
    ("agree", "agree", ("AGREE",), ()),
    ("sensitivity", "sensitivity error", (), ("SENSITIVITY",)),
    ("invariance", "invariance error", (), ("INVARIANCE",)),
    ("both", "error, both changed", (), ("BOTH",)),
    ("standing", "standing error", (), ("STANDING",)),
    ("from-void", "error from void", (), ("FROM_VOID",)),
    ("unsplit", "error, clean input not asked", (), ("UNSPLIT",)),
    ("abstain", "abstain", ("ABSTAIN",), ()),
    ("uncontradicted", "not contradicted", ("UNCONTRADICTED",), ()),
    ("void", "void", ("VOID",), ()),
    ("unasked", "unasked", ("UNASKED",), ()),
)
"""Key, label, and the verdicts and splits that it counts, in drawing order."""


def bars(summary: Summary, asked: int) -> list[VerdictBar]:
    """A bar for each row; the worst case over attacks does not split its errors, and has no bar
    of its own where there is one attack.

    Args:
        summary: of the record.
        asked: so many items were asked about, whether they are answered or wait; what a stopped audit
            did not come to is left out.
    """
    rows = summary.rows[:2] if len(summary.attacks) == 1 else summary.rows
    return [_bar(row, asked) for row in rows]


def _bar(row: Row, of: int) -> VerdictBar:
    pieces = []
    for key, label, verdicts, splits in SEGMENTS:
        items = sum(row.verdicts[v] for v in verdicts) + sum(row.splits.get(s, 0) for s in splits)
        items -= (row.items - of) if key == "unasked" else 0
        pieces.append((key, label, items))
    if row.verdicts["ERROR"] and "SENSITIVITY" not in row.splits:
        pieces.insert(1, ("error", "error, of mixed kinds", row.verdicts["ERROR"]))
    segments, start = [], 0.0
    for key, label, items in pieces:
        if items:
            width = 100 * items / of
            segments.append(Segment(key, label, items, percent(items / of, of), start, width))
            start += width
    told = ", ".join(f"{piece.label} {piece.items} ({piece.share})" for piece in segments)
    return VerdictBar(row.name, tuple(segments), f"{counted(of, 'input')}: {told}.")


def used_segments(found: list[VerdictBar]) -> list[tuple[str, str]]:
    """Key and label of every segment that occurs, in drawing order, for the legend."""
    seen = {piece.key: piece.label for bar in found for piece in bar.segments}
    order = [key for key, *_ in SEGMENTS]
    order.insert(1, "error")
    return [(key, seen[key]) for key in order if key in seen]


def dot(
    label: str,
    key: str,
    given: Rate,
    ends: tuple[float, float] | None = None,
    places: int | None = None,
) -> Dot:
    """A rate on the scale, with its interval or another that is handed in; in a column of rates, with
    so many decimals as that has.
    """
    low, high = given.interval if ends is None else ends
    value = None if given.value is None else 100 * given.value
    most = given.most
    text = interval((low, high), most) if most else ""
    said = rate(given)
    if places is not None:
        text = f"{100 * low:.{places}f} to {100 * high:.{places}f}\u00a0%" if most else ""
        said = fixed_rate(given, places)
    return Dot(label, key, value, 100 * low, 100 * high, said, text)


def curves(summary: Summary, names: Mapping[str, PlainAttack]) -> list[FamilyCurve]:
    """A curve for each family with at least two sizes, size 0 being the clean inputs.

    Where several attacks of a family share a size, the one with the lowest teacher-relative
    accuracy stands for it.
    """
    families: dict[str, dict[float, list[Row]]] = {}
    for row in summary.attacks:
        if row.size is not None:
            families.setdefault(row.family, {}).setdefault(row.size, []).append(row)
    found = []
    for family, sizes in families.items():
        if len(sizes) < 2:
            continue
        rows = {size: min(same, key=_height) for size, same in sorted(sizes.items())}
        if 0.0 not in rows:
            rows = {0.0: summary.clean, **rows}
        last = rows[max(rows)]
        heading = plain_family(names[last.name], family)
        found.append(_curve(family, heading, rows, any(len(same) > 1 for same in sizes.values())))
    return found


def _height(row: Row) -> float:
    value = row.relative.value
    return row.relative.bounds[0] if value is None else value


def _curve(family: str, heading: str, rows: dict[float, Row], merged: bool) -> FamilyCurve:
    largest = max(rows)
    xs = [SMALL.across(size / largest) for size in rows]
    shown = {x for x, _ in ticks((x, "") for x in xs)}
    points = []
    for x, (size, row) in zip(xs, rows.items(), strict=True):
        low, high = row.relative.interval
        points.append(
            SizeDot(
                x=x,
                size=f"{size:g}",
                relative=_y(row.relative.value),
                low=SMALL.up(low),
                high=SMALL.up(high),
                conventional=_y(row.conventional.value),
                show_size=x in shown,
                text=(rate(row.relative), rate_interval(row.relative), rate(row.conventional)),
            )
        )
    first, final = points[0], points[-1]
    return FamilyCurve(
        family=family,
        heading=heading,
        points=tuple(points),
        band=band(xs, [p.low for p in points], [p.high for p in points]),
        relative=polylines((p.x, p.relative) for p in points),
        conventional=polylines((p.x, p.conventional) for p in points),
        described=(
            f"Accuracy under {family} from size 0 to {final.size}. As the teacher sees it: "
            f"{first.text[0]} to {final.text[0]}. Conventional: {first.text[2]} to "
            f"{final.text[2]}. The table below the chart has every number."
        ),
        merged=merged,
    )


def _y(share: float | None) -> float | None:
    return None if share is None else SMALL.up(share)
