"""Projected gradient descent in l_inf and l_2 balls.

Madry et al. 2018, "Towards deep learning models resistant to adversarial attacks", section 2;
defaults and random starts as in foolbox 3.3, so that numbers agree. Differences: away from the
student's own answer, not from a label; an item is left alone as soon as the student changed its
mind, and comes back as it was then; cross-entropy is followed by a gradient that does not vanish
where the student is sure (:func:`preceptor.attacks.predictions.slope`).
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.balls import NormBall, pick
from preceptor.attacks.predictions import (
    DECLINED,
    CleanPrediction,
    doubt,
    input_gradient,
    logits_of,
    need_gradients,
)
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, ItemRng, Student
from preceptor.core.checks import at_least, one_of, positive

USUAL: Final = {"linf": (40, 1 / 30), "l2": (50, 0.025)}
"""By norm: how many steps, and how long each is, unless said otherwise."""


@dataclass(frozen=True)
class PGD:
    """Steps up the gradient, of one length, within ``eps`` of the clean input.

    In l_inf a step is the gradient's sign; in l_2, the gradient at length 1.

    Attributes:
        eps: the radius, as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        norm: ``linf`` or ``l2``.
        steps: gradients an item and restart at most; ``None`` for 40 in l_inf, 50 in l_2.
        step: length of one step, relative to ``eps``; ``None`` for 1/30 in l_inf, 1/40 in l_2.
        restarts: starting points; the later ones only for items not flipped so far.
        random_start: start anywhere in the ball rather than at the clean input.

    Raises:
        InputError: an option that makes no sense; when called, a student without gradients.
    """

    eps: float
    norm: Literal["linf", "l2"] = "linf"
    steps: int | None = None
    step: float | None = None
    restarts: int = 1
    random_start: bool = True

    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = True

    def __post_init__(self) -> None:
        one_of(tuple(USUAL), "pgd", norm=self.norm)
        positive("pgd", eps=self.eps, step=self.lengths[1])
        at_least(1, "pgd", steps=self.lengths[0], restarts=self.restarts)

    @property
    def lengths(self) -> tuple[int, float]:
        """How many steps, and the length of one relative to ``eps``."""
        steps, step = USUAL[self.norm]
        return steps if self.steps is None else self.steps, step if self.step is None else self.step

    @property
    def name(self) -> str:
        """Family, size and every option that is not the default of its norm."""
        usual = zip(("steps", "step"), self.lengths, USUAL[self.norm], strict=True)
        same = (key for key, given, other in usual if given == other)
        return name_of(self, self.family, "eps", leave_out=("norm", *same))

    @property
    def recorded(self) -> dict[str, Any]:
        """How records and attempts say it since before the norm was an option: a class for each."""
        steps, step = self.lengths
        settings = {
            "eps": self.eps,
            "steps": steps,
            "step": step,
            "restarts": self.restarts,
            "random_start": self.random_start,
        }
        return {"kind": {"linf": "LinfPGD", "l2": "L2PGD"}[self.norm], "settings": settings}

    @property
    def family(self) -> str:
        """The norm, then ``pgd``."""
        return f"{self.norm}-pgd"

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
        need_gradients(student, self.name)
        if not domain.plain:
            return Units(domain, inputs.dtype).attack(self, student, inputs, rng)
        moved = inputs.detach().clone()
        if len(inputs) == 0:
            return moved
        own = CleanPrediction.of(student, inputs)
        ball = NormBall.around(moved.clone(), self.eps, self.norm, domain)
        best = torch.full((len(inputs),), -torch.inf, device=inputs.device)
        for _ in range(self.restarts):
            rows = best.isposinf().logical_not().nonzero()[:, 0]
            if len(rows) == 0:
                break
            near = ball.take(rows)
            start = near.draw(rng.take(rows)) if self.random_start else near.clean
            ends, doubts = _climb(self.lengths, student, near, own.take(rows), start)
            better = doubts > best[rows]
            moved[rows[better]], best[rows[better]] = ends[better], doubts[better]
        return moved


def _climb(
    lengths: tuple[int, float],
    student: Student,
    ball: NormBall,
    own: CleanPrediction,
    start: Tensor,
) -> tuple[Tensor, Tensor]:
    """One run from ``start``: where each item ended, and the student's doubt there."""
    steps, step = lengths
    ends = start.clone()
    doubts = torch.full((len(start),), -torch.inf, device=start.device)
    rows = torch.arange(len(start), device=start.device)
    at = start

    def note(seen: Tensor, doubted: Tensor, least: float) -> None:
        new = ((doubted >= least) & (doubted > doubts[rows])).nonzero()[:, 0]
        if len(new):
            ends[rows[new]], doubts[rows[new]] = seen[new], doubted[new]

    for _ in range(steps):
        seen = ball.settle(at)
        logits, gradient = input_gradient(student, seen, own.labels)
        doubted = doubt(student, logits, own).to(doubts)
        note(seen, doubted, DECLINED)
        live = doubted.isposinf().logical_not().nonzero()[:, 0]
        if len(live) < len(rows):
            at, gradient, rows = pick(at, live), pick(gradient, live), rows[live]
            ball, own = ball.take(live), own.take(live)
            if len(rows) == 0:
                return ends, doubts
        at = ball.step(at, gradient, step)
    seen = ball.settle(at)
    note(seen, doubt(student, logits_of(student, seen), own).to(doubts), -torch.inf)
    return ends, doubts
