"""Error consistency: against the paper's formula, by hand, and by simulation."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sheets import SEEDED

from preceptor.core import InputError
from preceptor.outcome import Kappa, Table, error_consistency

counts = st.integers(0, 30)


def by_the_paper(first: list[bool], second: list[bool]) -> float | None:
    """Geirhos, Meding & Wichmann (2020), equations 1 to 3, one item at a time."""
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    p, q = sum(first) / n, sum(second) / n
    expected = p * q + (1 - p) * (1 - q)
    return None if expected == 1 else (observed - expected) / (1 - expected)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=40))
@SEEDED
def test_is_the_papers(rows: list[tuple[bool, bool, bool]]) -> None:
    first, second, counted = (torch.tensor(column) for column in zip(*rows, strict=True))
    found = error_consistency(first, second, counted)
    kept = [(a, b) for a, b, c in rows if c]
    assert found.items == len(kept)
    if not kept:
        assert found.value is None
        return
    expected = by_the_paper([a for a, _ in kept], [b for _, b in kept])
    if expected is None:
        assert found.value is None
    else:
        assert found.value == pytest.approx(expected, abs=1e-12)


def test_by_hand() -> None:
    found = Kappa(70, 10, 10, 10)  # accuracies .8 and .8, c_obs .8, c_exp .68
    assert found.observed == pytest.approx(0.8)
    assert found.expected == pytest.approx(0.68)
    assert found.value == pytest.approx(0.12 / 0.32)
    assert found.limits == pytest.approx((-0.25, 1.0))
    assert Kappa(80, 0, 0, 20).value == 1.0
    assert Kappa(0, 50, 50, 0).value == pytest.approx(-1.0)


@pytest.mark.parametrize("cells", [(20, 0, 0, 0), (0, 0, 0, 20), (0, 0, 0, 0)])
def test_undefined_is_neither_0_nor_1(cells: tuple[int, int, int, int]) -> None:
    found = Kappa(*cells)
    assert found.value is None
    assert found.interval is None
    assert found.limits is None
    assert found.describe()["kappa"] is None


@given(st.integers(1, 40), st.integers(1, 40))
@SEEDED
def test_where_one_alone_is_perfect_it_can_only_be_0(right: int, wrong: int) -> None:
    found = Kappa(right, wrong, 0, 0)
    assert found.value == pytest.approx(0, abs=1e-12)
    assert found.limits == pytest.approx((0.0, 0.0), abs=1e-12)


@given(counts, counts, counts, counts)
@SEEDED
def test_value_and_interval_lie_where_they_can(a: int, b: int, c: int, d: int) -> None:
    found = Kappa(a, b, c, d)
    if found.value is None:
        return
    assert found.interval is not None
    assert found.limits is not None
    low, high = found.interval
    assert -1 - 1e-9 <= low <= found.value <= high <= 1 + 1e-9
    assert low < high
    assert found.limits[0] - 1e-9 <= found.value <= found.limits[1] + 1e-9
    assert found.interval == Kappa(a, b, c, d).interval, "the draws are seeded"
    turned = Kappa(a, c, b, d)
    assert turned.value == pytest.approx(found.value, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "kappa", "items"), [(0.9, 0.0, 100), (0.9, 0.8, 30), (0.97, 0.5, 30)]
)
def test_intervals_hold_where_errors_are_few(p: float, kappa: float, items: int) -> None:
    """The plain bootstrap holds 63, 61 and 29 % of the time here, at a nominal 95 %."""
    expected = p * p + (1 - p) * (1 - p)
    observed = kappa * (1 - expected) + expected
    both = (observed + 2 * p - 1) / 2
    law = [both, p - both, p - both, observed - both]
    rng = np.random.default_rng(0)
    held, defined = 0, 0
    for cells in rng.multinomial(items, law, size=300).tolist():
        interval = Kappa(*cells).interval
        if interval is not None:
            defined += 1
            held += interval[0] <= kappa <= interval[1]
    assert defined > 100
    assert held / defined >= 0.9  # 95 % less three standard errors of 300 draws


def test_a_table_says_what_its_pairs_say() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(300) < 0.8, rng.random(300) < 0.7
    pair, item = np.arange(300) % 3, np.arange(300) // 3
    table = Table(pair, item, first, second, 4, 100)
    single = []
    for k in range(3):
        mine = pair == k
        one = error_consistency(
            torch.tensor(first[mine]), torch.tensor(second[mine]), torch.ones(100).bool()
        )
        assert table.kappas()[k] == one
        single.append(one.value or 0.0)
    mean = table.mean_kappa()
    assert mean.value == pytest.approx(np.mean(single))
    assert (mean.pairs, mean.undefined) == (3, 1)
    assert mean.interval is not None
    assert mean.interval[0] < np.mean(single) < mean.interval[1]
    assert mean == table.mean_kappa()
    accuracy, other = table.mean_accuracies()
    assert accuracy.value == pytest.approx(first.mean())
    assert other.value == pytest.approx(second.mean())


def test_a_mean_of_one_pair_has_its_width() -> None:
    """Items are drawn, so that a mean over people who saw the same items is no surer than they."""
    rng = np.random.default_rng(1)
    first, second = rng.random(80) < 0.8, rng.random(80) < 0.7
    item = np.arange(80)
    alone = Table(np.zeros(80, np.int64), item, first, second, 1, 80)
    crowd = Table(
        np.repeat(np.arange(9), 80), np.tile(item, 9), np.tile(first, 9), np.tile(second, 9), 9, 80
    )
    one, many = alone.mean_kappa().interval, crowd.mean_kappa().interval
    assert one is not None
    assert many is not None
    assert one[1] - one[0] == pytest.approx(many[1] - many[0], rel=0.15)


def test_nothing_to_say_of_no_entries() -> None:
    nothing = np.zeros(0, np.int64)
    table = Table(nothing, nothing, nothing.astype(bool), nothing.astype(bool), 2, 5)
    mean = table.mean_kappa()
    assert (mean.value, mean.interval, mean.pairs, mean.undefined) == (None, None, 0, 2)
    with pytest.raises(InputError, match="negative"):
        Kappa(-1, 0, 0, 0)
