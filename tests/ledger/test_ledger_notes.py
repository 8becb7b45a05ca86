"""Notes: in order, once, never changed, and there after an upgrade."""

import sqlite3
import threading
from pathlib import Path

import pytest
from ledger_fakes import Fake, label_of, numbered

from preceptor.core import Journal, KeepsJournal
from preceptor.ledger import Ledger


def test_a_note_is_added_only_where_its_writer_has_read_all(tmp_path: Path) -> None:
    with Ledger(tmp_path / "book") as book:
        kept = book.keep(Fake())
        assert isinstance(kept, KeepsJournal)
        assert isinstance(book.journal, Journal)
        assert kept.journal.note("order", "first", 0)
        assert not book.journal.note("order", "other", 0), "somebody has written meanwhile"
        assert book.journal.note("order", "second", 1)
        assert book.journal.note("else", "alone", 0)
        assert book.journal.notes("order") == ["first", "second"]
        assert book.journal.notes("none") == []
        assert book.check() == []


def test_of_many_at_once_each_note_has_its_place(tmp_path: Path) -> None:
    with Ledger(tmp_path / "book") as book:

        def write(name: int) -> None:
            for number in range(10):
                while not book.journal.note(
                    "order", f"{name} {number}", len(book.journal.notes("order"))
                ):
                    pass

        threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        notes = book.journal.notes("order")
    assert len(notes) == len(set(notes)) == 40


@pytest.mark.parametrize("verb", ["UPDATE notes SET text = 'x'", "DELETE FROM notes"])
def test_a_note_can_be_neither_changed_nor_removed(tmp_path: Path, verb: str) -> None:
    with Ledger(tmp_path / "book") as book:
        book.journal.note("order", "first", 0)
    with sqlite3.connect(tmp_path / "book") as db, pytest.raises(sqlite3.IntegrityError):
        db.execute(verb)


def test_a_ledger_of_version_4_gets_notes_and_keeps_its_answers(tmp_path: Path) -> None:
    with Ledger(tmp_path / "book") as book:
        book.keep(Fake(), purpose="audit")(numbered(1, 2))
    with sqlite3.connect(tmp_path / "book") as db:
        db.execute("DROP TABLE notes")
        db.execute("DROP TRIGGER migrations_no_delete")
        db.execute("DELETE FROM migrations WHERE number = 5")
        db.execute(
            "CREATE TRIGGER migrations_no_delete BEFORE DELETE ON migrations BEGIN SELECT RAISE("
            "ABORT, 'the ledger is append-only: no delete of migrations'); END"
        )
    fake = Fake()
    with Ledger(tmp_path / "book") as book:
        assert book.keep(fake, purpose="audit")(numbered(2)).labels.tolist() == [label_of(2)]
        assert book.journal.note("order", "first", 0)
        assert book.check() == []
    assert fake.asked == []
