"""An audit with a person as the teacher: filed, answered, run again, finished."""

from pathlib import Path
from uuid import uuid4

from commands import preceptor

from preceptor.people import Studies, answering, assign, persons

STUDENT = """
from preceptor.students import FunctionStudent
import torch

def labels(inputs):
    return (inputs.flatten(1).mean(1) * 9.99).long()

net = FunctionStudent(labels, name="mean", classes=10)
"""


def test_the_same_command_again_finishes(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(STUDENT)
    ledger = tmp_path / "l.db"
    command = [
        *("audit", "--student", f"{tmp_path / 'model.py'}:net", "--data", "digits"),
        *("--items", "6", "--attack", "noise:size=0.2", "--teacher", "human:ann"),
        *("--ledger", str(ledger), "--out", str(tmp_path / "audit")),
    ]
    first = preceptor(tmp_path, *command)
    assert first.returncode == 3, first.stderr
    assert f"preceptor desk {ledger}" in first.stderr
    with Studies(ledger, create=False) as studies:
        study = studies.get("ann")
        with studies.database.write() as db:
            person = persons.enroll(db, "ann").number
        while True:
            with studies.database.write() as db:
                leases = assign.take(db, study, person, 1, [])
            if not leases:
                break
            reply = answering.Reply(leases[0].ticket, uuid4().hex, 3, 2.0)
            with studies.database.write() as db:
                answering.answer(db, study, person, reply)
    second = preceptor(tmp_path, *command)
    assert second.returncode == 0, second.stderr
    assert (tmp_path / "audit/report.html").exists()
