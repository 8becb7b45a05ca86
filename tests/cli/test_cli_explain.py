"""``preceptor explain`` as a user runs it."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from commands import preceptor

CODE = """
import torch
from preceptor.teachers import Rule

def at(column):
    def logits(rows):
        gap = 9 * (rows[:, column] - 0.5)
        return torch.stack([-gap, gap], 1)
    return logits

first, second = at(0), at(1)

def label(rows):
    return (rows[:, 1] > 0.5).long()

teacher = Rule(label, name="column-1", classes=2)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("explain")
    (made / "code.py").write_text(CODE)
    rows = np.random.default_rng(0).random((150, 4)).astype(np.float32)
    rows[:, 0] = rows[:, 1]
    np.save(made / "rows.npy", rows)
    np.save(made / "far.npy", np.random.default_rng(1).random((90, 4)).astype(np.float32))
    done = preceptor(
        made, "audit", "--student", "code.py:first", "--data", "rows.npy", "--teacher",
        "code.py:teacher", "--attack", "noise:size=0.05", "--out", "one",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return made


def explain(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    who = ("--student", "code.py:first", "--teacher", "code.py:teacher")
    return preceptor(folder, "explain", "one", *who, *words)


def test_the_whole_job_twice(folder: Path) -> None:
    dry = explain(folder, "--budget", "120", "--dry-run", "--json")
    assert dry.returncode == 0
    planned = json.loads(dry.stdout)["questions"]
    assert 0 < planned <= 120
    words = ("--sibling", "code.py:second", "--beyond", "far.npy", "--budget", "180")
    done = explain(folder, *words)
    assert done.returncode == 0, done.stderr
    assert "feature 0" in done.stdout
    assert "mask: Tell the student" in done.stdout
    assert "not shown:" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    again = explain(folder, *words, "--json")
    assert again.returncode == 0
    whole = json.loads(again.stdout)
    assert whole["schema"] == "preceptor-explanation/1"
    assert whole["run"]["known_before"] >= whole["questions"]["asked"] > 0
    assert [one["name"] for one in whole["siblings"]["spreads"]][-1] == "far"
    assert "Why they part" in (folder / "one/report.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "nothing", "--student", "code.py:first"), "holds no record"),
        (("explain", "one", "--student", "code.py:first"), "--teacher"),
        (
            ("explain", "one", "--student", "code.py:first", "--teacher", "digits"),
            "teacher of the audit",
        ),
        (
            (
                "explain", "one", "--student", "code.py:first", "--teacher", "code.py:teacher",
                "--beyond", "far.npy",
            ),
            "sibling",
        ),
    ],
)  # fmt: skip
def test_mistakes_end_in_one_line(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = preceptor(folder, *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
