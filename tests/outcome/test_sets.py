"""Answers that are sets: with one label or all the numbers are those of labels; bounds hold."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sheets import SEEDED, every_pair, tables
from torch import Tensor

from preceptor.core import ABSTAINED, BROKEN, UNCERTAIN
from preceptor.core.label_sets import plain_sets, settled
from preceptor.outcome import (
    LeastRate,
    Outcome,
    Rate,
    Sheet,
    Split,
    Verdict,
    accuracy,
    changes,
    components,
    conventional,
    difference,
    fails_conventionally,
    judge,
    never_wrong,
    split,
    worst,
)

CLASSES = 3
SETS = [tuple(chosen) for size in (1, 2, 3) for chosen in combinations(range(CLASSES), size)]
"""Every answer about three labels: certain, partial, uncertain."""


def rows(chosen: list[tuple[int, ...]]) -> Tensor:
    sets = torch.zeros(len(chosen), CLASSES, dtype=torch.bool)
    for row, labels in enumerate(chosen):
        sets[row, list(labels)] = True
    return sets


def sheet_of(student: list[int], chosen: list[tuple[int, ...]], asked: list[bool]) -> Sheet:
    sets = rows(chosen)
    return Sheet(
        torch.tensor(student),
        settled(sets),
        torch.tensor(asked),
        torch.zeros(len(student)),
        sets,
    )


def as_sets(sheet: Sheet) -> Sheet:
    labels = torch.where(sheet.asked, sheet.teacher, UNCERTAIN)
    return replace(sheet, sets=plain_sets(labels, CLASSES))


def same_numbers(one: Outcome, other: Outcome) -> None:
    assert torch.equal(judge(one.moved), judge(other.moved))
    assert torch.equal(split(one), split(other))
    assert torch.equal(fails_conventionally(one), fails_conventionally(other))
    assert changes(one) == changes(other)
    assert conventional([one]) == conventional([other])
    assert accuracy(judge(one.moved)) == accuracy(judge(other.moved))


def test_sets_of_one_and_of_all_are_labels_whatever_is_said() -> None:
    plain = every_pair()
    clean, moved = (plain.clean, as_sets(plain.clean)), (plain.moved, as_sets(plain.moved))
    for one, other in product(clean, moved):
        same_numbers(plain, Outcome(plain.attack, one, other))


@SEEDED
@given(tables())
def test_worst_cases_of_such_sets_are_those_of_labels(sheets: list[Sheet]) -> None:
    def of(some: list[Sheet]) -> list[Outcome]:
        return [Outcome(str(i), some[0], one) for i, one in enumerate(some[1:] or some)]

    plain, told = of(sheets), of([as_sets(one) for one in sheets])
    assert torch.equal(never_wrong(plain), never_wrong(told))
    pairs = zip(components(plain), components(told), strict=True)
    assert all(torch.equal(one.verdicts, other.verdicts) for one, other in pairs)
    assert conventional(plain) == conventional(told)


@pytest.mark.parametrize(
    ("student", "said", "expected"),
    [
        (0, (0, 1), Verdict.UNCONTRADICTED),
        (2, (0, 1), Verdict.ERROR),
        (ABSTAINED, (0, 1), Verdict.ABSTAIN),
        (BROKEN, (0, 1), Verdict.ERROR),
        (7, (0, 1), Verdict.ERROR),
        (1, (1,), Verdict.AGREE),
        (1, (0, 1, 2), Verdict.VOID),
    ],
)
def test_a_verdict_on_a_set(student: int, said: tuple[int, ...], expected: Verdict) -> None:
    # beside another partial answer, so that there are sets at all
    sheet = sheet_of([student, 0], [said, (0, 1)], [True, True])
    assert judge(sheet)[0] == expected
    unasked = replace(sheet, asked=torch.tensor([False, True]))
    assert judge(unasked)[0] == Verdict.UNASKED


@pytest.mark.parametrize(
    ("clean", "moved", "expected"),
    [
        ((0, (0, 1)), (2, (0, 1)), Split.SENSITIVITY),
        ((0, (0, 1)), (2, (0,)), Split.SENSITIVITY),
        ((0, (0,)), (0, (1, 2)), Split.INVARIANCE),
        ((0, (0, 1)), (0, (1, 2)), Split.INVARIANCE),
        ((0, (0, 1)), (1, (2,)), Split.BOTH),
        ((2, (0, 1)), (2, (0, 1)), Split.STANDING),
        ((0, (0, 1, 2)), (0, (1, 2)), Split.FROM_VOID),
        ((0, (0,)), (1, (1, 2)), Split.OPEN_ALARM),
        ((0, (0, 1)), (2, (2,)), Split.FALSE_ALARM),
        ((0, (0, 1)), (1, (1,)), Split.NONE),
        ((2, (0, 1)), (0, (0,)), Split.UNDONE),
        ((0, (0,)), (0, (0, 1)), Split.NONE),
    ],
)
def test_what_changed(
    clean: tuple[int, tuple[int, ...]], moved: tuple[int, tuple[int, ...]], expected: Split
) -> None:
    sheets = [sheet_of([s, 0], [said, (0, 1)], [True, True]) for s, said in (clean, moved)]
    assert split(Outcome("one", *sheets))[0] == expected


def resolutions(sheet: Sheet, *, void: bool = False) -> Iterator[Sheet]:
    """The sheet with each partial answer replaced by one of its labels, in every way.

    With ``void`` also by *uncertain*, where the student is not outside the set.
    """
    assert sheet.sets is not None
    ways = []
    for row in range(len(sheet)):
        labels = sheet.sets[row].nonzero()[:, 0].tolist()
        if not bool(sheet.partial[row]):
            ways.append([int(sheet.teacher[row])])
        elif void and int(sheet.student[row]) in labels:
            ways.append([*labels, UNCERTAIN])
        else:
            ways.append(labels)
    for labels in product(*ways):
        yield replace(sheet, teacher=torch.tensor(labels), sets=None)


@st.composite
def partial_sheets(draw: st.DrawFn, sheets: int, items: int = 3) -> list[Sheet]:
    found = []
    for _ in range(sheets):
        student = draw(
            st.lists(st.sampled_from((0, 1, 2, ABSTAINED)), min_size=items, max_size=items)
        )
        chosen = draw(st.lists(st.sampled_from(SETS), min_size=items, max_size=items))
        asked = draw(st.lists(st.booleans(), min_size=items, max_size=items))
        found.append(sheet_of(student, chosen, asked))
    return found


def within(value: float | None, bounds: tuple[float, float]) -> bool:
    return value is None or bounds[0] <= value <= bounds[1]


@SEEDED
@given(partial_sheets(1, items=4))
def test_bounds_hold_every_resolution(sheets: list[Sheet]) -> None:
    (sheet,) = sheets
    rate = accuracy(judge(sheet))
    for one in resolutions(sheet, void=True):
        found = accuracy(judge(one))
        assert within(found.value, rate.bounds)
        assert rate.bounds[0] <= found.bounds[0]
        assert found.bounds[1] <= rate.bounds[1]
        assert rate.interval[0] <= found.interval[0] + 1e-12
        assert found.interval[1] <= rate.interval[1] + 1e-12


@SEEDED
@given(partial_sheets(1, items=4))
def test_both_readings_are_resolutions_or_between(sheets: list[Sheet]) -> None:
    rate = accuracy(judge(sheets[0]))
    assert within(rate.value, rate.bounds)
    assert within(rate.accepting, rate.bounds)
    if rate.value is not None:
        assert rate.accepting is not None
        assert rate.value <= rate.accepting
    if not rate.unasked:
        rates = [accuracy(judge(one)) for one in resolutions(sheets[0])]
        values = [one.value for one in rates if one.value is not None]
        assert rate.accepting == (max(values) if values else None)


@SEEDED
@given(partial_sheets(3, items=2))
def test_the_worst_case_and_the_least_rate_hold_every_resolution(sheets: list[Sheet]) -> None:
    clean, *moved = sheets
    whole = worst([judge(one) for one in moved])
    over = accuracy(whole)
    least = LeastRate.of(components([Outcome(str(i), clean, one) for i, one in enumerate(moved)]))
    for some in product(*(list(resolutions(one, void=True)) for one in moved)):
        found = accuracy(worst([judge(one) for one in some]))
        assert within(found.value, over.bounds)
        outcomes = [Outcome(str(i), clean, one) for i, one in enumerate(some)]
        low, high = LeastRate.of(components(outcomes)).interval
        assert least.interval[0] <= low + 1e-12
        assert high <= least.interval[1] + 1e-12


@SEEDED
@given(partial_sheets(2, items=3))
def test_the_conventional_rate_holds_every_resolution(sheets: list[Sheet]) -> None:
    clean, moved = sheets
    rate = conventional([Outcome("one", clean, moved)])
    for one in resolutions(clean):
        found = conventional([Outcome("one", one, moved)])
        assert within(found.value, rate.bounds)


@SEEDED
@given(partial_sheets(2, items=3))
def test_false_alarms_lie_between_the_sure_ones_and_those_with_open_ones(
    sheets: list[Sheet],
) -> None:
    clean, moved = next(resolutions(sheets[0])), sheets[1]
    splits = split(Outcome("one", clean, moved))
    sure = int((splits == Split.FALSE_ALARM).sum())
    open_ = int((splits == Split.OPEN_ALARM).sum())
    for one in resolutions(moved, void=True):
        found = int((split(Outcome("one", clean, one)) == Split.FALSE_ALARM).sum())
        assert sure <= found <= sure + open_


@SEEDED
@given(partial_sheets(2, items=3))
def test_differences_hold_every_resolution(sheets: list[Sheet]) -> None:
    first, second = sheets
    whole = difference(judge(first), judge(second))
    for one, other in product(resolutions(first, void=True), resolutions(second, void=True)):
        found = difference(judge(one), judge(other))
        assert within(found.value, whole.bounds)
        assert whole.interval[0] <= found.bounds[0] + 1e-12
        assert found.bounds[1] <= whole.interval[1] + 1e-12


@SEEDED
@given(partial_sheets(1, items=4), st.integers(0, 3))
def test_one_more_answer_never_widens(sheets: list[Sheet], row: int) -> None:
    (sheet,) = sheets
    before = accuracy(judge(replace(sheet, asked=sheet.asked & (torch.arange(4) != row))))
    after = accuracy(judge(replace(sheet, asked=sheet.asked | (torch.arange(4) == row))))
    # void leaves the denominator, as it always did: what is left lies within all the same
    assert within(after.value, before.bounds)
    assert before.interval[0] <= after.interval[0] + 1e-12
    assert after.interval[1] <= before.interval[1] + 1e-12


def test_a_rate_says_what_is_not_contradicted_and_nothing_of_it_where_there_is_none() -> None:
    assert "uncontradicted" not in Rate(3, 1).describe()
    rate = Rate(3, 1, uncontradicted=4)
    assert rate.describe()["uncontradicted"] == 4
    assert rate.value == 0.75
    assert rate.accepting == 0.875
    assert rate.bounds == (0.375, 0.875)
    assert Rate.read(rate.describe()) == rate
    assert "4 not contradicted" in repr(rate)
    assert Rate(0, 0, uncontradicted=2).value is None
    assert Rate(0, 0, uncontradicted=2).bounds == (0.0, 1.0)
