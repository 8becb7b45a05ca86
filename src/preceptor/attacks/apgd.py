"""APGD: gradient steps that set their own length, in l_inf, l_2 and l_1 balls.

Croce & Hein 2020 and 2021 (see :mod:`preceptor.attacks.apgd_loop`). Differences: away from the
student's own answer, not from a label; the losses are margins that exist from two classes up and
never vanish, where they use cross-entropy (which does where the student is sure) and DLR (which
needs a third class, and a fourth if targeted); finished items leave the batch; runs of the same items go in one
batch while they are few; a run can begin
in a wider ball, which they do for l_1 only (2021, section 4.2, where it shrinks twice).
"""

from dataclasses import dataclass
from typing import ClassVar, Final, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.apgd_loop import climb
from preceptor.attacks.attack_options import name_of
from preceptor.attacks.balls import Norm, NormBall, pick
from preceptor.attacks.predictions import (
    Aim,
    CleanPrediction,
    Loss,
    logits_of,
    need_gradients,
    together,
)
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, ItemRng, Student
from preceptor.core.checks import at_least, one_of, positive

OUTSIDE: Final = 0.3
"""Share of the steps that a run spends in the wider ball, if it begins in one."""


@dataclass(frozen=True)
class APGD:
    """Gradient steps within ``eps`` that halve their length where they stop gaining.

    Attributes:
        eps: the radius, as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        norm: ``linf``, ``l2`` or ``l1``.
        targets: 0 to move away from the student's own answer. A number k to move towards each of
            the k other classes that are likeliest at the clean input, one run each, for items
            not flipped so far.
        steps: gradients of one run at most, plus one at its start.
        restarts: runs from random points of the ball (for each target).
        loss: ``odds``, the log-odds against the own answer: a smooth margin over all other
            classes, with the direction of the cross-entropy; or ``margin``, the greatest other
            logit minus the own. Targeted runs climb the margin of their target.
        wide: 1, or more to begin each run in a ball that is so many times as large: an item
            rests there once it flips, is put back into its own ball and goes on from there.

    Raises:
        InputError: an option that makes no sense; when called, a student without gradients.
    """

    eps: float
    norm: Norm = "linf"
    targets: int = 0
    steps: int = 100
    restarts: int = 1
    loss: Aim = "odds"
    wide: float = 1.0

    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = True

    def __post_init__(self) -> None:
        one_of(get_args(Norm), "apgd", norm=self.norm)
        one_of(get_args(Aim), "apgd", loss=self.loss)
        positive("apgd", eps=self.eps)
        at_least(0, "apgd", targets=self.targets)
        at_least(1, "apgd", wide=self.wide)
        at_least(1, "apgd", steps=self.steps, restarts=self.restarts)

    @property
    def name(self) -> str:
        """``apgd``, the norm, ``eps`` and every option that is not the default."""
        return name_of(self, f"apgd {self.norm}", "eps", leave_out=("norm",))

    @property
    def family(self) -> str:
        """The norm, then ``apgd``."""
        return f"{self.norm}-apgd"

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
        logits = logits_of(student, moved)
        own = CleanPrediction(student.decide(logits), logits.argmax(1))
        others = logits.scatter(1, own.labels[:, None], float("-inf"))
        ranked = others.argsort(1, descending=True)[:, :-1]
        aims: list[Tensor | None] = [None]
        if self.targets:
            aims = list(ranked[:, : self.targets].unbind(1))
        ball = NormBall.around(moved.clone(), self.eps, self.norm, domain)
        wider = NormBall.around(moved.clone(), self.eps * self.wide, self.norm, domain)
        runs = aims * self.restarts
        best = torch.full((len(inputs),), -torch.inf, device=inputs.device)
        while runs:
            rows = best.isposinf().logical_not().nonzero()[:, 0]
            if len(rows) == 0:
                break
            count = max(1, together(student) // len(rows))
            now, runs = runs[:count], runs[count:]
            ends, doubts = self._run(student, now, (ball, wider), own, rows, rng)
            better = doubts > best[rows]
            moved[rows[better]], best[rows[better]] = ends[better], doubts[better]
        return moved

    def _run(
        self,
        student: Student,
        targets: list[Tensor | None],
        balls: tuple[NormBall, NormBall],
        own: CleanPrediction,
        rows: Tensor,
        rng: ItemRng,
    ) -> tuple[Tensor, Tensor]:
        """Runs towards each of the targets, in one batch: each item's best end, and its doubt."""
        ball, wider = (one.take(rows) for one in balls)
        outside = round(OUTSIDE * self.steps) if self.wide > 1 else 0
        begin = wider if outside else ball
        start = torch.cat([begin.draw(rng.take(rows)) for _ in targets])
        aimed = [None if one is None else one[rows] for one in targets]
        again = torch.arange(len(rows), device=rows.device).repeat(len(targets))
        here, near = own.take(rows).take(again), ball.take(again)
        loss = _loss(self.loss, here.labels, aimed)
        if outside:
            far, _ = climb(student, begin.take(again), here, loss, start, outside - 1)
            start = near.project(far)
        ends, doubts = climb(student, near, here, loss, start, self.steps - outside)
        best, run = doubts.reshape(len(targets), -1).max(0)
        return pick(ends, run * len(rows) + again[: len(rows)]), best


def _loss(aim: Aim, labels: Tensor, targets: list[Tensor | None]) -> Loss:
    """Towards the targets; away from the labels where there are none."""
    known = [one for one in targets if one is not None]
    return Loss("margin", labels, torch.cat(known)) if known else Loss(aim, labels)
