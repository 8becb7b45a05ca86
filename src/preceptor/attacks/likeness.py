"""Structural similarity as a function with gradients, and the images within a bound on it.

Wang et al. 2004, "Image quality assessment", equation 13, with a uniform window and the sample covariance:
the very number of :func:`preceptor.distances.compare` (scikit-image's).
"""

from dataclasses import dataclass, replace
from typing import Final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.attacks.balls import TINY
from preceptor.core import Domain
from preceptor.core.domain import inward
from preceptor.transforms.transform import per_item

WINDOW: Final = 7
FIRST, SECOND = 0.01, 0.03
"""The constants K_1 and K_2 of the paper."""

PULLS: Final = 2
"""Newton steps back to the bound after a step that crossed it."""

HALVINGS: Final = 8
"""Then bisections between the clean image and what is still outside."""

SLACK: Final = 1e-7
"""Of the bound, left unused for rounding."""


def window_of(shape: tuple[int, ...]) -> int:
    """Side of the window for images of a shape: 7, or the largest odd number that fits."""
    side = min(shape[-2:])
    return min(WINDOW, side - 1 + side % 2)


@dataclass(frozen=True, eq=False)
class _Moments:
    """Means and second moments over windows, ``Float64[batch, channels, rows, columns]``."""

    mean: Tensor
    square: Tensor

    @classmethod
    def of(cls, images: Tensor, window: int) -> "_Moments":
        return cls(F.avg_pool2d(images, window, 1), F.avg_pool2d(images.square(), window, 1))

    def variance(self, window: int) -> Tensor:
        """Of the sample."""
        many = window**2
        return (self.square - self.mean.square()) * many / (many - 1)


def ssim(
    one: Float[Tensor, "batch channels height width"],
    other: Float[Tensor, "batch channels height width"],
    span: float,
) -> Float[Tensor, " batch"]:
    """Structural similarity of pairs of images, mean over channels; differentiable.

    Args:
        one: images with black at 0, float64 for the full precision.
        other: likewise.
        span: from black to white.
    """
    window = window_of(tuple(one.shape))
    a, b = _Moments.of(one, window), _Moments.of(other, window)
    many = window**2
    shared = (F.avg_pool2d(one * other, window, 1) - a.mean * b.mean) * many / (many - 1)
    c1, c2 = (FIRST * span) ** 2, (SECOND * span) ** 2
    light = (2 * a.mean * b.mean + c1) / (a.mean.square() + b.mean.square() + c1)
    form = (2 * shared + c2) / (a.variance(window) + b.variance(window) + c2)
    return (light * form).flatten(1).mean(1)


