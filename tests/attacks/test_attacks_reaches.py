"""A cascade that keeps a member from items that are far from a flip."""

from dataclasses import dataclass, field
from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn

from preceptor.attacks.standard import REACHES, Cascade, Standard
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.students import TorchStudent

DOMAIN = Domain((1,))


class Line(nn.Module):
    """One coordinate to two logits."""

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.cat([1 - 2 * inputs, 2 * inputs - 1], 1)


STUDENT = TorchStudent(Line(), classes=2)
"""Its log-odds against 0 are ``4 x - 2``, in the one coordinate."""


@dataclass
class Shift:
    """Adds a number; writes down which items it got."""

    by: float
    name: str
    got: list[list[float]] = field(default_factory=list)
    goal: ClassVar[Goal] = "flip"
    family: ClassVar[str] = "shift"
    size: ClassVar[float | None] = None

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        self.got.append([round(value, 3) for value in inputs[:, 0].tolist()])
        return inputs + self.by


def moved(reach: float | None, values: list[float]) -> tuple[Tensor, Shift]:
    first, second = Shift(0.1, "first"), Shift(0.4, "second")
    inputs = torch.tensor(values)[:, None]
    rng = ItemRng.named(0, "x", [str(i) for i in range(len(values))])
    cascade = Cascade((first, second), reaches=(None, reach))
    return cascade(STUDENT, inputs, domain=DOMAIN, rng=rng), second


def test_only_items_near_a_flip_go_on() -> None:
    """The first gains 0.1 for all; left are 0.05, 0.1 and 0.3, and one is flipped already."""
    values = [0.35, 0.3, 0.1, 0.45]
    _, every = moved(None, values)
    assert every.got == [[0.35, 0.3, 0.1]]
    ends, some = moved(0.9, values)
    assert some.got == [[0.35]]
    assert ends[:, 0].tolist() == pytest.approx([0.75, 0.4, 0.2, 0.55])
    _, most = moved(1.5, values)
    assert most.got == [[0.35, 0.3]]
    _, nobody = moved(0.1, values)
    assert nobody.got == []


def test_an_item_is_judged_alone() -> None:
    whole, _ = moved(0.9, [0.35, 0.3, 0.1, 0.45])
    for i, value in enumerate([0.35, 0.3, 0.1, 0.45]):
        assert torch.equal(moved(0.9, [value])[0][0], whole[i])


def test_one_reach_for_each_attack() -> None:
    with pytest.raises(InputError, match="2 attacks and 1 reaches"):
        Cascade((Shift(0.1, "a"), Shift(0.1, "b")), reaches=(None,))


def test_the_full_suite_tries_everything_first_and_last_on_all() -> None:
    suite = Standard(0.1).members(STUDENT)
    assert suite.reaches == REACHES
    assert suite.reaches[0] is None
    assert suite.reaches[-1] is None
    assert Standard(0.1, "l2").members(STUDENT).reaches == ()
    assert Standard(0.1, effort="quick").members(STUDENT).reaches == ()
