"""The file: older, newer, foreign, damaged, tampered with."""

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import torch
from ledger_fakes import Fake, label_of, numbered, panel_of

from preceptor.core import LedgerError
from preceptor.ledger import Ledger, input_keys
from preceptor.ledger.ledger_schema import APPLICATION_ID, MIGRATIONS, TRIGGERS

WHEN = "2024-01-02T03:04:05.000006+00:00"

# The tables of version 1, written out: what an older preceptor left behind.
VERSION_1 = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL);
CREATE TABLE inputs (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, dtype TEXT NOT NULL,
    shape TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE teachers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
    classes INTEGER NOT NULL, certainty TEXT NOT NULL, first_seen TEXT NOT NULL,
    UNIQUE (name, version));
CREATE TABLE answers (id INTEGER PRIMARY KEY, teacher INTEGER NOT NULL REFERENCES teachers (id),
    input INTEGER NOT NULL REFERENCES inputs (id), repeat INTEGER NOT NULL, label INTEGER NOT NULL,
    cost REAL NOT NULL, seconds REAL NOT NULL, asked_at TEXT NOT NULL, purpose TEXT NOT NULL,
    votes TEXT, UNIQUE (teacher, input, repeat));
INSERT INTO migrations VALUES (1, 'what was said', '{WHEN}');
INSERT INTO teachers VALUES (1, 'fake', '1', 5, 'Certain.', '{WHEN}');
"""


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as db, db:
        yield db


def older(path: Path, *numbers: int) -> None:
    with raw(path) as db:
        db.executescript(VERSION_1)
        for name, sql in TRIGGERS.items():
            if not name.startswith(("questions", "notes", "checks")):
                db.execute(sql)
        for n, row in enumerate(numbered(*numbers), 1):
            db.execute(
                "INSERT INTO inputs VALUES (?, ?, 'float32', '1,2', ?)",
                (n, input_keys(row[None])[0], row.numpy().tobytes()),
            )
            db.execute(
                "INSERT INTO answers VALUES (?, 1, ?, 0, ?, 0.5, 1.0, ?, 'audit', NULL)",
                (n, n, label_of(numbers[n - 1]), WHEN),
            )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with three answers."""
    made = tmp_path / "some.ledger"
    with Ledger(made) as ledger:
        ledger.keep(Fake(), purpose="audit")(numbered(1, 2, 3))
    return made


def test_an_older_file_is_upgraded_and_keeps_its_answers(tmp_path: Path) -> None:
    path = tmp_path / "old.ledger"
    older(path, 4, 7)
    fake = Fake()
    with Ledger(path) as ledger:
        kept = ledger.keep(fake, budget=3, purpose="audit")
        assert kept.spent == 2
        assert kept(numbered(7, 4, 1)).labels.tolist() == [label_of(7), label_of(4), label_of(1)]
        assert ledger.check() == []
        assert next(ledger.answers()).asked_at == WHEN
    assert fake.asked == [1]
    with raw(path) as db:
        rows = db.execute("SELECT number FROM migrations").fetchall()
    assert rows == [(migration.number,) for migration in MIGRATIONS]


def test_a_migration_that_fails_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.ledger"
    older(path, 4)
    with raw(path) as db:
        db.execute("CREATE TABLE claims (in_the_way INTEGER)")
    with pytest.raises(LedgerError, match="claims already exists"):
        Ledger(path)
    with raw(path) as db:
        assert db.execute("SELECT number FROM migrations").fetchall() == [(1,)]
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        assert "questions" not in tables
        db.execute("DROP TABLE claims")
    with Ledger(path) as ledger:
        assert ledger.check() == []


def test_a_newer_file_is_refused_untouched(path: Path) -> None:
    with raw(path) as db:
        db.execute("INSERT INTO migrations VALUES (99, 'what is to come', ?)", (WHEN,))
    before = path.read_bytes()
    with pytest.raises(LedgerError, match=r"newer preceptor.*99.*pip install --upgrade"):
        Ledger(path)
    assert path.read_bytes() == before


