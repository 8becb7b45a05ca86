"""A stopping rule on the command line: exit codes, words, and nothing asked twice."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from commands import preceptor

FILES = """
import torch
from preceptor.teachers import Fallible, Rule

def first(rows):
    return (rows[:, 0] > 0.5).long()

def label(rows):
    return torch.where((rows[:, 0] - 0.55).abs() < 0.02, -1, (rows[:, 0] > 0.55).long())

teacher = Rule(label, name="line", classes=2, certainty="Certain but for a strip.")
guess = Fallible(teacher, error_rate=0.05, seed=0)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("until")
    (made / "world.py").write_text(FILES)
    inputs = np.random.default_rng(0).random((600, 3)).astype(np.float32)
    np.savez(made / "data.npz", inputs=inputs)
    return made


def audit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    given = ("--student", "world.py:first", "--data", "data.npz", "--teacher", "world.py:teacher")
    return preceptor(folder, "audit", *given, "--attack", "noise:size=0.01,tries=1", *words)


def test_it_holds_and_nothing_is_asked_twice(folder: Path) -> None:
    done = audit(folder, "--until", ">=0.8", "--out", "holds")
    assert done.returncode == 0, done.stderr
    assert "At most 1200 questions for line" in done.stderr
    assert "Decided after" in done.stdout
    told = " ".join(done.stdout.split())
    assert "at least 80 %" in told
    table = re.split("Least of|Rate:", told)[0]
    assert {"noise", "size=0.01", "tries=1"} <= set(table.split()), "names break between words"
    page = " ".join((folder / "holds/report.html").read_text().split())
    for where in (told, page):
        assert "two-sided and the decision is one-sided" in where
    first = json.loads((folder / "holds/record.json").read_text())
    assert audit(folder, "--until", ">=0.8", "--out", "holds").returncode == 0
    again = json.loads((folder / "holds/record.json").read_text())
    assert again["digest"] == first["digest"]
    assert (first["run"]["known_before"], again["run"]["new_answers"]) == (0, 0)
    assert again["run"]["known_before"] == first["questions"]["asked"]


def test_it_does_not_hold_with_a_proxy(folder: Path) -> None:
    words = ("--until", ">=0.999 of items", "--proxy", "world.py:guess", "--out", "fails")
    done = audit(folder, *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "less than 99.9 %" in " ".join(done.stdout.split())
    assert "The proxy" in done.stdout


def test_undecided(folder: Path) -> None:
    words = ("--until", ">=0.8", "--out", "open", "--ledger", "open.db", "--budget", "7")
    done = audit(folder, *words)
    assert done.returncode == 3
    assert "Undecided after" in done.stdout
    assert "run the same command again" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until", "0.9"), "expected '>=' (is"),
        (("--until", ">=0.9", "--ask", "flips"), "ask"),
        (("--proxy", "world.py:guess"), "stopping rule"),
    ],
)
def test_mistakes_end_in_one_line(folder: Path, words: tuple[str, ...], said: str) -> None:
    done = audit(folder, *words, "--out", "mistake")
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
