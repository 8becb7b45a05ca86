"""What a probe family draws from: data and random streams, on a scale from 0 to 1."""

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng, Source, generator

POOL: Final = 1000
"""Most items of the data that probes are made from, a random sample of them."""


@dataclass(frozen=True, eq=False)
class Unit:
    """Data and streams for one batch of probes, every coordinate scaled so that its range is 0 to 1.

    Attributes:
        pool: ``Float[pool, *shape]``, items of the data, scaled.
        rng: one stream for each probe.
    """

    pool: Tensor
    rng: ItemRng

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one input."""
        return tuple(self.pool.shape[1:])

    def __len__(self) -> int:
        return len(self.rng)

    def items(self) -> Float[Tensor, "batch *shape"]:
        """One item of the data for each probe, drawn anew at each call."""
        return self.pool[self.rng.integers(len(self.pool))]

    def pairs(self) -> tuple[Float[Tensor, "batch *shape"], Float[Tensor, "batch *shape"]]:
        """Two different items for each probe; the same twice if there is only one."""
        first = self.rng.integers(len(self.pool))
        step = self.rng.integers(max(1, len(self.pool) - 1)) + 1
        return self.pool[first], self.pool[(first + step) % len(self.pool)]

    def each(self, low: float, high: float) -> Float[Tensor, "batch *shape"]:
        """One number for each probe, uniform in ``[low, high)``, shaped to broadcast over inputs."""
        draws = self.rng.uniform((1,), low, high)
        return draws.reshape(-1, *[1] * len(self.shape))

    def chosen(self, share: Float[Tensor, "batch *shape"]) -> Tensor:
        """``Bool[batch, *shape]``: each coordinate with this probability, on its own."""
        return self.rng.uniform(self.shape) < share


def sample(data: Source, seed: int) -> Float[Tensor, "pool *shape"]:
    """At most ``POOL`` items of the data, in the data's order: all, or a random sample.

    Raises:
        InputError: there are no items.
    """
    if len(data) == 0:
        raise InputError(f"{data.name} holds no items: there is nothing to make probes from")
    if len(data) <= POOL:
        return data.read(0, len(data))
    rows = generator(seed, "probes", "pool").permutation(len(data))[:POOL]
    return torch.cat([data.read(row, row + 1) for row in sorted(rows.tolist())])


def to_unit(inputs: Float[Tensor, "batch *shape"], domain: Domain) -> Tensor:
    """From the domain's bounds to 0 .. 1."""
    low, high = (bound.to(inputs) for bound in domain.bounds())
    return (inputs - low) / (high - low)


def from_unit(
    scaled: Float[Tensor, "batch *shape"], anchor: Float[Tensor, "batch *shape"], domain: Domain
) -> Float[Tensor, "batch *shape"]:
    """Valid inputs: back to the domain's bounds; what is fixed comes from ``anchor``."""
    low, high = (bound.to(scaled) for bound in domain.bounds())
    return domain.project(low + (high - low) * scaled.clamp(0.0, 1.0), anchor)


def grid(shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Heights and widths of the pixels of an image, ``Float[height, width]`` each.

    The centre is 0 and the longer side reaches from -1 to 1.
    """
    height, width = shape[-2:]
    half = max(height, width) / 2
    rows = (torch.arange(height) + 0.5 - height / 2) / half
    columns = (torch.arange(width) + 0.5 - width / 2) / half
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return y, x


def blocks(shape: tuple[int, ...], cells: Int64[Tensor, " batch"]) -> Int64[Tensor, "batch h w"]:
    """For an image cut into ``cells`` by ``cells`` blocks: the number of each pixel's block."""
    height, width = shape[-2:]
    rows = (torch.arange(height)[None] * cells[:, None]) // height
    columns = (torch.arange(width)[None] * cells[:, None]) // width
    return rows[:, :, None] * cells[:, None, None] + columns[:, None, :]
