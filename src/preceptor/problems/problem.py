"""A problem: a source with a teacher of known truth, and data to train students on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from preceptor.core import ArraySource, InputError, Teacher
from preceptor.lessons import Tutor
from preceptor.outcome import Rate

Probe = Callable[[int, np.random.Generator], Tensor]
"""Draws ``n`` inputs ``Float32[n, *shape]`` on which a student is to be right: a stated law, of
which the student's data need not be a sample.
"""


@dataclass(frozen=True, eq=False)
class Problem:
    """What benchmarks and the demo run on.

    Attributes:
        name: one word.
        about: what it is, in a sentence or two.
        source: held-out items, for audits. Nothing was trained on them.
        labels: ``Int64[items]``, what the *dataset* says of the held-out items: not the teacher.
        train_inputs: ``Float32[examples, *shape]``, for training students.
        train_labels: ``Int64[examples]``, the dataset's labels.
        teacher: answers any input of the domain.
        classes: the names of the labels.
        tutors: what the teacher can volunteer, by name; some of it may be wrong on purpose, and is
            then called so.
        probes: laws under which strong accuracy is measured, by name.
    """

    name: str
    about: str
    source: ArraySource
    labels: Tensor
    train_inputs: Tensor
    train_labels: Tensor
    teacher: Teacher
    classes: tuple[str, ...]
    tutors: Mapping[str, Tutor] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)

    def agreement(self, level: float = 0.95) -> tuple[Rate, Rate]:
        """How the teacher stands to the dataset's labels on the clean held-out items.

        Returns the share of items on which the teacher is certain, and among those the share on
        which it says what the dataset says.
        """
        answers = self.teacher(self.source.read(0, len(self.source)))
        certain = answers.certain
        same = certain & (answers.labels == self.labels)
        sure, right = int(certain.sum()), int(same.sum())
        items = len(self.source)
        return (
            Rate(sure, items - sure, level=level),
            Rate(right, sure - right, void=items - sure, level=level),
        )

    def take(self, items: int) -> ArraySource:
        """The first ``items`` of the source (they are in random order).

        Raises:
            InputError: fewer than one, or more than there are.
        """
        if not 1 <= items <= len(self.source):
            raise InputError(
                f"problem {self.name!r} has {len(self.source)} held-out items; {items} were asked for"
            )
        whole = self.source
        return ArraySource(whole.inputs[:items], whole.domain, whole.ids[:items], whole.name)


def as_images(pixels: Tensor, side: int, top: float) -> Tensor:
    """Rows of pixels ``[n, side * side]`` from 0 to ``top`` as ``Float32[n, 1, side, side]``."""
    return (pixels.to(torch.float32) / top).reshape(-1, 1, side, side)
