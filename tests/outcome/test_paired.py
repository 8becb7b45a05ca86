"""Differences between two students: what they are, and whether their intervals and tests hold."""

import math
from itertools import product
from statistics import NormalDist

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sheets import SEEDED
from torch import Tensor

from preceptor.core import InputError
from preceptor.outcome import Difference, Rate, Verdict, difference, holm

ANY = [int(v) for v in Verdict]
Z = NormalDist().inv_cdf(0.975)


@st.composite
def couples(draw: st.DrawFn, *, full: bool = False) -> tuple[Tensor, Tensor]:
    """Two students' verdicts on the same items."""
    items = draw(st.integers(1, 30))
    kinds = st.sampled_from([v for v in ANY if not (full and v == Verdict.UNASKED)])
    lists = st.lists(kinds, min_size=items, max_size=items)
    return torch.tensor(draw(lists)), torch.tensor(draw(lists))


def within(inner: tuple[float, float], outer: tuple[float, float]) -> bool:
    return outer[0] <= inner[0] + 1e-9 and inner[1] <= outer[1] + 1e-9


def table(a: int, b: int, c: int, d: int) -> Difference:
    """Both right, only the first, only the second, neither; the teacher always certain."""
    return Difference(Rate(a + b, c + d), Rate(a + c, b + d), a, b, c, d)


