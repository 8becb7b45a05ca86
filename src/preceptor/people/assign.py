"""Who is asked what next. Each function works inside its caller's transaction.

First come the questions of the study's shared first block, so that agreement is known early; then
those that have an answer already, the nearest to completion before the others; then fresh ones. Among
equals chance decides: every question has a fixed random place in [0, 1). Each time a person needs a
question, a fresh random point is drawn and the next open question after it is taken, so the order
differs from person to person, and depends on nothing that the questions show. A lease holds a question for a person
until it lapses, so that no more people than wanted work on it at once; an answer that comes after
its lease has lapsed is kept all the same.
"""

import secrets
import time
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from preceptor.people import study_questions
from preceptor.people.database import Session
from preceptor.people.studies import Study

Kind = Literal["ask", "again", "known"]

LEASE_SECONDS: Final = 15 * 60.0
"""How long a question is held for a person."""

SLACK_SECONDS: Final = 60.0
"""So far the clocks of the machines that share a database may be apart. A lease that ends later
than the longest could was made by a clock that was wrong: it has lapsed."""

WINDOW: Final = 200
"""So many begun questions after a random point are looked at for the one nearest to completion: a
person may have answered all that were begun, and must not wait while thousands are passed over."""

TRIES: Final = 20
"""So many open questions are tried for one that nobody else is about to take."""

GAP: Final = 10
"""A question is asked again, or a known item shown, only after so many answers."""

_MINE: Final = (
    "NOT EXISTS (SELECT 1 FROM desk_leases l WHERE l.question = t.question "
    "AND l.person = :person AND l.kind = 'ask') "
    "AND t.needed > (SELECT COUNT(*) FROM desk_leases l WHERE l.question = t.question "
    "AND l.person <> :person AND l.kind = 'ask' AND l.until BETWEEN :now AND :latest) "
)
"""What a person may still be asked: never given to them, and not held by as many as it needs."""

_PART: Final = "t.study = :study AND t.needed > 0 AND t.place >= :low AND t.place < :high "

_BLOCK: Final = (
    "SELECT t.question FROM desk_tally t WHERE t.study = :study AND t.needed > 0 "  # noqa: S608
    f"AND t.in_block = 1 AND {_MINE} {{apart}} ORDER BY RANDOM() LIMIT 1"
)
"""A question of the block. Its places lie side by side, so that a random point would give all people
one order; it is small enough to draw from."""

_ORDERS: Final = (
    f"SELECT t.question FROM (SELECT * FROM desk_tally t WHERE t.votes > 0 AND {_PART} "  # noqa: S608
    f"ORDER BY t.place LIMIT {WINDOW}) t WHERE {_MINE} {{apart}} ORDER BY t.needed, t.place LIMIT 1",
    f"SELECT t.question FROM desk_tally t WHERE {_PART} AND {_MINE} {{apart}} "  # noqa: S608
    "ORDER BY t.place LIMIT 1",
)
"""Where the next question is looked for after the block: among those begun, then among all."""


_RECENT: Final = (
    "SELECT DISTINCT v.item FROM desk_versions v JOIN desk_questions q "
    "ON q.study = v.study AND q.input = v.input WHERE v.study = :study AND q.id IN "
    "(SELECT r.question FROM (SELECT a.question FROM desk_answers a JOIN desk_questions p "
    "ON p.id = a.question WHERE a.person = :person AND p.study = :study ORDER BY a.id DESC "
    "LIMIT :gap) r UNION SELECT l.question FROM desk_leases l WHERE l.person = :person "
    "AND l.until > :now)"
)
"""The items of which a person saw a version lately, or holds one."""


@dataclass(frozen=True)
class Lease:
    """A question held for a person.

    Attributes:
        ticket: what the page knows it by; tells nothing of its kind.
        question: the question's number.
        kind: asked for the first time, again, or an attention check.
    """

    ticket: str
    question: int
    kind: Kind


def bounds(moment: float) -> dict[str, float]:
    """Between which moments a lease ends that holds its question now."""
    return {"now": moment, "latest": moment + LEASE_SECONDS + SLACK_SECONDS}


