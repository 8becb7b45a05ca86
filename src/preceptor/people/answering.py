"""What people say, as it is written down. Each function works inside its caller's transaction.

Nothing is ever changed. A corrected answer is a new row that supersedes the old one, and an answer
that is taken back is a new row without a label.
"""

import time
from dataclasses import dataclass
from typing import Final

from preceptor.core import InputError
from preceptor.ledger.clock import utc_now
from preceptor.people.assign import Lease, lease_of
from preceptor.people.database import Session
from preceptor.people.questions import tally
from preceptor.people.studies import Study

LONGEST_NOTE: Final = 2000
MOST_SECONDS: Final = 3600.0
"""A longer time for one answer is cut to this: nobody looks at one question for an hour."""


@dataclass(frozen=True)
class Reply:
    """One answer as it comes from a page.

    Attributes:
        ticket: of the question.
        token: made by the page for this answer. The same token again changes nothing, so that an
            answer can be sent again when it is not known whether it arrived.
        label: ``0 .. classes - 1``, ``UNCERTAIN``, or ``None`` to take back the answer before.
        seconds: from when the question was shown.
        note: the person's own words; may be empty.
    """

    ticket: str
    token: str
    label: int | None
    seconds: float
    note: str = ""


@dataclass(frozen=True)
class Given:
    """One answer as a person sees it again, to look at or correct.

    Attributes:
        ticket: of the question.
        question: its number.
        label: ``0 .. classes - 1`` or ``UNCERTAIN``.
        note: what they wrote beside it.
    """

    ticket: str
    question: int
    label: int
    note: str


@dataclass(frozen=True)
class Progress:
    """How far a person is.

    Attributes:
        done: questions that they answered, attention checks and repetitions not counted.
        total: those and the ones that could still come to them.
        needed: answers that the study still needs, from anyone.
    """

    done: int
    total: int
    needed: int


def answer(db: Session, study: Study, person: int, reply: Reply) -> None:
    """Write an answer down.

    Raises:
        InputError: no such question for this person, or no such label.
    """
    classes = len(study.settings.classes)
    if reply.label is not None and not -1 <= reply.label < classes:
        raise InputError(f"label {reply.label}: expected -1 (can't tell) or 0 .. {classes - 1}")
    if not reply.seconds >= 0:
        raise InputError(f"seconds {reply.seconds}: expected a number of at least 0")
    db.share(study.number)
    lease = _lease(db, reply.ticket, person)
    db.hold("question", lease.question)
    if db.one("SELECT 1 FROM desk_answers WHERE token = :token", token=reply.token):
        return
    before = current(db, lease, person)
    if reply.label is None and before is None:
        return
    db.run(
        "INSERT INTO desk_answers (token, question, person, kind, label, seconds, note, "
        "answered_at, supersedes) VALUES (:token, :question, :person, :kind, :label, :seconds, "
        ":note, :now, :supersedes)",
        token=reply.token,
        question=lease.question,
        person=person,
        kind=lease.kind,
        label=reply.label,
        seconds=min(reply.seconds, MOST_SECONDS),
        note=reply.note[:LONGEST_NOTE],
        now=utc_now(),
        supersedes=before,
    )
    db.run(
        "UPDATE desk_leases SET until = :until WHERE ticket = :ticket",
        until=-time.time() if reply.label is None else 0.0,
        ticket=reply.ticket,
    )
    if lease.kind != "known":
        tally(db, lease.question, study.settings.overlap)


def skip(db: Session, study: int, person: int, ticket: str, seconds: float) -> None:
    """Put a question aside for now; it comes again when nothing else is left.

    Raises:
        InputError: no such question for this person.
    """
    db.share(study)
    lease = _lease(db, ticket, person)
    db.run(
        "INSERT INTO desk_skips (question, person, seconds, skipped_at) "
        "VALUES (:question, :person, :seconds, :now)",
        question=lease.question,
        person=person,
        seconds=min(max(seconds, 0.0), MOST_SECONDS),
        now=utc_now(),
    )
    db.run(
        "UPDATE desk_leases SET until = :until WHERE ticket = :ticket AND until > 0",
        until=-time.time(),
        ticket=ticket,
    )


def current(db: Session, lease: Lease, person: int) -> int | None:
    """The number of a person's latest row on a question, withdrawn or not."""
    found = db.one(
        "SELECT MAX(id) FROM desk_answers WHERE question = :question AND person = :person "
        "AND kind = :kind",
        question=lease.question,
        person=person,
        kind=lease.kind,
    )
    return None if found is None or found[0] is None else int(found[0])


def given(db: Session, study: int, person: int, most: int) -> list[Given]:
    """A person's last answers that stand, in the order in which they gave them."""
    rows = db.all(
        "SELECT l.ticket, a.question, a.label, a.note FROM desk_answers a "
        "JOIN desk_questions q ON q.id = a.question JOIN desk_leases l "
        "ON l.question = a.question AND l.person = a.person AND l.kind = a.kind "
        "WHERE a.person = :person AND q.study = :study AND a.label IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM desk_answers b WHERE b.question = a.question AND b.person = a.person "
        "AND b.kind = a.kind AND b.id > a.id) ORDER BY a.id DESC LIMIT :most",
        person=person,
        study=study,
        most=most,
    )
    return [Given(*row) for row in reversed(rows)]


def progress(db: Session, study: int, person: int) -> Progress:
    """How far a person is in a study."""
    open_, needed = db.all(
        "SELECT COALESCE(SUM(open), 0), COALESCE(SUM(needed), 0) FROM desk_counts "
        "WHERE study = :study",
        study=study,
    )[0]
    done, mine = db.all(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN t.needed > 0 THEN 1 ELSE 0 END), 0) "
        "FROM desk_leases l JOIN desk_tally t ON t.question = l.question "
        "WHERE l.person = :person AND t.study = :study AND l.kind = 'ask' AND l.until = 0",
        person=person,
        study=study,
    )[0]
    return Progress(int(done), int(done + open_ - mine), int(needed))


def _lease(db: Session, ticket: str, person: int) -> Lease:
    lease = lease_of(db, ticket, person)
    if lease is None:
        raise InputError("this question was not given to you; load the page again")
    return lease
