"""Steps of the proofs in docs/explanation/propositions.md, checked by number on small cases."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.special import betainc
from scipy.stats import binom

from preceptor.core import UNCERTAIN, generator
from preceptor.paper.linear import fit_linear, wrong
from preceptor.problems import copies, passive_error, xor
from preceptor.problems.copies import BAND

# Proposition 1


def best_error(m: int) -> float:
    """1/2 - C(m - 1, floor(m / 2)) / 2^m."""
    return 0.5 - math.comb(m - 1, m // 2) / 2**m


@pytest.mark.parametrize("m", range(1, 11))
def test_the_closed_form_of_copies_on_the_cube_is_what_counting_gives(m: int) -> None:
    lost = [1 - max(s.count(1), s.count(-1)) / m for s in itertools.product((1, -1), repeat=m)]
    assert np.mean(lost) == pytest.approx(best_error(m), abs=1e-12)


@pytest.mark.parametrize("m", [1, 3, 4])
def test_no_function_of_the_cube_errs_less_on_average_over_the_teachers(m: int) -> None:
    """Every function from corners to answers, against every dictator."""
    corners = np.array(list(itertools.product((1, -1), repeat=m)))
    codes = np.arange(2 ** len(corners))
    functions = 2 * ((codes[:, None] >> np.arange(len(corners))) & 1) - 1
    errors = np.mean([(functions != corners[:, j]).mean(1) for j in range(m)], axis=0)
    assert errors.min() == pytest.approx(best_error(m), abs=1e-12)


FLOORS = {2: 0.200, 5: 0.301, 10: 0.359, 20: 0.400, 50: 0.437, 100: 0.455, 200: 0.468}


@pytest.mark.parametrize("m", FLOORS)
def test_equal_weights_stay_above_the_floor_of_certain_answers(m: int) -> None:
    """The floor where teachers can be uncertain: sure somewhere, less the commonest label's share."""
    certain = np.arange(m + 1)
    fewer = [(binom.pmf(j := np.arange(k + 1), k, 0.5) * np.minimum(j, k - j)).sum() for k in certain]  # fmt: skip
    floor = float(binom.pmf(certain, m, 1 - BAND) @ fewer) / m / (1 - BAND)
    assert floor == pytest.approx(FLOORS[m], abs=5e-4)
    assert -1e-9 <= passive_error(m) - floor <= 0.011


# Proposition 2


@pytest.mark.parametrize("loss", [lambda z: np.logaddexp(0, -z), lambda z: np.exp(-z)])
@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize(("a", "eps", "gone"), [(0.3, 0.35, True), (0.3, 0.5, True), (0.3, 0.2, False)])  # fmt: skip
def test_above_the_margin_the_best_weight_is_none(loss, noise, a, eps, gone) -> None:
    draws = np.random.default_rng(1).uniform(-noise, noise, (2, 20_000))
    one, two = (part - part.mean() for part in draws)
    two -= one * (one @ two) / max(one @ one, 1e-12)  # independent as far as means go

    def worst(w1: float, w2: float) -> float:
        margin = w1 * (a + one) + w2 * (1 + two) - eps * (abs(w1) + abs(w2))
        return float(loss(margin).mean())

    for w2 in (0.3, 1.0, 4.0):
        best = minimize_scalar(lambda w, w2=w2: worst(w, w2), bounds=(-5, 5), method="bounded")
        if gone:
            assert abs(best.x) < 0.02 or worst(0.0, w2) <= best.fun + 1e-9
        else:
            assert best.x > 0.1


def test_without_a_penalty_no_minimum_is_attained_and_with_one_it_is() -> None:
    """The objective falls for ever along the best direction; a penalty that grows stops it."""
    inputs = np.array([[0.3, 1.0], [-0.3, -1.0]])
    sign = np.array([1.0, -1.0])

    def objective(w2: float, ridge: float) -> float:
        margin = sign * (inputs @ np.array([0.0, w2])) - 0.5 * abs(w2)
        return float(np.logaddexp(0, -margin).mean() + ridge * w2**2)

    free = [objective(w2, 0.0) for w2 in (1, 10, 100, 1000)]
    assert sorted(free, reverse=True) == free
    best = minimize_scalar(lambda w: objective(w, 1e-3), bounds=(0, 1000), method="bounded")
    assert 0.1 < best.x < 100
    assert objective(2 * best.x, 1e-3) > best.fun


@pytest.mark.parametrize("eps", [0.35, 0.6])
def test_direct_optimisation_agrees(eps: float) -> None:
    sign = torch.tensor([1.0, -1.0]).repeat(50)
    inputs = sign[:, None] * torch.tensor([0.3, 1.0])
    labels = (sign > 0).long()
    assert abs(fit_linear(inputs, labels, eps=eps, ridge=1e-3)[0]) < 1e-4
    two = fit_linear(inputs, labels, eps=eps, norm="2", ridge=1e-3)
    assert two[0] / two[1] == pytest.approx(0.3, abs=0.01)
    reversed_ = fit_linear(inputs.flip(1), labels, eps=eps, ridge=1e-3)
    assert abs(reversed_[1]) < 1e-4
    assert reversed_[0] > 0.1


