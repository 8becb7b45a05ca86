"""What every attack promises; a new attack adds a row to the table."""

import copy
import inspect

import pytest
import torch
from attack_students import (
    BOUNDS,
    STUDENTS,
    TABLE,
    Network,
    domain_of,
    draws,
    run,
    streams,
    student_of,
)
from torch import nn

from preceptor.attacks import ATTACKS, AutoAttack, Foolbox
from preceptor.core import Attack, InputError

ITEMS = 24

NO_IMAGES = "moves images"


def refuses(row, domain):
    """Whether it is an attack on images that these inputs are not; it must say so then."""
    if not row.images or domain.is_image:
        return False
    student = Network(lambda x: x[:, :2])
    with pytest.raises(InputError, match=NO_IMAGES):
        run(row.make(domain), student, draws(domain, 2), domain)
    return True


each_attack = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
each_student = pytest.mark.parametrize("kind", STUDENTS)
each_bounds = pytest.mark.parametrize("bounds", BOUNDS)


def test_the_table_has_every_attack():
    made = {type(row.make(student_of("mlp", "unit")[1])) for row in TABLE.values()}
    borrowed = {AutoAttack, Foolbox}  # dear: in test_attacks_borrowed.py, with fewer items
    assert made | borrowed == {entry.make for entry in ATTACKS.values()}


@each_attack
@each_student
@each_bounds
def test_stays_in_its_ball_and_reaches_its_goal(row, kind, bounds):
    student, domain = student_of(kind, bounds)
    if refuses(row, domain):
        return
    inputs = draws(domain, ITEMS)
    before = inputs.clone()
    attack = row.make(domain)
    moved = run(attack, student, inputs, domain)
    assert torch.equal(inputs, before)
    assert moved.shape == inputs.shape
    assert moved.dtype == inputs.dtype
    assert not moved.requires_grad
    assert torch.isfinite(moved).all()
    assert not domain.outside(moved).any()
    torch.testing.assert_close(domain.project(moved, inputs), moved, rtol=1e-6, atol=1e-5)
    if domain.fixed is not None:
        assert torch.equal(moved[:, domain.fixed], inputs[:, domain.fixed])
    delta = domain.measured(moved - inputs).flatten(1)
    assert delta.abs().max() <= row.linf(domain) * (1 + 1e-5)
    assert delta.norm(dim=1).max() <= row.l2(domain) * (1 + 1e-5)
    assert delta.abs().sum(1).max() <= row.l1(domain) * (1 + 1e-5)
    if row.pixels is not None:
        changed = moved != inputs
        changed = changed.any(1) if domain.is_image else changed
        assert changed.flatten(1).sum(1).max() <= row.pixels
    same = student.answers(moved) == student.answers(inputs)
    if attack.goal == "keep":
        assert same.all()
        assert (delta.norm(dim=1) > 0.01 * domain.width).double().mean() > 0.5
    else:
        assert (~same).sum() >= 2


@each_attack
@each_student
@pytest.mark.parametrize("bounds", ["unit", pytest.param("features", marks=pytest.mark.slow)])
def test_does_not_depend_on_the_batch(row, kind, bounds):
    student, domain = student_of(kind, bounds)
    if refuses(row, domain):
        return
    inputs, attack = draws(domain, ITEMS), row.make(domain)
    whole = run(attack, student, inputs, domain)
    rng = streams(ITEMS)
    parts = [torch.arange(0, 1), torch.arange(1, 8), torch.arange(8, ITEMS)]
    split = torch.cat([attack(student, inputs[p], domain=domain, rng=rng.take(p)) for p in parts])
    assert torch.equal(student.answers(split), student.answers(whole))
    split, whole = domain.measured(split), domain.measured(whole)
    torch.testing.assert_close(split, whole, rtol=1e-3, atol=1e-3 * domain.width)


@each_attack
def test_one_seed_one_result(row):
    student, domain = student_of("conv", "unit")
    inputs, attack = draws(domain, ITEMS), row.make(domain)
    first, again = (run(attack, student, inputs, domain, seed=4) for _ in range(2))
    assert torch.equal(first, again)
    other = run(attack, student, inputs, domain, seed=5)
    assert torch.equal(first, other) != row.draws


@each_attack
@pytest.mark.parametrize("training", [True, False])
def test_leaves_the_student_as_it_was(row, training):
    student, domain = student_of("conv", "unit")
    module = student.forward
    assert isinstance(module, nn.Module)
    module.train(training)
    state = copy.deepcopy(module.state_dict())
    with torch.no_grad():
        run(row.make(domain), student, draws(domain, 4), domain)
    assert module.training is training
    assert all(p.grad is None and p.requires_grad for p in module.parameters())
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())


@each_attack
def test_batches_of_none_and_of_one(row):
    student, domain = student_of("conv", "unit")
    attack = row.make(domain)
    assert run(attack, student, draws(domain, 0), domain).shape == (0, *domain.shape)
    assert run(attack, student, draws(domain, 1), domain).shape == (1, *domain.shape)


@each_attack
def test_has_the_form_of_an_attack(row):
    _, domain = student_of("conv", "unit")
    attack = row.make(domain)
    assert isinstance(attack, Attack)
    assert attack.family.split("-")[0] in attack.name
    assert attack.goal in ("flip", "keep")
    parameters = list(inspect.signature(attack).parameters)
    assert parameters == ["student", "inputs", "domain", "rng"]
    with pytest.raises(AttributeError):
        attack.tries = 3


def test_names_tell_the_rows_apart():
    _, domain = student_of("conv", "unit")
    assert len({row.make(domain).name for row in TABLE.values()}) == len(TABLE)


@each_attack
def test_without_gradients(row):
    student, domain = student_of("conv", "unit")
    student.differentiable = False
    inputs, attack = draws(domain, ITEMS), row.make(domain)
    if attack.needs_gradients:
        with pytest.raises(InputError, match="gives none") as raised:
            run(attack, student, inputs, domain)
        listed = str(raised.value).partition("work: ")[2].rstrip(".").split(", ")
        kinds = {type(row.make(domain)) for row in TABLE.values()}
        free = {kind for kind in kinds if not kind.needs_gradients}
        assert {ATTACKS[name].make for name in listed} == free
        return
    same = student.answers(run(attack, student, inputs, domain)) == student.answers(inputs)
    assert same.all() if attack.goal == "keep" else not same.all()


@each_attack
def test_a_student_that_is_broken_or_constant(row):
    _, domain = student_of("conv" if row.images else "mlp", "unit")
    inputs = draws(domain, 5)
    for value in (float("nan"), 1.0):
        broken = Network(lambda x, value=value: 0 * x.flatten(1)[:, :3] + value, classes=3)
        moved = run(row.make(domain), broken, inputs, domain)
        assert torch.isfinite(moved).all()
        assert not domain.outside(moved).any()
        assert torch.equal(broken.answers(moved), broken.answers(inputs))


@pytest.mark.parametrize(
    "name", [n for n, row in TABLE.items() if row.make(domain_of((5,), "unit")).needs_gradients]
)
def test_a_student_that_only_claims_gradients(name):
    _, domain = student_of("conv" if TABLE[name].images else "mlp", "unit")
    liar = Network(lambda x: x.detach().flatten(1)[:, :3], classes=3)
    with pytest.raises(InputError, match="carry no gradient"):
        run(TABLE[name].make(domain), liar, draws(domain, 2), domain)
