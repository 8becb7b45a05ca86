"""Steps of the proof of proposition 4, what a class that is too large costs, checked by number."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom


def test_a_needle_is_met_half_way_on_average() -> None:
    rng, size = np.random.default_rng(0), 16
    tries = [int(np.flatnonzero(rng.permutation(size) == 3)[0]) + 1 for _ in range(4000)]
    assert np.mean(tries) == pytest.approx((size + 1) / 2, abs=0.25)


def pairs(x: np.ndarray) -> np.ndarray:
    """``Float[n, d (d - 1) / 2]``, the products of two different features."""
    first, second = np.triu_indices(x.shape[1], 1)
    return x[:, first] * x[:, second]


@pytest.mark.parametrize("d", [3, 6])
def test_one_label_less_than_coefficients_leaves_a_quadratic_that_is_wrong_on_half(d: int) -> None:
    """A form that vanishes on all inputs but the last possible, added to the teacher's product."""
    rng = np.random.default_rng(d)
    rows, columns = np.triu_indices(d)

    def forms(x: np.ndarray) -> np.ndarray:
        return x[:, rows] * x[:, columns]

    x, probes = rng.uniform(-1, 1, (len(rows) - 1, d)), rng.uniform(-1, 1, (40_000, d))
    w = np.linalg.svd(forms(x))[2][-1]
    assert np.abs(forms(x) @ w).max() < 1e-9
    errors = []
    for t in (1e5, -1e5):
        taught, wrong_at = (
            np.sign(p[:, 0] * p[:, 1] + t * (forms(p) @ w)) != np.sign(p[:, 0] * p[:, 1])
            for p in (x, probes)
        )
        assert not taught.any()
        errors.append(wrong_at.mean())
    assert sum(errors) == pytest.approx(1.0, abs=0.01)
    assert max(errors) >= 0.495


@pytest.mark.parametrize(("d", "n"), [(8, 7), (12, 33), (16, 100)])
def test_a_space_fixed_by_the_inputs_holds_little_of_most_pairs(d: int, n: int) -> None:
    x = np.random.default_rng(n).choice([-1.0, 1.0], (n, d))
    space = np.linalg.svd(pairs(x), full_matrices=False)[2][: np.linalg.matrix_rank(pairs(x))]
    assert (space**2).sum(0).mean() <= n / (d * (d - 1) / 2) + 1e-9


KURTOSIS = 17.0
"""Bounds the fourth moment of a polynomial of degree 2 on the corners whose square has mean 1."""


def quadratic(rng: np.random.Generator, terms: int) -> np.ndarray:
    """A polynomial of degree 2 with so many products, at all corners of 7 features."""
    corners = np.array(list(itertools.product((1.0, -1.0), repeat=7)))
    every = np.column_stack([np.ones(len(corners)), corners, pairs(corners)])
    c = np.zeros(every.shape[1])
    c[:8] = rng.standard_normal(8) * rng.integers(2)
    c[8 + rng.permutation(21)[:terms]] = rng.standard_normal(terms)
    return every @ (c / np.linalg.norm(c))


@pytest.mark.parametrize("terms", [1, 3, 10, 21])
def test_a_quadratic_on_the_corners_has_a_bounded_fourth_moment(terms: int) -> None:
    for seed in range(50):
        g = quadratic(np.random.default_rng(seed), terms)
        assert np.mean(g**2) == pytest.approx(1.0)
        assert np.mean(g**4) <= KURTOSIS
        assert np.abs(g).mean() >= KURTOSIS**-0.5


def test_the_bound_on_the_fourth_moment_is_that_of_the_proof() -> None:
    """15 v^2 + 8 sqrt(2) v^1.5 c + 6 v c^2 + c^4 with c^2 = 1 - v; and 15 cannot be bettered."""
    v = np.linspace(0, 1, 20_001)
    c = np.sqrt(1 - v)
    assert (15 * v**2 + 8 * 2**0.5 * v**1.5 * c + 6 * v * c**2 + c**4).max() <= KURTOSIS
    size = 600  # all pairs alike: the square of a sum, whose law tends to that of a chi square
    k = np.arange(size + 1)
    weights, g = binom.pmf(k, size, 0.5), (2 * k - size) ** 2 - size
    assert weights @ g**4 / (weights @ g**2) ** 2 == pytest.approx(15, abs=0.2)