# Proposition 3


@pytest.mark.parametrize("teachers", [4, 16, 64])
def test_guessing_right_two_times_in_three_costs_the_bits(teachers: int) -> None:
    """Drawn channels from teachers to messages: whoever guesses right two times in three was sent the
    floor; some such channels are met, some are near the floor.
    """
    rng, met = np.random.default_rng(teachers), 0
    for sharp in np.linspace(0.5, 8, 60):
        sent = rng.dirichlet(np.full(teachers, 1 / sharp**2), teachers) + sharp * np.eye(teachers)
        sent /= sent.sum(1, keepdims=True)
        joint = sent / teachers
        told = joint.sum(0)
        bits = (joint * np.log2(np.maximum(sent, 1e-300) / np.maximum(told, 1e-300))).sum()
        if joint.max(0).sum() >= 2 / 3:
            met += 1
            assert bits >= (2 / 3) * math.log2(teachers) - 1
    assert met >= 10


@pytest.mark.parametrize("d", [2, 3, 10, 50])
def test_a_cap_is_no_larger_than_the_packing_assumes(d: int) -> None:
    for angle in np.linspace(0.01, np.pi / 2, 40):
        share = 0.5 * betainc((d - 1) / 2, 0.5, np.sin(angle) ** 2)
        assert share <= 0.5 * np.sin(angle) ** (d - 1) * (1 + 1e-9)
    if d == 2:
        assert 0.5 * betainc(0.5, 0.5, np.sin(0.2) ** 2) == pytest.approx(0.2 / np.pi)


def test_a_line_known_in_every_plane_is_known() -> None:
    """|n' - n| <= delta sqrt(d - 1) and |n| >= 1, so the sine of the angle is no larger."""
    rng = np.random.default_rng(0)
    for d in (2, 5, 40):
        w = rng.standard_normal(d)
        w /= np.linalg.norm(w)
        anchor = np.where(w >= 0, 1.0, -1.0) / np.sqrt(d)
        assert w @ anchor >= 1 / np.sqrt(d) - 1e-12
        rest = np.linalg.qr(np.column_stack([anchor, rng.standard_normal((d, d - 1))]))[0][:, 1:]
        places = -(rest.T @ w) / (w @ anchor)
        assert np.abs(places).max() <= np.sqrt(d)
        assert np.allclose((anchor - rest @ places) * (w @ anchor), w)
        delta = 0.01
        near = anchor - rest @ (places + delta * rng.choice([-1, 1], d - 1))
        cosine = near @ w / np.linalg.norm(near)
        assert np.sqrt(1 - cosine**2) <= delta * np.sqrt(d - 1) + 1e-9


@pytest.mark.parametrize("d", [2, 5, 40])
@pytest.mark.parametrize("eps", [0.1, 0.01])
def test_bisecting_every_plane_takes_the_questions_of_the_bound(d: int, eps: float) -> None:
    """d + (d - 1) ceil(log2(d / 2 eps)) answers, and the plane errs on eps at most."""
    rng = np.random.default_rng(d)
    halvings = math.ceil(math.log2(d / (2 * eps)))
    for _ in range(20):
        w = rng.standard_normal(d)
        w /= np.linalg.norm(w)
        anchor = np.where(w >= 0, 1.0, -1.0) / np.sqrt(d)
        rest = np.linalg.qr(np.column_stack([anchor, rng.standard_normal((d, d - 1))]))[0][:, 1:]
        low, high = np.full(d - 1, -np.sqrt(d)), np.full(d - 1, np.sqrt(d))
        for _ in range(halvings):
            middle = (low + high) / 2
            above = middle * (w @ anchor) + rest.T @ w > 0
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        near = anchor - rest @ ((low + high) / 2)
        cosine = np.clip(near @ w / np.linalg.norm(near), -1, 1)
        assert math.acos(cosine) / math.pi <= eps


@pytest.mark.parametrize("d", [20, 100, 200])
def test_the_least_bits_of_a_plane_that_is_always_right(d: int) -> None:
    """(d - 1) log2(1 / sin a) + 1/2 log2(2 pi d), for a small angle a."""
    angle = 0.129
    share = 0.5 * betainc((d - 1) / 2, 0.5, np.sin(angle) ** 2)
    about = (d - 1) * math.log2(1 / math.sin(angle)) + 0.5 * math.log2(2 * math.pi * d)
    assert -math.log2(share) == pytest.approx(about, abs=0.1)


# Proposition 5


def test_change_of_measure_on_a_finite_space() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        data, probe = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
        certain, wrong_there = rng.random(6) < 0.7, rng.random(6) < 0.5
        if not certain.any():
            continue
        bad = certain & wrong_there
        most = (probe / data).max()
        assert probe[bad].sum() <= most * data[bad].sum() + 1e-12
        # the rates among certain inputs, with the factor that the statement needs
        strong = probe[bad].sum() / probe[certain].sum()
        seen = data[bad].sum() / data[certain].sum()
        share = data[certain].sum() / probe[certain].sum()
        assert strong <= most * share * seen + 1e-12


