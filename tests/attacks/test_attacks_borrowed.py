"""Attacks of other libraries: the contract as far as it goes, and ours beside theirs."""

import builtins
import sys

import numpy as np
import pytest
import torch
from attack_students import BOUNDS, Network, draws, run, streams, student_of
from torch import nn

from preceptor.attacks import APGD, PGD, AutoAttack, Foolbox, parse
from preceptor.core import Domain, InputError

ITEMS = 4

MAKE = {
    "pgd": lambda d: Foolbox("LinfPGD", 0.2 * d.width),
    "deepfool": lambda d: Foolbox("L2DeepFoolAttack"),
    "deepfool eps": lambda d: Foolbox("L2DeepFoolAttack", 0.5 * d.width),
    "autoattack": lambda d: AutoAttack(0.2 * d.width, attacks="apgd-ce"),
    "autoattack l2": lambda d: AutoAttack(0.5 * d.width, "l2", "apgd-ce"),
}
LINF = {"pgd": 0.2, "autoattack": 0.2}
L2 = {"deepfool eps": 0.5, "autoattack l2": 0.5}

each_attack = pytest.mark.parametrize("kind", MAKE)


@each_attack
@pytest.mark.parametrize("bounds", BOUNDS)
def test_stays_in_its_ball_and_flips(kind, bounds):
    student, domain = student_of("mlp", bounds)
    inputs = draws(domain, ITEMS)
    moved = run(MAKE[kind](domain), student, inputs, domain)
    assert moved.shape == inputs.shape
    assert moved.dtype == inputs.dtype
    assert not moved.requires_grad
    assert not domain.outside(moved).any()
    torch.testing.assert_close(domain.project(moved, inputs), moved, rtol=1e-6, atol=1e-5)
    if domain.fixed is not None:
        assert torch.equal(moved[:, domain.fixed], inputs[:, domain.fixed])
    delta = domain.measured(moved - inputs).flatten(1) / domain.width
    assert delta.abs().max() <= LINF.get(kind, 1.0) * (1 + 1e-5)
    assert delta.norm(dim=1).max() <= L2.get(kind, torch.inf) * (1 + 1e-5)
    assert (student.answers(moved) != student.answers(inputs)).any()


@each_attack
def test_neither_batch_nor_global_state_matters_and_neither_is_touched(kind):
    student, domain = student_of("conv", "features")
    module = student.forward
    inputs, attack = draws(domain, ITEMS), MAKE[kind](domain)

    before, old = (torch.get_rng_state(), np.random.get_state()[1].copy()), sys.gettrace()

    def trace(frame, event, arg):
        return None

    sys.settrace(trace)
    try:
        run(attack, student, inputs[:1], domain, seed=4)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(old)
    whole = run(attack, student, inputs, domain, seed=4)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert all(p.grad is None and p.requires_grad for p in module.parameters())
    torch.rand(3)
    np.random.rand(3)
    rng = streams(ITEMS, 4)
    parts = [torch.arange(0, 1), torch.arange(1, ITEMS)]
    split = torch.cat([attack(student, inputs[p], domain=domain, rng=rng.take(p)) for p in parts])
    assert torch.equal(split, whole)


@each_attack
def test_batches_of_none_and_students_that_are_broken_or_constant(kind):
    _, domain = student_of("mlp", "unit")
    attack = MAKE[kind](domain)
    for value in (float("nan"), 1.0):
        broken = Network(lambda x, value=value: 0 * x[:, :3] + value, classes=3)
        assert run(attack, broken, draws(domain, 0), domain).shape == (0, *domain.shape)
        moved = run(attack, broken, draws(domain, 2), domain)
        assert not domain.outside(moved).any()
        assert torch.equal(broken.answers(moved), broken.answers(draws(domain, 2)))


@each_attack
def test_says_what_is_wrong_with_the_gradients(kind):
    student, domain = student_of("mlp", "unit")
    student.differentiable = False
    with pytest.raises(InputError, match=r"gives none.*standard, .*, keep\."):
        run(MAKE[kind](domain), student, draws(domain, 2), domain)
    liar = Network(lambda x: x.detach()[:, :3], classes=3)
    with pytest.raises(InputError, match="carry no gradient"):
        run(MAKE[kind](domain), liar, draws(domain, 2), domain)


def test_what_needs_no_gradients_runs_without_them():
    student, domain = student_of("mlp", "unit")
    student.differentiable = False
    inputs = draws(domain, 2)
    moved = run(Foolbox("SaltAndPepperNoiseAttack"), student, inputs, domain)
    assert not domain.outside(moved).any()
    assert (student.answers(moved) != student.answers(inputs)).any()


