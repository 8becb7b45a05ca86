"""Attacks bounded by a Wasserstein distance or by SSIM: is the bound kept, and is all of it used?

The bound is measured by the library's own distances, which share no code with the attacks.
"""

import numpy as np
import pytest
import torch
from attack_students import BOUNDS, Network, domain_of, draws, run
from scipy.optimize import linprog, minimize
from torch import Tensor

from preceptor.attacks import Structural, Wasserstein
from preceptor.attacks.likeness import ssim
from preceptor.attacks.pixel_flows import Flows
from preceptor.core import Domain, InputError
from preceptor.distances import compare, wasserstein

SMALL = Domain((1, 4, 4))


def linear(weights: Tensor) -> Network:
    """Never changes its answer: its doubt grows with the product."""

    def forward(inputs: Tensor) -> Tensor:
        value = inputs.flatten(1) @ weights
        return torch.stack([torch.full_like(value, 50.0), value], 1)

    return Network(forward)


def weights_of(size: int, seed: int = 1) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def sparse_images(items: int) -> Tensor:
    """Strokes of one grey on black, as in digits, with an image without any."""
    images = (draws(Domain((1, 8, 8)), items) > 0.7).float() * 0.8
    images[0] = 0.0
    return images


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("eps", [0.05, 0.5])
def test_the_exact_wasserstein_distance_is_within_the_bound(bounds, eps):
    student, domain = linear(weights_of(64)), domain_of((1, 8, 8), bounds)
    inputs = draws(domain, 12)
    moved = run(Wasserstein(eps, steps=20), student, inputs, domain)
    low = domain.bounds()[0].numpy()
    found = [
        wasserstein(one.numpy() - low, other.numpy() - low).distance
        for one, other in zip(inputs, moved, strict=True)
    ]
    assert max(found) <= eps * (1 + 1e-4)
    assert max(found) > (0.5 if eps < 0.1 else 0.25) * eps  # bounds of pixels stop some
    assert torch.allclose(moved.sum((1, 2, 3)), inputs.sum((1, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_moves_through_black_and_an_empty_image_stays(channels):
    domain = Domain((channels, 8, 8))
    inputs = sparse_images(6).repeat(1, channels, 1, 1)
    student = linear(weights_of(64 * channels))
    moved = run(Wasserstein(0.4, step=0.3), student, inputs, domain)
    assert torch.equal(moved[0], inputs[0])
    for one, other in zip(inputs[1:], moved[1:], strict=True):
        assert 0.2 < compare(one, other).wasserstein <= 0.4 * (1 + 1e-4)
    assert not domain.outside(moved, tolerance=0.0).any()


def test_flows_prove_the_distance():
    """Random flows, most of them impossible at first: what is left of them is possible, and dear enough."""
    domain = Domain((1, 8, 8))
    inputs = sparse_images(20)[1:]
    flows = Flows.around(inputs, 1.0, domain)
    states = torch.randn(flows.start().shape, generator=torch.Generator().manual_seed(2))
    states = flows.limit(torch.where(flows.open, states, 0.0))
    ends = flows.points(states)
    assert not domain.outside(ends, tolerance=0.0).any()
    price = flows.cost(states) / inputs.sum((1, 2, 3))
    for one, other, least in zip(inputs, ends, price.tolist(), strict=True):
        assert compare(one, other).wasserstein <= least * (1 + 1e-4)


def best_within_wasserstein(image: np.ndarray, weights: np.ndarray, eps: float) -> float:
    """The greatest product within the exact ball, by linear programming over transport plans."""
    side, pixels = image.shape[-1], image.size
    places = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), -1)
    places = places.reshape(-1, 2)
    cost = np.linalg.norm(places[:, None] - places[None], axis=-1)
    gives = np.kron(np.eye(pixels), np.ones(pixels))
    takes = np.kron(np.ones(pixels), np.eye(pixels))
    found = linprog(
        -np.tile(weights, pixels),
        A_ub=np.vstack([cost.ravel(), takes]),
        b_ub=np.r_[eps * image.sum(), np.ones(pixels)],
        A_eq=gives,
        b_eq=image.ravel(),
    )
    return -float(found.fun)


@pytest.mark.parametrize("eps", [0.1, 0.4])
def test_wasserstein_comes_near_the_best_of_a_linear_student(eps):
    weights, inputs = weights_of(16), draws(SMALL, 8, seed=3)
    moved = run(Wasserstein(eps), linear(weights), inputs, SMALL)
    start, end = (some.flatten(1) @ weights for some in (inputs, moved))
    best = [
        best_within_wasserstein(one.double().numpy(), weights.double().numpy(), eps)
        for one in inputs
    ]
    gained = (end - start).double() / (torch.tensor(best) - start.double())
    assert gained.max() <= 1 + 1e-4
    assert gained.mean() > 0.85  # ways along pixels are up to a twelfth longer than straight ones


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 12), (1, 4, 4)])
def test_ssim_is_that_of_the_distances(shape):
    rng = np.random.default_rng(0)
    one, other = (rng.uniform(0, 255, (3, *shape)) for _ in range(2))
    other = one + 0.3 * (other - one)
    found = ssim(torch.from_numpy(one), torch.from_numpy(other), 255.0)
    wanted = [compare(a, b, high=255.0).ssim for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-9)


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("eps", [0.05, 0.5])
def test_the_similarity_is_within_the_bound(bounds, eps):
    student, domain = linear(weights_of(64)), domain_of((1, 8, 8), bounds)
    inputs = draws(domain, 12)
    moved = run(Structural(eps, steps=20), student, inputs, domain)
    low, high = (float(end) for end in (domain.bounds()[0].min(), domain.bounds()[1].max()))
    lost = [
        1 - compare(one, other, low=low, high=high).ssim
        for one, other in zip(inputs, moved, strict=True)
    ]
    assert max(lost) <= eps
    assert max(lost) > (0.5 if eps < 0.1 else 0.25) * eps