@dataclass(frozen=True, eq=False)
class Likeness:
    """The images whose structural similarity to clean ones is at least ``1 - eps``.

    A state is an image within the bound. Steps are measured by what a pixel costs: ``worth`` is, to
    second order, how much similarity a change of each pixel takes away (little in a busy place, much in an
    empty one), so a step goes along the slope divided by it. On the bound, what would leave it is taken
    out of the slope first; what crosses it nevertheless goes back by Newton steps and, at last, towards
    the clean image until it is inside.

    Attributes:
        clean: ``Float[batch, channels, height, width]``.
        black: ``Float64[batch, channels, height, width]``, the clean ones with black at 0.
        domain: of the inputs.
        eps: the greatest loss of similarity.
        span: from black to white.
        worth: ``Float64[batch, channels, height, width]``, above 0.
        free: ``Bool[channels, height, width]``, where something may change.
    """

    clean: Float[Tensor, "batch channels height width"]
    black: Float[Tensor, "batch channels height width"]
    domain: Domain
    eps: float
    span: float
    worth: Float[Tensor, "batch channels height width"]
    free: Bool[Tensor, "channels height width"]

    @classmethod
    def around(
        cls, clean: Float[Tensor, "batch channels height width"], eps: float, domain: Domain
    ) -> "Likeness":
        """Around clean images."""
        low, high = domain.bounds()
        black = clean.double() - float(low.min())
        span = float(high.max() - low.min())
        free = torch.ones(domain.shape, dtype=torch.bool, device=clean.device)
        if domain.fixed is not None:
            free = ~domain.fixed.to(clean.device)
        return cls(clean, black, domain, eps, span, _worth(black, span), free)

    def take(self, rows: Int64[Tensor, " rows"]) -> "Likeness":
        """Those of some items."""
        return replace(self, clean=self.clean[rows], black=self.black[rows], worth=self.worth[rows])

    def start(self) -> Tensor:
        """The clean images."""
        return self.clean.clone()

    def points(self, states: Tensor) -> Tensor:
        """The states themselves."""
        return states

    def lost(self, images: Tensor) -> Float[Tensor, " batch"]:
        """1 less the similarity to the clean images, float64; differentiable."""
        offset = images.double() - self.clean.double()
        return 1 - ssim(self.black + offset, self.black, self.span)

    def step(self, states: Tensor, slope: Tensor, size: float) -> Tensor:
        """Up the slope, and back to the bound."""
        lost, steep = self._steep(states)
        pull = torch.where(self.free, slope.double(), 0.0)
        pull = pull / per_item(pull.flatten(1).abs().amax(1).clamp_min(TINY), pull)
        out = _dot(pull, steep / self.worth)
        on = (lost > 0.9 * self.eps) & (out > 0)
        share = torch.where(on, out / _dot(steep, steep / self.worth).clamp_min(TINY), 0.0)
        way = (pull - per_item(share, pull) * steep) / self.worth
        length = size * self.eps**0.5 / _dot(way, way * self.worth).clamp_min(TINY).sqrt()
        moved = self._valid(states.double() + per_item(length, way) * way)
        for _ in range(PULLS):
            lost, steep = self._steep(moved)
            over = (lost - self.eps).clamp_min(0.0)
            home = steep / self.worth
            share = over / _dot(steep, home).clamp_min(TINY)
            moved = self._valid(moved.double() - per_item(share, home) * home)
        return self._inside(moved)

    def _steep(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """What of the similarity is lost, and its gradient where something may change."""
        with torch.enable_grad():
            leaf = images.detach().double().requires_grad_()
            lost = self.lost(leaf)
            (steep,) = torch.autograd.grad(lost.sum(), leaf)
        return lost.detach(), torch.where(self.free, steep, 0.0)

    def _valid(self, images: Tensor) -> Tensor:
        """In the domain, of the inputs' dtype; whole features not rounded yet."""
        low, high = (bound.to(self.clean) for bound in self.domain.ends())
        near = images.to(self.clean).clamp(low, high)
        return torch.where(self.free, near, self.clean)

    def _inside(self, images: Tensor) -> Tensor:
        """The images, or the farthest points tried on the way to them that are within the bound."""
        steps = None if self.domain.steps is None else self.domain.steps.to(self.clean)
        low = torch.zeros(len(images), device=images.device)
        high, share = torch.ones_like(low), torch.ones_like(low)
        held = self.clean.clone()
        for _ in range(HALVINGS):
            at = self.clean + per_item(share, images) * (images - self.clean)
            at = self._valid(inward(at, self.clean, steps))
            fits = self.lost(at) <= self.eps - SLACK
            held = torch.where(per_item(fits, at), at, held)
            low, high = torch.where(fits, share, low), torch.where(fits, high, share)
            if bool((low == 1).all()):
                break
            share = torch.where(low == 1, low, (low + high) / 2)
        return held


def _dot(one: Tensor, other: Tensor) -> Float[Tensor, " batch"]:
    return (one * other).flatten(1).sum(1)


def _worth(black: Tensor, span: float) -> Tensor:
    """How much similarity the square of a change of one pixel takes away, to second order.

    A window loses what its variance or its mean gains, against its own (and the constants).
    """
    window, channels = window_of(tuple(black.shape)), black.shape[1]
    many = window**2
    moments = _Moments.of(black, window)
    form = 1 / (2 * moments.variance(window) + (SECOND * span) ** 2)
    light = 1 / (many * (2 * moments.mean.square() + (FIRST * span) ** 2))
    windows = form.shape[2] * form.shape[3]
    edge = window - 1
    spread = F.avg_pool2d(F.pad((form + light) / many, (edge,) * 4), window, 1) * many
    return spread / (windows * channels)
