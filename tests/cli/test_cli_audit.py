"""The command line as a user runs it: real processes, exit codes, no tracebacks."""

import json
import subprocess
import sys
from pathlib import Path

import commands
import numpy as np
import pytest

STUDENT = """
import torch
from preceptor.problems import digits, train

def net(noise=0.0):
    data = digits()
    torch.manual_seed(0)
    layers = torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
    network = torch.nn.Sequential(torch.nn.Flatten(), *layers)
    inputs = (data.train_inputs + noise * torch.randn(data.train_inputs.shape)).clamp(0, 1)
    return train(network, inputs, data.train_labels, epochs=4)

def noisy():
    return net(0.3)

def first(rows):
    return (rows[:, 0] > 0.5).long()
"""
ATTACKS = ("--attack", "pgd:eps=0.2,steps=5", "--attack", "noise:size=0.1,tries=2")


def preceptor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return commands.preceptor(folder, *words, columns=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cli")
    (made / "student.py").write_text(STUDENT)
    return made


def audit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return preceptor(folder, "audit", "--student", "student.py:net", "--data", "digits", *words)


def test_the_whole_job_twice(folder: Path) -> None:
    first = audit(folder, "--items", "30", *ATTACKS, "--out", "whole", "--json")
    assert first.returncode == 0, first.stderr
    summary = json.loads(first.stdout)
    assert summary["attacks"][0]["name"] == "linf-pgd eps=0.2 steps=5"
    assert summary["clean"]["items"] == 30
    page = (folder / summary["report"]).read_text()
    assert page.lower().startswith("<!doctype html>")
    assert "preceptor audit" not in first.stderr

    record = json.loads((folder / "whole/record.json").read_text())
    again = audit(folder, "--items", "30", *ATTACKS, "--out", "whole", "--json")
    repeated = json.loads((folder / "whole/record.json").read_text())
    assert again.returncode == 0
    assert repeated["digest"] == record["digest"]
    assert repeated["run"]["new_answers"] == 0
    assert record["run"]["new_answers"] == record["questions"]["asked"]

    shown = preceptor(folder, "report", "whole")
    assert shown.returncode == 0
    assert "linf-pgd eps=0.2" in shown.stdout

    listed = preceptor(folder, "ledger", "list", "preceptor.db", "--json")
    assert "digits-neighbours" in listed.stdout
    assert preceptor(folder, "ledger", "check", "preceptor.db").returncode == 0


def test_a_dry_run_asks_nothing(folder: Path) -> None:
    words = ("--items", "10", *ATTACKS, "--out", "dry", "--ledger", "dry.db", "--dry-run", "--json")
    done = audit(folder, *words)
    assert done.returncode == 0
    assert json.loads(done.stdout)["known"] == 0
    assert 10 < json.loads(done.stdout)["questions"] <= 30
    shown = preceptor(folder, "ledger", "export", "dry.db", "dry.csv")
    assert shown.returncode == 0
    assert len((folder / "dry.csv").read_text().splitlines()) == 1, "the heading alone"


def test_a_budget_leaves_questions_open(folder: Path) -> None:
    words = ("--items", "20", "--attack", "noise:size=0.1", "--out", "few", "--ledger", "few.db")
    done = audit(folder, *words, "--budget", "5")
    assert done.returncode == 3
    assert "the budget of questions is used up" in done.stderr
    record = json.loads((folder / "few/record.json").read_text())
    assert record["questions"]["answered"] == 5
    assert audit(folder, *words, "--budget", "100").returncode == 0


def test_a_threshold_decides_the_exit_code(folder: Path) -> None:
    words = ("--items", "20", "--attack", "noise:size=0.01,tries=1", "--out", "gate")
    assert audit(folder, *words, "--fail-under", "0.2").returncode == 0
    assert audit(folder, *words, "--fail-under", "0.999").returncode == 1


def test_votes_and_moved_inputs_from_elsewhere(folder: Path) -> None:
    rng = np.random.default_rng(0)
    clean = rng.random((12, 3)).astype(np.float32)
    moved = np.clip(clean + rng.normal(0, 0.3, clean.shape), 0, 1).astype(np.float32)
    ids = np.array([f"row{i}" for i in range(12)])
    np.savez(folder / "clean.npz", inputs=clean, ids=ids)
    np.savez(folder / "moved.npz", inputs=moved, ids=ids)
    both, names = np.concatenate([clean, moved]), [*ids, *(f"{i}-moved" for i in ids)]
    np.savez(folder / "asked.npz", inputs=both, ids=np.array(names))
    rows = ["item,annotator,label"]
    for name, row in zip(names[:-1], both, strict=False):  # nobody was asked of the last one
        rows += [f"{name},person{k},{'yes' if row[0] > 0.5 else 'no'}" for k in range(5)]
    (folder / "votes.csv").write_text("\n".join(rows) + "\n")
    done = preceptor(
        folder, "audit", "--student", "student.py:first", "--data", "clean.npz",
        "--moved", "theirs=moved.npz", "--teacher", "votes:votes.csv,asked.npz",
        "--classes", "no,yes", "--out", "votes", "--json",
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    summary = json.loads(done.stdout)
    relative = summary["attacks"][0]["teacher_relative_accuracy"]
    assert (relative["hits"], relative["certain"], relative["unasked"]) == (11, 11, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--student", "none.py:net", "--data", "digits"), "none.py"),
        (("--student", "student.py:nope", "--data", "digits"), "nope"),
        (("--student", "student.py:net", "--data", "nowhere.npz"), "nowhere.npz"),
        (
            ("--student", "student.py:net", "--data", "digits", "--attack", "pdg"),
            "did you mean",
        ),
        (("--student", "student.py:net", "--data", "digits", "--ask", "some"), "all or flips"),
        (("--student", "student.py:net", "--data", "digits", "--items", "9999"), "497"),
        (("--student", "student.py:first", "--data", "normalised.npy"), "normalised"),
        (("--student", "student.py:first", "--data", "plain.npy"), "--teacher"),
        (("--student", "student.py:net", "--data", "digits", "--level", "95"), "such as 0.95"),
        (("--student", "student.py:net", "--data", "digits", "--device", "tpu"), "write cpu"),
        (("--student", "student.py:net", "--data", "digits", "--classes", "a,b"), "2 labels, but"),
        (("--student", "student.py:net", "--data", "digits", "--ledger", "no/way.db"), "no/way.db"),
        (
            ("--student", "student.py:first", "--data", "plain.npy", "--teacher", "human:"),
            "lacks the study's name",
        ),
        (
            (
                "--student",
                "student.py:first",
                "--data",
                "plain.npy",
                "--teacher",
                "student.py:first",
            ),
            "kind=logits",
        ),
        (
            (
                "--student",
                "student.py:first",
                "--data",
                "plain.npy",
                "--teacher",
                "student.py:nope",
            ),
            "it has torch, digits, train, net, noisy, first",
        ),
        (("--student", "student.py:first", "--data", "student.py"), "which is no form of data"),
    ],
)
def test_mistakes_end_in_one_line(folder: Path, words: tuple[str, ...], said: str) -> None:
    pictures = np.random.default_rng(0).normal(size=(6, 1, 4, 4))
    np.save(folder / "normalised.npy", pictures)
    np.save(folder / "plain.npy", np.abs(pictures).clip(0, 1))
    done = preceptor(folder, "audit", *words, "--out", "mistake")
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert not done.stdout


def test_a_place_that_cannot_be_written_to_is_named(folder: Path) -> None:
    done = audit(folder, "--items", "5", "--attack", "noise:size=0.1", "--out", "student.py")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "preceptor: student.py: File exists; check path and rights"
    )


