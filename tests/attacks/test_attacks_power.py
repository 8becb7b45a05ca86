"""Is a planted fault found? And none where there is none?"""

import math

import pytest
import torch
from attack_students import Network, draws, run
from torch import Tensor
from torch.nn import functional as F

from preceptor.attacks import PGD, Keep, NoiseAttack, RotateTranslate
from preceptor.attacks.rotate import turn_image
from preceptor.core import ABSTAINED, Domain

UNIT = Domain((8,))


def linear(weights: Tensor, bias: float = 0.0, **options: object) -> Network:
    """Class 1 where weights . x + bias > 0."""

    def forward(inputs: Tensor) -> Tensor:
        value = inputs.flatten(1) @ weights + bias
        return torch.stack([-value, value], 1)

    return Network(forward, **options)


def weights_of(size: int) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("domain", [Domain((8,)), Domain((8,), 0.0, 255.0)])
def test_linf_pgd_finds_the_worst_case_of_a_linear_student(domain):
    weights, inputs = weights_of(8), draws(domain, 300)
    middle = torch.full((8,), domain.width / 2)
    student = linear(weights, -float(middle @ weights))
    eps = 0.2 * domain.width
    own = student.answers(inputs)
    away = torch.where(own == 1, -1.0, 1.0)[:, None] * weights.sign()
    worst = (inputs + eps * away).clamp(0, domain.width)
    can_flip = student.answers(worst) != own
    moved = run(PGD(eps, random_start=False), student, inputs, domain)
    flipped = student.answers(moved) != own
    assert 20 < can_flip.sum() < 280
    assert torch.equal(flipped, can_flip)
    torch.testing.assert_close(moved[~flipped], worst[~flipped], rtol=0, atol=1e-5 * domain.width)


def test_l2_pgd_finds_the_worst_case_of_a_linear_student():
    domain = Domain((8,), -100.0, 100.0)  # no bound is met
    weights, inputs = weights_of(8), draws(Domain((8,), -1.0, 1.0), 300)
    student = linear(weights)
    margin = (inputs @ weights).abs() / weights.norm()
    moved = run(PGD(0.6, "l2", random_start=False), student, inputs, domain)
    flipped = student.answers(moved) != student.answers(inputs)
    clear = (margin - 0.6).abs() > 1e-3
    assert 20 < flipped.sum() < 280
    assert torch.equal(flipped[clear], (margin < 0.6)[clear])


def test_pgd_flips_a_student_so_sure_that_its_cross_entropy_has_no_gradient():
    weights, inputs = weights_of(8), draws(UNIT, 50)
    student = linear(1e4 * weights, -1e4 * float(weights.sum() / 2))
    leaf = inputs.clone().requires_grad_()
    F.cross_entropy(student(leaf), student.answers(inputs), reduction="sum").backward()
    assert (leaf.grad == 0).all()
    moved = run(PGD(0.5), student, inputs, UNIT)
    assert (student.answers(moved) != student.answers(inputs)).all()


def test_pgd_leaves_finished_items_alone():
    weights, inputs = weights_of(8), draws(UNIT, 100)
    student = linear(weights, -float(weights.sum() / 2))
    student.asked.clear()
    run(PGD(0.5, steps=40, restarts=5), student, inputs, UNIT)
    assert sum(student.asked) < 100 * 40


def test_pgd_stops_where_the_student_first_changed_its_mind():
    weights, inputs = weights_of(8), draws(UNIT, 100)
    student = linear(weights, -float(weights.sum() / 2))
    moved = run(PGD(0.5, random_start=False), student, inputs, UNIT)
    margin = ((moved - 0.5) @ weights).abs()
    assert margin.max() <= 0.5 / 30 * weights.abs().sum() + 1e-5


def test_restarts_find_what_one_start_misses():
    def forward(inputs: Tensor) -> Tensor:
        bump = torch.cos(40 * inputs).mean(1) - 0.5
        return torch.stack([-bump, bump], 1)

    student, inputs = Network(forward), draws(UNIT, 200)
    few, many = (
        (student.answers(run(attack, student, inputs, UNIT)) != student.answers(inputs)).sum()
        for attack in (PGD(0.06, steps=3), PGD(0.06, steps=3, restarts=8))
    )
    assert many > few


@pytest.mark.parametrize(
    "attack",
    [PGD(0.4), PGD(1.5, "l2"), NoiseAttack(0.5, tries=60), RotateTranslate(90, 0.3, tries=60)],
)
def test_an_abstention_does_not_end_the_search_for_another_label(attack):
    weights, inputs = weights_of(8), draws(UNIT, 60)
    student = linear(weights, -float(weights.sum() / 2), shy=0.2)
    clean, moved = student.answers(inputs), student.answers(run(attack, student, inputs, UNIT))
    sure = clean != ABSTAINED
    assert ((moved[sure] != clean[sure]) & (moved[sure] != ABSTAINED)).double().mean() > 0.6


