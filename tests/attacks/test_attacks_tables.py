"""Tables: one size for an age, an income and a category, each in its own unit."""

import pytest
import torch
from attack_students import TABLE, Network, run
from torch import Tensor, nn

from preceptor.attacks import APGD, PGD, Boundary, Keep, NoiseAttack, Square
from preceptor.attacks.units import Units
from preceptor.core import Domain

LOW = torch.tensor([18.0, 0.0, 0.0, 0.0, 0.0])
HIGH = torch.tensor([90.0, 131440.0, 480.0, 3.0, 1.0])
WHOLE = torch.tensor([True, False, True, True, False])
FIXED = torch.tensor([False, False, False, False, True])
RANGES = HIGH - LOW

DOMAIN = Domain((5,), LOW, HIGH, names=("age", "income", "months", "category", "share"))
WHOLES = Domain((5,), LOW, HIGH, FIXED, WHOLE, DOMAIN.names)
UNIT = Domain((5,))


def student() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3))


def people(domain: Domain, items: int = 40, seed: int = 0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    drawn = LOW + RANGES * torch.rand((items, 5), generator=rng)
    return domain.project(drawn, drawn)


def of_table(body: nn.Module) -> Network:
    return Network(lambda rows: body((rows - LOW) / RANGES), classes=3)


LINF = {
    "linf-pgd": lambda pool: PGD(0.1, steps=20, step=0.2),
    "apgd": lambda pool: APGD(0.1, steps=20),
    "square": lambda pool: Square(0.1, queries=60),
    "keep": lambda pool: Keep(pool, 0.1),
    "uniform noise": lambda pool: NoiseAttack(0.1, "uniform", tries=5),
}


@pytest.mark.parametrize("kind", LINF)
def test_each_column_moves_within_its_own_share(kind: str) -> None:
    inputs = people(DOMAIN)
    moved = run(LINF[kind](people(DOMAIN, 30, 5)), of_table(student()), inputs, DOMAIN)
    shares = (moved - inputs).abs() / RANGES
    assert float(shares.max()) <= 0.1 * (1 + 1e-5)
    assert bool((shares.amax(0) > 0.09).all()), shares.amax(0)  # and each of them does move


@pytest.mark.parametrize("kind", [kind for kind in LINF if kind != "uniform noise"])
def test_whole_columns_stay_whole_and_fixed_ones_as_they_are(kind: str) -> None:
    inputs = people(WHOLES)
    moved = run(LINF[kind](people(WHOLES, 30, 5)), of_table(student()), inputs, WHOLES)
    assert torch.equal(moved[:, WHOLE], moved[:, WHOLE].round())
    assert torch.equal(moved[:, FIXED], inputs[:, FIXED])
    assert bool(((moved - inputs).abs() <= 0.1 * RANGES * (1 + 1e-5)).all())
    assert float((moved - inputs)[:, 0].abs().max()) == 7.0  # 7.2 years are seven whole ones
    assert float((moved - inputs)[:, 2].abs().max()) == 48.0  # 48 months are not 47


def test_a_table_is_attacked_like_the_same_table_in_shares() -> None:
    """Income in the table takes nothing from the age, and gives nothing to it."""
    body = student()
    inputs = people(DOMAIN)
    shares = (inputs - LOW) / RANGES
    plain = Network(body, classes=3)
    for attack in (PGD(0.1, steps=20), APGD(0.3, "l2", steps=20), NoiseAttack(0.2, tries=4)):
        there = run(attack, plain, shares, UNIT)
        here = (run(attack, of_table(body), inputs, DOMAIN) - LOW) / RANGES
        torch.testing.assert_close(here, there, rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if not row.images])
def test_what_is_not_moved_comes_back_to_the_bit(name: str) -> None:
    stuck = Domain((5,), LOW, HIGH, torch.ones(5, dtype=torch.bool), names=DOMAIN.names)
    inputs = people(DOMAIN)
    moved = run(TABLE[name].make(stuck), of_table(student()), inputs, stuck)
    assert torch.equal(moved, inputs)
    units = Units(DOMAIN, inputs.dtype)
    assert torch.equal(units.back(units.count(inputs)), inputs)


def test_a_walk_to_the_nearest_flip_is_not_measured_by_income_alone() -> None:
    inputs = people(DOMAIN)
    moved = run(Boundary(queries=300), of_table(student()), inputs, DOMAIN)
    shares = ((moved - inputs) / RANGES).norm(dim=1)
    there = run(Boundary(queries=300), Network(student(), classes=3), (inputs - LOW) / RANGES, UNIT)
    gaps = (there - (inputs - LOW) / RANGES).norm(dim=1)
    torch.testing.assert_close(shares.median(), gaps.median(), rtol=0.05, atol=0.005)


def test_a_given_scale_counts_instead() -> None:
    years = Domain((5,), LOW, HIGH, scale=torch.tensor([10.0, 5000.0, 12.0, 1.0, 1.0]))
    inputs = people(DOMAIN)
    moved = run(PGD(0.5, steps=20, step=0.2), of_table(student()), inputs, years)
    far = (moved - inputs).abs().amax(0)
    assert bool((far <= torch.tensor([5.0, 2500.0, 6.0, 0.5, 0.5]) * (1 + 1e-4)).all())
    assert bool((far >= torch.tensor([5.0, 2500.0, 6.0, 0.5, 0.5]) * 0.9).all())


@pytest.mark.parametrize("shape", [(3, 8, 8), (5,)])
def test_equal_ranges_and_images_keep_the_units_of_the_inputs(shape: tuple[int, ...]) -> None:
    assert Domain(shape, 0.0, 255.0).plain
    assert Domain(shape, 0.0, 255.0).sizes == "in the units of the inputs"
    assert "scale" not in Domain(shape, 0.0, 255.0).describe()
    high = torch.linspace(1.0, 2.0, 3).reshape(3, 1, 1)
    assert Domain((3, 8, 8), 0.0, high).plain


def test_a_domain_says_what_its_sizes_are() -> None:
    assert DOMAIN.sizes == "shares of each feature's range"
    assert DOMAIN.describe()["scale"] == RANGES.tolist()
    assert Domain((5,), LOW, HIGH, scale=1.0).sizes == "in the units of the inputs"
    assert "given scale" in Domain((5,), LOW, HIGH, scale=2.0).sizes
