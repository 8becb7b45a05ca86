"""Gradient steps of one run within a bound that is no ball of an l_p norm.

The walk knows nothing of the bound: a :class:`Region` says where an item stands, and how a step up a
slope leaves it inside.
"""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.attacks.balls import pick
from preceptor.attacks.predictions import (
    CleanPrediction,
    doubt,
    input_gradient,
    logits_of,
    need_gradients,
)
from preceptor.core import Domain, InputError, ItemRng, Student

LAST: Final = 0.05
"""The length of the last step, as a share of the first; between them it falls in equal proportions."""


@runtime_checkable
class Region(Protocol):
    """The inputs within a bound around clean ones, one item a row; its states are tensors of its own."""

    def start(self) -> Tensor:
        """``Float[batch, ...]``, the states at the clean inputs."""
        ...

    def points(self, states: Tensor) -> Float[Tensor, "batch *shape"]:
        """The inputs where states stand: valid, and within the bound."""
        ...

    def step(self, states: Tensor, slope: Float[Tensor, "batch *shape"], size: float) -> Tensor:
        """States one step up the slope of the inputs; ``size`` is a share of what the bound allows."""
        ...

    def take(self, rows: Int64[Tensor, " rows"]) -> "Region":
        """The region of some items."""
        ...


@dataclass(frozen=True)
class Effort:
    """How long a search climbs.

    Attributes:
        steps: gradients of one run at most.
        step: length of the first step, as a share of what the bound allows.
        restarts: runs; the first from the clean input, later ones from random points and only for
            items not flipped so far.
    """

    steps: int
    step: float
    restarts: int


def search(
    student: Student,
    clean: Float[Tensor, "batch *shape"],
    region: Region,
    effort: Effort,
    rng: ItemRng,
) -> Float[Tensor, "batch *shape"]:
    """The points within the region at which the student doubts its own answers most.

    Args:
        student: gives gradients.
        clean: valid inputs.
        region: around them.
        effort: of the search.
        rng: the items' streams; unused by the first run.
    """
    moved = clean.clone()
    own = CleanPrediction.of(student, clean)
    best = torch.full((len(clean),), -torch.inf, device=clean.device)
    for run in range(effort.restarts):
        rows = best.isposinf().logical_not().nonzero()[:, 0]
        if len(rows) == 0:
            break
        here = region.take(rows)
        states = here.start()
        if run:
            draws = rng.take(rows).normal(clean.shape[1:]).to(clean)
            states = here.step(states, draws, effort.step)
        ends, doubts = _climb(student, here, states, own.take(rows), effort)
        better = doubts > best[rows]
        moved[rows[better]], best[rows[better]] = ends[better], doubts[better]
    return moved


def _climb(
    student: Student, region: Region, states: Tensor, own: CleanPrediction, effort: Effort
) -> tuple[Tensor, Tensor]:
    """One run: where each item doubted most, and how much. Flipped items leave the batch."""
    seen = region.points(states)
    ends = seen.clone()
    doubts = torch.full((len(ends),), -torch.inf, device=ends.device)
    rows = torch.arange(len(ends), device=ends.device)
    for taken in range(effort.steps):
        logits, slope = input_gradient(student, seen, own.labels)
        _note(seen, doubt(student, logits, own).to(doubts), ends, doubts, rows)
        live = doubts[rows].isposinf().logical_not().nonzero()[:, 0]
        if len(live) == 0:
            return ends, doubts
        if len(live) < len(rows):
            rows, region, own = rows[live], region.take(live), own.take(live)
            states, slope = states[live], pick(slope, live)
        length = effort.step * LAST ** (taken / max(1, effort.steps - 1))
        states = region.step(states, slope, length)
        seen = region.points(states)
    _note(seen, doubt(student, logits_of(student, seen), own).to(doubts), ends, doubts, rows)
    return ends, doubts


def _note(seen: Tensor, doubted: Tensor, ends: Tensor, doubts: Tensor, rows: Tensor) -> None:
    """Keep the points that are doubted more than what the items had, in place."""
    new = (doubted > doubts[rows]).nonzero()[:, 0]
    if len(new):
        ends[rows[new]], doubts[rows[new]] = pick(seen, new), doubted[new]


def check_images(student: Student, domain: Domain, attack: str, least: int = 2) -> None:
    """Check that an attack on images can move these inputs.

    Raises:
        InputError: no images, ones with a side below ``least`` pixels, or a student without gradients.
    """
    if not domain.is_image or min(domain.shape[1:]) < least:
        raise InputError(
            f"{attack} moves images [channels, height, width] of at least {least} x {least} pixels; "
            f"these inputs have shape {domain.shape}. For others there are pgd, apgd and standard."
        )
    need_gradients(student, attack)
