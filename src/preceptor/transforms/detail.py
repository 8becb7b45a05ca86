"""How fine an image is drawn: blur, blocks, thickness of lines."""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import Domain, ItemRng
from preceptor.core.checks import positive
from preceptor.transforms.transform import RangedTransform, per_item


def gaussian_blur(
    images: Float[Tensor, "batch channels height width"],
    sigma: Float[Tensor, " batch"],
    widest: float,
) -> Float[Tensor, "batch channels height width"]:
    """Each image blurred with its own ``sigma`` (pixels, at most ``widest``), edges repeated."""
    height, width = images.shape[2:]
    radius = max(1, math.ceil(3 * widest))
    offsets = torch.arange(-radius, radius + 1).to(images)
    weights = (-0.5 * (offsets / sigma.to(images).clamp_min(1e-3)[:, None]) ** 2).exp()
    weights = (weights / weights.sum(1, keepdim=True))[:, :, None, None, None]
    padded = F.pad(images, (radius, radius, radius, radius), mode="replicate")
    # tap by tap, for a convolution rounds otherwise in another batch
    across, down = torch.zeros_like(padded[:, :, :, :width]), torch.zeros_like(images)
    for tap in range(2 * radius + 1):
        across = across + weights[:, tap] * padded[:, :, :, tap : tap + width]
    for tap in range(2 * radius + 1):
        down = down + weights[:, tap] * across[:, :, tap : tap + height]
    return down


@dataclass(frozen=True)
class Blur(RangedTransform):
    """Gaussian blur; only the size of the amount counts.

    Attributes:
        sigma: the greatest standard deviation, in pixels.
    """

    sigma: float = 2.0

    kind: ClassVar[str] = "blur"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, sigma=self.sigma)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        if len(inputs) == 0:
            return inputs
        return gaussian_blur(inputs, amounts[:, 0].abs() * self.sigma, self.sigma)


@dataclass(frozen=True)
class Pixelate(RangedTransform):
    """Blocks of one value, their mean; only the size of the amount counts.

    Attributes:
        block: the greatest side of a block, in pixels.
    """

    block: int = 4

    kind: ClassVar[str] = "pixelate"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, above=1, block=self.block)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        sides = (1 + amounts[:, 0].abs() * (self.block - 1)).round().long()
        moved = inputs.clone()
        for side in sorted(set(sides.tolist())):
            here = sides == side
            moved[here] = _blocks(inputs[here], side)
        return moved


def _blocks(images: Tensor, side: int) -> Tensor:
    height, width = images.shape[2:]
    means = F.avg_pool2d(images, side, ceil_mode=True, count_include_pad=False)
    wide = means.repeat_interleave(side, 2).repeat_interleave(side, 3)
    return wide[:, :, :height, :width]


@dataclass(frozen=True)
class Thickness(RangedTransform):
    """Thicken what is bright (positive amounts) or thin it, by grey-scale dilation and erosion.

    The neighbourhood is a pixel and the four beside it, taken as often as it must; between whole
    pixels the two nearest results are mixed.

    Attributes:
        pixels: the greatest change on each side of a line.
    """

    pixels: float = 1.0

    kind: ClassVar[str] = "thickness"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, pixels=self.pixels)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        sign = per_item(torch.where(amounts[:, 0] < 0, -1.0, 1.0).to(inputs), inputs)
        reach = per_item(amounts[:, 0].abs() * self.pixels, inputs)
        here = sign * inputs
        moved = here
        for level in range(math.ceil(self.pixels)):
            wider = _dilate(here)
            moved = moved + (reach - level).clamp(0, 1) * (wider - here)
            here = wider
        return sign * moved


def _dilate(images: Tensor) -> Tensor:
    across = F.max_pool2d(images, (1, 3), stride=1, padding=(0, 1))
    down = F.max_pool2d(images, (3, 1), stride=1, padding=(1, 0))
    return torch.maximum(across, down)
