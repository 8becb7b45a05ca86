"""Shares, intervals that hold jointly, ranking, and where the questions go."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from preceptor.core import Domain, InputError, generator
from preceptor.explain import (
    Effect,
    Factor,
    Levels,
    TeacherCounts,
    default_factors,
    ranked,
    standing_out,
)
from preceptor.explain.allocate import ENOUGH, HELD_SHARE, MOST, StudentChanges, allocate
from preceptor.explain.effects import threshold
from preceptor.explain.recommend import recommend
from preceptor.outcome import Rate


def effect(
    flips: int = 50,
    flipped: TeacherCounts = TeacherCounts(),  # noqa: B008
    held: TeacherCounts = TeacherCounts(),  # noqa: B008
    items: int = 100,
    name: str = "one",
    factors: int = 1,
    asked: int = 1,
) -> Effect:
    levels = Levels(0.95, factors, asked)
    return Effect(name, "region", False, items, items, flips, flipped, held, levels)


def lower(hits: int, n: int, tail: float) -> float:
    return float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0


def test_a_share_is_a_product_of_exact_bounds() -> None:
    found = effect(
        80, TeacherCounts(same=18, other=1, uncertain=1), factors=10, asked=4
    ).student_only
    assert found.value == pytest.approx(0.8 * 0.9)
    tails = 0.05 * 2 / 5 / 10 / 2, 0.05 * 2 / 5 / 4 / 2
    assert found.low == pytest.approx(lower(80, 100, tails[0]) * lower(18, 20, tails[1]))
    assert found.low < found.value < found.high


def test_the_allowance_is_spent_once() -> None:
    levels = Levels(0.95, 30, 12)
    spent = (1 - levels.error) / 2 + 30 * (1 - levels.student) + 12 * (1 - levels.teacher)
    assert spent == pytest.approx(0.05)


def test_void_is_no_hit_and_unasked_widens() -> None:
    void = effect(80, TeacherCounts(uncertain=20))
    assert void.student_only.value == 0.0
    assert void.unmoved.value is None
    assert void.unmoved.void == 20
    half = effect(80, TeacherCounts(same=10, unasked=10))
    full = effect(80, TeacherCounts(same=10))
    assert half.student_only.low < full.student_only.low
    assert half.student_only.high == full.student_only.high
    nobody = effect(80).student_only
    assert (nobody.value, nobody.low) == (None, 0.0)


def test_the_teachers_side() -> None:
    found = effect(10, held=TeacherCounts(same=2, other=18)).teacher_only
    assert found.value == pytest.approx(0.9 * 0.9)
    assert found.low > 0.3
    assert effect(100, held=TeacherCounts(other=5)).teacher_only.value == 0.0


@given(
    items=st.integers(0, 60),
    data=st.data(),
    factors=st.integers(1, 90),
)
@settings(deadline=None)
def test_more_answers_never_widen(items: int, data: st.DataObject, factors: int) -> None:
    flips = data.draw(st.integers(0, items))
    k = data.draw(st.integers(0, flips))
    same = data.draw(st.integers(0, k))
    other = data.draw(st.integers(0, k - same))
    before = effect(
        flips,
        TeacherCounts(same, other, 0, k - same - other),
        TeacherCounts(),
        items,
        "x",
        factors,
        2,
    )
    after = effect(
        flips, TeacherCounts(same, other, k - same - other), TeacherCounts(), items, "x", factors, 2
    )
    assert before.student_only.low <= after.student_only.low + 1e-12
    assert after.student_only.high <= before.student_only.high + 1e-12
    share = after.student_only
    assert 0 <= share.low <= share.high <= 1
    if share.value is not None:
        assert share.low - 1e-9 <= share.value <= share.high + 1e-9
    assert Effect.read(after.describe(), after.levels) == after


def test_intervals_cover_together() -> None:
    """Simulated: the truth of eight factors lies in all their intervals 95 times in 100 at least."""
    rng = generator(0, "coverage")
    flips_and_keeps = "0.1 0.5 0.3 0.9 0.5 0.1 0.9 0.9 0.05 1 0.5 0.5 0.7 0.3 0.2 0"
    numbers = [float(word) for word in flips_and_keeps.split()]
    truths = list(zip(numbers[::2], numbers[1::2], strict=True))
    held = 0
    for _ in range(400):
        fine = True
        for p, q in truths:
            flips = int(rng.binomial(150, p))
            k = min(20, flips)
            same = int(rng.binomial(k, q))
            asked = TeacherCounts(same, k - same)
            share = effect(
                flips, asked, TeacherCounts(), 150, "x", len(truths), len(truths)
            ).student_only
            fine &= share.low <= p * q <= share.high
        held += fine
    assert held >= 380


def test_ranking_and_standing() -> None:
    strong = effect(90, TeacherCounts(same=20), name="strong")
    weak = effect(90, TeacherCounts(same=6, other=14), name="weak")
    unasked = effect(90, name="unasked")
    order = ranked((unasked, weak, strong))
    assert [e.name for e in order] == ["strong", "weak", "unasked"]
    assert [e.name for e in standing_out(order, 0.3, "student")] == ["strong"]


def test_the_bar_is_twice_the_error_at_its_limit() -> None:
    error = Rate(0, 10_000, level=0.98)
    assert threshold(error, 0.05) == 0.05
    error = Rate(100, 900, level=0.98)
    assert threshold(error, 0.05) == pytest.approx(2 * error.interval[1])
    assert threshold(Rate(0, 0), 0.05) == 2.0, "nothing stands out where nothing is known"


def test_nothing_is_said_plainly() -> None:
    (only,) = recommend((effect(3),), 0.05, (), 0.95)
    assert only.lesson == "nothing stood out"
    assert only.advice == "No factor stood out at the 95 % level over 1 factors."


def tried(flips: torch.Tensor) -> StudentChanges:
    return StudentChanges(flips, torch.ones_like(flips), torch.arange(len(flips)).float())


FACTORS: tuple[Factor, ...] = default_factors(Domain((1, 12, 12)), torch.rand(3, 1, 12, 12))


@given(budget=st.integers(0, 700), seed=st.integers(0, 20))
@settings(deadline=None, max_examples=30)
def test_the_budget_is_kept_before_the_first_question(budget: int, seed: int) -> None:
    draws = generator(seed, "flips").random((len(FACTORS), 80))
    rates = generator(seed, "rates").random(len(FACTORS))
    flips = torch.from_numpy(draws < rates[:, None])
    samples = allocate(FACTORS, tried(flips), budget=budget, bar=0.1, level=0.999, seed=seed)
    assert sum(len(sample.rows) for sample in samples) <= budget
    for sample in samples:
        assert len(set(sample.rows.tolist())) == len(sample.rows) <= MOST
        assert (flips[sample.factor][sample.rows] == sample.flipped).all()
    pairs = [(sample.factor, sample.flipped) for sample in samples]
    assert len(pairs) == len(set(pairs))


def test_questions_go_where_something_could_stand_out() -> None:
    flips = torch.zeros(len(FACTORS), 100, dtype=torch.bool)
    flips[3, :90] = True
    flips[5, :4] = True
    samples = allocate(FACTORS, tried(flips), budget=400, bar=0.05, level=0.999, seed=0)
    assert {s.factor: len(s.rows) for s in samples if s.flipped} == {3: MOST}
    assert sum(len(s.rows) for s in samples if not s.flipped) <= 400 * HELD_SHARE
    assert samples[1].factor == len(FACTORS) - 1, "farthest first"


def test_a_small_budget_takes_the_most_sensitive_of_each_family() -> None:
    flips = torch.zeros(len(FACTORS), 100, dtype=torch.bool)
    flips[:, :50] = True
    flips[7, :90] = True
    samples = allocate(FACTORS, tried(flips), budget=81, bar=0.05, level=0.999, seed=0)
    asked = [s.factor for s in samples if s.flipped]
    assert 7 in asked
    assert len(asked) == 61 // ENOUGH
    assert len({FACTORS[i].family for i in asked}) == 3


def test_levels_are_checked() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        Levels(1.0, 3, 3)
