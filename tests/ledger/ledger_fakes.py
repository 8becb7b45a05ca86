"""Small teachers whose every question is on record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Answers, Teacher

CLASSES = 5


def numbered(*numbers: int) -> Tensor:
    """One input ``Float32[1, 2]`` for each number; the number can be read off it."""
    return torch.tensor([[[float(n), 0.5]] for n in numbers]).reshape(len(numbers), 1, 2)


def number(row: Tensor) -> int:
    return int(row.flatten()[0])


def label_of(n: int) -> int:
    """What an honest fake says of input ``n``; every fifth is uncertain."""
    return n % CLASSES - 1


def honest(inputs: Tensor) -> Answers:
    labels = torch.tensor([label_of(number(row)) for row in inputs], dtype=torch.int64)
    return Answers(labels, torch.full((len(inputs),), 0.25))


@dataclass
class Fake:
    """Answers by a function and writes down what it was asked."""

    say: Callable[[Tensor], Answers] = honest
    name: str = "fake"
    version: str = "1"
    classes: int = CLASSES
    deterministic: bool = True
    certainty: str = "Certain but for every fifth input."
    calls: list[list[int]] = field(default_factory=list)

    @property
    def asked(self) -> list[int]:
        return [n for call in self.calls for n in call]

    def __call__(self, inputs: Tensor) -> Answers:
        self.calls.append([number(row) for row in inputs])
        return self.say(inputs)


@dataclass(frozen=True)
class Unanimous:
    """A panel: certain where all members agree. Asks all members, lets their errors through."""

    members: Sequence[Teacher]
    name: str = "panel"
    version: str = "1"
    classes: int = CLASSES
    deterministic: bool = True
    certainty: str = "Certain where all agree."

    def with_members(self, members: Sequence[Teacher]) -> "Unanimous":
        return replace(self, members=tuple(members))

    def __call__(self, inputs: Tensor) -> Answers:
        said = [member(inputs) for member in self.members]
        votes = torch.stack([one.labels for one in said], 1)
        agree = (votes == votes[:, :1]).all(1)
        labels = torch.where(agree, votes[:, 0], UNCERTAIN)
        return Answers(labels, torch.stack([one.cost for one in said]).sum(0), votes)


def panel_of(*fakes: Fake) -> Unanimous:
    return Unanimous(fakes)


def voting(inputs: Tensor) -> Answers:
    """A teacher that tells the votes behind its labels."""
    said = honest(inputs)
    votes = torch.stack([said.labels, said.labels, torch.full_like(said.labels, UNCERTAIN)], 1)
    return Answers(said.labels, said.cost, votes)
