"""Two students at any stopping time: fairness by enumeration, coverage, power, exactness."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import InputError
from preceptor.core import generator as stream
from preceptor.sequential import DifferenceEvidence, Result, apart
from preceptor.sequential.apart import ASIDE, STEP

RIGHT, WRONG, VOID, UNKNOWN = Result
PAIRS = list(product(range(3), repeat=2))


def wealth(found: DifferenceEvidence, d: float, second: float) -> np.ndarray:
    """Of both gamblers, at the difference ``d`` and the tried rate nearest to ``second``."""
    points = found.evidence.points
    place = int(np.argmin(np.abs(points - (d + 1) / 2)))
    assert points[place] == pytest.approx((d + 1) / 2)
    both = np.array(found.evidence.wealth)[:, 0, round(second / STEP), place]
    return np.exp(both)


def rates(chances: np.ndarray) -> tuple[float, float]:
    """Of both students, from the chances of the nine pairs of results."""
    table = chances.reshape(3, 3)
    one, other = table.sum(1), table.sum(0)
    return one[RIGHT] / one[:2].sum(), other[RIGHT] / other[:2].sum()


CHANCES = st.lists(st.integers(1, 9), min_size=9, max_size=9)


@settings(max_examples=5, deadline=None)
@given(CHANCES)
def test_against_a_source_no_bet_is_better_than_fair(weights: list[int]) -> None:
    """Every sequence of three items, weighted, at the differences next to the true one."""
    chances = np.array(weights) / sum(weights)
    first, second = rates(chances)
    true = first - second
    above, below = np.ceil(true * 100) / 100, np.floor(true * 100) / 100
    expected = np.zeros(2)
    for items in product(range(9), repeat=2):
        one, other = np.array([[PAIRS[i] for i in items]]).transpose(2, 0, 1)
        found = apart(one, other)
        up, down = wealth(found, above, second)[0], wealth(found, below, second)[1]
        expected += np.prod(chances[list(items)]) * np.array([up, down])
    assert (expected <= 1 + 1e-9).all()


@settings(max_examples=5, deadline=None)
@given(st.lists(st.sampled_from(PAIRS), min_size=3, max_size=4))
def test_against_these_items_no_bet_is_better_than_fair(items: list[tuple[int, int]]) -> None:
    """Every order in which they can be asked, up to the last item but one."""
    table = np.zeros((3, 3))
    for pair in items:
        table[pair] += 1
    if not (table.sum(1)[:2].sum() and table.sum(0)[:2].sum()):
        return
    first, second = rates(table.reshape(-1))
    true = first - second
    above, below = np.ceil(true * 100) / 100, np.floor(true * 100) / 100
    expected, orders = np.zeros(2), list(permutations(items))
    for order in orders:
        one, other = np.array([order[:-1]]).transpose(2, 0, 1)
        found = apart(one, other, items=len(items))
        up, down = wealth(found, above, second)[0], wealth(found, below, second)[1]
        expected += np.array([up, down]) / len(orders)
    assert (expected <= 1 + 1e-9).all()


def drawn(
    rng: np.random.Generator, audits: int, items: int, first: float, second: float, void: float
) -> tuple[np.ndarray, np.ndarray]:
    """Students that mostly fail at the same items; the second is void somewhat more often."""
    luck = np.repeat(rng.random((1, audits, items)), 2, 0)
    luck[1] = np.where(rng.random((audits, items)) < 0.2, rng.random((audits, items)), luck[1])
    found = np.where(luck < np.array([first, second])[:, None, None], RIGHT, WRONG)
    blurred = rng.random((2, audits, items)) < np.array([void, 1.5 * void])[:, None, None]
    found = np.where(blurred, VOID, found)
    return found[0], found[1]


@pytest.mark.parametrize("void", [0.0, 0.2])
def test_the_true_difference_is_hardly_ever_ruled_out_at_any_time(void: float) -> None:
    """A check of many; 500 audits of each sort are in ``benchmarks/apart.py``."""
    rng = stream(0, "apart")
    one, other = drawn(rng, 150, 30, 0.85, 0.85, void)
    low, high, p = [], [], []
    for part in np.split(np.arange(150), 6):
        found = apart(one[part], other[part])  # what was ruled out stays so
        ends = found.interval(0.2)
        low, high, p = [*low, *ends[0]], [*high, *ends[1]], [*p, *found.p]
    ever = (np.array(low) >= -1e-9) | (np.array(high) <= 1e-9)
    assert ever.mean() <= 0.2
    assert np.array_equal(np.array(p) <= 0.2, ever)


def test_the_second_student_may_be_void_more_often() -> None:
    """No wider than one sequence less the other, at a quarter more of the error or so."""
    one, other = drawn(stream(8, "apart"), 3, 100, 0.9, 0.9, 0.2)
    found = apart(one, other)
    low, high = found.interval(0.05)
    (least, most), (bottom, top) = (of.ends(ASIDE * 0.05 / 4) for of in (found.first, found.second))
    assert (low >= least - top - 1e-9).all()
    assert (high <= most - bottom + 1e-9).all()


def test_errors_of_each_difference_are_its_own() -> None:
    one, other = drawn(stream(9, "apart"), 3, 50, 0.9, 0.6, 0.1)
    found, errors = apart(one, other), np.array([0.2, 0.05, 0.01])
    together = np.array(found.interval(errors))
    alone = np.array([np.array(found.interval(error))[:, i] for i, error in enumerate(errors)])
    assert np.allclose(together, alone.T)


def test_an_answer_never_widens_it() -> None:
    one, other = drawn(stream(1, "apart"), 5, 60, 0.9, 0.6, 0.1)
    found, low, high = DifferenceEvidence.start(5), np.full(5, -1.0), np.full(5, 1.0)
    for a, b in zip(one.T, other.T, strict=True):
        found = found.after(a, b)
        down, up = found.interval(0.05)
        assert (down >= low - 1e-9).all()
        assert (up <= high + 1e-9).all()
        low, high = down, up


def test_pairs_tell_more_than_the_two_rates_alone() -> None:
    one, other = drawn(stream(2, "apart"), 4, 120, 0.9, 0.75, 0.0)
    low, _ = apart(one, other).interval(0.05)
    alone = DifferenceEvidence.start(4), DifferenceEvidence.start(4)
    for a, b in zip(one.T, other.T, strict=True):
        alone = alone[0].after(b, a), alone[1].after(a, b)
    bottom = alone[0].second.ends(0.0125)[0] - alone[1].second.ends(0.0125)[1]
    assert (low > bottom).all()
    assert np.median(low) > 0 > np.median(bottom)


@pytest.mark.parametrize("void", [0.0, 0.2])
def test_of_these_items_all_asked_it_is_close_to_exact(void: float) -> None:
    one, other = drawn(stream(3, "apart"), 3, 80, 0.9, 0.7, void)
    found = apart(one, other, items=80)
    low, high = found.interval(0.05)
    true = [
        (a == RIGHT).sum() / (a < 2).sum() - (b == RIGHT).sum() / (b < 2).sum()
        for a, b in zip(one, other, strict=True)
    ]
    assert ((low <= true) & (true <= high)).all()
    assert (high - low < (0.05 if void == 0 else 0.2)).all()


def test_what_is_unknown_could_be_anything() -> None:
    one, other = drawn(stream(4, "apart"), 4, 80, 0.95, 0.6, 0.1)
    full = apart(one, other).interval(0.05)
    hidden = one.copy()
    hidden[:, ::7] = UNKNOWN
    low, high = apart(hidden, other).interval(0.05)
    for result in (RIGHT, WRONG, VOID):
        filled = np.where(hidden == UNKNOWN, result, hidden)
        down, up = apart(filled, other).interval(0.05)
        assert (low <= down + 1e-9).all()
        assert (high >= up - 1e-9).all()
    assert (low < full[0]).any()


def test_p_is_where_the_interval_touches_no_difference() -> None:
    one, other = drawn(stream(5, "apart"), 4, 100, 0.95, 0.75, 0.1)
    found = apart(one, other)
    assert (found.p > 0).all()
    for row, p in enumerate(found.p.tolist()):
        for error, ruled_out in ((min(p * 1.05, 0.99), p < 0.9), (p * 0.95, False)):
            low, high = (end[row] for end in found.interval(error))
            assert (low >= -1e-9 or high <= 1e-9) == ruled_out
    same = apart(one, one)
    assert (same.p == 1).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="one shape"):
        apart(np.zeros((1, 3), np.int64), np.zeros((1, 4), np.int64))
    with pytest.raises(InputError, match="3 results of 2 items"):
        apart(np.zeros((1, 3), np.int64), np.zeros((1, 3), np.int64), items=2)
