"""People, the links by which they come in, and their sessions.

Links and sessions are kept as hashes, so that whoever reads the file cannot sign in with it.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Final, Literal

from preceptor.core import InputError, LedgerError
from preceptor.ledger.clock import utc_now
from preceptor.people.database import Session

Role = Literal["owner", "member"]

LINK_SECONDS: Final = 7 * 24 * 3600.0
"""How long an invitation can be used."""

IDLE_SECONDS: Final = 12 * 3600.0
"""A session that was not used for so long has ended."""

SESSION_SECONDS: Final = 14 * 24 * 3600.0
"""No session lasts longer."""

SLACK_SECONDS: Final = 60.0
"""So far the clocks of the machines that share a database may be apart. What was made later than
now was made by a clock that was wrong, and lets nobody in."""

LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Person:
    """Someone who answers.

    Attributes:
        number: the row's number.
        name: as it stands beside their answers.
        role: an owner sees everything and invites; a member answers in the studies to which they
            belong.
        removed: when they were removed from the desk, UTC; ``None`` for who was not. What they said
            stays, beside their name.
    """

    number: int
    name: str
    role: Role
    removed: str | None = None


def enroll(db: Session, name: str, role: Role = "member") -> Person:
    """The person of this name, entered if not yet known; an owner stays one.

    Raises:
        InputError: no proper name.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputError(f"a person's name has 1 to {LONGEST_NAME} printable characters: {name!r}")
    if find(db, name) is None:  # an insert that conflicts would use up a number
        db.run(
            "INSERT INTO desk_people (name, role, made_at) VALUES (:name, :role, :now) "
            "ON CONFLICT (name) DO NOTHING",
            name=name,
            role=role,
            now=utc_now(),
        )
    if role == "owner":
        db.run("UPDATE desk_people SET role = 'owner' WHERE name = :name", name=name)
    found = find(db, name)
    if found is None:
        raise LedgerError(f"the person {name!r} was entered and is not there")
    return found


def find(db: Session, name: str) -> Person | None:
    """The person of this name, removed or not."""
    found = db.one(
        "SELECT id, name, role, removed FROM desk_people WHERE name = :name", name=name.strip()
    )
    return None if found is None else Person(*found)


def everyone(db: Session) -> list[Person]:
    """All people, in the order in which they came."""
    rows = db.all("SELECT id, name, role, removed FROM desk_people ORDER BY id")
    return [Person(*row) for row in rows]


def invite(db: Session, person: Person, seconds: float = LINK_SECONDS) -> str:
    """A token that lets this person in once.

    Raises:
        InputError: they were removed.
    """
    if person.removed is not None:
        raise InputError(
            f"{person.name} was removed from this desk on {person.removed[:10]}; restore them first"
        )
    token = secrets.token_urlsafe(24)
    moment = time.time()
    db.run(
        "INSERT INTO desk_links (digest, person, made, until) "
        "VALUES (:digest, :person, :made, :until)",
        digest=_digest(token),
        person=person.number,
        made=moment,
        until=moment + seconds,
    )
    return token


@dataclass(frozen=True)
class NewSession:
    """A new session.

    Attributes:
        secret: for the cookie. It holds the key's hash, so that whoever has the cookie alone can
            neither show the key nor make one that fits.
        key: for our scripts.
    """

    secret: str
    key: str


def unlocks(secret: str, key: str) -> bool:
    """Whether a key belongs to a session's secret."""
    return secrets.compare_digest(secret.rpartition(".")[2].encode(), _digest(key).encode())


def guest(db: Session, token: str) -> Person | None:
    """Whom a link's token would let in; ``None`` if it is unknown, used, cancelled or too old."""
    moment = time.time()
    found = db.one(
        "SELECT p.id, p.name, p.role FROM desk_links l JOIN desk_people p ON p.id = l.person "
        "WHERE l.digest = :digest AND l.used IS NULL AND l.until > :now AND l.made < :latest "
        "AND p.removed IS NULL",
        digest=_digest(token),
        now=moment,
        latest=moment + SLACK_SECONDS,
    )
    return None if found is None else Person(*found)


def sign_in(db: Session, token: str) -> NewSession | None:
    """A new session for a link's token; ``None`` where :func:`guest` finds nobody."""
    person = guest(db, token)
    if person is None:
        return None
    moment = time.time()
    used = db.run(
        "UPDATE desk_links SET used = :now WHERE digest = :digest AND used IS NULL",
        now=moment,
        digest=_digest(token),
    )
    if not used:  # somebody else was faster
        return None
    key = secrets.token_urlsafe(32)
    secret = f"{secrets.token_urlsafe(32)}.{_digest(key)}"
    db.run(
        "INSERT INTO desk_sessions (digest, person, made, seen) "
        "VALUES (:digest, :person, :now, :now)",
        digest=_digest(secret),
        person=person.number,
        now=moment,
    )
    return NewSession(secret, key)


def whose(db: Session, secret: str) -> tuple[Person, float] | None:
    """Who has a session, and when it was last seen; ``None`` if there is none or it has ended."""
    moment = time.time()
    found = db.one(
        "SELECT p.id, p.name, p.role, s.seen FROM desk_sessions s "
        "JOIN desk_people p ON p.id = s.person WHERE s.digest = :digest AND s.ended IS NULL "
        "AND s.seen > :idle AND s.made BETWEEN :oldest AND :latest AND p.removed IS NULL",
        digest=_digest(secret),
        idle=moment - IDLE_SECONDS,
        oldest=moment - SESSION_SECONDS,
        latest=moment + SLACK_SECONDS,
    )
    return None if found is None else (Person(*found[:3]), float(found[3]))


def touch(db: Session, secret: str) -> None:
    """A session was used."""
    db.run(
        "UPDATE desk_sessions SET seen = :now WHERE digest = :digest",
        now=time.time(),
        digest=_digest(secret),
    )


def sign_out(db: Session, secret: str) -> None:
    """End a session."""
    db.run(
        "UPDATE desk_sessions SET ended = :now WHERE digest = :digest AND ended IS NULL",
        now=time.time(),
        digest=_digest(secret),
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
