"""Statements about what was said: inputs, teachers, answers. What is asked: ``asking``.

Plain SQL, so that another database can stand behind. Each function works inside the transaction
that its caller opened.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from preceptor.ledger.answer_rows import AnswerRow, KeptAnswer, TeacherRow, Total

_CHUNK = 500

T = TypeVar("T")

_ANSWER_COLUMNS = (
    "a.id, t.name, t.version, i.key, a.repeat, a.label, a.cost, a.seconds, a.asked_at, "
    "a.purpose, a.votes, a.acceptable"
)


class NewAnswer(NamedTuple):
    """An answer about to be stored.

    Attributes:
        input: its number.
        repeat: 0 for the first answer of this teacher to this input.
        said: the answer.
        seconds: that it took.
    """

    input: int
    repeat: int
    said: KeptAnswer
    seconds: float


@dataclass(frozen=True)
class Page:
    """Some answers, and where to go on.

    Attributes:
        rows: in the order in which they were kept.
        last: the number of the last of them.
    """

    rows: list[AnswerRow]
    last: int


def enroll(
    db: sqlite3.Connection, name: str, version: str, classes: int, certainty: str, now: str
) -> int:
    """The id of a teacher, who is entered if not yet known."""
    db.execute(
        "INSERT INTO teachers (name, version, classes, certainty, first_seen) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (name, version) DO NOTHING",
        (name, version, classes, certainty, now),
    )
    found = find_teacher(db, name, version)
    assert found is not None  # noqa: S101 - it was entered just now
    return found


NOBODY: Final = -1
"""The id of a teacher who is not entered."""


def find_teacher(db: sqlite3.Connection, name: str, version: str) -> int | None:
    """The id of a teacher; ``None`` if it is not known."""
    found = db.execute(
        "SELECT id FROM teachers WHERE name = ? AND version = ?", (name, version)
    ).fetchone()
    return None if found is None else int(found[0])


def teachers(db: sqlite3.Connection) -> list[TeacherRow]:
    """Every teacher, in the order in which they were first seen."""
    rows = db.execute(
        "SELECT name, version, classes, certainty, first_seen FROM teachers ORDER BY id"
    )
    return [TeacherRow(*row) for row in rows]


def classes_of(db: sqlite3.Connection, teacher: int) -> int:
    """How many classes a teacher had when it was first seen."""
    row = db.execute("SELECT classes FROM teachers WHERE id = ?", (teacher,)).fetchone()
    return int(row[0])


def find_inputs(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """The numbers of those inputs that are stored, by key."""
    found: dict[str, int] = {}
    for some, marks in _chunks(keys):
        found.update(db.execute(f"SELECT key, id FROM inputs WHERE key IN ({marks})", some))  # noqa: S608
    return found


def first_answers(
    db: sqlite3.Connection, teacher: int, inputs: Sequence[int]
) -> dict[int, KeptAnswer]:
    """The first answer to each of these inputs that has one."""
    found: dict[int, KeptAnswer] = {}
    for some, marks in _chunks(inputs):
        rows = db.execute(
            "SELECT input, label, cost, votes, acceptable FROM answers "  # noqa: S608
            f"WHERE teacher = ? AND input IN ({marks}) AND repeat = 0",
            (teacher, *some),
        )
        for number, label, cost, votes, among in rows:
            found[number] = KeptAnswer(label, cost, _numbers(votes), _numbers(among))
    return found


def all_answers(
    db: sqlite3.Connection, teacher: int, inputs: Sequence[int]
) -> dict[int, list[KeptAnswer]]:
    """All answers to each of these inputs that has any, in the order of their repeats."""
    found: dict[int, list[KeptAnswer]] = {}
    for some, marks in _chunks(inputs):
        rows = db.execute(
            "SELECT input, label, cost, votes, acceptable FROM answers "  # noqa: S608
            f"WHERE teacher = ? AND input IN ({marks}) ORDER BY input, repeat",
            (teacher, *some),
        )
        for number, label, cost, votes, among in rows:
            one = KeptAnswer(label, cost, _numbers(votes), _numbers(among))
            found.setdefault(number, []).append(one)
    return found


def put_inputs(db: sqlite3.Connection, payload: Iterable[tuple[str, str, str, bytes]]) -> None:
    """Store inputs; those that stand already are left alone."""
    db.executemany(
        "INSERT INTO inputs (key, dtype, shape, bytes) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (key) DO NOTHING",
        payload,
    )


def put_answers(
    db: sqlite3.Connection, teacher: int, purpose: str, now: str, answers: Iterable[NewAnswer]
) -> None:
    """Store answers."""
    db.executemany(
        "INSERT INTO answers "
        "(teacher, input, repeat, label, cost, seconds, asked_at, purpose, votes, acceptable) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                teacher,
                number,
                repeat,
                said.label,
                said.cost,
                seconds,
                now,
                purpose,
                None if said.votes is None else json.dumps(said.votes),
                None if said.acceptable is None else json.dumps(said.acceptable),
            )
            for number, repeat, said, seconds in answers
        ],
    )


def get_input(db: sqlite3.Connection, key: str) -> tuple[str, str, bytes] | None:
    """Dtype, shape and bytes of an input."""
    row: tuple[str, str, bytes] | None = db.execute(
        "SELECT dtype, shape, bytes FROM inputs WHERE key = ?", (key,)
    ).fetchone()
    return row


def answers_after(
    db: sqlite3.Connection, last: int, teacher: str | None, purpose: str | None, limit: int
) -> Page:
    """The next answers after an id, of one teacher's name and one purpose where given."""
    where = ["a.id > ?"]
    filters: list[str] = []
    if teacher is not None:
        where.append("t.name = ?")
        filters.append(teacher)
    if purpose is not None:
        where.append("a.purpose = ?")
        filters.append(purpose)
    found = db.execute(
        f"SELECT {_ANSWER_COLUMNS} FROM answers a JOIN teachers t ON t.id = a.teacher "  # noqa: S608
        f"JOIN inputs i ON i.id = a.input "
        f"WHERE {' AND '.join(where)} ORDER BY a.id LIMIT ?",
        (last, *filters, limit),
    ).fetchall()
    rows = [AnswerRow(*(*row[1:10], _numbers(row[10]), _numbers(row[11]))) for row in found]
    return Page(rows, found[-1][0] if found else last)


