"""An active student of images that could find out by itself which part of them does not matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Pupil, Teacher
from preceptor.lessons import Lesson
from preceptor.strategies import ask
from preceptor.strategies.strategy import Kind
from preceptor.strategies.synthesis import least_sure


@dataclass(frozen=True, eq=False)
class CutMixQuestions:
    """Rectangles of one image pasted into another, mixes of two and noise, of which the quarter is
    asked that the student is least sure of. So it could find out by itself that a border does not
    matter.

    Attributes:
        inputs: ``Float[images, 1, side, side]`` from 0 to 1.
        teacher: whom to ask.
    """

    inputs: Float[Tensor, "images 1 side side"]
    teacher: Teacher

    name: ClassVar[str] = "pasted questions"
    kind: ClassVar[Kind] = "active student"

    def __call__(
        self,
        student: Pupil,
        past: Sequence[Lesson],  # noqa: ARG002
        n: int,
        *,
        rng: np.random.Generator,
    ) -> Lesson | None:
        one, other = (
            self.inputs[torch.from_numpy(rng.integers(len(self.inputs), size=4 * n))].clone()
            for _ in range(2)
        )
        side = one.shape[-1]
        for row, way in enumerate(rng.integers(3, size=len(one)).tolist()):
            if way == 0:
                top, left = rng.integers(side, size=2)
                high, wide = rng.integers(4, side + 1, size=2)
                there = (slice(None), slice(top, top + high), slice(left, left + wide))
                one[row][there] = other[row][there]
            elif way == 1:
                one[row] = torch.lerp(one[row], other[row], float(rng.random()) / 2)
            else:
                noise = torch.from_numpy(rng.normal(0, 0.2, one[row].shape).astype(np.float32))
                one[row] = (one[row] + noise).clamp(0, 1)
        return ask(self.teacher, one[least_sure(student, one, n)], doubt=0.1)
