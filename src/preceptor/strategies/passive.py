"""Passive learning: the teacher labels what the source happens to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Teacher, Trainable
from preceptor.lessons import Lesson
from preceptor.strategies.pool_questions import ask, check_pool, unseen
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class Passive:
    """``n`` draws from the source, with the teacher's answers.

    Attributes:
        pool: ``Float[items, *shape]``, draws of the source; taken at random, each once.
        teacher: who labels them.

    Raises:
        InputError: no inputs.
    """

    pool: Float[Tensor, "items *shape"]
    teacher: Teacher

    name: ClassVar[str] = "passive"
    kind: ClassVar[Kind] = "passive"

    def __post_init__(self) -> None:
        check_pool(self.pool, self.name)

    def __call__(
        self,
        student: Trainable,  # noqa: ARG002
        past: Sequence[Lesson],
        n: int,
        *,
        rng: np.random.Generator,
    ) -> Lesson | None:
        rows = unseen(self.pool, past)
        chosen = rows[torch.from_numpy(rng.permutation(len(rows))[:n])]
        return ask(self.teacher, self.pool[chosen], origin="given")
