"""Weak robustness over several attacks, from its definition: void saves nobody.

The tables are written as a person would: one row for each item, one letter for each input.
R right, W wrong, A abstained, all where the teacher is certain; V the teacher is uncertain;
? not asked.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sheets import SEEDED, sheet_of

from preceptor.core import ABSTAINED, UNCERTAIN, InputError
from preceptor.outcome import (
    NO_ATTACK,
    WORST_CASE,
    Component,
    LeastRate,
    Outcome,
    Rate,
    Sheet,
    Verdict,
    accuracy,
    components,
    never_wrong,
    unattacked,
    worst,
)

LETTERS = {
    "R": Verdict.AGREE,
    "W": Verdict.ERROR,
    "A": Verdict.ABSTAIN,
    "V": Verdict.VOID,
    "?": Verdict.UNASKED,
}
SAID = {"R": (0, 0), "W": (1, 0), "A": (ABSTAINED, 0), "V": (1, UNCERTAIN), "?": (1, 0)}


def verdicts_of(table: list[str]) -> list[torch.Tensor]:
    """``Int64[items]`` for each attack, from a row of letters for each item."""
    return [torch.tensor([LETTERS[c] for c in column]) for column in zip(*table, strict=True)]


def sheet_from(letters: str) -> Sheet:
    student, teacher = zip(*(SAID[c] for c in letters), strict=True)
    return sheet_of(list(student), list(teacher), [c != "?" for c in letters])


def outcomes_of(clean: str, **moved: str) -> list[Outcome]:
    there = sheet_from(clean)
    return [Outcome(name, there, sheet_from(letters)) for name, letters in moved.items()]


def count(verdicts: torch.Tensor) -> str:
    """Right, wrong, void and unasked items."""
    rate = accuracy(verdicts)
    return f"{rate.hits} {rate.misses} {rate.void} {rate.unasked}"


@pytest.mark.parametrize(
    ("inputs", "item"),
    [
        ("R", "R"),
        ("W", "W"),
        ("A", "A"),
        ("V", "V"),
        ("?", "?"),
        ("RV", "R"),  # certain at one of them: counts
        ("WV", "W"),
        ("VV", "V"),  # certain at none: does not count
        ("RW", "W"),  # wrong at any of them: wrong
        ("RA", "A"),
        ("RR", "R"),
        ("W?", "W"),  # wrong already, whatever is unasked
        ("A?", "A"),
        ("R?", "?"),  # could still be found wrong
        ("V?", "?"),  # could be anything
        ("RVW?", "W"),
        ("RV?V", "?"),
    ],
)
def test_an_item_counts_if_the_teacher_is_certain_anywhere_and_is_wrong_if_it_is_wrong_anywhere(
    inputs: str, item: str
) -> None:
    for order in (inputs, inputs[::-1]):
        assert worst(verdicts_of([order])).tolist() == [LETTERS[item]]


def test_the_clean_input_saves_nobody_and_condemns_nobody() -> None:
    for clean in "RWAV?":
        (only,) = components(outcomes_of(clean * 3, turn="RWV"))
        assert (only.name, count(only.verdicts)) == ("turn", "1 1 1 0")
        *_, last = components(outcomes_of(clean * 3, turn="RWV", shift="VVV"))
        assert (last.name, count(last.verdicts)) == (WORST_CASE, "1 1 1 0")


def test_a_student_wrong_wherever_it_counts_has_a_rate_of_0_however_much_is_void() -> None:
    """300 items, 81 % of the moved inputs void, wrong at all the others."""
    moved = "V" * 243 + "W" * 57
    least = LeastRate.of(components(outcomes_of("R" * 300, turn=moved)))
    assert (least.rate.value, least.rate.certain, least.rate.void) == (0.0, 57, 243)
    for wanted in (0.01, 0.1, 0.7):
        assert least.standing(wanted) != "passed"
    assert least.standing(0.7) == "refuted"
    survived = accuracy(never_wrong(outcomes_of("R" * 300, turn=moved)))
    assert survived.value == 243 / 300  # what was the gate once


def test_another_attack_cannot_fill_up_what_the_first_left_void() -> None:
    """The worst case alone would say 80 %."""
    found = components(outcomes_of("R" * 10, hard="VVVVVVVVWW", easy="RRRRRRRRRR"))
    assert [(one.name, count(one.verdicts)) for one in found] == [
        ("hard", "0 2 8 0"),
        ("easy", "10 0 0 0"),
        (WORST_CASE, "8 2 0 0"),
    ]
    least = LeastRate.of(found)
    assert (least.name, least.rate.value, least.rate.certain) == ("hard", 0.0, 2)


def test_the_worst_case_decides_where_attacks_break_different_items() -> None:
    found = components(outcomes_of("R" * 10, turn="WWWRRRRRRR", shift="RRRWWWRRRR"))
    assert LeastRate.of(found).name == WORST_CASE
    assert LeastRate.of(found).rate.value == 0.4


def test_without_any_attack_the_clean_inputs_are_the_one_component() -> None:
    (only,) = components([unattacked(sheet_from("RWV?"))])
    assert (only.name, count(only.verdicts)) == (NO_ATTACK, "1 1 1 1")
    with pytest.raises(InputError, match="unattacked"):
        components([])
    with pytest.raises(InputError, match="undefined"):
        worst([])
    with pytest.raises(InputError, match="at least one"):
        LeastRate((), ())
    with pytest.raises(InputError, match="levels"):
        LeastRate(("a", "b"), (Rate(1, 1), Rate(1, 1, level=0.9)))


def test_never_wrong_counts_void_as_survived_and_the_clean_input_with_it() -> None:
    assert count(never_wrong(outcomes_of("RRWV", turn="VWVV"))) == "1 2 1 0"


TABLES = st.integers(1, 4).flatmap(
    lambda attacks: st.lists(
        st.text("RWAV?", min_size=attacks, max_size=attacks), min_size=1, max_size=12
    )
)


def parts(table: list[str]) -> list[Component]:
    own = [Component(str(i), one) for i, one in enumerate(verdicts_of(table))]
    return own if len(own) == 1 else [*own, Component(WORST_CASE, worst(verdicts_of(table)))]


@SEEDED
@given(TABLES, st.data())
def test_turning_a_right_moved_answer_void_never_raises_a_rate_over_moved_inputs(
    table: list[str], data: st.DataObject
) -> None:
    """Nor does void make an item right: no rate counts a hit that it did not count before."""
    item = data.draw(st.integers(0, len(table) - 1))
    attack = data.draw(st.integers(0, len(table[0]) - 1))
    row = table[item]
    voided = table.copy()
    voided[item] = row[:attack] + "V" + row[attack + 1 :]
    before, after = LeastRate.of(parts(table)), LeastRate.of(parts(voided))
    for old, new in zip(before.rates, after.rates, strict=True):
        assert new.hits <= old.hits or row[attack] in "WA?"
        if row[attack] == "R" and old.value is not None and new.value is not None:
            assert new.value <= old.value
    others = row[:attack] + row[attack + 1 :]
    if not others.strip("V"):  # nothing else is certain: it counts no more, right or wrong
        assert worst(verdicts_of(voided))[item] == Verdict.VOID


@SEEDED
@given(TABLES, st.integers(1, 30))
def test_items_that_are_void_under_every_attack_change_no_rate(table: list[str], more: int) -> None:
    padded = table + ["V" * len(table[0])] * more
    before, after = LeastRate.of(parts(table)), LeastRate.of(parts(padded))
    assert before.interval == after.interval
    assert before.name == after.name
    assert [r.value for r in before.rates] == [r.value for r in after.rates]
    assert [r.void + more for r in before.rates] == [r.void for r in after.rates]


@SEEDED
@given(TABLES, st.data())
def test_one_more_attack_never_unmakes_an_error_and_its_own_rate_counts(
    table: list[str], data: st.DataObject
) -> None:
    letters = data.draw(
        st.lists(st.sampled_from("RWAV?"), min_size=len(table), max_size=len(table))
    )
    more = [row + letter for row, letter in zip(table, letters, strict=True)]
    old, new = worst(verdicts_of(table)), worst(verdicts_of(more))
    wrong = (old == Verdict.ERROR) | (old == Verdict.ABSTAIN)
    assert ((new == Verdict.ERROR) | (new == Verdict.ABSTAIN))[wrong].all()
    before, after = LeastRate.of(parts(table)), LeastRate.of(parts(more))
    own = LeastRate.of(parts(table)[: len(table[0])])
    assert after.interval[0] <= own.interval[0]
    if own.rate.value is not None and after.rate.value is not None:
        assert after.rate.value <= own.rate.value
    if len(table[0]) == 1 and before.rate.value is not None:
        known = after.rate.value  # of an attack with nothing certain yet, what it is at least
        assert (after.rate.bounds[0] if known is None else known) <= before.rate.value


@SEEDED
@given(TABLES)
def test_the_interval_of_the_least_holds_it_and_one_component_is_an_ordinary_rate(
    table: list[str],
) -> None:
    least = LeastRate.of(parts(table))
    low, high = least.interval
    for rate in least.rates:
        assert low <= rate.interval[0]
    if least.rate.value is not None and not least.rate.unasked:
        assert low <= least.rate.value <= high
    if len(least.rates) == 1:
        assert least.interval == least.rate.interval


@SEEDED
@given(TABLES, st.data())
def test_one_more_answer_never_widens_the_interval_of_the_least(
    table: list[str], data: st.DataObject
) -> None:
    places = [(i, k) for i, row in enumerate(table) for k, c in enumerate(row) if c == "?"]
    if not places:
        return
    i, k = data.draw(st.sampled_from(places))
    answered = table.copy()
    answered[i] = table[i][:k] + data.draw(st.sampled_from("RWAV")) + table[i][k + 1 :]
    before, after = LeastRate.of(parts(table)).interval, LeastRate.of(parts(answered)).interval
    assert before[0] - 1e-12 <= after[0]
    assert after[1] <= before[1] + 1e-12


def test_the_ends_are_those_of_clopper_and_pearson_the_upper_corrected_for_the_number() -> None:
    least = LeastRate(("a", "b", "c"), (Rate(90, 10), Rate(40, 5), Rate(30, 0, void=70)))
    low = min(
        binomtest(k, n).proportion_ci(0.95, "exact").low for k, n in ((90, 100), (40, 45), (30, 30))
    )
    high = binomtest(90, 100).proportion_ci(1 - 0.05 / 3, "exact").high
    assert least.interval == pytest.approx((low, high), abs=1e-9)
    assert least.name == "b"
    assert least.interval[1] > Rate(90, 10).interval[1]


def test_a_gate_passes_only_if_every_component_does_and_is_refuted_by_one() -> None:
    good, small, bad = Rate(990, 10), Rate(9, 0, void=991), Rate(700, 300)
    assert LeastRate(("a",), (good,)).standing(0.95) == "passed"
    assert LeastRate(("a", "b"), (good, small)).standing(0.95) == "open"
    assert LeastRate(("a", "b"), (good, bad)).standing(0.95) == "refuted"
    assert LeastRate(("a", "b"), (small, bad)).standing(0.95) == "refuted"


def test_an_undefined_rate_is_never_passed_and_never_refuted() -> None:
    nothing = Rate(0, 0, void=50)
    for least in (0.0, 0.5, 0.9):
        assert LeastRate(("a",), (nothing,)).standing(least) == "open"
        assert LeastRate(("a", "b"), (nothing, Rate(900, 1))).standing(least) == "open"
    both = LeastRate(("a", "b"), (nothing, Rate(3, 97)))
    assert both.standing(0.9) == "refuted"  # by b
    assert (both.name, both.undefined) == ("b", ("a",))
    assert both.interval[0] == 0.0
    assert LeastRate(("a", "b"), (nothing, nothing)).rate.value is None


def test_of_equal_rates_the_one_that_is_known_less_well_decides() -> None:
    assert LeastRate(("a", "b"), (Rate(90, 10), Rate(9, 1))).name == "b"
    assert LeastRate(("a", "b"), (Rate(9, 1), Rate(9, 1))).name == "a"


def test_the_interval_of_the_least_misses_no_more_often_than_it_says() -> None:
    """Where all components have the same true rate the upper end needs its correction."""
    rng = np.random.default_rng(20261129)
    runs, n, truth, parts_ = 4000, 150, 0.85, 4
    hits = rng.binomial(n, truth, (runs, parts_))
    above = below = uncorrected = 0
    for row in hits.tolist():
        least = LeastRate(tuple("abcd"), tuple(Rate(k, n - k) for k in row))
        low, high = least.interval
        above, below = above + (low > truth), below + (high < truth)
        uncorrected += min(Rate(k, n - k).interval[1] for k in row) < truth
    slack = 4 * (0.025 * 0.975 / runs) ** 0.5
    assert above / runs <= 0.025 + slack
    assert below / runs <= 0.025 + slack
    assert uncorrected / runs > 0.04
