"""What was taught, as plain rows: out of a study, and into one."""

import base64
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from preceptor.core import InputError, LedgerError
from preceptor.people import persons
from preceptor.people.answering import MOST_SECONDS
from preceptor.people.arrays import MOST_BYTES, pack, unpack
from preceptor.people.database import Session
from preceptor.people.exchange.exchange_checks import good, is_text, moment_of, named
from preceptor.people.exchange.receipt import Receipt
from preceptor.people.forms import checked
from preceptor.people.studies import Study
from preceptor.people.taught_items import WITHDRAWAL

LONGEST_TOKEN: Final = 64


@dataclass(frozen=True)
class LessonRow:
    """One thing taught, or the withdrawal of one.

    Attributes:
        token: its own.
        person: who taught it, by name.
        kind: ``mask``, ``features``, ``invariance``, ``pair``, ``example`` or ``withdrawal``.
        body: plain data, by the form of the kind; see :mod:`preceptor.people.forms`.
        arrays: as bytes in the safetensors format; empty without any.
        seconds: that it took.
        taught_at: when, UTC.
        withdraws: the token of what is taken back.
        stands: whether it counts: neither withdrawn nor a withdrawal.
    """

    token: str
    person: str
    kind: str
    body: dict[str, Any]
    arrays: bytes
    seconds: float
    taught_at: str
    withdraws: str | None = None
    stands: bool = True

    @property
    def content(self) -> tuple[object, ...]:
        """What was taught, by whom and when."""
        body = json.dumps(self.body, sort_keys=True)
        who = (self.person, self.kind, body, self.arrays, self.seconds, self.taught_at)
        return (*who, self.withdraws)


def lessons_of(db: Session, study: int) -> list[LessonRow]:
    """Everything taught in a study and every withdrawal, in their order."""
    rows = db.all(
        "SELECT t.token, p.name, t.kind, t.body, t.arrays, t.seconds, t.taught_at, b.token, "
        "(SELECT COUNT(*) FROM desk_lessons w WHERE w.withdraws = t.id) FROM desk_lessons t "
        "JOIN desk_people p ON p.id = t.person LEFT JOIN desk_lessons b ON b.id = t.withdraws "
        "WHERE t.study = :study ORDER BY t.id",
        study=study,
    )
    return [
        LessonRow(
            token=row[0],
            person=row[1],
            kind=row[2],
            body=json.loads(row[3]),
            arrays=b"" if row[4] is None else bytes(row[4]),
            seconds=row[5],
            taught_at=row[6],
            withdraws=row[7],
            stands=not row[8] and row[7] is None,
        )
        for row in rows
    ]


def take_lessons(
    db: Session, study: Study, rows: Iterable[tuple[str, LessonRow | InputError]], receipt: Receipt
) -> None:
    """Write down what is not there, in its order; by the same rules as for answers."""
    said = lessons_of(db, study.number)
    there = {row.token: row for row in said}
    gone = {row.withdraws for row in said if row.withdraws}
    for where, given in rows:
        try:
            row = _whole(db, study, good(given))
            if row.token in there:
                if there[row.token].content != row.content:
                    raise InputError(
                        f"{row.token} is there with another content; what was taught is never "
                        "changed. Withdraw it at the desk and teach it anew"
                    )
                receipt.present += 1
                continue
            if row.withdraws and (row.withdraws not in there or row.withdraws in gone):
                raise InputError(f"it withdraws {row.withdraws}, which does not stand here")
            _write(db, study, row)
        except InputError as error:
            receipt.refused.append((where, str(error)))
            continue
        there[row.token] = row
        gone |= {row.withdraws} if row.withdraws else set()
        receipt.lessons += 1


def lesson_record(row: LessonRow) -> dict[str, Any]:
    """The line of a file."""
    return {
        "record": "lesson",
        "lesson": row.token,
        "person": row.person,
        "kind": row.kind,
        "body": row.body,
        "arrays": base64.b64encode(row.arrays).decode("ascii"),
        "seconds": row.seconds,
        "taught_at": row.taught_at,
        "withdraws": row.withdraws,
        "stands": row.stands,
    }


def lesson_of(record: dict[str, Any]) -> LessonRow:
    """A row from its line.

    Raises:
        InputError: something is missing or is of another type.
    """
    seconds, body, arrays = (record.get(name) for name in ("seconds", "body", "arrays"))
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise InputError(f"seconds: expected a number; got {str(seconds)[:40]!r}")
    if not isinstance(body, dict) or not isinstance(arrays, str) or len(arrays) > 2 * MOST_BYTES:
        raise InputError("body: expected an object; arrays: base64 of at most 4 MB")
    try:
        content = base64.b64decode(arrays, validate=True)
    except ValueError as error:
        raise InputError("the arrays are no base64") from error
    texts = []
    for name in ("lesson", "person", "kind", "taught_at", "withdraws"):
        value = record.get(name)
        if not isinstance(value, str) and not (name == "withdraws" and value is None):
            raise InputError(f"{name}: expected a text; got {str(value)[:40]!r}")
        texts.append(value or "")
    token, person, kind, at, withdraws = texts
    return LessonRow(token, person, kind, body, content, float(seconds), at, withdraws or None)


def _whole(db: Session, study: Study, row: LessonRow) -> LessonRow:
    """A row as it will be kept.

    Raises:
        InputError: something in it cannot be kept.
    """
    if not math.isfinite(row.seconds) or row.seconds < 0:
        raise InputError(f"seconds {row.seconds}: expected a number of at least 0")
    if not is_text(row.token, LONGEST_TOKEN) or not row.token.isprintable() or len(row.token) < 16:
        raise InputError(f"the token of a lesson has 16 to {LONGEST_TOKEN} printable characters")
    body, arrays = dict(row.body), row.arrays
    if (row.kind == WITHDRAWAL) != (row.withdraws is not None):
        raise InputError("a withdrawal says what it withdraws, and nothing else does")
    if row.kind == WITHDRAWAL:
        body, arrays = {}, b""
    else:
        try:
            found = unpack(row.arrays) if row.arrays else {}
        except LedgerError as error:
            raise InputError("the arrays are no safetensors") from error
        body, made = checked(db, study, row.kind, row.body, found)
        arrays = pack(made) if made else b""
    seconds = min(float(row.seconds), MOST_SECONDS)
    who, at = named(row.person), moment_of(row.taught_at)
    return LessonRow(row.token, who, row.kind, body, arrays, seconds, at, row.withdraws)


def _write(db: Session, study: Study, row: LessonRow) -> None:
    if db.one("SELECT 1 FROM desk_lessons WHERE token = :token", token=row.token):
        raise InputError(f"{row.token} belongs to another study of this store")
    db.run(
        "INSERT INTO desk_lessons (token, study, person, kind, body, arrays, seconds, taught_at, "
        "withdraws) VALUES (:token, :study, :person, :kind, :body, :arrays, :seconds, :at, "
        "(SELECT MAX(id) FROM desk_lessons WHERE token = :before))",
        token=row.token,
        study=study.number,
        person=persons.enroll(db, row.person).number,
        kind=row.kind,
        body=json.dumps(row.body, allow_nan=False),
        arrays=row.arrays or None,
        seconds=row.seconds,
        at=row.taught_at,
        before=row.withdraws,
    )