@pytest.mark.parametrize("tilt", [0.3, 0.6])
def test_a_student_of_the_told_features_errs_as_little_as_the_ratio_allows(tilt: float) -> None:
    """Data tilted to one corner, probes even: rho = (1 - tilt)^-2. One nearest neighbour in the two told
    features, which has no habits of its own to fill a gap with.
    """
    rng = np.random.default_rng(0)

    def tilted(n: int) -> np.ndarray:
        drawn = rng.uniform(-1, 1, (20 * n, 2))
        kept = rng.random(20 * n) < ((1 + tilt * drawn) / (1 + tilt)).prod(1)
        found: np.ndarray = drawn[kept][:n]
        return found

    def teacher(x: np.ndarray) -> np.ndarray:
        product = x[:, 0] * x[:, 1]
        return np.where(np.abs(product) < 0.05, UNCERTAIN, (product > 0).astype(int))

    def rates(x: np.ndarray) -> tuple[float, float]:
        near = ((x[:, None] - known[None]) ** 2).sum(2).argmin(1)
        sure = teacher(x) != UNCERTAIN
        return float(sure.mean()), float((teacher(known)[near] != teacher(x))[sure].mean())

    known = tilted(400)
    known = known[teacher(known) != UNCERTAIN][:150]
    (held, seen), (asked, strong) = rates(tilted(4000)), rates(rng.uniform(-1, 1, (4000, 2)))
    assert seen > 0
    assert strong > seen, "the probes lie where the data are thin"
    assert strong <= (1 - tilt) ** -2 * held / asked * seen + 0.01


def test_without_the_factor_the_statement_on_rates_would_be_wrong() -> None:
    """All data certain, probes certain at half: the rate doubles though the densities do not."""
    data, probe = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])
    certain, bad = np.array([True, True, False]), np.array([True, False, False])
    strong, seen = probe[bad].sum() / probe[certain].sum(), data[bad].sum() / data[certain].sum()
    most = (probe[certain] / data[certain]).max()
    assert strong > most * seen
    assert strong <= most * (1 / probe[certain].sum()) * seen


# Proposition 6


@pytest.mark.parametrize("features", [4, 10])
def test_without_a_needed_feature_half_is_wrong(features: int) -> None:
    """Turning the hidden feature's sign round turns every certain answer, and the student sees
    nothing of it: of each such pair one is wrong.
    """
    problem = xor(features, 1)
    first = int(problem.tutors["wrong: one missing"].lesson.features.nonzero()[0, 0])
    inputs = problem.probes["uniform"](2000, generator(0, "x"))
    hidden = next(
        i for i in range(features // 2)
        if bool((problem.teacher(inputs * (1 - 2 * (torch.arange(features) == i).float())).labels
                 != problem.teacher(inputs).labels).any())
    )  # fmt: skip
    mirrored = inputs.clone()
    mirrored[:, hidden] = -mirrored[:, hidden]
    there, here = problem.teacher(mirrored).labels, problem.teacher(inputs).labels
    assert torch.equal(here == UNCERTAIN, there == UNCERTAIN)
    sure = here != UNCERTAIN
    weights = np.zeros(features)
    weights[first] = 1.0
    errors = [wrong(weights, part, said) for part, said in ((inputs, here), (mirrored, there))]
    assert sum(e for e in errors if e is not None) == pytest.approx(1.0)
    assert bool((here[sure] != there[sure]).all())


def test_two_copies_each_are_right_as_often_as_predicted() -> None:
    """Signs of two sums of two uniform features each: wrong factors a quarter of the time."""
    x = np.random.default_rng(0).uniform(-1, 1, (400_000, 4))
    said = np.sign((x[:, 0] + x[:, 1]) * (x[:, 2] + x[:, 3]))
    right = float((said == np.sign(x[:, 0] * x[:, 2])).mean())
    p = 0.25
    assert right == pytest.approx((1 - p) ** 2 + p**2, abs=0.004)
    kept = np.abs(x[:, 0] * x[:, 2]) > 0.05
    assert float((said == np.sign(x[:, 0] * x[:, 2]))[kept].mean()) == pytest.approx(
        0.654, abs=0.006
    )


def test_selecting_on_one_candidate_leaks_it() -> None:
    """Keeping only inputs of which one copy's teacher is certain tells which copy that is."""
    rng = np.random.default_rng(0)
    factor = rng.uniform(-1, 1, (20_000, 1))
    table = factor + rng.uniform(-0.1, 0.1, (20_000, 5))
    kept = table[np.abs(table[:, 2]) > 0.2]
    inside = (np.abs(kept) < 0.2).sum(0)
    assert inside[2] == 0
    assert inside[[0, 1, 3, 4]].min() > 100
    shared = copies(5, 0)
    band = (shared.train_inputs.abs() < 0.2).sum(0)
    assert int(band.max()) == 0
