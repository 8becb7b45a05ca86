"""Query by committee: ask where students that learned the same disagree."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch

from preceptor.core import AnyTeacher, InputError, Inputs, Pupil, Refittable, Trainable
from preceptor.lessons import Lesson
from preceptor.strategies.fit import AdamFit, Fit
from preceptor.strategies.pool_questions import ask_of_pool, beliefs, candidates, check_pool
from preceptor.strategies.refit import WeightedFit
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class Committee:
    """The ``n`` inputs of a pool on which a committee disagrees most.

    Query by committee (Seung et al. 1992); disagreement is the mean KL divergence of the members'
    beliefs from their average (McCallum & Nigam 1998). Members start from other weights and learn
    the same lessons; students without weights learn resampled examples of them.

    Attributes:
        pool: ``Float[pool, *shape]`` or texts, unlabelled inputs.
        teacher: whom to ask.
        members: of the committee.
        steps: of fitting each.
        fit: how.
        doubt: weight of uncertain answers in the loss.
        shared: whether the teacher has the pool too.

    Raises:
        InputError: an empty pool, or fewer than two members.
    """

    pool: Inputs
    teacher: AnyTeacher
    members: int = 4
    steps: int = 300
    fit: Fit = field(default_factory=AdamFit)
    doubt: float = 0.0
    shared: bool = True

    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        check_pool(self.pool, "committee")
        if self.members < 2:
            raise InputError(f"a committee has at least 2 members; got {self.members}")

    @property
    def name(self) -> str:
        """With the number of members."""
        return f"committee members={self.members}"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        rows = candidates(self.pool, past, rng)
        if len(rows) == 0:
            return None
        said = []
        for _ in range(self.members):
            member = renewed(student, int(rng.integers(2**31)))
            if past:
                fit = WeightedFit(True) if isinstance(student, Refittable) else self.fit
                member = fit(member, past, steps=self.steps, rng=rng)
            said.append(beliefs(member, self.pool[rows]))
        each = torch.stack(said)
        apart = torch.special.xlogy(each, each / each.mean(0)).sum(2).mean(0)
        return ask_of_pool(self, self.pool[rows[apart.argsort(descending=True, stable=True)[:n]]])


def renewed(student: Pupil, seed: int) -> Pupil:
    """A copy with weights drawn anew, where its layers know how to draw them; itself without weights."""
    if not isinstance(student, Trainable):
        return student
    fresh_one = copy.deepcopy(student)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in fresh_one.module.modules():
            reset = getattr(layer, "reset_parameters", None)
            if callable(reset):
                reset()
    return fresh_one
