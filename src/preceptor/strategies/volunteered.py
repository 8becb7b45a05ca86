"""Active teaching: each lesson is volunteered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from preceptor.core import Trainable
from preceptor.lessons import Lesson, Tutor, fingerprint
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class Volunteered:
    """What a tutor volunteers. A lesson that was given already is not given again.

    Attributes:
        tutor: ``teach`` of an active teacher, or any other tutor.
        name: of the kind of lesson, in comparisons.
    """

    tutor: Tutor
    name: str

    kind: ClassVar[Kind] = "active teacher"

    def __call__(
        self, student: Trainable, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        lesson = self.tutor(student, n, rng=rng)
        mine = fingerprint(lesson)
        told = any(type(one) is type(lesson) and fingerprint(one) == mine for one in past)
        return None if told else lesson