def newcombe(a: int, b: int, c: int, d: int) -> tuple[float, float]:
    """Method 10 as printed, for a table of pairs."""
    n = a + b + c + d

    def wilson(hits: int) -> tuple[float, float]:
        p = hits / n
        root = Z * math.sqrt(Z * Z + 4 * n * p * (1 - p))
        return (2 * n * p + Z * Z - root) / (2 * (n + Z * Z)), (2 * n * p + Z * Z + root) / (
            2 * (n + Z * Z)
        )

    (l1, u1), (l2, u2) = wilson(a + b), wilson(a + c)
    p1, p2 = (a + b) / n, (a + c) / n
    below = (a + b) * (c + d) * (a + c) * (b + d)
    over = a * d - b * c
    over = max(over - n / 2, 0) if over > 0 else over
    phi = over / math.sqrt(below) if below else 0.0
    low = (p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2
    high = (u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2
    return p1 - p2 - math.sqrt(max(0, low)), p1 - p2 + math.sqrt(max(0, high))


def test_where_all_is_certain_it_is_newcombes_interval() -> None:
    for a, b, c, d in product(range(7), repeat=4):
        if a + b + c + d:
            assert table(a, b, c, d).interval == pytest.approx(newcombe(a, b, c, d), abs=1e-9)


def test_limits_only_widen_so_that_p_is_well_defined() -> None:
    steps = np.linspace(0, 6, 25)
    for a, b, c, d in product(range(5), repeat=4):
        if a + b + c + d:
            ends = np.array([table(a, b, c, d).limits(z) for z in steps])
            assert (np.diff(ends[:, 0]) <= 1e-9).all()
            assert (np.diff(ends[:, 1]) >= -1e-9).all()


@SEEDED
@given(couples())
def test_the_two_orders_mirror_each_other(pair: tuple[Tensor, Tensor]) -> None:
    there, back = difference(*pair), difference(*pair[::-1])
    assert there.interval == pytest.approx(tuple(-end for end in back.interval[::-1]))
    assert there.bounds == pytest.approx(tuple(-end for end in back.bounds[::-1]))
    assert there.p == pytest.approx(back.p)
    assert (there.only_first, there.only_second) == (back.only_second, back.only_first)
    if there.value is None:
        assert back.value is None
    else:
        assert there.value == pytest.approx(-(back.value or 0.0))


@SEEDED
@given(couples(), st.randoms(use_true_random=False))
def test_the_order_of_the_items_does_not_matter(
    pair: tuple[Tensor, Tensor], random: object
) -> None:
    order = list(range(len(pair[0])))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert difference(pair[0][order], pair[1][order]) == difference(*pair)


@SEEDED
@given(couples(full=True))
def test_a_student_does_not_differ_from_itself(pair: tuple[Tensor, Tensor]) -> None:
    same = difference(pair[0], pair[0])
    assert same.value in (0.0, None)
    assert same.interval[0] <= 0 <= same.interval[1]
    assert same.p == 1
    assert same.only_first == same.only_second == 0


@SEEDED
@given(couples(), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_test_says_what_the_interval_says(pair: tuple[Tensor, Tensor], level: float) -> None:
    found = difference(*pair, level)
    low, high = found.interval
    assert within(found.bounds, (low, high))
    assert -1 <= low <= high <= 1
    if min(abs(low), abs(high)) > 1e-9:
        assert (found.p <= 1 - level) == (not low <= 0 <= high)


@SEEDED
@given(couples(), st.data())
def test_an_answer_never_widens_it(pair: tuple[Tensor, Tensor], data: st.DataObject) -> None:
    """And whatever the answers will be, the final difference and interval lie within."""
    before = difference(*pair)
    answered = tuple(side.clone() for side in pair)
    for side in answered:
        for i in (side == Verdict.UNASKED).nonzero()[:, 0].tolist():
            if data.draw(st.booleans()):
                side[i] = data.draw(st.sampled_from(ANY[:4]))
    after = difference(*answered)
    assert within(after.bounds, before.bounds)
    assert within(after.interval, before.interval)


def test_what_is_compared_are_the_rates_of_the_table() -> None:
    a, e, v, u = Verdict.AGREE, Verdict.ERROR, Verdict.VOID, Verdict.UNASKED
    found = difference(torch.tensor([a, a, v, e, a]), torch.tensor([a, e, a, v, e]))
    assert found.value == pytest.approx(3 / 4 - 2 / 4)
    assert (found.certain, found.both, found.only_first, found.only_second) == (3, 1, 2, 0)
    open_ = difference(torch.tensor([a, u]), torch.tensor([e, e]))
    assert open_.value == 1
    assert open_.bounds == (0.5, 1.0)
    chosen = difference(torch.tensor([a, u]), torch.tensor([e, e]), chosen=(True, False))
    assert chosen.value is None
    nothing = difference(torch.tensor([v, v]), torch.tensor([a, e]))
    assert nothing.value is None
    assert nothing.p == 1
    assert nothing.describe()["value"] is None
    abstaining = difference(torch.tensor([Verdict.ABSTAIN]), torch.tensor([a]))
    assert abstaining.value == -1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="two levels"):
        Difference(Rate(1, 1, level=0.9), Rate(1, 1), 1, 0, 0, 1)
    with pytest.raises(InputError, match="do not fit"):
        Difference(Rate(1, 1), Rate(1, 1), 3, 0, 0, 0)
    with pytest.raises(InputError, match="do not fit"):
        Difference(Rate(1, 1), Rate(1, 1), -1, 0, 0, 0)


def verdicts(
    rng: np.random.Generator, items: int, rates: tuple[float, float], tied: float
) -> Tensor:
    """``[2, items]``: right at these rates and void at 30 and 10 %, the items correlated."""
    shared, own = rng.random(items), rng.random((2, items))
    drawn = np.where(rng.random((2, items)) < tied, shared, own)
    right = drawn < np.array(rates)[:, None]
    void = np.where(rng.random(items) < 0.5, rng.random(items), rng.random((2, items)))
    found = np.where(right, Verdict.AGREE, Verdict.ERROR)
    return torch.from_numpy(np.where(void < np.array([[0.3], [0.1]]), Verdict.VOID, found))


@pytest.mark.parametrize("items", [25, 100])
@pytest.mark.parametrize(
    ("rates", "tied"), [((0.9, 0.75), 0.0), ((0.55, 0.5), 0.8), ((0.97, 0.93), 0.5)]
)
def test_the_interval_covers(items: int, rates: tuple[float, float], tied: float) -> None:
    rng = np.random.default_rng(20240607)
    truth, covered, repeats = rates[0] - rates[1], 0, 800
    for _ in range(repeats):
        low, high = difference(*verdicts(rng, items, rates, tied)).interval
        covered += low <= truth <= high
    # 0.95 less four standard errors of 800 repeats
    assert covered / repeats > 0.95 - 4 * math.sqrt(0.95 * 0.05 / repeats)


def test_pairing_pays() -> None:
    """The same rates are told apart sooner where both students fail at the same items."""
    tied, apart = table(80, 10, 0, 10), table(72, 18, 8, 2)
    assert tied.value == apart.value
    assert tied.p < 0.01 < apart.p


def test_a_better_student_is_found_and_an_equal_one_is_not_often_called_better() -> None:
    rng = np.random.default_rng(7)
    pairs = [((0.8, 0.6), 0.5), ((0.7, 0.7), 0.5)]
    found = [
        np.mean([difference(*verdicts(rng, 150, rates, tied)).p <= 0.05 for _ in range(400)])
        for rates, tied in pairs
    ]
    assert found[0] > 0.9
    assert found[1] < 0.09


def test_holm_as_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.4]) == [0.4]


@SEEDED
@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_helps(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(p <= a <= 1 for p, a in zip(values, adjusted, strict=True))
    assert sorted(range(len(values)), key=lambda i: values[i]) == sorted(
        range(len(values)), key=lambda i: (adjusted[i], values[i])
    )
