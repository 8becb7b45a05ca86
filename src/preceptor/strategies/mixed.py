"""Several ways of learning, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from preceptor.core import InputError, Pupil
from preceptor.lessons import Lesson
from preceptor.strategies.strategy import Kind, Strategy


@dataclass(frozen=True, eq=False)
class StrategySequence:
    """The first of several strategies that still has something to say.

    So a volunteered feature set or invariance, which is said once, comes before the questions that
    cover what it leaves open.

    Attributes:
        strategies: in the order in which they speak; all but the last should come to an end.

    Raises:
        InputError: fewer than two.
    """

    strategies: tuple[Strategy, ...]

    kind: ClassVar[Kind] = "mixed"

    def __post_init__(self) -> None:
        if len(self.strategies) < 2:
            raise InputError("a mixed strategy needs at least two to mix")

    @property
    def name(self) -> str:
        """With the strategies."""
        return ", then ".join(one.name for one in self.strategies)

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        for strategy in self.strategies:
            lesson = strategy(student, past, n, rng=rng)
            if lesson is not None:
                return lesson
        return None