def test_an_abstention_is_what_comes_back_if_no_other_label_is_in_reach():
    student = Network(
        lambda x: torch.stack([0.1 - (x[:, 0] - 0.5).abs(), 0 * x[:, 0]], 1), shy=0.03
    )
    inputs = torch.full((20, 8), 0.5)
    for attack in (PGD(0.09), NoiseAttack(0.04, "uniform"), NoiseAttack(0.09, "uniform", tries=30)):
        answers = student.answers(run(attack, student, inputs, UNIT))
        assert ((answers == ABSTAINED) == (attack.size > 0.07)).all()


HALVES = Domain((1, 8, 8))


def left_and_right(inputs: Tensor) -> tuple[Tensor, Tensor]:
    values = inputs.mean((1, 2)) - 0.5
    return values[:, :4].sum(1), values[:, 4:].sum(1)


def by_left(inputs: Tensor) -> Tensor:
    left, _ = left_and_right(inputs)
    return torch.stack([-left, left], 1)


def by_both(inputs: Tensor) -> Tensor:
    both = sum(left_and_right(inputs))
    return torch.stack([-both, both], 1)


def two_halves(items: int, seed: int) -> Tensor:
    """Pictures whose two halves say the same: all bright or all dark."""
    rng = torch.Generator().manual_seed(seed)
    level = torch.where(torch.rand(items, 1, 1, 1, generator=rng) < 0.5, 0.35, 0.65)
    return (level + 0.1 * torch.randn(items, 1, 8, 8, generator=rng)).clamp(0, 1)


@pytest.mark.parametrize("differentiable", [True, False])
@pytest.mark.parametrize("attack", [{}, {"eps": 0.3}, {"eps": 2.5, "norm": "l2"}])
def test_keep_finds_a_student_that_looks_at_half_of_the_picture(attack, differentiable):
    inputs, pool = two_halves(40, 0), two_halves(80, 1)
    truth = Network(by_both)
    errors = {}
    for rule in (by_left, by_both):
        student = Network(rule, differentiable=differentiable)
        moved = run(Keep(pool, **attack), student, inputs, HALVES)
        assert torch.equal(student.answers(moved), student.answers(inputs))
        errors[rule] = (truth.answers(moved) != truth.answers(inputs)).double().mean()
    assert errors[by_both] == 0
    if differentiable:  # bisection alone moves both halves at once and cannot tell them apart
        assert errors[by_left] > 0.9


def test_keep_comes_closer_with_gradients_than_by_bisection():
    inputs, pool = two_halves(40, 0), two_halves(80, 1)
    left = {}
    for differentiable in (True, False):
        student = Network(by_left, differentiable=differentiable)
        moved = run(Keep(pool, guides=1), student, inputs, HALVES)
        gaps = torch.cdist(moved.flatten(1), pool.flatten(1))
        left[differentiable] = gaps.min(1).values.mean()
    assert left[True] < left[False]


def test_keep_walks_all_the_way_in_what_the_student_does_not_see():
    domain = Domain((2,))
    student = Network(lambda x: torch.stack([0.5 - x[:, 0], x[:, 0] - 0.5], 1))
    moved = run(Keep(torch.tensor([[0.9, 1.0]])), student, torch.tensor([[0.2, 0.0]]), domain)
    torch.testing.assert_close(moved, torch.tensor([[0.5, 1.0]]), rtol=0, atol=2e-3)


def test_keep_prefers_the_guide_that_can_be_approached_closest():
    domain = Domain((2,))
    student = Network(lambda x: torch.stack([0.5 - x[:, 0], x[:, 0] - 0.5], 1))
    far_in_one, near_in_both = [0.55, 1.0], [0.9, 0.35]
    pool = torch.tensor([far_in_one, near_in_both])
    moved = run(Keep(pool, eps=0.4, guides=1), student, torch.tensor([[0.45, 0.0]]), domain)
    torch.testing.assert_close(moved, torch.tensor([[0.5, 0.35]]), rtol=0, atol=2e-3)


def test_keep_gives_the_item_back_if_the_pool_has_no_guide():
    inputs = two_halves(6, 0)
    student = Network(lambda x: torch.ones(len(x), 2) * torch.tensor([1.0, 0.0]) + 0 * x.sum())
    assert torch.equal(run(Keep(two_halves(9, 1)), student, inputs, HALVES), inputs)


