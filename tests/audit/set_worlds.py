"""A world of four labels: the teacher reads coordinate 0, the student coordinate 1, all exactly."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from preceptor.audit import Plan, Record, audit
from preceptor.core import UNCERTAIN, Answers, ArraySource, Domain, ItemRng, Student

LABELS = 4
ITEMS = 40


@dataclass
class Quarters:
    """The student: which quarter coordinate 1 lies in; whole numbers, so any batch is alike."""

    name: str = "quarters"
    classes: int = LABELS
    differentiable: bool = False
    device: torch.device = field(default=torch.device("cpu"))

    def __call__(self, inputs: Tensor) -> Tensor:
        here = (inputs[:, 1] * LABELS).floor().clamp(0, LABELS - 1)
        return -((torch.arange(float(LABELS)) - here[:, None]) ** 2)

    def decide(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)


@dataclass
class Reader:
    """A teacher that says what it is made to say, and writes down how much it was asked."""

    say: Callable[[Tensor], Answers]
    name: str = "reader"
    version: str = "1"
    classes: int = LABELS
    deterministic: bool = True
    certainty: str = "Certain in the middle of a quarter."
    asked: int = 0

    def __call__(self, inputs: Tensor) -> Answers:
        self.asked += len(inputs)
        return self.say(inputs)


@dataclass(frozen=True)
class Shift:
    """Moves both coordinates."""

    by: float
    name: str = "shift"
    goal: str = "flip"
    family: str = "shift"

    @property
    def size(self) -> float:
        return self.by

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        return inputs + torch.tensor([self.by, 2 * self.by])


def source() -> ArraySource:
    """Items on a grid of sixty-fourths, of which many are read alike by both."""
    numbers = torch.arange(ITEMS)
    first = (numbers * 13 % 64).float() / 64
    second = torch.where(numbers % 4 == 0, (numbers * 29 % 64).float() / 64, first)
    inputs = torch.stack([first, second], 1)
    return ArraySource(inputs, Domain((2,)), tuple(map(str, range(ITEMS))), "grid")


def place(inputs: Tensor) -> Tensor:
    """``Int64[batch]``, in sixteenths."""
    return (inputs[:, 0] * 16).floor().clamp(0, 15).long()


def plainly(inputs: Tensor) -> Answers:
    """A label, or uncertain in the first sixteenth of a quarter."""
    where = place(inputs)
    labels = torch.where(where % 4 == 0, UNCERTAIN, where // 4)
    return Answers(labels, torch.full((len(inputs),), 0.25))


def in_sets(inputs: Tensor) -> Answers:
    """The same answers, each said as a set."""
    where, sets = place(inputs), torch.zeros(len(inputs), LABELS, dtype=torch.bool)
    sets[torch.arange(len(inputs)), where // 4] = True
    sets[where % 4 == 0] = True
    plain = plainly(inputs)
    return Answers(plain.labels, plain.cost, None, sets)


def partly(inputs: Tensor) -> Answers:
    """The same, but partial in the last sixteenth of a quarter: this label or the next."""
    where, found = place(inputs), in_sets(inputs)
    assert found.sets is not None
    rows = (where % 4 == 3).nonzero()[:, 0]
    found.sets[rows, (where[rows] // 4 + 1) % LABELS] = True
    return Answers.of_sets(found.sets, found.cost)


def audited(
    say: Callable[[Tensor], Answers], out: Path, *, plan: Plan | None = None, **more: object
) -> Record:
    chosen = Plan((Shift(1 / 16), Shift(1 / 8, "far")), repeats=0) if plan is None else plan
    return audit(Quarters(), Reader(say), source(), chosen, out, **more)  # type: ignore[arg-type]
