"""Who takes part in a study: paused and excluded people. Each function works inside its caller's
transaction.

A paused person is asked nothing; what they said counts. What an excluded one said does not count, and
they are asked nothing either, since nobody pays for answers that count for nothing. Both are rows with
who, when and why; the latest counts, so that everything can be undone, and no answer is ever deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args
from uuid import uuid4

from preceptor.core import InputError
from preceptor.ledger.clock import utc_now
from preceptor.people.assign import let_go
from preceptor.people.database import Session
from preceptor.people.persons import Person
from preceptor.people.settings import settings_of
from preceptor.people.study_questions import count_again

State = Literal["active", "paused", "excluded"]

STATES: Final[tuple[State, ...]] = get_args(State)

LONGEST_REASON: Final = 2000


@dataclass(frozen=True)
class Participation:
    """Somebody's state in a study, from a moment on.

    Attributes:
        person: whose, by name.
        state: ``active``, ``paused`` or ``excluded``.
        by: who set it, by name.
        note: why; may be empty.
        made_at: when, UTC.
        token: tells the row from every other.
    """

    person: str
    state: State
    by: str
    note: str
    made_at: str
    token: str


def set_state(
    db: Session, study: int, person: Person, state: State, by: Person, note: str = ""
) -> bool:
    """Pause, exclude or let somebody take part again; returns whether that changed anything.

    Raises:
        InputError: too long a reason, or there is no such study.
    """
    if len(note) > LONGEST_REASON:
        raise InputError(f"note: expected a text of at most {LONGEST_REASON} characters")
    db.lock(study)
    before = state_of(db, study, person.number)
    if before == state:
        return False
    put_row(db, study, person.number, state, by.number, note, utc_now(), uuid4().hex)
    if state != "active":
        let_go(db, person.number, study)
    if "excluded" in (before, state):
        count_again(db, study, settings_of(db, study))
    return True


def put_row(
    db: Session,
    study: int,
    person: int,
    state: State,
    by: int,
    note: str,
    made_at: str,
    token: str,
) -> None:
    """Write a state down as it was set; counts nothing anew."""
    db.run(
        "INSERT INTO desk_participation (token, study, person, state, by_person, note, made_at) "
        "VALUES (:token, :study, :person, :state, :by, :note, :now)",
        token=token,
        study=study,
        person=person,
        state=state,
        by=by,
        note=note,
        now=made_at,
    )


def state_of(db: Session, study: int, person: int) -> State:
    """What a person is in a study now."""
    found = db.one(
        "SELECT state FROM desk_participation WHERE study = :study AND person = :person "
        "ORDER BY id DESC LIMIT 1",
        study=study,
        person=person,
    )
    return "active" if found is None else _state(found[0])


def history(db: Session, study: int) -> list[Participation]:
    """Every row of a study, in the order in which they were made."""
    rows: Sequence[tuple[str, ...]] = db.all(
        "SELECT p.name, d.state, b.name, d.note, d.made_at, d.token FROM desk_participation d "
        "JOIN desk_people p ON p.id = d.person JOIN desk_people b ON b.id = d.by_person "
        "WHERE d.study = :study ORDER BY d.id",
        study=study,
    )
    return [Participation(who, _state(state), *more) for who, state, *more in rows]


def latest(rows: Sequence[Participation]) -> dict[str, Participation]:
    """What counts of a history, by the person's name; whoever is not in it is active."""
    return {one.person: one for one in rows}


def _state(word: str) -> State:
    for one in STATES:
        if one == word:
            return one
    raise InputError(f"state {word!r}: expected {', '.join(STATES)}")
