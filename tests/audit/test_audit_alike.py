"""Near copies are found where there are some, and not where columns are mostly 0."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from preceptor.audit.near_copies import check_alike
from preceptor.core import ArraySource, Domain


def found(rows: NDArray[np.float64]) -> set[str]:
    inputs = torch.from_numpy(rows.astype(np.float32))
    domain = Domain(tuple(inputs.shape[1:]), float(inputs.min()), float(inputs.max()))
    return {finding.code for finding in check_alike(ArraySource(inputs, domain))}


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_lie_on_few_axes_are_no_near_copies(seed: int) -> None:
    """Two rows that differ in one column alone are nearer than three dimensions let expect."""
    rng = np.random.default_rng(seed)
    rows = np.where(rng.random((1000, 3)) < 0.7, 0.0, rng.exponential(size=(1000, 3)))
    assert "near-copies" not in found(rows)
    wider = np.where(rng.random((600, 5)) < 0.6, 0.0, rng.normal(size=(600, 5)))
    assert "near-copies" not in found(wider)


def test_a_tenth_of_near_copies_is_found() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 4))
    assert "near-copies" not in found(rows)
    assert "near-copies" in found(np.concatenate([rows, rows[:40] + 0.001]))
