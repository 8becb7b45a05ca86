"""People who name several labels: their own number holds whichever each answer stands for."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import preceptor as pr
from preceptor.calibration import calibrate
from preceptor.core import Answers
from preceptor.outcome import accuracy, judge, worst

THIRDS = 3
X = np.random.default_rng(3).uniform(size=(60, 2)).astype("float32")


def model(points: Tensor) -> Tensor:
    return (points[:, 0] * THIRDS).long().clamp(0, THIRDS - 1)


def stand_in(points: Tensor) -> Tensor:
    return (points.mean(1) * THIRDS).long().clamp(0, THIRDS - 1)


def people(points: Tensor) -> Answers:
    """The third of the first coordinate, and near a border the two beside it."""
    sets = torch.zeros(len(points), THIRDS, dtype=torch.bool)
    for row, value in enumerate((points[:, 0] * THIRDS + 0.15).tolist()):
        third, near = max(0, min(int(value), THIRDS - 1)), round(value)
        both = abs(value - near) < 0.25 and 0 < near < THIRDS
        sets[row, [near - 1, near] if both else [third]] = True
    return Answers.of_sets(sets, torch.zeros(len(points)))


@dataclass
class People:
    name: str = "people"
    version: str = "1"
    classes: int = THIRDS
    deterministic: bool = True
    certainty: str = "Certain away from the borders."

    def __call__(self, inputs: Tensor) -> Answers:
        return people(inputs)


def test_peoples_number_holds_every_resolution(tmp_path: Path) -> None:
    record = pr.audit(
        model, X, stand_in, ["noise:size=0.1", "noise:size=0.2"], out=tmp_path, classes=3,
        progress=False,
    )  # fmt: skip
    found = calibrate([record], People(), budget=10**6, attacks=["all"]).calibration
    rows, said = list(range(len(record.ids))), [record.clean, *record.moved]
    names = ["no attack", *(attack["name"] for attack in record.attacks), "all attacks"]
    for last in (False, True):
        verdicts = []
        for i, one in enumerate(said):
            sets = people(torch.from_numpy(record.inputs(i, rows))).acceptable(THIRDS).long()
            ends = sets.cumsum(1).argmax(1) if last else sets.argmax(1)
            sheet = type(one.sheet)(
                one.sheet.student, ends, torch.ones_like(one.sheet.asked), one.sheet.cost
            )
            verdicts.append(judge(sheet))
        for name, one_ in zip(names, [*verdicts, worst(verdicts[1:])], strict=True):
            rate, true = found.rate(name), accuracy(one_).value
            assert true is not None
            assert rate.low - 1e-9 <= true <= rate.high + 1e-9
    assert found.rate("no attack").low < found.rate("no attack").high
    for name in names:  # a partial answer is no void input
        void = found.rate(name, "void share")
        assert (void.low, void.value, void.high) == pytest.approx((0.0, 0.0, 0.0))


def test_a_stand_in_that_says_sets_is_checked(tmp_path: Path) -> None:
    record = pr.audit(
        model, X, People("copy"), ["noise:size=0.1"], out=tmp_path, classes=3, progress=False
    )
    checked = calibrate([record], People(), budget=40)
    (one,) = checked.calibration.agreements
    clean = one.on("no attack")
    assert clean is not None
    assert clean.hits == clean.certain
    assert checked.heard.sets is not None
