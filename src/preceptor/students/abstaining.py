"""A student that abstains where it is not sure."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import ABSTAINED, InputError, Student


@dataclass(frozen=True, eq=False)
class Abstaining:
    """Another student that abstains where its greatest softmax probability is too small.

    Logits and gradients are the other student's own; only :meth:`decide` differs.

    Attributes:
        student: the other one.
        confidence: it abstains below this probability.

    Raises:
        InputError: a confidence outside 0 to 1.
    """

    student: Student
    confidence: float

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise InputError(f"confidence={self.confidence}: expected a probability, 0 to 1")

    @property
    def name(self) -> str:
        """The other's, and the threshold."""
        return f"{self.student.name}, abstains below {self.confidence:g}"

    @property
    def classes(self) -> int:
        """The other's."""
        return self.student.classes

    @property
    def differentiable(self) -> bool:
        """As the other."""
        return self.student.differentiable

    @property
    def device(self) -> torch.device:
        """The other's."""
        return self.student.device

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """The other student's logits."""
        return self.student(inputs)

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The other's decision, but ``ABSTAINED`` for a label with too little confidence."""
        labels = self.student.decide(logits)
        unsure = logits.softmax(1).amax(1) < self.confidence
        return torch.where((labels >= 0) & unsure, ABSTAINED, labels)
