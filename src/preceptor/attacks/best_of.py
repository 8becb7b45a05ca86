"""The worst of a few random changes: no gradient needed."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from preceptor.attacks.predictions import CleanPrediction, doubt, logits_of
from preceptor.core import Domain, ItemRng, Student

Change = Callable[[Tensor, ItemRng], Tensor]
"""Clean inputs and their streams to changed inputs of the same shape, not yet valid."""


def worst_of(
    student: Student, inputs: Tensor, change: Change, tries: int, domain: Domain, rng: ItemRng
) -> Tensor:
    """The worst of ``tries`` draws of one change: see :func:`worst_of_all`."""
    return worst_of_all(student, inputs, [change] * tries, domain, rng)


def worst_of_all(
    student: Student, inputs: Tensor, changes: Sequence[Change], domain: Domain, rng: ItemRng
) -> Tensor:
    """The first change that gives another label, else the one that shakes the student most.

    Args:
        student: who is to change its mind.
        inputs: ``Float[batch, *shape]``, clean.
        changes: tried in this order; an item that flipped is left alone.
        domain: every change is projected into it before the student sees it.
        rng: the items' streams.

    Returns:
        ``Float[batch, *shape]``, valid inputs.
    """
    moved = inputs.detach().clone()
    if len(inputs) == 0:
        return moved
    clean = moved.clone()
    own = CleanPrediction.of(student, clean)
    best = torch.full((len(clean),), -torch.inf, device=clean.device)
    rows = torch.arange(len(clean), device=clean.device)
    for change in changes:
        here = clean[rows]
        seen = domain.project(change(here, rng.take(rows)), here)
        doubted = doubt(student, logits_of(student, seen), own.take(rows)).to(best)
        better = (doubted > best[rows]).nonzero()[:, 0]
        moved[rows[better]], best[rows[better]] = seen[better], doubted[better]
        rows = rows[~doubted.isposinf()]
        if len(rows) == 0:
            break
    return moved
