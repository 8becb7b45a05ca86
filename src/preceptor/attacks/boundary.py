"""The nearest other answer, by decisions alone: walks along the student's decision boundary.

The normal of the boundary is estimated as in Chen et al. 2020, "HopSkipJumpAttack: a
query-efficient decision-based attack", section III.B (equation 9 and the variance reduction after
it). The step is the one of Reza et al. 2023, "CGBA: curvature-aware geometric black-box attack",
section 3: along the half circle through the boundary point and the clean input, every point of
which is nearer than the last. Differences: away from the student's own answer; the random
directions of images are smooth (drawn coarsely and interpolated); the walk can begin at inputs
of a pool; the best valid point is kept, and items that reach ``eps`` are done.
"""

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.balls import norms, pick, unit
from preceptor.attacks.query_counter import Trial, last
from preceptor.attacks.units import Units
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import at_least, positive
from preceptor.transforms.transform import per_item

HALVINGS = 8
"""Bisections of a segment or half circle."""

STARTS = 40
"""Random starts for each item at most."""

REACH = 0.03
"""How far from the boundary directions are tried, as a share of the distance to the clean input."""

FIRST = 30
"""Directions of the first estimate; the k-th has ``sqrt(k)`` times as many."""

AT_ONCE = 2**22
"""Numbers that are held at once while directions are tried."""