def test_at_once_is_another_way_to_the_same_end():
    student, domain = student_of("conv", "bytes")
    inputs = draws(domain, 24)
    own = student.answers(inputs)
    for attack in (
        Foolbox("LinfPGD", 20.0, alone=False),
        AutoAttack(20.0, attacks="apgd-ce+apgd-t", alone=False),
    ):
        moved = run(attack, student, inputs, domain)
        assert (moved - inputs).abs().max() <= 20 * (1 + 1e-5)
        ours = run(
            PGD(20.0) if isinstance(attack, Foolbox) else APGD(20.0), student, inputs, domain
        )
        flips = [(student.answers(m) != own).sum() for m in (moved, ours)]
        assert flips[0] >= 3
        assert abs(int(flips[0] - flips[1])) <= 2
    fixed = Domain((3,), fixed=torch.tensor([True, False, False]))
    with pytest.raises(InputError, match="alone=false"):
        run(Foolbox("LinfPGD", 0.1, alone=False), student, torch.rand(2, 3), fixed)


def test_deepfool_comes_to_the_nearest_point_of_a_flat_boundary():
    weights = torch.tensor([1.0, -2.0, 0.5])
    student = Network(lambda x: torch.stack([-(x @ weights), x @ weights], 1))
    domain = Domain((3,), -8.0, 8.0)
    inputs = draws(domain, 4) / 8
    gaps = (run(Foolbox("L2DeepFoolAttack"), student, inputs, domain) - inputs).norm(dim=1)
    torch.testing.assert_close(
        gaps, (inputs @ weights).abs() / weights.norm(), rtol=0.05, atol=1e-4
    )


def test_the_whole_suite_runs_on_images():
    torch.manual_seed(0)
    student = Network(nn.Sequential(nn.Flatten(), nn.Linear(64, 5)), classes=5)
    domain = Domain((1, 8, 8))
    inputs = draws(domain, 2)
    own = student.answers(inputs)
    moved = run(AutoAttack(0.3), student, inputs, domain)
    assert (student.answers(moved) != own).all()
    assert (moved - inputs).abs().max() <= 0.3 + 1e-6


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("foolbox", "lacks attack; write for example foolbox:attack=LinfPGD,eps=0.1"),
        ("foolbox:attack=Nonsense", r"no attack 'Nonsense'.*L2DeepFoolAttack"),
        ("foolbox:attack=VirtualAdversarialAttack", "cannot be used here: it needs arguments"),
        ("foolbox:attack=InversionAttack", "no l_p distance"),
        ("foolbox:attack=LinfPGD", "works at a fixed size; write foolbox:attack=LinfPGD,eps=0.1"),
        ("foolbox:attack=L0FMNAttack,eps=3", "leave eps out"),
        ("autoattack:eps=0.1,norm=l1", "one of linf, l2"),
        ("autoattack:eps=0.1,attacks=apgd", r"standard, or some of apgd-ce.*got 'apgd'"),
    ],
)
def test_says_what_is_wrong_and_what_exists(spec, message):
    with pytest.raises(InputError, match=message):
        parse(spec, pool=None)


def test_reads_names():
    attack = parse("foolbox:attack=L2DeepFoolAttack,alone=false", pool=None)
    assert attack == Foolbox("L2DeepFoolAttack", alone=False)
    assert attack.name == "foolbox L2DeepFoolAttack alone=False"
    assert attack.family == "foolbox-L2DeepFoolAttack"


def test_refuses_classes_and_shapes_that_crash_it():
    two, flat = student_of("linear", "unit")
    with pytest.raises(InputError, match="apgd-t needs at least 4 classes, and 'linear' has 2"):
        run(AutoAttack(0.1), two, draws(flat, 2), flat)
    many = Network(lambda x: x, classes=6)
    with pytest.raises(InputError, match="square needs images"):
        run(AutoAttack(0.1), many, draws(flat, 2), flat)


@pytest.mark.parametrize(
    ("missing", "spec", "command"),
    [
        ("foolbox", "foolbox:attack=LinfPGD,eps=0.1", r"pip install '.\[foolbox\]'"),
        ("pyautoattack", "autoattack:eps=1", "pip install --no-deps pyautoattack==0.2.0"),
    ],
)
def test_says_how_to_install_what_is_missing(monkeypatch, missing, spec, command):
    real = builtins.__import__

    def refusing(name, *rest):
        if name.split(".")[0] == missing:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(InputError, match=command):
        parse(spec, pool=None)
