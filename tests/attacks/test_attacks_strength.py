"""Are the strong attacks strong? Exact worst cases, other libraries, and what was left out."""

import warnings

import pytest
import torch
from attack_students import Network, draws, run
from torch import Tensor, nn

from preceptor.attacks import (
    APGD,
    PGD,
    Boundary,
    Cascade,
    Corrupt,
    Keep,
    NoiseAttack,
    Sparse,
    Square,
    Standard,
    predictions,
)
from preceptor.attacks.balls import NormBall
from preceptor.core import Domain, InputError
from preceptor.problems import digits

WIDE = Domain((8,), -100.0, 100.0)  # no bound is met


def linear() -> tuple[Network, Tensor, Tensor]:
    """Class 1 where weights . x > 0; inputs around the boundary."""
    weights = torch.randn(8, generator=torch.Generator().manual_seed(1))

    def forward(inputs: Tensor) -> Tensor:
        value = inputs @ weights
        return torch.stack([-value, value], 1)

    return Network(forward), weights, draws(Domain((8,), -1.0, 1.0), 200)


@pytest.fixture(scope="module")
def net() -> tuple[Network, Tensor, Domain]:
    """A network on 8x8 digits, and 60 held-out ones."""
    problem = digits()
    torch.manual_seed(0)
    size = problem.train_inputs[0].numel()
    module = nn.Sequential(nn.Flatten(), nn.Linear(size, 64), nn.ReLU(), nn.Linear(64, 10))
    optimiser = torch.optim.Adam(module.parameters(), 1e-2)
    for _ in range(60):
        loss = nn.functional.cross_entropy(module(problem.train_inputs), problem.train_labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    student = Network(module.eval(), classes=10)
    return student, problem.source.read(0, 60), problem.source.domain


@pytest.mark.parametrize("targets", [0, 3])
def test_runs_that_share_a_batch_are_the_runs_one_by_one(
    net: tuple[Network, Tensor, Domain], targets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    student, inputs, domain = net
    attack = APGD(0.1, targets=targets, steps=6, restarts=4, wide=1.5)
    found = {}
    for rows in (1, 64, 1000):
        monkeypatch.setitem(predictions.TOGETHER, "cpu", rows)
        found[rows] = run(attack, student, inputs, domain)
    said = student.decide(student(found[1]))
    flips = said != student.decide(student(inputs))
    assert 0 < flips.sum() < len(inputs)
    for rows in (64, 1000):
        assert ((found[rows] - found[1]).abs() > 1e-5).float().mean() < 1e-3  # a sign on the edge
        assert torch.equal(student.decide(student(found[rows])), said)


def kept(attack: object, net: tuple[Network, Tensor, Domain]) -> int:
    """Items that keep the student's own answer."""
    student, inputs, domain = net
    moved = run(attack, student, inputs, domain)
    return int((student.answers(moved) == student.answers(inputs)).sum())


@pytest.mark.parametrize(("norm", "dual"), [("linf", 1), ("l2", 2), ("l1", torch.inf)])
@pytest.mark.parametrize("loss", ["odds", "margin"])
@pytest.mark.parametrize("targets", [0, 1])
def test_apgd_finds_the_worst_case_of_two_classes(norm, dual, loss, targets):
    student, weights, inputs = linear()
    least = (inputs @ weights).abs() / torch.linalg.vector_norm(weights, ord=dual)
    eps = float(least.median())
    moved = run(APGD(eps, norm, targets, loss=loss), student, inputs, WIDE)
    flipped = student.answers(moved) != student.answers(inputs)
    clear = (least / eps - 1).abs() > 0.02
    assert 50 < flipped.sum() < 150
    assert torch.equal(flipped[clear], (least < eps)[clear])


def test_the_l1_projection_is_the_nearest_point_of_ball_and_box():
    domain = Domain((6,))
    clean, moved = draws(domain, 40), 3 * draws(domain, 40, 1) - 1
    ball = NormBall.around(clean, 0.8, "l1", domain)
    near = ball.project(moved)
    assert (near - clean).abs().sum(1).max() <= 0.8 + 1e-5
    assert not domain.outside(near).any()
    for seed in range(200):  # no other point of the set is nearer
        other = ball.project(draws(domain, 40, seed + 2))
        assert ((moved - near).norm(dim=1) <= (moved - other).norm(dim=1) + 1e-5).all()


def test_apgd_beats_pgd_and_the_suite_beats_apgd(net):
    pgd, apgd, suite = PGD(0.12), APGD(0.12), Standard(0.12)
    assert 5 < kept(suite, net) <= kept(apgd, net) <= kept(pgd, net)


def test_square_comes_near_to_the_gradient(net):
    assert kept(Square(0.12, queries=1500), net) <= kept(Standard(0.12), net) + 4


def test_the_suite_finds_what_useless_gradients_hide():
    def forward(inputs: Tensor) -> Tensor:
        steps = (inputs * 50).round() / 50 + 0 * inputs  # the slope of rounding is zero
        value = steps.sum(1) - 4
        return torch.stack([-value, value], 1)

    domain = Domain((8,))
    student, inputs = Network(forward), draws(domain, 60)
    own = student.answers(inputs)
    flips = {
        attack: int((student.answers(run(attack, student, inputs, domain)) != own).sum())
        for attack in (APGD(0.15), Standard(0.15))
    }
    assert flips[Standard(0.15)] > flips[APGD(0.15)] + 5


def test_sparse_finds_the_pixel_that_matters_with_and_without_gradients():
    domain = Domain((3, 6, 6))
    for differentiable in (True, False):
        student = Network(
            lambda x: torch.stack([x[:, 1, 2, 3] - 0.9, 0.9 - x[:, 1, 2, 3]], 1),
            differentiable=differentiable,
        )
        inputs = 0.8 * draws(domain, 20)
        moved = run(Sparse(1, queries=400), student, inputs, domain)
        assert (student.answers(moved) == 0).double().mean() > 0.9
        assert (moved != inputs).any(1).flatten(1).sum(1).max() <= 1


@pytest.mark.parametrize("kind", ["blur", "contrast", "brightness", "elastic"])
def test_corruptions_find_who_leans_on_what_they_take_away(kind):
    domain = Domain((1, 12, 12))
    inputs = torch.full((10, 1, 12, 12), 0.2)
    inputs[:, :, 2:10, 5] = 0.8  # a thin upright line

    def sharp(x: Tensor) -> Tensor:
        value = x[:, 0, 3:9, 5].mean(1) - x[:, 0, 3:9, 3].mean(1) - 0.45
        return torch.stack([value, -value], 1)

    def blind(x: Tensor) -> Tensor:
        return torch.stack([1 + 0 * x.sum((1, 2, 3)), 0 * x.sum((1, 2, 3))], 1)

    def light(x: Tensor) -> Tensor:
        value = 0.35 - x.mean((1, 2, 3))
        return torch.stack([value, -value], 1)

    for rule, flips in ((light if kind == "brightness" else sharp, True), (blind, False)):
        student = Network(rule, differentiable=False)
        moved = run(Corrupt(kind, 5), student, inputs, domain)
        found = (student.answers(moved) != student.answers(inputs)).double().mean()
        assert found >= 0.9 if flips else found == 0


def test_boundary_asks_no_more_than_it_may_and_comes_near(net):
    student, inputs, domain = net
    answers_only = Network(student.forward, classes=10, differentiable=False)
    moved = run(Boundary(queries=600), answers_only, inputs, domain)
    assert sum(answers_only.asked) <= 600 * len(inputs)
    assert (student.answers(moved) != student.answers(inputs)).all()
    gaps = (moved - inputs).flatten(1).norm(dim=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import foolbox

        torch.manual_seed(0)
        wrapped = foolbox.PyTorchModel(student.forward, bounds=(0, 1), device="cpu")
        hop = foolbox.attacks.HopSkipJumpAttack(steps=4, initial_gradient_eval_steps=50)
        theirs = hop(wrapped, inputs, student.answers(inputs), epsilons=None)[1]
    assert gaps.median() <= (theirs - inputs).flatten(1).norm(dim=1).median()


def test_boundary_is_exact_for_a_flat_boundary():
    student, weights, inputs = linear()
    domain = Domain((8,), -3.0, 3.0)
    moved = run(Boundary(queries=1500), student, inputs, domain)
    least = (inputs @ weights).abs() / weights.norm()
    ratio = (moved - inputs).norm(dim=1) / least
    assert ratio.min() >= 0.999
    assert ratio.median() < 1.05


def test_a_cascade_attacks_only_what_was_left(net):
    student, inputs, domain = net
    seen = []

    class Watching:
        name, family, size, goal = "watching", "watching", None, "flip"

        def __call__(self, student, inputs, *, domain, rng):
            seen.append(len(inputs))
            return inputs

    left = kept(APGD(0.12), net)
    moved = run(Cascade((APGD(0.12), Watching(), NoiseAttack(0.1))), student, inputs, domain)
    assert seen == [left]
    assert (student.answers(moved) == student.answers(inputs)).sum() <= left


def test_a_cascade_refuses_what_it_cannot_pass_on():
    with pytest.raises(InputError, match="no attacks given"):
        Cascade(())
    with pytest.raises(InputError, match="only flip attacks"):
        Cascade((Keep(torch.rand(3, 4)),))


def test_the_l1_suite_says_that_it_needs_gradients(net):
    student, inputs, domain = net
    blind = Network(student.forward, classes=10, differentiable=False)
    with pytest.raises(InputError, match="needs gradients"):
        run(Standard(1.0, "l1"), blind, inputs, domain)
    assert kept(Standard(3.0, "l1"), net) < 40
