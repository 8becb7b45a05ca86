"""Fitting: minimise the sum of the lessons' losses."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.core import AnyTrainable, InputError, PreceptorError, Pupil, Trainable
from preceptor.lessons import (
    Examples,
    Lesson,
    Price,
    need_trainable,
    pooled,
    seen_through,
    with_findings,
)


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
        student: Pupil,
        lessons: Sequence[Lesson],
        *,
        steps: int,
        rng: np.random.Generator,
    ) -> Pupil:
        """A new student; the given one stays as it is."""
        ...


@dataclass(frozen=True)
class AdamFit:
    """Adam (Kingma & Ba 2015) on the sum of the losses, its rate lowered once or in one cycle.

    All lessons of examples are pooled first, so that an example counts the same in whichever round
    it was asked. The student gets every front among the lessons; it is in training mode while it
    learns, in evaluation mode afterwards.

    Attributes:
        rate: of learning.
        drop: the rate's factor after the share ``late`` of the steps.
        late: see ``drop``.
        decay: decoupled weight decay (Loshchilov & Hutter 2019).
        schedule: ``drop`` as above; ``cycle`` to raise the rate to ``rate`` over the first 30 % of
            the steps and lower it to 0 over the rest, along cosines (after Smith & Topin 2019).
        average: of the weights, in each step the share that the average keeps of itself; the
            student that comes out has the average (Polyak averaging, exponential; shorter at first).
            0 for the last weights.
        chosen: the share that examples which somebody chose (asked or volunteered) have in the loss
            of examples, where there are others too: a few answers about places that the data leave
            out are not lost among many labels. ``None`` to count every example the same.

    Raises:
        InputError: an option out of range; when called, no lessons or no steps.
        PreceptorError: when called, the loss is not finite.
    """

    rate: float = 2e-3
    drop: float = 0.2
    late: float = 0.6
    decay: float = 0.0
    schedule: Literal["drop", "cycle"] = "drop"
    average: float = 0.0
    chosen: float | None = None

    def __post_init__(self) -> None:
        if self.chosen is not None and not 0 < self.chosen < 1:
            raise InputError(f"adam: chosen is a share between 0 and 1; got {self.chosen}")
        if self.schedule not in ("drop", "cycle") or not 0 <= self.average < 1:
            raise InputError(
                f"expected schedule 'drop' or 'cycle' and 0 <= average < 1; got {self}"
            )
        if self.rate <= 0 or not 0 < self.drop <= 1 or not 0 <= self.late <= 1 or self.decay < 0:
            raise InputError(
                f"expected rate > 0, 0 < drop <= 1, 0 <= late <= 1 and decay >= 0; got {self}"
            )

    @property
    def name(self) -> str:
        """With all options."""
        name = f"adam rate={self.rate:g} drop={self.drop:g} late={self.late:g} decay={self.decay:g}"
        if self.schedule != "drop":
            name += f" schedule={self.schedule}"
        if self.average:
            name += f" average={self.average:g}"
        return name if self.chosen is None else f"{name} chosen={self.chosen:g}"

    def __call__(
        self,
        student: Pupil,
        lessons: Sequence[Lesson],
        *,
        steps: int,
        rng: np.random.Generator,
    ) -> Pupil:
        if steps < 1 or not lessons:
            raise InputError(f"nothing to learn: {steps} steps, {len(lessons)} lessons")
        need_trainable(student)
        assert isinstance(student, Trainable)  # noqa: S101 - as was just seen
        learner = seen_through(copy.deepcopy(student), lessons)
        terms = merged(lessons, self.chosen)
        parameters = [p for p in learner.module.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(parameters, lr=self.rate, weight_decay=self.decay)
        average = [parameter.detach().clone() for parameter in parameters]
        learner.module.train()
        for step in range(steps):
            optimiser.param_groups[0]["lr"] = self._rate(step, steps)
            loss = torch.stack([term.loss(learner, rng) for term in terms]).sum()
            if not loss.requires_grad:
                raise InputError(
                    f"student {learner.name!r} gives no gradients to its weights, so it cannot be taught"
                )
            if not bool(torch.isfinite(loss)):
                raise PreceptorError(
                    f"the loss of {learner.name!r} is {float(loss.detach())} in step {step + 1} of {steps}. "
                    "Lower the learning rate, or the weight of a lesson"
                )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            self._follow(average, parameters, step)
        if self.average:
            _put(average, parameters)
        learner.module.eval()
        return learner

    def _rate(self, step: int, steps: int) -> float:
        """The rate of one step."""
        if self.schedule == "drop":
            return self.rate * (self.drop if step >= int(self.late * steps) else 1.0)
        peak = 0.3 * steps
        if step < peak:
            return self.rate * (0.04 + 0.96 * (1 - math.cos(math.pi * step / peak)) / 2)
        return self.rate * (1 + math.cos(math.pi * (step - peak) / (steps - peak))) / 2

    def _follow(self, average: list[Tensor], parameters: list[nn.Parameter], step: int) -> None:
        """Move the average towards the weights, by more in the first steps."""
        if not self.average:
            return
        keep = min(self.average, (step + 1) / (step + 10))
        for mean, parameter in zip(average, parameters, strict=True):
            mean.lerp_(parameter.detach(), 1 - keep)


def _put(values: list[Tensor], parameters: list[nn.Parameter]) -> None:
    with torch.no_grad():
        for value, parameter in zip(values, parameters, strict=True):
            parameter.copy_(value)


@dataclass(frozen=True, eq=False)
class _Part:
    """A lesson that counts for a share."""

    lesson: Lesson
    share: float

    @property
    def kind(self) -> str:
        return self.lesson.kind

    @property
    def price(self) -> Price:
        return self.lesson.price

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Tensor:
        return self.share * self.lesson.loss(student, rng)


def merged(lessons: Sequence[Lesson], chosen: float | None = None) -> list[Lesson]:
    """The lessons with all those of examples pooled into one, which comes first; with ``chosen``
    into two, those that the source drew and those that somebody chose. Findings are taken apart
    (:func:`preceptor.lessons.with_findings`).
    """
    lessons = with_findings(lessons)
    examples = [one for one in lessons if isinstance(one, Examples)]
    others = [one for one in lessons if not isinstance(one, Examples)]
    if not examples:
        return others
    drawn = [one for one in examples if one.origin == "given"]
    picked = [one for one in examples if one.origin != "given"]
    if chosen is None or not drawn or not picked:
        return [pooled(examples), *others]
    return [_Part(pooled(drawn), 1 - chosen), _Part(pooled(picked), chosen), *others]
