"""Passive learning: the teacher labels what the source happens to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from preceptor.core import AnyTeacher, Inputs, Pupil
from preceptor.lessons import Lesson
from preceptor.strategies.pool_questions import ask, candidates, check_pool
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class Passive:
    """``n`` draws from the source, with the teacher's answers.

    Attributes:
        pool: ``Float[items, *shape]`` or texts, draws of the source; taken at random, each once.
        teacher: who labels them.

    Raises:
        InputError: no inputs.
    """

    pool: Inputs
    teacher: AnyTeacher

    name: ClassVar[str] = "passive"
    kind: ClassVar[Kind] = "passive"

    def __post_init__(self) -> None:
        check_pool(self.pool, self.name)

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        chosen = candidates(self.pool, past, rng, n)
        return ask(self.teacher, self.pool[chosen], origin="given")
