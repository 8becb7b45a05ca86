"""Data from several environments: what predicts alike in all of them, or fails in none."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, InputError, Trainable
from preceptor.core.checks import one_of, positive
from preceptor.lessons.losses import draw, nothing
from preceptor.lessons.price import Price

EnvironmentWay = Literal["irm", "dro"]
"""What is asked of the student: to predict alike in all environments, or to fail in none."""


@dataclass(frozen=True, eq=False)
class AcrossEnvironments:
    """Labels of several environments, such as hospitals or cameras. Assumed, so it costs nothing.

    - ``irm``: the mean over environments of the squared slope of the environment's cross-entropy by a
      factor of all logits, at 1 (Arjovsky et al. 2019, *Invariant risk minimization*, IRMv1).
      Differences: in closed form; from one batch, not two halves of it, so that its mean is a little
      too high; the weight is the same in all steps.
    - ``dro``: the cross-entropy of the worst environment (Sagawa et al. 2020, *Distributionally
      robust neural networks for group shifts*). Differences: the worst one of each batch, where they
      carry weights of the groups from step to step, since a lesson holds no state.

    Both need environments between which the misleading features change. Where they mislead alike in
    all of them both have nothing to go by.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        labels: ``Int64[examples]``, paid for elsewhere; uncertain ones are left out.
        environments: ``Int64[examples]``, a number for each; two different ones at least.
        way: see above.
        weight: of the loss.
        batch: examples of each environment in one step.

    Raises:
        InputError: fewer than two environments, or one number too few or too many.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    environments: Int64[Tensor, " examples"]
    way: EnvironmentWay = "irm"
    weight: float = 1.0
    batch: int = 64

    kind: ClassVar[str] = "environments"
    assumed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        one_of(("irm", "dro"), self.kind, way=self.way)
        positive(self.kind, weight=self.weight, batch=self.batch)
        if not len(self.inputs) == len(self.labels) == len(self.environments):
            raise InputError(
                f"environments: {len(self.inputs)} inputs, {len(self.labels)} labels and "
                f"{len(self.environments)} environments; give one of each for every example"
            )
        there = sorted(set(self.environments.tolist()))
        if len(there) < 2:
            raise InputError(
                f"environments: all examples are of environment {there}; give some of two at least"
            )

    @property
    def price(self) -> Price:
        """Nothing: nobody was asked."""
        return Price()

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        losses = []
        for environment in sorted(set(self.environments.tolist())):
            there = (self.environments == environment) & (self.labels != UNCERTAIN)
            rows = there.nonzero()[:, 0]
            if len(rows) == 0:
                continue
            rows = rows[draw(len(rows), self.batch, rng)]
            logits = student(self.inputs[rows])
            labels = self.labels[rows].to(logits.device)
            if self.way == "dro":
                losses.append(F.cross_entropy(logits, labels))
            else:
                losses.append(_slope(logits, labels).square())
        if not losses:
            return nothing(student)
        each = torch.stack(losses)
        return self.weight * (each.max() if self.way == "dro" else each.mean())


def _slope(logits: Tensor, labels: Tensor) -> Float[Tensor, ""]:
    """Of the mean cross-entropy by a factor of all logits, at 1."""
    off = logits.softmax(1) - F.one_hot(labels, logits.shape[1])
    return (logits * off).sum(1).mean()
