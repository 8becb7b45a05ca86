"""Questions stand in the file as runs of consecutive inputs; nobody outside may notice."""

import itertools
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_fakes import Fake, numbered

from preceptor.ledger import Ledger, ask_new
from preceptor.ledger.ledger_schema import MIGRATIONS
from preceptor.ledger.migrating import prepare

WHEN = "2024-01-02T03:04:05.000006+00:00"
INPUTS = 24
PUT = st.lists(st.tuples(st.sets(st.integers(1, INPUTS)), st.integers(0, 2)), max_size=8)


def empty() -> sqlite3.Connection:
    """A ledger in memory with one teacher and some inputs."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    prepare(db, ":memory:")
    for teacher in (1, 2):
        db.execute("INSERT INTO teachers VALUES (?, 'x', ?, 3, 'c', ?)", (teacher, teacher, WHEN))
    rows = [(n, str(n), "float32", "1", b"") for n in range(1, INPUTS + 1)]
    db.executemany("INSERT INTO inputs VALUES (?, ?, ?, ?, ?)", rows)
    return db


@given(PUT, st.lists(st.integers(1, INPUTS + 3), max_size=12))
def test_runs_say_what_single_rows_would(
    put: list[tuple[set[int], int]], wanted: list[int]
) -> None:
    db = empty()
    model: set[tuple[int, int]] = set()
    for numbers, round_ in put:
        new = {(number, round_) for number in numbers} - model
        ask_new.put_questions(db, 1, "audit", WHEN, new)
        ask_new.put_questions(db, 2, "audit", WHEN, [(1, len(model))] if new else [])
        model |= new
    assert ask_new.spent(db, 1, "audit") == len(model)
    assert ask_new.spent(db, 1, "search") == 0
    highest = {
        n: max(r for number, r in model if number == n)
        for n in wanted
        if any(number == n for number, _ in model)
    }
    assert ask_new.rounds(db, 1, "audit", wanted) == highest


@given(st.lists(st.integers(0, 40)))
def test_runs_cover_the_numbers_and_nothing_else(numbers: list[int]) -> None:
    found = ask_new.runs(numbers)
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(set(numbers))
    assert all(one[1] + 1 < other[0] for one, other in itertools.pairwise(found))


@pytest.mark.parametrize(("first", "last"), [(5, 9), (1, 5), (9, 12), (6, 7), (3, 20)])
def test_the_file_refuses_a_question_that_stands(first: int, last: int) -> None:
    db = empty()
    ask_new.put_questions(db, 1, "audit", WHEN, [(n, 0) for n in range(5, 10)])
    row = (1, "audit", 0, first, last, WHEN)
    with pytest.raises(sqlite3.IntegrityError, match="stands already"):
        db.execute("INSERT OR REPLACE INTO questions VALUES (?, ?, ?, ?, ?, ?)", row)
    ask_new.put_questions(db, 1, "audit", WHEN, [(n, 1) for n in range(5, 10)])
    assert ask_new.spent(db, 1, "audit") == 10


def test_a_version_with_single_rows_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "old.ledger"
    with Ledger(path) as ledger:
        kept = ledger.keep(Fake(), purpose="audit")
        kept(numbered(1, 2, 3))
        kept(numbered(7, 8))
        kept.again(numbered(2, 2))
        totals = ledger.totals()
    _back_to_single_rows(path)
    with Ledger(path) as ledger:
        assert ledger.totals() == totals
        assert ledger.check() == []
        kept = ledger.keep(Fake(), budget=8, purpose="audit")
        assert kept.spent == 7
        kept(numbered(9))
        assert kept.remaining == 0


def _back_to_single_rows(path: Path) -> None:
    """Put a ledger back to version 3."""
    with sqlite3.connect(path) as db:
        runs = db.execute(
            "SELECT teacher, purpose, round, first, last, asked_at FROM questions"
        ).fetchall()
        db.execute("DROP TRIGGER migrations_no_delete")
        db.execute("DELETE FROM migrations WHERE number > 3")
        db.execute(
            "CREATE TRIGGER migrations_no_delete BEFORE DELETE ON migrations BEGIN SELECT RAISE("
            "ABORT, 'the ledger is append-only: no delete of migrations'); END"
        )
        db.execute("ALTER TABLE answers DROP COLUMN acceptable")
        db.execute("DROP TABLE checks")
        db.execute("DROP TABLE notes")
        db.execute("DROP TABLE questions")
        db.execute(
            "CREATE TABLE questions (teacher INTEGER, purpose TEXT, input INTEGER, round INTEGER, "
            "asked_at TEXT, PRIMARY KEY (teacher, purpose, input, round)) WITHOUT ROWID"
        )
        db.executemany(
            "INSERT INTO questions VALUES (?, ?, ?, ?, ?)",
            [
                (teacher, purpose, number, round_, when)
                for teacher, purpose, round_, first, last, when in runs
                for number in range(first, last + 1)
            ],
        )
    db.close()
    assert MIGRATIONS[-1].number == 7
