"""Grey that flows from pixel to pixel: images within a Wasserstein distance, without a transport plan.

A flow says how much each pixel hands to each of its eight neighbours. Carrying it costs its amount times
the way (1, or the square root of 2 across a corner); divided by the image's mass that is at least the
Wasserstein-1 distance between the two images (:func:`preceptor.distances.wasserstein`), since every flow
is a way to carry the one to the other and a straight line is no longer than a way along pixels. So a flow
whose cost is within the bound *proves* that its image is.

Levine & Feizi 2020, "Wasserstein smoothing", section 4, have flows between four neighbours, for the
Manhattan way; with eight, the proof loses at most a twelfth against straight lines. Colours flow each by
themselves, and the mass is of all together. That images stay in their range is kept by handing over less
(:meth:`Flows.limit`), after the limiter of Zalesak 1979, which is used here as a last resort.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.attacks.balls import HALVINGS, TINY, unit
from preceptor.core import Domain
from preceptor.transforms.transform import per_item

WAYS: Final = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns to the neighbour; a negative flow goes the other way."""

PASSES: Final = 60
"""Rounds in which flows that break a pixel's range are cut at most."""

SLACK: Final = 1e-4
"""Share of the bound that is left unused, for rounding."""

EDGE: Final = 1e-6
"""Share of a pixel's range by which it may miss its end before the domain clamps it."""


def there(pixels: Tensor, way: tuple[int, int]) -> Tensor:
    """For each pixel, the value of its neighbour; counted round at the edge, where no flow is open."""
    return torch.roll(pixels, (-way[0], -way[1]), (-2, -1))


def back(pixels: Tensor, way: tuple[int, int]) -> Tensor:
    """For each pixel, the value of the one whose neighbour it is."""
    return torch.roll(pixels, way, (-2, -1))


