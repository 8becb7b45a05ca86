"""Probes drawn from nothing: bars, ellipses and strokes on a plain ground."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.probes.unit import Unit, grid

Probes = Float[Tensor, "batch *shape"]

MOST = 3
"""Shapes in one probe at most."""


def bars(unit: Unit) -> Probes:
    """Straight bars of any length, width and direction."""
    y, x = grid(unit.shape)
    draws = unit.rng.uniform((MOST, 5))
    middle = draws[..., :2, None, None] * 1.4 - 0.7
    turn = math.pi * draws[..., 2, None, None]
    length, thick = 0.2 + 0.8 * draws[..., 3, None, None], 0.06 + 0.24 * draws[..., 4, None, None]
    down, across = y - middle[:, :, 0], x - middle[:, :, 1]
    along = (across * turn.cos() + down * turn.sin()).abs() - length
    aside = (down * turn.cos() - across * turn.sin()).abs() - thick
    return _paint(unit, torch.maximum(along, aside))


def ellipses(unit: Unit) -> Probes:
    """Discs and rings, round or long."""
    y, x = grid(unit.shape)
    draws = unit.rng.uniform((MOST, 6))
    middle = draws[..., :2, None, None] - 0.5
    turn = math.pi * draws[..., 2, None, None]
    radii = [0.15 + 0.65 * draws[..., k, None, None] for k in (3, 4)]
    down, across = y - middle[:, :, 0], x - middle[:, :, 1]
    first = (across * turn.cos() + down * turn.sin()) / radii[0]
    second = (down * turn.cos() - across * turn.sin()) / radii[1]
    rim = (torch.hypot(first, second) - 1) * torch.minimum(*radii)
    ring = rim.abs() - 0.1
    return _paint(unit, torch.where(draws[..., 5, None, None] < 0.5, rim, ring))


def strokes(unit: Unit) -> Probes:
    """Curved strokes, as of a pen: quadratic curves through three random points."""
    y, x = grid(unit.shape)
    points = unit.rng.uniform((MOST, 3, 2), -0.8, 0.8)
    thick = 0.06 + 0.14 * unit.rng.uniform((MOST, 1, 1))
    nearest = torch.full((len(unit), MOST, *unit.shape[-2:]), math.inf)
    for t in torch.linspace(0, 1, 17).tolist():
        weights = torch.tensor([(1 - t) ** 2, 2 * t * (1 - t), t**2])
        at = (weights[:, None] * points).sum(2)[..., None, None]
        nearest = torch.minimum(nearest, torch.hypot(y - at[:, :, 0], x - at[:, :, 1]))
    return _paint(unit, nearest - thick)


def _paint(unit: Unit, outside: Float[Tensor, "batch most height width"]) -> Probes:
    """One to ``MOST`` shapes on a plain ground, each with a soft edge of about a pixel.

    Args:
        unit: whose streams choose how many, and the colours: light on dark or dark on light.
        outside: how far each pixel lies outside each shape, below 0 inside.
    """
    pixel = 2 / max(unit.shape[-2:])
    many = unit.rng.integers(MOST) + 1
    there = torch.arange(MOST)[None] < many[:, None]
    cover = (0.5 - outside / pixel).clamp(0, 1) * there[..., None, None]
    colours = unit.rng.uniform((2, unit.shape[0]), 0.0, 0.3)
    ground, shape = colours[:, 0], 1 - colours[:, 1]
    dark = unit.rng.integers(2).bool()[:, None]
    ground, shape = torch.where(dark, 1 - ground, ground), torch.where(dark, 1 - shape, shape)
    ink = cover.amax(1)[:, None]
    return ground[..., None, None] + (shape - ground)[..., None, None] * ink
