"""Votes that are sets, on the command line: the table, the JSON, the gate and an older ledger."""

import json
import sqlite3
from pathlib import Path

from commands import preceptor

from preceptor.ledger import Ledger

VOTES = """item,annotator,label
a,ann,cat
a,ben,cat
b,ann,cat|dog
b,ben,cat|dog
c,ann,dog
c,ben,owl
d,ann,owl
d,ben,owl
"""
SAID = "item,label\na,cat\nb,cat\nc,cat\nd,owl\n"
FORM = ("audit", "--classes", "cat,dog,owl", "--student", "said.csv")
RULE = "votes:votes.csv,least=2,share=2/3,abstentions=1"


def files(folder: Path) -> Path:
    (folder / "votes.csv").write_text(VOTES)
    (folder / "said.csv").write_text(SAID)
    return folder


def test_a_table_of_votes_gives_sets_and_the_rule_gives_more(tmp_path: Path) -> None:
    files(tmp_path)
    done = preceptor(tmp_path, *FORM, "--teacher", RULE, "--out", "one", "--json", columns=200)
    clean = json.loads(done.stdout)["clean"]
    assert clean["verdicts"] == {
        "AGREE": 2, "ERROR": 0, "ABSTAIN": 0, "VOID": 1, "UNASKED": 0, "UNCONTRADICTED": 1,
    }  # fmt: skip
    rate = clean["teacher_relative_accuracy"]
    assert (rate["value"], rate["accepting"], rate["uncontradicted"]) == (1.0, 1.0, 1)
    assert rate["bounds"] == [2 / 3, 1.0]
    done = preceptor(
        tmp_path, *FORM, "--teacher", f"{RULE},sets=1/2", "--out", "two", "--json", columns=200
    )
    clean = json.loads(done.stdout)["clean"]
    # of c they say dog and owl: the student's cat is ruled out
    assert clean["verdicts"]["ERROR"] == 1
    assert clean["verdicts"]["VOID"] == 0
    assert clean["teacher_relative_accuracy"]["bounds"] == [0.5, 0.75]


def test_the_table_and_the_gate_say_it(tmp_path: Path) -> None:
    files(tmp_path)
    done = preceptor(
        tmp_path, *FORM, "--teacher", RULE, "--out", "one", "--fail-under", "0.9", columns=200
    )
    assert done.returncode == 1
    words = " ".join(done.stdout.split())
    assert "not con-" in words
    assert "1 input more is not contradicted" in words
    assert "counted as right, 100.0" in words
    assert (
        "not contradicted by an answer of several labels" in " ".join(done.stderr.split()) + words
    )


def test_a_ledger_of_before_is_brought_up_to_date_with_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with Ledger(path) as ledger:
        before = ledger.totals()
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER migrations_no_delete")
        db.execute("DELETE FROM migrations WHERE number = 7")
        db.execute(
            "CREATE TRIGGER migrations_no_delete BEFORE DELETE ON migrations BEGIN SELECT RAISE("
            "ABORT, 'the ledger is append-only: no delete of migrations'); END"
        )
        db.execute("ALTER TABLE answers DROP COLUMN acceptable")
        db.execute(
            "INSERT INTO teachers VALUES (1, 't', '1', 3, 'Certain.', '2026-01-01T00:00:00+00:00')"
        )
        db.execute("INSERT INTO inputs VALUES (1, 'key', 'float32', '1', x'00000000')")
        db.execute(
            "INSERT INTO answers VALUES (1, 1, 1, 0, 2, 0.5, 0.1, '2026-01-01T00:00:00+00:00', "
            "'audit', '[2, 2]')"
        )
    with Ledger(path) as ledger:
        (row,) = ledger.answers()
        assert (row.input, row.label, row.votes, row.acceptable) == ("key", 2, (2, 2), None)
        assert len(ledger.totals()) == len(before) + 1
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT MAX(number) FROM migrations").fetchone() == (7,)
