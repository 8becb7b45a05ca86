"""``preceptor teach`` and ``preceptor compare`` as a user runs them."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from commands import preceptor
from safetensors.torch import load_file

from preceptor.problems import two_rules

STUDENT = """
import torch
from preceptor.core import generator
from preceptor.problems import train, two_rules

def empty():
    torch.manual_seed(0)
    layers = torch.nn.Linear(75, 48), torch.nn.ReLU(), torch.nn.Linear(48, 2)
    return torch.nn.Sequential(torch.nn.Flatten(), *layers)

def right():
    problem = two_rules()
    inputs = problem.probes["rules apart"](3000, generator(0, "right"))
    return train(empty(), inputs, problem.teacher(inputs).labels, epochs=15)

def function(rows):
    return (rows[:, 0, 0, 0] > 0.5).long()
"""
QUICK = ("--steps", "150", "--rounds", "1", "--items", "60", "--attack", "noise:size=0.1,tries=2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("teach")
    (made / "student.py").write_text(STUDENT)
    data = two_rules()
    inputs, labels = data.train_inputs[:200].numpy(), data.train_labels[:200].numpy()
    np.savez(made / "labelled.npz", inputs=inputs, labels=np.where(labels > 0, labels, -1))
    np.savez(made / "bare.npz", inputs=inputs)
    np.savez(made / "wrong.npz", inputs=inputs, labels=labels + 1)
    return made


def teach(
    folder: Path, *words: str, student: str = "student.py:empty"
) -> subprocess.CompletedProcess[str]:
    return preceptor(folder, "teach", "--student", student, *words)


def test_masks_help_and_it_is_said(folder: Path):
    words = ("--data", "two-rules", "--strategy", "told:masks", "--budget", "questions=30", *QUICK)
    first = teach(folder, *words, "--json")
    assert first.returncode == 0, first.stderr
    answer = json.loads(first.stdout)
    assert answer["price"]["questions"] == 30
    assert answer["price"]["cost"] == 0
    assert answer["answer"][0].startswith("Teaching helped: least rate: +")
    assert any(line.startswith("Cost: 30 questions or items, ") for line in answer["answer"])
    assert [one["name"] for one in answer["differences"]][-3:] == [
        "probe rules apart",
        "all attacks",
        "least rate",
    ]
    assert answer == json.loads((folder / "taught/teach.json").read_text())
    assert "before" in (folder / "taught/before-and-after.html").read_text()
    weights = load_file(folder / "taught/student.safetensors")
    program = torch.export.load(folder / "taught/student.pt2").module()
    assert {tuple(w.shape) for w in weights.values()} == {(48, 75), (48,), (2, 48), (2,)}
    assert program(torch.rand(5, 3, 5, 5)).shape == (5, 2)
    again = teach(folder, *words, "--json")
    repeated = json.loads(again.stdout)
    assert [one["resumed"] for one in repeated["rounds"]] == [True, True]
    assert repeated["differences"] == answer["differences"]
    assert "put 0 and 0 new questions" in " ".join(repeated["answer"])


def test_a_wrong_hint_hurts_and_it_is_said(folder: Path):
    words = ("--data", "two-rules", "--strategy", "told:wrong: top row", *QUICK, "--out", "hurt")
    done = teach(folder, *words, student="student.py:right")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "TEACHING HURT: least rate: -" in done.stdout


def test_labels_of_a_file_and_bits_as_the_budget(folder: Path):
    words = ("--data", "labelled.npz", "--teacher", "two-rules", "--strategy", "pool-uncertainty")
    few = ("--given", "40", "--budget", "bits=20", "--no-audit", "--out", "bits", *QUICK)
    done = teach(folder, *words, *few, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["given"] == "40 labels of labelled.npz"
    assert answer["price"]["questions"] == 12  # of log2(3) bits each
    assert answer["price"]["bits"] <= 20
    assert "not known" in answer["answer"][0]


def test_labels_from_the_ledger(folder: Path):
    words = (
        "--data",
        "bare.npz",
        "--teacher",
        "two-rules",
        "--no-audit",
        "--ledger",
        "own.db",
        *QUICK,
    )
    asked = teach(
        folder, *words, "--strategy", "passive", "--budget", "questions=25", "--out", "one"
    )
    assert "0 answers that the ledger had" in " ".join(asked.stdout.split())
    then = teach(folder, *words, "--strategy", "random", "--budget", "questions=5", "--out", "two")
    assert "25 answers that the ledger had" in " ".join(then.stdout.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--data", "two-rules", "--strategy", "rand"), "did you mean 'random'"),
        (("--data", "two-rules", "--strategy", "random", "--budget", "200"), "write the unit too"),
        (
            ("--data", "two-rules", "--strategy", "random", "--budget", "cost=x"),
            "no number of cost",
        ),
        (("--data", "bare.npz", "--strategy", "random"), "no --teacher given"),
        (
            ("--data", "wrong.npz", "--teacher", "two-rules", "--strategy", "random"),
            "holds the label 2",
        ),
    ],
)
def test_what_cannot_be_used_ends_in_two(folder: Path, words, says):
    done = teach(folder, *words)
    assert done.returncode == 2
    assert says in done.stderr


def test_only_torch_modules_can_be_taught(folder: Path):
    done = teach(
        folder, "--data", "two-rules", "--strategy", "random", student="student.py:function"
    )
    assert done.returncode == 2
    assert "torch module" in done.stderr


def test_compare_prints_and_goes_on_where_it_was(folder: Path):
    words = ("compare", "xor:features=6", "--strategy", "told:feature set", "--strategy", "random")
    few = ("--budget", "10", "--seeds", "2", "--steps", "20", "--given", "50", "--probes", "100")
    done = preceptor(folder, *words, *few, "--items", "20", "--jobs", "1", "--out", "cmp")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("- In questions and items: ")
    assert "told:feature set" in done.stdout
    assert "Witnesses that a search of 200 questions finds" in done.stdout
    assert "0 proves nothing" in " ".join(done.stdout.split())
    cells = {file: file.stat().st_mtime_ns for file in (folder / "cmp/cells").iterdir()}
    assert len(cells) == 6
    again = preceptor(
        folder, *words, *few, "--items", "20", "--jobs", "1", "--out", "cmp", "--json"
    )
    told = json.loads(again.stdout)
    assert told["schema"] == "preceptor-comparison/1"
    assert told["design"]["search"] == 200
    assert told["witnesses"][0].startswith("A search of 200 questions finds ")
    assert all(0 < cell["witnesses"]["questions"] <= 200 for cell in told["cells"])
    assert Path(folder / told["report"]).is_file()
    assert {file: file.stat().st_mtime_ns for file in (folder / "cmp/cells").iterdir()} == cells


def test_compare_takes_a_learner_from_a_file(folder: Path):
    words = ("compare", "two-rules", "--student", "student.py:empty", "--strategy", "random")
    few = ("--budget", "5", "--seeds", "1", "--steps", "5", "--probes", "20", "--items", "10")
    few = (*few, "--jobs", "1", "--search", "0")
    done = preceptor(folder, *words, *few, "--out", "own", "--json")
    assert json.loads(done.stdout)["design"]["learner"] == "student.py:empty"
    assert json.loads(done.stdout)["witnesses"] == []
    bare = preceptor(folder, *words, *few, "--out", "own")
    assert bare.returncode == 0, bare.stderr
    assert "itnesses" not in bare.stdout
    bad = preceptor(folder, *words, "--jobs", "0")
    assert bad.returncode == 2
