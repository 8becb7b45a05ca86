"""Relevance masks: of this very input, only this region matters."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import Domain, InputError, Trainable
from preceptor.lessons.features import anywhere
from preceptor.lessons.losses import alike, divergence, draw, leaf, positive, right, slope
from preceptor.lessons.price import Price

Way = Literal["gradient", "resample", "attack"]
"""How a mask reaches the student; see :class:`Masks`."""


@dataclass(frozen=True, eq=False)
class Masks:
    """One mask for each of some examples: what the teacher's answer hangs on, there.

    Three losses say it, none of which needs a label:

    - ``gradient``: the mean over examples of the squared gradient of the summed log-probabilities,
      summed over irrelevant features, after Ross, Hughes & Doshi-Velez (2017, equation 1), who sum
      over examples and add a term for right answers, which here is a lesson of its own. It holds at
      the examples, not around them.
    - ``resample``: irrelevant features are drawn anew, uniformly from the domain, and the student
      is held to what it says of the example: mean KL divergence.
    - ``attack``: the same where ``steps`` of projected gradient ascent, from a random start and
      over the whole range of the irrelevant region, have made that divergence large. After Heo et
      al. (2023), who bound the region's effect in addition and hold the student to the label.

    With ``labels`` the last two hold the student to the label where there is one.

    Price: one item a mask. In bits, the shorter of all masks raw (one bit a feature) and a
    dictionary: each different mask once, then log2(different masks) bits an example.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        masks: ``Bool[examples, *shape]``, true where a feature matters.
        domain: the range of what may change.
        way: which loss.
        labels: ``Int64[examples]`` or ``None``; paid for elsewhere.
        cost: of all masks, in the teacher's unit.
        weight: of the loss.
        steps: of the attack.
        batch: examples in one step.

    Raises:
        InputError: no examples.
    """

    inputs: Float[Tensor, "examples *shape"]
    masks: Bool[Tensor, "examples *shape"]
    domain: Domain
    way: Way = "resample"
    labels: Int64[Tensor, " examples"] | None = None
    cost: float = 0.0
    weight: float = 1.0
    steps: int = 5
    batch: int = 128

    kind: ClassVar[str] = "masks"

    def __post_init__(self) -> None:
        if len(self.inputs) == 0:
            raise InputError("a lesson of masks needs at least one")
        positive(self.kind, weight=self.weight, steps=self.steps, batch=self.batch)

    @property
    def raw_bits(self) -> float:
        """All masks sent raw: one bit a feature and example."""
        return float(self.masks.numel())

    @property
    def price(self) -> Price:
        """See the class."""
        items = len(self.masks)
        different = len(torch.unique(self.masks.flatten(1), dim=0))
        coded = different * self.masks[0].numel() + items * float(np.log2(different))
        return Price(items, min(self.raw_bits, coded), self.cost)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        rows = draw(len(self.inputs), self.batch, rng)
        here, free = self.inputs[rows], ~self.masks[rows]
        if self.way == "gradient":
            return self.weight * _slopes(student, here, free)
        there = torch.where(free, anywhere(self.domain, len(here), rng), here)
        if self.way == "attack":
            there = _worst(student, here, there, free, self.domain, self.steps)
        if self.labels is not None:
            return self.weight * right(student(there), self.labels[rows])
        return self.weight * alike(student(here), student(there))


def _slopes(student: Trainable, here: Tensor, free: Tensor) -> Tensor:
    at = leaf(here, student)
    gradient = slope(student(at).log_softmax(1).sum(), at)
    held: Tensor = torch.where(free.to(at.device), gradient, 0.0).square().flatten(1).sum(1)
    return held.mean()


def _worst(
    student: Trainable, here: Tensor, start: Tensor, free: Tensor, domain: Domain, steps: int
) -> Tensor:
    """Where, in the free region, the student's beliefs are farthest from those at ``here``."""
    low, high = (bound.to(student.device) for bound in domain.bounds())
    here, at, free = (part.to(student.device) for part in (here, start, free))
    size = (high - low) / max(steps, 2)
    with torch.no_grad():
        own = student(here)
    for _ in range(steps):
        at = at.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(divergence(own, student(at)).sum(), at)
        at = torch.where(free, (at + size * gradient.sign()).clamp(low, high), here)
    return at.detach()
