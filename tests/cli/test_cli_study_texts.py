"""People answer about texts: from a table to an audit that hears them, by the real commands."""

import csv
import json
from pathlib import Path

import pytest
from commands import preceptor

from preceptor.people import Studies, access, answering, assign, persons

ROWS = [f"a {'good' if n % 2 else 'bad'} film, number {n} of all that Anna saw" for n in range(12)]
STUDENT = """
def words(texts):
    return [1 if "good" in text else 0 for text in texts]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with (tmp_path / "reviews.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows(
            [["id", "body", "stars"], *([f"r{n}", row, "3"] for n, row in enumerate(ROWS))]
        )
    (tmp_path / "reviews.jsonl").write_text("\n".join(json.dumps({"body": row}) for row in ROWS))
    (tmp_path / "model.py").write_text(STUDENT)
    return tmp_path


def answer_all(path: Path) -> int:
    """Ann reads the words; returns how many questions she was asked."""
    with Studies(path) as studies:
        (study,) = studies.all()
        given = 0
        with studies.database.write() as db:
            person = persons.enroll(db, "ann")
            access.join(db, study.number, person)
        while True:
            with studies.database.write() as db:
                leases = assign.take(db, study, person.number, 10, [])
            if not leases:
                return given
            for one in leases:
                label = int("good" in studies.text(study, one.question)[0])
                with studies.database.write() as db:
                    reply = answering.Reply(one.ticket, f"{'t' * 16}{one.ticket}", label, 1.0)
                    answering.answer(db, study, person.number, reply)
                given += one.kind == "ask"


def test_an_audit_hears_what_people_said_of_texts(folder: Path) -> None:
    make = ("study", "make", "pets", "--classes", "bad,good", "--store", "d.db")
    done = preceptor(folder, *make, "--data", "reviews.csv", "--protect", r"\d+")
    assert done.returncode == 0, done.stderr
    assert "12 questions filed" in done.stdout
    again = preceptor(folder, *make, "--data", "reviews.jsonl", "--text", "body")
    assert "0 questions filed, 12 were there already" in again.stdout
    assert answer_all(folder / "d.db") == 12
    audit = (
        "audit",
        "--student",
        "model.py:words",
        "--data",
        "reviews.csv",
        "--teacher",
        "human:pets",
    )
    words = (
        *audit,
        "--classes",
        "bad,good",
        "--ledger",
        "d.db",
        "--attack",
        "typos:edits=1",
        "--out",
        "out",
    )
    done = preceptor(folder, *words)
    assert done.returncode == 3, done.stderr
    asked = answer_all(folder / "d.db")
    assert 0 < asked <= 12
    done = preceptor(folder, *words)
    assert done.returncode == 0, done.stderr
    record = json.loads((folder / "out/record.json").read_text())
    assert record["teacher"]["name"] == "human:pets"
    assert record["source"]["domain"]["kind"] == "texts"
    assert answer_all(folder / "d.db") == 0
    shown = preceptor(folder, "study", "settings", "d.db")
    assert "inputs                      texts" in shown.stdout
    assert json.loads(preceptor(folder, "study", "settings", "d.db", "--json").stdout)["text"]


def test_known_texts_are_attention_checks(folder: Path) -> None:
    make = (
        "study",
        "make",
        "pets",
        "--classes",
        "bad,good",
        "--store",
        "d.db",
        "--data",
        "reviews.csv",
    )
    assert preceptor(folder, *make).returncode == 0
    (folder / "checks.csv").write_text(
        "body,label\nan awful thing,bad\na dull thing,0\nI do not know,can't tell\n"
    )
    done = preceptor(folder, "study", "known", "d.db", "checks.csv", "--text", "body")
    assert done.returncode == 0, done.stderr
    assert "3 known items" in done.stdout
    with Studies(folder / "d.db") as studies, studies.database.read() as db:
        assert [row[0] for row in db.all("SELECT label FROM desk_known ORDER BY id")] == [0, 0, -1]
    for text, why in (
        ("body\nx\n", "a column 'label'"),
        ("body,label\nan awful thing,worse\n", "row 1: no label 'worse'"),
        ("body,label\nan awful thing,\n", "row 1: the label is empty"),
    ):
        (folder / "odd.csv").write_text(text)
        done = preceptor(folder, "study", "known", "d.db", "odd.csv", "--text", "body")
        assert (done.returncode, why in done.stderr.replace("\n", " ")) == (2, True), done.stderr


def test_texts_go_home_in_every_format(folder: Path) -> None:
    make = (
        "study",
        "make",
        "pets",
        "--classes",
        "bad,good",
        "--store",
        "d.db",
        "--data",
        "reviews.csv",
    )
    assert preceptor(folder, *make).returncode == 0
    answer_all(folder / "d.db")
    for name in ("t.csv", "t.jsonl", "t.json"):
        done = preceptor(folder, "study", "export", "d.db", "--out", name)
        assert done.returncode == 0, done.stderr
    with (folder / "t.csv").open(newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == ROWS
    done = preceptor(folder, "study", "import", "other.db", "t.jsonl")
    assert "taken: 12 answers, 12 questions" in done.stdout
    for name in ("t.csv", "t.json"):
        done = preceptor(folder, "study", "import", "other.db", name)
        assert "taken: 0 answers" in done.stdout, done.stderr


def test_a_study_of_numbers_is_not_one_of_texts(folder: Path) -> None:
    make = ("study", "make", "pets", "--classes", "bad,good", "--store", "d.db")
    assert preceptor(folder, *make, "--data", "reviews.csv").returncode == 0
    done = preceptor(folder, *make, "--data", "digits", "--items", "3")
    assert (done.returncode, "is about texts, now numbers" in done.stderr.replace("\n", " ")) == (
        2,
        True,
    )
    done = preceptor(folder, *make, "--data", "reviews.csv", "--text", "bodi")
    assert (done.returncode, "did you mean" in done.stderr.lower()) == (2, True)
