"""Sizes that are no units of the inputs: an attack on inputs counted feature by feature.

An age, an income and a category have no common unit. Where a domain's sizes are not plain, an
attack runs on inputs that are counted from the low bound in each coordinate's unit, and its result
is counted back. Inside, one size suits all coordinates, and steps and distances are those of the
counted inputs.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Attack, Domain, ItemRng, Student


@dataclass(frozen=True, eq=False)
class Units:
    """Between inputs and the same inputs counted in a domain's units.

    Counted inputs are float64, so that an input that was not moved comes back as it was.

    Attributes:
        domain: whose units these are.
        dtype: of the inputs.
    """

    domain: Domain
    dtype: torch.dtype

    def count(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """From inputs to counted ones."""
        low, unit = self._line(inputs)
        return (inputs.double() - low) / unit

    def back(self, counted: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """From counted inputs to inputs; gradients pass as if nothing was rounded."""
        low, unit = self._line(counted)
        inputs = low + unit * counted
        steps = self.domain.steps
        if steps is not None:
            gap = torch.where(steps > 0, steps, 1.0).to(counted)
            off = (inputs.detach() / gap).round() * gap - inputs.detach()
            inputs = inputs + torch.where(steps.to(counted) > 0, off, 0.0)
        return inputs.to(self.dtype)

    def attack(
        self,
        attack: Attack,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        """What the attack, its sizes in these units, makes of the inputs: valid inputs.

        An attack that holds inputs of its own, such as a pool, holds counted ones here.
        """
        clean = inputs.detach()
        told = UnitStudent(student, self)
        moved = attack(told, self.count(clean), domain=self.domain.counted(), rng=rng)
        return self.domain.project(self.back(moved.detach()), clean)

    def _line(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """The low bounds and units, float64, on the device of ``like``."""
        low, _ = self.domain.ends()
        return low.to(like.device).double(), self.domain.unit.to(like.device).double()


@dataclass(frozen=True, eq=False)
class UnitStudent:
    """A student that is told counted inputs and asked about the inputs that they stand for."""

    student: Student
    units: Units

    @property
    def name(self) -> str:
        """The student's."""
        return self.student.name

    @property
    def classes(self) -> int:
        """The student's."""
        return self.student.classes

    @property
    def differentiable(self) -> bool:
        """As the student is."""
        return self.student.differentiable

    @property
    def device(self) -> torch.device:
        """The student's."""
        return self.student.device

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """The student's logits at the inputs that are meant by these counted ones."""
        return self.student(self.units.back(inputs))

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The student's answers."""
        return self.student.decide(logits)
