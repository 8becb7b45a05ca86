"""``preceptor calibrate``: people at the desk check a rule; what is printed, kept and refused."""

import json
from pathlib import Path

import pytest
from commands import preceptor
from people_answers import answer_all

import preceptor as pr
from preceptor.people import Studies

FILES = """
from preceptor.teachers import Rule

net = lambda points: (points[:, 0] > 0.5).long()
teacher = Rule(lambda points: (points.sum(1) > 0.9).long(), name="rule", classes=2)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.py").write_text(FILES)
    words = [
        "--student",
        "m.py:net",
        "--data",
        "plane",
        "--items",
        "60",
        "--teacher",
        "m.py:teacher",
    ]
    words += ["--attack", "noise:size=0.1", "--classes", "low,high"]
    done = preceptor(tmp_path, "audit", *words)
    assert done.returncode == 0, done.stderr
    assert "rule is no person, and was never checked against people" in done.stderr
    return tmp_path


def test_people_at_the_desk_check_a_rule(folder: Path) -> None:
    command = ["calibrate", "audit", "--people", "human:ann", "--budget", "24"]
    dry = preceptor(folder, *command, "--dry-run")
    assert dry.returncode == 0
    assert "24 questions for human:ann, 0 of them answered already" in dry.stderr
    first = preceptor(folder, *command)
    assert first.returncode == 3, first.stderr
    assert "has not answered yet" in " ".join(first.stdout.split())
    assert "preceptor desk preceptor.db" in first.stderr
    with Studies(folder / "preceptor.db", create=False) as studies:
        assert answer_all(studies, "ann", 1) >= 24  # some are asked again unknowingly
    second = preceptor(folder, *command)
    assert second.returncode == 0, second.stderr
    said = " ".join(second.stdout.split())
    assert "As human:ann sees it, m.py:net is right" in said or "As human:ann sees it" in said
    assert "Where both are certain, rule and people agree at clean inputs on" in said
    told = preceptor(folder, *command, "--json")
    found = json.loads(told.stdout)
    assert found["questions"]["answered"] == 24
    assert found["outcome"]["exit_code"] == 0
    in_python = pr.calibrate(
        str(folder / "audit"),
        "human:ann",
        budget=24,
        ledger=folder / "preceptor.db",
        progress=False,
    )
    assert in_python.describe()["rates"] == found["rates"]
    report = preceptor(folder, "report", "audit")
    assert "rule was checked against people (human:ann) on 24 inputs" in report.stderr
    assert "was checked against people" in (folder / "audit" / "report.html").read_text()


def test_what_is_refused_says_what_to_do(folder: Path) -> None:
    cases = {
        ("calibrate", "audit"): "no --people given: name who says what",
        ("calibrate", "nowhere", "--people", "human:ann"): "holds no record",
        ("calibrate", "audit", "--people", "human:ann", "--attack", "pgd"): "has none of that name",
        ("calibrate", "audit", "--people", "m.py:teacher"): "is the teacher of this audit",
        ("calibrate", "audit", "--questions", "q.csv"): "expected a .npz file",
    }
    for words, wanted in cases.items():
        done = preceptor(folder, *words)
        assert done.returncode == 2, (words, done.stdout)
        assert wanted in " ".join(done.stderr.split()), words
    assert not (folder / "audit" / "calibration.json").exists()
    written = preceptor(folder, "calibrate", "audit", "--questions", "q.npz", "--budget", "10")
    assert written.returncode == 0, written.stderr
    assert "10 questions: q.npz" in written.stdout
