"""Few coordinates, any change: random search in l_0.

Croce et al. 2022, "Sparse-RS: a versatile framework for query-efficient sparse black-box
adversarial attacks", section 4 (l_0-bounded). Differences: the student's own answer and log-odds
instead of label and margin; with gradients it begins at the coordinates that matter most to first
order, where the paper begins at random ones; the schedule is Square's.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.effort_schedule import BestPoints, part
from preceptor.attacks.predictions import CleanPrediction, input_gradient
from preceptor.core import Domain, Goal, ItemRng, Student
from preceptor.core.checks import at_least

FIRST = 0.3
"""Share of the chosen pixels that the first queries exchange."""


@dataclass(frozen=True)
class Sparse:
    """A few pixels set to the ends of their range, exchanged while the student's doubt grows.

    In images a pixel is all its channels together and counts once; in other inputs each
    coordinate is one. (A record's l_0 counts channels for themselves.)

    Attributes:
        pixels: how many pixels or coordinates may change.
        queries: points that the student is asked about for each item at most; one gradient comes
            on top if the student has any.

    Raises:
        InputError: an option that makes no sense.
    """

    pixels: int
    queries: int = 500

    family: ClassVar[str] = "sparse"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, "sparse", pixels=self.pixels, queries=self.queries)

    @property
    def name(self) -> str:
        """Family, size and every option that is not the default."""
        return name_of(self, self.family, "pixels")

    @property
    def size(self) -> float:
        """``pixels``."""
        return float(self.pixels)

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        clean = inputs.detach().clone()
        free = _free(domain).to(clean.device)
        if len(clean) == 0 or not bool(free.any()):
            return clean
        own = CleanPrediction.of(student, clean)
        count = min(self.pixels, int(free.sum()))
        worth, ends = self._start(student, clean, own, domain, rng)
        worth = worth.masked_fill(~free, -1.0)
        chosen = torch.zeros_like(worth, dtype=torch.bool)
        chosen.scatter_(1, worth.topk(count, 1).indices, True)
        best = BestPoints.of(student, _painted(clean, chosen, ends, domain), own)
        for query in range(1, self.queries):
            if len(best.rows) == 0:
                break
            streams, rows = rng.take(best.rows), best.rows
            swaps = max(1, round(part(FIRST, query, self.queries) * count))
            tried, fresh = _exchanged(streams, chosen[rows], free, swaps)
            values = torch.where(
                _spread(fresh, domain), _corners(streams, domain).to(clean), ends[rows]
            )
            better = best.offer(student, _painted(clean[rows], tried, values, domain), own)
            chosen[rows[better]], ends[rows[better]] = tried[better], values[better]
            best.drop()
        return best.points

    def _start(
        self, student: Student, clean: Tensor, own: CleanPrediction, domain: Domain, rng: ItemRng
    ) -> tuple[Tensor, Tensor]:
        """How much each pixel is worth, ``Float[batch, pixels]``, and to what to set it."""
        if not student.differentiable:
            return rng.uniform((_pixels(domain),)).to(clean), _corners(rng, domain).to(clean)
        low, high = (bound.to(clean) for bound in domain.bounds())
        gradient = input_gradient(student, clean, own.labels)[1]
        flat = gradient == 0
        ends = torch.where(flat, _corners(rng, domain).to(clean), high.where(gradient > 0, low))
        gain = (gradient * (ends - clean)).abs()
        if domain.is_image:
            gain = gain.sum(1)
        return gain.flatten(1), ends


def _pixels(domain: Domain) -> int:
    size = torch.Size(domain.shape)
    return size[1:].numel() if domain.is_image else size.numel()


def _free(domain: Domain) -> Tensor:
    """``Bool[pixels]``: where anything may change."""
    fixed = torch.zeros(domain.shape, dtype=torch.bool) if domain.fixed is None else domain.fixed
    return (~fixed).any(0).flatten() if domain.is_image else (~fixed).flatten()


def _corners(rng: ItemRng, domain: Domain) -> Tensor:
    """Each coordinate at one end of its range, drawn at random, ``Float[batch, *shape]``."""
    low, high = domain.bounds()
    return high.where(rng.integers(2, domain.shape) == 1, low)


def _spread(pixels: Tensor, domain: Domain) -> Tensor:
    """``Bool[batch, pixels]`` as ``Bool[batch, *shape]``, or something that broadcasts to it."""
    if domain.is_image:
        return pixels.reshape(-1, 1, *domain.shape[1:])
    return pixels.reshape(-1, *domain.shape)


def _painted(clean: Tensor, chosen: Tensor, ends: Tensor, domain: Domain) -> Tensor:
    return domain.project(ends.where(_spread(chosen, domain), clean), clean)


def _exchanged(rng: ItemRng, chosen: Tensor, free: Tensor, swaps: int) -> tuple[Tensor, Tensor]:
    """The chosen pixels after ``swaps`` of them were exchanged, and which are to be set anew.

    Where no other pixel is free, the same ones are set anew.
    """
    keys = rng.uniform((chosen.shape[1],)).to(chosen.device)
    leave = keys.masked_fill(~chosen, 2.0).topk(swaps, 1, largest=False).indices
    rest = keys.masked_fill(chosen | ~free, 2.0)
    spare = int(free.sum()) - int(chosen[0].sum())
    come = rest.topk(min(swaps, spare), 1, largest=False).indices
    if spare < swaps:
        come = torch.cat([come, leave[:, spare:]], 1)
    left = chosen.scatter(1, leave, False)
    fresh = torch.zeros_like(chosen).scatter(1, come, True)
    return left | fresh, fresh
