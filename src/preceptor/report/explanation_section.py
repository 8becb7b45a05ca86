"""Why student and teacher part: what an explanation beside the record says, set for the page."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from preceptor.audit import Record
from preceptor.core import InputError
from preceptor.explain import Effect, Explanation, Recommendation, Side, ranked, standing_out
from preceptor.outcome import Rate
from preceptor.outcome.wording import counted, interval, percent
from preceptor.report.charts import Dot, dot
from preceptor.report.gallery import bounds, is_image
from preceptor.report.input_pictures import picture

ROWS: Final = 10
"""Factors shown of each side, unless more stand out."""

SPARE_PIXEL: Final = 8
"""A region narrower than so many units of the map's 100 carries no number."""

_ITEMS: Final = tuple(round(10 ** (k / 10)) for k in range(10, 61))
"""Numbers of items that are tried for size, ten of them for each power of ten."""

_FILLS: Final = {
    ", from another": "Taken from another item",
    ", set to low": "Set to the lowest value",
    ", set to high": "Set to the highest value",
}


@dataclass(frozen=True)
class MapRegion:
    """One region of a map, in units of which the map's longer side has 100.

    Attributes:
        path: its outline; of the border, with the hole.
        opacity: of its colour.
        x: where its number stands.
        y: likewise.
        text: its number; empty where there is none, or no room.
        stands: whether it stands out.
    """

    path: str
    opacity: float
    x: float
    y: float
    text: str
    stands: bool


@dataclass(frozen=True)
class Map:
    """How often the student changes and the teacher does not, cell by cell."""

    title: str
    described: str
    cells: tuple[MapRegion, ...]
    moves: bool


@dataclass(frozen=True)
class FactorRow:
    """One factor in a ranked table; the ends of its bar are in percent."""

    name: str
    changes: str
    asked: str
    value: str
    range: str
    at: float | None
    low: float
    high: float
    stands: bool


@dataclass(frozen=True)
class Ranking:
    """The factors that move one of the two alone."""

    key: str
    title: str
    heading: str
    lines: tuple[FactorRow, ...]
    more: int
    standing: int


@dataclass(frozen=True)
class Errors:
    """One set of inputs on which siblings were compared."""

    name: str
    errors: int
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Why:
    """Everything the section shows; ``stale`` alone where the explanation is of another record."""

    stale: str
    advice: tuple[Recommendation, ...] = ()
    maps: tuple[Map, ...] = ()
    still: str = ""
    mean: str = ""
    size: tuple[float, float] = (0.0, 0.0)
    rankings: tuple[Ranking, ...] = ()
    errors: tuple[Errors, ...] = ()
    siblings: int = 0
    factors: int = 0
    items: int = 0
    questions: int = 0
    these_items: bool = False
    bar: str = ""
    reachable: bool = True
    wrong: str = ""
    share: str = ""
    need: str = ""
    least: str = ""
    level: str = ""


def why(record: Record) -> Why | None:
    """The section's content; ``None`` where no explanation lies beside the record."""
    if not (record.folder / "explanation.json").exists():
        return None
    try:
        found = Explanation.load(record.folder)
    except InputError as error:
        return Why(str(error))
    if found.facts["record"] != record.digest:
        return Why(
            "The explanation beside this record was made of another one. Run `preceptor explain` "
            "again."
        )
    plan = found.facts["plan"]
    maps, mean, size = _maps(record, found) if is_image(record) else ((), "", (0.0, 0.0))
    still = [one.title for one in maps if not one.moves]
    return Why(
        stale="",
        advice=found.recommendations,
        maps=tuple(one for one in maps if one.moves),
        still=" or ".join(title[0].lower() + title[1:] for title in still),
        mean=mean,
        size=size,
        rankings=(_ranking(found, "student"), _ranking(found, "teacher")),
        errors=tuple(
            Errors(
                spread.name,
                spread.errors,
                (
                    dot("Student and siblings answer alike", "clean", spread.alike),
                    dot("Open errors: a sibling is right", "relative", spread.open),
                    dot("Common errors: all of them err", "conventional", spread.common),
                ),
            )
            for spread in found.spreads
        ),
        siblings=len(found.siblings),
        factors=len(found.effects),
        items=plan["items"],
        questions=found.facts["questions"]["asked"],
        these_items=plan.get("about") == "items",
        bar=percent(found.bar, 1000),
        reachable=found.bar < 1,
        wrong=f"{found.error.hits} of {found.error.certain}",
        share=percent(found.error.value, max(1, found.error.certain)),
        need=_need(found.error),
        least=percent(plan["least"], 1),
        level=f"{100 * plan['level']:.4g}\u00a0%",
    )


