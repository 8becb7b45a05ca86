"""docs/how-to/ci.md, followed word for word, with a model that is trained again between builds."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "docs/how-to/ci.md"

TEACHER = """
from preceptor.teachers import Rule

def side(rows):
    return (rows[:, 0] > 0.5).long()

teacher = Rule(side, name="side", classes=2)
"""
MODEL = """
import torch

def net():
    module = torch.nn.Linear(3, 2)
    with torch.no_grad():
        module.weight.copy_(torch.tensor({weights}))
        module.bias.copy_(torch.tensor({bias}))
    return module.eval()
"""
GOOD = {"weights": [[-8.0, 0.0, 0.1], [8.0, 0.0, 0.0]], "bias": [4.0, -4.0]}
RETRAINED = {"weights": [[-7.0, 0.3, 0.0], [8.0, 0.0, 0.2]], "bias": [3.7, -4.0]}
BLIND = {"weights": [[0.0, -8.0, 0.0], [0.0, 8.0, 0.0]], "bias": [4.0, -4.0]}


def blocks() -> list[str]:
    """The page's command blocks, in order."""
    return re.findall(r"```\n(.*?)```", PAGE.read_text(), re.S)


def shell(folder: Path, block: str) -> subprocess.CompletedProcess[str]:
    """Run a block as CI would: no terminal, and the first command that fails ends it."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", block],
        cwd=folder,
        env={**commands.environment(), "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=commands.SECONDS,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def build(folder: Path, block: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A block of one command, whose output may go to a file, without a shell."""
    words = shlex.split(block.replace("\\\n", " "))
    target = None
    if words[-2] == ">":
        *words, _, target = words
    assert words[0] == "preceptor"
    assert ">" not in words
    done = commands.preceptor(folder, *words[1:], env=env)
    if target:
        (folder / target).write_text(done.stdout)
    return done


def train(folder: Path, how: dict[str, Any]) -> None:
    (folder / "model.py").write_text(MODEL.format(**how))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout after the page's first block: data, moved inputs and ledger as they are committed."""
    made = tmp_path_factory.mktemp("ci")
    (made / "bin").mkdir()
    program = made / "bin/preceptor"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.pop(0)\nfrom preceptor.cli import main\nmain()\n"
    )
    program.chmod(0o755)
    (made / "teacher.py").write_text(TEACHER)
    train(made, GOOD)
    rows = np.random.default_rng(0).uniform(0, 1, (80, 3)).astype(np.float32)
    rows[:, 0] = np.where(rows[:, 0] < 0.5, 0.7 * rows[:, 0], 1 - 0.7 * (1 - rows[:, 0]))
    np.savez(made / "clean.npz", inputs=rows)
    done = shell(made, blocks()[0])
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (made / "moved").iterdir()) == ["noise.npy", "standard.npy"]
    assert not list(made.glob("answers.db-*")), "the ledger is one file"
    return made


def said(folder: Path, file: str = "audit.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / file).read_text())
    assert found["schema"] == "preceptor/audit/1"
    assert {"name", "classes"} <= found["student"].keys()
    assert {"name", "version", "classes", "certainty"} <= found["teacher"].keys()
    assert {"asked", "answered", "unanswered", "cost"} <= found["questions"].keys()
    assert all({"code", "level", "message", "fix"} <= one.keys() for one in found["findings"])
    assert found["outcome"].keys() == {"result", "exit_code", "why"}
    assert isinstance(found["unanswered"], int)
    for row in (found["clean"], *found["attacks"], found["worst"]):
        assert {"name", "items", "teacher_relative_accuracy", "verdicts"} <= row.keys()
    return found


def test_the_page_has_the_three_blocks() -> None:
    assert [block.split()[:2] for block in blocks()] == [["preceptor", "audit"]] * 3


@pytest.mark.parametrize("how", [GOOD, RETRAINED], ids=["as it was", "trained again"])
def test_a_good_model_passes_on_the_frozen_inputs(folder: Path, how: dict[str, Any]) -> None:
    train(folder, how)
    for _ in range(2):  # a build that is run again says the same
        done = build(folder, blocks()[1])
        assert done.returncode == 0, done.stderr
        found = said(folder)
        assert found["outcome"] == {"result": "pass", "exit_code": 0, "why": []}
        assert found["unanswered"] == 0
        assert [row["name"] for row in found["attacks"]] == ["standard", "noise"]


def test_the_page_works_in_a_shell(folder: Path) -> None:
    train(folder, GOOD)
    done = shell(folder, blocks()[1])
    assert done.returncode == 0, done.stderr
    assert said(folder)["outcome"]["result"] == "pass"


def test_a_bad_model_fails_and_the_file_says_why(folder: Path) -> None:
    train(folder, BLIND)
    done = build(folder, blocks()[1])
    assert done.returncode == 1
    found = said(folder)
    assert found["outcome"]["result"] == "fail"
    assert found["outcome"]["exit_code"] == 1
    assert "Surely less than 80 %" in found["outcome"]["why"][0]
    assert " ".join(found["outcome"]["why"]) in " ".join(done.stderr.split())


def test_attacks_on_a_model_trained_again_are_new_questions_not_failures(folder: Path) -> None:
    train(folder, RETRAINED)
    done = build(folder, blocks()[2])
    assert done.returncode == 3, done.stderr
    found = said(folder, "fresh.json")
    assert found["outcome"]["result"] == "open"
    assert found["unanswered"] > 0
    assert any("have no answer" in why for why in found["outcome"]["why"])
    asked = build(folder, blocks()[2].replace("--budget 0 ", ""))  # where the teacher is
    assert asked.returncode in (0, 1)
    assert said(folder, "fresh.json")["unanswered"] == 0


def test_a_teacher_that_changed_has_no_answers(folder: Path) -> None:
    train(folder, GOOD)
    (folder / "teacher.py").write_text(TEACHER.replace("> 0.5", "> 0.4"))
    try:
        done = build(folder, blocks()[1])
    finally:
        (folder / "teacher.py").write_text(TEACHER)
    assert done.returncode == 3, done.stderr
    assert said(folder)["unanswered"] > 0


def test_what_cannot_be_used_leaves_standard_output_empty(folder: Path) -> None:
    train(folder, GOOD)
    done = build(folder, blocks()[1].replace("clean.npz", "gone.npz").split(">")[0])
    assert done.returncode == 2
    assert not done.stdout
    assert "gone.npz" in done.stderr


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_logs_have_no_control_characters(folder: Path, env: dict[str, str]) -> None:
    train(folder, GOOD)
    done = build(folder, blocks()[1].replace("--json > audit.json", ""), **env)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr


def test_without_a_threshold_nothing_was_to_be_decided(folder: Path) -> None:
    train(folder, GOOD)
    done = build(folder, blocks()[1].replace("--fail-under 0.8 ", ""))
    assert done.returncode == 0
    assert said(folder)["outcome"] == {"result": "done", "exit_code": 0, "why": []}
