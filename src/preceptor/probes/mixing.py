"""Probes that put items of the data together: no label says which."""

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.probes.unit import Unit, blocks

Probes = Float[Tensor, "batch *shape"]


def data(unit: Unit) -> Probes:
    """An item as it is."""
    return unit.items()


def blend(unit: Unit) -> Probes:
    """A point on the way between two items."""
    first, second = unit.pairs()
    weight = unit.each(0.0, 1.0)
    return weight * first + (1 - weight) * second


def mean_of_three(unit: Unit) -> Probes:
    """A point inside the triangle of three items, uniform there: sorted cuts of a stick."""
    cuts = unit.rng.uniform((2,)).sort(1).values
    weights = torch.stack([cuts[:, 0], cuts[:, 1] - cuts[:, 0], 1 - cuts[:, 1]], 1)
    shaped = weights.reshape(len(unit), 3, *[1] * len(unit.shape))
    three = torch.stack([unit.items() for _ in range(3)], 1)
    return (shaped * three).sum(1)


def extrapolation(unit: Unit) -> Probes:
    """Beyond an item, seen from another one."""
    first, second = unit.pairs()
    return first + unit.each(0.0, 0.5) * (first - second)


def resampled(unit: Unit) -> Probes:
    """Each coordinate from an item of its own."""
    rows = unit.rng.integers(len(unit.pool), unit.shape)
    flat = unit.pool.flatten(1)
    return flat.gather(0, rows.flatten(1)).reshape(rows.shape)


def crossover(unit: Unit) -> Probes:
    """An item with some coordinates of another."""
    first, second = unit.pairs()
    return torch.where(unit.chosen(unit.each(0.0, 0.5)), second, first)


def overlay(unit: Unit) -> Probes:
    """Two items over each other: the lighter of the two, pixel by pixel."""
    first, second = unit.pairs()
    return torch.maximum(first, second)


def clutter(unit: Unit) -> Probes:
    """An item with a piece of another over one of its quarters-of-area windows."""
    first, second = unit.pairs()
    height, width = unit.shape[-2:]
    corner = unit.rng.uniform((2,))
    sides = ((height + 1) // 2, (width + 1) // 2)
    tops = (corner * torch.tensor([height - sides[0] + 1, width - sides[1] + 1])).floor()
    down, across = torch.arange(height), torch.arange(width)
    rows = (down >= tops[:, :1]) & (down < tops[:, :1] + sides[0])
    columns = (across >= tops[:, 1:]) & (across < tops[:, 1:] + sides[1])
    window = (rows[:, :, None] & columns[:, None, :])[:, None]
    return torch.where(window, torch.maximum(first, second), first)


def patchwork(unit: Unit) -> Probes:
    """Blocks, each from an item of its own."""
    cells = unit.rng.integers(3) + 2
    block = blocks(unit.shape, cells)
    rows = unit.rng.integers(len(unit.pool), (16,))
    chosen = rows.gather(1, block.flatten(1))  # [batch, pixels]
    pixels = unit.pool.reshape(len(unit.pool), unit.shape[0], -1)
    place = torch.arange(pixels.shape[2])
    made = pixels[chosen[:, None, :], torch.arange(unit.shape[0])[None, :, None], place]
    return made.reshape(len(unit), *unit.shape)


def jigsaw(unit: Unit) -> Probes:
    """The four quarters of an item, in another order."""
    item = unit.items()
    height, width = unit.shape[-2:]
    half, wide = height // 2, width // 2
    order = unit.rng.uniform((4,)).argsort(1)
    quarters = [(0, 0), (0, width - wide), (height - half, 0), (height - half, width - wide)]
    pieces = torch.stack([item[..., y : y + half, x : x + wide] for y, x in quarters], 1)
    made = item.clone()
    for place, (y, x) in enumerate(quarters):
        made[..., y : y + half, x : x + wide] = pieces[torch.arange(len(item)), order[:, place]]
    return made
