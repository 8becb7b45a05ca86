"""What owners do with a disputed question: decide it, or ask one more person. Each function works
inside its caller's transaction.

An adjudication wins over the votes; the votes stay. It is a row with who, when and why; the latest
counts, and one without a label takes the decision back.
"""

from dataclasses import dataclass
from typing import Final

from preceptor.core import InputError
from preceptor.ledger.clock import utc_now
from preceptor.people.database import Session
from preceptor.people.persons import Person
from preceptor.people.settings import settings_of
from preceptor.people.study_questions import decided, is_label, tally, votes

LONGEST_REASON: Final = 2000

MOST_WANTED: Final = 1000
"""So many answers to one question may be asked for, as the overlap allows."""


@dataclass(frozen=True)
class Adjudication:
    """What an owner decided about a question.

    Attributes:
        token: tells it from every other.
        question: its number.
        label: ``0 .. classes - 1`` or ``UNCERTAIN``; ``None``: the votes decide again.
        by: who decided, by name.
        note: why; may be empty.
        made_at: when, UTC.
    """

    token: str
    question: int
    label: int | None
    by: str
    note: str
    made_at: str


def decide(
    db: Session,
    study: int,
    question: int,
    label: int | None,
    by: Person,
    token: str,
    note: str = "",
) -> None:
    """Decide a question, or leave it to the votes again (``None``). The same token again changes
    nothing.

    Raises:
        InputError: the study has no such question or label, nothing was decided that could be taken
            back, the reason is too long, or the token stands beside something else.
    """
    db.lock(study)
    settings = settings_of(db, study)
    _need_asked(db, study, question)
    if not is_label(label, len(settings.classes)):
        raise InputError(
            f"label {label}: expected -1 (can't tell) or 0 .. {len(settings.classes) - 1}"
        )
    if len(note) > LONGEST_REASON:
        raise InputError(f"note: expected a text of at most {LONGEST_REASON} characters")
    found = db.one(
        "SELECT question, label, person FROM desk_adjudications WHERE token = :token", token=token
    )
    if found is not None:
        if tuple(found) != (question, label, by.number):
            raise InputError("this token stands beside another decision; load the page again")
        return
    if label is None and question not in decided(db, study):
        raise InputError("nothing was decided about this question: the votes decide")
    put_row(db, question, label, by.number, note, utc_now(), token)
    tally(db, question, settings)


def put_row(
    db: Session, question: int, label: int | None, by: int, note: str, made_at: str, token: str
) -> None:
    """Write a decision down as it was made; counts nothing anew."""
    db.run(
        "INSERT INTO desk_adjudications (token, question, label, person, note, made_at) "
        "VALUES (:token, :question, :label, :person, :note, :now)",
        token=token,
        question=question,
        label=label,
        person=by,
        note=note,
        now=made_at,
    )


def ask_more(db: Session, study: int, question: int, by: Person, token: str) -> int:
    """Ask one more person than have answered or are to be asked; returns how many that makes. The
    same token again changes nothing.

    Raises:
        InputError: the study has no such question, it is decided, or too many were asked already.
    """
    db.lock(study)
    settings = settings_of(db, study)
    _need_asked(db, study, question)
    if question in decided(db, study):
        raise InputError(
            "this question is decided, so that nobody is asked any more; take the decision back first"
        )
    there = db.one("SELECT question FROM desk_requests WHERE token = :token", token=token)
    if there is not None and there[0] != question:
        raise InputError("this token stands beside another question; load the page again")
    said = [vote.label for vote in votes(db, study, [question], len(settings.classes))]
    before = max(len(said) + settings.further(said), wanted(db, question))
    if there is not None:
        return before
    more = before + 1
    if more > MOST_WANTED:
        raise InputError(f"{MOST_WANTED} people are the most that one question can be asked")
    db.run(
        "INSERT INTO desk_requests (token, question, wanted, person, made_at) "
        "VALUES (:token, :question, :wanted, :person, :now)",
        token=token,
        question=question,
        wanted=more,
        person=by.number,
        now=utc_now(),
    )
    tally(db, question, settings)
    return more


def wanted(db: Session, question: int) -> int:
    """How many answers owners asked for at this question; 0 where they did not."""
    found = db.one(
        "SELECT COALESCE(MAX(wanted), 0) FROM desk_requests WHERE question = :question",
        question=question,
    )
    return 0 if found is None else int(found[0])


def decisions(db: Session, study: int) -> list[Adjudication]:
    """Every decision of a study, taken back or not, in the order in which they were made."""
    rows = db.all(
        "SELECT d.token, d.question, d.label, p.name, d.note, d.made_at FROM desk_adjudications d "
        "JOIN desk_people p ON p.id = d.person JOIN desk_questions q ON q.id = d.question "
        "WHERE q.study = :study ORDER BY d.id",
        study=study,
    )
    return [Adjudication(*row) for row in rows]


def _need_asked(db: Session, study: int, question: int) -> None:
    found = db.one(
        "SELECT 1 FROM desk_tally WHERE question = :question AND study = :study",
        question=question,
        study=study,
    )
    if found is None:
        raise InputError(f"the study asks no question {question}")
