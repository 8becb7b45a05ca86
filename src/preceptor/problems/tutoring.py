"""Tutors of known truth: what the teachers of problems volunteer."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, AnyTeacher, Domain, Inputs, Pupil, Teacher
from preceptor.lessons import Examples, InputGradients, Invariances, Lesson, Masks, Pairs
from preceptor.lessons.invariances import Hold, Radius, Search
from preceptor.lessons.masks import Way
from preceptor.transforms import Transform


@dataclass(frozen=True, eq=False)
class Tells:
    """One lesson, always the same: a feature set, a subspace, a program.

    Attributes:
        lesson: what is told.
    """

    lesson: Lesson

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        return self.lesson


@dataclass(frozen=True, eq=False)
class TellsMasks:
    """Masks of ``n`` of the examples that student and teacher both have.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        masks: ``Bool[*shape]``, the same for all, or ``Bool[examples, *shape]``.
        domain: of the inputs.
        way: the loss of the lesson.
        weight: of that loss.
        labels: ``Int64[examples]`` to which the student is held, or ``None``.
        carry: whether the student goes beyond the masked examples, to all the others.
    """

    inputs: Float[Tensor, "examples *shape"]
    masks: Bool[Tensor, "..."]
    domain: Domain
    way: Way = "resample"
    weight: float = 1.0
    labels: Int64[Tensor, " examples"] | None = None
    carry: bool = False

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        rows = some(len(self.inputs), n, rng)
        masks = self.masks.expand(self.inputs.shape)[rows].clone()
        labels = None if self.labels is None else self.labels[rows]
        return Masks(
            self.inputs[rows],
            masks,
            self.domain,
            self.way,
            labels,
            self.inputs if self.carry else None,
            self.labels if self.carry else None,
            weight=self.weight,
        )


@dataclass(frozen=True, eq=False)
class TellsInvariances:
    """Declared invariances.

    Attributes:
        inputs: ``Float[examples, *shape]``, on which the student exercises them.
        domain: of the inputs.
        transforms: what is declared.
        labels: ``Int64[examples]`` to which the student is held, or ``None``.
        hold: to what the student is held.
        search: which changes.
        radius: of the search within a tolerance.
    """

    inputs: Float[Tensor, "examples *shape"]
    domain: Domain
    transforms: tuple[Transform, ...]
    labels: Int64[Tensor, " examples"] | None = None
    hold: Hold = "label"
    search: Search = "random"
    radius: Radius = "whole"

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        return Invariances(
            self.inputs,
            self.domain,
            self.transforms[:n],
            self.labels,
            self.hold,
            self.search,
            radius=self.radius,
        )


@dataclass(frozen=True, eq=False)
class TellsGradients:
    """Which way ``n`` of the examples would have to go for the teacher to be surer.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        labels: ``Int64[examples]``.
        slopes: ``Float[examples, *shape]`` of inputs and labels: the direction.
        classes: labels are ``0 .. classes - 1``.
        weight: of the loss.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    slopes: Callable[[Tensor, Tensor], Tensor]
    classes: int
    weight: float = 1.0

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        rows = some(len(self.inputs), n, rng)
        inputs, labels = self.inputs[rows], self.labels[rows]
        slopes = self.slopes(inputs, labels)
        return InputGradients(inputs, labels, slopes, self.classes, weight=self.weight)


@dataclass(frozen=True, eq=False)
class TellsPairs:
    """``n`` examples with an edit that changes the teacher's label, and with nothing else changed.

    Attributes:
        inputs: ``Float[examples, *shape]``, which student and teacher both have.
        edit: of inputs, with the strategy's draws: the other ends, ``Float[n, *shape]``.
        teacher: labels both ends; what that costs is the lesson's cost.
        align: weight of the change's direction; see :class:`preceptor.lessons.Pairs`.
        carry: whether the student goes beyond the pairs, to all the examples.
        labels: ``Int64[examples]`` to which it is held there, or ``None``; paid for elsewhere.
    """

    inputs: Float[Tensor, "examples *shape"]
    edit: Callable[[Tensor, np.random.Generator], Tensor]
    teacher: Teacher
    align: float = 0.0
    carry: bool = False
    labels: Int64[Tensor, " examples"] | None = None

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        first = self.inputs[some(len(self.inputs), n, rng)]
        second = self.edit(first, rng)
        before, after = self.teacher(first), self.teacher(second)
        return Pairs(
            first,
            second,
            before.labels,
            after.labels,
            self.teacher.classes,
            pool=len(self.inputs),
            cost=float((before.cost + after.cost).double().sum()),
            align=self.align,
            others=self.inputs if self.carry else None,
            other_labels=self.labels if self.carry else None,
        )


@dataclass(frozen=True, eq=False)
class Curates:
    """``n`` inputs that the teacher makes up and labels, balanced over the classes as far as draws
    allow, with a share on which it is uncertain.

    Attributes:
        draw: where they come from.
        teacher: labels them.
        uncertain: their share.
        doubt: weight of uncertain examples in the loss.
        pool: how many inputs both sides can draw by number, so that a number says which is meant;
            ``None`` where the teacher sends them raw.
        tries: draws for each example.
    """

    draw: Callable[[int, np.random.Generator], Inputs]
    teacher: AnyTeacher
    uncertain: float = 0.1
    doubt: float = 0.1
    pool: int | None = None
    tries: int = 4

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        inputs = self.draw(n * self.tries, rng)
        answers = self.teacher(inputs)
        labels = answers.labels
        order = torch.from_numpy(rng.permutation(len(labels)))
        unsure = order[labels[order] == UNCERTAIN][: round(self.uncertain * n)]
        sure = order[labels[order] != UNCERTAIN]
        rank = torch.zeros(len(labels), dtype=torch.int64)
        for label in range(self.teacher.classes):
            rows = sure[labels[sure] == label]
            rank[rows] = torch.arange(len(rows))
        sure = sure[rank[sure].argsort(stable=True)][: n - len(unsure)]
        rows = torch.cat([sure, unsure])
        return Examples(
            inputs[rows],
            labels[rows],
            self.teacher.classes,
            "volunteered",
            float(answers.cost.double().sum()),
            self.pool,
            self.doubt if len(unsure) else 0.0,
        )


def some(rows: int, n: int, rng: np.random.Generator) -> Int64[Tensor, " rows"]:
    """``n`` different rows, or as many as there are, in random order."""
    return torch.from_numpy(rng.permutation(rows)[:n].astype(np.int64))
