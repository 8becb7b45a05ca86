"""What people say, as it is written down. Each function works inside its caller's transaction.

Nothing is ever changed. A corrected answer is a new row that supersedes the old one, and an answer
that is taken back is a new row without a label.
"""

import time
from dataclasses import dataclass
from typing import Final

from preceptor.core import UNCERTAIN, InputError
from preceptor.ledger.clock import utc_now
from preceptor.people.answer_sets import Acceptable, checked, in_words, packed, unpacked
from preceptor.people.assign import Lease, lease_of
from preceptor.people.database import Session
from preceptor.people.own_viewing import OwnViewing
from preceptor.people.settings import Settings, settings_of
from preceptor.people.studies import Study
from preceptor.people.study_questions import is_label, tally
from preceptor.people.text_viewing import TextViewing
from preceptor.people.viewing import Viewing

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
        acceptable: several labels, and not all, in rising order, where the person chose these;
            ``label`` is then ``UNCERTAIN``.
        viewing: how the picture or the text was shown, or what the user's function showed; ``None`` for
            plain rows, and where it is not known.
        instead: the token of the person's answer that this one corrects or takes back, as their
            page knows it; ``None`` for a first answer. An answer that stands and that the page does
            not know of, since it was given in another browser, is never superseded.
    """

    ticket: str
    token: str
    label: int | None
    seconds: float
    note: str = ""
    instead: str | None = None
    viewing: Viewing | TextViewing | OwnViewing | None = None
    acceptable: Acceptable = ()


@dataclass(frozen=True)
class Standing:
    """A person's answer to a question as it counts now: its token, label, note and set."""

    token: str
    label: int
    note: str
    acceptable: Acceptable = ()


class ConflictError(InputError):
    """What was sent contradicts what is kept; it was not written down.

    Attributes:
        instead: the token of the person's answer that stands; ``None`` where there is none.
        label: what it says.
        acceptable: the labels that it names, where it names several.
    """

    def __init__(
        self,
        message: str,
        instead: str | None = None,
        label: int | None = None,
        acceptable: Acceptable = (),
    ) -> None:
        super().__init__(message)
        self.instead = instead
        self.label = label
        self.acceptable = acceptable

    @property
    def stands(self) -> dict[str, object]:
        """What a page is told of the answer that stands."""
        among = list(self.acceptable)
        return {"instead": self.instead, "label": self.label, "acceptable": among}


@dataclass(frozen=True)
class PastAnswer:
    """One answer as a person sees it again, to look at or correct.

    Attributes:
        ticket: of the question.
        question: its number.
        label: ``0 .. classes - 1`` or ``UNCERTAIN``.
        note: what they wrote beside it.
        token: the answer's own, by which a correction names it.
        acceptable: the labels that it names, where it names several.
    """

    ticket: str
    question: int
    label: int
    note: str
    token: str
    acceptable: Acceptable = ()


