"""What was checked is kept with the teacher's version, and every record says it."""

import sqlite3
from pathlib import Path

import pytest
from calibration_worlds import Person, audited, truth

import preceptor as pr
from preceptor.audit import Record
from preceptor.calibration import check_finding
from preceptor.core import LedgerError, TeacherCheck
from preceptor.ledger import Ledger
from preceptor.teachers import Rule


def code_of(record: Record) -> list[str]:
    return [one["code"] for one in record.findings if one["code"].endswith("ed-teacher")]


def test_a_record_says_whether_its_teacher_was_checked(tmp_path: Path) -> None:
    book = tmp_path / "book.db"
    first = audited(tmp_path / "a", book)
    assert code_of(first) == ["unchecked-teacher"]
    digest = first.digest
    pr.calibrate(
        first, Person(), budget=40, ledger=book, attacks=["noise size=0.1"], progress=False
    )
    told = Record.load(tmp_path / "a")
    assert code_of(told) == ["checked-teacher"]
    assert told.digest == digest
    assert "was checked against people" in (tmp_path / "a" / "report.html").read_text()
    again = audited(tmp_path / "b", book)
    (finding,) = [one for one in again.findings if one["code"] == "checked-teacher"]
    assert "against people (person) on 40 inputs" in finding["message"]
    assert "Never checked under noise size=0.2." in finding["message"]
    assert "noise size=0.1" in finding["message"]
    other = audited(
        tmp_path / "c", book, teacher=Rule(truth, name="stand_in", classes=2, version="2")
    )
    assert code_of(other) == ["unchecked-teacher"], "another version was never checked"
    with Ledger(book) as ledger:
        assert ledger.check() == []


def test_checks_again_add_what_is_new(tmp_path: Path) -> None:
    book = tmp_path / "book.db"
    record = audited(tmp_path / "a", book, attacks="none")
    teacher = record.facts["teacher"]["name"], record.facts["teacher"]["version"]
    for budget, wanted in ((20, 20), (20, 20), (30, 30)):
        pr.calibrate(record, Person(), budget=budget, ledger=book, progress=False)
        with Ledger(book) as ledger:
            assert len(ledger.checks(*teacher)) == wanted


def check(
    key: str, said: int, people_said: int, moved_by: str = "", people: str = "ann"
) -> TeacherCheck:
    return TeacherCheck(people, "1", key, moved_by, "data", "2", said, people_said)


def test_of_one_input_the_latest_counts(tmp_path: Path) -> None:
    with Ledger(tmp_path / "book") as book:
        assert book.checks("t", "1") == []
        assert book.keep_checks("t", "1", 2, "always", [check("a", 0, 1), check("b", 0, 0)]) == 2
        assert book.keep_checks("t", "1", 2, "always", [check("a", 0, 1), check("b", 0, 1)]) == 1
        assert [(one.key, one.people_said) for one in book.checks("t", "1")] == [("a", 1), ("b", 1)]
        assert book.checks("t", "2") == []
        with pytest.raises(LedgerError, match="2 classes"):
            book.keep_checks("t", "1", 3, "always", [])


@pytest.mark.parametrize("verb", ["UPDATE checks SET said = 1", "DELETE FROM checks"])
def test_a_check_can_be_neither_changed_nor_removed(tmp_path: Path, verb: str) -> None:
    with Ledger(tmp_path / "book") as book:
        book.keep_checks("t", "1", 2, "always", [check("a", 0, 1)])
    with sqlite3.connect(tmp_path / "book") as db, pytest.raises(sqlite3.IntegrityError):
        db.execute(verb)


def test_a_ledger_of_version_5_gets_checks_and_keeps_its_answers(tmp_path: Path) -> None:
    record = audited(tmp_path / "a", tmp_path / "book", attacks="none")
    with sqlite3.connect(tmp_path / "book") as db:
        db.execute("DROP TABLE checks")
        db.execute("DROP TRIGGER migrations_no_delete")
        db.execute("DELETE FROM migrations WHERE number = 6")
        db.execute(
            "CREATE TRIGGER migrations_no_delete BEFORE DELETE ON migrations BEGIN SELECT RAISE("
            "ABORT, 'the ledger is append-only: no delete of migrations'); END"
        )
    again = audited(tmp_path / "b", tmp_path / "book", attacks="none")
    assert again.digest == record.digest
    assert again.run["new_answers"] == 0
    with Ledger(tmp_path / "book") as book:
        assert book.check() == []


def test_the_sentence_counts_agreement_and_says_where_nobody_looked() -> None:
    checks = [check("a", 0, 0), check("b", 0, 1), check("c", 0, -1), check("a", 1, 1, "pgd")]
    found = check_finding("panel", checks, "data", {"shape": [2]}, ["pgd", "noise"])
    assert found.level == "note"
    assert found.message == (
        "panel was checked against people (ann) on 3 inputs: where both are certain they agree on "
        "1 of 2 clean, 1 of 1 under pgd. It was certain where people were not on 1. Never checked "
        "under noise."
    )
    assert check_finding("panel", checks, "data", {"shape": [3]}, []).code == "unchecked-teacher"
    only = check_finding("panel", checks[3:], "data", {"shape": [2]}, ["noise"])
    assert "only at inputs moved by pgd" in only.message
    texts = {"kind": "texts", "fields": []}
    assert check_finding("panel", checks, "data", texts, []).code == "unchecked-teacher"


def test_people_need_no_check(tmp_path: Path) -> None:
    lines = ["item,annotator,label", *(f"{i},{who},{i % 2}" for i in range(6) for who in "abcde")]
    (tmp_path / "votes.csv").write_text("\n".join(lines) + "\n")
    said = ["item,label", *(f"{i},0" for i in range(6))]
    (tmp_path / "p.csv").write_text("\n".join(said) + "\n")
    record = pr.audit(
        str(tmp_path / "p.csv"),
        teacher=f"votes:{tmp_path / 'votes.csv'}",
        attacks="none",
        classes=2,
        progress=False,
    )
    assert code_of(record) == []
