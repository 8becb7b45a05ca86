"""``--fail-under`` as a user's pipeline meets it: real processes and exit codes."""

import json
from pathlib import Path

import commands
import numpy as np
import pytest

STUDENT = """
import torch
from preceptor.teachers import Rule

def student(rows):
    return (rows[:, 1] > 0.5).long()

def says(rows):
    labels = (rows[:, 0] > 0.5).long()
    return torch.where(rows[:, 2] > 0.8, -1, labels)

def teacher():
    return Rule(says, classes=2, name="three columns", version="1")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 items, all right; 81 % of the moved inputs void, wrong at all the others."""
    made = tmp_path_factory.mktemp("gates")
    (made / "model.py").write_text(STUDENT)
    side = np.random.default_rng(0).integers(0, 2, 300).astype(np.float32)
    clean = np.stack([side, side, np.full(300, 0.5, np.float32)], 1)
    clean[:, 2] += np.arange(300) / 1000
    hard = clean.copy()
    hard[:243, 2] = 0.9
    hard[243:, 1] = 1 - hard[243:, 1]
    easy = clean.copy()
    easy[:, 2] -= 0.25
    ids = np.array([f"row{i}" for i in range(300)])
    for name, inputs in (("clean", clean), ("hard", hard), ("easy", easy)):
        np.savez(made / f"{name}.npz", inputs=inputs, ids=ids)
    return made


def audit(folder: Path, moved: str, *words: str) -> tuple[int, str, str]:
    done = commands.preceptor(
        folder, "audit", "--student", "model.py:student", "--teacher", "model.py:teacher",
        "--data", "clean.npz", "--bounds", "0,1", "--classes", "a,b",
        "--moved", f"{moved}={moved}.npz", *words, columns=200,
    )  # fmt: skip
    return done.returncode, done.stdout, " ".join(done.stderr.split())


def test_a_student_wrong_at_every_attacked_input_passes_no_gate(folder: Path) -> None:
    words = ("--out", "hard", "--fail-under")
    code, told, said = audit(folder, "hard", *words, "0.7")
    assert code == 1
    assert "Surely less than 70 %" in said
    assert "right on 0 of 57 certain, 81% of 300 void" in said
    assert "hard turned 243 of the 300 inputs void" in said
    assert "Rate: 0.0% [0-6], under hard right on 0 of 57 certain" in told
    assert "all attacks" in told, "the worst case has its row with one attack too"
    assert audit(folder, "hard", *words, "0.01")[0] == 1
    code, told, _ = audit(folder, "hard", "--out", "hard", "--moved", "easy=easy.npz", "--json")
    assert code == 0
    found = json.loads(told)
    assert found["worst"]["teacher_relative_accuracy"]["value"] == 0.81
    least = found["least"]
    assert (least["decided_by"], least["value"], least["certain"]) == ("hard", 0.0, 57)
    assert (least["void"], least["void_share"]) == (243, 0.81)
    assert sorted(least["components"]) == ["all attacks", "easy", "hard"]
    assert found["never_wrong"]["value"] == 0.81


def test_answers_that_are_missing_are_exit_code_3_unless_they_cannot_help(folder: Path) -> None:
    words = ("--out", "easy", "--ledger", "easy.db", "--budget", "400", "--fail-under")
    code, _, said = audit(folder, "easy", *words, "0.9")
    assert code == 3
    assert "Not known yet whether at least 90 %, since answers are missing" in said
    assert "174 questions have no answer" in said
    assert audit(folder, "easy", *words, "0.995")[0] == 1, "not even if all were right"
    words = ("--out", "easy", "--ledger", "easy.db", "--budget", "570", "--fail-under", "0.5")
    code, _, said = audit(folder, "easy", *words)
    assert code == 0, "it holds whatever the last four answers are"
    assert "4 questions have no answer" in said
