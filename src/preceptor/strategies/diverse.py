"""Questions that differ from one another: core-set and BADGE."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from preceptor.core import AnyTeacher, Inputs, Pupil
from preceptor.core.inputs import join
from preceptor.lessons import Examples, Lesson
from preceptor.strategies.embedding import embeddings
from preceptor.strategies.pool_questions import ask_of_pool, candidates, check_pool
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class DiverseQuestions:
    """What those that choose among many inputs at once are made of.

    Attributes:
        pool: ``Float[pool, *shape]`` or texts, unlabelled inputs.
        teacher: whom to ask.
        doubt: weight of uncertain answers in the loss.
        shared: whether the teacher has the pool too.
        most: inputs of the pool that are looked at in one round, drawn at random.

    Raises:
        InputError: an empty pool.
    """

    pool: Inputs
    teacher: AnyTeacher
    doubt: float = 0.0
    shared: bool = True
    most: int = 4000

    name: ClassVar[str]
    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        check_pool(self.pool, self.name)


@dataclass(frozen=True, eq=False)
class CoreSet(DiverseQuestions):
    """The ``n`` inputs of a pool that, with those known, leave none far off in the student's eyes.

    Greedy k-center in the space before the last layer, after Sener & Savarese (2018, algorithm 1),
    without their robust variant.
    """

    name: ClassVar[str] = "core-set"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        rows = candidates(self.pool, past, rng, self.most)
        if len(rows) == 0:
            return None
        hidden, _ = embeddings(student, self.pool[rows])
        known = [one.inputs for one in past if isinstance(one, Examples)]
        gaps = torch.full((len(rows),), torch.inf)
        if known:
            centres, _ = embeddings(student, join(known))
            gaps = torch.cdist(hidden, centres).amin(1)
        chosen: list[int] = []
        for _ in range(min(n, len(rows))):
            nearest = int(gaps.argmax())
            chosen.append(nearest)
            gaps = torch.minimum(gaps, (hidden - hidden[nearest]).norm(dim=1))
            gaps[nearest] = -1.0
        return ask_of_pool(self, self.pool[rows[chosen]])


@dataclass(frozen=True, eq=False)
class Badge(DiverseQuestions):
    """Inputs whose gradients at the last layer are long and point apart: unsure *and* diverse.

    After Ash et al. (2020): the gradient of the cross-entropy for the student's own answer, chosen
    by the seeding of k-means++.
    """

    name: ClassVar[str] = "badge"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        rows = candidates(self.pool, past, rng, self.most)
        if len(rows) == 0:
            return None
        hidden, said = embeddings(student, self.pool[rows])
        said = said.scatter_add(1, said.argmax(1, keepdim=True), -torch.ones(len(said), 1))
        chosen = _seeds(said, hidden, min(n, len(rows)), rng)
        return ask_of_pool(self, self.pool[rows[chosen]])


def _seeds(outer: Tensor, hidden: Tensor, n: int, rng: np.random.Generator) -> list[int]:
    """k-means++ seeding of the outer products ``outer x hidden``, which are never written out.

    The first seed is the longest. Distances are by <a x b, c x d> = <a, c> <b, d>.
    """
    lengths = (outer.square().sum(1) * hidden.square().sum(1)).double()
    chosen = [int(lengths.argmax())]
    gaps = torch.full_like(lengths, torch.inf)
    while len(chosen) < n:
        last = chosen[-1]
        product = ((outer @ outer[last]) * (hidden @ hidden[last])).double()
        gaps = torch.minimum(gaps, (lengths + lengths[last] - 2 * product).clamp_min(0.0))
        gaps[chosen] = 0.0
        mass = gaps.numpy()
        if mass.sum() <= 0:  # all the rest are doubles of what was chosen
            taken = set(chosen)
            left = [row for row in range(len(outer)) if row not in taken]
            return chosen + left[: n - len(chosen)]
        chosen.append(int(rng.choice(len(mass), p=mass / mass.sum())))
    return chosen
