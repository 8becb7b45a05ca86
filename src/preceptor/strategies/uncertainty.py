"""Pool-based uncertainty sampling: ask where the student is least sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from preceptor.core import AnyTeacher, Inputs, Pupil
from preceptor.lessons import Lesson
from preceptor.strategies.pool_questions import ask_of_pool, beliefs, candidates, check_pool
from preceptor.strategies.strategy import Kind

Doubt = Literal["margin", "confidence", "entropy"]
"""How unsure: the gap of the two best classes, the best class, or the whole belief."""


@dataclass(frozen=True, eq=False)
class PoolUncertainty:
    """The ``n`` inputs of a pool of which the student is least sure (Settles 2009, section 3.1).

    Attributes:
        pool: ``Float[pool, *shape]`` or texts, unlabelled inputs.
        teacher: whom to ask.
        by: what counts as unsure.
        doubt: weight of uncertain answers in the loss.
        shared: whether the teacher has the pool too, so that a number says which input is meant.

    Raises:
        InputError: an empty pool.
    """

    pool: Inputs
    teacher: AnyTeacher
    by: Doubt = "margin"
    doubt: float = 0.0
    shared: bool = True

    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        check_pool(self.pool, self.name)

    @property
    def name(self) -> str:
        """With what counts as unsure, where that is not the margin."""
        return "pool uncertainty" + ("" if self.by == "margin" else f" by={self.by}")

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        rows = candidates(self.pool, past, rng)
        if len(rows) == 0:
            return None
        sure = _sureness(beliefs(student, self.pool[rows]), self.by)
        return ask_of_pool(self, self.pool[rows[sure.argsort(stable=True)[:n]]])


def _sureness(probabilities: Tensor, by: Doubt) -> Tensor:
    if by == "entropy":
        certainty: Tensor = torch.special.xlogy(probabilities, probabilities).sum(1)
        return certainty
    top = probabilities.topk(2, 1).values
    return top[:, 0] if by == "confidence" else top[:, 0] - top[:, 1]
