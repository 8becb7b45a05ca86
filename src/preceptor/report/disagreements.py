"""The gallery of several students: inputs on which they part, one right and another wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from preceptor.audit import StudentComparison
from preceptor.core import UNCERTAIN
from preceptor.core.domains import is_text
from preceptor.core.show_hook import ShowHook, ShownInput, show_first
from preceptor.core.shown_rows import shown_row
from preceptor.outcome import Verdict, judge
from preceptor.outcome.wording import name_of, percent, said_by
from preceptor.report.gallery import bounds, class_names, is_image, only_ids
from preceptor.report.input_pictures import Strip, strips
from preceptor.report.select_examples import Candidates, take, teacher_sure, top_votes
from preceptor.report.text_changes import TextChange, text_changes

MOST: Final = 36
FEATURES: Final = 8
"""Rows in the table of a vector, the biggest changes first."""


@dataclass(frozen=True)
class Parting:
    """An input on which students part.

    Attributes:
        item: which of the shared items.
        sheet: 0 for the clean input, ``k`` for the ``k``-th shared attack.
        right: students that say what the teacher says of their own input.
        wrong: students that say something else where the teacher is certain.
        score: 0 to 1: how sure the wrong were, times how sure the right were, times how sure the
            teacher was.
    """

    item: int
    sheet: int
    right: tuple[int, ...]
    wrong: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class DisagreementRow:
    """What one student and the teacher said of the student's input.

    Attributes:
        student: its name.
        key: its number, for its colour.
        before: its answer to the clean input.
        after: its answer to this input.
        sure: how sure of that.
        teacher: the teacher's answer.
        votes: how many of a panel agree; empty for others.
        verdict: in lower case.
    """

    student: str
    key: int
    before: str
    after: str
    sure: str
    teacher: str
    votes: str
    verdict: str


@dataclass(frozen=True)
class PartingCard:
    """One parting, ready to be shown.

    Attributes:
        number: in the gallery, from 1.
        item: its id.
        attack: its name, or *no attack*.
        pattern: who is right and who is wrong, in words.
        clean: the teacher's answer to the clean input.
        lines: one for each student.
        pictures: one for each caption; ``None`` for vectors.
        captions: *clean*, then the students' names if an attack moved the input.
        features: of a vector, name and values, the most changed first; empty for images.
        more_features: how many are not shown.
        texts: what changed word by word, against each student; empty for numbers.
    """

    number: int
    item: str
    attack: str
    pattern: str
    clean: str
    lines: tuple[DisagreementRow, ...]
    pictures: Strip | None
    captions: tuple[str, ...]
    features: tuple[tuple[str, ...], ...]
    more_features: int
    texts: tuple[TextChange, ...] = ()
    own: tuple[ShownInput, ...] = ()


def partings(found: StudentComparison) -> list[Parting]:
    """Inputs on which the students part, the most telling first, at most ``MOST``.

    Each way to part (who is right, who is wrong) gets an equal share of the places, first those
    of the best student against the next; other attacks, classes and items come before more of the
    same. The same for the same records.
    """
    pools = _pools(found)
    used = np.zeros(len(found.ids), dtype=np.int64)
    taken: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = {way: [] for way in pools}
    for way, pool in pools.items():
        take(pool, taken[way], max(1, MOST // len(pools)), used)
    for way, pool in pools.items():
        take(pool, taken[way], MOST - sum(map(len, taken.values())), used)
    chosen = []
    for (right, wrong), pool in pools.items():
        rows = taken[right, wrong]
        for row in sorted(rows, key=lambda row, pool=pool: (-pool.score[row], row)):  # type: ignore[misc]
            item, sheet = int(pool.item[row]), int(pool.attack[row]) + 1
            chosen.append(Parting(item, sheet, right, wrong, float(pool.score[row])))
    return chosen[:MOST]


def _pools(found: StudentComparison) -> dict[tuple[tuple[int, ...], tuple[int, ...]], Candidates]:
    """Candidates by who is right and who is wrong."""
    parts: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[np.ndarray, ...]]] = {}
    records = [side.record for side in found.sides]
    for sheet in range(1 + len(records[0].moved)):
        said = [r.clean if sheet == 0 else r.moved[sheet - 1] for r in records]
        verdicts = np.stack([judge(one.sheet).numpy() for one in said])
        right, wrong = verdicts == Verdict.AGREE, verdicts == Verdict.ERROR
        student = np.nan_to_num(np.stack([one.sure.numpy() for one in said]).astype(np.float64))
        teacher = np.stack([teacher_sure(one) for one in said])
        counted = right | wrong
        score = _mean(student, right) * _mean(student, wrong) * _mean(teacher, counted)
        for item in np.flatnonzero(right.any(0) & wrong.any(0)).tolist():
            way = (_which(right[:, item]), _which(wrong[:, item]))
            label = int(said[way[0][0]].sheet.teacher[item])
            row = (item, sheet - 1, label, score[item])
            parts.setdefault(way, []).append(tuple(map(np.asarray, row)))
    rank = {student: place for place, student in enumerate(found.ranking)}

    def order(way: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[int, int, int]:
        right, wrong = way
        return min(rank[i] for i in right), min(rank[i] for i in wrong), len(right)

    return {
        way: Candidates(*(np.stack(column) for column in zip(*parts[way], strict=True)))
        for way in sorted(parts, key=order)
    }


def _mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    total: np.ndarray = (values * where).sum(0) / np.maximum(where.sum(0), 1)
    return total


def _which(flags: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(flags).tolist())


def cards(found: StudentComparison, show: ShowHook | None = None) -> list[PartingCard]:
    """The gallery, in the order of :func:`partings`; ``show`` is the user's own function."""
    made, first = _cards(found), found.sides[0].record
    if show is None or only_ids(first):
        return made
    pairs = zip(made, partings(found), strict=True)
    return [_shown_by(show, found, card, one) for card, one in pairs]


