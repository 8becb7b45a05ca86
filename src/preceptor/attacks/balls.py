"""Where an attack may go: the part of an l_inf or l_2 ball that lies in the domain."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from preceptor.core import Domain, ItemRng

Norm = Literal["linf", "l2"]

TINY = 1e-30


def norms(vectors: Float[Tensor, "batch *shape"]) -> Float[Tensor, " batch"]:
    """The l_2 norm of each item."""
    lengths: Tensor = torch.linalg.vector_norm(vectors.flatten(1), dim=1)
    return lengths


def per_item(values: Shaped[Tensor, " batch"], like: Tensor) -> Tensor:
    """One value for each item, shaped so that it broadcasts over ``like``."""
    return values.reshape(-1, *[1] * (like.ndim - 1))


def pick(values: Shaped[Tensor, "batch *shape"], rows: Int64[Tensor, " rows"]) -> Tensor:
    """``values[rows]``; flat, because that is ten times as fast for images on a processor."""
    flat = values.flatten(1).index_select(0, rows)
    return flat.reshape(-1, *values.shape[1:])


def unit(vectors: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
    """Each item at l_2 norm 1; zero stays zero.

    The greatest coordinate is divided out first: squares of small numbers vanish in float32.
    """
    scaled = vectors / per_item(vectors.flatten(1).abs().amax(1).clamp_min(TINY), vectors)
    return scaled / per_item(norms(scaled).clamp_min(TINY), vectors)


@dataclass(frozen=True, eq=False)
class Ball:
    """The valid inputs within ``eps`` of ``clean``, one ball for each item.

    Attributes:
        clean: ``Float[batch, *shape]``, the centres; valid inputs themselves.
        low: ``Float[batch, *shape]``, the least valid value of each coordinate. Equal to
            ``high`` and ``clean`` where the domain is fixed.
        high: the greatest, likewise.
        eps: the radius, in input units.
        norm: ``linf`` or ``l2``.
        whole: ``Bool[*shape]``, where only whole numbers are valid; ``None`` for nowhere.
    """

    clean: Tensor
    low: Tensor
    high: Tensor
    eps: float
    norm: Norm
    whole: Tensor | None

    @classmethod
    def around(
        cls, clean: Float[Tensor, "batch *shape"], eps: float | None, norm: Norm, domain: Domain
    ) -> "Ball":
        """The balls around ``clean``; ``eps=None`` for the whole domain."""
        if eps is None:
            eps, norm = domain.width, "linf"
        reach = eps if norm == "linf" else domain.width
        whole = None if domain.whole is None else domain.whole.to(clean.device)
        low, high = (
            domain.project(_inward(clean + sign * reach, clean, whole), clean) for sign in (-1, 1)
        )
        return cls(clean, low, high, eps, norm, whole)

    def take(self, rows: Int64[Tensor, " rows"]) -> "Ball":
        """The balls of some items."""
        clean, low, high = (pick(part, rows) for part in (self.clean, self.low, self.high))
        return replace(self, clean=clean, low=low, high=high)

    def project(self, moved: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """A point of the ball for each item; whole features are not rounded yet.

        For ``linf`` the nearest one in every norm. For ``l2`` the nearest of the ball, then the
        nearest valid one, which is still in the ball because its centre is valid.
        """
        if self.norm == "l2":
            delta = moved - self.clean
            shrink = (self.eps / norms(delta).clamp_min(TINY)).clamp(max=1.0)
            moved = self.clean + delta * per_item(shrink, delta)
        return torch.clamp(moved, self.low, self.high)

    def settle(self, moved: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """The points as the student sees them: whole features rounded towards ``clean``."""
        return _inward(moved, self.clean, self.whole)

    def step(
        self,
        moved: Float[Tensor, "batch *shape"],
        slope: Float[Tensor, "batch *shape"],
        size: float,
    ) -> Float[Tensor, "batch *shape"]:
        """One steepest step up ``slope`` in the ball's own norm, and back into the ball."""
        if self.norm == "linf":
            return self.project(moved.add(slope.sign(), alpha=size * self.eps))
        free = torch.where(self.low < self.high, slope, 0.0)
        return self.project(moved.add(unit(free), alpha=size * self.eps))

    def draw(self, rng: ItemRng) -> Float[Tensor, "batch *shape"]:
        """A random point of each ball: uniform before it is projected to the bounds.

        l_2 as in Voelker et al. 2017 (the first n of n + 2 coordinates of a random direction),
        over the coordinates that may change.
        """
        shape = self.clean.shape[1:]
        if self.norm == "linf":
            offset = rng.uniform(shape, -1.0, 1.0).to(self.clean)
        else:
            normal = rng.normal((shape.numel() + 2,)).to(self.clean)
            free = (self.low < self.high).flatten(1)
            normal = torch.cat([torch.where(free, normal[:, :-2], 0.0), normal[:, -2:]], 1)
            offset = unit(normal)[:, :-2].reshape(self.clean.shape)
        return self.project(self.clean + self.eps * offset)


def _inward(moved: Tensor, clean: Tensor, whole: Tensor | None) -> Tensor:
    if whole is None:
        return moved
    return torch.where(whole, clean + (moved - clean).trunc(), moved)
