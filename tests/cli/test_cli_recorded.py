"""Predictions and votes in tables on the command line: one command, no line of glue."""

import csv
import json
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from commands import preceptor

from preceptor.audit import Record, consistency

NAMES = ("cat", "dog", "owl")
N = 60
Row = Sequence[object]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.out)
        return found


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """``preceptor WORDS`` in a folder of its own."""

    def once(*words: str) -> Ran:
        done = preceptor(tmp_path, *words, columns=200)
        return Ran(done.returncode, done.stdout, done.stderr)

    return once


def table(path: Path, header: str, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def labels(share: float, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(0).integers(0, 3, N)
    return [int(t if rng.random() < share else rng.integers(0, 3)) for t in truth]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Seven people, uneven; predictions of three; known labels; a condition of each item."""
    votes: list[Row] = []
    for k in range(7):
        for i, label in enumerate(labels(0.85, 10 + k)):
            if (i + k) % 4 or i == 0:
                votes.append((f"img {i}", f"p{k}", NAMES[label], "noise" if i % 2 else "colour", k))
    table(tmp_path / "votes.csv", "item,annotator,label,condition,session", votes)
    for name, share in (("net", 0.8), ("other", 0.7)):
        rows = [(f"img {i}", NAMES[label]) for i, label in enumerate(labels(share, len(name)))]
        table(tmp_path / f"{name}.csv", "item,label", rows)
    truth = [(f"img {i}", NAMES[label]) for i, label in enumerate(labels(1, 0))]
    table(tmp_path / "truth.csv", "item,label", truth)
    return tmp_path


CLASSES = ("--classes", ",".join(NAMES))
VOTED = ("--teacher", "votes:votes.csv,least=4,share=3/5", *CLASSES)


def test_two_tables_and_one_command(run: Run, files: Path) -> None:
    ran = run("audit", "--student", "net.csv", *VOTED, "--out", "a", "--json", "--by", "condition")
    assert ran.code == 0, ran.err
    told = ran.json
    record = Record.load(files / "a")
    found = consistency(["net"], [record])
    assert found is not None
    assert told["error_consistency"] == json.loads(json.dumps(found.describe()))
    assert told["clean"]["items"] == N  # type: ignore[index]
    assert [one["value"] for one in told["by"]["condition"]] == ["colour", "noise"]  # type: ignore[index]
    page = (files / "a/report.html").read_text()
    for words in ("Do they err on the same inputs?", "Group by group", "the 7 people of votes"):
        assert words in page
    assert "of which only the ids are known" in page
    again = run("audit", "--student", "net.csv", *VOTED, "--out", "a")
    assert "60 of them answered already" in again.err
    assert "beside the 7 people of votes" in again.out
    for words in ("false alarms:", "moved"):
        assert words not in again.out, "nothing was attacked"
    assert "was asked at the moved input" not in page


def test_several_students_and_known_labels(run: Run, files: Path) -> None:
    words = ("--teacher", "truth:truth.csv", "--people", "votes.csv", *CLASSES)
    both = ("--student", "net.csv", "--student", "other.csv")
    ran = run("audit", *both, *words, "--out", "all", "--by", "condition", "--json")
    assert ran.code == 0, ran.err
    told = ran.json
    assert [one["name"] for one in told["students"]] == ["net", "other"]  # type: ignore[attr-defined]
    found = told["error_consistency"]
    assert found["students"][0]["items"] == N  # type: ignore[index]
    assert not found["people"]["person_left_out"]  # type: ignore[index]
    assert set(told["by"]["condition"]) == {"net", "other"}  # type: ignore[index]
    assert (files / "all/side-by-side.html").exists()
    assert (files / "all/net/report.html").exists()
    later = run("report", "all/net", "all/other", "--json", "--out", "later.html")
    assert later.json["error_consistency"] == found


def test_many_students_on_one_page(run: Run, files: Path) -> None:
    words: list[str] = []
    for k in range(8):
        rows = [(f"img {i}", NAMES[label]) for i, label in enumerate(labels(0.5 + k / 20, 50 + k))]
        table(files / f"s{k}.csv", "item,label", rows)
        words += ["--student", f"s{k}.csv"]
    ran = run("audit", *words, *VOTED, "--out", "many")
    assert ran.code == 0, ran.err
    page = (files / "many/side-by-side.html").read_text()
    assert page.count('class="forest"') == 7, "the best one beside each other"
    assert all(f"s{k}" in page for k in range(8))


def test_the_rule_is_set_and_named(run: Run, files: Path) -> None:
    few = run("audit", "--student", "net.csv", "--teacher", "votes:votes.csv,least=7", *CLASSES)
    assert few.code == 3
    assert "of at least 7, the rule's least" in few.err
    assert "votes:FILE.csv[,INPUTS.npz][,least=5]" in few.err
    one = run("audit", "--student", "net.csv", "--teacher", "votes:votes.csv,unanimous", *CLASSES)
    certainty = Record.load(files / "audit").facts["teacher"]["certainty"]
    assert (one.code, "all say the same label" in certainty) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--teacher", "votes:votes.csv,lest=3"), "did you mean 'least'"),
        (("--teacher", "votes:votes.csv,least=x"), "whole number; got 'x'"),
        (("--teacher", "votes:votes.csv,least=1.5"), "whole number"),
        (("--teacher", "votes:votes.csv,share=2"), "0 < share <= 1"),
        (("--teacher", "votes:"), "expected one file, or two; write for example votes:"),
        (("--teacher", "truth:truth.csv,least=3"), "known labels have no rule"),
        (("--teacher", "votes:absent.csv"), "no file at absent.csv"),
        ((), "no file.*|only the ids"),
        (("--teacher", "votes:votes.csv", "--attack", "noise:size=0.1"), "nothing of moved inputs"),
        (("--teacher", "votes:votes.csv", "--moved", "votes.csv"), "nothing of moved inputs"),
        (("--teacher", "votes:votes.csv", "--by", "conditon"), "did you mean 'condition'"),
        (("--teacher", "votes:votes.csv", "--by", "session"), "no column 'session'"),
        (("--teacher", "votes:votes.csv", "--people", "counts.csv"), "does not say whose"),
        (
            ("--teacher", "votes:votes.csv", "--student", "model.py:net"),
            "another student is a model",
        ),
        (("--teacher", "human:ann"), "--data"),
        (("--teacher", "votes:votes.csv", "--items", "61"), "there are predictions of 60 items"),
        (("--teacher", "votes:votes.csv", "--student", "short.csv"), "only in one of net.csv"),
    ],
)
def test_what_does_not_go_together(
    run: Run, files: Path, words: tuple[str, ...], said: str
) -> None:
    (files / "model.py").write_text("net = None\n")
    table(files / "counts.csv", "item,cat,dog,owl", [("img 0", 1, 2, 3)])
    table(files / "short.csv", "item,label", [("img 0", "cat")])
    ran = run("audit", "--student", "net.csv", *CLASSES, *words)
    assert ran.code == 2
    assert any(part in ran.err for part in said.split("|")), ran.err
    assert not (files / "audit/record.json").exists()


def test_items_with_votes_and_no_prediction_are_named(run: Run, files: Path) -> None:
    rows = [(f"img {i}", NAMES[label]) for i, label in enumerate(labels(0.8, 3))][:50]
    table(files / "part.csv", "item,label", rows)
    ran = run("audit", "--student", "part.csv", *VOTED)
    assert ran.code == 0
    assert "10 of the 60 items with votes have no prediction in part.csv" in ran.err
    assert Record.load(files / "audit").facts["findings"][0]["level"] == "warning"


def test_classes_are_asked_for(run: Run, files: Path) -> None:
    ran = run("audit", "--student", "net.csv", "--teacher", "votes:votes.csv")
    assert ran.code == 2
    assert "give --classes" in ran.err


def test_tables_beside_inputs(run: Run, files: Path) -> None:
    """With the inputs there, a person can look at the examples; the numbers are the same."""
    inputs = np.random.default_rng(0).random((N, 4)).astype(np.float32)
    np.savez(
        files / "data.npz",
        inputs=inputs,
        ids=[f"img {i}" for i in range(N)],
        source=["web" if i < 20 else "lab" for i in range(N)],
        other=np.zeros(3),
    )
    bare = run("audit", "--student", "net.csv", *VOTED, "--out", "bare", "--json").json
    ran = run(
        *("audit", "--student", "net.csv", *VOTED, "--data", "data.npz", "--out", "full"),
        *("--json", "--by", "source"),
    )
    assert ran.code == 0, ran.err
    assert ran.json["clean"] == bare["clean"]
    assert ran.json["error_consistency"] == bare["error_consistency"]
    assert [one["items"] for one in ran.json["by"]["source"]] == [20, 40]  # type: ignore[index]
    assert list(Record.load(files / "full").columns) == ["source"]


def test_a_sample_of_the_predictions(run: Run, files: Path) -> None:
    ran = run("audit", "--student", "net.csv", *VOTED, "--items", "30", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["clean"]["items"] == 30  # type: ignore[index]
    assert len(set(Record.load(files / "audit").ids)) == 30


MODEL = """
def first(rows):
    return (rows[:, 0] > 0.5).long()
"""


def test_a_model_without_an_attack(run: Run, files: Path) -> None:
    (files / "model.py").write_text(MODEL)
    inputs = np.random.default_rng(0).random((40, 4)).astype(np.float32)
    np.savez(files / "d.npz", inputs=inputs)
    table(files / "t.csv", "item,label", [(i, int(x[0] > 0.4)) for i, x in enumerate(inputs)])
    words = ("audit", "--student", "model.py:first", "--data", "d.npz", "--classes", "2")
    ran = run(*words, "--teacher", "truth:t.csv", "--attack", "none", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["attacks"] == []
    wrong = sum(bool(0.4 < x[0] <= 0.5) for x in inputs)
    assert ran.json["clean"]["verdicts"]["ERROR"] == wrong  # type: ignore[index]
    gate = run(*words, "--teacher", "truth:t.csv", "--attack", "none", "--fail-under", "0.99")
    assert gate.code == 1
    both = run(*words, "--teacher", "truth:t.csv", "--attack", "none", "--attack", "rotate")
    assert (both.code, "stands alone" in both.err) == (2, True)
    absent = run("audit", "--student", "model.py:first", "--teacher", "truth:t.csv")
    assert (absent.code, "no --data given" in absent.err) == (2, True)


def test_votes_about_the_data_need_no_second_file(run: Run, files: Path) -> None:
    (files / "model.py").write_text(MODEL)
    inputs = np.random.default_rng(0).random((30, 4)).astype(np.float32)
    np.savez(files / "d.npz", inputs=inputs, ids=np.array([f"x{i}".encode() for i in range(30)]))
    rows: list[Row] = [
        (f"x{i}", who, int(x[0] > 0.5))
        for i, x in enumerate(inputs)
        for who in "abcde"[: 3 + i % 3]
    ]
    table(files / "v.csv", "item,annotator,label", rows)
    words = ("audit", "--student", "model.py:first", "--data", "d.npz", "--classes", "2")
    ran = run(*words, "--teacher", "votes:v.csv,least=3", "--attack", "none", "--json")
    assert ran.code == 0, ran.err
    relative = ran.json["clean"]["teacher_relative_accuracy"]  # type: ignore[index]
    assert (relative["hits"], relative["certain"]) == (30, 30)
    some = run(*words, "--teacher", "votes:v.csv,least=3", "--attack", "none", "--items", "10")
    assert some.code == 0, some.err
    assert "10 of them answered already" in some.err, "the teacher is the same whatever the sample"


def test_exports_name_items_and_labels(run: Run, files: Path) -> None:
    run("audit", "--student", "net.csv", *VOTED)
    ran = run("ledger", "export", "preceptor.db", "out.csv", "--data", "votes.csv", *CLASSES)
    assert ran.code == 0, ran.err
    with (files / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["item"] for row in rows) == sorted(f"img {i}" for i in range(N))
    for row in rows:
        name = "can't tell" if row["label"] == "-1" else NAMES[int(row["label"])]
        assert row["class"] == name
    few = run("ledger", "export", "preceptor.db", "out.csv", "--classes", "cat")
    assert (few.code, "give one for each" in few.err) == (2, True)


def test_the_how_to_page_runs_as_it_stands(run: Run, tmp_path: Path) -> None:
    """The tables and the commands of the page, and nothing else but the two tables it leaves out."""
    page = (Path(__file__).parents[2] / "docs/how-to/votes.md").read_text()
    blocks = re.findall(r"^```\n(.*?)^```", page, re.M | re.S)
    tables = [block for block in blocks if block.startswith("item,")]
    commands_ = [b.replace("\\\n", " ") for b in blocks if b.startswith("preceptor ")]
    assert (len(tables), len(commands_)) == (2, 3)
    (tmp_path / "predictions.csv").write_text(tables[0])
    (tmp_path / "votes.csv").write_text(tables[1])
    (tmp_path / "other.csv").write_text("item,cat,dog,owl\nimg1,1,0,0\nimg2,.2,.5,.3\nimg3,1,0,0\n")
    (tmp_path / "truth.csv").write_text("item,label\nimg1,cat\nimg2,dog\nimg3,owl\n")
    for block in commands_:
        words = shlex.split(block)
        ran = run(*words[1:])
        assert ran.code == 0, ran.err
        assert "error consistency" in ran.out
    assert "by condition" in run(*shlex.split(commands_[0])[1:]).out
    assert (tmp_path / "run/report.html").exists()
    assert (tmp_path / "all/side-by-side.html").exists()
