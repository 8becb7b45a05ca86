"""The twelve students of whose_robustness.py: one small network, taught in twelve ways that assume different things.

All see the same 4,000 labelled digits, drawn in another order with each seed, and start from the same weights
of that seed. Settings were chosen on seeds from 900 on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from preceptor.core import Domain, generator
from preceptor.lessons.invariances import changed
from preceptor.problems.families import FIVE
from preceptor.problems.networks import DigitNet
from preceptor.students import TorchStudent

WIDTH, EPOCHS, BATCH, RATE, STEPS = 8, 4, 100, 5e-3, 3
PLAIN, GROWN = 0.2, 0.7
"""Shares of the steps until which digits are learned as they are, and until which a ball grows to its size:
without the first, training in the larger balls ended with one answer for everything on some seeds."""

Harden = Callable[[nn.Module, Tensor, Tensor, float, np.random.Generator], Tensor]
"""Network, inputs, labels, share of the full size, and draws, to the inputs that are learned from."""


def draw(shape: torch.Size, rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(rng.uniform(-1, 1, tuple(shape)).astype(np.float32))


def ascent(loss: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    """The gradient of a loss by the inputs."""
    leaf = at.detach().requires_grad_()
    return torch.autograd.grad(loss(leaf), leaf)[0]


def in_linf(eps: float) -> Harden:
    """Madry et al. 2018: the worst of an l_inf ball, with a few steps."""

    def harden(
        network: nn.Module, x: Tensor, y: Tensor, share: float, rng: np.random.Generator
    ) -> Tensor:
        size = eps * share
        low, high = (x - size).clamp(0, 1), (x + size).clamp(0, 1)
        at = torch.clamp(x + size * draw(x.shape, rng), low, high)
        for _ in range(STEPS):
            slope = ascent(lambda some: F.cross_entropy(network(some), y), at)
            at = torch.clamp(at + 1.5 * size / STEPS * slope.sign(), low, high)
        return at

    return harden


def in_l2(eps: float) -> Harden:
    """The same in an l_2 ball."""

    def harden(
        network: nn.Module, x: Tensor, y: Tensor, share: float, rng: np.random.Generator
    ) -> Tensor:
        del rng  # begins at the digit: a random point of the ball is noise
        size, at = eps * share, x
        for _ in range(STEPS):
            slope = ascent(lambda some: F.cross_entropy(network(some), y), at)
            length = slope.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None]
            delta = at + 1.5 * size / STEPS * slope / length - x
            far = delta.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None]
            at = (x + delta * (size / far).clamp(max=1)).clamp(0, 1)
        return at

    return harden


def noisy(size: float) -> Harden:
    """Cohen et al. 2019: Gaussian noise while learning, without the vote afterwards."""

    def harden(
        network: nn.Module, x: Tensor, y: Tensor, share: float, rng: np.random.Generator
    ) -> Tensor:
        del network, y, share
        return x + size * torch.from_numpy(rng.standard_normal(tuple(x.shape)).astype(np.float32))

    return harden


def invariant(after: Harden | None = None) -> Harden:
    """The five declared invariances, drawn at random; then perhaps something else."""

    def harden(
        network: nn.Module, x: Tensor, y: Tensor, share: float, rng: np.random.Generator
    ) -> Tensor:
        moved = changed(x, FIVE, Domain(tuple(x.shape[1:])), rng)
        return moved if after is None else after(network, moved, y, share, rng)

    return harden


def plain(
    network: nn.Module, x: Tensor, y: Tensor, share: float, rng: np.random.Generator
) -> Tensor:
    del network, y, share, rng
    return x


@dataclass(frozen=True)
class Trades:
    """Zhang et al. 2019: the label of the digit, and the same answer all over an l_inf ball.

    Attributes:
        eps: its size.
        weight: of the second part.
    """

    eps: float
    weight: float = 4.0

    def loss(
        self, network: nn.Module, x: Tensor, y: Tensor, share: float, rng: np.random.Generator
    ) -> Tensor:
        size = self.eps * share
        low, high = (x - size).clamp(0, 1), (x + size).clamp(0, 1)
        with torch.no_grad():
            before = network(x).softmax(1)
        at = torch.clamp(x + 0.1 * size * draw(x.shape, rng), low, high)
        for _ in range(STEPS):
            slope = ascent(lambda some: apart(network(some), before), at)
            at = torch.clamp(at + 1.5 * size / STEPS * slope.sign(), low, high)
        logits = network(x)
        away = apart(network(at), logits.softmax(1))
        return F.cross_entropy(logits, y) + self.weight * away


def apart(logits: Tensor, wanted: Tensor) -> Tensor:
    return F.kl_div(logits.log_softmax(1), wanted, reduction="batchmean")


WAYS: Mapping[str, Harden | Trades] = {
    "ordinary": plain,
    "linf .1": in_linf(0.1),
    "linf .2": in_linf(0.2),
    "linf .3": in_linf(0.3),
    "linf .4": in_linf(0.4),
    "l2 1": in_l2(1.0),
    "l2 2": in_l2(2.0),
    "TRADES .2": Trades(0.2),
    "invariances": invariant(),
    "invariances, linf .2": invariant(in_linf(0.2)),
    "noise .25": noisy(0.25),
    "noise .5": noisy(0.5),
}


def taught(name: str, inputs: Tensor, labels: Tensor, seed: int) -> TorchStudent:
    """A student after all its lessons.

    Args:
        name: of :data:`WAYS`.
        inputs: ``Float32[digits, 1, 28, 28]``.
        labels: ``Int64[digits]``.
        seed: of weights and order, which all students share, and of the student's own draws.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = DigitNet(width=WIDTH)
    order, rng = generator(seed, "order"), generator(seed, "draws", name)
    way, batches = WAYS[name], -(-len(inputs) // BATCH)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * batches)
    steps = 0
    for _ in range(EPOCHS):
        for rows in torch.split(torch.from_numpy(order.permutation(len(inputs))), BATCH):
            x, y = inputs[rows], labels[rows]
            share = (steps / (EPOCHS * batches) - PLAIN) / (GROWN - PLAIN)
            share, steps = min(1.0, max(0.0, share)), steps + 1
            if isinstance(way, Trades):
                loss = way.loss(network, x, y, share, rng)
            else:
                loss = F.cross_entropy(network(way(network, x, y, share, rng)), y)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return TorchStudent(network.eval(), classes=10, name=name)
