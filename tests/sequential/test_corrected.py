"""People's answers with a prediction: fairness by enumeration, coverage, exactness, the guarantee."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import InputError
from preceptor.core import generator as stream
from preceptor.sequential import CorrectedEvidence, PredictionCells, corrected, weighted_order
from preceptor.sequential.corrected import ALONE

SHARES = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [0.5, 0.75]])
"""Right, wrong, void, and an item of several inputs."""


def pool(
    said: list[int], guessed: list[int], weights: list[float]
) -> tuple[PredictionCells, np.ndarray]:
    looks = np.c_[np.ones(len(said)), np.array(guessed)[:, None] == [0, 1, 2]].astype(float)
    begun = np.array([[0.9, 1.0], [0.1, 1.0], [0.25, 0.5]])[guessed]
    return PredictionCells.join(looks, np.array(weights, float), begun), SHARES[said]


def wealth(found: CorrectedEvidence, rate: float, side: int) -> float:
    """At the grid rate next to the true one, on the side where what is bet against is true."""
    points = found.evidence.points
    place = np.searchsorted(points, rate - 1e-9) if side == 0 else (points <= rate + 1e-9).sum() - 1
    return float(np.exp(found.evidence.wealth[side][place]))


ITEM = st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([1.0, 1.5, 2.0]))


@settings(max_examples=12, deadline=None)
@given(st.lists(ITEM, min_size=2, max_size=4))
def test_no_bet_is_better_than_fair(items: list[tuple[int, int, float]]) -> None:
    """Every order, by its probability, up to the last item but one."""
    cells, shares = pool(*map(list, zip(*items, strict=True)))
    if not shares[:, 1].sum():
        return
    rate = shares[:, 0].sum() / shares[:, 1].sum()
    weights, expected, all_of_it = np.array([w for *_, w in items]), np.zeros(2), 0.0
    for order in permutations(range(len(items))):
        left = weights[list(order)]
        chance = np.prod([left[i] / left[i:].sum() for i in range(len(order))])
        found = CorrectedEvidence.start(cells)
        for item in order[:-1]:
            found = found.after(int(cells.of[item]), shares[item], shares[item])
        expected += chance * np.array([wealth(found, rate, side) for side in (0, 1)])
        all_of_it += chance
    assert all_of_it == pytest.approx(1)
    assert (expected <= 1 + 1e-6).all()


def test_the_order_is_drawn_by_the_weights() -> None:
    """Of three items every order has the probability that the bets reckon with."""
    weights, rng = np.array([1.0, 2.0, 2.0]), stream(0, "order")
    counts: dict[tuple[int, ...], int] = dict.fromkeys(permutations(range(3)), 0)
    for _ in range(4000):
        counts[tuple(weighted_order(weights, rng).tolist())] += 1
    for order, count in counts.items():
        left = weights[list(order)]
        chance = np.prod([left[i] / left[i:].sum() for i in range(3)])
        assert count / 4000 == pytest.approx(chance, abs=0.03)


def world(rng: np.random.Generator, items: int, agrees: float) -> tuple[list[int], list[int]]:
    said = np.where(rng.random(items) < 0.1, 2, (rng.random(items) < 0.4).astype(int))
    other = np.where(said == 2, rng.integers(0, 3, items), 1 - said.clip(0, 1))
    return said.tolist(), np.where(rng.random(items) < agrees, said, other).tolist()


@pytest.mark.parametrize("agrees", [0.95, 0.0])
def test_the_true_rate_is_hardly_ever_ruled_out_at_any_time(agrees: float) -> None:
    """A check at a level of .8; 1,000 resamplings of people's answers: ``benchmarks/calibrate.py``."""
    rng, missed = stream(1, "corrected"), 0
    for _ in range(40):
        said, guessed = world(rng, 60, agrees)
        cells, shares = pool(said, guessed, rng.choice([1.0, 2.0], 60).tolist())
        rate = shares[:, 0].sum() / shares[:, 1].sum()
        order = weighted_order(cells.weights[cells.of], rng)[:25]
        *_, last = corrected(cells, order, shares[order], shares[order])
        low, high = last.ends(0.1)  # what was ruled out stays so
        missed += not low <= rate <= high
    assert missed <= 13  # 40 x .2 and 2 standard deviations


