"""What every transformation promises; a new one adds a row to the table."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import Domain, InputError, ItemRng
from preceptor.transforms import LIBRARY, Patch, Resample, Transform

IMAGES = {
    "grey": Domain((1, 12, 12)),
    "colour": Domain((3, 9, 14), -1.0, 3.0),
    "fixed": Domain(
        (1, 8, 8), fixed=torch.arange(64).reshape(1, 8, 8) < 8, whole=torch.zeros(1, 8, 8) > 0
    ),
}
VECTORS = {
    "vector": Domain((5,), torch.tensor([0.0, -1, 0, 0, 5]), torch.tensor([1.0, 1, 9, 2, 6]))
}
DOMAINS = {**IMAGES, **VECTORS}
ITEMS = 7


def draws(domain: Domain, items: int = ITEMS, seed: int = 3) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    low, high = domain.bounds()
    return low + (high - low) * torch.rand((items, *domain.shape), generator=rng)


def streams(items: int, seed: int = 0) -> ItemRng:
    return ItemRng.named(seed, "test", [str(i) for i in range(items)])


def table(domain: Domain) -> list[Transform]:
    mask = torch.zeros(domain.shape, dtype=torch.bool)
    mask[..., :2] = True
    rows = [*LIBRARY, Patch(mask, 0.5), Resample(mask, draws(domain, 9, seed=8))]
    return [row for row in rows if domain.is_image or not row.images_only]


CASES = [
    pytest.param(row, domain, id=f"{row.kind}-{name}")
    for name, domain in DOMAINS.items()
    for row in table(domain)
]
each_case = pytest.mark.parametrize(("row", "domain"), CASES)


def amounts(row: Transform, items: int = ITEMS, seed: int = 1) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return 2 * torch.rand((items, row.dims), generator=rng) - 1


@each_case
def test_no_amount_changes_nothing(row, domain):
    inputs = draws(domain)
    moved = row(inputs, torch.zeros(ITEMS, row.dims), domain=domain, rng=streams(ITEMS))
    assert torch.equal(moved, inputs)


@each_case
def test_stays_valid_and_changes_every_input(row, domain):
    inputs = draws(domain)
    before = inputs.clone()
    moved = row(inputs, torch.ones(ITEMS, row.dims), domain=domain, rng=streams(ITEMS))
    assert torch.equal(inputs, before)
    assert moved.shape == inputs.shape
    assert not domain.outside(moved).any()
    changed = (moved - inputs).flatten(1).abs().amax(1) > 1e-4
    assert changed.any() if row.kind == "impulse" else changed.all()
    if domain.fixed is not None:
        assert torch.equal(moved[:, domain.fixed], inputs[:, domain.fixed])


@each_case
def test_more_is_more(row, domain):
    inputs = draws(domain, 40)
    far = [
        (row(inputs, torch.full((40, row.dims), size), domain=domain, rng=streams(40)) - inputs)
        .flatten(1)
        .norm(dim=1)
        .mean()
        for size in (0.1, 1.0)
    ]
    assert far[0] < far[1]


@each_case
def test_does_not_depend_on_the_batch(row, domain):
    inputs, size = draws(domain), amounts(row)
    whole = row(inputs, size, domain=domain, rng=streams(ITEMS))
    rng = streams(ITEMS)
    parts = [torch.arange(0, 1), torch.arange(1, 1), torch.arange(1, ITEMS)]
    split = torch.cat([row(inputs[p], size[p], domain=domain, rng=rng.take(p)) for p in parts])
    assert torch.equal(split, whole)


@each_case
def test_gradients_reach_the_inputs(row, domain):
    inputs = draws(domain).requires_grad_()
    moved = row(inputs, amounts(row) * 0.5, domain=domain, rng=streams(ITEMS))
    moved.sum().backward()
    assert inputs.grad is not None
    assert torch.isfinite(inputs.grad).all()


@each_case
def test_says_what_does_not_fit(row, domain):
    with pytest.raises(InputError, match="amounts of shape"):
        row(draws(domain), torch.zeros(ITEMS, row.dims + 1), domain=domain, rng=streams(ITEMS))
    with pytest.raises(InputError, match="in a domain of shape"):
        row(draws(domain), amounts(row), domain=Domain((2,)), rng=streams(ITEMS))


@pytest.mark.parametrize("row", [row for row in LIBRARY if row.images_only], ids=lambda r: r.kind)
def test_images_only(row):
    domain = VECTORS["vector"]
    with pytest.raises(InputError, match="changes images"):
        row(draws(domain), amounts(row), domain=domain, rng=streams(ITEMS))


@pytest.mark.parametrize("row", LIBRARY, ids=lambda row: row.kind)
def test_name_says_kind_and_range(row):
    assert isinstance(row, Transform)
    assert row.name.startswith(f"{row.kind} ")
    assert "=" in row.name


@pytest.mark.parametrize("row", LIBRARY, ids=lambda row: row.kind)
def test_a_range_that_makes_no_sense(row):
    for senseless in (0, -1):
        with pytest.raises(InputError, match=row.kind):
            type(row)(senseless)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(LIBRARY), st.integers(0, 2**31), st.floats(-1, 1, width=32))
def test_valid_for_any_amount(row, seed, size):
    domain = IMAGES["colour"]
    inputs = draws(domain, 2, seed=seed)
    moved = row(inputs, torch.full((2, row.dims), size), domain=domain, rng=streams(2, seed))
    assert torch.isfinite(moved).all()
    assert not domain.outside(moved).any()
