"""Active teaching: each lesson is volunteered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from preceptor.core import InputError, Pupil
from preceptor.lessons import Lesson, Tutor, fingerprint
from preceptor.strategies.mixed import StrategySequence
from preceptor.strategies.strategy import Kind, Strategy


@dataclass(frozen=True, eq=False)
class TutorStrategy:
    """What a tutor volunteers. A lesson that was given already is not given again.

    Attributes:
        tutor: ``teach`` of an active teacher, or any other tutor.
        name: of the kind of lesson, in comparisons.
    """

    tutor: Tutor
    name: str

    kind: ClassVar[Kind] = "active teacher"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        return unless_told(self.tutor(student, n, rng=rng), past)


@dataclass(frozen=True, eq=False)
class Says:
    """A tutor that says one thing.

    Attributes:
        lesson: what it says.
    """

    lesson: Lesson

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        """The lesson, whoever asks."""
        return self.lesson


def all_of(lessons: Sequence[Lesson], name: str) -> Strategy:
    """A strategy that gives these lessons, one a round.

    Raises:
        InputError: there are none.
    """
    if not lessons:
        raise InputError(f"{name}: there is no lesson to learn from")
    each = tuple(TutorStrategy(Says(one), f"{name} {one.kind}") for one in lessons)
    return each[0] if len(each) == 1 else StrategySequence(each)


def unless_told(lesson: Lesson, past: Sequence[Lesson]) -> Lesson | None:
    """The lesson, or ``None`` if one that says the same, at whatever cost, stands in the past."""
    mine = fingerprint(lesson, cost=False)
    alike = [one for one in past if type(one) is type(lesson)]
    told = any(fingerprint(one, cost=False) == mine for one in alike)
    return None if told else lesson
