"""Inputs that float32 cannot hold are refused; harmless rounding is not."""

import numpy as np
import pytest
import torch

from preceptor.core import ArraySource, Domain, InputError, check_float32

RNG = np.random.default_rng(0)
SECONDS = 1_700_000_000


def column(values: np.ndarray) -> np.ndarray:
    return np.stack([values.astype(np.float64), RNG.random(len(values))], 1)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (column(SECONDS + RNG.integers(-40, 40, 200)), "column 0 holds whole numbers"),
        (column(2.0**24 + np.arange(5)), "5 different values become 3"),
        (column(np.array([1.0, 2.0**24 + 1])), "1 of 2 would change, by up to 1"),
        (np.array([[2**24 + 1, 0]]), "whole numbers"),
        (np.array([[2**53 + 1, 0], [2**53, 1]], dtype=np.int64), "different values become 1"),
        (np.array([[2**63 + 5]], dtype=np.uint64), "whole numbers"),
        (column(SECONDS + RNG.random(200) * 100), "column 0 holds numbers"),
        (column(1e6 + RNG.random(200) * 1e-3), "column 0 holds numbers"),
        (column(np.array([0.5, 1e300])), "column 0 holds numbers"),
        (RNG.random((9, 1, 2, 2)) * 1e-9 + 1, r"column \(0, 0, 0\) holds numbers"),
        (torch.tensor([[2**24 + 1]]), "whole numbers"),
        (torch.tensor([[1e9 + 0.25], [1e9]], dtype=torch.float64), "holds numbers"),
    ],
)
def test_what_would_change_is_refused(inputs: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_float32(inputs, "data")
    with pytest.raises(InputError, match=r"data: column .*Subtract an offset"):
        ArraySource(inputs, Domain(tuple(inputs.shape[1:]), 0, 2))


@pytest.mark.parametrize(
    "inputs",
    [
        RNG.random((50, 3)),
        RNG.normal(size=(50, 3)) * 1e12,
        RNG.integers(0, 256, (5, 3, 4, 4)),
        np.array([[2**24], [-(2**24)]], dtype=np.int64),
        column(np.arange(5) * 2.0**30),
        column(np.full(50, 0.1)),
        column(0.1 + RNG.random(50) * 1e-17),
        column(SECONDS / 86400 + RNG.random(50) * 365),
        np.array([[np.nan], [0.1]]),
        RNG.random((50, 3)).astype(np.float32) * np.float32(1e-30) + np.float32(1),
        torch.rand(5, 2),
        torch.rand(5, 2, dtype=torch.float16),
    ],
    ids=lambda one: str(one.dtype),
)
def test_harmless_rounding_passes(inputs: np.ndarray) -> None:
    check_float32(inputs, "data")


def test_the_column_is_named_if_it_has_a_name() -> None:
    with pytest.raises(InputError, match="data: column 'time' holds"):
        check_float32(column(np.array([2.0**24 + 1])), "data", ("time", "b"))


def test_an_offset_mends_it() -> None:
    seconds = SECONDS + RNG.integers(-40, 40, 200)
    check_float32(column(seconds - SECONDS), "data")
