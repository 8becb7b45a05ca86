"""Bets that hold at any time: fairness by enumeration, coverage, power, exactness."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import InputError
from preceptor.core import generator as stream
from preceptor.sequential import (
    Evidence,
    Gain,
    Pool,
    Process,
    Result,
    StoppingRule,
    draw_order,
    grid,
    replay,
)

POINT = st.floats(0.05, 0.95)


def wealth(process: Process) -> np.ndarray:
    """Of both gamblers at the only point."""
    return np.exp(np.array(process.evidence.wealth)[..., 0])


@settings(max_examples=12, deadline=None)
@given(POINT, st.floats(0.0, 0.8), st.integers(1, 5))
def test_against_a_source_no_bet_is_better_than_fair(p: float, void: float, items: int) -> None:
    """Every sequence, weighted: the expected wealth is 1 where the rate is exactly the point."""
    chance = [(1 - void) * p, (1 - void) * (1 - p), void]
    expected = np.zeros(2)
    for results in product(range(3), repeat=items):
        *_, last = replay(Process.start(np.array([p])), results)
        expected += np.prod([chance[result] for result in results]) * wealth(last)
    assert expected == pytest.approx([1.0, 1.0], abs=1e-9)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=4),
    POINT,
    st.floats(0.1, 1.0),
    st.booleans(),
)
def test_against_a_pool_no_bet_is_better_than_fair(
    pool: list[tuple[int, int]], p: float, mix: float, proxied: bool
) -> None:
    """Every order in which the pool can be drawn, up to the last item but one, with any proxy."""
    right = sum(result == 0 for result, _ in pool)
    certain = sum(result < 2 for result, _ in pool)
    excess = right - p * certain
    guesses = [guess if proxied else 0 for _, guess in pool]
    counts = np.bincount(guesses, minlength=3)
    start = Process.start(np.array([p]), Pool.of(counts, mix=mix, proxied=proxied))

    def expected(process: Process, left: tuple[int, ...], cap: float = 1e12) -> np.ndarray:
        if len(left) == 1:
            return np.minimum(wealth(process), cap)
        assert process.pool is not None
        found = np.zeros(2)
        for item in left:
            chance = process.pool.chances[guesses[item]]
            rest = tuple(one for one in left if one != item)
            after = process.after(np.asarray(pool[item][0]), np.asarray(guesses[item]))
            found += chance * expected(after, rest)
        return found

    up, down = expected(start, tuple(range(len(pool))))
    assert excess > 1e-6 or up <= 1 + 1e-6
    assert excess < -1e-6 or down <= 1 + 1e-6


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=12),
    st.lists(st.integers(0, 2), min_size=12, max_size=12),
    st.floats(0.1, 1.0),
    st.integers(0, 99),
)
def test_a_pool_that_is_all_asked_is_known_exactly(
    results: list[int], guesses: list[int], mix: float, seed: int
) -> None:
    guessed = np.array(guesses[: len(results)])
    order = draw_order(guessed, mix, stream(seed))
    assert sorted(order.tolist()) == list(range(len(results)))
    start = Process.start(grid(step=0.05), Pool.of(np.bincount(guessed, minlength=3), mix=mix))
    low, high = 0.0, 1.0
    for process in replay(start, np.array(results)[order], guessed[order]):
        ends = [float(end) for end in process.ends(0.05)]
        assert ends[0] >= low, "one more answer widens nothing"
        assert ends[1] <= high
        low, high = ends
    # at 95 % a bet may have gone wrong, and what was claimed stays; no bet on 12 items can at 1e-30,
    # where what is certain alone rules a rate out
    low, high = (float(end) for end in process.ends(1e-30))
    certain = sum(result < 2 for result in results)
    if certain:
        rate = sum(result == 0 for result in results) / certain
        assert low - 1e-9 <= rate <= high + 1e-9
        assert high - low <= 0.0501
    else:
        assert (low, high) == (0.0, 1.0)


def test_a_void_answer_changes_nothing_about_a_source() -> None:
    plain = list(replay(Process.start(grid()), [0, 1, 0]))[-1]
    voids = list(replay(Process.start(grid()), [0, 2, 1, 2, 2, 0]))[-1]
    assert np.allclose(plain.evidence.above, voids.evidence.above)
    assert plain.ends(0.05) == voids.ends(0.05)


@pytest.mark.parametrize("pool", [False, True])
def test_an_unknown_item_is_bad_for_either_claim(pool: bool) -> None:
    def end(result: int) -> tuple[float, float]:
        whole = Pool.of(np.array([40, 0, 0]), proxied=False) if pool else None
        *_, last = replay(Process.start(grid(), whole), [0] * 15 + [result] + [0] * 5)
        return tuple(float(end) for end in last.ends(0.05))  # type: ignore[return-value]

    unknown, right, wrong = (end(r) for r in (Result.UNKNOWN, Result.RIGHT, Result.WRONG))
    assert unknown[0] == wrong[0] < right[0]
    assert unknown[1] == right[1] >= wrong[1]


def first_claims(rate: float, audits: int, items: int, proxy: float | None) -> tuple[float, float]:
    """How many of many audits ever claim "at least 0.9", and how many ever "less"."""
    rng = stream(7, "audits", str(rate), str(proxy))
    points, pool = np.array([0.9]), None
    if proxy is not None:
        cells = np.array([[rate * proxy, (1 - rate) * (1 - proxy)], [0, 0]])
        cells[1] = [rate * (1 - proxy), (1 - rate) * proxy]
        pool = Pool.of(np.broadcast_to([*(20000 * cells.sum(1)), 0], (audits, 3)), mix=0.5)
    process = Process.start(points, pool, (audits,))
    for _ in range(items):
        guesses = np.zeros(audits, np.int64)
        right = np.full(2, rate)
        if process.pool is not None:
            mass = (process.pool.left * process.pool.chances)[:, 1]
            guesses = (rng.random(audits) < mass).astype(np.int64)
            right = cells[:, 0] / cells.sum(1)  # a large pool: nearly as with replacement
        results = (rng.random(audits) >= right[guesses]).astype(np.int64)
        process = process.after(results, guesses)
    low, high = process.ends(0.05)
    yes, no = StoppingRule(least=0.9).claims(low, high)
    return float(yes.mean()), float(no.mean())


@pytest.mark.parametrize("proxy", [None, 0.95, 0.3])
def test_looking_after_every_answer_is_safe(proxy: float | None) -> None:
    """At 2,000 audits, 5 % are 100; 130 or more have probability 0.002. Without a proxy the chance is
    computed exactly in ``test_levels``."""
    assert first_claims(0.9, 2000, 250, proxy)[1] <= 0.065
    assert first_claims(0.899, 2000, 250, proxy)[0] <= 0.065


@pytest.mark.parametrize(("proxy", "items"), [(None, 200), (0.95, 120)])
def test_what_is_so_is_found_soon(proxy: float | None, items: int) -> None:
    assert first_claims(0.97, 200, items, proxy)[0] > 0.9
    assert first_claims(0.75, 200, items, proxy)[1] > 0.9


def test_the_order_draws_doubtful_items_first_and_the_same_ones_again() -> None:
    guesses = np.array([0] * 90 + [1] * 10)
    order = draw_order(guesses, 0.2, stream(1))
    assert np.array_equal(order, draw_order(guesses, 0.2, stream(1)))
    early = [np.mean(guesses[draw_order(guesses, 0.2, stream(k))[:20]]) for k in range(50)]
    assert np.mean(early) > 0.14
    flat = [np.mean(guesses[draw_order(guesses, 1.0, stream(k))[:20]]) for k in range(50)]
    assert abs(np.mean(flat) - 0.1) < 0.03


def test_many_audits_at_once_are_as_one_by_one() -> None:
    rng = stream(3)
    results, guesses = rng.integers(0, 4, (5, 12)), rng.integers(0, 3, (5, 12))
    counts = np.array([20, 20, 20])
    together = Process.start(grid(), Pool.of(np.broadcast_to(counts, (5, 3)), mix=0.5), (5,))
    for step in range(12):
        together = together.after(results[:, step], guesses[:, step])
    for row in range(5):
        *_, alone = replay(
            Process.start(grid(), Pool.of(counts, mix=0.5)), results[row], guesses[row]
        )
        assert np.allclose(alone.evidence.above, together.evidence.above[row])
        assert np.allclose(alone.evidence.down, together.evidence.down[row])


def test_some_of_many_audits_go_on_as_they_would_have() -> None:
    rng = stream(4)
    results, guesses = rng.integers(0, 4, (6, 5)), rng.integers(0, 3, (6, 5))
    pool = Pool.of(np.broadcast_to(np.array([9, 9, 9]), (5, 3)), mix=0.5)
    whole = some = Process.start(grid(step=0.05), pool, (5,))
    for step, (one, guess) in enumerate(zip(results, guesses, strict=True)):
        rows = np.array([3, 1, 1]) if step > 2 else np.arange(5)
        if step == 3:
            some = some.rows(rows)
        whole, some = whole.after(one, guess), some.after(one[rows], guess[rows])
    for one, other in zip(whole.ends(0.2), some.ends(0.2), strict=True):
        assert np.array_equal(one[[3, 1, 1]], other)
    assert np.array_equal(whole.rows(np.arange(5) < 2).ends(0.2)[0], whole.ends(0.2)[0][:2])


def test_results_of_a_source_can_be_counted() -> None:
    """The wealth hangs on how many there were of each, not on their order."""
    points = grid(step=0.1)[1:-1]
    results = stream(5).integers(0, 2, 30)
    *_, last = replay(Process.start(points), results.tolist())
    gain = Gain(np.array([[1.0], [0.0]]) - points, -points, 1 - points)
    counts = np.bincount(results, minlength=2).astype(np.float64)
    counted = Evidence.start(points).counted(counts, gain, gain)
    assert np.allclose(counted, last.evidence.wealth)


def test_rules() -> None:
    assert StoppingRule.parse(">=0.9") == StoppingRule(least=0.9)
    assert StoppingRule.parse(" >= 90% of items ") == StoppingRule(least=0.9, of="items")
    assert StoppingRule.parse("+-3%") == StoppingRule(within=0.03)
    assert str(StoppingRule(within=0.03, of="items")) == "+-0.03 of items"
    rule = StoppingRule(least=0.9)
    assert [rule.claim(*ends) for ends in ((0.9, 1), (0.2, 0.9), (0.2, 0.95))] == [
        "certified",
        "refuted",
        "undecided",
    ]
    assert StoppingRule(within=0.05).claim(0.8, 0.9) == "reached"
    assert rule.tail(0.95) == pytest.approx(2 * StoppingRule(within=0.1).tail(0.95))


@pytest.mark.parametrize("text", ["0.9", ">=1", "+-0.6", ">=", "<=0.5", ">=0.9 of all", "+-0"])
def test_no_rules(text: str) -> None:
    with pytest.raises(InputError):
        StoppingRule.parse(text)


def test_a_pool_that_makes_no_sense_is_refused() -> None:
    for counts, mix in (([0, 0, 0], 1.0), ([1, 0, 0], 0.0), ([1, 0, 0], 1.5)):
        with pytest.raises(InputError):
            Pool.of(np.array(counts), mix=mix)


def test_nothing_is_known_before_the_first_answer() -> None:
    low, high = Evidence.start(grid()).ends(0.05)
    assert (float(low), float(high)) == (0.0, 1.0)
