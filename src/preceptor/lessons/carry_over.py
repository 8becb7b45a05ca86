"""What is told of a few examples, carried over to others: a guess of the student's, for nothing."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError, Trainable
from preceptor.lessons.losses import alike, draw, nothing, right


def check_others(what: str, others: Tensor | None, labels: Tensor | None) -> None:
    """Check that there are inputs to carry a lesson over to, and as many labels, if any.

    Raises:
        InputError: none, labels without inputs, or another number of them.
    """
    if others is None:
        if labels is not None:
            raise InputError(f"{what}: other_labels belong to others, which are not given")
        return
    if len(others) == 0:
        raise InputError(f"{what}: others holds no inputs; leave it out")
    if labels is not None and len(labels) != len(others):
        raise InputError(f"{what}: {len(others)} others with {len(labels)} labels")


def rows_of(inputs: Tensor, n: int, rng: np.random.Generator) -> Tensor:
    """``n`` rows of ``inputs``, drawn with replacement."""
    return inputs[torch.from_numpy(rng.integers(len(inputs), size=n))]


def kept(
    student: Trainable,
    others: Float[Tensor, "others *shape"],
    labels: Int64[Tensor, " others"] | None,
    change: Callable[[Tensor], Tensor],
    batch: int,
    rng: np.random.Generator,
) -> Float[Tensor, ""]:
    """How far the student is from its label, or from what it says itself, at changed inputs.

    Args:
        student: to be held.
        others: inputs, on any device.
        labels: of them; uncertain ones are left out. ``None`` to hold it to its own answer: the KL
            divergence of its beliefs before and after.
        change: what is done to a batch, ``Float[batch, *shape]`` to the same.
        batch: inputs in one step.
        rng: of the batch.
    """
    useful = torch.arange(len(others))
    if labels is not None:
        useful = (labels != UNCERTAIN).nonzero()[:, 0]
    if len(useful) == 0:
        return nothing(student)
    rows = useful[draw(len(useful), batch, rng)]
    here = others[rows]
    there = change(here)
    if labels is not None:
        return right(student(there), labels[rows])
    return alike(student(here), student(there))
