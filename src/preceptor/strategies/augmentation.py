"""Guessed augmentation: the control for declared invariances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, Pupil
from preceptor.lessons import Invariances, Lesson
from preceptor.strategies.strategy import Kind
from preceptor.strategies.volunteered import unless_told
from preceptor.transforms import Transform


@dataclass(frozen=True, eq=False)
class AssumedAugmentation:
    """Augmentation by what an engineer believes to leave labels alone, without asking.

    The same lesson as a declaration, at no price. Where the guess is right a declaration is worth
    nothing; what it is worth is what wrong guesses cost.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        labels: ``Int64[examples]``, paid for elsewhere; uncertain ones are left out.
        domain: of the inputs.
        transforms: the guesses.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    domain: Domain
    transforms: tuple[Transform, ...]

    kind: ClassVar[Kind] = "passive"

    @property
    def name(self) -> str:
        """With the guesses."""
        return "guessed " + ", ".join(one.kind for one in self.transforms)

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        lesson = Invariances(self.inputs, self.domain, self.transforms, self.labels, assumed=True)
        return unless_told(lesson, past)
