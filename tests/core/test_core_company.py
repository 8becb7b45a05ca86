"""A student's answer to an input is its own, or it is said that it is not."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from preceptor.core import InputError, in_company
from preceptor.students import FunctionStudent, TorchStudent

INPUTS = torch.rand(40, 3, generator=torch.Generator().manual_seed(0))


def function(f: Callable[[Tensor], Tensor], kind: str = "logits") -> FunctionStudent:
    return FunctionStudent(f, classes=2, kind=kind)  # type: ignore[arg-type]


def normed(**settings: object) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.BatchNorm1d(3, **settings), nn.Linear(3, 2))  # type: ignore[arg-type]


def pair(z: Tensor) -> Tensor:
    return torch.stack([-z, z], 1)


training = normed().train()

DEPENDENT = {
    "batch normalisation without running statistics": TorchStudent(
        normed(track_running_stats=False), classes=2
    ),
    "a module in training mode inside a function": function(lambda x: training(x)),
    "the batch's mean": function(lambda x: pair(x[:, 0] - x[:, 0].mean())),
    "ranks": function(lambda x: (x[:, 0] > x[:, 0].median()).long(), "labels"),
    "the neighbour": function(lambda x: pair(x[:, 0] - x.roll(1, 0)[:, 0])),
    "the place": function(lambda x: pair(torch.arange(len(x)) - 20.5)),
}


@pytest.mark.parametrize("student", DEPENDENT.values(), ids=DEPENDENT.keys())
def test_labels_that_depend_on_the_batch_are_refused_with_the_fix(student: object) -> None:
    with pytest.raises(InputError, match=r"other inputs stand beside them.*net\.eval\(\)"):
        in_company(student, INPUTS).check("s")


def test_asked_alone_such_a_student_is_one_again() -> None:
    student = FunctionStudent(lambda x: pair(x[:, 0] - x.mean()), classes=2, kind="logits", batch=1)
    in_company(student, INPUTS).check("s")


PROPER = {
    "a network": TorchStudent(
        nn.Sequential(nn.Linear(3, 50), nn.ReLU(), nn.Linear(50, 2)), classes=2
    ),
    "half precision": TorchStudent(nn.Linear(3, 2).half(), classes=2),
    "running statistics": TorchStudent(normed(), classes=2),
    "labels": function(lambda x: (x[:, 0] > 0.5).long(), "labels"),
    "broken rows": function(lambda x: pair(torch.where(x[:, 0] > 0.5, torch.nan, x[:, 0]))),
    "level": function(lambda x: pair(x[:, 0] * 0)),
}


@pytest.mark.parametrize("student", PROPER.values(), ids=PROPER.keys())
@pytest.mark.parametrize("many", [1, 2, 3, 40])
def test_rounding_is_no_dependence(student: object, many: int) -> None:
    found = in_company(student, INPUTS[:many])
    found.check("s")
    assert (found.wavering, found.drifting, found.flipped) == (0, 0, 0)


def test_logits_that_drift_while_labels_stay_are_counted() -> None:
    found = in_company(function(lambda x: pair(x[:, 0] + 9 * x[:, 1].max() + 1)), INPUTS)
    found.check("s")
    assert found.drifting > 0
    assert found.flipped == 0


def test_chance_is_not_taken_for_company() -> None:
    torch.manual_seed(0)
    rare = function(lambda x: pair(x[:, 0] + 1 - 9 * (torch.rand(len(x)) < 0.05)))
    found = in_company(rare, INPUTS)
    found.check("s")
    assert found.wavering > 0
