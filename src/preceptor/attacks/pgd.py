"""Projected gradient descent in l_inf and l_2 balls.

Madry et al. 2018, "Towards deep learning models resistant to adversarial attacks", section 2;
defaults and random starts as in foolbox 3.3, so that numbers agree. Differences: away from the
student's own answer, not from a label; an item is left alone as soon as the student changed its
mind, and comes back as it was then; cross-entropy is followed by a gradient that does not vanish
where the student is sure (:func:`preceptor.attacks.beliefs.slope`).
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.balls import Ball, Norm, pick
from preceptor.attacks.beliefs import DECLINED, Own, doubt, need_gradients, slope, think
from preceptor.attacks.naming import at_least, name_of, positive
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, ItemRng, Student


@dataclass(frozen=True)
class LinfPGD:
    """Steps of the gradient's sign within ``eps`` of each coordinate.

    Attributes:
        eps: the radius, as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        steps: gradients an item and restart at most.
        step: length of one step, relative to ``eps``.
        restarts: starting points; the later ones only for items not flipped so far.
        random_start: start anywhere in the ball rather than at the clean input.

    Raises:
        InputError: a size that is not positive; when called, a student without gradients.
    """

    eps: float
    steps: int = 40
    step: float = 1 / 30
    restarts: int = 1
    random_start: bool = True

    family: ClassVar[str] = "linf-pgd"
    goal: ClassVar[Goal] = "flip"

    def __post_init__(self) -> None:
        positive(self.family, eps=self.eps, step=self.step)
        at_least(1, self.family, steps=self.steps, restarts=self.restarts)

    @property
    def name(self) -> str:
        """Family, size and every option that is not the default."""
        return name_of(self, self.family, "eps")

    @property
    def size(self) -> float:
        """``eps``."""
        return self.eps

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        return _descend(self, "linf", student, inputs, domain, rng)


@dataclass(frozen=True)
class L2PGD:
    """Steps along the gradient within l_2 distance ``eps``.

    Attributes:
        eps: the radius, as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        steps: gradients an item and restart at most.
        step: length of one step, relative to ``eps``.
        restarts: starting points; the later ones only for items not flipped so far.
        random_start: start anywhere in the ball rather than at the clean input.

    Raises:
        InputError: a size that is not positive; when called, a student without gradients.
    """

    eps: float
    steps: int = 50
    step: float = 0.025
    restarts: int = 1
    random_start: bool = True

    family: ClassVar[str] = "l2-pgd"
    goal: ClassVar[Goal] = "flip"

    def __post_init__(self) -> None:
        positive(self.family, eps=self.eps, step=self.step)
        at_least(1, self.family, steps=self.steps, restarts=self.restarts)

    @property
    def name(self) -> str:
        """Family, size and every option that is not the default."""
        return name_of(self, self.family, "eps")

    @property
    def size(self) -> float:
        """``eps``."""
        return self.eps

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        return _descend(self, "l2", student, inputs, domain, rng)


def _descend(
    how: LinfPGD | L2PGD,
    norm: Norm,
    student: Student,
    inputs: Tensor,
    domain: Domain,
    rng: ItemRng,
) -> Tensor:
    need_gradients(student, how.name)
    if not domain.plain:
        return Units(domain, inputs.dtype).attack(how, student, inputs, rng)
    moved = inputs.detach().clone()
    if len(inputs) == 0:
        return moved
    own = Own.of(student, inputs)
    ball = Ball.around(moved.clone(), how.eps, norm, domain)
    best = torch.full((len(inputs),), -torch.inf, device=inputs.device)
    for _ in range(how.restarts):
        rows = best.isposinf().logical_not().nonzero()[:, 0]
        if len(rows) == 0:
            break
        near = ball.take(rows)
        start = near.draw(rng.take(rows)) if how.random_start else near.clean
        ends, doubts = _climb(how, student, near, own.take(rows), start)
        better = doubts > best[rows]
        moved[rows[better]], best[rows[better]] = ends[better], doubts[better]
    return moved


def _climb(
    how: LinfPGD | L2PGD, student: Student, ball: Ball, own: Own, start: Tensor
) -> tuple[Tensor, Tensor]:
    """One run from ``start``: where each item ended, and the student's doubt there."""
    ends = start.clone()
    doubts = torch.full((len(start),), -torch.inf, device=start.device)
    rows = torch.arange(len(start), device=start.device)
    at = start

    def note(seen: Tensor, doubted: Tensor, least: float) -> None:
        new = ((doubted >= least) & (doubted > doubts[rows])).nonzero()[:, 0]
        if len(new):
            ends[rows[new]], doubts[rows[new]] = seen[new], doubted[new]

    for _ in range(how.steps):
        seen = ball.settle(at)
        logits, gradient = slope(student, seen, own.labels)
        doubted = doubt(student, logits, own).to(doubts)
        note(seen, doubted, DECLINED)
        live = doubted.isposinf().logical_not().nonzero()[:, 0]
        if len(live) < len(rows):
            at, gradient, rows = pick(at, live), pick(gradient, live), rows[live]
            ball, own = ball.take(live), own.take(live)
            if len(rows) == 0:
                return ends, doubts
        at = ball.step(at, gradient, how.step)
    seen = ball.settle(at)
    note(seen, doubt(student, think(student, seen), own).to(doubts), -torch.inf)
    return ends, doubts
