"""What is documented for Python and what is typed on the command line is the same work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from door_command import command, inside, plain

import preceptor as pr

STUDENT = """
import torch

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))


def half(points):
    return (points[:, 0] > 0.5).long()
"""

TEACHER = """
from preceptor.teachers import Rule

asked = []


def law(points):
    sums = points.sum(1)
    return (sums > 1).long().where((sums - 1).abs() > 0.05, -1)


def flaky(points):
    asked.append(len(points))
    if bool((points[:, 0] > 0.97).any()):
        raise ConnectionError("no")
    return law(points)


teacher = Rule(law, name="law", classes=2)
sometimes = Rule(flaky, name="flaky", classes=2)
"""

ITEMS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("same")
    (made / "m.py").write_text(STUDENT)
    (made / "t.py").write_text(TEACHER)
    rng = np.random.default_rng(0)
    inputs = rng.uniform(size=(ITEMS, 2)).astype("float32")
    labels = (inputs.sum(1) > 1).astype(np.int64)
    ids = [f"p{i}" for i in range(ITEMS)]
    np.savez(made / "data.npz", inputs=inputs, ids=np.array(ids))
    np.savez(made / "labelled.npz", inputs=inputs, ids=np.array(ids), labels=labels)
    np.save(made / "bare.npy", inputs)
    votes = ["item,annotator,label"]
    votes += [f"p{i},{who},{labels[i]}" for i in range(ITEMS) for who in "abc"]
    (made / "votes.csv").write_text("\n".join(votes) + "\n")
    said = ["item,label", *(f"p{i},{int(inputs[i, 0] > 0.5)}" for i in range(ITEMS))]
    (made / "predictions.csv").write_text("\n".join(said) + "\n")
    return made


Run = Callable[..., Any]

ATTACKED = ("--attack", "noise:size=0.1", "--attack", "pgd:eps=0.1")

AUDITS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "the defaults": ((), {}),
    "attacks": (ATTACKED, {"attacks": ["noise:size=0.1", "pgd:eps=0.1"]}),
    "no attack": (("--attack", "none"), {"attacks": "none"}),
    "a flaky teacher": (
        ("--teacher", "t.py:sometimes", "--attack", "noise:size=0.1"),
        {"teacher": "t.py:sometimes", "attacks": "noise:size=0.1"},
    ),
    "a budget": (("--budget", "50", *ATTACKED[:2]), {"budget": 50, "attacks": "noise:size=0.1"}),
    "only flips": (("--ask", "flips", *ATTACKED), {"ask": "flips", "attacks": ATTACKED[1::2]}),
    "a sample": (
        ("--items", "20", "--seed", "3", *ATTACKED[:2]),
        {"items": 20, "seed": 3, "attacks": "noise:size=0.1"},
    ),
    "stopping": (
        ("--until", ">=0.2", "--attack", "noise:size=0.1"),
        {"until": ">=0.2", "attacks": "noise:size=0.1"},
    ),
    "names, scale and bounds": (
        ("--classes", "low,high", "--scale", "data", "--bounds", "0,2", *ATTACKED[:2]),
        {
            "classes": ["low", "high"],
            "scale": "data",
            "bounds": (0, 2),
            "attacks": "noise:size=0.1",
        },
    ),
}


@pytest.mark.parametrize("case", AUDITS)
def test_an_audit_from_python_is_the_command_lines(folder: Path, tmp_path: Path, case: str) -> None:
    words, options = AUDITS[case]
    typed = ("--student", "m.py:net", "--data", "data.npz", "--teacher", "t.py:teacher")
    if "--teacher" in words:
        typed = typed[:4]
    done = command(
        folder, "audit", *typed, *words, "--json",
        "--out", str(tmp_path / "typed"), "--ledger", str(tmp_path / "typed.db"),
    )  # fmt: skip
    with inside(folder):
        # a ledger of its own: what this session asked before is known to it. Where it stops early
        # the order is drawn once for a ledger, so there it is the same file
        ledger = str(tmp_path / "typed.db") if "until" in options else ":memory:"
        given = {"teacher": "t.py:teacher", "ledger": ledger, **options}
        record = pr.audit("m.py:net", "data.npz", **given)
    assert done.code in (0, 1, 3), done.err
    assert plain(record.to_dict()) == plain(done.json)
    assert record.digest == done.json["digest"]
    assert record.digest == pr.Record.load(tmp_path / "typed").digest


def test_a_flaky_teacher_loses_one_question_and_no_more(folder: Path) -> None:
    with inside(folder):
        record = pr.audit("m.py:net", "data.npz", "t.py:sometimes", "none")
    inputs = np.load(folder / "data.npz")["inputs"]
    failing = int((inputs[:, 0] > 0.97).sum())
    asked = record.facts["questions"]
    assert 0 < failing < 5
    assert asked["asked"] - asked["answered"] == failing


def test_votes_and_predictions_in_tables(folder: Path, tmp_path: Path) -> None:
    votes = "votes:votes.csv,least=3"
    words = ("--student", "predictions.csv", "--teacher", votes, "--classes", "2")
    done = command(folder, "audit", *words, "--json", "--out", str(tmp_path / "typed"))
    with inside(folder):
        record = pr.audit("predictions.csv", teacher=votes, classes=2)
    assert plain(record.to_dict()) == plain(done.json)
    assert "error_consistency" in record.to_dict()


def test_a_folder_gets_the_files_that_the_command_line_writes(folder: Path, tmp_path: Path) -> None:
    words = ("--student", "m.py:net", "--data", "data.npz", "--teacher", "t.py:teacher")
    more = ("--attack", "noise:size=0.1", "--out", str(tmp_path / "typed"))
    assert command(folder, "audit", *words, *more).code == 0
    with inside(folder):
        pr.audit(
            "m.py:net", "data.npz", "t.py:teacher", "noise:size=0.1",
            out=tmp_path / "called", ledger=tmp_path / "called.db",
        )  # fmt: skip

    def files(where: str) -> set[str]:
        root = tmp_path / where
        return {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()}

    assert files("called") == files("typed")
    assert "report.html" in files("called")
    assert (tmp_path / "called.db").exists()


def test_a_search(folder: Path, tmp_path: Path) -> None:
    words = ("--student", "m.py:half", "--data", "bare.npy", "--teacher", "t.py:teacher")
    done = command(
        folder, "search", *words, "--budget", "60", "--estimate", "3", "--json",
        "--out", str(tmp_path / "typed"),
    )  # fmt: skip
    with inside(folder):
        found = pr.search("m.py:half", "bare.npy", "t.py:teacher", budget=60, estimate=3)
    assert plain(found.to_dict()) == plain(done.json)
    assert found.witnesses


def test_an_explanation(folder: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "typed")
    words = ("--student", "m.py:half", "--teacher", "t.py:teacher")
    data = ("--data", "data.npz", "--attack", "none", "--out", out)
    assert command(folder, "audit", *words, *data).code == 0
    done = command(folder, "explain", out, *words, "--budget", "40", "--json")
    with inside(folder):
        record = pr.audit("m.py:half", "data.npz", "t.py:teacher", "none")
        found = pr.explain(record, "m.py:half", "t.py:teacher", budget=40)
    assert plain(found.to_dict()) == plain(done.json)
    assert done.json["record"] == record.digest


def test_teaching(folder: Path, tmp_path: Path) -> None:
    words = ("--student", "m.py:net", "--data", "labelled.npz", "--teacher", "t.py:teacher")
    more = ("--strategy", "random", "--budget", "questions=10", "--rounds", "1", "--steps", "30")
    rest = ("--items", "20", "--attack", "noise:size=0.1", "--json", "--out", str(tmp_path / "t"))
    done = command(folder, "teach", *words, *more, *rest)
    with inside(folder):
        taught = pr.teach(
            "m.py:net", "labelled.npz", "t.py:teacher", strategy="random", budget=10, rounds=1,
            steps=30, items=20, attacks="noise:size=0.1",
        )  # fmt: skip
    assert done.code == 0, done.err
    assert plain(taught.to_dict()) == plain(done.json)
    first = pr.Record.load(tmp_path / "t" / "after")
    assert taught.after is not None
    assert taught.after.digest == first.digest


def test_side_by_side(folder: Path, tmp_path: Path) -> None:
    with inside(folder):
        records = [
            pr.audit(
                f"m.py:{name}", "data.npz", "t.py:teacher", "noise:size=0.1", out=tmp_path / name
            )
            for name in ("net", "half")
        ]
    done = command(folder, "report", str(tmp_path / "net"), str(tmp_path / "half"), "--json")
    lined = pr.side_by_side(*records, out=tmp_path / "page.html")
    assert plain(lined.to_dict()) == plain(done.json)
    assert (tmp_path / "page.html").exists()
    assert pr.side_by_side([tmp_path / "net", tmp_path / "half"]).ids == lined.ids


def test_objects_in_memory_are_what_the_files_hold(folder: Path) -> None:
    """A module, an array, a function: the record is that of their files, but for names."""
    space: dict[str, Any] = {}
    exec((folder / "m.py").read_text(), space)
    inputs = np.load(folder / "bare.npy")

    def law(points: torch.Tensor) -> torch.Tensor:
        sums = points.sum(1)
        return (sums > 1).long().where((sums - 1).abs() > 0.05, -1)

    with inside(folder):
        typed = pr.audit("m.py:net", "bare.npy", "t.py:teacher", "pgd:eps=0.1")
    called = pr.audit(space["net"], inputs, law, "pgd:eps=0.1")
    assert called.to_dict()["attacks"] == typed.to_dict()["attacks"]
    assert called.to_dict()["least"] == typed.to_dict()["least"]
