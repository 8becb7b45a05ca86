"""Where an attack may go: the part of an l_inf, l_2 or l_1 ball that lies in the domain."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from preceptor.core import Domain, ItemRng
from preceptor.core.domain import inward
from preceptor.transforms.transform import per_item

Norm = Literal["linf", "l2", "l1"]

TINY = 1e-30

HALVINGS = 30
"""Bisections of the l_1 projection's threshold: a billionth of its range is left."""


def norms(vectors: Float[Tensor, "batch *shape"]) -> Float[Tensor, " batch"]:
    """The l_2 norm of each item."""
    lengths: Tensor = torch.linalg.vector_norm(vectors.flatten(1), dim=1)
    return lengths


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
class NormBall:
    """The valid inputs within ``eps`` of ``clean``, one ball for each item.

    Attributes:
        clean: ``Float[batch, *shape]``, the centres; valid inputs themselves.
        low: ``Float[batch, *shape]``, the least valid value of each coordinate. Equal to
            ``high`` and ``clean`` where the domain is fixed.
        high: the greatest, likewise.
        eps: the radius, in the units of the inputs.
        norm: ``linf``, ``l2`` or ``l1``.
        steps: ``Float[*shape]``, how far apart valid values lie; 0 where any are valid, ``None``
            for everywhere.
        domain: whose part it is.
        whole_domain: whether it is all of it, and no ball.
    """

    clean: Tensor
    low: Tensor
    high: Tensor
    eps: float
    norm: Norm
    steps: Tensor | None
    domain: Domain
    whole_domain: bool = False

    @classmethod
    def around(
        cls, clean: Float[Tensor, "batch *shape"], eps: float | None, norm: Norm, domain: Domain
    ) -> "NormBall":
        """The balls around ``clean``; ``eps=None`` for the whole domain."""
        whole_domain = eps is None
        if eps is None:
            eps, norm = domain.width, "linf"
        reach = domain.width if norm == "l2" else eps
        steps = None if domain.steps is None else domain.steps.to(clean)
        low, high = (
            domain.project(inward(clean + sign * reach, clean, steps), clean) for sign in (-1, 1)
        )
        if domain.still is not None:  # no ball holds another word, and the whole domain all of them
            still, ends = domain.still.to(clean.device), domain.bounds()
            low, high = (
                torch.where(still, end.to(clean) if whole_domain else clean, found)
                for end, found in zip(ends, (low, high), strict=True)
            )
        return cls(clean, low, high, eps, norm, steps, domain, whole_domain)

    def take(self, rows: Int64[Tensor, " rows"]) -> "NormBall":
        """The balls of some items."""
        clean, low, high = (pick(part, rows) for part in (self.clean, self.low, self.high))
        return replace(self, clean=clean, low=low, high=high)

    def project(self, moved: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """A point of the ball for each item; whole features are not rounded yet.

        For ``linf`` the nearest one in every norm. For ``l2`` the nearest of the ball, then the
        nearest valid one, which is still in the ball because its centre is valid. For ``l1`` the
        nearest point (in l_2) that is both, as in Croce & Hein 2021, "Mind the box", section 3.1;
        its threshold is bisected, where they sort.
        """
        if self.norm == "l1":
            return self._project_l1(moved)
        if self.norm == "l2":
            delta = moved - self.clean
            shrink = (self.eps / norms(delta).clamp_min(TINY)).clamp(max=1.0)
            moved = self.clean + delta * per_item(shrink, delta)
        return torch.clamp(moved, self.low, self.high)

    def settle(self, moved: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """The points as the student sees them: whole features rounded towards ``clean``, and
        what else makes an input valid mended without leaving the ball.
        """
        settled = inward(moved, self.clean, self.steps)
        if self.whole_domain and self.domain.still is not None:
            return self.domain.project(settled, self.clean)
        return self.domain.mend(settled, self.clean)

    def _project_l1(self, moved: Tensor) -> Tensor:
        delta = moved - self.clean
        far = delta.abs().flatten(1)
        room = torch.where(delta > 0, self.high - self.clean, self.clean - self.low).flatten(1)
        low = torch.zeros(len(far), 1).to(far)
        high = far.amax(1, keepdim=True)
        inside = torch.minimum(far, room).sum(1, keepdim=True) <= self.eps
        high = torch.where(inside, low, high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            fits = torch.minimum((far - middle).clamp_min(0.0), room).sum(1, keepdim=True)
            fits = fits <= self.eps
            low, high = torch.where(fits, low, middle), torch.where(fits, middle, high)
        length = torch.minimum((far - high).clamp_min(0.0), room).reshape(delta.shape)
        return torch.clamp(self.clean + length * delta.sign(), self.low, self.high)

    def step(
        self,
        moved: Float[Tensor, "batch *shape"],
        slope: Float[Tensor, "batch *shape"],
        size: float,
    ) -> Float[Tensor, "batch *shape"]:
        """One steepest step up ``slope`` in the ball's own norm, and back into the ball.

        Dense for ``l1`` as for ``l2``: :meth:`sparse` has the directions that suit it better.
        """
        if self.norm == "linf":
            return self.project(moved.add(slope.sign(), alpha=size * self.eps))
        return self.project(moved.add(self.dense(slope), alpha=size * self.eps))

    def dense(self, slope: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """The steepest direction of length 1 over the coordinates that may change.

        ``linf``: the sign; else the gradient itself, at l_2 norm 1.
        """
        if self.norm == "linf":
            return slope.sign()
        return unit(torch.where(self.low < self.high, slope, 0.0))

    def sparse(
        self, slope: Float[Tensor, "batch *shape"], count: Float[Tensor, " batch"]
    ) -> Float[Tensor, "batch *shape"]:
        """The sign of the ``count`` greatest coordinates that may change, at l_1 norm 1."""
        free = torch.where(self.low < self.high, slope, 0.0).flatten(1)
        order = free.abs().sort(1, descending=True).values
        last = (count.long() - 1).clamp(0, free.shape[1] - 1)
        chosen = free.abs() >= order.gather(1, last[:, None])
        signs = torch.where(chosen, free.sign(), 0.0)
        length = signs.abs().sum(1, keepdim=True).clamp_min(1.0)
        return (signs / length).reshape(slope.shape)

    def draw(self, rng: ItemRng) -> Float[Tensor, "batch *shape"]:
        """A random point of each ball: uniform before it is projected to the bounds.

        l_2 as in Voelker et al. 2017 (the first n of n + 2 coordinates of a random direction),
        l_1 likewise (the first n of n + 1 exponential variables over their sum, with random
        signs), both over the coordinates that may change.
        """
        shape = self.clean.shape[1:]
        if self.norm == "linf":
            offset = rng.uniform(shape, -1.0, 1.0).to(self.clean)
        elif self.norm == "l1":
            draws = rng.uniform((shape.numel() + 1,), -1.0, 1.0).to(self.clean)
            lengths = -torch.log1p(-draws.abs()).clamp(-20.0, 0.0)
            free = (self.low < self.high).flatten(1)
            lengths = torch.cat([torch.where(free, lengths[:, :-1], 0.0), lengths[:, -1:]], 1)
            share = lengths / lengths.sum(1, keepdim=True).clamp_min(TINY)
            offset = (share * draws.sign())[:, :-1].reshape(self.clean.shape)
        else:
            normal = rng.normal((shape.numel() + 2,)).to(self.clean)
            free = (self.low < self.high).flatten(1)
            normal = torch.cat([torch.where(free, normal[:, :-2], 0.0), normal[:, -2:]], 1)
            offset = unit(normal)[:, :-2].reshape(self.clean.shape)
        return self.project(self.clean + self.eps * offset)
