"""The difference of two students' least rates, from what is to be true of it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import SEEDED
from torch import Tensor

from preceptor.core import InputError
from preceptor.outcome import Verdict, accuracy, difference, of_least, worst

RIGHT, WRONG, VOID, OPEN = (int(v) for v in (Verdict.AGREE, Verdict.ERROR, Verdict.VOID, 4))


def rows(letters: st.SearchStrategy[int], items: int, rates: int) -> st.SearchStrategy:
    row = st.lists(letters, min_size=items, max_size=items)
    return st.lists(row, min_size=rates, max_size=rates)


PAIRS = st.tuples(st.integers(1, 3), st.integers(2, 14)).flatmap(
    lambda size: st.tuples(
        *(rows(st.sampled_from([RIGHT, RIGHT, WRONG, VOID]), size[1], size[0]) for _ in range(2))
    )
)


def tensors(found: list[list[int]]) -> list[Tensor]:
    return [torch.tensor(row) for row in found]


def least(found: list[Tensor]) -> float | None:
    values = [accuracy(row).value for row in found]
    return min((value for value in values if value is not None), default=None)


@SEEDED
@given(PAIRS)
def test_it_is_the_one_least_less_the_other_inside_its_interval(both: tuple) -> None:
    ours, theirs = map(tensors, both)
    found = of_least(ours, theirs)
    one, other = least(ours), least(theirs)
    if one is None or other is None:
        assert found.value is None
        return
    assert found.value == one - other
    low, high = found.interval
    assert low - 1e-9 <= found.value <= high + 1e-9
    assert (found.p <= 0.05) == (not low - 1e-9 <= 0 <= high + 1e-9)
    turned, back = of_least(theirs, ours), found.turned()
    assert turned.interval == pytest.approx(back.interval)
    assert turned.p == pytest.approx(found.p)
    assert back.value == -found.value


@SEEDED
@given(PAIRS)
def test_with_one_rate_it_is_the_ordinary_difference(both: tuple) -> None:
    ours, theirs = map(tensors, both)
    assert of_least(ours[:1], theirs[:1]) == difference(ours[0], theirs[0])


@settings(SEEDED, max_examples=60)
@given(PAIRS, st.data())
def test_bounds_and_interval_of_part_of_the_answers_hold_what_all_of_them_show(
    both: tuple, data: st.DataObject
) -> None:
    ours, theirs = map(tensors, both)
    hidden = []
    for group in (ours, theirs):
        part = []
        for row in group:
            mask = data.draw(st.lists(st.booleans(), min_size=len(row), max_size=len(row)))
            part.append(torch.where(torch.tensor(mask), row, OPEN))
        hidden.append(part)
    whole, some = of_least(ours, theirs), of_least(*hidden)
    assert some.interval[0] <= whole.interval[0] + 1e-9
    assert whole.interval[1] <= some.interval[1] + 1e-9
    if whole.value is not None and all(accuracy(row).certain for row in (*ours, *theirs)):
        assert some.bounds[0] - 1e-9 <= whole.value <= some.bounds[1] + 1e-9


def test_a_student_with_one_bad_attack_is_not_ahead_by_the_worst_case() -> None:
    """The bad attack voids most items; the worst case over both hides it."""
    bad = torch.tensor([WRONG] * 40 + [VOID] * 360)
    easy = torch.tensor([RIGHT] * 400)
    ours = [bad, easy, worst([bad, easy])]
    plain = torch.tensor([RIGHT] * 320 + [WRONG] * 80)
    theirs = [plain, easy, worst([plain, easy])]
    assert difference(ours[-1], theirs[-1]).value == pytest.approx(0.1)
    found = of_least(ours, theirs)
    assert found.value == pytest.approx(-0.8)
    assert found.p < 0.001
    assert found.interval[1] < 0


def test_an_undefined_rate_puts_nobody_ahead() -> None:
    good, poor = torch.full((200,), RIGHT), torch.tensor([RIGHT, WRONG] * 100)
    nothing = torch.full((200,), VOID)
    assert of_least([good, good], [poor, poor]).p < 0.001
    found = of_least([good, nothing], [poor, poor])
    assert found.p > 0.05
    assert found.interval[0] <= 0


@pytest.mark.slow
def test_students_whose_least_rates_are_equal_are_seldom_told_apart() -> None:
    """The least may lie under another attack for each; all else about them differs."""
    rng = np.random.default_rng(7)
    runs, n = 600, 120
    truths = ((0.7, 0.75, 0.95), (0.9, 0.7, 0.7))
    claims = 0
    for _ in range(runs):
        hard = rng.random(n)  # hard items are hard for both
        groups = []
        for rates in truths:
            mixed = [np.where(rng.random(n) < 0.5, hard, rng.random(n)) < rate for rate in rates]
            groups.append([torch.from_numpy(np.where(one, RIGHT, WRONG)) for one in mixed])
        claims += of_least(*groups).p <= 0.05
    assert claims / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def test_as_many_rates_of_one_as_of_the_other() -> None:
    row = torch.tensor([RIGHT])
    for ours, theirs in (([], []), ([row], [row, row])):
        with pytest.raises(InputError, match="as many rates"):
            of_least(ours, theirs)
