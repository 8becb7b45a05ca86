"""Factors: they change what they say, valid inputs stay valid, and nothing depends on the batch."""

import pytest
import torch
from explain_worlds import pictures, table
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import Domain, InputError
from preceptor.explain import Band, Direction, Factor, default_factors, group, regions
from preceptor.explain.defaults import gradient_directions, principal
from preceptor.students import TorchStudent

IMAGES = pictures(40, 10)
ROWS = table(40)
SETS = {"image": IMAGES, "table": ROWS}


def every(kind: str) -> list[Factor]:
    source = SETS[kind]
    found = list(default_factors(source.domain, source.read(0, 40)))
    vectors = source.read(0, 40).flatten(1) - 0.5
    return found + principal(vectors, source.domain.shape, 0.5, "of some vectors")


FACTORS = [(kind, factor) for kind in SETS for factor in every(kind)]


@pytest.mark.parametrize(("kind", "factor"), FACTORS, ids=lambda x: getattr(x, "name", x))
def test_contract(kind: str, factor: Factor) -> None:
    source = SETS[kind]
    inputs, ids = source.read(0, 12), list(source.ids[:12])
    changed = factor.change(inputs, ids, domain=source.domain, seed=3)
    assert changed.shape == inputs.shape
    assert not source.domain.outside(changed).any()
    assert torch.equal(inputs, source.read(0, 12)), "the inputs are not written to"
    assert bool((changed != inputs).any()), "it does something"
    if factor.mask is not None:
        assert torch.equal(changed[:, ~factor.mask], inputs[:, ~factor.mask]), "and only there"
    parts = [
        factor.change(inputs[i : i + 5], ids[i : i + 5], domain=source.domain, seed=3)
        for i in range(0, 12, 5)
    ]
    assert torch.allclose(torch.cat(parts), changed, atol=1e-6), "whatever the batch"
    other = factor.change(inputs, ids, domain=source.domain, seed=4)
    drawn = "set to" not in factor.name
    assert torch.equal(other, changed) != drawn, "the seed decides what is drawn"


def test_names_are_unique() -> None:
    for kind in SETS:
        names = [factor.name for factor in every(kind)]
        assert len(names) == len(set(names))


@given(height=st.integers(1, 40), width=st.integers(1, 40))
@settings(deadline=None)
def test_cells_tile_the_image(height: int, width: int) -> None:
    domain = Domain((3, height, width))
    found = regions(domain)
    cells = torch.stack([mask for _, mask, cell in found if cell]).sum(0)
    assert torch.equal(cells, torch.ones(domain.shape, dtype=torch.int64))
    rest = {place: mask for place, mask, cell in found if not cell}
    if rest:
        assert torch.equal(rest["border"], ~rest["centre"])


def test_what_is_fixed_is_no_factor() -> None:
    fixed = torch.zeros(4, dtype=torch.bool)
    fixed[1:3] = True
    domain = Domain((4,), fixed=fixed, names=("a", "b", "c", "d"))
    found = default_factors(domain, torch.rand(5, 4))
    assert [f.name for f in found if f.family == "feature"] == ["a", "d"]


def test_many_features_come_in_groups() -> None:
    domain = Domain((1000,))
    found = [f for f in default_factors(domain, torch.rand(5, 1000)) if f.family == "feature"]
    assert len(found) == 64
    masks = torch.stack([f.mask for f in found if f.mask is not None])
    assert torch.equal(masks.sum(0), torch.ones(1000, dtype=torch.int64))
    assert found[0].name == "feature 0 to feature 15"


def test_bands_add_up() -> None:
    inputs, others = IMAGES.read(0, 4), IMAGES.read(4, 5)
    whole = torch.zeros_like(inputs)
    wide = Domain((1, 10, 10), -100.0, 100.0)
    for low, high in ((0.0, 0.12), (0.12, 0.25), (0.25, 1.0)):
        factor = Factor("band", "frequency", Band(low, high, others), True)
        whole += factor.change(inputs, list("abcd"), domain=wide, seed=0) - inputs
    assert torch.allclose(inputs + whole, others.expand(4, 1, 10, 10), atol=1e-5)


def test_principal_directions_find_the_axis() -> None:
    vectors = torch.randn(50, 6) * 0.1
    vectors[:, 4] += 3 * torch.where(torch.rand(50) < 0.5, -1.0, 1.0)
    found = principal(vectors, (2, 3), 1.5, "of a test")
    step = found[0].transform
    assert isinstance(step, Direction)
    assert abs(float(step.vector.flatten()[4])) > 0.99
    assert step.size == 1.5


def test_gradients_point_where_the_student_looks() -> None:
    layer = torch.nn.Linear(5, 2)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[1, 2] = 4.0
    student = TorchStudent(layer, classes=2)
    found = gradient_directions(student, torch.rand(20, 5), 0.3)
    step = found[0].transform
    assert isinstance(step, Direction)
    assert float(step.vector[2]) == pytest.approx(1.0)
    assert gradient_directions(student, torch.rand(3, 5), 0.3) == [], "too few"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Band(0.3, 0.1, torch.rand(2, 1, 4, 4)), "low < high"),
        (lambda: Band(0.1, 0.3, torch.rand(0, 1, 4, 4)), "other image"),
        (lambda: Direction(torch.ones(3), 1.0), "length 1"),
        (lambda: Direction(torch.tensor([1.0, 0.0]), 0.0), "above 0"),
        (lambda: group([], "none", Domain((3,)), torch.rand(2, 3)), "coordinates"),
        (lambda: group([3], "far", Domain((3,)), torch.rand(2, 3)), "0 to 2"),
        (
            lambda: Factor("b", "frequency", Band(0.1, 0.3, torch.rand(2, 3))).change(
                torch.rand(1, 3), ["a"], domain=Domain((3,)), seed=0
            ),
            "none",
        ),
        (
            lambda: Factor("d", "direction", Direction(torch.tensor([1.0]), 1.0)).change(
                torch.rand(1, 3), ["a"], domain=Domain((3,)), seed=0
            ),
            "shape",
        ),
    ],
)
def test_mistakes(make: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()  # type: ignore[operator]
