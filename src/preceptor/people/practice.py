"""Examples of each class, shown with their label before anybody answers: a practice round.

They are neither questions nor known items: whoever saw an example knows its label, so that an answer
about it would say nothing. Each function works inside its caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preceptor.core import InputError, Inputs
from preceptor.ledger.clock import utc_now
from preceptor.people import study_questions
from preceptor.people.database import Session
from preceptor.people.studies import Studies, filings_of

SHOWN: Final = 3
"""So many examples of a class are shown with their label; the others are to practise on."""

MOST: Final = 12
"""The most examples of a class that the page has, the latest of them."""


@dataclass(frozen=True)
class PracticeExample:
    """One example.

    Attributes:
        question: the number under which its input is kept; nobody is asked it.
        label: -1 where *can't tell* is right.
    """

    question: int
    label: int


def give_examples(studies: Studies, name: str, inputs: Inputs, labels: Sequence[int]) -> int:
    """Give examples of a study's classes; returns how many are new.

    Raises:
        InputError: no such study, inputs of another shape, labels out of range, or an input that people
            are asked about, or that is a known item: the example would give its label away.
    """
    study = studies.get(name)
    classes = len(study.settings.classes)
    if len(labels) != len(inputs) or any(not -1 <= label < classes for label in labels):
        raise InputError(f"examples need one label each, -1 or 0 .. {classes - 1}")
    filings = filings_of(study, inputs)
    with studies.database.write() as db:
        db.lock(study.number)
        entered = study_questions.enter(db, study.number, filings)
        taken = _used(db, study.number) & set(entered.values())
        if taken:
            raise InputError(
                f"{len(taken)} of the {len(inputs)} examples are questions or known items of the study "
                f"{name!r}: shown with their label, they would give it away. Give other inputs"
            )
        before = {one.question: one.label for one in _all(db, study.number)}
        new = {entered[one.key]: int(label) for one, label in zip(filings, labels, strict=True)}
        new = {question: label for question, label in new.items() if before.get(question) != label}
        db.many(
            "INSERT INTO desk_examples (question, label, made_at) VALUES (:question, :label, :now)",
            ({"question": q, "label": label, "now": utc_now()} for q, label in new.items()),
        )
    return len(new)


def examples(db: Session, study: int) -> dict[int, list[PracticeExample]]:
    """A study's examples by label; those that people were asked about since are left out."""
    used = _used(db, study)
    found: dict[int, list[PracticeExample]] = {}
    for one in _all(db, study):
        if one.question not in used:
            found.setdefault(one.label, []).append(one)
    return {label: some[-MOST:] for label, some in sorted(found.items())}


def has_examples(db: Session, study: int) -> bool:
    """Whether there is anything to practise on."""
    return bool(examples(db, study))


def is_example(db: Session, study: int, question: int) -> bool:
    """Whether a person of the study may see this input as an example."""
    return any(one.question == question for some in examples(db, study).values() for one in some)


def _all(db: Session, study: int) -> list[PracticeExample]:
    """Every example, the latest label of each."""
    rows = db.all(
        "SELECT e.question, e.label FROM desk_examples e JOIN desk_questions q ON q.id = e.question "
        "WHERE q.study = :study ORDER BY e.id",
        study=study,
    )
    latest: dict[int, int] = dict(rows)
    return [PracticeExample(question, label) for question, label in latest.items()]


def _used(db: Session, study: int) -> set[int]:
    """Questions that people are asked, and known items."""
    rows = db.all(
        "SELECT question FROM desk_tally WHERE study = :study UNION SELECT k.question "
        "FROM desk_known k JOIN desk_questions q ON q.id = k.question WHERE q.study = :study",
        study=study,
    )
    return {row[0] for row in rows}