def _shown_by(
    show: ShowHook, found: StudentComparison, card: PartingCard, one: Parting
) -> PartingCard:
    """With what the user's function shows; beside our own way where the function failed."""
    domain = found.sides[0].record.facts["source"]["domain"]
    views = [(found.sides[0], 0)]
    if one.sheet:
        views += [(side, one.sheet) for side in found.sides]
    read = [side.texts if is_text(domain) else side.inputs for side, _ in views]
    batches = [get(sheet, [one.item]) for get, (_, sheet) in zip(read, views, strict=True)]
    own = tuple(show_first(show, domain, one) for one in batches)
    if any(view.fault for view in own):
        return replace(card, own=own)
    return replace(card, own=own, pictures=None, features=(), more_features=0, texts=())


def _cards(found: StudentComparison) -> list[PartingCard]:
    chosen = partings(found)
    first = found.sides[0].record
    if is_text(first.facts["source"]["domain"]):
        return [_card(found, i, one, [np.zeros(0)], None) for i, one in enumerate(chosen)]
    groups = [_inputs(found, one) for one in chosen]
    pictures: list[Strip | None] = [None] * len(chosen)
    if is_image(first) and chosen:
        pictures = list(strips(groups, *bounds(first)))
    return [
        _card(found, i, one, group, picture)
        for i, (one, group, picture) in enumerate(zip(chosen, groups, pictures, strict=True))
    ]


def _inputs(found: StudentComparison, one: Parting) -> list[np.ndarray]:
    """The clean input and, if an attack moved it, each student's."""
    sheets = [found.sides[0].inputs(0, [one.item])]
    if one.sheet:
        sheets += [side.inputs(one.sheet, [one.item]) for side in found.sides]
    return [sheet[0].astype(np.float64) for sheet in sheets]


def _card(
    found: StudentComparison, i: int, one: Parting, group: list[np.ndarray], pictures: Strip | None
) -> PartingCard:
    first = found.sides[0].record
    names = [side.name for side in found.sides]
    texts = _texts(found, one)
    bare = bool(texts) or pictures is not None or only_ids(first)
    features = () if bare else _features(group, first.facts["source"]["domain"])
    attack = first.attacks[one.sheet - 1]["name"] if one.sheet else "no attack"
    return PartingCard(
        number=i + 1,
        item=found.ids[one.item],
        attack=attack,
        pattern=f"right: {', '.join(names[k] for k in one.right)}; "
        f"wrong: {', '.join(names[k] for k in one.wrong)}",
        clean=_teacher(found, 0, 0, one.item)[0],
        lines=tuple(_line(found, k, one) for k in range(len(names))),
        pictures=pictures,
        captions=("clean", *names) if one.sheet else ("clean",),
        features=features[:FEATURES],
        more_features=len(features[FEATURES:]),
        texts=texts,
    )


def _texts(found: StudentComparison, one: Parting) -> tuple[TextChange, ...]:
    """The text as it was moved against each student; once, where nothing moved it."""
    if not is_text(found.sides[0].record.facts["source"]["domain"]):
        return ()
    clean = found.sides[0].texts(0, [one.item])
    if not one.sheet:
        return text_changes(clean, clean)
    return tuple(
        replace(change, field=f"{side.name} {change.field}".strip())
        for side in found.sides
        for change in text_changes(clean, side.texts(one.sheet, [one.item]))
    )


def _line(found: StudentComparison, student: int, one: Parting) -> DisagreementRow:
    side = found.sides[student]
    record, classes = side.record, class_names(side.record)
    said = record.moved[one.sheet - 1] if one.sheet else record.clean
    sure = float(said.sure[one.item])
    words = "over 99\u00a0%" if sure > 0.99 else percent(sure, 100)
    teacher, votes = _teacher(found, student, one.sheet, one.item)
    verdict = Verdict(int(judge(said.sheet)[one.item]))
    return DisagreementRow(
        student=side.name,
        key=student,
        before=name_of(int(record.clean.sheet.student[one.item]), classes),
        after=name_of(int(said.sheet.student[one.item]), classes),
        sure=words if np.isfinite(sure) else "",
        teacher=teacher,
        votes=votes,
        verdict=verdict.name.lower(),
    )


def _teacher(found: StudentComparison, student: int, sheet: int, item: int) -> tuple[str, str]:
    """What the teacher said of this student's input, and how many of its members did."""
    record = found.sides[student].record
    said = record.moved[sheet - 1] if sheet else record.clean
    if not bool(said.sheet.asked[item]):
        return "not asked", ""
    label = int(said.sheet.teacher[item])
    name, counts = said_by(said.sheet, item, class_names(record)), top_votes(said)
    if counts is None:
        return name, ""
    top, total = int(counts[0][item]), int(counts[1][item])
    return name, f"at most {top} of {total}" if label == UNCERTAIN else f"{top} of {total}"


def _features(group: list[np.ndarray], domain: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Rows of a vector's table: name, clean value, each student's; the biggest changes first."""
    shown = [shown_row(domain, one, group[0]) for one in group]
    lines = list(zip(*shown, strict=True))
    lines.sort(key=lambda cells: -max(cell.size for cell in cells))
    return tuple((cells[0].name, *(cell.text for cell in cells)) for cells in lines)
