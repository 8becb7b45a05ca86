"""Another ledger's content, added to a ledger: for work that was shared out, each part with a file of its own.

Nothing is lost and nothing is counted twice: what the two files have in common (one may be a copy of the other
that grew) stands once. Where both asked the same question, both answers are kept, since both were paid: the one
that stood already stays the first, which is used, the other becomes a repeat.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from preceptor.core import LedgerError
from preceptor.ledger import ask_new, queries
from preceptor.ledger.store import Store

UNITED: Final = ("lines",)
"""Topics of notes whose order does not matter: what is missing is put behind. Replies are another."""

_REPLIES: Final = "reply "
_COPIED: Final = "teacher, input, label, cost, seconds, asked_at, purpose, votes, acceptable"
_CHECKED: Final = (
    "people, people_version, input, moved_by, source, shape, said, people_said, checked_at"
)


@dataclass(frozen=True)
class MergeCounts:
    """What came from the other file.

    Attributes:
        teachers: that were not known.
        inputs: that were not stored.
        answers: that are new.
        repeats: of these, to questions that had an answer already: both files had asked.
        conflicts: questions to which the first answers of the two files differ.
        questions: that count against budgets now.
        checks: of what people said beside a teacher.
        notes: that are new.
        left: topics of notes on which the two files say different things, so that these were left alone:
            an order of items, or an audit that stops early, that went on in both.
    """

    teachers: int
    inputs: int
    answers: int
    repeats: int
    conflicts: int
    questions: int
    checks: int
    notes: int
    left: tuple[str, ...]


def merge(into: Store, other: Store) -> MergeCounts:
    """Add all that ``other`` holds to ``into``, in one transaction: all of it or nothing.

    Raises:
        LedgerError: a teacher has another number of classes there, somebody is asking through the other
            file at this moment, or a file cannot be read or written.
    """
    with other.read() as source, into.write() as db:
        _check_quiet(source, other)
        before = _rows(db, "teachers"), _rows(db, "inputs")
        people = _teachers(db, source, into, other)
        _inputs(db, source)
        counts = MergeCounts(
            _rows(db, "teachers") - before[0],
            _rows(db, "inputs") - before[1],
            *_answers(db, source, people),
            _questions(db, source, people),
            _checks(db, source, people),
            *_notes(db, source),
        )
        for table in ("merged_inputs", "merged_answers", "merged_questions", "standing_questions"):
            db.execute(f"DROP TABLE IF EXISTS temp.{table}")
        return counts


def _rows(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608


def _check_quiet(source: sqlite3.Connection, other: Store) -> None:
    """What is asked at this moment has no answer yet, so a copy of it would be asked again."""
    for (teacher,) in source.execute("SELECT id FROM teachers").fetchall():
        if any(claim.alive for claim in ask_new.claims(source, teacher)):
            raise LedgerError(
                f"somebody is asking through {other.path} at this moment; wait until that has ended, and "
                "merge again"
            )


def _teachers(
    db: sqlite3.Connection, source: sqlite3.Connection, into: Store, other: Store
) -> dict[int, int]:
    """The other file's numbers of teachers, and ours."""
    found = {}
    rows = source.execute("SELECT id, name, version, classes, certainty, first_seen FROM teachers")
    for theirs, name, version, classes, certainty, first_seen in rows:
        found[theirs] = queries.enroll(db, name, version, classes, certainty, first_seen)
        before = queries.classes_of(db, found[theirs])
        if before != classes:
            raise LedgerError(
                f"teacher {name!r} version {version!r} has {before} classes in {into.path} and {classes} in "
                f"{other.path}: it is not the same teacher, so nothing was merged"
            )
    return found


