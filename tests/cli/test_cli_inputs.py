"""Files as users have them, read by the command line as what they are."""

import json
import os
import subprocess
from pathlib import Path

import commands
import numpy as np
import pytest

STUDENT = """
import numpy as np, torch
from preceptor.teachers import Rule

def first(x: np.ndarray):
    return (x[:, 0] > 0.5).astype(int)

def words(x: np.ndarray):
    return np.where(x[:, 0] > 0.5, "dog", "cat")

def probability(x):
    return torch.sigmoid(40 * (x[:, :1] - 0.5))

def strict(x):
    if float(x.max()) <= 1:
        raise ValueError("pixels from 0 to 255 expected")
    return torch.stack([128 - x[:, 0], x[:, 0] - 128], 1)

def mean(x):
    return torch.stack([x.mean() - x[:, 0], x[:, 0] - x.mean()], 1)

law = Rule(lambda x: (x[:, 0] > 0.5).long(), name="law", classes=2)
bright = Rule(lambda x: (x[:, 0] > 128).long(), name="bright", classes=2)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.py").write_text(STUDENT)
    clean = np.random.default_rng(0).random((20, 2))
    np.save(tmp_path / "clean.npy", clean)
    np.savez(tmp_path / "named.npz", inputs=clean, ids=[f"i{n}" for n in range(20)])
    return tmp_path


def audit(folder: Path, *words: str, student: str = "m.py:first", data: str = "clean.npy"):
    return commands.preceptor(
        folder, "audit", "--student", student, "--data", data, "--teacher", "m.py:law", "--json",
        *words, columns=200,
    )  # fmt: skip


def rates(done: subprocess.CompletedProcess[str]) -> list[float]:
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return [one["conventional_accuracy"]["value"] for one in (found["clean"], *found["attacks"])]


NOISE = ("--attack", "noise:size=0.001,tries=1")


@pytest.mark.parametrize(
    ("sample", "moved", "extra"),
    [
        ("", "whole.npy", ()),
        ("10", "whole.npy", ()),
        ("", "turned.npz", ()),
        ("10", "turned.npz", ()),
        ("10", "some=1/m.npy", ()),
        ("10", "other=turned.npz", ()),
    ],
)
def test_moved_inputs_find_their_items(folder: Path, sample: str, moved: str, extra: tuple) -> None:
    """They are the clean ones, so nothing is moved and nothing is wrong, however it is paired."""
    clean = np.load(folder / "clean.npy")
    np.save(folder / "whole.npy", clean)
    (folder / "some=1").mkdir()
    np.save(folder / "some=1/m.npy", clean)
    np.savez(folder / "turned.npz", inputs=clean[::-1], ids=[f"i{n}" for n in range(20)][::-1])
    words = ("--items", sample) if sample else ()
    done = audit(folder, "--moved", moved, *words, data="named.npz")
    assert rates(done) == [1.0, 1.0]
    assert "moved none of the" in (folder / "audit/record.json").read_text()


@pytest.mark.parametrize(
    ("rows", "ids", "data", "words"),
    [
        (
            10,
            None,
            "clean.npy",
            "10 moved inputs without ids, and the data 20 items, of which --items",
        ),
        (10, None, "named.npz", "'ids' in the .npz files of both"),
        (10, [f"i{n}" for n in range(10)], "named.npz", "none for"),
        (20, [f"{n}" for n in range(1, 21)], "clean.npy", "has ids and the data have none"),
        (20, ["i0"] * 20, "named.npz", "'i0' stands 20 times"),
    ],
)
def test_moved_inputs_that_fit_no_item_are_refused(
    folder: Path, rows: int, ids: list[str] | None, data: str, words: str
) -> None:
    clean = np.load(folder / "clean.npy")[:rows]
    np.savez(folder / "m.npz", inputs=clean, **({} if ids is None else {"ids": ids}))
    done = audit(folder, "--items", "10", "--moved", "m.npz", data=data)
    assert done.returncode == 2
    assert words in done.stderr


def test_ids_beyond_the_items_are_left_out_and_told(folder: Path) -> None:
    clean = np.load(folder / "clean.npy")
    ids = [f"i{n}" for n in range(20)] + ["other"]
    np.savez(folder / "m.npz", inputs=np.concatenate([clean, clean[:1]]), ids=ids)
    done = audit(folder, "--moved", "m.npz", data="named.npz")
    assert rates(done) == [1.0, 1.0]
    assert "1 are left out" in done.stderr


def test_seconds_since_1970_are_refused_for_data_and_for_moved_inputs(folder: Path) -> None:
    clean = np.load(folder / "clean.npy")
    late = clean.copy()
    late[:, 0] = 1_700_000_000 + np.arange(20)
    np.save(folder / "late.npy", late)
    for words in (("--data", "late.npy"), ("--moved", "late.npy")):
        done = audit(folder, *words)
        assert done.returncode == 2
        assert "late.npy: column 0 holds whole numbers from 1700000000" in done.stderr


def test_hints_can_be_followed(folder: Path) -> None:
    for student, hint in (("m.py:words", "labels=cat/dog"), ("m.py:probability", "kind=logits")):
        done = audit(folder, *NOISE, student=student)
        assert done.returncode == 2
        assert f"{student}:{hint}" in done.stderr
    for student in ("m.py:words:labels=cat/dog", "m.py:probability:kind=probabilities"):
        assert rates(audit(folder, *NOISE, student=student))[0] == 1.0
    named = audit(folder, *NOISE, "--classes", "cat,dog", student="m.py:words")
    assert rates(named)[0] == 1.0


def test_the_students_of_pixels_are_tried_on_pixels(folder: Path) -> None:
    np.save(folder / "px.npy", (np.load(folder / "clean.npy") * 255).astype(np.uint8))
    done = audit(
        folder,
        "--teacher",
        "m.py:bright",
        "--attack",
        "noise:size=1",
        data="px.npy",
        student="m.py:strict",
    )
    assert rates(done)[0] == 1.0


def test_a_student_that_looks_at_the_whole_batch_is_refused(folder: Path) -> None:
    done = audit(folder, *NOISE, student="m.py:mean")
    assert done.returncode == 2
    assert "when other inputs stand beside them in the batch" in done.stderr
    assert ":batch=1" in done.stderr


@pytest.mark.parametrize("classes", ["cat,cat", "cat,,dog", "cat,"])
def test_class_names_that_are_none(folder: Path, classes: str) -> None:
    done = audit(folder, *NOISE, "--classes", classes)
    assert done.returncode == 2
    assert "each label's name once" in done.stderr


@pytest.mark.parametrize(("locale", "encoding"), [("C", "ascii"), ("C.UTF-8", "utf-8")])
def test_names_beyond_ascii_in_any_locale(folder: Path, locale: str, encoding: str) -> None:
    env = {
        **os.environ,
        "LC_ALL": locale,
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": encoding,
        "OMP_NUM_THREADS": "1",
    }
    words = ("--student", "m.py:first", "--data", "clean.npy", "--teacher", "m.py:law")
    done = subprocess.run(
        [*commands.PROGRAM, "audit", *words, *NOISE, "--classes", "Kätzchen,Hund"],
        cwd=folder, env=env, capture_output=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Kätzchen" in (folder / "audit/report.html").read_text(encoding="utf-8")


def test_class_names_that_are_no_text(folder: Path) -> None:
    words = (b"--student", b"m.py:first", b"--data", b"clean.npy", b"--teacher", b"m.py:law")
    done = subprocess.run(
        [*commands.PROGRAM, "audit", *words, *NOISE, b"--classes", b"a\xff,b"],
        cwd=folder, capture_output=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"no UTF-8 text" in done.stderr
    assert b"Traceback" not in done.stderr
