"""``preceptor study make``: people are asked about data before there is a student; an audit finds it."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import preceptor

from preceptor.people import Studies, access, answering, assign, persons

MODEL = """
import torch
def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
"""


def answer_all(path: Path) -> int:
    """One person answers whatever is asked; returns how many questions that were."""
    with Studies(path) as studies:
        study = studies.all()[0]
        with studies.database.write() as db:
            person = persons.enroll(db, "ann")
            access.join(db, study.number, person)
            leases, given = [1], 0
            while leases:
                leases = assign.take(db, study, person.number, 10, [])  # type: ignore[assignment]
                for one in leases:
                    reply = answering.Reply(one.ticket, f"{'t' * 16}{one.ticket}", 0, 1.0)  # type: ignore[attr-defined]
                    answering.answer(db, study, person.number, reply)
                    given += one.kind == "ask"  # type: ignore[attr-defined]
        return given


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    np.savez(tmp_path / "x.npz", inputs=draw.random((12, 1, 8, 8), np.float32))
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


def test_an_audit_finds_what_was_answered_before_there_was_a_student(folder: Path) -> None:
    make = ("study", "make", "pets", "--data", "x.npz", "--classes", "cat,dog", "--store", "d.db")
    done = preceptor(folder, *make)
    assert done.returncode == 0, done.stderr
    assert "12 questions filed" in done.stdout
    assert answer_all(folder / "d.db") == 12
    audit = ("audit", "--student", "model.py:net", "--data", "x.npz", "--classes", "cat,dog")
    words = (*audit, "--teacher", "human:pets", "--ledger", "d.db", "--attack", "noise:size=0.1")
    done = preceptor(folder, *words, "--out", "out")
    assert done.returncode == 3, done.stderr
    with Studies(folder / "d.db") as studies, studies.database.read() as db:
        tally = db.one(
            "SELECT COUNT(*), SUM(CASE WHEN needed > 0 THEN 1 ELSE 0 END) FROM desk_tally"
        )
        assert tally == (24, 12)  # the moved ones alone
    assert answer_all(folder / "d.db") == 12
    done = preceptor(folder, *words, "--out", "out")
    assert done.returncode == 0, done.stderr
    record = json.loads((folder / "out" / "record.json").read_text())
    assert "viewing" not in json.dumps(record)  # nobody said how they saw them


def test_whoever_comes_back_with_more_data_asks_only_what_is_new(folder: Path) -> None:
    make = ("study", "make", "pets", "--classes", "cat,dog", "--store", "d.db", "--data")
    assert preceptor(folder, *make, "x.npz", "--overlap", "3", "--block", "4").returncode == 0
    with np.load(folder / "x.npz") as found:
        more = np.concatenate([found["inputs"], np.zeros((2, 1, 8, 8), np.float32)])
    np.savez(folder / "y.npz", inputs=more)
    done = preceptor(folder, *make, "y.npz")
    assert "2 questions filed" not in done.stdout.replace("1 questions filed", "")
    assert "13 were there already" in done.stdout  # the two new ones are the same picture
    for words, said in (
        (("x.npz", "--overlap", "2"), "other settings"),
        (("x.npz", "--study", "pets"), "both say where"),
    ):
        done = preceptor(folder, *make, *words)
        assert done.returncode == 2
        assert said in done.stderr
    done = preceptor(folder, "study", "make", "d.db", "--data", "x.npz", "--classes", "cat,dog")
    assert done.returncode == 2
    assert "--store d.db" in done.stderr


def test_people_are_paused_and_excluded_from_the_command_line(folder: Path) -> None:
    make = ("study", "make", "pets", "--data", "x.npz", "--classes", "cat,dog", "--store", "d.db")
    preceptor(folder, *make)
    answer_all(folder / "d.db")
    people = ("study", "people", "d.db", "--as", "olga")
    done = preceptor(folder, *people, "--exclude", "ann", "--reason", "clicks")
    assert "excluded in pets" in done.stdout
    done = preceptor(folder, "study", "show", "d.db")
    assert "ann is excluded by olga" in done.stdout
    assert "clicks" in done.stdout
    assert "12 more answers are needed" in done.stdout
    done = preceptor(folder, *people, "--resume", "ann")
    assert "excluded" not in done.stdout
    assert preceptor(folder, *people, "--pause", "nobody").returncode == 2


def test_a_function_that_shows_is_tried_before_anything_is_filed_or_asked(folder: Path) -> None:
    (folder / "views.py").write_text(
        "def size(picture):\n    return f'{picture.shape}'\n\ndef wrong(picture):\n    return 1 / 0\n"
    )
    make = ("study", "make", "pets", "--data", "x.npz", "--classes", "cat,dog", "--store", "d.db")
    done = preceptor(folder, *make, "--show", "views.py:wrong")
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr
    assert not (folder / "d.db").exists()
    done = preceptor(folder, *make, "--show", "views.py:size")
    assert "preceptor desk d.db --show pets=views.py:size" in done.stdout
    done = preceptor(folder, "desk", "d.db", "--show", "views.py:wrong")
    assert done.returncode == 2
    assert "first question of the study 'pets'" in " ".join(done.stderr.split())
    done = preceptor(folder, "desk", "d.db", "--show", "pests=views.py:size")
    assert done.returncode == 2
    assert "there is no study 'pests'" in " ".join(done.stderr.split())
