"""Random search within an l_inf ball, by scores alone.

Andriushchenko et al. 2020, "Square attack: a query-efficient black-box adversarial attack via
random search", algorithms 1 and 2; first share of 0.8 as in AutoAttack. Differences: the student's
own answer and log-odds instead of label and margin; inputs that are no images change a random
subset of their coordinates, where the paper has squares.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.balls import NormBall
from preceptor.attacks.effort_schedule import BestPoints, part
from preceptor.attacks.predictions import CleanPrediction
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import at_least, positive


@dataclass(frozen=True)
class Square:
    """Random squares of ``+-eps``, kept where the student doubts its answer more. No gradients.

    Attributes:
        eps: the radius, as a size of the domain (:attr:`preceptor.core.Domain.scale`).
        queries: points that the student is asked about for each item at most.
        first: the share of the coordinates that the first squares change.

    Raises:
        InputError: an option that makes no sense.
    """

    eps: float
    queries: int = 1000
    first: float = 0.8

    family: ClassVar[str] = "linf-square"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive("square", eps=self.eps, first=self.first)
        at_least(1, "square", queries=self.queries)
        if self.first > 1:
            raise InputError(f"square: first is a share, at most 1; got {self.first}")

    @property
    def name(self) -> str:
        """Family, size and every option that is not the default."""
        return name_of(self, self.family, "eps")

    @property
    def size(self) -> float:
        """``eps``."""
        return self.eps

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        if not domain.plain:
            return Units(domain, inputs.dtype).attack(self, student, inputs, rng)
        clean = inputs.detach().clone()
        if len(clean) == 0:
            return clean
        own = CleanPrediction.of(student, clean)
        ball = NormBall.around(clean, self.eps, "linf", domain)
        lines = (*clean.shape[1:-2], 1, clean.shape[-1]) if domain.is_image else clean.shape[1:]
        signs = _signs(rng, lines).to(clean)  # an image begins with upright stripes
        best = BestPoints.of(student, _seen(ball, clean + self.eps * signs), own)
        ball = ball.take(best.rows)
        for query in range(1, self.queries):
            if len(best.rows) == 0:
                break
            share = part(self.first, query, self.queries)
            streams = rng.take(best.rows)
            if domain.is_image:
                chosen, signs = _square(streams, clean.shape[1:], share)
            else:
                chosen, signs = _subset(streams, clean.shape[1:], share)
            here = best.points[best.rows]
            there = ball.clean + self.eps * signs.to(clean)
            best.offer(student, _seen(ball, there.where(chosen.to(here.device), here)), own)
            stay = best.drop()
            if len(stay) < len(ball.clean):
                ball = ball.take(stay)
        return best.points


def _seen(ball: NormBall, moved: Tensor) -> Tensor:
    return ball.settle(ball.project(moved))


def _signs(rng: ItemRng, shape: tuple[int, ...]) -> Tensor:
    return 2.0 * rng.integers(2, shape) - 1.0


def _square(rng: ItemRng, shape: tuple[int, ...], share: float) -> tuple[Tensor, Tensor]:
    """Which coordinates change, ``Bool[batch, 1, height, width]``, and one sign a channel."""
    channels, height, width = shape
    side = max(1, round(math.sqrt(share * height * width)))
    tall, wide = min(side, height), min(side, width)
    top = rng.integers(height - tall + 1)[:, None]
    left = rng.integers(width - wide + 1)[:, None]
    rows, columns = torch.arange(height), torch.arange(width)
    down = (rows >= top) & (rows < top + tall)
    across = (columns >= left) & (columns < left + wide)
    return down[:, None, :, None] & across[:, None, None, :], _signs(rng, (channels, 1, 1))


def _subset(rng: ItemRng, shape: tuple[int, ...], share: float) -> tuple[Tensor, Tensor]:
    """A random subset of all coordinates, ``Bool[batch, *shape]``, and a sign for each."""
    order = rng.uniform(shape).flatten(1).argsort(1).argsort(1)
    count = max(1, round(share * order.shape[1]))
    return (order < count).reshape(-1, *shape), _signs(rng, shape)
