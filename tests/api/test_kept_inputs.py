"""``--keep-inputs``: what stays on disk, what still works, and what then says what it lacks."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import preceptor as pr
from preceptor.audit import Record
from preceptor.core import InputError

ROWS = np.random.default_rng(0).random((30, 2)).astype("float32")


def law(points: Tensor) -> Tensor:
    sums = points.sum(1)
    return (sums > 1).long().where((sums - 1).abs() > 0.05, -1)


def model(points: Tensor) -> Tensor:
    return (points[:, 0] > 0.5).long()


def audited(out: Path, keep: str) -> Record:
    return pr.audit(
        model, ROWS, law, "noise:size=0.1", out=out, keep_inputs=keep, classes=2, progress=False
    )


@pytest.mark.parametrize(
    ("keep", "left"),
    [("all", {"clean.npy", "moved-0.npy"}), ("moved", {"moved-0.npy"}), ("none", set())],
)
def test_so_much_stays_and_no_number_changes(tmp_path: Path, keep: str, left: set[str]) -> None:
    record, whole = audited(tmp_path / "some", keep), audited(tmp_path / "all", "all")
    assert {path.name for path in (tmp_path / "some" / "inputs").iterdir()} == left
    assert (tmp_path / "some" / "report.html").exists()
    assert record.facts == whole.facts
    loaded = Record.load(tmp_path / "some")
    assert loaded.facts == whole.facts
    assert torch.equal(loaded.moved[0].sheet.student, whole.moved[0].sheet.student)


@pytest.mark.parametrize("keep", ["none", "moved"])
def test_what_needs_them_says_how_to_have_them(tmp_path: Path, keep: str) -> None:
    record = audited(tmp_path, keep)
    for needs in (
        lambda: pr.explain(tmp_path, model, law, budget=10),
        lambda: Record.load(tmp_path).inputs(0, [0]),
        lambda: record.inputs(0, [0]),
    ):
        with pytest.raises(InputError, match=r"keep.inputs.*all"):
            needs()  # type: ignore[no-untyped-call]
    if keep == "moved":
        assert record.inputs(1, [0, 1]).shape == (2, 2)


def test_an_audit_again_has_them_again(tmp_path: Path) -> None:
    audited(tmp_path, "none")
    assert len(audited(tmp_path, "all").inputs(0, [0])) == 1


def test_another_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected one of none, moved, all"):
        audited(tmp_path, "some")


def test_while_questions_wait_everything_stays(tmp_path: Path) -> None:
    record = pr.audit(
        model,
        ROWS,
        law,
        "noise:size=0.1",
        out=tmp_path / "audit",
        keep_inputs="none",
        budget=5,
        ledger=tmp_path / "answers.db",  # that of the session knows them already
        classes=2,
        progress=False,
    )
    assert record.facts["questions"]["answered"] == 5
    assert len(record.inputs(1, [0])) == 1