def _need(error: Rate) -> str:
    """What would let a factor stand out, where none can: items, or a better student.

    The bar is twice the upper limit of the error rate and must be below 1.
    """
    share = error.value
    if share is None:
        return "certain answers on the data"
    if share >= 0.5:
        return "a student that is wrong on less than half of the data"
    for items in _ITEMS:
        wrong = round(share * items)
        if Rate(wrong, items - wrong, level=error.level).interval[1] < 0.5:
            return f"about {round(items, 2 - len(str(items))):,} items at this error rate, or a better student"
    return "a better student"


def _ranking(found: Explanation, side: Side) -> Ranking:
    standing = standing_out(found.effects, found.bar, side)
    order = [e for e in ranked(found.effects, side) if e.share(side).value or e in standing]
    shown = order[: max(ROWS, len(standing))]
    student = side == "student"
    return Ranking(
        key=side,
        title="What moves the student alone" if student else "What moves the teacher alone",
        heading="There the teacher keeps" if student else "Elsewhere the teacher changes",
        lines=tuple(_line(effect, side, effect in standing) for effect in shown),
        more=len(order) - len(shown),
        standing=len(standing),
    )


def _line(effect: Effect, side: Side, stands: bool) -> FactorRow:
    share = effect.share(side)
    asked = effect.flipped if side == "student" else effect.held
    hits = asked.same if side == "student" else asked.other
    void = f", {asked.uncertain} void" if asked.uncertain else ""
    return FactorRow(
        name=effect.name,
        changes=percent(effect.student.value, effect.items),
        asked=f"{hits} of {asked.answered}{void}",
        value=percent(share.value, effect.items),
        range=interval((share.low, share.high), 1),
        at=None if share.value is None else 100 * share.value,
        low=100 * share.low,
        high=100 * share.high,
        stands=stands,
    )


def _maps(record: Record, found: Explanation) -> tuple[tuple[Map, ...], str, tuple[float, float]]:
    """A map for each way in which cells were changed, the mean input, and the maps' size."""
    height, width = found.mean.shape[1:]
    unit = 100 / max(height, width)
    standing = standing_out(found.effects, found.bar, "student")
    maps = []
    for ending, title in _FILLS.items():
        cells, words = [], []
        regions = [
            (effect, mask.any(0))
            for effect, mask in zip(found.effects, found.masks, strict=True)
            if effect.family == "region" and effect.name.endswith(ending) and mask.any()
        ]
        for effect, place in sorted(regions, key=lambda pair: pair[0].cell):
            moves = bool(effect.student_only.value) or effect in standing
            if effect.cell or moves:
                cells.append(_cell(effect, place, unit, effect in standing))
            if moves:
                name = effect.name.removesuffix(ending)
                words.append(f"{name}: {percent(effect.student_only.value, effect.items)}")
        if cells:
            told = "; ".join(words) or "no cell in which the student was seen to move alone"
            maps.append(Map(title, f"Share of items by cell. {told}.", tuple(cells), bool(words)))
    low, high = bounds(record)
    return tuple(maps), picture(found.mean, low, high), (width * unit, height * unit)


def _cell(effect: Effect, place: np.ndarray, unit: float, stands: bool) -> MapRegion:
    left, top, right, bottom = _box(place)
    hole = ~place[top:bottom, left:right]
    path, low = _outline(left, top, right, bottom, unit), bottom
    if hole.any():
        inner = _box(hole)
        path += _outline(left + inner[0], top + inner[1], left + inner[2], top + inner[3], unit)
        low = top + inner[1]  # its number stands above the hole
    value = effect.student_only.value or 0.0
    room = min(right - left, max(low - top, 1)) * unit >= SPARE_PIXEL
    return MapRegion(
        path=path,
        opacity=round(0.25 + 0.75 * min(1.0, value / 0.6), 3) if value else 0.0,
        x=round((left + right) * unit / 2, 2),
        y=round((top + low) * unit / 2, 2),
        text=f"{100 * value:.0f}" if value and room else "",
        stands=stands,
    )


def _box(place: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is true; the last two are the first pixels beyond."""
    rows, columns = np.flatnonzero(place.any(1)), np.flatnonzero(place.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _outline(left: int, top: int, right: int, bottom: int, unit: float) -> str:
    x, y, far, deep = (round(end * unit, 2) for end in (left, top, right, bottom))
    return f"M{x} {y}H{far}V{deep}H{x}Z"


def told(found: Why) -> str:
    """How many factors, items and questions, in words."""
    return (
        f"{counted(found.factors, 'factor')} on {counted(found.items, 'item')}, "
        f"{counted(found.questions, 'question')}"
    )