@dataclass(frozen=True)
class PersonProgress:
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
        InputError: no such question for this person in this study, or no such label.
        ConflictError: the token stands beside another answer, or the person has answered this
            elsewhere.
    """
    if not reply.seconds >= 0:
        raise InputError(f"seconds {reply.seconds}: expected a number of at least 0")
    db.share(study.number)
    settings = settings_of(db, study.number)  # nobody changes them while the study is shared
    classes = len(settings.classes)
    if not is_label(reply.label, classes):
        raise InputError(f"label {reply.label}: expected -1 (can't tell) or 0 .. {classes - 1}")
    checked(reply.label, reply.acceptable, classes)
    lease = _lease(db, reply.ticket, person, study)
    db.hold("question", lease.question)
    if _is_there(db, lease, person, reply):
        return
    if _known(_standing(db, lease, person, classes), reply, settings):
        return
    before = current(db, lease, person)
    if reply.label is None and before is None:
        return
    db.run(
        "INSERT INTO desk_answers (token, question, person, kind, label, seconds, note, "
        "answered_at, supersedes, viewing, acceptable) VALUES (:token, :question, :person, :kind, "
        ":label, :seconds, :note, :now, :supersedes, :viewing, :acceptable)",
        token=reply.token,
        question=lease.question,
        person=person,
        kind=lease.kind,
        label=reply.label,
        seconds=min(reply.seconds, MOST_SECONDS),
        note=reply.note[:LONGEST_NOTE],
        now=utc_now(),
        supersedes=before,
        viewing=None if reply.viewing is None else str(reply.viewing),
        acceptable=packed(reply.acceptable),
    )
    db.run(
        "UPDATE desk_leases SET until = :until WHERE ticket = :ticket",
        until=-time.time() if reply.label is None else 0.0,
        ticket=reply.ticket,
    )
    if lease.kind != "known":
        tally(db, lease.question, settings)


def skip(db: Session, study: Study, person: int, ticket: str, seconds: float) -> None:
    """Put a question aside for now; it comes again when nothing else is left.

    Raises:
        InputError: no such question for this person in this study.
    """
    db.share(study.number)
    lease = _lease(db, ticket, person, study)
    held = db.run(
        "UPDATE desk_leases SET until = :until WHERE ticket = :ticket AND until > 0",
        until=-time.time(),
        ticket=ticket,
    )
    if not held:  # skipped already: it was sent again since nobody knew that it had arrived
        return
    db.run(
        "INSERT INTO desk_skips (question, person, seconds, skipped_at) "
        "VALUES (:question, :person, :seconds, :now)",
        question=lease.question,
        person=person,
        seconds=min(max(seconds, 0.0), MOST_SECONDS),
        now=utc_now(),
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


def given(db: Session, study: int, person: int, most: int) -> list[PastAnswer]:
    """A person's last answers that stand, in the order in which they gave them."""
    rows = db.all(
        "SELECT l.ticket, a.question, a.label, a.note, a.token, a.acceptable FROM desk_answers a "
        "JOIN desk_questions q ON q.id = a.question JOIN desk_leases l "
        "ON l.question = a.question AND l.person = a.person AND l.kind = a.kind "
        "WHERE a.person = :person AND q.study = :study AND a.label < :classes AND NOT EXISTS "
        "(SELECT 1 FROM desk_answers b WHERE b.question = a.question AND b.person = a.person "
        "AND b.kind = a.kind AND b.id > a.id AND (b.label IS NULL OR b.label < :classes)) "
        "ORDER BY a.id DESC LIMIT :most",
        person=person,
        study=study,
        most=most,
        classes=len(settings_of(db, study).classes),
    )
    return [
        PastAnswer(ticket, question, label, note, token, unpacked(among))
        for ticket, question, label, note, token, among in reversed(rows)
    ]


def progress(db: Session, study: int, person: int) -> PersonProgress:
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
    return PersonProgress(int(done), int(done + open_ - mine), int(needed))


def _lease(db: Session, ticket: str, person: int, study: Study) -> Lease:
    lease = lease_of(db, ticket, person, study.number)
    if lease is None:
        raise InputError(
            f"this question was not given to you in the study {study.name!r}; load the page again"
        )
    return lease


def _is_there(db: Session, lease: Lease, person: int, reply: Reply) -> bool:
    """Whether this very answer was written down before.

    Raises:
        ConflictError: another one was, under the same token.
    """
    found = db.one(
        "SELECT question, person, kind, label, note, acceptable FROM desk_answers "
        "WHERE token = :token",
        token=reply.token,
    )
    if found is None:
        return False
    note, among = reply.note[:LONGEST_NOTE], packed(reply.acceptable)
    said = (lease.question, person, lease.kind, reply.label, note, among)
    if tuple(found) != said:
        raise ConflictError(
            "this answer was not kept: its token stands beside another answer. Load the page again "
            "and give it once more"
        )
    return True


def _standing(db: Session, lease: Lease, person: int, classes: int) -> Standing | None:
    """The person's answer to a question as it counts now, unless they took it back."""
    found = db.one(
        "SELECT token, label, note, acceptable FROM desk_answers WHERE question = :question "
        "AND person = :person AND kind = :kind AND (label IS NULL OR label < :classes) "
        "ORDER BY id DESC LIMIT 1",
        question=lease.question,
        person=person,
        kind=lease.kind,
        classes=classes,
    )
    if found is None or found[1] is None:
        return None
    token, label, note, among = found
    return Standing(token, label, note, unpacked(among))


def _known(standing: Standing | None, reply: Reply, settings: Settings) -> bool:
    """Whether the answer that stands says what the reply says, which the page did not know.

    Raises:
        ConflictError: it says something else, and the page did not know of it.
    """
    if standing is None or standing.token == reply.instead:
        return False
    said, same = (standing.label, standing.acceptable), (reply.label, reply.acceptable)
    if said == same and reply.note in ("", standing.note):
        return True
    word = in_words(standing.label, standing.acceptable, settings.classes)
    word = word if standing.label == UNCERTAIN and not standing.acceptable else repr(word)
    raise ConflictError(
        f"you answered this elsewhere, in another browser or tab: {word}. That answer stands; go "
        "back to the question and answer again to correct it",
        standing.token,
        standing.label,
        standing.acceptable,
    )
