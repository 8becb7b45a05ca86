"""A world of two coordinates: the teacher sees one, the student the other, the truth is planted."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import torch
from torch import Tensor

from preceptor.audit import Plan, Record, audit
from preceptor.core import (
    ABSTAINED,
    BROKEN,
    UNCERTAIN,
    Answers,
    ArraySource,
    Domain,
    Goal,
    ItemRng,
    Student,
    Teacher,
)
from preceptor.outcome import Sheet

SQUARE = Domain((2,))


def sees(value: float) -> int:
    """What the teacher says where coordinate 0 has this value."""
    return UNCERTAIN if abs(value - 0.5) < 0.125 else int(value > 0.5)


def thinks(value: float) -> int:
    """What the student says where coordinate 1 has this value."""
    return int(value > 0.5)


def honest(inputs: Tensor) -> Answers:
    labels = torch.tensor([sees(row[0].item()) for row in inputs], dtype=torch.int64)
    return Answers(labels, torch.full((len(inputs),), 0.25))


@dataclass
class Seer:
    """The teacher: reads coordinate 0, and writes down what it was asked."""

    say: Callable[[Tensor], Answers] = honest
    name: str = "seer"
    version: str = "1"
    classes: int = 2
    deterministic: bool = True
    certainty: str = "Certain where coordinate 0 is not near a half."
    calls: list[list[bytes]] = field(default_factory=list)

    @property
    def asked(self) -> list[bytes]:
        return [one for call in self.calls for one in call]

    def __call__(self, inputs: Tensor) -> Answers:
        self.calls.append([row.numpy().tobytes() for row in inputs])
        return self.say(inputs)


@dataclass
class Pupil:
    """The student: reads coordinate 1; its arithmetic is the same whatever the batch."""

    think: Callable[[Tensor], Tensor] = lambda seen: torch.stack([0.5 - seen, seen - 0.5], 1) * 8
    name: str = "pupil"
    classes: int = 2
    differentiable: bool = False
    device: torch.device = field(default=torch.device("cpu"))
    shy: float = 0.0

    def __call__(self, inputs: Tensor) -> Tensor:
        return self.think(inputs[:, 1])

    def decide(self, logits: Tensor) -> Tensor:
        gap = logits.amax(1) - logits.amin(1)
        said = torch.where(gap < self.shy, ABSTAINED, logits.argmax(1))
        return torch.where(logits.isfinite().all(1), said, BROKEN)


@dataclass
class Push:
    """Adds a vector; writes down which items it was called for."""

    by: tuple[float, ...]
    name: str = "push"
    goal: Goal = "flip"
    family: str = "push"
    size: float | None = 0.5

    def __post_init__(self) -> None:
        self.calls: list[int] = []  # no field, hence no setting

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        self.calls.append(len(inputs))
        return inputs + torch.tensor(self.by)


@dataclass(frozen=True)
class Jitter:
    """Random moves from each item's own stream."""

    size: float
    family: ClassVar[str] = "jitter"
    goal: ClassVar[Goal] = "flip"

    @property
    def name(self) -> str:
        return f"jitter {self.size}"

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        return inputs + self.size * rng.uniform((2,), -1.0, 1.0)


@dataclass(frozen=True)
class Scripted:
    """Does what a function does."""

    act: Callable[[Tensor], object]
    name: str = "scripted"
    family: str = "scripted"
    size: float | None = None
    goal: Goal = "flip"

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        return self.act(inputs)  # type: ignore[return-value]


def points(items: int, seed: int = 0) -> Tensor:
    """Sixteenths, so that sums are exact; both coordinates on the same side of a half."""
    rng = torch.Generator().manual_seed(seed)
    raw = torch.randint(0, 17, (items, 2), generator=rng) / 16
    same = (raw[:, 0] > 0.5) == (raw[:, 1] > 0.5)
    raw[:, 1] = torch.where(same, raw[:, 1], 1 - raw[:, 1])
    return raw


def world(items: int = 40, seed: int = 0) -> ArraySource:
    return ArraySource(points(items, seed), SQUARE, name="world")


ATTACKS = (
    Push((0.0, 0.5), "up", size=0.5),
    Push((0.5, 0.0), "turn", "keep"),
    Push((-0.25, 0.5), "apart"),
    Push((0.5, 0.5), "both"),
    Jitter(0.75),
)


def run(
    out: Path,
    *,
    student: Student | None = None,
    teacher: Teacher | None = None,
    source: ArraySource | None = None,
    plan: Plan | None = None,
    nonce: str = "a",
    **more: object,
) -> Record:
    """An audit in which everything not named is the plain thing; orders are drawn from ``nonce``."""
    with drawing(nonce):
        return audit(
            student or Pupil(),
            teacher or Seer(),
            source or world(),
            plan or Plan(ATTACKS),
            out,
            **more,  # type: ignore[arg-type]
        )


@contextmanager
def drawing(nonce: str) -> Iterator[None]:
    """Orders that can be had again: what the operating system would draw hangs on ``nonce``."""
    number = count()
    with patch("secrets.token_hex", lambda size: f"{nonce}-{next(number)}"):
        yield


def codes(record: Record) -> set[str]:
    """Of the findings."""
    return {finding["code"] for finding in record.facts["findings"]}


def inputs_of(record: Record) -> list[bytes]:
    """Every input of a record, clean and moved."""
    rows = list(range(len(record.ids)))
    sheets = [record.inputs(k, rows) for k in range(len(record.moved) + 1)]
    return [row.tobytes() for sheet in sheets for row in sheet]


def sheets_of(record: Record) -> list[Sheet]:
    """The clean one first."""
    return [record.clean.sheet, *(said.sheet for said in record.moved)]


class Logged:
    """A slow seer that writes down each question it is asked; a line outlives the process."""

    name, version, classes, deterministic = "logged", "1", 2, True
    certainty = "Certain where coordinate 0 is not near a half."

    def __init__(self, log: Path, pause: Callable[[], None]) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._pause = pause

    def __call__(self, inputs: Tensor) -> Answers:
        for row in inputs:
            os.write(self._log, (row.numpy().tobytes().hex() + "\n").encode())
        self._pause()
        return honest(inputs)