def take(db: Session, study: Study, person: int, wanted: int, held: list[str]) -> list[Lease]:
    """Up to ``wanted`` questions for a person, beside those that their page holds already; none for
    one who is paused or excluded.

    Those that were held for them before, say before the page was loaded anew, come first.
    """
    db.share(study.number)
    if not asked(db, study.number, person):
        return []
    db.hold("person", person)  # their other pages wait; nobody else does
    moment = time.time()
    found = _resumed(db, study.number, person, held, wanted)
    given = _answered(db, study.number, person)
    while len(found) < wanted:
        lease = _take_one(db, study, person, given + len(found), moment)
        if lease is None:
            break
        found.append(lease)
    db.many(
        "UPDATE desk_leases SET until = :until WHERE ticket = :ticket AND until > 0 "
        "AND person = :person "
        "AND question IN (SELECT id FROM desk_questions WHERE study = :study)",
        (
            {
                "until": moment + LEASE_SECONDS,
                "ticket": ticket,
                "person": person,
                "study": study.number,
            }
            for ticket in [*held, *(lease.ticket for lease in found)]
        ),
    )
    return found


def asked(db: Session, study: int, person: int) -> bool:
    """Whether a person is asked anything in a study: neither paused nor excluded."""
    found = db.one(
        "SELECT state FROM desk_participation WHERE study = :study AND person = :person "
        "ORDER BY id DESC LIMIT 1",
        study=study,
        person=person,
    )
    return found is None or found[0] == "active"


def lease_of(db: Session, ticket: str, person: int, study: int) -> Lease | None:
    """The lease with this ticket, if it is this person's and about a question of this study."""
    found = db.one(
        "SELECT l.ticket, l.question, l.kind FROM desk_leases l JOIN desk_questions q "
        "ON q.id = l.question WHERE l.ticket = :ticket AND l.person = :person "
        "AND q.study = :study",
        ticket=ticket,
        person=person,
        study=study,
    )
    return None if found is None else Lease(*found)


def let_go(db: Session, person: int, study: int | None = None) -> None:
    """Free what is held for a person, in one study or in all: others may be asked at once."""
    db.run(
        "UPDATE desk_leases SET until = :until WHERE person = :person AND until > 0 "
        "AND question IN (SELECT id FROM desk_questions WHERE study = COALESCE(:study, study))",
        until=-time.time(),
        person=person,
        study=study,
    )


def _resumed(db: Session, study: int, person: int, held: list[str], wanted: int) -> list[Lease]:
    rows = db.all(
        "SELECT l.ticket, l.question, l.kind FROM desk_leases l "
        "JOIN desk_questions q ON q.id = l.question LEFT JOIN desk_tally t ON t.question = q.id "
        "WHERE l.person = :person AND q.study = :study AND l.until > 0 "
        "AND (l.kind <> 'ask' OR t.needed > (SELECT COUNT(*) FROM desk_leases o "
        "WHERE o.question = l.question AND o.person <> :person AND o.kind = 'ask' "
        "AND o.until BETWEEN :now AND :latest)) ORDER BY l.until, l.ticket",
        person=person,
        study=study,
        **bounds(time.time()),
    )
    leases = (Lease(*row) for row in rows if row[0] not in held)
    free = (one for one in leases if one.kind != "ask" or _has_room(db, one.question, person))
    return list(islice(free, wanted))


def _has_room(db: Session, question: int, person: int) -> bool:
    """Take a question to oneself, if nobody is about to take it and the overlap allows it.

    What was read before may have changed since; what is read while the question is held has not.
    """
    if not db.try_hold("question", question):
        return False
    room = db.one(
        "SELECT 1 FROM desk_tally t WHERE t.question = :question AND t.needed > "
        "(SELECT COUNT(*) FROM desk_leases l WHERE l.question = t.question "
        "AND l.person <> :person AND l.kind = 'ask' AND l.until BETWEEN :now AND :latest)",
        question=question,
        person=person,
        **bounds(time.time()),
    )
    return room is not None


def _take_one(db: Session, study: Study, person: int, given: int, moment: float) -> Lease | None:
    settings, number = study.settings, study.number
    draw = secrets.SystemRandom().random()
    if given >= GAP:
        if draw < settings.again:
            question = _again(db, number, person)
            if question is not None:
                return _hold(db, question, person, "again", moment)
        elif draw < settings.again + settings.known:
            question = _known(db, number, person)
            if question is not None:
                return _hold(db, question, person, "known", moment)
    for _ in range(TRIES):
        question = _open(db, number, person, moment)
        if question is None:
            return _skipped(db, number, person, moment)
        if _has_room(db, question, person):
            return _hold(db, question, person, "ask", moment)
    return None


def _open(db: Session, study: int, person: int, moment: float) -> int | None:
    """One of the block, else the next open question after a random point, or from the start where
    there is none.
    """
    recent = [row[0] for row in db.all(_RECENT, study=study, person=person, gap=GAP, now=moment)]
    for items in (recent, []) if recent else ([],):
        found = _open_but(db, study, person, moment, items)
        if found is not None:
            return found
    return None


