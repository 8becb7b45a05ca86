"""What a student makes of a lesson beyond what it was told, and in what order changes are made."""

import numpy as np
import pytest
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Domain, InputError
from preceptor.lessons import Invariances, Masks, Pairs
from preceptor.lessons.invariances import changed
from preceptor.transforms import Border, Rotate, Shift, Tolerance
from tests.lessons.lesson_table import BOX, MASK, D, draws, learner, truth

PICTURES = Domain((1, 12, 12))


class Heard:
    """A student that remembers what it was asked."""

    def __init__(self, domain: Domain) -> None:
        self.inner = learner(domain.shape)
        self.asked: list[Tensor] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def __call__(self, inputs: Tensor) -> Tensor:
        self.asked.append(inputs.detach().clone())
        return self.inner(inputs)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def framed(n: int) -> Tensor:
    """Pictures with a border of their own brightness around a bright middle."""
    pictures = torch.linspace(0.1, 0.5, n)[:, None, None, None].repeat(1, 1, 12, 12)
    pictures[:, :, 4:8, 4:8] = 1.0
    return pictures


def test_borders_come_last_and_from_pictures_to_which_nothing_was_done():
    pictures, border = framed(16), Border(2)
    moved = changed(pictures, (border, Rotate(40.0), Shift(0.3)), PICTURES, rng())
    edge = moved[:, border.region(PICTURES)]
    assert torch.equal(edge, edge[:, :1].expand_as(edge))  # whole, not turned
    assert set(edge[:, 0].tolist()) <= set(pictures[:, 0, 0, 0].tolist())
    assert len(set(edge[:, 0].tolist())) > 3
    assert not torch.equal(moved[:, :, 2:-2, 2:-2], pictures[:, :, 2:-2, 2:-2])


def test_a_share_of_the_inputs_is_left_alone_and_one_change_alone_is_done_to_all():
    pictures = framed(200)
    some = changed(pictures, (Rotate(40.0),), PICTURES, rng(), share=0.5)
    same = (some == pictures).flatten(1).all(1)
    assert 60 < int(same.sum()) < 140
    student = Heard(PICTURES)
    lesson = Invariances(pictures, PICTURES, (Rotate(40.0),), torch.zeros(200).long(), batch=200)
    lesson.loss(student, rng())  # type: ignore[arg-type]
    assert int((student.asked[-1] == pictures).flatten(1).all(1).sum()) < 5


@pytest.mark.parametrize("share", [0.0, 1.5, -1.0])
def test_a_share_is_above_0_and_at_most_1(share: float):
    with pytest.raises(InputError, match="share"):
        Invariances(framed(2), PICTURES, (Shift(),), torch.zeros(2).long(), share=share)


def test_a_radius_by_item_differs_from_item_to_item_and_keeps_to_the_tolerance():
    inputs = torch.full((60, D), 0.0)
    student = Heard(BOX)
    lesson = Invariances(
        inputs, BOX, (Tolerance(0.1),), torch.zeros(60).long(), search="worst", radius="any"
    )
    lesson.loss(student, rng())  # type: ignore[arg-type]
    sizes = student.asked[-1].abs().amax(1)
    assert float(sizes.max()) <= 0.2 + 1e-6  # a tenth of a range of 2
    assert float(sizes.max() - sizes.min()) > 0.1


def test_masks_are_carried_over_to_what_lies_outside_all_of_them():
    masks = torch.zeros(2, D, dtype=torch.bool)
    masks[0, 0], masks[1, 1] = True, True
    others = draws(seed=7)
    lesson = Masks(draws(n=2), masks, BOX, "resample", others=others, other_labels=truth(others))
    assert lesson.outside.tolist() == [False, False, *[True] * (D - 2)]
    student = Heard(BOX)
    lesson.loss(student, rng())  # type: ignore[arg-type]
    there = student.asked[-1]
    assert torch.equal(there[:, :2], others[:, :2])
    for feature in range(2, D):  # from another of the others, not from anywhere
        assert set(there[:, feature].tolist()) <= set(others[:, feature].tolist())
    assert not torch.equal(there[:, 2:], others[:, 2:])


def test_harmless_is_what_changed_without_effect_and_nothing_that_also_had_one():
    first = torch.zeros(4, D)
    second = first.clone()
    second[0, 0] = 0.5  # another label
    second[1, 0] = second[1, 1] = 0.25  # the same label
    second[2, 2] = -0.75  # the same label
    second[3, 3] = 1.0  # uncertain at both ends: nothing is known of it
    before = torch.tensor([0, 1, 0, UNCERTAIN])
    after = torch.tensor([1, 1, 0, UNCERTAIN])
    others = draws(seed=3)
    lesson = Pairs(first, second, before, after, 2, others=others)
    assert lesson.idle.tolist() == [False, True, True, False]
    assert lesson.harmless.tolist() == [0.0, 0.25, 0.75, 0.0, 0.0, 0.0]
    student = Heard(BOX)
    lesson.loss(student, rng())  # type: ignore[arg-type]
    there, reach = student.asked[-1], (student.asked[-1] - others).abs().amax(0)
    assert torch.equal(there[:, [0, 3, 4, 5]], others[:, [0, 3, 4, 5]])
    assert 0 < float(reach[1]) <= 0.25 + 1e-6
    assert 0.25 < float(reach[2]) <= 0.75 + 1e-6


def test_pairs_of_which_none_is_idle_carry_nothing_over():
    inputs = draws()
    other = inputs.clone()
    other[:, 0] *= -1
    plain = Pairs(inputs, other, truth(inputs), truth(other), 2)
    carried = Pairs(inputs, other, truth(inputs), truth(other), 2, others=draws(seed=1))
    student = learner()
    said = [one.loss(student, rng()).detach() for one in (plain, carried)]
    assert float(said[0]) == float(said[1])


def test_others_that_make_no_sense_are_refused():
    inputs, masks = draws(), MASK.expand(len(draws()), D).clone()
    with pytest.raises(InputError, match="not given"):
        Masks(inputs, masks, BOX, other_labels=truth(inputs))
    with pytest.raises(InputError, match="no inputs"):
        Masks(inputs, masks, BOX, others=inputs[:0])
    with pytest.raises(InputError, match="not given"):
        Pairs(inputs, inputs, truth(inputs), truth(inputs), 2, other_labels=truth(inputs))
