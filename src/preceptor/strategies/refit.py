"""Fitting students that take weighted examples instead of gradients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from preceptor.core import InputError, Pupil, Refittable
from preceptor.lessons import Lesson, WeightedExamples, all_weighted
from preceptor.strategies.fit import AdamFit, Fit


@dataclass(frozen=True)
class WeightedFit:
    """Everything that was learned put as weighted examples, and the student fitted to these anew.

    What the student knew before is forgotten: such a student has settings and no weights to go on
    from. Where nothing certain was learned it stays as it is.

    Attributes:
        resampled: whether as many examples are drawn from them with replacement, for a committee
            (Abe & Mamitsuka 1998, *Query learning strategies using boosting and bagging*).

    Raises:
        InputError: when called, a lesson that cannot be put so, or a student that cannot be fitted.
    """

    resampled: bool = False

    @property
    def name(self) -> str:
        """What it does."""
        return "weighted examples" + (" resampled" if self.resampled else "")

    def __call__(
        self, student: Pupil, lessons: Sequence[Lesson], *, steps: int, rng: np.random.Generator
    ) -> Pupil:
        """A new student; ``steps`` means nothing to it."""
        del steps
        if not isinstance(student, Refittable):
            raise InputError(f"student {student.name!r} does not learn from weighted examples")
        told = all_weighted(lessons, rng)
        if told is None:
            return student
        if self.resampled:
            told = _resampled(told, rng)
        fresh = student.refit(told.inputs, told.labels, told.weights, int(rng.integers(2**31)))
        assert isinstance(fresh, Refittable)  # noqa: S101 - of the same kind
        return fresh


def _resampled(told: WeightedExamples, rng: np.random.Generator) -> WeightedExamples:
    """As many examples, drawn with replacement, and one of each label at least."""
    rows = rng.integers(len(told.labels), size=len(told.labels))
    firsts = np.unique(told.labels.numpy(), return_index=True)[1]
    chosen = torch.from_numpy(np.concatenate([rows, firsts]).astype(np.int64))
    return WeightedExamples(told.inputs[chosen], told.labels[chosen], told.weights[chosen])


def fit_for(student: Pupil, wanted: Fit | None = None) -> Fit:
    """The fit that was wanted, or the one for such a student: :class:`AdamFit`, or weighted examples."""
    if isinstance(student, Refittable) and (wanted is None or isinstance(wanted, AdamFit)):
        return WeightedFit()
    return wanted or AdamFit()
