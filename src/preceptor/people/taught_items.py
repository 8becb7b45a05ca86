"""What people teach beside answering, as it is written down. Each function works inside its
caller's transaction.

Nothing is ever changed: what was taught stands with who taught it, when and how long it took, and
is taken back by a new row that withdraws it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from preceptor.core import InputError
from preceptor.ledger.clock import utc_ago, utc_now
from preceptor.people.answering import MOST_SECONDS
from preceptor.people.arrays import pack, unpack
from preceptor.people.database import Row, Session
from preceptor.people.forms import checked
from preceptor.people.persons import Person
from preceptor.people.studies import Study

WITHDRAWAL: Final = "withdrawal"
"""Stands in place of a kind in the rows that take something back."""

SHORTEST_TOKEN: Final = 16

MOST_A_MINUTE: Final = 30
MOST_BYTES_AN_HOUR: Final = 128 * 2**20
"""The most that one person may teach at the desk; a hand that draws is far slower."""


class PaceError(InputError):
    """More was sent than one person may send in so short a time; it can be sent again later."""


@dataclass(frozen=True, eq=False)
class Draft:
    """Something taught, as it comes from a page.

    Attributes:
        token: made by the page for it. The same token again changes nothing, so that it can be sent
            again when it is not known whether it arrived.
        kind: ``mask``, ``features``, ``words``, ``invariance``, ``pair`` or ``example``; see
            :mod:`preceptor.people.forms`.
        body: plain data, by the form of the kind.
        seconds: that the person spent on it.
        arrays: name to array, by the form of the kind.
    """

    token: str
    kind: str
    body: Mapping[str, Any]
    seconds: float
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TaughtItem:
    """Something that a person taught.

    Attributes:
        number: the row's number.
        study: the study's number.
        person: the number of who taught it.
        by: their name.
        kind: ``mask``, ``features``, ``invariance``, ``pair`` or ``example``.
        body: plain data, by the form of the kind; see :mod:`preceptor.people.forms`.
        arrays: name to array, likewise.
        seconds: that they spent on it.
        taught_at: UTC, ISO 8601.
        withdrawn: whether it was taken back.
    """

    number: int
    study: int
    person: int
    by: str
    kind: str
    body: dict[str, Any]
    arrays: dict[str, np.ndarray]
    seconds: float
    taught_at: str
    withdrawn: bool


_COLUMNS: Final = (
    "SELECT t.id, t.study, t.person, p.name, t.kind, t.body, t.arrays, t.seconds, t.taught_at, "
    "(SELECT COUNT(*) FROM desk_lessons w WHERE w.withdraws = t.id) FROM desk_lessons t "
    "JOIN desk_people p ON p.id = t.person WHERE t.withdraws IS NULL AND t.study = :study "
)


def give(db: Session, study: Study, person: int, draft: Draft, *, paced: bool = False) -> int:
    """Write down what a person taught; returns its number.

    Args:
        db: the transaction.
        study: in which they taught.
        person: their number.
        draft: what they taught.
        paced: whether they may teach no more than so much in a minute and an hour.

    Raises:
        PaceError: it was more.
        InputError: a token or time that is none, or what is taught does not fit its form or the
            study. Nothing is written then.
    """
    _token(draft.token)
    if not draft.seconds >= 0:
        raise InputError(f"seconds {draft.seconds}: expected a number of at least 0")
    body, arrays = checked(db, study, draft.kind, draft.body, draft.arrays)
    db.lock(study.number)
    there = _by_token(db, draft.token, person)
    if there is not None:
        return there
    packed = pack(arrays) if arrays else None
    if paced:
        _keep_pace(db, person, len(packed or b""))
    db.run(
        "INSERT INTO desk_lessons (token, study, person, kind, body, arrays, seconds, taught_at) "
        "VALUES (:token, :study, :person, :kind, :body, :arrays, :seconds, :now)",
        token=draft.token,
        study=study.number,
        person=person,
        kind=draft.kind,
        body=json.dumps(body, allow_nan=False),
        arrays=packed,
        seconds=min(draft.seconds, MOST_SECONDS),
        now=utc_now(),
    )
    found = db.all("SELECT id FROM desk_lessons WHERE token = :token", token=draft.token)
    return int(found[0][0])


def withdraw(db: Session, study: Study, person: Person, number: int, token: str) -> None:
    """Take back what was taught: by who taught it, or an owner. Again changes nothing.

    Raises:
        InputError: there is no such thing for this person, or no proper token.
    """
    _token(token)
    db.lock(study.number)
    found = db.one(
        "SELECT person FROM desk_lessons WHERE id = :number AND study = :study "
        "AND withdraws IS NULL",
        number=number,
        study=study.number,
    )
    if found is None or (found[0] != person.number and person.role != "owner"):
        raise InputError(
            f"there is nothing with the number {number} that you taught in {study.name!r}; only "
            "who taught something, or an owner, can withdraw it"
        )
    if db.one("SELECT 1 FROM desk_lessons WHERE withdraws = :number", number=number):
        return
    if _by_token(db, token, person.number) is not None:
        raise InputError("this token stands beside something else; load the page again")
    db.run(
        "INSERT INTO desk_lessons (token, study, person, kind, body, seconds, taught_at, withdraws)"
        " VALUES (:token, :study, :person, :kind, '{}', 0, :now, :number)",
        token=token,
        study=study.number,
        person=person.number,
        kind=WITHDRAWAL,
        now=utc_now(),
        number=number,
    )


def taught(
    db: Session, study: int, kind: str | None = None, person: int | None = None
) -> list[TaughtItem]:
    """What was taught in a study, in the order of its teaching, withdrawn things included.

    Args:
        db: the transaction.
        study: the study's number.
        kind: only this kind.
        person: only by this person.
    """
    sql, values = _COLUMNS, {"study": study}
    if kind is not None:
        sql += "AND t.kind = :kind "
        values["kind"] = kind  # type: ignore[assignment]
    if person is not None:
        sql += "AND t.person = :person "
        values["person"] = person
    return [_taught(row) for row in db.all(sql + "ORDER BY t.id", **values)]


def find(db: Session, study: int, number: int) -> TaughtItem | None:
    """The thing taught in a study with this number."""
    row = db.one(_COLUMNS + "AND t.id = :number", study=study, number=number)
    return None if row is None else _taught(row)


def standing(
    db: Session, study: int, kind: str | None = None, person: int | None = None
) -> list[TaughtItem]:
    """As :func:`taught`, without what was withdrawn."""
    return [one for one in taught(db, study, kind, person) if not one.withdrawn]


def _taught(row: Row) -> TaughtItem:
    number, study, person, by, kind, body, arrays, seconds, at, withdrawals = row
    return TaughtItem(
        number,
        study,
        person,
        by,
        kind,
        json.loads(body),
        {} if arrays is None else unpack(bytes(arrays)),
        seconds,
        at,
        withdrawals > 0,
    )


def _by_token(db: Session, token: str, person: int) -> int | None:
    found = db.one("SELECT id, person FROM desk_lessons WHERE token = :token", token=token)
    if found is None:
        return None
    if found[1] != person:
        raise InputError("this token was used by somebody else; load the page again")
    return int(found[0])


def _keep_pace(db: Session, person: int, size: int) -> None:
    """See that a person teaches no more than they may.

    Raises:
        PaceError: they would.
    """
    db.hold("person", person)  # in whichever study
    count = _since(db, person, 60.0)[0]
    if count >= MOST_A_MINUTE:
        raise PaceError(
            f"{count} things were taught by you within a minute. Wait a little and send this again"
        )
    taken = _since(db, person, 3600.0)[1]
    if taken + size > MOST_BYTES_AN_HOUR:
        raise PaceError(
            f"what you taught within an hour takes {taken / 2**20:.0f} MiB; at most "
            f"{MOST_BYTES_AN_HOUR // 2**20} are kept. Send this again later"
        )


def _since(db: Session, person: int, seconds: float) -> tuple[int, int]:
    """How many things a person taught in the last seconds, and the bytes that they take."""
    count, size = db.all(
        "SELECT COUNT(*), COALESCE(SUM(LENGTH(arrays)), 0) FROM desk_lessons "
        "WHERE person = :person AND taught_at BETWEEN :since AND :now",
        person=person,
        since=utc_ago(seconds),
        now=utc_now(),  # what a clock that was wrong put later counts for nothing
    )[0]
    return int(count), int(size)


def _token(token: str) -> None:
    if not SHORTEST_TOKEN <= len(token) <= 64:
        raise InputError(f"token: expected {SHORTEST_TOKEN} to 64 characters")
