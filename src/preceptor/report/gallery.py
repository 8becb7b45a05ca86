"""The gallery: what is shown of each telling example."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from preceptor.audit import Record, SheetAnswers
from preceptor.core import UNCERTAIN
from preceptor.core.domains import is_text
from preceptor.core.show_hook import ShowHook, ShownInput, show_first
from preceptor.core.shown_rows import shown_row
from preceptor.outcome.wording import name_of, number, percent, said_by
from preceptor.report.input_pictures import Triple, triples
from preceptor.report.select_examples import Example, Kind, telling, top_votes
from preceptor.report.text_changes import TextChange, text_changes

FEATURES: Final = 8
"""Rows in the table of a vector, the biggest changes first."""

SENTENCES: Final = {
    Kind.INVARIANCE: "The teacher sees something else now; the student did not notice.",
    Kind.SENSITIVITY: "The teacher sees what it saw before; the student changed its answer.",
    Kind.BOTH: "Both changed their answer, and they differ.",
    Kind.FALSE_ALARM: "Counted as a failure by the conventional reading, but the teacher changed "
    "its answer too and agrees with the student.",
    Kind.VOID: "The teacher is uncertain now, so no answer is right; the student is sure of its own.",
    Kind.FROM_VOID: "The teacher was uncertain before and is certain now; the student says something "
    "else.",
    Kind.UNSPLIT: "Wrong where the teacher is certain. The clean input has no answer, so what "
    "changed is not known.",
    Kind.STANDING: "Wrong on the clean input, before any attack.",
}

SEGMENT: Final = {
    Kind.INVARIANCE: "invariance",
    Kind.SENSITIVITY: "sensitivity",
    Kind.BOTH: "both",
    Kind.FALSE_ALARM: "agree",
    Kind.VOID: "void",
    Kind.FROM_VOID: "from-void",
    Kind.UNSPLIT: "unsplit",
    Kind.STANDING: "standing",
}
"""Which pattern of the bars marks each kind: the verdict is the same."""

NOTHING: Final = np.zeros(0)

MEASURES: Final = {
    "l0": Markup("<i>l</i><sub>0</sub>"),
    "l1": Markup("<i>l</i><sub>1</sub>"),
    "l2": Markup("<i>l</i><sub>2</sub>"),
    "linf": Markup("<i>l</i><sub>&infin;</sub>"),
    "characters": Markup("characters changed"),
    "words": Markup("words changed"),
    "share": Markup("share of the words"),
}
"""What the measures of distances are called on pages."""

VERDICT: Final = {
    Kind.INVARIANCE: "ERROR",
    Kind.SENSITIVITY: "ERROR",
    Kind.BOTH: "ERROR",
    Kind.FALSE_ALARM: "AGREE",
    Kind.VOID: "VOID",
    Kind.FROM_VOID: "ERROR",
    Kind.UNSPLIT: "ERROR",
    Kind.STANDING: "ERROR",
}


@dataclass(frozen=True)
class AnswerText:
    """What one party said of one input, as text.

    Attributes:
        label: the answer.
        sure: how sure it was: a probability, or votes; empty where nothing is known.
    """

    label: str
    sure: str


@dataclass(frozen=True)
class Feature:
    """One row of a vector's table, as text.

    Attributes:
        name: of the feature.
        clean: its value before.
        moved: its value after; empty without an attack.
        change: the difference, with its sign; empty without an attack, and between words.
        changed: whether it is another value.
    """

    name: str
    clean: str
    moved: str
    change: str
    changed: bool = False


@dataclass(frozen=True)
class Card:
    """One example, ready to be shown.

    Attributes:
        number: in the gallery, from 1.
        item: its id.
        attack: its name, or *no attack*.
        kind: of example.
        segment: key of the bar's segment to which it belongs.
        verdict: key of the verdict.
        sentence: what happened.
        student: what it said of the clean input and, if there is one, of the moved one.
        teacher: the same of the teacher.
        pictures: clean, moved and difference; ``None`` for vectors.
        features: of a vector, the most changed first; empty for images.
        more_features: how many are not shown.
        distances: measure and value, from the clean input; empty without an attack.
        texts: what changed word by word in each part of a text; empty for numbers.
        own: the clean and the moved input as the user's own function shows them, in place of the
            pictures, rows and texts above; empty without one.
    """

    number: int
    item: str
    attack: str
    kind: Kind
    segment: str
    verdict: str
    sentence: str
    student: tuple[AnswerText, ...]
    teacher: tuple[AnswerText, ...]
    pictures: Triple | None
    features: tuple[Feature, ...]
    more_features: int
    distances: tuple[tuple[str, str], ...]
    texts: tuple[TextChange, ...] = ()
    own: tuple[ShownInput, ...] = ()


def cards(record: Record, show: ShowHook | None = None) -> list[Card]:
    """The gallery of a record, in the order of :func:`telling`.

    Args:
        record: the record.
        show: the user's own function that shows an input.
    """
    found = _cards(record)
    if show is None or only_ids(record):
        return found
    pairs = zip(found, telling(record), strict=True)
    return [_shown_by(show, record, card, example) for card, example in pairs]


def _shown_by(show: ShowHook, record: Record, card: Card, example: Example) -> Card:
    """With what the user's function shows; beside our own way where the function failed."""
    domain = record.facts["source"]["domain"]
    sheets = [0] if example.attack is None else [0, example.attack + 1]
    own = tuple(show_first(show, domain, record.batch(sheet, [example.item])) for sheet in sheets)
    if any(one.fault for one in own):
        return replace(card, own=own)
    return replace(card, own=own, pictures=None, features=(), more_features=0, texts=())


