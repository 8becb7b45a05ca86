"""Fitting: minimise the sum of the lessons' losses."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from preceptor.core import InputError, PreceptorError, Trainable
from preceptor.lessons import Examples, Lesson, need_trainable, pooled, seen_through


@runtime_checkable
class Fit(Protocol):
    """Makes a student that has learned its lessons.

    Attributes:
        name: with its options; part of what makes two runs the same.
    """

    @property
    def name(self) -> str: ...

    def __call__(
        self,
        student: Trainable,
        lessons: Sequence[Lesson],
        *,
        steps: int,
        rng: np.random.Generator,
    ) -> Trainable:
        """A new student; the given one stays as it is."""
        ...


@dataclass(frozen=True)
class AdamFit:
    """Adam (Kingma & Ba 2015) on the sum of the losses, its rate lowered once.

    All lessons of examples are pooled first, so that an example counts the same in whichever round
    it was asked. The student gets every front among the lessons; it is in training mode while it
    learns, in evaluation mode afterwards.

    Attributes:
        rate: of learning.
        drop: the rate's factor after the share ``late`` of the steps.
        late: see ``drop``.
        decay: decoupled weight decay (Loshchilov & Hutter 2019).

    Raises:
        InputError: a rate that is not positive; when called, no lessons or no steps.
    """

    rate: float = 2e-3
    drop: float = 0.2
    late: float = 0.6
    decay: float = 0.0

    def __post_init__(self) -> None:
        if self.rate <= 0 or not 0 < self.drop <= 1 or not 0 <= self.late <= 1 or self.decay < 0:
            raise InputError(
                f"expected rate > 0, 0 < drop <= 1, 0 <= late <= 1 and decay >= 0; got {self}"
            )

    @property
    def name(self) -> str:
        """With all options."""
        return f"adam rate={self.rate:g} drop={self.drop:g} late={self.late:g} decay={self.decay:g}"

    def __call__(
        self,
        student: Trainable,
        lessons: Sequence[Lesson],
        *,
        steps: int,
        rng: np.random.Generator,
    ) -> Trainable:
        if steps < 1 or not lessons:
            raise InputError(f"nothing to learn: {steps} steps, {len(lessons)} lessons")
        need_trainable(student)
        learner = seen_through(copy.deepcopy(student), lessons)
        terms = merged(lessons)
        parameters = [p for p in learner.module.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(parameters, lr=self.rate, weight_decay=self.decay)
        learner.module.train()
        for step in range(steps):
            if step == int(self.late * steps):
                optimiser.param_groups[0]["lr"] = self.rate * self.drop
            loss = torch.stack([term.loss(learner, rng) for term in terms]).sum()
            if not bool(torch.isfinite(loss)):
                raise PreceptorError(
                    f"the loss of {learner.name!r} is {float(loss.detach())} in step {step + 1} of {steps}. "
                    "Lower the learning rate, or the weight of a lesson"
                )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        learner.module.eval()
        return learner


def merged(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons with all those of examples pooled into one, which comes first."""
    examples = [one for one in lessons if isinstance(one, Examples)]
    others = [one for one in lessons if not isinstance(one, Examples)]
    return [pooled(examples), *others] if examples else others
