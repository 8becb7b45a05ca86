"""Rates carry what was not scored; intervals say what is not known, and never more."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sheets import SEEDED, hidden, tables

from preceptor.core import UNCERTAIN, InputError
from preceptor.outcome import (
    Outcome,
    Rate,
    Sheet,
    Verdict,
    accuracy,
    conventional,
    judge,
    share,
    worst,
)

COUNT = st.integers(0, 60)
RATES = st.builds(Rate, COUNT, COUNT, COUNT, COUNT, st.sampled_from([0.8, 0.95, 0.99]))


def within(inner: tuple[float, float], outer: tuple[float, float]) -> bool:
    return outer[0] <= inner[0] + 1e-12 and inner[1] <= outer[1] + 1e-12


@SEEDED
@given(RATES)
def test_a_rate_with_nothing_certain_under_it_is_undefined(rate: Rate) -> None:
    if rate.certain:
        assert rate.value == rate.hits / (rate.hits + rate.misses)
    else:
        assert rate.value is None
    bare = replace(rate, hits=0, misses=0)
    assert bare.value is None
    assert bare.bounds == (0.0, 1.0)
    assert bare.interval == (0.0, 1.0)
    assert bare.describe()["value"] is None


@SEEDED
@given(RATES)
def test_what_was_chosen_speaks_for_the_rest_only_when_there_is_no_rest(rate: Rate) -> None:
    chosen = replace(rate, chosen=True)
    assert chosen.value == (None if rate.unasked else rate.value)
    assert (chosen.bounds, chosen.interval) == (rate.bounds, rate.interval)


@SEEDED
@given(RATES)
def test_intervals_are_those_of_clopper_and_pearson_at_the_ends_of_the_bounds(rate: Rate) -> None:
    most = rate.hits + rate.misses + rate.unasked
    if not most:
        return
    top = rate.hits + rate.unasked
    low = binomtest(rate.hits, most).proportion_ci(rate.level, "exact").low
    high = binomtest(top, most).proportion_ci(rate.level, "exact").high
    assert rate.interval == pytest.approx((low, high), abs=1e-9)
    assert rate.bounds == (rate.hits / most, top / most)
    assert within(rate.bounds, rate.interval)
    if rate.value is not None:
        assert within((rate.value, rate.value), rate.bounds)


@SEEDED
@given(RATES, st.sampled_from(["hits", "misses", "void"]))
def test_one_more_answer_never_widens_an_interval(rate: Rate, kind: str) -> None:
    waiting = replace(rate, unasked=rate.unasked + 1)
    answered = replace(rate, **{kind: getattr(rate, kind) + 1})
    assert within(answered.bounds, waiting.bounds)
    assert within(answered.interval, waiting.interval)


def all_rates(sheets: list[Sheet]) -> list[Rate]:
    """Each accuracy that a summary gives, the conventional one, and a share."""
    clean, moved = sheets[0], sheets[1:]
    outcomes = [Outcome(str(i), clean, sheet) for i, sheet in enumerate(moved)]
    found = [accuracy(judge(sheet)) for sheet in sheets]
    found.append(accuracy(worst([judge(sheet) for sheet in sheets])))
    found.append(conventional(outcomes or [Outcome("none", clean, clean)]))
    found += [share(judge(sheet) == Verdict.ABSTAIN, judge(sheet)) for sheet in sheets]
    return found


@settings(SEEDED, max_examples=60)
@given(tables(full=True), st.data())
def test_a_cheap_audits_interval_contains_the_full_audits_rate(
    full: list[Sheet], data: st.DataObject
) -> None:
    items = len(full[0])
    masks = [
        torch.tensor(data.draw(st.lists(st.booleans(), min_size=items, max_size=items)))
        for _ in full
    ]
    cheap = [hidden(sheet, mask) for sheet, mask in zip(full, masks, strict=True)]
    for whole, part in zip(all_rates(full), all_rates(cheap), strict=True):
        assert whole.unasked == 0
        assert within(whole.interval, part.interval)
        if whole.value is not None:
            assert within((whole.value, whole.value), part.bounds)
            assert within((whole.value, whole.value), part.interval)


@settings(SEEDED, max_examples=15)
@given(tables(full=True), st.data())
def test_each_further_answer_of_an_audit_narrows_or_leaves_every_interval(
    full: list[Sheet], data: st.DataObject
) -> None:
    items, places = len(full[0]), len(full) * len(full[0])
    order = data.draw(st.permutations(range(places)))
    keep = torch.zeros(places, dtype=torch.bool)
    before: list[Rate] | None = None
    for place in order:
        keep[place] = True
        now = all_rates([hidden(s, keep[i * items : (i + 1) * items]) for i, s in enumerate(full)])
        for late, early in zip(now, before or now, strict=True):
            assert late == early or within(late.interval, early.interval)
        before = now


def test_intervals_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(20210211)
    runs, truth = 4000, 0.83
    said = rng.random((runs, 80))  # from 0.9 on void
    hits, certain = (said < 0.9 * truth).sum(1), (said < 0.9).sum(1)
    seen = Counter(zip(hits.tolist(), certain.tolist(), strict=True))
    covered = 0
    for (right, counted), times in seen.items():
        low, high = Rate(right, counted - right, void=80 - counted, level=0.9).interval
        covered += times * (low <= truth <= high)
    # exact intervals cover at least as often; four standard errors of slack
    assert covered / runs >= 0.9 - 4 * (0.9 * 0.1 / runs) ** 0.5
    assert covered / runs < 0.99


def test_an_interval_that_ignores_the_unasked_would_not_cover() -> None:
    """Asking only where an attack succeeded: the interval holds the truth all the same."""
    rng = np.random.default_rng(5)
    right = rng.random(400) < 0.9
    asked = ~right | (rng.random(400) < 0.1)  # mostly the errors are looked at
    hits, misses = int((right & asked).sum()), int((~right & asked).sum())
    honest = Rate(hits, misses, unasked=int((~asked).sum()), chosen=True)
    naive = Rate(hits, misses)
    assert within((right.mean(), right.mean()), honest.interval)
    assert not within((right.mean(), right.mean()), naive.interval)


@SEEDED
@given(tables(full=False))
def test_conventional_accuracy_is_what_counting_gives(sheets: list[Sheet]) -> None:
    clean, moved = sheets[0], sheets[1:]
    outcomes = [Outcome(str(i), clean, sheet) for i, sheet in enumerate(moved)]
    outcomes = outcomes or [Outcome("none", clean, clean)]
    hits = misses = void = unasked = 0
    for item in range(len(clean)):
        label = int(clean.teacher[item])
        said = [int(clean.student[item]), *(int(o.moved.student[item]) for o in outcomes)]
        if not clean.asked[item]:
            unasked += 1
        elif label == UNCERTAIN:
            void += 1
        elif all(one == label for one in said):
            hits += 1
        else:
            misses += 1
    rate = conventional(outcomes)
    assert (rate.hits, rate.misses, rate.void, rate.unasked) == (hits, misses, void, unasked)


@SEEDED
@given(tables(full=False))
def test_every_item_is_counted_once_in_each_rate(sheets: list[Sheet]) -> None:
    for rate in all_rates(sheets):
        assert rate.hits + rate.misses + rate.void + rate.unasked == len(sheets[0])


@pytest.mark.parametrize(
    ("counts", "match"),
    [({"hits": -1}, "negative"), ({"unasked": -2}, "negative"), ({"level": 1.0}, "level")],
)
def test_counts_and_levels_that_make_no_sense_are_refused(counts: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        Rate(**({"hits": 1, "misses": 1} | counts))


def test_conventional_accuracy_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        conventional([])


def test_a_described_rate_carries_every_count() -> None:
    told = Rate(3, 1, void=2, unasked=4, level=0.9, chosen=True).describe()
    assert told["value"] is None
    assert told["bounds"] == [3 / 8, 7 / 8]
    wanted = {"hits": 3, "certain": 4, "void": 2, "unasked": 4, "level": 0.9, "chosen": True}
    assert wanted.items() <= told.items()