def _open_but(db: Session, study: int, person: int, moment: float, items: list[str]) -> int | None:
    """The same, but for versions of some items."""
    marks, values = study_questions.marks(items)
    apart = (
        "AND NOT EXISTS (SELECT 1 FROM desk_versions v JOIN desk_questions q "  # noqa: S608
        "ON q.study = v.study AND q.input = v.input WHERE q.id = t.question "
        f"AND v.item IN ({marks}))"
        if items
        else ""
    )
    given = {"study": study, "person": person, **bounds(moment), **values}
    found = db.one(_BLOCK.format(apart=apart), **given)
    if found is not None:
        return int(found[0])
    point = secrets.SystemRandom().random()
    for order in _ORDERS:
        for low, high in ((point, 2.0), (0.0, point)):
            found = db.one(order.format(apart=apart), **given, low=low, high=high)
            if found is not None:
                return int(found[0])
    return None


def _skipped(db: Session, study: int, person: int, moment: float) -> Lease | None:
    """A question that the person skipped, or whose answer they took back: the longest ago first."""
    found = db.one(
        "SELECT l.ticket, l.question, l.kind FROM desk_leases l "
        "JOIN desk_tally t ON t.question = l.question WHERE t.study = :study "
        "AND l.person = :person AND l.kind = 'ask' AND l.until < 0 AND t.needed > "
        "(SELECT COUNT(*) FROM desk_leases o WHERE o.question = l.question "
        "AND o.person <> :person AND o.kind = 'ask' AND o.until BETWEEN :now AND :latest) "
        "ORDER BY l.until DESC LIMIT 1",
        study=study,
        person=person,
        **bounds(moment),
    )
    if found is None or not _has_room(db, found[1], person):
        return None
    db.run(
        "UPDATE desk_leases SET until = :until WHERE ticket = :ticket",
        until=moment + LEASE_SECONDS,
        ticket=found[0],
    )
    return Lease(*found)


def _again(db: Session, study: int, person: int) -> int | None:
    """A question that the person answered some time ago and was not asked again."""
    found = db.one(
        "SELECT r.question FROM (SELECT id, question, label FROM desk_answers "
        "WHERE person = :person AND kind = 'ask' ORDER BY id DESC LIMIT 100 OFFSET :gap) r "
        "JOIN desk_questions q ON q.id = r.question WHERE q.study = :study "
        "AND r.label IS NOT NULL AND NOT EXISTS (SELECT 1 FROM desk_answers a "
        "WHERE a.question = r.question AND a.person = :person AND a.id > r.id) AND NOT EXISTS "
        "(SELECT 1 FROM desk_leases l WHERE l.question = r.question AND l.person = :person "
        "AND l.kind = 'again') ORDER BY RANDOM() LIMIT 1",
        person=person,
        study=study,
        gap=GAP,
    )
    return None if found is None else int(found[0])


def _known(db: Session, study: int, person: int) -> int | None:
    """A known item that the person has not seen as one."""
    found = db.one(
        "SELECT DISTINCT k.question FROM desk_known k JOIN desk_questions q ON q.id = k.question "
        "WHERE q.study = :study AND NOT EXISTS (SELECT 1 FROM desk_leases l "
        "WHERE l.question = k.question AND l.person = :person) LIMIT 1",
        study=study,
        person=person,
    )
    return None if found is None else int(found[0])


def _hold(db: Session, question: int, person: int, kind: Kind, moment: float) -> Lease:
    ticket = secrets.token_urlsafe(12)
    db.run(
        "INSERT INTO desk_leases (ticket, question, person, kind, until) "
        "VALUES (:ticket, :question, :person, :kind, :until)",
        ticket=ticket,
        question=question,
        person=person,
        kind=kind,
        until=moment + LEASE_SECONDS,
    )
    return Lease(ticket, question, kind)


def _answered(db: Session, study: int, person: int) -> int:
    """How many questions the person was given in this study, up to ``GAP``."""
    found = db.one(
        "SELECT COUNT(*) FROM (SELECT 1 FROM desk_leases l JOIN desk_questions q "
        "ON q.id = l.question WHERE l.person = :person AND q.study = :study AND l.until = 0 "
        "LIMIT :gap) AS few",
        person=person,
        study=study,
        gap=GAP,
    )
    return 0 if found is None else int(found[0])
