"""What claims and benchmarks on digits share."""

from dataclasses import replace

import pytest
import torch

from preceptor.attacks import NoiseAttack
from preceptor.comparison import Perceptron
from preceptor.core import InputError, generator
from preceptor.lessons import Examples, Invariances, Masks
from preceptor.paper.cutmix_questions import CutMixQuestions
from preceptor.paper.digit_setup import Way, ground, in_a_ball, off_the_data, taught, under_attack
from preceptor.problems import Problem, decoy_digits, digits_rule
from preceptor.strategies import AdamFit, Schedule
from preceptor.students import FunctionStudent
from preceptor.teachers import Rule
from preceptor.transforms import Border, Tolerance
from preceptor.transforms.hypotheses import code_length


@pytest.fixture(scope="module")
def decoys() -> Problem:
    return decoy_digits(seed=3)


def test_given_and_pool_part_the_training_inputs_anew_with_each_seed(decoys: Problem) -> None:
    one, again, other = ground(decoys, 50, 1), ground(decoys, 50, 1), ground(decoys, 50, 2)
    assert torch.equal(one.inputs, again.inputs)
    assert not torch.equal(one.inputs, other.inputs)
    assert len(one.inputs) + len(one.pool) == len(decoys.train_inputs)
    assert torch.equal(one.labels, decoys.teacher(one.inputs).labels)


def test_tutors_tell_on_the_given_inputs(decoys: Problem) -> None:
    at, untaught = ground(decoys, 50, 1), Perceptron((8,))(decoys, 0)
    rng = generator(0, "told")
    masks = at.tutor("masks")(untaught, 5, rng=rng)
    assert isinstance(masks, Masks)
    assert all(any(torch.equal(a, b) for b in at.inputs) for a in masks.inputs)
    assert masks.others is not None
    assert torch.equal(masks.others, at.inputs)
    border = at.tutor("one invariance")(untaught, 1, rng=rng)
    assert isinstance(border, Invariances)
    assert torch.equal(border.inputs, at.inputs)
    assert border.price.bits == code_length(Border(1), at.domain)


def test_tutors_that_cannot_be_moved_are_refused(decoys: Problem) -> None:
    with pytest.raises(InputError, match="'global mask' of decoy-digits"):
        ground(decoys, 50, 1).tutor("global mask")
    with pytest.raises(InputError, match="'masks' of digits-rule"):
        ground(digits_rule(), 50, 1).tutor("masks")


def test_what_is_told_beside_the_labels_is_paid_and_the_labels_are_not(decoys: Problem) -> None:
    at, untaught = ground(decoys, 50, 1), Perceptron((8,))(decoys, 0)
    lesson = at.tutor("one invariance")(untaught, 1, rng=generator(0, "told"))
    student, price = taught(untaught, Way((lesson,)), at, AdamFit(), 3, 0)
    assert (price.questions, price.bits) == (1, code_length(Border(1), at.domain))
    assert student is not untaught
    asks = Way((), CutMixQuestions(at.inputs, at.teacher), Schedule(2, 4, 3))
    assert taught(untaught, asks, at, AdamFit(), 3, 0)[1].questions == 8


def test_a_ball_that_is_assumed_costs_nothing(decoys: Problem) -> None:
    at = ground(decoys, 50, 1)
    assert in_a_ball(at, (), 0.1, "any", declared=False).price.bits == 0
    told = in_a_ball(at, (), 0.1, "any", declared=True)
    assert told.price.bits == code_length(Tolerance(0.1), at.domain)


def test_pasted_questions_are_images_of_the_domain(decoys: Problem) -> None:
    at, untaught = ground(decoys, 50, 1), Perceptron((8,))(decoys, 0)
    lesson = CutMixQuestions(at.inputs, at.teacher)(untaught, (), 12, rng=generator(0, "p"))
    assert isinstance(lesson, Examples)
    assert lesson.inputs.shape == (12, *at.domain.shape)
    assert 0 <= float(lesson.inputs.min()) <= float(lesson.inputs.max()) <= 1
    assert not any(torch.equal(a, b) for a in lesson.inputs for b in at.inputs)


def student_that(says: object) -> FunctionStudent:
    return FunctionStudent(says, classes=10)  # type: ignore[arg-type]


def test_a_student_that_says_what_the_teacher_says_is_never_wrong(decoys: Problem) -> None:
    at = ground(decoys, 50, 1)
    student = student_that(lambda x: at.teacher(x).labels.clamp_min(0))
    rates = off_the_data(student, decoys, 40, 0)
    assert rates["held out"] == rates["seen"] == rates["swatch moved"] == 1.0
    found = under_attack(student, at, (NoiseAttack(0.2),), 40)
    assert found["weak"] == found["weak, worst"] == found["never wrong"] == 1.0


def test_an_item_counts_as_wrong_if_one_attack_finds_an_error() -> None:
    """A teacher that goes by brightness, and is uncertain of white; a student that always says 0."""

    class Brighter:
        name, family, size, goal = "brighter", "brighter", None, "flip"

        def __init__(self, to: float) -> None:
            self.to = to

        def __call__(self, student, inputs, *, domain, rng):  # type: ignore[no-untyped-def]
            return torch.full_like(inputs, self.to)

    plain = digits_rule()

    def says(x: torch.Tensor) -> torch.Tensor:
        bright = x.flatten(1).mean(1)
        return torch.where(bright > 0.95, -1, torch.where(bright > 0.7, 1, 0))

    problem = replace(plain, teacher=Rule(says, name="bright", classes=10))
    at = ground(problem, 50, 1)
    zero = student_that(lambda x: torch.zeros(len(x), dtype=torch.int64))
    dark, middle, light = Brighter(0.0), Brighter(0.8), Brighter(1.0)
    found = under_attack(zero, at, (dark, light), 20)  # type: ignore[arg-type]
    assert (found["weak"], found["weak, worst"], found["never wrong"]) == (1, 1, 1)
    found = under_attack(zero, at, (dark, middle), 20)  # type: ignore[arg-type]
    assert (found["weak"], found["weak, worst"], found["never wrong"]) == (1, 0, 0)
    found = under_attack(zero, at, (light, dark), 20)  # type: ignore[arg-type]
    assert found["void"] == 1