def _inputs(db: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """All inputs; ``temp.merged_inputs`` says which number is which of ours."""
    queries.put_inputs(
        db, source.execute("SELECT key, dtype, shape, bytes FROM inputs ORDER BY id")
    )
    db.execute("CREATE TEMP TABLE merged_keys (theirs INTEGER PRIMARY KEY, key TEXT NOT NULL)")
    db.executemany(
        "INSERT INTO merged_keys VALUES (?, ?)", source.execute("SELECT id, key FROM inputs")
    )
    db.execute(
        "CREATE TEMP TABLE merged_inputs (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL)"
    )
    db.execute(
        "INSERT INTO merged_inputs SELECT k.theirs, i.id FROM merged_keys k JOIN main.inputs i USING (key)"
    )
    db.execute("DROP TABLE temp.merged_keys")


def _answers(
    db: sqlite3.Connection, source: sqlite3.Connection, people: dict[int, int]
) -> tuple[int, int, int]:
    """Answers: how many are new, are repeats, and contradict."""
    db.execute(
        "CREATE TEMP TABLE merged_answers (place INTEGER PRIMARY KEY, teacher, input, repeat, label, cost, "
        "seconds, asked_at, purpose, votes, acceptable)"
    )
    rows = source.execute(
        "SELECT teacher, input, repeat, label, cost, seconds, asked_at, purpose, votes, acceptable "
        "FROM answers ORDER BY id"
    )
    db.executemany(
        "INSERT INTO merged_answers SELECT NULL, ?, ours, ?, ?, ?, ?, ?, ?, ?, ? FROM merged_inputs "
        "WHERE theirs = ?",
        ((people[row[0]], *row[2:], row[1]) for row in rows),
    )
    contradicting = db.execute(
        "SELECT COUNT(*) FROM merged_answers m JOIN main.answers a ON a.teacher = m.teacher AND "
        "a.input = m.input AND a.repeat = 0 WHERE m.repeat = 0 AND (a.label <> m.label OR "
        "a.acceptable IS NOT m.acceptable)"
    ).fetchone()[0]
    # identical rows are the same answer, as often as they stand on both sides
    same = f"ROW_NUMBER() OVER (PARTITION BY {_COPIED} ORDER BY repeat) AS copy"
    db.execute(
        f"DELETE FROM merged_answers WHERE place IN (SELECT place FROM "  # noqa: S608
        f"(SELECT *, {same} FROM merged_answers) m JOIN (SELECT *, {same} FROM main.answers) a ON "
        + " AND ".join(f"a.{one} IS m.{one}" for one in (*_COPIED.split(", "), "copy"))
        + ")"
    )
    kept = "(SELECT COUNT(*) FROM main.answers a WHERE a.teacher = m.teacher AND a.input = m.input)"
    repeats = db.execute(f"SELECT COUNT(*) FROM merged_answers m WHERE {kept} > 0").fetchone()[0]  # noqa: S608
    added = db.execute(
        "INSERT INTO main.answers "  # noqa: S608
        "(teacher, input, repeat, label, cost, seconds, asked_at, purpose, votes, acceptable) "
        f"SELECT teacher, input, {kept} - 1 + ROW_NUMBER() OVER (PARTITION BY teacher, input "
        "ORDER BY repeat, place), label, cost, seconds, asked_at, purpose, votes, acceptable "
        "FROM (SELECT * FROM merged_answers) m ORDER BY place"
    ).rowcount
    return added, repeats, contradicting


def _questions(db: sqlite3.Connection, source: sqlite3.Connection, people: dict[int, int]) -> int:
    """Questions, which count; the same one, put at the same moment, once."""
    columns = "(teacher, purpose, round, input, asked_at)"
    for table in ("merged_questions", "standing_questions"):
        db.execute(f"CREATE TEMP TABLE {table} {columns}")
    db.executemany(
        "INSERT INTO merged_questions SELECT ?, ?, ?, ours, ? FROM merged_inputs WHERE theirs = ?",
        (
            (people[teacher], purpose, round_, asked_at, number)
            for teacher, purpose, round_, number, asked_at in _expanded(source)
        ),
    )
    wanted = set(db.execute("SELECT DISTINCT teacher, purpose FROM merged_questions"))
    db.executemany(
        "INSERT INTO standing_questions VALUES (?, ?, ?, ?, ?)",
        (row for row in _expanded(db) if (row[0], row[1]) in wanted),
    )
    db.execute(
        "CREATE INDEX temp.by_question ON standing_questions (teacher, purpose, input, round)"
    )
    # the same question has the same moment; merged before, it may stand under another round
    put = "PARTITION BY teacher, purpose, input, asked_at ORDER BY round"
    copies = f"SELECT *, rowid AS place, ROW_NUMBER() OVER ({put}) AS copy FROM"
    db.execute(
        f"DELETE FROM merged_questions WHERE rowid IN (SELECT m.place FROM "  # noqa: S608
        f"({copies} merged_questions) m JOIN ({copies} standing_questions) s "
        "USING (teacher, purpose, input, asked_at, copy))"
    )
    mine = "s.teacher = m.teacher AND s.purpose = m.purpose AND s.input = m.input"
    last = f"(SELECT MAX(round) FROM standing_questions s WHERE {mine})"  # noqa: S608
    rows = db.execute(
        f"SELECT teacher, purpose, asked_at, COALESCE({last} + ROW_NUMBER() OVER "  # noqa: S608
        "(PARTITION BY teacher, purpose, input ORDER BY round), round) AS at, input "
        "FROM merged_questions m ORDER BY teacher, purpose, asked_at, at, input"
    ).fetchall()
    for (teacher, purpose, asked_at), group in groupby(rows, key=itemgetter(0, 1, 2)):
        rounds = [(number, round_) for *_, round_, number in group]
        ask_new.put_questions(db, teacher, purpose, asked_at, rounds)
    return len(rows)


def _expanded(db: sqlite3.Connection) -> Iterator[tuple[int, str, int, int, str]]:
    """Every question by itself, from the runs that are kept."""
    rows = db.execute("SELECT teacher, purpose, round, first, last, asked_at FROM main.questions")
    for teacher, purpose, round_, first, last, asked_at in rows:
        for number in range(first, last + 1):
            yield teacher, purpose, round_, number, asked_at


def _checks(db: sqlite3.Connection, source: sqlite3.Connection, people: dict[int, int]) -> int:
    """What people said beside teachers; identical rows once."""
    rows = source.execute(f"SELECT teacher, {_CHECKED} FROM checks ORDER BY id")  # noqa: S608
    names = ["teacher", *_CHECKED.split(", ")]
    same = " AND ".join(f"{name} IS ?{i}" for i, name in enumerate(names, 1))
    marks = ", ".join(f"?{i}" for i in range(1, len(names) + 1))
    return sum(
        db.execute(
            f"INSERT INTO checks (teacher, {_CHECKED}) SELECT {marks} "  # noqa: S608
            f"WHERE NOT EXISTS (SELECT 1 FROM checks WHERE {same})",
            (people[row[0]], *row[1:]),
        ).rowcount
        for row in rows.fetchall()
    )


def _notes(db: sqlite3.Connection, source: sqlite3.Connection) -> tuple[int, tuple[str, ...]]:
    """Notes: how many are new, and the topics on which the files part."""
    added, left = 0, []
    rows: Iterator[Any] = source.execute(
        "SELECT topic, text, noted_at FROM notes ORDER BY topic, place"
    )
    for topic, group in groupby(rows, key=itemgetter(0)):
        theirs = [(text, at) for _, text, at in group]
        held = db.execute("SELECT text FROM notes WHERE topic = ? ORDER BY place", (topic,))
        ours = [text for (text,) in held]
        if topic in UNITED or topic.startswith(_REPLIES):
            new = [one for one in theirs if one[0] not in ours]
        elif [text for text, _ in theirs[: len(ours)]] == ours[: len(theirs)]:
            new = theirs[len(ours) :]
        else:
            left.append(topic)
            continue
        db.executemany(
            "INSERT INTO notes (topic, place, text, noted_at) VALUES (?, ?, ?, ?)",
            [(topic, len(ours) + place, text, at) for place, (text, at) in enumerate(new)],
        )
        added += len(new)
    return added, tuple(left)