def test_foreign_files_are_refused_untouched(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("not a ledger at all, but long enough to hold a header" * 40)
    with raw(other) as db:
        db.execute("CREATE TABLE songs (title TEXT)")
    for file, why in ((text, "no ledger"), (other, "another program.*songs")):
        before = file.read_bytes()
        with pytest.raises(LedgerError, match=why):
            Ledger(file)
        assert file.read_bytes() == before


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        Ledger(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    with pytest.raises(LedgerError, match="folder must exist"):
        Ledger(tmp_path / "no" / "folder")
    with pytest.raises(LedgerError, match="unable to open"):
        Ledger(tmp_path)


def test_a_truncated_file_is_refused_or_found_out(path: Path) -> None:
    data = path.read_bytes()
    found = 0
    for size in range(4096, len(data), len(data) // 7):
        path.write_bytes(data[:size])
        try:
            with Ledger(path) as ledger:
                problems = ledger.check()
        except LedgerError as error:
            problems = [str(error)]
        assert problems, size
        found += 1
    assert found >= 5


def test_a_flipped_byte_of_an_input_is_found(path: Path) -> None:
    data = bytearray(path.read_bytes())
    needle = numbered(2)[0].numpy().tobytes()
    assert data.count(needle) == 1
    data[data.index(needle)] ^= 1
    path.write_bytes(data)
    with Ledger(path) as ledger:
        problems = ledger.check()
    assert len(problems) == 1
    assert "1 inputs do not give their key" in problems[0]


@pytest.mark.parametrize("table", ["inputs", "teachers", "answers", "questions", "migrations"])
def test_raw_sql_can_neither_change_nor_remove(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        before = db.execute(f"SELECT * FROM {table}").fetchall()
        assert before
        column = [row[1] for row in db.execute(f"PRAGMA table_info({table})")][-1]
        statements = [
            f"UPDATE {table} SET {column} = {column}",
            f"UPDATE OR REPLACE {table} SET {column} = 0",
            f"DELETE FROM {table}",
        ]
        for statement in statements:
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                db.execute(statement)
        marks = ", ".join("?" * len(before[0]))
        changed = (*before[0][:-1], "changed")
        try:
            db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", changed)
        except sqlite3.IntegrityError as error:
            assert "append-only" in str(error)  # noqa: PT017 - some are ignored, some raise
        assert db.execute(f"SELECT * FROM {table}").fetchall() == before


def tamper(path: Path, statement: str) -> list[str]:
    with raw(path) as db:
        for name in TRIGGERS:
            db.execute(f"DROP TRIGGER {name}")
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute(statement)
        for sql in TRIGGERS.values():
            db.execute(sql)
    with Ledger(path) as ledger:
        return ledger.check()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE answers SET label = 5 WHERE id = 2", "labels lie outside"),
        ("UPDATE answers SET label = -2 WHERE id = 2", "labels lie outside"),
        ("DELETE FROM answers WHERE id = 2", "vanished: 2 are left of at least 3"),
        ("UPDATE answers SET repeat = 4 WHERE id = 2", "lack one of their repeated"),
        ("DELETE FROM inputs WHERE id = 1", "points to a row of inputs"),
        ("UPDATE inputs SET dtype = 'int32' WHERE id = 1", "do not give their key"),
        ("DROP TABLE calls", "calls"),
        ("SELECT 1", None),
    ],
)
def test_check_finds_what_was_tampered_with(path: Path, statement: str, found: str | None) -> None:
    problems = tamper(path, statement)
    assert (found is None and not problems) or re.search(str(found), " ".join(problems))


@pytest.mark.parametrize("name", list(TRIGGERS))
def test_check_misses_no_guard(path: Path, name: str) -> None:
    with raw(path) as db:
        db.execute(f"DROP TRIGGER {name}")
    with Ledger(path) as ledger:
        assert ledger.check() == [f"the trigger {name}, a guard against change, is missing"]
    with raw(path) as db:
        db.execute(re.sub(r"SELECT RAISE.*; END", "SELECT 1; END", TRIGGERS[name]))
    with Ledger(path) as ledger:
        assert ledger.check() == [f"the trigger {name}, a guard against change, has been altered"]


def test_the_same_version_with_other_classes_is_another_teacher(path: Path) -> None:
    with Ledger(path) as ledger, pytest.raises(LedgerError, match=r"has 5 classes.*now 7"):
        ledger.keep(Fake(classes=7))


def test_nothing_works_after_closing(path: Path) -> None:
    ledger = Ledger(path)
    kept = ledger.keep(Fake())
    ledger.close()
    ledger.close()
    for use in (ledger.totals, ledger.teachers, lambda: kept(numbered(1)), lambda: kept.spent):
        with pytest.raises(LedgerError, match="closed"):
            use()


def test_threads_share_a_ledger(tmp_path: Path) -> None:
    fake = Fake()
    answers: list[list[int]] = []
    with Ledger(tmp_path / "l") as ledger:
        kept = ledger.keep(panel_of(fake), batch=3)

        def ask() -> None:
            answers.append(kept(numbered(*range(20))).labels.tolist())

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [[label_of(n) for n in range(20)]] * 6
    assert sorted(fake.asked) == list(range(20))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_opens_the_file_anew(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        kept = ledger.keep(Fake())
        kept(numbered(1))
        pid = os.fork()
        if pid == 0:
            fine = kept(numbered(1, 2)).labels.tolist() == [label_of(1), label_of(2)]
            os._exit(0 if fine else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert kept.known(numbered(1, 2, 3)).tolist() == [True, True, False]
        assert torch.equal(ledger.input(input_keys(numbered(2))[0]), numbered(2)[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_ledger_in_memory_does_not_fork() -> None:
    with Ledger(":memory:") as ledger:
        pid = os.fork()
        if pid == 0:
            try:
                ledger.totals()
            except LedgerError as error:
                os._exit("give it a file" not in str(error))
            os._exit(2)
        assert os.waitpid(pid, 0)[1] == 0
        assert ledger.totals() == []
