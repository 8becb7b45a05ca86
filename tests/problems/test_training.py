"""Training does what it says: ordinarily for accuracy, in a ball for accuracy under PGD."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from preceptor.attacks import PGD
from preceptor.core import ItemRng
from preceptor.problems import DigitNet, Problem, digits, train
from preceptor.problems.networks import SoftThreshold
from preceptor.students import TorchStudent

EPS = 0.2


@pytest.fixture(scope="module")
def problem() -> Problem:
    return digits()


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def robust(module: nn.Module, problem: Problem) -> float:
    """Accuracy under PGD on 200 held-out digits, by the dataset's labels."""
    source = problem.take(200)
    student, clean = TorchStudent(module, classes=10), source.read(0, 200)
    rng = ItemRng.named(0, "attack", source.ids)
    moved = PGD(EPS, steps=20)(student, clean, domain=source.domain, rng=rng)
    return float((module(moved).argmax(1) == problem.labels[:200]).float().mean())


def loss_of(module: nn.Module, problem: Problem) -> float:
    with torch.no_grad():
        return float(F.cross_entropy(module(problem.train_inputs), problem.train_labels))


def test_ordinary_training_lowers_the_loss_and_generalises(problem: Problem) -> None:
    seen: list[tuple[int, int]] = []
    module = network()
    before = loss_of(module, problem)
    after = train(
        module,
        problem.train_inputs,
        problem.train_labels,
        epochs=8,
        watch=lambda done, of: seen.append((done, of)),
    )
    assert after is module
    assert not after.training
    assert loss_of(after, problem) < 0.2 * before
    said = after(problem.source.read(0, 497)).argmax(1)
    assert (said == problem.labels).float().mean() > 0.93
    assert seen == [(done, 8) for done in range(1, 9)]


def test_training_in_a_ball_pays_off_under_pgd(problem: Problem) -> None:
    """At the price of more epochs, not of the clean digits."""
    found = {}
    for eps in (0.0, EPS):
        module = train(
            network(), problem.train_inputs, problem.train_labels, eps=eps, epochs=20, steps=4
        )
        found[eps] = robust(module, problem)
        said = module(problem.source.read(0, 497)).argmax(1)
        assert (said == problem.labels).float().mean() > 0.88
    assert found[EPS] > found[0.0] + 0.15


def test_the_same_seed_trains_the_same_network(problem: Problem) -> None:
    def weights(seed: int) -> Tensor:
        rows = slice(0, 300)
        module = train(
            network(),
            problem.train_inputs[rows],
            problem.train_labels[rows],
            eps=0.1,
            epochs=2,
            steps=2,
            seed=seed,
        )
        return torch.cat([part.detach().flatten() for part in module.parameters()])

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


@pytest.mark.parametrize("sharpness", [0.0, 8.0])
def test_a_digit_net_takes_digits_of_mnists_size(sharpness: float) -> None:
    module = DigitNet(11, 16, 5, 0.7, sharpness)
    assert module(torch.rand(3, 1, 28, 28)).shape == (3, 11)
    assert 25_000 < sum(part.numel() for part in module.parameters()) < 35_000


def test_a_soft_threshold_hides_faint_marks_and_keeps_strong_ones() -> None:
    front = SoftThreshold(0.5, 12.0)
    faint, strong = torch.full((1, 1, 9, 9), 0.15), torch.full((1, 1, 9, 9), 0.9)
    black = front(torch.zeros(1, 1, 9, 9))
    assert (front(faint) - black).abs().max() < 0.05
    assert (front(strong) - black).min() > 0.9
    assert front(faint).shape == faint.shape
    assert not SoftThreshold(0.5, 12.0).state_dict()
