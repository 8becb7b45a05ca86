"""Small worlds of known truth: teachers and students that look where they are told to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from preceptor.audit import Plan, Record, audit
from preceptor.core import UNCERTAIN, Answers, ArraySource, Domain, ItemRng, generator

Label = Callable[[Tensor], Tensor]


@dataclass
class Pupil:
    """A student from a labelling function of whole batches."""

    label: Label
    name: str = "pupil"
    classes: int = 2
    differentiable: bool = False
    device: torch.device = field(default=torch.device("cpu"))

    def __call__(self, inputs: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(self.label(inputs), self.classes).float()

    def decide(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)


@dataclass
class Seer:
    """A teacher from a labelling function; counts what it was asked."""

    label: Label
    name: str = "seer"
    version: str = "1"
    classes: int = 2
    deterministic: bool = True
    certainty: str = "As its function says."
    asked: int = 0

    def __call__(self, inputs: Tensor) -> Answers:
        self.asked += len(inputs)
        return Answers(self.label(inputs), torch.full((len(inputs),), 0.5))


@dataclass(frozen=True)
class Push:
    """Adds a constant to one coordinate."""

    coordinate: int
    by: float
    name: str = "push"
    family: str = "push"
    size: float | None = None
    goal: Any = "flip"

    def __call__(self, student: Any, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        moved = inputs.clone()
        moved.flatten(1)[:, self.coordinate] += self.by
        return moved


def above(coordinate: int) -> Label:
    """1 where a coordinate of the flattened input is above a half."""
    return lambda inputs: (inputs.flatten(1)[:, coordinate] > 0.5).long()


def unsure(label: Label, coordinate: int, within: float) -> Label:
    """The same, uncertain where the coordinate is near a half."""

    def said(inputs: Tensor) -> Tensor:
        near = (inputs.flatten(1)[:, coordinate] - 0.5).abs() < within
        return torch.where(near, UNCERTAIN, label(inputs))

    return said


def never(inputs: Tensor) -> Tensor:
    """Uncertain of everything."""
    return torch.full((len(inputs),), UNCERTAIN)


def always(inputs: Tensor) -> Tensor:
    """Label 0 of everything."""
    return torch.zeros(len(inputs), dtype=torch.int64)


def table(items: int = 200, features: int = 6, seed: int = 0) -> ArraySource:
    """Uniform features; the second repeats the first, so that a student may use either."""
    rows = torch.from_numpy(generator(seed, "table").random((items, features))).float()
    rows[:, 1] = rows[:, 0]
    names = tuple(f"feature {i}" for i in range(features))
    return ArraySource(rows, Domain((features,), names=names), name="table")


def pictures(items: int = 200, side: int = 8, seed: int = 0) -> ArraySource:
    """Uniform images; the top left pixel repeats the one in the middle."""
    images = torch.from_numpy(generator(seed, "pictures").random((items, 1, side, side))).float()
    images[:, 0, 0, 0] = images[:, 0, side // 2, side // 2]
    return ArraySource(images, Domain((1, side, side)), name="pictures")


def recorded(
    folder: Path, student: Any, teacher: Any, source: ArraySource, *attacks: Any
) -> Record:
    """An audit."""
    return audit(student, teacher, source, Plan(attacks), folder)
