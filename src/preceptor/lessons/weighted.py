"""Lessons as weighted examples, for students that do not follow gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError, Inputs
from preceptor.core.inputs import join


@dataclass(frozen=True, eq=False)
class WeightedExamples:
    """What a lesson comes to for a student that only takes examples.

    Attributes:
        inputs: of the examples.
        labels: ``Int64[examples]``, none of them uncertain.
        weights: ``Float[examples]``, above 0.
    """

    inputs: Inputs
    labels: Int64[Tensor, " examples"]
    weights: Float[Tensor, " examples"]

    @classmethod
    def of(cls, inputs: Inputs, labels: Tensor, weight: float = 1.0) -> "WeightedExamples | None":
        """The certain ones, all of one weight; ``None`` where none is certain."""
        certain = (labels != UNCERTAIN).nonzero()[:, 0]
        if len(certain) == 0:
            return None
        return cls(inputs[certain], labels[certain], torch.full((len(certain),), weight))


@runtime_checkable
class AsExamples(Protocol):
    """A lesson that can be put as weighted examples."""

    def weighted(self, rng: np.random.Generator) -> WeightedExamples | None:
        """The examples, or ``None`` where it says nothing certain.

        Args:
            rng: of what is drawn, such as by what a text is changed.

        Raises:
            InputError: the lesson has no labels, and so says nothing to such a student.
        """
        ...


def all_weighted(lessons: Sequence[object], rng: np.random.Generator) -> WeightedExamples | None:
    """Several lessons as one set of weighted examples; ``None`` where nothing certain is among them.

    Raises:
        InputError: a lesson that cannot be put so.
    """
    parts = []
    for lesson in lessons:
        if not isinstance(lesson, AsExamples):
            raise InputError(
                f"a lesson of type {type(lesson).__name__} cannot be put as weighted examples, which "
                "is all that this student learns from; teach a torch module, such as "
                "preceptor.students.hashed_texts(classes)"
            )
        found = lesson.weighted(rng)
        if found is not None:
            parts.append(found)
    if not parts:
        return None
    return WeightedExamples(
        join([part.inputs for part in parts]),
        torch.cat([part.labels for part in parts]),
        torch.cat([part.weights for part in parts]),
    )
