"""Statements about checks of teachers against people: one row for each input, the latest counts."""

import sqlite3
from collections.abc import Iterable

from preceptor.core import TeacherCheck

_COLUMNS = "people, people_version, input, moved_by, source, shape, said, people_said"


def latest(db: sqlite3.Connection, teacher: int) -> list[TeacherCheck]:
    """What is known of a teacher: of each input as each attack moved it, what was found last."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY people, input, moved_by, "  # noqa: S608
        "source ORDER BY checked_at DESC, id DESC) AS place FROM checks WHERE teacher = ?) "
        "WHERE place = 1 ORDER BY id",
        (teacher,),
    )
    return [TeacherCheck(*row) for row in rows]


def put(db: sqlite3.Connection, teacher: int, checks: Iterable[TeacherCheck], now: str) -> int:
    """Keep what is new among some checks; returns how many are."""
    known = set(latest(db, teacher))
    new = [one for one in dict.fromkeys(checks) if one not in known]
    db.executemany(
        f"INSERT INTO checks (teacher, {_COLUMNS}, checked_at) "  # noqa: S608
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                teacher,
                one.people,
                one.people_version,
                one.key,
                one.moved_by,
                one.source,
                one.shape,
                one.said,
                one.people_said,
                now,
            )
            for one in new
        ],
    )
    return len(new)