def _cards(record: Record) -> list[Card]:
    examples = telling(record)
    if is_text(record.facts["source"]["domain"]):
        return [
            _card(record, i, example, (NOTHING, None), None) for i, example in enumerate(examples)
        ]
    pairs = [_pair(record, example) for example in examples]
    low, high = bounds(record)
    pictures: list[Triple | None] = [None] * len(examples)
    if is_image(record):
        pictures = list(triples(pairs, low, high))
    return [
        _card(record, i, example, pair, picture)
        for i, (example, pair, picture) in enumerate(zip(examples, pairs, pictures, strict=True))
    ]


def shape(record: Record) -> tuple[int, ...]:
    """Of one input; empty for a text."""
    return tuple(record.facts["source"]["domain"].get("shape", ()))


def only_ids(record: Record) -> bool:
    """Whether of the items nothing is there but ids, so that there is nothing to look at."""
    return bool(record.facts["source"].get("only_ids", False))


def is_image(record: Record) -> bool:
    """Whether inputs have channels, height and width."""
    return len(shape(record)) == 3 and shape(record)[0] in (1, 3, 4)


def bounds(record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest values, ``Float[*shape]``."""
    domain = record.facts["source"]["domain"]
    low, high = (np.asarray(domain[end], np.float64) for end in ("low", "high"))
    size = shape(record)
    return tuple(  # type: ignore[return-value]
        np.full(size, float(end)) if end.ndim == 0 else end.reshape(size) for end in (low, high)
    )


def class_names(record: Record) -> list[str]:
    """The labels' names; empty to use numbers."""
    return [str(name) for name in record.facts["source"].get("classes") or []]


def _pair(record: Record, example: Example) -> tuple[np.ndarray, np.ndarray | None]:
    clean = record.inputs(0, [example.item])[0].astype(np.float64)
    if example.attack is None:
        return clean, None
    return clean, record.inputs(example.attack + 1, [example.item])[0].astype(np.float64)


def _card(
    record: Record,
    i: int,
    example: Example,
    pair: tuple[np.ndarray, np.ndarray | None],
    pictures: Triple | None,
) -> Card:
    sheets = [record.clean]
    if example.attack is not None:
        sheets.append(record.moved[example.attack])
    classes = class_names(record)
    clean, moved = pair
    texts = _texts(record, example)
    bare = bool(texts) or pictures is not None or only_ids(record)
    features = () if bare else _features(clean, moved, record.facts["source"]["domain"])
    return Card(
        number=i + 1,
        item=record.ids[example.item],
        attack="no attack" if example.attack is None else record.attacks[example.attack]["name"],
        kind=example.kind,
        segment=SEGMENT[example.kind],
        verdict=VERDICT[example.kind],
        sentence=SENTENCES[example.kind],
        student=tuple(_student(said, example.item, classes) for said in sheets),
        teacher=tuple(_teacher(said, example.item, classes) for said in sheets),
        pictures=pictures,
        features=features[:FEATURES],
        more_features=len(features[FEATURES:]),
        distances=_distances(record, sheets[-1], example.item) if len(sheets) > 1 else (),
        texts=texts,
    )


def _student(said: SheetAnswers, row: int, classes: list[str]) -> AnswerText:
    sure = float(said.sure[row])
    words = "over 99\u00a0%" if sure > 0.99 else percent(sure, 100)
    label = name_of(int(said.sheet.student[row]), classes)
    return AnswerText(label, words if math.isfinite(sure) else "")


def _teacher(said: SheetAnswers, row: int, classes: list[str]) -> AnswerText:
    if not bool(said.sheet.asked[row]):
        return AnswerText("not asked", "")
    label = int(said.sheet.teacher[row])
    counts = top_votes(said)
    words = said_by(said.sheet, row, classes)
    if counts is None:
        return AnswerText(words, "")
    top, total = int(counts[0][row]), int(counts[1][row])
    if label == UNCERTAIN:
        return AnswerText(words, f"at most {top} of {total} agree")
    return AnswerText(words, f"{top} of {total}")


def _features(
    clean: np.ndarray, moved: np.ndarray | None, domain: Mapping[str, Any]
) -> tuple[Feature, ...]:
    """A row as people write it, the greatest changes first."""
    cells = shown_row(domain, clean if moved is None else moved, clean)
    alone = moved is None
    return tuple(
        Feature(
            cell.name, cell.text, "" if alone else cell.text, "" if alone or cell.words else "0"
        )
        if cell.before is None
        else Feature(cell.name, cell.before, cell.text, cell.change, True)
        for cell in sorted(cells, key=lambda cell: -cell.size)
    )


def _texts(record: Record, example: Example) -> tuple[TextChange, ...]:
    """A text, and what changed in it."""
    if not is_text(record.facts["source"]["domain"]):
        return ()
    clean = record.texts(0, [example.item])
    sheet = 0 if example.attack is None else example.attack + 1
    return text_changes(clean, record.texts(sheet, [example.item]))


def _distances(record: Record, said: SheetAnswers, row: int) -> tuple[tuple[str, str], ...]:
    values = zip(record.measures, said.distances[row].tolist(), strict=True)
    return tuple((MEASURES[name], number(float(value))) for name, value in values)
