"""A student that looks through what a lesson says should be seen."""

import copy
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from preceptor.core import Trainable
from preceptor.lessons.lesson import Front, Lesson


class Look(nn.Module):
    """A front's view as the first layer of a network; has no parameters."""

    def __init__(self, front: Front) -> None:
        super().__init__()
        self.front = front

    def forward(self, inputs: Tensor) -> Tensor:
        """``[batch, *shape]`` to the same shape."""
        return self.front.view(inputs)


class FrontStudent:
    """A student that gets every input through a front's view. Trainable as the student is.

    ``module`` holds the view and the student's own module in a row, so that what is saved or
    exported looks through the view too; ``inner`` is the student, whose parameters are shared.

    Args:
        inner: the student.
        front: what it looks through.
    """

    def __init__(self, inner: Trainable, front: Front) -> None:
        self.inner = inner
        self.front = front
        self.name = f"{inner.name} through {front.kind}"
        self.classes = inner.classes
        self.differentiable = inner.differentiable
        self.device: torch.device = inner.device
        self.module: nn.Module = nn.Sequential(Look(front), inner.module)

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """The student's logits of what it sees."""
        return self.inner(self.front.view(inputs.to(self.device, torch.float32)))

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """As the student decides."""
        return self.inner.decide(logits)

    def __deepcopy__(self, memo: dict[int, object]) -> "FrontStudent":
        """The student is copied, the front, which never changes, is shared."""
        return FrontStudent(copy.deepcopy(self.inner, memo), self.front)

    def __repr__(self) -> str:
        return f"FrontStudent({self.inner!r}, {self.front.kind!r})"


def seen_through(student: Trainable, lessons: Sequence[Lesson]) -> Trainable:
    """The student behind every front among the lessons, the first one outermost.

    Fronts that the student looks through already are not put before it again.
    """
    there = []
    inside = student
    while isinstance(inside, FrontStudent):
        there.append(inside.front)
        inside = inside.inner
    fronts = [one for one in lessons if isinstance(one, Front)]
    for front in reversed(fronts):
        if not any(front is other for other in there):
            student = FrontStudent(student, front)
    return student
