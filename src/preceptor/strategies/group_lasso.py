"""Learning sparsely: the group lasso on the first layer, its strength by held-out examples."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Pupil, generator
from preceptor.core.checks import at_least, positive
from preceptor.lessons import Examples, Lesson, SparseFeatures, pooled
from preceptor.strategies.fit import AdamFit, Fit
from preceptor.strategies.pool_questions import beliefs
from preceptor.strategies.strategy import Kind

STRENGTHS: Final = (0.003, 0.01, 0.03, 0.1)
"""Weights of the penalty that are tried."""

HELD: Final = 0.25
"""The share of the examples that is held out to choose among them."""

ENOUGH: Final = 20
"""Held-out answers to questions from which on these alone choose: what separates the features is seen
there, and not where the data leave it open."""


@dataclass(frozen=True, eq=False)
class GroupLasso:
    """Few features matter: the prior of a learner of juntas, for one that puts no questions.

    The lesson is a penalty (:class:`preceptor.lessons.SparseFeatures`), said once. Its strength is the
    largest whose held-out error is within one standard error of the least (the rule of Breiman et al.
    1984 for trees), after fits to the other examples of the past: of answers to questions where there
    are enough, else of all. With questions before it, it learns from these; before them it is chosen
    by the given labels alone.

    Attributes:
        strength: weight of the penalty; 0 to choose it.
        steps: of fitting in each trial.
        fit: how.

    Raises:
        InputError: a strength below 0, or steps below 1.
    """

    strength: float = 0.0
    steps: int = 300
    fit: Fit = field(default_factory=AdamFit)

    kind: ClassVar[Kind] = "passive"

    def __post_init__(self) -> None:
        at_least(0.0, "group lasso", strength=self.strength)
        positive("group lasso", steps=self.steps)

    @property
    def name(self) -> str:
        """With the strength, if it is given."""
        return "group lasso" + (f" strength={self.strength:g}" if self.strength else "")

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        if any(isinstance(one, SparseFeatures) for one in past):
            return None
        return SparseFeatures(
            self.strength or self._chosen(student, past, int(rng.integers(2**31)))
        )

    def _chosen(self, student: Pupil, past: Sequence[Lesson], seed: int) -> float:
        """The strength by held-out examples; the second weakest where there are none."""
        examples = [one for one in past if isinstance(one, Examples)]
        asked = [one for one in examples if one.origin == "asked"]
        others = [one for one in past if not isinstance(one, Examples)]
        used = asked if sum(len(one.labels) for one in asked) * HELD >= ENOUGH else examples
        if not any(bool((one.labels != UNCERTAIN).any()) for one in used):
            return STRENGTHS[1]
        known = pooled(used)
        order = torch.from_numpy(generator(seed, "held out").permutation(len(known.labels)))
        cut = max(1, int(HELD * len(order)))
        held, rest = order[:cut], order[cut:]
        learned: list[Lesson] = [one for one in examples if not any(one is o for o in used)]
        if len(rest):
            learned.append(Examples(known.inputs[rest], known.labels[rest], known.classes))
        errors = []
        for strength in STRENGTHS:
            lessons = [*learned, *others, SparseFeatures(strength)]
            taught = self.fit(student, lessons, steps=self.steps, rng=generator(seed, "fit"))
            errors.append(_error(taught, known, held))
        least = min(errors)
        slack = (least * (1 - least) / cut) ** 0.5
        return max(s for s, error in zip(STRENGTHS, errors, strict=True) if error <= least + slack)


def _error(student: Pupil, known: Examples, rows: Tensor) -> float:
    """The share of certain held-out examples that the student gets wrong; 1 where there are none."""
    labels = known.labels[rows]
    sure = labels != UNCERTAIN
    if not bool(sure.any()):
        return 1.0
    said = beliefs(student, known.inputs[rows[sure]]).argmax(1)
    return float((said != labels[sure]).float().mean())
