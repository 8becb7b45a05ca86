"""What it takes to lend a student to another library's attack, and to take back what it made.

Such a library works in [0, 1], draws from the global random state and gets its gradients by
``backward``. Here inputs are scaled by one factor for all coordinates, so that a distance there
is a distance here; the student is asked only about valid inputs; no gradient reaches its
parameters; and the random states are as before afterwards.
"""

import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.attacks.balls import NormBall
from preceptor.attacks.predictions import logits_of, need_gradients, no_gradient
from preceptor.core import Domain, InputError, ItemRng, Student

Run = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""A network on [0, 1], inputs there and the student's own labels, to moved inputs."""


def lend(
    run: Run,
    student: Student,
    inputs: Tensor,
    *,
    domain: Domain,
    rng: ItemRng,
    alone: bool,
    attack: str,
) -> Tensor:
    """Moved inputs, valid but not yet held to any distance.

    Args:
        run: the library's attack.
        student: whose own answers it is to change. Items at which its logits are not finite stay.
        inputs: ``Float[batch, *shape]``, clean.
        domain: which inputs are valid.
        rng: each item's stream seeds the global states for its run.
        alone: attack each item by itself. Otherwise all at once, seeded by the first.
        attack: for messages.

    Raises:
        InputError: all at once, and the domain has fixed or whole features; the student has no
            gradients and the attack asks for them.
    """
    if not alone and (domain.fixed is not None or domain.whole is not None):
        raise InputError(
            f"{attack}: with alone=false the other library cannot be told of fixed features or "
            "whole numbers; leave alone=false out"
        )
    moved = inputs.detach().clone()
    if len(moved) == 0:
        return moved
    logits = logits_of(student, moved)
    seeds = rng.integers(2**31 - 1).tolist()
    usable = logits.isfinite().all(1).nonzero()[:, 0]
    for rows in torch.split(usable, 1 if alone else max(1, len(usable))):
        if len(rows):
            clean = moved[rows].clone()
            with _borrowed(seeds[int(rows[0])], student.device):
                moved[rows] = _lent(run, student, clean, logits[rows].argmax(1), domain, attack)
    return moved


def _lent(
    run: Run, student: Student, clean: Tensor, own: Tensor, domain: Domain, attack: str
) -> Tensor:
    low = domain.bounds()[0].to(clean)
    valid = _valid(clean, domain)

    def back(scaled: Tensor) -> Tensor:
        return valid(low + domain.width * scaled.to(clean))

    network = _Lent(student, back, attack).eval()
    scaled = ((clean - low) / domain.width).clamp(0.0, 1.0).float()  # such libraries know no other
    moved = run(network, scaled, own).detach()
    return torch.where(moved == scaled, clean, back(moved))


def _valid(clean: Tensor, domain: Domain) -> Callable[[Tensor], Tensor]:
    """To valid inputs, never further from the clean ones: of one item, or of any by bounds."""
    if len(clean) > 1:
        return lambda moved: domain.project(moved.nan_to_num(0.0), moved)
    ball = NormBall.around(clean, None, "linf", domain)

    def valid(moved: Tensor) -> Tensor:
        inside = ball.project(torch.where(moved.isfinite(), moved, clean))
        # rounded as if its slope were 1, so that gradients move whole features too
        return ball.settle(inside.detach()) + (inside - inside.detach())

    return valid


class _Lent(nn.Module):
    """The student as a network on scaled inputs; a gradient stops at the inputs."""

    def __init__(self, student: Student, back: Callable[[Tensor], Tensor], attack: str) -> None:
        super().__init__()
        self.student = (student,)  # in a tuple, so that it is no part of this module
        self.back = back
        self.attack = attack

    def forward(self, scaled: Tensor) -> Tensor:
        """``Float[batch, classes]``."""
        student = self.student[0]
        inputs = self.back(scaled)
        if not inputs.requires_grad:
            with torch.no_grad():
                said: Tensor = self._ask(inputs)
            return said
        need_gradients(student, self.attack)
        with torch.enable_grad():
            leaf = inputs.detach().requires_grad_()
            logits = self._ask(leaf)
        if not logits.requires_grad:
            raise no_gradient(student)
        joined: Tensor = _Joined.apply(inputs, leaf, logits)  # type: ignore[no-untyped-call]
        return joined

    def _ask(self, inputs: Tensor) -> Tensor:
        student = self.student[0]
        return student(inputs.to(student.device)).to(inputs.device)


class _Joined(torch.autograd.Function):
    """Logits as a function of the inputs alone: ``backward`` fills no parameter's ``grad``."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, leaf: Tensor, logits: Tensor) -> Tensor:
        del inputs
        ctx.leaf, ctx.logits = leaf, logits
        return logits.detach().clone()

    @staticmethod
    def backward(ctx: Any, *pulls: Tensor) -> tuple[Tensor, None, None]:
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(
                ctx.logits, ctx.leaf, pulls[0], retain_graph=True, materialize_grads=True
            )
        return slope, None, None


@contextmanager
def _borrowed(seed: int, device: torch.device) -> Iterator[None]:
    """Seed every global random state, and put back what there was; no warnings from within."""
    numbers, plain = np.random.get_state(), random.getstate()
    devices = [device] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices), torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(seed)
            np.random.seed(seed)
            random.seed(seed)
            yield
    finally:
        np.random.set_state(numbers)
        random.setstate(plain)
