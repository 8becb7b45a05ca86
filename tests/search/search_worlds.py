"""Small worlds with a known truth: the teacher sees one thing, the student is wrong in one place."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Answers, ArraySource, Domain
from preceptor.search import SearchPlan

PLAN = SearchPlan(120, first=10, round=10)


@dataclass
class Pupil:
    """A function of the inputs as a student."""

    think: Callable[[Tensor], Tensor]
    classes: int = 2
    differentiable: bool = True
    name: str = "pupil"
    device: torch.device = field(default=torch.device("cpu"))

    def __call__(self, inputs: Tensor) -> Tensor:
        return self.think(inputs)

    def decide(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)


@dataclass
class Seer:
    """A teacher that counts what it is asked."""

    say: Callable[[Tensor], Tensor]
    classes: int = 2
    name: str = "seer"
    version: str = "1"
    deterministic: bool = True
    certainty: str = "Certain where it says so."
    asked: list[bytes] = field(default_factory=list)

    def __call__(self, inputs: Tensor) -> Answers:
        self.asked += [row.numpy().tobytes() for row in inputs]
        return Answers(self.say(inputs), torch.full((len(inputs),), 0.5))


def left_or_right(inputs: Tensor) -> Tensor:
    """Which half of the picture, or of the features, holds more; unsure where about the same."""
    half = inputs.shape[-1] // 2
    flat = inputs.flatten(1, -2) if inputs.ndim > 2 else inputs[:, None]
    gap = flat[..., half:].mean((1, 2)) - flat[..., :half].mean((1, 2))
    return torch.where(gap.abs() < 0.02, UNCERTAIN, (gap > 0).long())


def sees_all(inputs: Tensor) -> Tensor:
    """The student's logits where it sees just what the teacher sees."""
    half = inputs.shape[-1] // 2
    flat = inputs.flatten(1, -2) if inputs.ndim > 2 else inputs[:, None]
    gap = 20 * (flat[..., half:].mean((1, 2)) - flat[..., :half].mean((1, 2)))
    return torch.stack([-gap, gap], 1)


def fooled(inputs: Tensor) -> Tensor:
    """The same, but for a bright 2 x 2 patch at the upper left, which makes it say 1."""
    lit = (inputs[..., :2, :2].amin((1, 2, 3)) > 0.9).float()
    return sees_all(inputs) + 100 * torch.stack([-lit, lit], 1)


def half_blind(inputs: Tensor) -> Tensor:
    """Vectors: it sees only the last feature."""
    gap = 10 * (inputs[:, -1] - 0.5)
    return torch.stack([-gap, gap], 1)


def pictures(items: int = 80, seed: int = 0) -> ArraySource:
    """8 x 8, dim, one half lighter than the other."""
    rng = torch.Generator().manual_seed(seed)
    inputs = 0.3 * torch.rand((items, 1, 8, 8), generator=rng)
    side = torch.rand(items, generator=rng) < 0.5
    inputs[side, ..., 4:] += 0.3
    inputs[~side, ..., :4] += 0.3
    return ArraySource(inputs, Domain((1, 8, 8)), name="pictures")


def vectors(items: int = 80, seed: int = 0) -> ArraySource:
    """Four features, the halves apart."""
    rng = torch.Generator().manual_seed(seed)
    inputs = 0.5 * torch.rand((items, 4), generator=rng)
    side = torch.rand(items, generator=rng) < 0.5
    inputs[side, 2:] += 0.5
    inputs[~side, :2] += 0.5
    return ArraySource(inputs, Domain((4,)), name="vectors")
