"""Questions that the student makes up: anywhere in the domain, or near its own boundary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from preceptor.core import Domain, InputError, Pupil, Teacher
from preceptor.lessons import Lesson
from preceptor.strategies.pool_questions import ask, beliefs
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class RandomSynthesis:
    """Questions drawn uniformly from the domain: membership queries without any thought.

    Attributes:
        domain: where to draw.
        teacher: whom to ask.
        doubt: weight of uncertain answers in the loss.
    """

    domain: Domain
    teacher: Teacher
    doubt: float = 0.0

    name: ClassVar[str] = "random synthesis"
    kind: ClassVar[Kind] = "active student"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        return ask(self.teacher, uniform(self.domain, n, rng), doubt=self.doubt)


@dataclass(frozen=True, eq=False)
class BoundarySynthesis:
    """Questions on the student's own decision boundary, found by bisection.

    Pairs of uniform draws that the student answers differently are halved ``halvings`` times, and
    the middle is asked: query synthesis as in Baum (1991) and Wang et al. (2015), without their
    walk along the boundary. Where fewer than ``n`` of ``tries`` draws differ, the rest of the
    questions are the draws of which the student is least sure.

    Attributes:
        domain: where to draw.
        teacher: whom to ask.
        halvings: of each pair.
        tries: pairs drawn for each question.
        doubt: weight of uncertain answers in the loss.

    Raises:
        InputError: a number below 1.
    """

    domain: Domain
    teacher: Teacher
    halvings: int = 12
    tries: int = 4
    doubt: float = 0.0

    name: ClassVar[str] = "boundary synthesis"
    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        if min(self.halvings, self.tries) < 1:
            raise InputError(f"{self.name}: halvings and tries must be at least 1; got {self}")

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        one, other = (uniform(self.domain, n * self.tries, rng) for _ in range(2))
        said = [beliefs(student, part).argmax(1) for part in (one, other)]
        differ = (said[0] != said[1]).nonzero()[:, 0][:n]
        low, high, own = one[differ], other[differ], said[0][differ]
        for _ in range(self.halvings):
            if len(low) == 0:
                break
            middle = self.domain.project((low + high) / 2, low)
            same = (beliefs(student, middle).argmax(1) == own).reshape(-1, *[1] * (low.ndim - 1))
            low, high = torch.where(same, middle, low), torch.where(same, high, middle)
        rest = least_sure(student, one, n - len(differ))
        asked = torch.cat([self.domain.project((low + high) / 2, low), one[rest]])
        return ask(self.teacher, asked, doubt=self.doubt)


def uniform(domain: Domain, n: int, rng: np.random.Generator) -> Tensor:
    """``Float[n, *shape]``: valid inputs, uniform in the bounds."""
    low, high = domain.bounds()
    unit = torch.from_numpy(rng.random((n, *domain.shape), dtype=np.float32))
    drawn = low + (high - low) * unit
    return domain.project(drawn, drawn)


def least_sure(student: Pupil, inputs: Tensor, n: int) -> Tensor:
    """``Int64[n]``: the rows at which the student's two best classes are closest, closest first."""
    top = beliefs(student, inputs).topk(2, 1).values
    return (top[:, 0] - top[:, 1]).argsort(stable=True)[:n]
