"""The level, to the digit: exact probabilities of ever claiming what is false, and what bets may know."""

from itertools import combinations_with_replacement, permutations

import numpy as np
import pytest

from preceptor.core import InputError
from preceptor.core import generator as stream
from preceptor.sequential import (
    Evidence,
    Gain,
    Pool,
    Process,
    Result,
    Stakes,
    StoppingRule,
    draw_order,
    grid,
    sorts,
)
from preceptor.sequential import pool as pools

LEVEL = 0.95


def ever_claims(p: float, rate: float, items: int, tail: float) -> np.ndarray:
    """The exact probabilities that a source's bets at ``p`` ever claim "at least", and "less".

    The wealth hangs on how many were right, so paths are counted: those that have claimed leave.
    """
    point = np.array([p])
    gain = Gain(np.array([[1.0], [0.0]]) - point, -point, 1 - point)
    start = Evidence.start(point)
    found = np.zeros(2)
    for side in range(2):
        alive = np.array([1.0])
        for number in range(1, items + 1):
            alive = np.append(alive * (1 - rate), 0.0) + np.append(0.0, alive * rate)
            right = np.arange(number + 1)
            counts = np.stack([right, number - right], -1).astype(np.float64)
            logs = start.counted(counts, gain, gain)[side][:, 0]
            claims = logs >= -np.log(tail) - 1e-12
            found[side] += alive[claims].sum()
            alive = np.where(claims, 0.0, alive)
    return found


@pytest.mark.parametrize("p", [0.5, 0.9, 0.99])
def test_the_chance_of_a_false_claim_is_at_most_the_level_and_not_far_below(p: float) -> None:
    tail = StoppingRule(least=p).tail(LEVEL)
    assert tail == pytest.approx(0.05)
    assert StoppingRule(within=0.1).tail(LEVEL) == pytest.approx(0.025)
    found = ever_claims(p, p, 400, tail)
    assert (found <= 0.05).all()
    assert found.max() > 0.015, "a level that is never used would hide a fault"


def test_an_end_moves_where_the_wealth_says_and_nowhere_else() -> None:
    """The end passes a rate when what was staked has grown to 1 / tail, not before."""
    rng = stream(11)
    process, most = Process.start(np.array([0.5])), np.zeros(2)
    for result in (rng.random(200) < 0.35).astype(np.int64):
        process = process.after(np.asarray(result))
        most = np.maximum(most, np.array(process.evidence.wealth)[:, 0])
        for tail in (0.1, 0.05, 0.025, 0.001):
            low, high = (float(end) for end in process.ends(tail))
            assert (low == 0.5) == (most[0] >= -np.log(tail) - 1e-12)
            assert (high == 0.5) == (most[1] >= -np.log(tail) - 1e-12)
    assert most.max() > 3.1, "some of it was claimed"


def test_the_upper_end_can_have_a_level_of_its_own() -> None:
    process = Process.start(grid())
    for result in (0, 1, 1, 1, 1, 1, 0, 1, 1, 1):
        process = process.after(np.asarray(result))
    assert process.ends(0.05, 0.01) == (process.ends(0.05)[0], process.ends(0.01)[1])
    assert process.ends(0.05, 0.01)[1] > process.ends(0.05)[1]


SORTS = [(result, guess) for result in range(2) for guess in range(2)]


@pytest.mark.parametrize("strength", [0.01, 1.0, 40.0])
def test_no_order_of_any_small_pool_pays_on_average(
    monkeypatch: pytest.MonkeyPatch, strength: float
) -> None:
    """Every pool of four, at its own rate, in every order; the coefficient learns at once."""
    monkeypatch.setattr(pools, "STRENGTH", strength)
    for pool in combinations_with_replacement(SORTS, 4):
        rate = sum(result == 0 for result, _ in pool) / 4
        if not 0 < rate < 1:
            continue
        guesses = [guess for _, guess in pool]
        whole = Pool.of(np.bincount(guesses, minlength=3), mix=0.6)
        total = np.zeros(2)
        for order in permutations(range(4)):
            process, chance = Process.start(np.array([rate]), whole), 1.0
            for item in order[:3]:
                assert process.pool is not None
                result, guess = pool[item]
                chance *= float(process.pool.chances[guess])
                process = process.after(np.asarray(result), np.asarray(guess))
            total += chance * np.exp(np.array(process.evidence.wealth)[:, 0])
        assert (total <= 1 + 1e-9).all(), (pool, total)


def test_a_bet_is_laid_before_the_answer_is_known() -> None:
    """What a bet could lose or win, and its coefficient, are the same whatever the answer is."""
    rng = stream(12)
    pool = Pool.of(np.array([12, 9, 4]), mix=0.4)
    points = grid(step=0.1)
    for _ in range(15):
        guess = int(rng.choice(np.flatnonzero(pool.left > 0)))
        told = [pool.gains(np.asarray(r), np.asarray(guess), points) for r in range(3)]
        for one in told[1:]:
            for ours, theirs in zip(told[0], one, strict=True):
                assert np.allclose(ours.least, theirs.least, rtol=0, atol=1e-12)
                assert np.allclose(ours.most, theirs.most, rtol=0, atol=1e-12)
        odds = 1 / float(pool.chances[guess])
        right, wrong = (told[r][0].value for r in (Result.RIGHT, Result.WRONG))
        assert np.allclose(right - wrong, odds), "an answer is worth itself, not what it teaches"
        pool = pool.after(np.asarray(int(rng.integers(0, 3))), np.asarray(guess))


