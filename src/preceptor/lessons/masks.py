"""Relevance masks: of this very input, only this region matters."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import Domain, InputError, Trainable
from preceptor.core.checks import positive
from preceptor.lessons.carry_over import check_others, kept, rows_of
from preceptor.lessons.features import anywhere
from preceptor.lessons.losses import alike, divergence, draw, leaf, right, slope
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

    With ``others`` the student goes beyond what it was told: what mattered in none of the masked
    examples is taken to matter in none of the others either, and there takes the place of what
    stands there in another of them. It is
    the student's guess and asks nobody: right where the masks have a common outside, idle where
    together they cover everything, wrong where the few examples masked were unlike the others.

    Price: one item a mask. In bits, the shorter of all masks raw (one bit a feature) and a
    dictionary: each different mask once, then log2(different masks) bits an example.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        masks: ``Bool[examples, *shape]``, true where a feature matters.
        domain: the range of what may change.
        way: which loss.
        labels: ``Int64[examples]`` or ``None``; paid for elsewhere.
        others: ``Float[others, *shape]``, inputs without masks, or ``None``.
        other_labels: ``Int64[others]`` to which the student is held there, or ``None`` to hold it
            to its own answer; paid for elsewhere.
        cost: of all masks, in the teacher's unit.
        weight: of the loss.
        steps: of the attack.
        batch: examples in one step.

    Raises:
        InputError: no examples, or labels of others that are not there.
    """

    inputs: Float[Tensor, "examples *shape"]
    masks: Bool[Tensor, "examples *shape"]
    domain: Domain
    way: Way = "resample"
    labels: Int64[Tensor, " examples"] | None = None
    others: Float[Tensor, "others *shape"] | None = None
    other_labels: Int64[Tensor, " others"] | None = None
    cost: float = 0.0
    weight: float = 1.0
    steps: int = 5
    batch: int = 128

    kind: ClassVar[str] = "masks"

    def __post_init__(self) -> None:
        if len(self.inputs) == 0:
            raise InputError("a lesson of masks needs at least one")
        check_others(self.kind, self.others, self.other_labels)
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

    @property
    def outside(self) -> Bool[Tensor, "*shape"]:
        """True at features that matter in none of the examples."""
        return ~self.masks.any(0)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        loss = self._told(student, rng)
        others, free = self.others, self.outside
        if others is None:
            return self.weight * loss

        def swapped(here: Tensor) -> Tensor:
            donors = rows_of(others, len(here), rng)
            return torch.where(free, donors, here)

        return self.weight * (
            loss + kept(student, others, self.other_labels, swapped, self.batch, rng)
        )

    def _told(self, student: Trainable, rng: np.random.Generator) -> Tensor:
        """At the masked examples alone."""
        rows = draw(len(self.inputs), self.batch, rng)
        here, free = self.inputs[rows], ~self.masks[rows]
        if self.way == "gradient":
            return _slopes(student, here, free)
        there = torch.where(free, anywhere(self.domain, len(here), rng), here)
        if self.way == "attack":
            there = _worst(student, here, there, free, self.domain, self.steps)
        if self.labels is not None:
            return right(student(there), self.labels[rows])
        return alike(student(here), student(there))


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