@dataclass(frozen=True, eq=False)
class Boundary:
    """As near in l_2 as possible with another answer, asking for answers only.

    Needs neither gradients nor scores. Begins at the input of the pool that is nearest among
    those with another answer, or at noise, blobs or an even grey that has one; items for which none is
    found come back as they are, or abstained from.

    Attributes:
        eps: as a size of the domain (:attr:`preceptor.core.Domain.scale`). Items within it are done, and what stays farther comes back as it
            was; ``None`` to come as near as the queries allow and return that.
        queries: answers of the student for each item at most. Those on the pool come on top, once
            a call.
        coarse: how much coarser than an image its random directions are drawn; 1 for as fine.
        pool: ``Float[pool, *shape]``, valid inputs without labels, or ``None``.

    Raises:
        InputError: an option that makes no sense; when called, a pool that does not fit.
    """

    eps: float | None = None
    queries: int = 1000
    coarse: int = 2
    pool: Tensor | None = field(default=None, repr=False)

    family: ClassVar[str] = "boundary"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.eps is not None:
            positive("boundary", eps=self.eps)
        at_least(1, "boundary", queries=self.queries, coarse=self.coarse)

    @property
    def name(self) -> str:
        """Family, ``eps`` if there is one, and every option that is not the default."""
        return name_of(self, self.family)

    @property
    def size(self) -> float | None:
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
        clean = inputs.detach().clone()
        if len(clean) == 0:
            return clean
        if self.pool is not None and self.pool.shape[1:] != clean.shape[1:]:
            raise InputError(
                f"boundary: the pool's inputs have shape {tuple(self.pool.shape[1:])}, the "
                f"attacked ones {tuple(clean.shape[1:])}"
            )
        if not domain.plain:
            units = Units(domain, inputs.dtype)
            pool = None if self.pool is None else units.count(self.pool.to(clean))
            return units.attack(replace(self, pool=pool), student, clean, rng)
        trial = Trial.of(student, clean, domain, self.queries)
        self._begin(trial, rng)
        rows = trial.gaps.isfinite().nonzero()[:, 0]
        at = _bisect(trial, rows, trial.best[rows])
        count = 0
        while True:
            live = self._live(trial, rows)
            rows, at = rows[live], pick(at, live)
            count += 1
            if len(rows) == 0:
                break
            normal = self._normal(trial, rows, at, rng.take(rows), count)
            at = _around(trial, rows, at, normal)
        if self.eps is not None:
            far = per_item(trial.gaps > self.eps, clean)
            return torch.where(far, clean, trial.best)
        return trial.best

    def _live(self, trial: Trial, rows: Tensor) -> Tensor:
        """Which of the rows go on: not within ``eps``, not on the spot, and with queries left."""
        done = trial.gaps[rows] <= (self.eps or 0.0)
        return (~done & (trial.left[rows] > HALVINGS)).nonzero()[:, 0]

    def _begin(self, trial: Trial, rng: ItemRng) -> None:
        """Find a first point with another answer for as many items as possible."""
        if self.pool is not None:
            trial.nearest_of(self.pool.to(trial.clean))
        low, high = (bound.to(trial.clean) for bound in trial.domain.bounds())
        for attempt in range(STARTS):
            rows = (trial.gaps.isinf() & (trial.left > 0)).nonzero()[:, 0]
            if len(rows) == 0:
                return
            draws = rng.take(rows).uniform(trial.clean.shape[1:]).to(low)
            noise = low + (high - low) * draws
            if attempt % 4 in (1, 2) and trial.domain.is_image:
                noise = low + (high - low) * _blobs(rng.take(rows), trial.domain).to(low)
            elif attempt % 4 == 3:  # one level everywhere
                noise = low + (high - low) * per_item(draws.flatten(1)[:, 0], draws)
            share = 0.5 if attempt % 4 == 1 else 1.0  # half of the way, or all of it
            trial.ask(rows, trial.clean[rows] + share * (noise - trial.clean[rows]))

    def _normal(self, trial: Trial, rows: Tensor, at: Tensor, rng: ItemRng, count: int) -> Tensor:
        """An estimate of the direction that leads away from the student's own answer."""
        tries = (trial.left[rows] - HALVINGS).clamp_max(math.ceil(FIRST * math.sqrt(count)))
        reach = REACH * norms(at - trial.clean[rows])
        total, swayed = torch.zeros_like(at), torch.zeros_like(at)
        votes = torch.zeros(len(rows)).to(at)
        most = int(tries.max())
        group = max(1, AT_ONCE // max(1, at.numel()))
        for start in range(0, most, group):
            width = min(group, most - start)
            asked = torch.arange(start, start + width) < tries[:, None].cpu()
            directions = self._directions(rng, width, trial.domain).to(at)
            near = at[:, None] + reach.reshape(-1, *[1] * at.ndim) * directions
            other = trial.ask_many(rows, near, asked.to(rows.device)).to(at)
            weight = asked.to(at)
            total += torch.einsum("bk,bk...->b...", weight, directions)
            swayed += torch.einsum("bk,bk...->b...", weight * other, directions)
            votes += (weight * other).sum(1)
        mean = per_item(votes / tries.to(votes).clamp_min(1), at)
        # all one answer: the plain mean still points somewhere, and nothing better is known
        return unit(swayed - mean * total)

    def _directions(self, rng: ItemRng, width: int, domain: Domain) -> Tensor:
        """``Float[batch, width, *shape]``, each of l_2 norm 1, zero where the domain is fixed."""
        shape = domain.shape
        if domain.is_image and self.coarse > 1:
            sides = [max(2, math.ceil(side / self.coarse)) for side in shape[1:]]
            draws = rng.normal((width, shape[0], *sides)).flatten(0, 1)
            smooth = F.interpolate(draws, size=shape[1:], mode="bilinear", align_corners=False)
            draws = smooth.reshape(-1, width, *shape)
        else:
            draws = rng.normal((width, *shape))
        if domain.fixed is not None:
            draws = torch.where(domain.fixed, 0.0, draws)
        return unit(draws.flatten(0, 1)).reshape(draws.shape)


def _blobs(rng: ItemRng, domain: Domain) -> Tensor:
    """Large light and dark patches, ``Float[batch, channels, height, width]`` in 0 .. 1."""
    draws = rng.normal((domain.shape[0], 5, 5))
    smooth = F.interpolate(draws, size=domain.shape[1:], mode="bilinear", align_corners=False)
    return (0.5 + smooth).clamp(0.0, 1.0)


def _bisect(trial: Trial, rows: Tensor, start: Tensor) -> Tensor:
    """The last point with another answer on the way from ``start`` to the clean inputs."""
    clean = trial.clean[rows]

    def place(share: Tensor) -> Tensor:
        return trial.domain.between(start, clean, share)

    return last(trial, rows, start, place, HALVINGS)


def _around(trial: Trial, rows: Tensor, at: Tensor, normal: Tensor) -> Tensor:
    """The last point with another answer on the half circle from ``at`` to the clean inputs."""
    clean = trial.clean[rows]
    away = at - clean
    distance = norms(away)
    away = unit(away)
    lean = (normal * away).flatten(1).sum(1)
    side = unit(normal - per_item(lean, normal) * away)

    def place(share: Tensor) -> Tensor:
        angle = share * (math.pi / 2)
        bend = per_item(angle.cos(), away) * away + per_item(angle.sin(), side) * side
        return clean + per_item(distance * angle.cos(), away) * bend

    return last(trial, rows, at, place, HALVINGS)