def test_what_is_left_of_a_stake_is_never_more_than_there_was() -> None:
    points = np.array([0.3, 0.6])
    first = Stakes.whole(points).left(np.array([0.7, -1.0]), np.array([-2.0, 3.0]))
    assert first.up.tolist() == [0.0, -1.0]
    assert first.down.tolist() == [-2.0, 0.0]
    second = first.left(np.array([-0.5, 9.0]), np.array([9.0, -0.1]))
    assert second.up.tolist() == [-0.5, -1.0]
    assert second.down.tolist() == [-2.0, -0.1]
    begun = Process.start(points, None, (2,), second)
    assert np.allclose(np.array(begun.evidence.wealth), [[second.up] * 2, [second.down] * 2])
    none = Process.start(points, stakes=Stakes.none(points))
    for _ in range(300):
        none = none.after(np.asarray(Result.WRONG))
    assert none.ends(1e-9) == (0.0, 1.0), "without a stake only what is certain counts"


def test_two_statements_on_one_stake_err_no_more_than_one() -> None:
    """Exactly, over every order: a pool that grows, both statements false, claims at any time.

    Three items, one of them right, at "at least one half"; then one more, wrong. Without the carried
    stake the two statements' chances would add up.
    """
    point, need = np.array([0.5]), np.log(2.0)
    first, new = [0, 1, 1], 1
    carried = fresh = 0.0
    for order in permutations(range(3)):
        said = [first[item] for item in order[:2]]
        process, claimed = Process.start(point, Pool.of(np.array([3, 0, 0]), proxied=False)), False
        for result in said:
            process = process.after(np.asarray(result))
            claimed |= float(process.evidence.wealth[0][0]) >= need
        rest = [first[order[2]], new]
        stakes = Stakes.whole(point).left(*process.evidence.wealth)
        for begun in (stakes, Stakes.whole(point)):
            hits = 0.0
            for later in permutations(range(2)):
                pool = Pool.of(np.array([4, 0, 0]), proxied=False)
                again = Process.start(point, pool, stakes=begun).told(np.array(said))
                hit = claimed
                again = again.after(np.asarray(rest[later[0]]))
                hit |= float(again.evidence.wealth[0][0]) >= need
                hits += hit / 2
            if begun is stakes:
                carried += hits / 6
            else:
                fresh += hits / 6
    assert carried <= 0.5
    assert carried <= fresh


def test_known_items_count_without_a_bet() -> None:
    pool = Pool.of(np.array([5, 3, 0]), mix=0.5)
    told = Process.start(grid(step=0.1), pool).told(np.array([0, 1, 1]), np.array([0, 1, 0]))
    assert told.items == 3
    assert told.pool is not None
    assert told.pool.left.tolist() == [3, 2, 0]
    assert told.pool.least.tolist() == [1, 3]
    assert np.allclose(np.array(told.evidence.wealth), 0.0)
    low, high = told.ends(1e-9)
    assert 0.1 <= float(low) <= 1 / 8 + 0.1
    assert float(high) >= 6 / 8
    with pytest.raises(InputError, match="pool"):
        Process.start(grid()).told(np.array([0]))


@pytest.mark.parametrize("mix", [0.3, 1.0])
def test_a_draw_may_go_by_another_guess_than_the_rate_s_own(mix: float) -> None:
    """Nine sorts: over every order of small pools no component's bets pay on average."""
    rng = stream(13)
    for _ in range(6):
        results, drawn = rng.integers(0, 2, (2, 4)), rng.integers(0, 2, 4)
        guesses = rng.integers(0, 2, (2, 4))
        kinds = sorts(drawn, guesses)
        rates = (results == 0).mean(1)
        counts = np.stack([np.bincount(row, minlength=9) for row in kinds])
        for k in range(2):
            if not 0 < rates[k] < 1:
                continue
            total = np.zeros(2)
            for order in permutations(range(4)):
                process = Process.start(rates[k : k + 1], Pool.of(counts, mix=mix), (2,))
                chance = 1.0
                for item in order[:3]:
                    assert process.pool is not None
                    chance *= float(process.pool.chances[k, kinds[k, item]])
                    process = process.after(results[:, item], kinds[:, item])
                total += chance * np.exp(np.array(process.evidence.wealth)[:, k, 0])
            assert (total <= 1 + 1e-9).all()


def test_the_draw_s_chances_are_those_of_the_order() -> None:
    """How often the first item of an order is of each guess, against ``Pool.chances``."""
    guesses = np.array([0] * 6 + [1] * 3 + [2])
    first = [int(guesses[draw_order(guesses, 0.3, stream(k, "first"))[0]]) for k in range(4000)]
    pool = Pool.of(np.bincount(guesses, minlength=3), mix=0.3)
    expected = pool.chances * pool.left
    assert np.allclose(np.bincount(first, minlength=3) / 4000, expected, atol=0.03)
