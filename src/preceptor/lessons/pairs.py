"""Counterfactual pairs: two inputs, what the teacher says of each, and so what the change does."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, InputError, Trainable, nonsense
from preceptor.core.checks import positive
from preceptor.lessons.carry_over import check_others, kept, rows_of
from preceptor.lessons.losses import alike, draw, leaf, nothing, right, slope
from preceptor.lessons.price import BYTE, Price, label_bits, subset_bits


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of inputs, one an edit of the other.

    The loss has three parts: cross-entropy at both ends (uncertain ends left out); ``keep`` times
    the KL divergence of the student's beliefs where the teacher's labels are the same, since the
    change did nothing; and, where the labels differ, ``align`` times 1 minus the cosine between the
    change and the gradient, at the first end, of the second label's logit less the first's, after
    Teney et al. (2020), who take the gradient of the loss. That last part takes every feature that
    did not change for irrelevant, which is wrong where features act together (it lowered strong
    accuracy on the exclusive or), and so is off unless asked for.

    With ``others`` the student goes beyond the pairs: of every coordinate it takes as harmless what
    was seen to be, a change as large as the largest between two ends with one label, and none where
    a change came with another label or a doubt. Other inputs are moved so towards an end of one of
    those pairs, all coordinates at once, and the answer is to stay. It is the student's guess and asks nobody: right
    where harmless changes can be done together and anywhere.

    Price: one item a pair. In bits, two labels; the first input raw (8 bits a coordinate) or
    log2(pool) where both sides have the pool; the second raw or as an edit, whichever is shorter:
    log2(d + 1) + log2 C(d, k) + 8 k bits for k of d coordinates changed.

    Attributes:
        first: ``Float[pairs, *shape]``.
        second: ``Float[pairs, *shape]``.
        first_labels: ``Int64[pairs]``, ``UNCERTAIN`` among them.
        second_labels: ``Int64[pairs]``, likewise.
        classes: labels are ``0 .. classes - 1``.
        pool: how many inputs both sides have, of which the first ends are some; ``None`` if the
            teacher sends them raw.
        cost: in the teacher's unit, answers that it gave itself while searching included.
        keep: weight of changes that did nothing.
        align: weight of the direction of changes that did something.
        others: ``Float[others, *shape]``, inputs that belong to no pair, or ``None``.
        other_labels: ``Int64[others]`` to which the student is held there, or ``None`` to hold it
            to its own answer; paid for elsewhere.
        batch: pairs in one step.

    Raises:
        InputError: no pairs, labels that are none, or labels of others that are not there.
    """

    first: Float[Tensor, "pairs *shape"]
    second: Float[Tensor, "pairs *shape"]
    first_labels: Int64[Tensor, " pairs"]
    second_labels: Int64[Tensor, " pairs"]
    classes: int
    pool: int | None = None
    cost: float = 0.0
    keep: float = 1.0
    align: float = 0.0
    others: Float[Tensor, "others *shape"] | None = None
    other_labels: Int64[Tensor, " others"] | None = None
    batch: int = 128

    kind: ClassVar[str] = "pairs"

    def __post_init__(self) -> None:
        if len(self.first) == 0:
            raise InputError("a lesson of pairs needs at least one")
        for labels in (self.first_labels, self.second_labels):
            if bool(nonsense(labels, self.classes).any()):
                raise InputError(f"pairs: labels must lie in 0 .. {self.classes - 1}, or be -1")
        if min(self.keep, self.align) < 0:
            raise InputError(
                f"pairs: keep and align must be at least 0; got {self.keep}, {self.align}"
            )
        check_others(self.kind, self.others, self.other_labels)
        positive(self.kind, batch=self.batch)

    @property
    def price(self) -> Price:
        """See the class."""
        pairs, numbers = len(self.first), self.first[0].numel()
        raw = float(BYTE * numbers)
        base = 2 * label_bits(self.classes) + (raw if self.pool is None else math.log2(self.pool))
        changed = (self.first != self.second).flatten(1).sum(1).tolist()
        edits = [float(np.log2(numbers + 1)) + subset_bits(numbers, k) + BYTE * k for k in changed]
        return Price(pairs, float(pairs * base + sum(min(raw, edit) for edit in edits)), self.cost)

    @property
    def idle(self) -> Bool[Tensor, " pairs"]:
        """True where both ends have one label: the change did nothing."""
        return (self.first_labels == self.second_labels) & (self.first_labels != UNCERTAIN)

    @property
    def harmless(self) -> Float[Tensor, "*shape"]:
        """By how much each coordinate changed without effect, at most; 0 where some change of it
        did something.
        """
        change, idle = (self.second - self.first).abs(), self.idle
        if not bool(idle.any()):
            return torch.zeros_like(change[0])
        did = (change[self.first_labels != self.second_labels] > 0).any(0)
        return change[idle].amax(0).masked_fill(did, 0.0)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        rows = draw(len(self.first), self.batch, rng)
        at, there = leaf(self.first[rows], student), self.second[rows].to(student.device)
        before, after = (
            part[rows].to(student.device) for part in (self.first_labels, self.second_labels)
        )
        here = student(at)
        beyond = student(there)
        loss = (right(here, before) + right(beyond, after)) / 2
        known = (before != UNCERTAIN) & (after != UNCERTAIN)
        same, differ = known & (before == after), known & (before != after)
        share = 1 / len(rows)
        if self.keep and bool(same.any()):
            loss = loss + self.keep * share * int(same.sum()) * alike(here[same], beyond[same])
        if self.align and bool(differ.any()):
            gain = here[differ].gather(1, after[differ, None]) - here[differ].gather(
                1, before[differ, None]
            )
            pull = slope(gain.sum(), at)[differ].flatten(1)
            change = (there - at.detach())[differ].flatten(1)
            astray = 1 - F.cosine_similarity(pull, change, dim=1)
            loss = loss + self.align * share * astray.clamp_min(0.0).sum()
        return loss if self.others is None else loss + self._carried(student, self.others, rng)

    def _carried(self, student: Trainable, others: Tensor, rng: np.random.Generator) -> Tensor:
        """The loss at the other inputs."""
        reach, idle = self.harmless, self.idle
        if not bool((reach > 0).any()):
            return nothing(student)
        donors = torch.cat([self.first[idle], self.second[idle]])

        def moved(here: Tensor) -> Tensor:
            change = rows_of(donors, len(here), rng) - here
            return here + torch.maximum(torch.minimum(change, reach), -reach)

        return kept(student, others, self.other_labels, moved, self.batch, rng)
