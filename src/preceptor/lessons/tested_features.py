"""Answers, and the features that the student concluded from them to be all that matters."""

from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Domain
from preceptor.lessons.examples import Examples
from preceptor.lessons.features import FeatureSet, anywhere
from preceptor.lessons.weighted import WeightedExamples

COPIES: Final = 4
"""Of each answer, with the other features redrawn, for a student that has no view."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TestedFeatures(Examples):
    """Examples, and a feature set that nobody told: the student assumes it, from its own tests.

    The examples count in the loss as any others do. The student sees all inputs through the set, as
    through a :class:`FeatureSet`; a student that takes weighted examples instead gets each answer
    again, ``COPIES`` times, with the other features redrawn from the domain.

    Price: that of the examples. The set costs no bits, since the teacher never sent it.

    Attributes:
        features: ``Bool[*shape]``, true where a feature matters, as far as the answers say.
        domain: its bounds give the middle values of the others.

    Raises:
        InputError: a mask of another shape than the domain's, or that keeps nothing.
    """

    __test__: ClassVar[bool] = False  # no test, whatever pytest thinks of the name

    features: Bool[Tensor, "*shape"]
    domain: Domain
    _set: FeatureSet = field(init=False, repr=False)

    kind: ClassVar[str] = "tested features"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "_set", FeatureSet(self.features, self.domain))

    def view(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """The inputs with all other features at the middle of their range."""
        return self._set.view(inputs)

    def weighted(self, rng: np.random.Generator) -> WeightedExamples | None:
        """The certain ones, each with copies of the same weight all together."""
        known = super().weighted(rng)
        if known is None:
            return None
        assert isinstance(known.inputs, Tensor)  # noqa: S101 - a set of features is of numbers
        again = known.inputs.repeat(COPIES, *[1] * (known.inputs.ndim - 1))
        redrawn = torch.where(self.features, again, anywhere(self.domain, len(again), rng))
        return WeightedExamples(
            torch.cat([known.inputs, redrawn]),
            known.labels.repeat(1 + COPIES),
            torch.cat([known.weights, known.weights.repeat(COPIES) / COPIES]),
        )
