"""Students, domains and attacks that the tests of this folder share."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from preceptor.attacks import (
    APGD,
    PGD,
    Boundary,
    Cells,
    Corrupt,
    Keep,
    NoiseAttack,
    RotateTranslate,
    Sparse,
    Square,
    Standard,
    Structural,
    Wasserstein,
)
from preceptor.core import ABSTAINED, BROKEN, Attack, Domain, ItemRng


@dataclass
class Network:
    """A function or module as a student; counts the inputs it was asked about."""

    forward: Callable[[Tensor], Tensor]
    classes: int = 2
    differentiable: bool = True
    name: str = "network"
    shy: float = 0.0
    asked: list[int] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def __call__(self, inputs: Tensor) -> Tensor:
        self.asked.append(len(inputs))
        assert torch.isfinite(inputs).all()
        if self.differentiable:
            return self.forward(inputs)
        with torch.no_grad():
            return self.forward(inputs)

    def decide(self, logits: Tensor) -> Tensor:
        top = logits.topk(2, 1).values
        answers = torch.where(top[:, 0] - top[:, 1] < self.shy, ABSTAINED, logits.argmax(1))
        return torch.where(logits.isfinite().all(1), answers, BROKEN)

    def answers(self, inputs: Tensor) -> Tensor:
        with torch.no_grad():
            return self.decide(self.forward(inputs))


class Scaled(nn.Module):
    """Takes inputs of any domain, shows its body the same with every range -1 .. 1."""

    def __init__(self, body: nn.Module, domain: Domain, calm: Tensor) -> None:
        super().__init__()
        low, high = domain.bounds()
        self.register_buffer("low", low.clone())
        self.register_buffer("halfwidth", (high - low) / 2)
        self.body = body
        with torch.no_grad():
            logits = self.body((calm - self.low) / self.halfwidth - 1)
        self.register_buffer("middle", logits.mean(0))
        self.register_buffer("spread", logits.std(0))

    def forward(self, inputs: Tensor) -> Tensor:
        return (self.body((inputs - self.low) / self.halfwidth - 1) - self.middle) / self.spread


def domain_of(shape: tuple[int, ...], bounds: str) -> Domain:
    """One of the kinds of domain that every attack has to cope with."""
    if bounds == "unit":
        return Domain(shape)
    if bounds == "bytes":
        return Domain(shape, 0.0, 255.0)
    rng = torch.Generator().manual_seed(5)
    low = -3 * torch.rand(shape, generator=rng)
    high = 1 + 9 * torch.rand(shape, generator=rng)
    if bounds == "features":
        return Domain(shape, low, high)
    fixed = torch.zeros(shape, dtype=torch.bool)
    fixed.view(-1)[::3] = True
    whole = torch.zeros(shape, dtype=torch.bool)
    whole.view(-1)[1::3] = True
    return Domain(shape, low.floor() * 10, high.ceil() * 10, fixed=fixed, whole=whole)


BOUNDS = ("unit", "bytes", "features", "fixed and whole")


def draws(domain: Domain, items: int, seed: int = 0) -> Tensor:
    """Uniform valid inputs."""
    low, high = domain.bounds()
    rng = torch.Generator().manual_seed(seed)
    inputs = low + (high - low) * torch.rand((items, *domain.shape), generator=rng)
    return domain.project(inputs, inputs)


def body_of(kind: str) -> tuple[nn.Module, tuple[int, ...], int]:
    """The network, the shape of its inputs, its classes."""
    if kind == "linear":
        return nn.Linear(6, 2), (6,), 2
    if kind == "mlp":
        return nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3)), (5,), 3
    body = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(6 * 8 * 8, 10)
    )
    return body, (1, 8, 8), 10


STUDENTS = ("linear", "mlp", "conv")


def student_of(kind: str, bounds: str) -> tuple[Network, Domain]:
    """A random student with several answers, and its domain."""
    torch.manual_seed(3)
    body, shape, classes = body_of(kind)
    domain = domain_of(shape, bounds)
    return Network(Scaled(body, domain, draws(domain, 200, 9)), classes, name=kind), domain


@dataclass(frozen=True)
class Row:
    """One attack of the contract table, with what must hold of its distances.

    Attributes:
        make: in a domain.
        linf: the largest change of a value, in a domain.
        l2: the largest distance.
        l1: likewise.
        pixels: how many may change.
        draws: whether another stream gives other inputs.
        images: whether it moves images alone, and refuses the rest.
    """

    make: Callable[[Domain], Attack]
    linf: Callable[[Domain], float] = lambda domain: domain.width
    l2: Callable[[Domain], float] = lambda domain: float("inf")
    l1: Callable[[Domain], float] = lambda domain: float("inf")
    pixels: int | None = None
    draws: bool = True
    images: bool = False


def pool_of(domain: Domain) -> Tensor:
    return draws(domain, 60, 7)


TABLE: dict[str, Row] = {
    "pgd": Row(
        lambda d: PGD(0.2 * d.width, steps=12, step=0.2),
        linf=lambda d: 0.2 * d.width,
    ),
    "pgd restarts": Row(
        lambda d: PGD(0.1 * d.width, steps=6, step=0.3, restarts=3),
        linf=lambda d: 0.1 * d.width,
    ),
    "pgd l2": Row(
        lambda d: PGD(0.5 * d.width, "l2", steps=12, step=0.2),
        l2=lambda d: 0.5 * d.width,
    ),
    "pgd l2 clean start": Row(
        lambda d: PGD(0.5 * d.width, "l2", steps=12, step=0.2, random_start=False),
        l2=lambda d: 0.5 * d.width,
        draws=False,
    ),
    "apgd linf": Row(lambda d: APGD(0.2 * d.width, steps=12), linf=lambda d: 0.2 * d.width),
    "apgd l2": Row(
        lambda d: APGD(0.5 * d.width, "l2", steps=12, loss="margin"),
        l2=lambda d: 0.5 * d.width,
    ),
    "apgd l1": Row(
        lambda d: APGD(1.5 * d.width, "l1", steps=25),
        l1=lambda d: 1.5 * d.width,
    ),
    "apgd targeted": Row(
        lambda d: APGD(0.2 * d.width, targets=9, steps=8, restarts=2),
        linf=lambda d: 0.2 * d.width,
    ),
    "square": Row(lambda d: Square(0.25 * d.width, queries=60), linf=lambda d: 0.25 * d.width),
    "sparse": Row(lambda d: Sparse(1, queries=60), pixels=1),
    "boundary": Row(lambda d: Boundary(queries=200)),
    "boundary eps": Row(
        lambda d: Boundary(0.7 * d.width, queries=200, pool=pool_of(d)),
        l2=lambda d: 0.7 * d.width,
    ),
    "corrupt": Row(lambda d: Corrupt(severity=5)),
    "standard": Row(lambda d: Standard(0.2 * d.width), linf=lambda d: 0.2 * d.width),
    "standard l2": Row(
        lambda d: Standard(0.7 * d.width, "l2", "quick"), l2=lambda d: 0.7 * d.width
    ),
    "cells": Row(lambda d: Cells(2, 0.4 * d.width, queries=80), draws=False),
    "rotate": Row(lambda d: RotateTranslate(40, 0.2, tries=12)),
    "rotate grid": Row(lambda d: RotateTranslate(40, 0.2, grid=5), draws=False),
    "noise": Row(lambda d: NoiseAttack(0.3 * d.width, tries=6)),
    "noise uniform": Row(lambda d: NoiseAttack(0.4 * d.width, "uniform", tries=6)),
    "wasserstein": Row(lambda d: Wasserstein(0.5, steps=30), draws=False, images=True),
    "wasserstein restarts": Row(
        lambda d: Wasserstein(0.03, steps=2, step=0.3, restarts=5), images=True
    ),
    "ssim": Row(lambda d: Structural(0.3, steps=30), draws=False, images=True),
    "ssim restarts": Row(lambda d: Structural(0.01, steps=8, restarts=3), images=True),
    "keep linf": Row(
        lambda d: Keep(pool_of(d), 0.2 * d.width), linf=lambda d: 0.2 * d.width, draws=False
    ),
    "keep l2": Row(
        lambda d: Keep(pool_of(d), 0.5 * d.width, "l2", guides=2),
        l2=lambda d: 0.5 * d.width,
        draws=False,
    ),
    "keep freely": Row(lambda d: Keep(pool_of(d)), draws=False),
}


def streams(items: int, seed: int = 0) -> ItemRng:
    return ItemRng.named(seed, "attack", [str(i) for i in range(items)])


def run(attack: Attack, student: Network, inputs: Tensor, domain: Domain, seed: int = 0) -> Tensor:
    return attack(student, inputs, domain=domain, rng=streams(len(inputs), seed))