def test_rotate_finds_a_student_that_leans_on_where_things_stand():
    domain = Domain((1, 12, 12))
    inputs = torch.zeros(30, 1, 12, 12)
    inputs[:, :, 2:10, 5:7] = 1.0  # an upright bar

    def upright(x: Tensor) -> Tensor:
        value = x[:, 0, :, 5:7].mean((1, 2)) - 0.6
        return torch.stack([value, -value], 1)

    def bright(x: Tensor) -> Tensor:
        value = x.mean((1, 2, 3)) - 0.05
        return torch.stack([value, -value], 1)

    flips = {}
    for rule in (upright, bright):
        student = Network(rule)
        moved = run(RotateTranslate(30, 0.1), student, inputs, domain)
        flips[rule] = (student.answers(moved) != student.answers(inputs)).double().mean()
    assert flips[upright] == 1
    assert flips[bright] == 0


def test_rotate_finds_a_vector_student_that_leans_on_one_coordinate():
    domain = Domain((4,), torch.tensor([0.0, -1.0, 0.0, 5.0]), torch.tensor([1.0, 1.0, 100.0, 9.0]))
    inputs = torch.tensor([[0.9, 0.8, 80.0, 6.0]]).repeat(30, 1)
    student = Network(lambda x: torch.stack([x[:, 0] - 0.8, 0.8 - x[:, 0]], 1))
    moved = run(RotateTranslate(30, 0.1), student, inputs, domain)
    assert (student.answers(moved) == 1).double().mean() > 0.9


@pytest.mark.parametrize(("degrees", "points"), [(30.0, 125), (0.0, 25)])
def test_a_grid_is_gone_through_from_the_middle_to_its_corners(degrees, points):
    seen = []

    def stubborn(x: Tensor) -> Tensor:
        seen.append(x.detach().clone())
        return torch.tensor([1.0, 0.0]).repeat(len(x), 1) + 0 * x.sum()

    inputs = torch.zeros(1, 1, 11, 11)
    inputs[..., 5, 5] = 1.0  # the middle: turns leave it where it is
    attack = RotateTranslate(degrees, 2 / 11, grid=5)
    run(attack, Network(stubborn), inputs, Domain((1, 11, 11)))
    seen = seen[-points:]
    assert torch.allclose(seen[0], inputs, atol=1e-5)
    places = {divmod(int(x.flatten().argmax()), 11) for x in seen}
    assert len(places) == (25 if degrees == 0 else len(places))
    assert {(3, 3), (3, 7), (7, 3), (7, 7)} <= places
    assert not torch.equal(seen[-1], seen[-2])


def test_a_grid_finds_the_one_turn_that_random_draws_miss():
    """The student errs at the greatest turn only; the grid has its ends, draws come near at best."""
    domain = Domain((1, 15, 15))
    inputs = torch.zeros(4, 1, 15, 15)
    inputs[:, :, 1:14, 7] = 1.0
    ends = _only_at(inputs, 30)
    at_end = run(RotateTranslate(30, 0, grid=2), Network(ends), inputs, domain)
    assert (ends(at_end).argmax(1) == 1).all()
    drawn = run(RotateTranslate(30, 0, tries=3), Network(ends), inputs, domain)
    assert (ends(drawn).argmax(1) == 0).any()


def _only_at(inputs: Tensor, degrees: float):
    angle = torch.full((1,), math.radians(degrees))
    target = turn_image(inputs[:1], angle, torch.zeros(1, 2), Domain((1, 15, 15)))

    def rule(x: Tensor) -> Tensor:
        off = (x - target).abs().flatten(1).amax(1) - 1e-3
        return torch.stack([off, -off], 1)

    return rule


def test_noise_finds_a_student_that_trembles():
    student = Network(lambda x: torch.stack([x[:, 0] - 0.49, 0.49 - x[:, 0]], 1))
    steady = Network(lambda x: torch.stack([x.mean(1) - 0.2, 0.2 - x.mean(1)], 1))
    inputs = torch.full((50, 8), 0.5)
    for attack in (NoiseAttack(0.05), NoiseAttack(0.05, "uniform")):
        assert (student.answers(run(attack, student, inputs, UNIT)) == 1).double().mean() > 0.9
        assert (steady.answers(run(attack, steady, inputs, UNIT)) == 0).all()


def test_without_a_flip_the_worst_try_comes_back():
    student = Network(lambda x: torch.stack([x.sum(1), -100 + 0 * x.sum(1)], 1))
    inputs = torch.full((20, 8), 0.5)
    ends = {
        tries: run(NoiseAttack(0.1, tries=tries), student, inputs, UNIT).sum(1)
        for tries in (1, 5, 40)
    }
    assert (ends[5] <= ends[1]).all()
    assert (ends[40] <= ends[5]).all()
    assert ends[40].mean() < ends[1].mean() - 0.1
