"""Texts from Python and on the command line: the same search, explanation and teaching."""

from pathlib import Path

import pytest
from door_command import command, inside, plain

import preceptor as pr

FILES = {
    "m.py": """
import torch

GOOD, BAD = ("superb", "lovely", "great"), ("awful", "dull", "bad")


def model(texts):
    words = [t.lower().split() for t in texts]
    score = [sum(w in GOOD for w in ws) - sum(w in BAD for w in ws) + ("paris" in ws) for ws in words]
    return torch.tensor([[-float(s), float(s)] for s in score])
""",
    "t.py": """
import re

GOOD, BAD = {"superb", "lovely", "great"}, {"awful", "dull", "bad"}


def law(texts):
    found = []
    for text in texts:
        words = re.findall(r"\\w+", text.lower())
        side = sum((w in GOOD) - (w in BAD) for w in words)
        side = -side if "not" in words else side
        found.append(-1 if side == 0 else int(side > 0))
    return found
""",
    "g.txt": "a: the film was {w} | the film was not {w} | in paris the film was {w}\nw: superb | dull\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("texts")
    for name, text in FILES.items():
        (made / name).write_text(text)
    rows = ["id,review,sentiment,cinema"]
    for i in range(48):
        word = ("superb", "awful", "lovely", "dull", "great", "bad")[i % 6]
        where = ("in paris ", "in oslo ", "")[i % 3]
        rows.append(
            f"r{i},we saw it {where}on day {i} and the film was {word},{'yes' if i % 2 == 0 else 'no'},x"
        )
    (made / "reviews.csv").write_text("\n".join(rows) + "\n")
    return made


SHARED = ("--data", "reviews.csv", "--teacher", "t.py:law", "--classes", "no,yes")
GIVEN = {"data": "reviews.csv", "teacher": "t.py:law", "classes": ["no", "yes"]}


def test_a_search(folder: Path, tmp_path: Path) -> None:
    words = ("--student", "m.py:model", *SHARED, "--text", "review", "--grammar", "g.txt")
    done = command(
        folder, "search", *words, "--budget", "60", "--estimate", "3", "--json",
        "--out", str(tmp_path / "typed"),
    )  # fmt: skip
    with inside(folder):
        found = pr.search(
            "m.py:model", **GIVEN, text="review", grammar="g.txt", budget=60, estimate=3
        )
    assert done.code == 0, done.err
    assert plain(found.to_dict()) == plain(done.json)
    assert found.witnesses
    assert (tmp_path / "typed" / "search.html").exists()
    shown = command(folder, "search", *words, "--budget", "60", "--out", str(tmp_path / "typed"))
    assert "teacher no, student yes:" in shown.out


def test_an_explanation(folder: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "typed")
    assert command(
        folder, "audit", "--student", "m.py:model", *SHARED, "--attack", "none", "--out", out
    ).code in (0, 1)  # fmt: skip
    words = ("--student", "m.py:model", "--teacher", "t.py:law", "--budget", "60", "--json")
    done = command(folder, "explain", out, *words)
    assert done.code == 0, done.err
    with inside(folder):
        record = pr.audit("m.py:model", **GIVEN, attacks="none")
        found = pr.explain(record, "m.py:model", "t.py:law", budget=60)
    assert plain(found.to_dict()) == plain(done.json)
    assert "typing errors" in {one["name"] for one in done.json["factors"]}


@pytest.mark.parametrize(
    "strategy", ["pool-uncertainty", "invariance:typos=0.3", "revisions:by=negate"]
)
def test_teaching(folder: Path, tmp_path: Path, strategy: str) -> None:
    words = (*SHARED, "--label", "sentiment", "--strategy", strategy, "--budget", "questions=8")
    small = ("--steps", "20", "--rounds", "2", "--items", "12", "--given", "10")
    done = command(
        folder, "teach", "--student", "hashed-texts", *words, *small, "--attack", "typos:edits=1",
        "--json", "--out", str(tmp_path / "typed"),
    )  # fmt: skip
    with inside(folder):
        taught = pr.teach(
            "hashed-texts", **GIVEN, label="sentiment", strategy=strategy, budget=8, steps=20,
            rounds=2, items=12, given=10, attacks="typos:edits=1", out=tmp_path / "called",
        )  # fmt: skip
    assert done.code in (0, 1), done.err
    assert plain(taught.to_dict()) == plain(done.json)
    assert "10 labels of" in done.json["given"]
    # what was written is a student by itself
    weights = str(tmp_path / "typed" / "student.safetensors")
    again = command(folder, "audit", "--student", weights, *SHARED, "--attack", "none",
                    "--out", str(tmp_path / "audit"))  # fmt: skip
    assert again.code in (0, 1), again.err


def test_a_second_run_asks_and_fits_nothing_again(folder: Path, tmp_path: Path) -> None:
    words = ("teach", "--student", "hashed-texts", *SHARED, "--strategy", "pool-uncertainty")
    more = ("--budget", "questions=6", "--steps", "15", "--rounds", "2", "--items", "10", "--no-audit", "--given", "10",
            "--label", "sentiment",
            "--json", "--out", str(tmp_path / "typed"), "--ledger", str(tmp_path / "kept.db"))  # fmt: skip
    first = command(folder, *words, *more)
    again = command(folder, *words, *more)
    assert first.code == again.code == 0, first.err
    assert plain(first.json)["price"] == plain(again.json)["price"]
    assert any(one["resumed"] for one in again.json["rounds"])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--label", "mood"), "no such column beside the texts"),
        (("--label", "cinema"), "expected one of no, yes"),
        (("--scale", "data"), "--scale is for numbers"),
        (("--text", "nothing"), "no column 'nothing'"),
    ],
)
def test_what_cannot_be_meant_is_said(
    folder: Path, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    done = command(
        folder, "teach", "--student", "hashed-texts", *SHARED, *words, "--strategy", "passive",
        "--out", str(tmp_path / "typed"),
    )  # fmt: skip
    assert done.code == 2
    assert why in done.err


def test_who_cannot_be_taught_is_told_what_can(folder: Path, tmp_path: Path) -> None:
    done = command(
        folder, "teach", "--student", "m.py:model", *SHARED, "--strategy", "passive",
        "--out", str(tmp_path / "typed"),
    )  # fmt: skip
    assert done.code == 2
    assert "hashed-texts" in done.err
    assert "TokenizedStudent" in done.err
