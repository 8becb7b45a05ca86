"""People as the teacher of audits that stop, of searches and of explanations: run again, finished."""

import json
from pathlib import Path

import pytest
from commands import preceptor
from people_answers import answer_all

from preceptor.people import Studies, goals

STUDENT = """
from preceptor.students import FunctionStudent

def labels(inputs):
    return (inputs.flatten(1).mean(1) * 9.99).long()

net = FunctionStudent(labels, name="mean", classes=10)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(STUDENT)
    return tmp_path


AUDIT = (
    *("audit", "--student", "model.py:net", "--data", "digits", "--teacher", "human:ann"),
    *("--ledger", "l.db", "--attack", "noise:size=0.2,tries=1"),
)


def test_an_audit_that_stops_asks_people_until_it_is_decided(folder: Path) -> None:
    command = (*AUDIT, "--until", ">=0.5", "--items", "60", "--out", "a")
    codes, filed = [], []
    for _ in range(4):
        done = preceptor(folder, *command)
        codes.append(done.returncode)
        with Studies(folder / "l.db", create=False) as studies:
            with studies.database.read() as db:
                (count,) = db.all("SELECT COUNT(*) FROM desk_filings")[0]
                (goal,) = goals.goals(db, studies.get("ann").number)
            filed.append(count)
            if done.returncode != 3:
                break
            assert "To answer: preceptor desk l.db" in done.stderr
            assert goal.claim == "undecided"
            answer_all(studies, "ann", label=9)
    assert codes[-1] == 1, done.stderr  # no picture is white enough for a nine
    assert set(codes[:-1]) == {3}
    assert goal.claim == "refuted"
    assert (goal.rule, goal.items, goal.further) == (">=0.5", 60, None)
    assert filed[-1] < 60  # of 120 that there could have been
    record = json.loads((folder / "a/record.json").read_text())
    assert record["questions"]["asked"] == record["questions"]["answered"] == filed[-1]


def test_a_search_waits_and_finishes(folder: Path) -> None:
    command = (
        *("search", "--student", "model.py:net", "--data", "digits", "--items", "30"),
        *("--teacher", "human:ann", "--ledger", "l.db", "--budget", "12", "--out", "s"),
    )
    waited = 0
    for _ in range(15):
        done = preceptor(folder, *command)
        if done.returncode != 3:
            break
        waited += 1
        assert "To answer: preceptor desk l.db" in done.stderr
        with Studies(folder / "l.db", create=False) as studies:
            answer_all(studies, "ann", label=3)
    assert (done.returncode, waited > 0) == (0, True), done.stderr


def test_an_explanation_waits_and_finishes(folder: Path) -> None:
    audit = (*AUDIT, "--items", "8", "--out", "a")
    assert preceptor(folder, *audit).returncode == 3
    with Studies(folder / "l.db", create=False) as studies:
        answer_all(studies, "ann", label=3)
    assert preceptor(folder, *audit).returncode == 0
    command = (
        *("explain", "a", "--student", "model.py:net", "--teacher", "human:ann"),
        *("--ledger", "l.db", "--budget", "10", "--items", "8"),
    )
    waited = 0
    for _ in range(8):
        done = preceptor(folder, *command)
        if done.returncode != 3:
            break
        waited += 1
        assert "To answer: preceptor desk l.db" in done.stderr
        with Studies(folder / "l.db", create=False) as studies:
            answer_all(studies, "ann", label=3)
    assert (done.returncode, waited > 0) == (0, True), done.stderr
