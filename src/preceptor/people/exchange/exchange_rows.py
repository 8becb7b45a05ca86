"""What a study holds, as plain rows: what travels to a file and back."""

import base64
from dataclasses import dataclass, replace

import numpy as np
import torch

from preceptor.core import UNCERTAIN, InputError, Inputs
from preceptor.core.inputs import unpack_texts
from preceptor.core.label_sets import SEPARATOR
from preceptor.people.answer_sets import Acceptable, as_answer, joined, unpacked
from preceptor.people.database import Session
from preceptor.people.settings import Settings, settings_of
from preceptor.people.studies import Study
from preceptor.people.study_questions import excluded, is_label

CANNOT_TELL = "can't tell"

ADJUDICATION = "adjudication"
"""The kind of a row that is no person's vote but what an owner decided: it wins over the votes."""


@dataclass(frozen=True)
class QuestionRow:
    """A question or a known item.

    Attributes:
        number: in the store that it comes from.
        input: the digest of its input: of dtype, shape and bytes.
        inputs: a batch of this one: ``Float32[1, *shape]``, or texts.
        filed_at: when, UTC.
        purposes: what it was filed for, each with the moment; empty for a known item that nobody
            asks about.
        known: labels that were given as known, each with the moment; empty for a plain question.
    """

    number: int
    input: str
    inputs: Inputs
    filed_at: str
    purposes: tuple[tuple[str, str], ...] = ()
    known: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Annotation:
    """The annotation in Label Studio that an answer was read off.

    Attributes:
        identity: the same for the same annotation, however often it is changed and exported.
        begun: when it was made; the answer's own moment is that of its last change.
    """

    identity: str
    begun: str


@dataclass(frozen=True)
class ExchangedAnswer:
    """One answer, correction or withdrawal, as it was given.

    Attributes:
        token: its own, made when it was given; tells it from every other answer.
        input: the digest of what was asked about.
        person: who answered, by name.
        kind: ``ask``, ``again`` (the same person asked a second time), ``known`` (an attention
            check) or ``adjudication`` (decided by an owner, whatever the votes).
        label: ``0 .. classes - 1``, ``UNCERTAIN``, or ``None``: the answer before is taken back.
        seconds: that it took.
        note: the person's own words.
        answered_at: when, UTC.
        supersedes: the token of the answer that it stands for from now on.
        stands: whether it is this person's latest on this question and kind, no withdrawal, and the
            person is not excluded.
        refused: whether its label is none of the study's, so that it counts for nothing.
        annotation: where it was read, if that was an annotation made in Label Studio.
        viewing: how the picture was shown; see :class:`preceptor.people.viewing.Viewing`.
        excluded: whether it would stand, but that its person is excluded.
        acceptable: the labels that it names, where it names several and not all; ``label`` is then
            ``UNCERTAIN``.
    """

    token: str
    input: str
    person: str
    kind: str
    label: int | None
    seconds: float
    note: str
    answered_at: str
    supersedes: str | None = None
    stands: bool = True
    refused: bool = False
    annotation: Annotation | None = None
    viewing: str | None = None
    excluded: bool = False
    acceptable: Acceptable = ()

    @property
    def content(self) -> tuple[object, ...]:
        """What was said, by whom, of what and when: the same for the same answer."""
        return (
            *(self.input, self.person, self.kind, self.label),
            *(self.seconds, self.note, self.answered_at),
            *((self.acceptable,) if self.acceptable else ()),
        )


def questions_of(db: Session, study: Study) -> list[QuestionRow]:
    """Every question and known item of a study, in the order in which they came."""
    number = study.number
    purposes: dict[int, list[tuple[str, str]]] = {}
    for question, *filed in db.all(
        "SELECT f.question, f.purpose, f.filed_at FROM desk_filings f JOIN desk_questions q "
        "ON q.id = f.question WHERE q.study = :study ORDER BY f.filed_at, f.purpose",
        study=number,
    ):
        purposes.setdefault(question, []).append((filed[0], filed[1]))
    known: dict[int, list[tuple[int, str]]] = {}
    for question, label, made_at in db.all(
        "SELECT k.question, k.label, k.made_at FROM desk_known k JOIN desk_questions q "
        "ON q.id = k.question WHERE q.study = :study ORDER BY k.id",
        study=number,
    ):
        known.setdefault(question, []).append((label, made_at))
    rows = db.all(
        "SELECT q.id, q.input, i.bytes, q.filed_at FROM desk_questions q "
        "JOIN desk_inputs i ON i.key = q.input WHERE q.study = :study ORDER BY q.id",
        study=number,
    )
    return [
        QuestionRow(
            question,
            key,
            batch_of(study.settings, bytes(content)),
            filed_at,
            tuple(purposes.get(question, ())),
            tuple(known.get(question, ())),
        )
        for question, key, content, filed_at in rows
    ]


