"""Teaching with a person as the teacher: filed, answered at the desk, run again, finished."""

import json
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from commands import preceptor
from safetensors.torch import load_file

from preceptor.people import Studies, answering, assign, persons

STUDENT = """
import torch

def empty():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [
        *("teach", "--student", "model.py:empty", "--data", "digits", "--teacher", "human:ann"),
        *("--given", "40", "--steps", "20", "--ledger", "l.db", "--out", "taught"),
    ]
    return preceptor(folder, *command, *words)


def answer_all(ledger: Path) -> int:
    """A person says 3 to whatever is open; how many questions that were."""
    answered = 0
    with Studies(ledger, create=False) as studies:
        study = studies.get("ann")
        with studies.database.write() as db:
            person = persons.enroll(db, f"ann {uuid4().hex}").number
        while True:
            with studies.database.write() as db:
                leases = assign.take(db, study, person, 1, [])
            if not leases:
                return answered
            reply = answering.Reply(leases[0].ticket, uuid4().hex, 3, 2.0)
            with studies.database.write() as db:
                answering.answer(db, study, person, reply)
            answered += 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(STUDENT)
    return tmp_path


def test_rounds_that_ask_a_person_end_after_as_many_runs(folder: Path) -> None:
    words = ("--strategy", "pool-uncertainty", "--budget", "questions=6", "--rounds", "2")
    asked, codes = [], []
    for _ in range(3):
        done = run(folder, *words, "--no-audit")
        codes.append(done.returncode)
        assert "Traceback" not in done.stderr
        if done.returncode == 3:
            assert "preceptor desk l.db" in done.stderr
            assert "Run the same command again" in done.stderr
            again = run(folder, *words, "--no-audit")  # nobody answered: nothing is filed twice
            assert again.returncode == 3, again.stderr
            asked.append(answer_all(folder / "l.db"))
    assert codes == [3, 3, 0], done.stderr
    assert asked == [3, 3]
    told = json.loads((folder / "taught/teach.json").read_text())
    assert told["price"]["questions"] == 6
    assert load_file(folder / "taught/student.safetensors")


def test_audits_that_lack_answers_say_so_and_finish_later(folder: Path) -> None:
    words = ("--strategy", "passive", "--budget", "questions=3", "--rounds", "1")
    words += ("--items", "4", "--attack", "noise:size=0.2")
    codes = []
    for _ in range(4):
        done = run(folder, *words)
        assert "Traceback" not in done.stderr
        codes.append(done.returncode)
        if done.returncode != 3:
            break
        assert answer_all(folder / "l.db") > 0
    assert codes[0] == 3
    assert codes[-1] in (0, 1), done.stderr
    facts = json.loads((folder / "taught/after/record.json").read_text())
    assert facts
    assert (folder / "taught/before-and-after.html").exists()