def floor_of_the_error(u: np.ndarray | float) -> np.ndarray:
    """The bound of (b): of the error mass, by the square of the correlation."""
    ahead = np.maximum(0, KURTOSIS**-0.5 / 2 - np.sqrt(u / (1 - np.asarray(u))))
    found: np.ndarray = ahead ** (4 / 3) / KURTOSIS ** (1 / 3)
    return found


def test_the_bound_on_the_error_is_convex_and_falls() -> None:
    h = floor_of_the_error(np.linspace(0, 0.05, 2001))
    assert (np.diff(h) <= 0).all()
    assert (np.diff(h, 2) >= -1e-15).all()
    assert h[0] > 0.023
    assert floor_of_the_error(1 / 309) > 0.01


@pytest.mark.parametrize("terms", [1, 3, 10, 21])
def test_no_quadratic_errs_less_than_its_correlation_allows(terms: int) -> None:
    for seed in range(200):
        rng = np.random.default_rng([seed, terms])
        g = quadratic(rng, terms)
        teacher = quadratic(np.random.default_rng(0), 0) * 0 + np.prod(
            np.array(list(itertools.product((1.0, -1.0), repeat=7)))[:, :2], axis=1
        )
        u = max(0.0, float(np.mean(g * teacher))) ** 2
        if u < 1:
            assert np.mean(np.sign(g) != teacher) >= floor_of_the_error(u) - 1e-12


@pytest.mark.parametrize("d", [16, 32])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_least_squares_on_all_pairs_needs_labels_in_proportion_to_the_pairs(d: int, share: float) -> None:  # fmt: skip
    """Its error hangs on labels per pair alone, near the normal tail that the page gives."""
    number = d * (d - 1) // 2
    n, errors = round(share * number), []
    for seed in range(10):
        rng = np.random.default_rng([seed, d, n])
        x, probes = rng.choice([-1.0, 1.0], (n, d)), rng.choice([-1.0, 1.0], (4000, d))
        w = np.linalg.lstsq(pairs(x), x[:, 0] * x[:, 1], rcond=None)[0]
        said = np.sign(np.round(pairs(probes) @ w, 9))
        errors.append(np.mean(said != probes[:, 0] * probes[:, 1]))
    tail = 0.5 * math.erfc(math.sqrt(n / (number - n) / 2))
    assert np.mean(errors) == pytest.approx(tail, abs=0.02)
    assert np.mean(errors) >= floor_of_the_error(share)


def split(asked: set[int], pair: tuple[int, int]) -> bool:
    """Whether the teacher of the pair says -1 at the corner that is -1 on this set."""
    return len(asked & set(pair)) == 1


@pytest.mark.parametrize("d", [2, 3, 4, 7, 8, 16, 21])
def test_a_student_that_knows_that_it_is_a_pair_asks_a_logarithm(d: int) -> None:
    """Bits first, then bisection, for every pair."""
    m, most = math.ceil(math.log2(d)), 0
    for pair in itertools.combinations(range(d), 2):
        sets = [{k for k in range(d) if k >> b & 1} for b in range(m)]
        said = [split(one, pair) for one in sets]
        asked, differs = m, sum(2**b for b in range(m) if said[b])
        left = sorted(sets[said.index(True)])
        while len(left) > 1:
            half, asked = left[: (len(left) + 1) // 2], asked + 1
            left = half if split(set(half), pair) else left[len(half) :]
        assert set(pair) == {left[0], left[0] ^ differs}
        most = max(most, asked)
    assert most <= 2 * m - 1
    if d in (4, 8, 16):
        assert 2 ** (2 * m - 2) < d * (d - 1) // 2


def test_four_inputs_chosen_knowing_the_pair_teach_the_class_of_all_pairs() -> None:
    """So the lower bound needs inputs that are chosen without the teacher."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.choice([-1.0, 1.0], (1, 12)), 4, 0)
    x[:, [2, 7]] = list(itertools.product((1.0, -1.0), repeat=2))
    w = np.linalg.lstsq(pairs(x), x[:, 2] * x[:, 7], rcond=None)[0]
    probes = rng.choice([-1.0, 1.0], (500, 12))
    assert np.allclose(np.sign(pairs(probes) @ w), probes[:, 2] * probes[:, 7])
    assert (np.abs(w) > 1e-9).sum() == 1
