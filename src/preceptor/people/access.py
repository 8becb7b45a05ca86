"""Who may come in, and to which studies. Each function works inside its caller's transaction.

An owner sees every study; a member the ones to which they belong. Whoever is removed has no way in
any more, and everything that they said stays beside their name.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from preceptor.core import InputError
from preceptor.ledger.clock import utc_now
from preceptor.people import persons
from preceptor.people.assign import let_go
from preceptor.people.database import Session
from preceptor.people.persons import Person, Role


@dataclass(frozen=True)
class Access:
    """What one person may do, and by what they can come in.

    Attributes:
        person: who.
        studies: names of the studies to which they belong; an owner sees all others too.
        before: those of them to which they belong only since an older preceptor knew no membership.
        links: when each link that was not used yet ends, seconds since 1970.
        sessions: when each session that has not ended was last used, likewise.
        answers: how many they gave, corrections among them.
        states: names of the studies in which they are paused or excluded, with which of the two.
    """

    person: Person
    studies: tuple[str, ...]
    before: tuple[str, ...]
    links: tuple[float, ...]
    sessions: tuple[float, ...]
    answers: int
    states: Mapping[str, str] = field(default_factory=dict)


def everybody(db: Session) -> list[Access]:
    """All people, in the order in which they came."""
    moment = time.time()
    studies: dict[int, list[str]] = defaultdict(list)
    before: dict[int, list[str]] = defaultdict(list)
    for person, name, how in db.all(
        "SELECT m.person, s.name, m.how FROM desk_members m JOIN desk_studies s ON s.id = m.study "
        "WHERE s.deleted IS NULL ORDER BY s.id"
    ):
        studies[person].append(name)
        if how == "before":
            before[person].append(name)
    links = _moments(
        db,
        "SELECT person, until FROM desk_links WHERE used IS NULL AND until > :now ORDER BY until",
        now=moment,
    )
    sessions = _moments(
        db,
        "SELECT person, seen FROM desk_sessions WHERE ended IS NULL AND seen > :idle "
        "AND made > :oldest ORDER BY seen",
        idle=moment - persons.IDLE_SECONDS,
        oldest=moment - persons.SESSION_SECONDS,
    )
    states: dict[int, dict[str, str]] = defaultdict(dict)
    for person, name, state in db.all(
        "SELECT d.person, s.name, d.state FROM desk_participation d JOIN desk_studies s "
        "ON s.id = d.study WHERE s.deleted IS NULL AND d.state <> 'active' AND NOT EXISTS "
        "(SELECT 1 FROM desk_participation e WHERE e.study = d.study AND e.person = d.person "
        "AND e.id > d.id) ORDER BY d.study"
    ):
        states[person][name] = state
    answers: dict[int, int] = dict(
        db.all("SELECT person, COUNT(*) FROM desk_answers GROUP BY person")
    )
    return [
        Access(
            one,
            tuple(studies[one.number]),
            tuple(before[one.number]),
            links[one.number],
            sessions[one.number],
            int(answers.get(one.number, 0)),
            states[one.number],
        )
        for one in persons.everyone(db)
    ]


def belongs(db: Session, study: int, person: Person) -> bool:
    """Whether a person may see a study."""
    if person.role == "owner":
        return True
    found = db.one(
        "SELECT 1 FROM desk_members WHERE study = :study AND person = :person",
        study=study,
        person=person.number,
    )
    return found is not None


def join(db: Session, study: int, person: Person) -> None:
    """Let a person into a study."""
    db.run(
        "INSERT INTO desk_members (study, person, how) VALUES (:study, :person, 'invited') "
        "ON CONFLICT (study, person) DO NOTHING",
        study=study,
        person=person.number,
    )


def leave(db: Session, study: int, person: Person) -> None:
    """Take a person out of a study. Their answers stay; what is held for them is free again.

    Raises:
        InputError: they are an owner, who sees every study.
    """
    if person.role == "owner":
        raise InputError(
            f"{person.name} is an owner, who sees every study; make them a member first"
        )
    db.run(
        "DELETE FROM desk_members WHERE study = :study AND person = :person",
        study=study,
        person=person.number,
    )
    let_go(db, person.number, study)


def end(db: Session, person: Person) -> tuple[int, int]:
    """End every session and cancel every unused link of a person; returns how many of each."""
    moment = time.time()
    sessions = db.run(
        "UPDATE desk_sessions SET ended = :now WHERE person = :person AND ended IS NULL",
        now=moment,
        person=person.number,
    )
    links = db.run(
        "UPDATE desk_links SET until = :now WHERE person = :person AND used IS NULL "
        "AND until > :now",
        now=moment,
        person=person.number,
    )
    return sessions, links


def remove(db: Session, person: Person) -> None:
    """Let a person in no more. All that they said stays; what is held for them is free again.

    Raises:
        InputError: they are the only owner.
    """
    _not_the_last(db, person)
    end(db, person)
    let_go(db, person.number)
    db.run(
        "UPDATE desk_people SET removed = :now WHERE id = :person AND removed IS NULL",
        now=utc_now(),
        person=person.number,
    )


def restore(db: Session, person: Person) -> None:
    """Undo a removal: the person can be invited again, and belongs where they belonged."""
    db.run("UPDATE desk_people SET removed = NULL WHERE id = :person", person=person.number)


def set_role(db: Session, person: Person, role: Role) -> None:
    """Make a member an owner, or an owner a member.

    Raises:
        InputError: they are the only owner, or were removed.
    """
    if person.removed is not None:
        raise InputError(f"{person.name} was removed from this desk; restore them first")
    if role == "member":
        _not_the_last(db, person)
    db.run(
        "UPDATE desk_people SET role = :role WHERE id = :person", role=role, person=person.number
    )


def take_over(db: Session, name: str, where: str) -> tuple[Person, str]:
    """Whoever starts the desk, as an owner of it; and what to tell them if that is new.

    Args:
        db: the transaction.
        name: theirs.
        where: the ledger or database, as it stands in a command.

    Raises:
        InputError: no proper name, or a person who was removed.
    """
    before = persons.find(db, name)
    if before is not None and before.removed is not None:
        raise InputError(
            f"{before.name} was removed from this desk on {before.removed[:10]}. Start it under another name "
            f"(--as NAME), or let them in again: preceptor study people {where} --restore {before.name}"
        )
    others = db.one("SELECT 1 FROM desk_people WHERE role = 'owner' AND removed IS NULL")
    person = persons.enroll(db, name, "owner")
    if (before is not None and before.role == "owner") or (before is None and others is None):
        return person, ""
    was = "new here" if before is None else "a member so far (their open sessions change with them)"
    back = f"preceptor study people {where} --member {person.name}"
    return person, f"{person.name} was {was} and is an owner from now on. To take that back: {back}"


def _moments(db: Session, sql: str, **values: float) -> dict[int, tuple[float, ...]]:
    found: dict[int, tuple[float, ...]] = defaultdict(tuple)
    for person, moment in db.all(sql, **values):
        found[person] += (float(moment),)
    return found


def _not_the_last(db: Session, person: Person) -> None:
    """Refuse to take the rights of the only owner.

    Raises:
        InputError: they are.
    """
    others = db.one(
        "SELECT 1 FROM desk_people WHERE role = 'owner' AND removed IS NULL AND id <> :person",
        person=person.number,
    )
    if person.role == "owner" and person.removed is None and others is None:
        raise InputError(
            f"{person.name} is the only owner of this desk: make somebody else an owner first"
        )
