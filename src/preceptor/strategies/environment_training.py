"""Learning from data whose environments are known: invariant risk, or the worst environment's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Pupil
from preceptor.lessons import AcrossEnvironments, Lesson
from preceptor.lessons.environments import EnvironmentWay
from preceptor.strategies.strategy import Kind
from preceptor.strategies.volunteered import unless_told


@dataclass(frozen=True, eq=False)
class EnvironmentTraining:
    """IRM or group DRO on the labels that are there; nobody is asked.

    See :class:`preceptor.lessons.AcrossEnvironments` for both and what differs from their sources.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        labels: ``Int64[examples]``, paid for elsewhere; uncertain ones are left out.
        environments: ``Int64[examples]``, where each comes from.
        way: ``irm`` or ``dro``.
        weight: of the loss, beside that of the labels.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    environments: Int64[Tensor, " examples"]
    way: EnvironmentWay = "irm"
    weight: float = 1.0

    kind: ClassVar[Kind] = "passive"

    @property
    def name(self) -> str:
        """With way and weight."""
        return f"environments way={self.way} weight={self.weight:g}"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        lesson = AcrossEnvironments(
            self.inputs, self.labels, self.environments, self.way, self.weight
        )
        return unless_told(lesson, past)