def test_with_everything_drawn_it_is_exact() -> None:
    rng = stream(2, "corrected")
    said, guessed = world(rng, 30, 0.8)
    cells, shares = pool(said, guessed, [1.0] * 30)
    order = weighted_order(np.ones(30), rng)
    *_, last = corrected(cells, order, shares[order], shares[order])
    rate = shares[:, 0].sum() / shares[:, 1].sum()
    assert last.estimate == pytest.approx(rate)
    low, high = last.ends(0.025)
    assert low - 1e-9 <= rate <= high + 1e-9
    assert high - low <= 0.0101


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 0.95]))
def test_never_wider_than_people_alone_at_a_quarter_of_the_error(seed: int, agrees: float) -> None:
    """However bad the stand-in; and an answer never widens it."""
    rng = stream(seed, "corrected")
    said, guessed = world(rng, 80, agrees)
    cells, shares = pool(said, guessed, rng.choice([1.0, 2.0], 80).tolist())
    order = weighted_order(cells.weights[cells.of], rng)[:30]
    both, alone = (
        list(corrected(cells, order, shares[order], shares[order], predicts=predicts))
        for predicts in (True, False)
    )
    before = 0.0, 1.0
    for one, other in zip(both, alone, strict=True):
        low, high = one.ends(0.05)
        least, most = other.ends(0.05 * ALONE)
        assert low >= least - 1e-9
        assert high <= most + 1e-9
        assert low >= before[0]
        assert high <= before[1]
        before = low, high


def test_a_good_stand_in_narrows_and_a_reversed_one_hardly_widens() -> None:
    widths: dict[str, list[float]] = {"good": [], "reversed": [], "alone": []}
    for seed in range(6):
        rng = stream(seed, "narrow")
        said = (rng.random(400) < 0.4).astype(int)
        guessed = np.where(rng.random(400) < 0.93, said, 1 - said)
        order = weighted_order(np.ones(400), rng)[:70]
        for name, guess in (("good", guessed), ("reversed", 1 - guessed), ("alone", guessed)):
            cells, shares = pool(said.tolist(), guess.tolist(), [1.0] * 400)
            *_, last = corrected(
                cells, order, shares[order], shares[order], predicts=name != "alone"
            )
            low, high = last.ends(0.025)
            widths[name].append(high - low)
    mean = {name: np.mean(found) for name, found in widths.items()}
    assert mean["good"] < 0.8 * mean["alone"]
    assert mean["reversed"] < 1.1 * mean["alone"]


def test_what_is_unknown_counts_against_either_claim() -> None:
    cells, shares = pool([0] * 40, [0] * 40, [1.0] * 40)
    order = np.arange(20)
    worst, best = shares[order].copy(), shares[order].copy()
    worst[5:10] = [0.0, 1.0]
    *_, known = corrected(cells, order, shares[order], shares[order])
    *_, open_ = corrected(cells, order, worst, best)
    *_, wrong = corrected(cells, order, worst, worst)
    assert open_.ends(0.025)[0] <= known.ends(0.025)[0]
    assert open_.ends(0.025)[1] >= max(known.ends(0.025)[1], wrong.ends(0.025)[1])


def test_errors_say_what_was_wrong() -> None:
    with pytest.raises(InputError, match="no items"):
        CorrectedEvidence.start(
            PredictionCells(np.zeros(0, np.int64), np.ones((1, 1)), np.ones(1), np.ones((1, 2)))
        )
    with pytest.raises(InputError, match="positive"):
        PredictionCells.alike(np.array([1.0, 0.0]))


def test_alike_cells_are_one_cell() -> None:
    cells = PredictionCells.alike(np.array([1.0, 2.0, 1.0]))
    assert cells.weights.tolist() == [1.0, 2.0]
    assert cells.of.tolist() == [0, 1, 0]
    assert list(product(cells.counts(np.arange(3)))) == [(2.0,), (1.0,)]