def totals(db: sqlite3.Connection) -> list[Total]:
    """Questions, answers, cost and seconds by teacher and purpose."""
    rows = db.execute(
        "SELECT t.name, t.version, s.purpose, SUM(s.questions), SUM(s.answers), SUM(s.cost), "
        "SUM(s.seconds), MAX(s.last_asked) FROM ("
        "SELECT teacher, purpose, 0 AS questions, COUNT(*) AS answers, SUM(cost) AS cost, "
        "SUM(seconds) AS seconds, MAX(asked_at) AS last_asked FROM answers "
        "GROUP BY teacher, purpose "
        "UNION ALL "
        "SELECT teacher, purpose, SUM(last - first + 1), 0, 0.0, 0.0, MAX(asked_at) FROM questions "
        "GROUP BY teacher, purpose) s JOIN teachers t ON t.id = s.teacher "
        "GROUP BY t.id, t.name, t.version, s.purpose ORDER BY t.id, s.purpose"
    )
    return [Total(*row) for row in rows]


def _numbers(text: str | None) -> tuple[int, ...] | None:
    return None if text is None else tuple(json.loads(text))


def _chunks(values: Sequence[T]) -> Iterator[tuple[Sequence[T], str]]:
    """Portions that fit into one statement, with as many question marks.

    Inputs are looked up by key and their answers by number, in two steps instead of a join, since
    without statistics the planner walks through all answers of a teacher.
    """
    for start in range(0, len(values), _CHUNK):
        some = values[start : start + _CHUNK]
        yield some, ", ".join("?" * len(some))