def test_an_interruption_says_how_to_go_on(folder: Path) -> None:
    program = (
        "import os, signal, preceptor.cli.lazy as lazy\n"
        "lazy.COMMANDS['audit'] = lazy.Place('stopping', 'stop', '')\n"
        "from preceptor.cli import main; main()"
    )
    (folder / "stopping.py").write_text(
        "import os, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background\n"
        "def stop() -> None:\n    'Stop.'\n    os.kill(os.getpid(), signal.SIGINT)\n"
    )
    command = [sys.executable, "-c", program, "audit"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 130
    assert "it goes on where it was" in done.stderr


def test_students_side_by_side(folder: Path) -> None:
    for name, items in (("net", "40"), ("noisy", "30")):
        done = preceptor(
            folder, "audit", "--student", f"student.py:{name}", "--data", "digits",
            "--items", items, *ATTACKS, "--out", f"sides/{name}",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    words = ("report", "sides/net", "sides/noisy")
    refused = preceptor(folder, *words)
    assert refused.returncode == 2
    assert "10 of 40 items" in refused.stderr
    assert "--shared" in refused.stderr
    assert not (folder / "side-by-side.html").exists()

    shown = preceptor(folder, *words, "--shared", "--out", "sides/both.html")
    assert shown.returncode == 0, shown.stderr
    assert "Paired by item" in shown.stdout
    assert "linf-pgd eps=0.2" in shown.stdout
    assert "side by side" in (folder / "sides/both.html").read_text()

    told = preceptor(folder, *words, "--shared", "--json")
    found = json.loads(told.stdout)
    assert (folder / found["report"]).name == "side-by-side.html"
    names = [student["name"] for student in found["students"]]
    assert names == ["student.py:net", "student.py:noisy"]
    assert (found["items"], found["items_left_out"]) == (30, 10)
    assert found["pairs"][0]["differences"][-1]["name"] == "least rate"
    printed = " ".join(shown.stdout.replace("\u00a0", " ").split())
    assert found["answer"].replace("\u00a0", " ") in printed


def test_no_record(folder: Path) -> None:
    done = preceptor(folder, "report", "nothing-here")
    assert done.returncode == 2
    assert "holds no record" in done.stderr


def test_every_command_teaches(folder: Path) -> None:
    top = preceptor(folder, "--help").stdout
    assert "Exit codes" in top
    for command in ("demo", "audit", "report", "distances", "problems", "ledger"):
        assert command in top
        assert len(preceptor(folder, command, "--help").stdout) > 200


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"inputs": np.zeros((0, 1, 8, 8))}, "there is nothing in it"),
        ({"wrong": np.zeros((2, 8))}, "holds the arrays wrong; expected 'inputs'"),
        ({"inputs": np.zeros(4)}, "expected real numbers of shape"),
        ({"inputs": np.full((2, 64), np.nan)}, "values that are not finite"),
        ({"inputs": np.zeros((2, 64)), "ids": np.array(["a"])}, "holds ids of shape (1,) for 2"),
        (
            {"inputs": np.zeros((2, 5))},
            "student 'student.py:net' fails on a batch of shape [4, 5], RuntimeError",
        ),
    ],
    ids=["empty", "name", "one axis", "nan", "ids", "shape"],
)
def test_data_that_do_not_fit_are_told_so_in_one_line(
    folder: Path, arrays: dict[str, np.ndarray], why: str
) -> None:
    np.savez(folder / "bad.npz", **arrays)
    words = ("--data", "bad.npz", "--teacher", "digits", "--attack", "noise:size=1", "--out", "b")
    done = preceptor(folder, "audit", "--student", "student.py:net", *words)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.startswith("preceptor: ")
    assert len(done.stderr.strip().splitlines()) == 1
