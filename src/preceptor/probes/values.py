"""Probes that change or make values, coordinate by coordinate."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from preceptor.probes.unit import Unit

Probes = Float[Tensor, "batch *shape"]


def noise(unit: Unit) -> Probes:
    """An item with Gaussian noise."""
    return unit.items() + unit.each(0.0, 0.5) * unit.rng.normal(unit.shape)


def impulse(unit: Unit) -> Probes:
    """An item of which some coordinates are at an end of their range."""
    item = unit.items()
    changed = unit.chosen(unit.each(0.0, 0.3))
    return torch.where(changed, corners(unit), item)


def inversion(unit: Unit) -> Probes:
    """An item turned over within its range."""
    return 1 - unit.items()


def contrast(unit: Unit) -> Probes:
    """An item drawn together about its mean, then made lighter or darker."""
    item = unit.items()
    mean = item.flatten(1).mean(1).reshape(-1, *[1] * len(unit.shape))
    return mean + unit.each(0.2, 1.5) * (item - mean) + unit.each(-0.3, 0.3)


def uniform(unit: Unit) -> Probes:
    """Anything, each coordinate on its own."""
    return unit.rng.uniform(unit.shape)


def corners(unit: Unit) -> Probes:
    """Each coordinate at one end of its range."""
    return unit.rng.integers(2, unit.shape).float()


def flat(unit: Unit) -> Probes:
    """One value for each channel."""
    values = unit.rng.uniform((unit.shape[0],))
    return values[:, :, None, None].expand(len(unit), *unit.shape).clone()


def texture(unit: Unit) -> Probes:
    """Noise made smooth at a random scale, stretched over the whole range."""
    height, width = unit.shape[-2:]
    scales = 2.0 ** unit.rng.uniform((1,), 0.0, 3.0)
    raw = unit.rng.normal(unit.shape)
    made = (
        torch.stack(
            [_smooth(one, float(scale)) for one, scale in zip(raw, scales[:, 0], strict=True)]
        )
        if len(raw)
        else raw.reshape(0, unit.shape[0], height, width)
    )
    spread = made.flatten(1)
    least, most = (spread.amin(1), spread.amax(1)) if len(made) else (spread[:, 0], spread[:, 0])
    shaped = [end.reshape(-1, *[1] * len(unit.shape)) for end in (least, most)]
    return (made - shaped[0]) / (shaped[1] - shaped[0]).clamp_min(1e-6)


def _smooth(image: Tensor, scale: float) -> Tensor:
    """One image averaged over about ``scale`` pixels by shrinking and enlarging it."""
    height, width = image.shape[-2:]
    small = (max(1, round(height / scale)), max(1, round(width / scale)))
    shrunk = F.interpolate(image[None], size=small, mode="area")
    return F.interpolate(shrunk, size=(height, width), mode="bilinear", align_corners=False)[0]