def best_within_ssim(image: np.ndarray, weights: np.ndarray, eps: float) -> float:
    """The greatest product found by sequential quadratic programming from a few starts."""
    rng, found = np.random.default_rng(0), -np.inf

    def left(flat: np.ndarray) -> float:
        return eps - 1 + float(compare(flat.reshape(image.shape), image).ssim)

    for _ in range(6):
        start = np.clip(image.ravel() + 0.05 * rng.standard_normal(image.size), 0, 1)
        end = minimize(
            lambda flat: -float(flat @ weights),
            start,
            jac=lambda _: -weights,
            bounds=[(0, 1)] * image.size,
            constraints={"type": "ineq", "fun": left},
            method="SLSQP",
        ).x
        if left(end) >= -1e-6:
            found = max(found, float(end @ weights))
    return found


def test_ssim_comes_near_the_best_of_a_linear_student():
    weights, inputs = weights_of(16), draws(SMALL, 5, seed=3)
    moved = run(Structural(0.1, restarts=3), linear(weights), inputs, SMALL)
    start, end = (some.flatten(1) @ weights for some in (inputs, moved))
    best = [best_within_ssim(one.double().numpy(), weights.double().numpy(), 0.1) for one in inputs]
    gained = (end - start).double() / (torch.tensor(best) - start.double())
    assert gained.mean() > 0.85


@pytest.mark.parametrize("attack", [Wasserstein(0.3, steps=10), Structural(0.2, steps=10)])
def test_whole_and_fixed_pixels(attack):
    domain = domain_of((1, 8, 8), "fixed and whole")
    inputs = draws(domain, 6)
    moved = run(attack, linear(weights_of(64)), inputs, domain)
    assert torch.equal(moved[:, domain.fixed], inputs[:, domain.fixed])
    assert torch.equal(moved[:, domain.whole], moved[:, domain.whole].round())
    assert (moved != inputs).flatten(1).any(1).all()


@pytest.mark.parametrize(
    ("attack", "shape"), [(Wasserstein(0.3), (5,)), (Structural(0.1), (1, 2, 9))]
)
def test_says_what_it_can_move(attack, shape):
    domain = Domain(shape)
    with pytest.raises(InputError, match=r"moves images .* at least \d x \d pixels"):
        run(attack, linear(weights_of(18)), draws(domain, 2), domain)


def test_a_bound_that_bounds_nothing_is_refused():
    with pytest.raises(InputError, match="below 2"):
        Structural(2.0)
