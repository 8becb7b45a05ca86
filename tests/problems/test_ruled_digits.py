"""The rule on the shape of ink: what it sees, what it says of what is no digit, what it can tell."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, generator
from preceptor.lessons import Examples, Pairs, Program
from preceptor.lessons.invariances import changed
from preceptor.problems import Problem, digits_rule, mnist_rule
from preceptor.problems.families import FIVE, HELD_OUT
from preceptor.problems.prototypes import SIDE, normal_form
from preceptor.students import TorchStudent
from preceptor.transforms import Brightness, Rotate, Shift

torch.set_num_threads(1)


@pytest.fixture(scope="module", params=["digits-rule", "mnist-rule"])
def ruled(request: pytest.FixtureRequest) -> Problem:
    return {"digits-rule": digits_rule, "mnist-rule": mnist_rule}[request.param]()


@pytest.fixture(scope="module")
def student(ruled: Problem) -> TorchStudent:
    size = ruled.train_inputs[0].numel()
    return TorchStudent(
        torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(size, 10)), classes=10
    )


def held(problem: Problem, n: int = 300) -> Tensor:
    return problem.source.read(0, n)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1, 0.2, 0.3, 0.5])
def test_it_is_never_certain_of_dots(ruled: Problem, share: float) -> None:
    noise = torch.rand(2000, *ruled.source.domain.shape, generator=torch.Generator().manual_seed(1))
    said = ruled.teacher((noise < share).float()).labels
    assert (said != UNCERTAIN).sum() <= 2  # of 2,000


def test_it_is_never_certain_of_blank_noisy_or_inverted_pictures(ruled: Problem) -> None:
    shape = ruled.source.domain.shape
    rng = torch.Generator().manual_seed(2)
    flat = torch.stack([torch.full(shape, value) for value in (0.0, 0.3, 0.5, 1.0)])
    for what in (
        flat,
        torch.rand(2000, *shape, generator=rng),
        (0.5 + 0.25 * torch.randn(2000, *shape, generator=rng)).clamp(0, 1),
        1 - held(ruled, 497),
    ):
        assert (ruled.teacher(what).labels == UNCERTAIN).all()


def test_it_does_not_mind_how_light_the_ink_is(ruled: Problem) -> None:
    inputs = held(ruled)
    before = ruled.teacher(inputs).labels
    for pale in (inputs * 0.6, inputs * 0.5 + 0.4):
        assert (ruled.teacher(pale).labels == before).float().mean() > 0.985


def test_it_does_not_mind_where_the_digit_stands(ruled: Problem) -> None:
    """Whole pixels, room permitting: the same picture elsewhere is the same question to it."""
    inputs = held(ruled)
    room = inputs[:, :, :, -1].sum((1, 2)) == 0
    moved = F.pad(inputs[room], (1, -1, 0, 0))
    assert room.sum() > 30
    same = ruled.teacher(moved).labels == ruled.teacher(inputs[room]).labels
    assert same.float().mean() > 0.95


def test_what_it_declares_seldom_changes_its_mind_and_a_false_declaration_does(
    ruled: Problem,
) -> None:
    inputs = held(ruled)
    before = ruled.teacher(inputs).labels

    def turned(*transforms: object) -> float:
        moved = changed(inputs, transforms, ruled.source.domain, generator(0, "tests"))
        after = ruled.teacher(moved).labels
        both = (before != UNCERTAIN) & (after != UNCERTAIN)
        assert both.sum() > 30
        return float((before != after)[both].float().mean())

    assert turned(*ruled.tutors["five invariances"].transforms) < 0.05
    assert turned(Brightness()) < 0.01
    assert turned(Shift()) < 0.02
    assert turned(Rotate(180.0)) > 0.15
    told = ruled.tutors["wrong: any turn"].transforms
    assert told == (Rotate(180.0),)


def test_what_is_held_out_is_told_nowhere(ruled: Problem) -> None:
    kinds = {one.kind for one in HELD_OUT}
    for tutor in ruled.tutors.values():
        assert not kinds & {one.kind for one in getattr(tutor, "transforms", ())}


def test_small_changes_off_the_mask_change_nothing(ruled, student):
    """And on the mask they do more: the same change, of as many pixels."""
    lesson = ruled.tutors["masks"](student, 300, rng=generator(0, "tests"))
    inputs, matters = lesson.inputs, lesson.masks
    assert 0.05 < matters.float().mean() < 0.95
    before = ruled.teacher(inputs).labels
    signs = torch.randint(0, 2, inputs.shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    changes = {}
    for where, mask in (("off", ~matters), ("on", matters)):
        moved = (inputs + 0.08 * signs * mask).clamp(0, 1)
        changes[where] = float((ruled.teacher(moved).labels != before).float().mean())
    assert changes["off"] < 0.02
    assert changes["on"] > 2 * changes["off"]


def test_pairs_end_where_the_teacher_says_another_digit(
    ruled: Problem, student: TorchStudent
) -> None:
    lesson = ruled.tutors["pairs"](student, 100, rng=generator(0, "tests"))
    assert isinstance(lesson, Pairs)
    assert torch.equal(ruled.teacher(lesson.first).labels, lesson.first_labels)
    assert torch.equal(ruled.teacher(lesson.second).labels, lesson.second_labels)
    assert (lesson.second_labels != UNCERTAIN).all()
    assert (lesson.second_labels != lesson.first_labels).all()
    changed_pixels = (lesson.first != lesson.second).flatten(1).sum(1).float()
    assert changed_pixels.mean() < 0.35 * lesson.first[0].numel()


def test_curated_examples_cover_the_classes_and_some_are_uncertain(
    ruled: Problem, student: TorchStudent
) -> None:
    lesson = ruled.tutors["curated"](student, 100, rng=generator(0, "tests"))
    assert isinstance(lesson, Examples)
    assert torch.equal(ruled.teacher(lesson.inputs).labels, lesson.labels)
    assert set(lesson.labels.tolist()) == {UNCERTAIN, *range(10)}


def test_the_program_sees_what_the_rule_sees(ruled, student):
    lesson = ruled.tutors["program"](student, 1, rng=generator(0, "tests"))
    assert isinstance(lesson, Program)
    looking = ruled.teacher.function.looking
    size = ruled.source.domain.shape[-1]
    side = min(SIDE, size)
    inputs = torch.cat([held(ruled), changed(held(ruled), FIVE, ruled.source.domain, generator(0))])
    seen = lesson.view(inputs)
    edge = (size - side) // 2
    inner = seen[:, 0, edge : edge + side, edge : edge + side]
    expected, _ = normal_form(inputs, looking, 0.5, side)
    assert torch.allclose(inner.flatten(1), expected, atol=2e-5)
    assert seen.sum() == pytest.approx(float(inner.sum()), rel=1e-4)
    assert 3000 < lesson.price.bits < 8000


def test_gradients_pass_through_the_program(ruled, student):
    lesson = ruled.tutors["program"](student, 1, rng=generator(0, "tests"))
    at = held(ruled, 20).requires_grad_()
    (gradient,) = torch.autograd.grad(student(lesson.view(at)).square().sum(), at)
    assert gradient.isfinite().all()
    assert (gradient.flatten(1).abs().amax(1) > 1e-3).all()
    assert ((gradient != 0).float().mean()) > 0.5
    blank = torch.zeros(3, *ruled.source.domain.shape).requires_grad_()
    (flat,) = torch.autograd.grad(student(lesson.view(blank)).sum(), blank)
    assert flat.isfinite().all()