def batch_of(settings: Settings, content: bytes) -> Inputs:
    """A batch of the one input of these bytes, as a study keeps it."""
    if settings.is_text:
        return unpack_texts([content], tuple(settings.domain["fields"]))
    values = np.frombuffer(content, "<f4").astype(np.float32).reshape(1, *settings.shape)
    return torch.from_numpy(values)


def answers_of(db: Session, study: int) -> list[ExchangedAnswer]:
    """Every answer of a study, corrected, withdrawn and refused ones included, in their order.

    One that supersedes a refused answer supersedes what that one superseded.
    """
    rows = db.all(
        "SELECT a.token, q.input, p.name, a.kind, a.label, a.seconds, a.note, "
        "a.answered_at, b.token, a.viewing, a.person, a.acceptable FROM desk_answers a JOIN desk_questions q ON q.id = a.question "
        "JOIN desk_people p ON p.id = a.person LEFT JOIN desk_answers b ON b.id = a.supersedes "
        "WHERE q.study = :study ORDER BY a.id",
        study=study,
    )
    classes = len(settings_of(db, study).classes)
    left_out = excluded(db, study)
    found: list[ExchangedAnswer] = []
    latest: dict[tuple[str, str, str], str] = {}
    before: dict[str | None, str | None] = {}
    for row in rows:
        one = ExchangedAnswer(*row[:9])
        one = replace(
            one,
            viewing=row[9],
            excluded=row[10] in left_out,
            acceptable=unpacked(row[11]),
            supersedes=before.get(one.supersedes, one.supersedes),
            refused=not is_label(one.label, classes),
        )
        if one.refused:
            before[one.token] = one.supersedes
        else:
            latest[one.input, one.person, one.kind] = one.token
        found.append(one)
    made = []
    for one in found:
        last = latest.get((one.input, one.person, one.kind)) == one.token
        counts = one.label is not None and last
        made.append(
            replace(one, stands=counts and not one.excluded, excluded=counts and one.excluded)
        )
    return made


def word_of(label: int | None, settings: Settings, acceptable: Acceptable = ()) -> str:
    """An answer as it stands in a file: a label's name, or several (``cat|dog``).

    A withdrawal has none, nor has a number that is no label.
    """
    if acceptable:
        return joined(acceptable, settings.classes)
    if label is None or not is_label(label, len(settings.classes)):
        return ""
    return CANNOT_TELL if label == UNCERTAIN else settings.classes[label]


def label_of(word: str, number: int | None, settings: Settings) -> int | None:
    """The label that a word and a number stand for; one of them is enough, both must agree.

    Raises:
        InputError: no such label, or the two contradict each other.
    """
    classes = settings.classes
    if number is None:
        if not word:
            return None
        found = [i for i, name in enumerate(classes) if name == word]
        if word == CANNOT_TELL and found:
            raise InputError(
                f"{word!r} is a label of this study and also the word for an answer; give the "
                "label's number (-1 where the person could not tell)"
            )
        if word == CANNOT_TELL:
            return UNCERTAIN
        if not found:
            some = ", ".join(map(repr, classes[:9])) + (", ..." if len(classes) > 9 else "")
            raise InputError(f"no label {word!r}; expected {some} or {CANNOT_TELL!r}")
        return found[0]
    if not UNCERTAIN <= number < len(classes):
        raise InputError(f"label number {number}: expected -1 or 0 .. {len(classes) - 1}")
    if word and word != word_of(number, settings):
        raise InputError(
            f"the label is {word!r}, but number {number} means {word_of(number, settings)!r}"
        )
    return number


def said_of(
    word: str, number: int | list[int] | None, settings: Settings
) -> tuple[int | None, Acceptable]:
    """What a word and a number stand for, or several of them; as :func:`label_of` otherwise.

    Raises:
        InputError: no such labels, or the two contradict each other.
    """
    classes = settings.classes
    if isinstance(number, list):
        label, acceptable = as_answer(number, len(classes))
        if word and word != word_of(label, settings, acceptable):
            means = word_of(label, settings, acceptable)
            raise InputError(f"the label is {word!r}, but numbers {number} mean {means!r}")
        return label, acceptable
    if number is None and SEPARATOR in word and word not in classes:
        parts = [label_of(part.strip(), None, settings) for part in word.split(SEPARATOR)]
        known = [one for one in parts if one is not None and one != UNCERTAIN]
        if len(known) < len(parts):
            raise InputError(f"label {word!r}: expected names of labels between {SEPARATOR!r}")
        return as_answer(known, len(classes))
    return label_of(word, number, settings), ()


def to_text(values: np.ndarray) -> str:
    """An input as base64 of its float32 values, least byte first, in C order."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")


def from_text(text: str, shape: tuple[int, ...]) -> np.ndarray:
    """The inverse of :func:`to_text`.

    Raises:
        InputError: no base64, or not so many values.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise InputError("the input's values are no base64") from error
    if len(content) != 4 * int(np.prod(shape)):
        raise InputError(
            f"the input has {len(content)} bytes; shape {list(shape)} takes {4 * int(np.prod(shape))}"
        )
    return np.frombuffer(content, "<f4").astype(np.float32).reshape(shape)