@dataclass(frozen=True, eq=False)
class Flows:
    """The images that flows of a bounded cost make of clean ones.

    A state is ``Float[batch, 4, channels, height, width]``, the flow along each of :data:`WAYS`.

    Attributes:
        clean: ``Float[batch, channels, height, width]``.
        low: ``Float[channels, height, width]``, where a pixel has no mass.
        high: likewise, where it is full.
        open: ``Bool[4, channels, height, width]``, where something may flow.
        gaps: ``Float[4, channels, height, width]``, what flows are whole multiples of; 0 for anything.
            ``None`` where that is everywhere.
        budget: ``Float[batch]``, the greatest cost: ``eps`` times the mass.
    """

    clean: Float[Tensor, "batch channels height width"]
    low: Float[Tensor, "channels height width"]
    high: Float[Tensor, "channels height width"]
    open: Bool[Tensor, "4 channels height width"]
    gaps: Float[Tensor, "4 channels height width"] | None
    budget: Float[Tensor, " batch"]

    @classmethod
    def around(
        cls, clean: Float[Tensor, "batch channels height width"], eps: float, domain: Domain
    ) -> "Flows":
        """Within a Wasserstein-1 distance of ``eps`` pixels."""
        low, high = (end.to(clean) for end in domain.ends())
        free = torch.ones_like(low, dtype=torch.bool)
        if domain.fixed is not None:
            free = ~domain.fixed.to(clean.device)
        steps = None if domain.steps is None else domain.steps.to(clean)
        opened, gaps = zip(*(_edge(free, steps, way) for way in WAYS), strict=True)
        black, _ = (end.to(clean) for end in domain.bounds())
        mass = (clean - black).flatten(1).sum(1)
        return cls(
            clean,
            low,
            high,
            torch.stack(opened),
            None if steps is None else torch.stack(gaps),
            eps * mass * (1 - SLACK),
        )

    def take(self, rows: Int64[Tensor, " rows"]) -> "Flows":
        """Those of some items."""
        return replace(self, clean=self.clean[rows], budget=self.budget[rows])

    def start(self) -> Tensor:
        """Nothing flows."""
        return self.clean.new_zeros((len(self.clean), len(WAYS), *self.clean.shape[1:]))

    def points(self, states: Tensor) -> Tensor:
        """The images that flows make; whole features by whole steps."""
        if self.gaps is not None:
            # rounded flows no longer feed each other, so each pixel gives of its own alone
            gap = torch.where(self.gaps > 0, self.gaps, 1.0)
            strict = self._own(states)
            states = torch.where(self.gaps > 0, (strict / gap).trunc() * gap, strict)
        come, away = self._sums(states)
        return torch.clamp(self.clean + (come - away), self.low, self.high)

    def step(self, states: Tensor, slope: Tensor, size: float) -> Tensor:
        """Flow where the slope rises along the way, for what the way costs."""
        come, away = self._sums(states)
        at, edge = self.clean + (come - away), EDGE * (self.high - self.low)
        gives, takes = at > self.low + edge, at < self.high - edge
        pulls = []
        for way, length in self._ways():
            rise = there(slope, way) - slope
            onward, home = gives & there(takes, way), there(gives, way) & takes
            pulls.append(torch.where(torch.where(rise > 0, onward, home), rise / length, 0.0))
        pull = torch.where(self.open, torch.stack(pulls, 1), 0.0)
        far = states + per_item(size * self.budget, states) * unit(pull)
        return self.limit(self._within(far))

    def cost(self, states: Tensor) -> Float[Tensor, " batch"]:
        """What carrying costs: grey times pixels."""
        return (states.abs() * self._lengths(states)).flatten(1).sum(1)

    def limit(self, states: Tensor) -> Tensor:
        """Flows of which some are cut so that no pixel gives or takes more than it can.

        Cutting what leaves a pixel can starve the next one, so it is done again until nothing changes;
        where that takes too long, each pixel gives of its own alone. Flows only shrink, so costs do.
        """
        edge = EDGE * (self.high - self.low)
        for _ in range(PASSES):
            come, away = self._sums(states)
            end = self.clean + (come - away)
            poor, full = end < self.low - edge, end > self.high + edge
            if not bool((poor | full).any()):
                return states
            gives = torch.where(
                poor, ((self.clean - self.low + come) / away.clamp_min(TINY)).clamp(0, 1), 1.0
            )
            takes = torch.where(
                full, ((self.high - self.clean + away) / come.clamp_min(TINY)).clamp(0, 1), 1.0
            )
            states = self._scaled(states, gives, takes)
        come, away = self._sums(states)
        end = self.clean + (come - away)
        off = ((end < self.low - edge) | (end > self.high + edge)).flatten(1).any(1)
        return torch.where(per_item(off, states), self._own(states), states)

    def _own(self, states: Tensor) -> Tensor:
        """Each pixel gives of its own alone, and takes no more than it has room for."""
        come, away = self._sums(states)
        gives = ((self.clean - self.low) / away.clamp_min(TINY)).clamp(0, 1)
        takes = ((self.high - self.clean) / come.clamp_min(TINY)).clamp(0, 1)
        return self._scaled(states, gives, takes)

    def _scaled(self, states: Tensor, gives: Tensor, takes: Tensor) -> Tensor:
        """Flows times the lesser of what the giver and the taker can bear."""
        parts = []
        for place, way in enumerate(WAYS):
            flow = states[:, place]
            onward = torch.minimum(gives, there(takes, way))
            home = torch.minimum(there(gives, way), takes)
            parts.append(flow * torch.where(flow > 0, onward, home))
        return torch.stack(parts, 1)

    def _sums(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """What comes to each pixel, and what leaves it."""
        onward, home = states.clamp_min(0.0), (-states).clamp_min(0.0)
        come, away = home.sum(1), onward.sum(1)
        for place, way in enumerate(WAYS):
            come = come + back(onward[:, place], way)
            away = away + back(home[:, place], way)
        return come, away

    def _within(self, states: Tensor) -> Tensor:
        """The nearest flows (in l_2) that are not too dear; their threshold is bisected."""
        lengths, far = self._lengths(states), states.abs()
        low = torch.zeros(len(states), device=states.device, dtype=states.dtype)
        high = torch.where(
            self.cost(states) <= self.budget, low, (far / lengths).flatten(1).amax(1)
        )
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            left = (far - lengths * per_item(middle, far)).clamp_min(0.0)
            fits = (left * lengths).flatten(1).sum(1) <= self.budget
            low, high = torch.where(fits, low, middle), torch.where(fits, middle, high)
        return states.sign() * (far - lengths * per_item(high, far)).clamp_min(0.0)

    def _ways(self) -> Iterator[tuple[tuple[int, int], float]]:
        for way in WAYS:
            yield way, (way[0] ** 2 + way[1] ** 2) ** 0.5

    def _lengths(self, like: Tensor) -> Tensor:
        return like.new_tensor([length for _, length in self._ways()]).reshape(1, -1, 1, 1, 1)


def _edge(free: Tensor, steps: Tensor | None, way: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Where something may flow along a way, and of what it is a multiple.

    Nothing flows out of the image, from or to a fixed pixel, or between two that have whole values of
    different spacings.
    """
    inside = torch.ones_like(free)
    if way[0]:
        inside[..., -1, :] = False
    if way[1]:
        inside[..., -1 if way[1] > 0 else 0] = False
    opened = inside & free & there(free, way)
    if steps is None:
        return opened, torch.zeros_like(free, dtype=torch.float32)
    other = there(steps, way)
    clash = (steps > 0) & (other > 0) & (steps != other)
    return opened & ~clash, torch.maximum(steps, other)
