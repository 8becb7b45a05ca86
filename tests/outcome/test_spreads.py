"""Means over seeds."""

import math

import numpy as np
import pytest
from scipy import stats

from preceptor.core import InputError
from preceptor.outcome import Spread


def test_the_interval_is_students():
    values = [0.51, 0.53, 0.50, 0.55, 0.52]
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    spread = Spread.of(values)
    assert spread.mean == pytest.approx(0.522)
    assert spread.interval == pytest.approx((low, high))
    narrower = Spread.of(values, 0.8).interval
    assert low < narrower[0] < narrower[1] < high


def test_it_covers_as_often_as_it_says():
    draws = np.random.default_rng(0).normal(1.0, 0.3, (2000, 5))
    covered = [
        low <= 1.0 <= high for low, high in (Spread.of(row).interval for row in draws.tolist())
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_pairs_are_compared_seed_by_seed():
    one, other = Spread.of([0.1, 0.5, 0.9]), Spread.of([0.0, 0.4, 0.8])
    assert one.minus(other).values == pytest.approx((0.1, 0.1, 0.1))
    assert one.minus(other).interval == pytest.approx((0.1, 0.1))
    with pytest.raises(InputError, match="3 seeds against 1"):
        one.minus(Spread.of([1.0]))


def test_one_seed_says_nothing_of_others():
    spread = Spread.of([0.5])
    assert spread.interval == (-math.inf, math.inf)
    assert spread.describe()["interval"] == [None, None]
    for wrong in ([], [float("nan")]):
        with pytest.raises(InputError, match="one finite number for each seed"):
            Spread.of(wrong)
