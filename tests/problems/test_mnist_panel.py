"""MNIST with the panel: laws of strong accuracy, and what its tutors say of it."""

import pytest
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, generator
from preceptor.lessons import Invariances, Lesson
from preceptor.lessons.invariances import changed
from preceptor.problems import Problem, mnist
from preceptor.problems.families import FIVE, HELD_OUT, SEEN
from preceptor.students import TorchStudent
from preceptor.transforms import Rotate
from preceptor.transforms.hypotheses import code_length

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def panel() -> Problem:
    return mnist()


def told(problem: Problem, name: str, n: int = 10) -> Lesson:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    student = TorchStudent(network, classes=10)
    return problem.tutors[name](student, n, rng=generator(0, "tests"))


def test_every_family_is_a_law_whose_draws_are_held_out_digits_changed(panel: Problem) -> None:
    kinds = [*(f"seen: {one.kind}" for one in SEEN), *(f"held out: {one.kind}" for one in HELD_OUT)]
    assert list(panel.probes) == ["clean", *kinds]
    held = {row.numpy().tobytes() for row in panel.source.read(0, len(panel.source))}
    clean = panel.probes["clean"](50, generator(0))
    assert all(row.numpy().tobytes() in held for row in clean)
    for name, law in panel.probes.items():
        drawn = law(200, generator(0, name))
        assert torch.equal(drawn, law(200, generator(0, name)))
        assert not panel.source.domain.outside(drawn).any()
        sure = (panel.teacher(drawn).labels != UNCERTAIN).float().mean()
        assert 0.65 < sure < 1, name


def test_the_five_are_told_at_their_price_and_nothing_that_is_held_out(panel: Problem) -> None:
    lesson = told(panel, "five invariances")
    assert isinstance(lesson, Invariances)
    assert lesson.transforms == FIVE
    each = [code_length(one, panel.source.domain) for one in lesson.transforms]
    assert None not in each
    assert lesson.price.questions == 5
    assert lesson.price.bits == pytest.approx(sum(filter(None, each)))
    assert told(panel, "one invariance").price.bits == each[0]
    kinds = {one.kind for one in HELD_OUT}
    for name in panel.tutors:
        said = told(panel, name)
        assert isinstance(said, Invariances)
        assert not kinds & {one.kind for one in said.transforms}, name


def test_the_five_are_nearly_true_of_the_panel_and_any_turn_is_not(panel: Problem) -> None:
    held = panel.source.read(0, 400)
    before = panel.teacher(held).labels
    sure = before != UNCERTAIN

    def other(moved: Tensor) -> float:
        """Of what stays certain, the share with another label."""
        after = panel.teacher(moved).labels
        both = sure & (after != UNCERTAIN)
        return float((after != before)[both].float().mean())

    nearly = other(changed(held, FIVE, panel.source.domain, generator(0, "five")))
    wrong = other(changed(held, (Rotate(180.0),), panel.source.domain, generator(0, "turn")))
    assert nearly < 0.05
    assert wrong > 0.15
