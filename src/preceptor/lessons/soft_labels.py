"""What teachers with beliefs can tell: probabilities, and how they change with the input."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, InputError, Soft, Trainable, nonsense
from preceptor.core.checks import positive
from preceptor.lessons.losses import draw, leaf, nothing, slope
from preceptor.lessons.price import BYTE, Price


@dataclass(frozen=True, eq=False)
class SoftLabels:
    """The teacher's class probabilities at some inputs (distillation: Hinton et al. 2015).

    The loss is the mean KL divergence of the student's beliefs from the teacher's, without
    Hinton's temperature.

    Price: one item and 8 bits a class for each input.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        beliefs: ``Float[examples, classes]``, rows that sum to 1.
        cost: in the teacher's unit.
        weight: of the loss.
        batch: examples in one step.

    Raises:
        InputError: nothing, or rows that are no probabilities.
    """

    inputs: Float[Tensor, "examples *shape"]
    beliefs: Float[Tensor, "examples classes"]
    cost: float = 0.0
    weight: float = 1.0
    batch: int = 128

    kind: ClassVar[str] = "soft labels"

    def __post_init__(self) -> None:
        sums = self.beliefs.sum(1)
        if len(sums) == 0 or bool(((sums - 1).abs() > 1e-3).any() or (self.beliefs < 0).any()):
            raise InputError("soft labels must be rows of probabilities that sum to 1")
        positive(self.kind, weight=self.weight, batch=self.batch)

    @classmethod
    def of(cls, teacher: Soft, inputs: Tensor, cost: float = 0.0) -> "SoftLabels":
        """What a teacher with beliefs says of some inputs, ``Float[examples, *shape]``."""
        with torch.no_grad():
            return cls(inputs.cpu(), teacher.beliefs(inputs).float().cpu(), cost)

    @property
    def price(self) -> Price:
        """See the class."""
        return Price(len(self.inputs), float(BYTE * self.beliefs.numel()), self.cost)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        rows = draw(len(self.inputs), self.batch, rng)
        goal = self.beliefs[rows].to(student.device)
        ours = student(self.inputs[rows]).log_softmax(1)
        apart: Tensor = torch.special.xlogy(goal, goal) - goal * ours
        loss: Tensor = apart.sum(1).clamp_min(0.0).mean()
        return self.weight * loss


@dataclass(frozen=True, eq=False)
class InputGradients:
    """Which way the input would have to go for the teacher to be surer of its label.

    The student's gradient of its log-odds for the label is held to the teacher's:

    - ``align``: 1 minus the cosine; says nothing about size, for teachers without beliefs.
    - ``match``: the squared distance, summed over features (Czarnecki et al. 2017, section 2).

    Price: one item and 8 bits a feature for each input; the labels are paid for elsewhere.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        labels: ``Int64[examples]``; uncertain ones are left out.
        gradients: ``Float[examples, *shape]``, the teacher's.
        classes: labels are ``0 .. classes - 1``.
        way: which loss.
        cost: in the teacher's unit.
        weight: of the loss.
        batch: examples in one step.

    Raises:
        InputError: nothing, labels that are none, or gradients that are not finite.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    gradients: Float[Tensor, "examples *shape"]
    classes: int
    way: Literal["align", "match"] = "align"
    cost: float = 0.0
    weight: float = 1.0
    batch: int = 128

    kind: ClassVar[str] = "input gradients"

    def __post_init__(self) -> None:
        if len(self.inputs) == 0 or not bool(self.gradients.isfinite().all()):
            raise InputError("input gradients must be finite, and there must be at least one")
        if bool(nonsense(self.labels, self.classes).any()):
            raise InputError(f"input gradients: labels must lie in 0 .. {self.classes - 1}")
        positive(self.kind, weight=self.weight, batch=self.batch)

    @classmethod
    def of(cls, teacher: Soft, inputs: Tensor, cost: float = 0.0) -> "InputGradients":
        """Those of a teacher with beliefs: of the log-odds of its likeliest class.

        Args:
            teacher: whose beliefs can be differentiated.
            inputs: ``Float[examples, *shape]``.
            cost: in the teacher's unit.
        """
        at = inputs.detach().clone().requires_grad_()
        logs = teacher.beliefs(at).float().clamp_min(1e-12).log()
        labels = logs.argmax(1)
        (gradient,) = torch.autograd.grad(log_odds(logs, labels).sum(), at)
        return cls(
            inputs.cpu(), labels.cpu(), gradient.float().cpu(), teacher.classes, "match", cost
        )

    @property
    def price(self) -> Price:
        """See the class."""
        return Price(len(self.inputs), float(BYTE * self.gradients.numel()), self.cost)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        certain = (self.labels != UNCERTAIN).nonzero()[:, 0]
        if len(certain) == 0:
            return nothing(student)
        rows = certain[draw(len(certain), self.batch, rng)]
        at = leaf(self.inputs[rows], student)
        ours = slope(log_odds(student(at), self.labels[rows].to(at.device)).sum(), at).flatten(1)
        goal = self.gradients[rows].to(at.device).flatten(1)
        if self.way == "match":
            return self.weight * (ours - goal).square().sum(1).mean()
        return self.weight * (1 - F.cosine_similarity(ours, goal, dim=1)).clamp_min(0.0).mean()


def log_odds(
    logits: Float[Tensor, "batch classes"], labels: Int64[Tensor, " batch"]
) -> Float[Tensor, " batch"]:
    """log(p / (1 - p)) of each row's label."""
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return logits.gather(1, labels[:, None])[:, 0] - others.logsumexp(1)
