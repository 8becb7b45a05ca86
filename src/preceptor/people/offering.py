"""The inputs on which a person may teach. Each function works inside its caller's transaction.

Those that were offered for it, such as training data, come first; then those that the person has
answered. Nobody sees an input here that they were not asked about yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preceptor.ledger.clock import utc_now
from preceptor.people import study_questions
from preceptor.people.database import Session
from preceptor.people.settings import settings_of
from preceptor.people.study_questions import Filing

PURPOSE: Final = "to teach on"
"""For what offered inputs are filed. They are no questions: nobody is asked them."""

MOST: Final = 200
"""The most inputs that a page gets."""


@dataclass(frozen=True)
class Offer:
    """An input to teach on.

    Attributes:
        question: its number.
        key: of the input.
        label: what this person says of it; ``None`` if they were never asked.
        offered: whether it was offered to teach on; else it is a question that they answered.
    """

    question: int
    key: str
    label: int | None
    offered: bool


def offer(db: Session, study: int, filings: Sequence[Filing], moment: str | None = None) -> int:
    """Offer inputs to teach on, now or at a moment before; returns how many are new."""
    entered = study_questions.enter(db, study, filings)
    before = study_questions.filed(db, PURPOSE, list(entered.values()))
    db.many(
        "INSERT INTO desk_filings (question, purpose, filed_at) VALUES (:question, :purpose, :now) "
        "ON CONFLICT (purpose, question) DO NOTHING",
        ({"question": q, "purpose": PURPOSE, "now": moment or utc_now()} for q in entered.values()),
    )
    return len(set(entered.values()) - before)


def offers(db: Session, study: int, person: int, most: int = MOST) -> list[Offer]:
    """What a person may teach on."""
    rows = db.all(
        "SELECT q.id, q.input, "
        "(SELECT a.label FROM desk_answers a WHERE a.question = q.id AND a.person = :person "
        "AND a.kind = 'ask' AND (a.label IS NULL OR a.label < :classes) "
        "ORDER BY a.id DESC LIMIT 1) AS said, "
        "(SELECT COUNT(*) FROM desk_filings f WHERE f.question = q.id AND f.purpose = :purpose) "
        "AS given FROM desk_questions q WHERE q.study = :study AND (q.id IN "
        "(SELECT question FROM desk_filings WHERE purpose = :purpose) OR q.id IN "
        "(SELECT question FROM desk_answers WHERE person = :person AND kind = 'ask' "
        "AND label < :classes)) ORDER BY given DESC, q.id LIMIT :most",
        study=study,
        person=person,
        purpose=PURPOSE,
        most=most,
        classes=len(settings_of(db, study).classes),
    )
    return [Offer(question, key, label, given > 0) for question, key, label, given in rows]


def may_see(db: Session, study: int, person: int, question: int) -> bool:
    """Whether a person may teach on an input."""
    found = db.one(
        "SELECT 1 FROM desk_questions q WHERE q.id = :question AND q.study = :study AND "
        "(EXISTS (SELECT 1 FROM desk_filings f WHERE f.question = q.id AND f.purpose = :purpose) "
        "OR EXISTS (SELECT 1 FROM desk_answers a WHERE a.question = q.id AND a.person = :person "
        "AND a.kind = 'ask' AND a.label IS NOT NULL))",
        study=study,
        person=person,
        question=question,
        purpose=PURPOSE,
    )
    return found is not None
