"""What a domain lets through: always the nearest valid input, whatever it is handed."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from preceptor.core import Domain, InputError

SEEDED = settings(deadline=None, derandomize=True, max_examples=150)
NUMBERS = st.floats(-1e4, 1e4, width=32)
ANYTHING = st.one_of(NUMBERS, st.just(math.nan), st.just(math.inf), st.just(-math.inf))


@st.composite
def recipes(draw: st.DrawFn) -> dict[str, Any]:
    """Up to four features, bounds of one number or one for each, with fixed and whole ones."""
    size = draw(st.integers(1, 4))
    if draw(st.booleans()):
        low: float | Tensor = draw(st.floats(-50, 50, width=32))
        high: float | Tensor = low + draw(st.floats(1.5, 60, width=32))
    else:
        starts = draw(st.lists(st.floats(-50, 50, width=32), min_size=size, max_size=size))
        widths = draw(st.lists(st.floats(1.5, 60, width=32), min_size=size, max_size=size))
        low = torch.tensor(starts)
        high = low + torch.tensor(widths)
    masks = st.none() | st.lists(st.booleans(), min_size=size, max_size=size).map(torch.tensor)
    return {"shape": (size,), "low": low, "high": high, "fixed": draw(masks), "whole": draw(masks)}


def valid(domain: Domain, data: st.DataObject, items: int) -> Tensor:
    """Valid inputs: what projecting draws onto themselves gives."""
    low, high = domain.bounds()
    share = torch.tensor(
        data.draw(
            st.lists(
                st.lists(st.floats(0, 1, width=32), min_size=len(low), max_size=len(low)),
                min_size=items,
                max_size=items,
            )
        )
    )
    draws = low + share * (high - low)
    return Domain(domain.shape, domain.low, domain.high, whole=domain.whole).project(draws, draws)


def pairs(domain: Domain, data: st.DataObject) -> tuple[Tensor, Tensor]:
    """Anything at all, and valid inputs to have started from."""
    items = data.draw(st.integers(1, 4))
    size = domain.shape[0]
    rows = st.lists(
        st.lists(ANYTHING, min_size=size, max_size=size), min_size=items, max_size=items
    )
    return torch.tensor(data.draw(rows)), valid(domain, data, items)


@SEEDED
@given(recipes(), st.data())
def test_what_was_projected_is_valid_and_stays_as_it_is(recipe, data) -> None:
    domain = Domain(**recipe)
    moved, clean = pairs(domain, data)
    ends = domain.project(moved, clean)
    low, high = domain.bounds()
    assert ends.isfinite().all()
    assert ((ends >= low) & (ends <= high)).all()
    assert not domain.outside(ends).any()
    if domain.whole is not None:
        assert torch.equal(ends[:, domain.whole], ends[:, domain.whole].round())
    if domain.fixed is not None:
        assert torch.equal(ends[:, domain.fixed], clean[:, domain.fixed])
    assert torch.equal(domain.project(ends, clean), ends)
    assert torch.equal(domain.project(clean, clean), clean)


@SEEDED
@given(recipes(), st.data())
def test_no_valid_input_is_nearer(recipe, data) -> None:
    domain = Domain(**recipe)
    moved, clean = pairs(domain, data)
    ends, other = domain.project(moved, clean), valid(domain, data, len(moved))
    if domain.fixed is not None:
        other = torch.where(domain.fixed, clean, other)
    finite = moved.isfinite()
    ours, theirs = (ends - moved).abs()[finite], (other - moved).abs()[finite]
    assert (ours <= theirs + 1e-3).all()
    assert torch.equal(ends[~finite], clean[~finite])


@SEEDED
@given(recipes(), st.data())
def test_projecting_looks_at_each_item_alone_and_changes_no_argument(recipe, data) -> None:
    domain = Domain(**recipe)
    moved, clean = pairs(domain, data)
    before = moved.clone(), clean.clone()
    together = domain.project(moved, clean)
    for row in range(len(moved)):
        one = slice(row, row + 1)
        assert torch.equal(domain.project(moved[one], clean[one])[0], together[row])
    assert torch.equal(moved.nan_to_num(7.0), before[0].nan_to_num(7.0))
    assert torch.equal(clean, before[1])


@SEEDED
@given(recipes(), st.data())
def test_outside_means_not_finite_or_beyond_the_bounds(recipe, data) -> None:
    domain = Domain(**recipe)
    moved, _ = pairs(domain, data)
    low, high = domain.bounds()
    found = domain.outside(moved, tolerance=0.0).tolist()
    for row, out in zip(moved, found, strict=True):
        inside = all(
            math.isfinite(v) and a <= v <= b
            for v, a, b in zip(row.tolist(), low.tolist(), high.tolist(), strict=True)
        )
        assert out == (not inside)


def test_gradients_flow_through_what_was_not_rounded_clamped_or_fixed() -> None:
    fixed = torch.tensor([True, False, False, False])
    domain = Domain((4,), 0.0, 10.0, fixed=fixed, whole=torch.tensor([False, True, False, False]))
    moved = torch.tensor([[1.5, 2.5, 3.5, 99.0]], requires_grad=True)
    domain.project(moved, torch.zeros(1, 4)).sum().backward()
    assert moved.grad is not None
    assert moved.grad[0].tolist() == [0.0, 0.0, 1.0, 0.0]


def test_a_hair_beyond_the_bounds_is_inside() -> None:
    domain = Domain((2,), -5.0, torch.tensor([5.0, 15.0]))
    hair = torch.tensor([[5.000005, 15.00001]])
    assert domain.outside(hair).tolist() == [False]
    assert domain.outside(hair + torch.tensor([0.001, 0.0])).tolist() == [True]


@pytest.mark.parametrize("shape", [(3,), (1, 4, 4), (3, 5, 2)])
def test_bounds_broadcast_to_the_shape(shape: tuple[int, ...]) -> None:
    low, high = Domain(shape, torch.zeros(shape[-1]), 255).bounds()
    assert low.shape == high.shape == shape
    assert Domain(shape, 0, 255).width == 255.0


@pytest.mark.parametrize(
    ("shape", "image"),
    [((1, 28, 28), True), ((3, 8, 8), True), ((4, 2, 2), True), ((2, 8, 8), False), ((30,), False)],
)
def test_an_image_has_one_three_or_four_channels(shape: tuple[int, ...], image: bool) -> None:
    assert Domain(shape).is_image is image


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Domain((2,), 0.0, math.inf), "finite; got infinities"),
        (lambda: Domain((2,), torch.tensor([0.0, math.nan]), 1.0), "finite"),
        (lambda: Domain((2,), 1.0, 1.0), "low must be below its high; got 1.0, 1.0"),
        (lambda: Domain((2,), torch.tensor([0.0, 2.0]), 1.0), "low must be below"),
        (lambda: Domain((2,), torch.zeros(3), 1.0), r"do not fit shape \(2,\)"),
        (lambda: Domain((2,), fixed=torch.zeros(2)), "'fixed' must be a boolean tensor"),
        (lambda: Domain((2,), whole=torch.zeros(3, dtype=torch.bool)), r"'whole' .* shape \(2,\)"),
        (lambda: Domain((2,), names=("a",)), "1 feature names for inputs of shape"),
        (
            lambda: Domain((2,), 0.2, 0.8, whole=torch.tensor([False, True])),
            "no whole number between",
        ),
    ],
)
def test_a_domain_that_makes_no_sense_is_refused(make, match: str) -> None:
    with pytest.raises(InputError, match=match):
        make()


def test_whole_features_stay_whole_within_bounds_that_are_not() -> None:
    domain = Domain((2,), 0.6, 2.4, whole=torch.tensor([True, False]))
    clean = torch.ones(1, 2)
    for value in (-3.0, 0.6, 0.7, 1.4, 2.4, 9.0):
        ends = domain.project(torch.full((1, 2), value), clean)
        assert ends[0, 0].item() in (1.0, 2.0)
        assert not domain.outside(ends).any()


def test_a_described_domain_is_plain_data_that_tells_domains_apart() -> None:
    mask = torch.tensor([True, False])
    different = [
        Domain((2,)),
        Domain((2,), -1.0),
        Domain((2,), 0.0, torch.tensor([1.0, 2.0])),
        Domain((2,), fixed=mask),
        Domain((2,), whole=mask),
        Domain((2,), names=("a", "b")),
        Domain((1, 2)),
    ]
    for one, other in itertools.combinations(different, 2):
        assert one.describe() != other.describe()
    assert different[2].describe()["high"] == [1.0, 2.0]
    assert different[3].describe()["fixed"] == [0]
    assert Domain((2,), np.float64(0.0)).describe() == different[0].describe()
