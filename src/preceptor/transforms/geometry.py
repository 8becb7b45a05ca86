"""Where things lie in an image: shift, turn, size, slant.

Bilinear sampling about the centre; what comes in from outside is the domain's low bound.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import Domain, ItemRng
from preceptor.core.checks import positive
from preceptor.transforms.transform import RangedTransform, ranges


def affine(
    images: Float[Tensor, "batch channels height width"],
    matrix: Float[Tensor, "batch 2 2"],
    shift: Float[Tensor, "batch 2"],
    domain: Domain,
) -> Float[Tensor, "batch channels height width"]:
    """Images sampled at ``matrix @ position - shift``.

    Args:
        images: valid images.
        matrix: from a position in the result to one in the image, in pixels about the centre,
            horizontal first: the inverse of what happens to the picture.
        shift: how far the picture moves, as shares of width and height, to the right and down.
        domain: of the images.
    """
    if len(images) == 0:
        return images
    height, width = images.shape[2:]
    shape = torch.tensor([float(width), float(height)]).to(matrix)
    scaled = matrix * shape[None, None, :] / shape[None, :, None]
    offset = -2 * (scaled @ shift[:, :, None])
    grid = F.affine_grid(torch.cat([scaled, offset], 2), list(images.shape), align_corners=False)
    low, _ = ranges(domain, images)
    return F.grid_sample(images - low, grid, padding_mode="zeros", align_corners=False) + low


def _eye(amounts: Tensor) -> Tensor:
    return torch.eye(2).to(amounts).expand(len(amounts), 2, 2)


@dataclass(frozen=True)
class Shift(RangedTransform):
    """Move the picture right (first amount) and down (second).

    Attributes:
        share: the greatest shift, as a share of width and of height.
    """

    share: float = 0.1

    kind: ClassVar[str] = "shift"
    dims: ClassVar[int] = 2
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, share=self.share)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        return affine(inputs, _eye(amounts), amounts * self.share, domain)


@dataclass(frozen=True)
class Rotate(RangedTransform):
    """Turn the picture about its centre, clockwise for positive amounts.

    Attributes:
        degrees: the greatest turn.
    """

    degrees: float = 30.0

    kind: ClassVar[str] = "rotate"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, degrees=self.degrees)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        angle = amounts[:, 0] * math.radians(self.degrees)
        cos, sin = angle.cos(), angle.sin()
        matrix = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)
        return affine(inputs, matrix, torch.zeros_like(amounts).expand(-1, 2), domain)


@dataclass(frozen=True)
class Scale(RangedTransform):
    """Make the picture larger (positive amounts) or smaller about its centre.

    Attributes:
        factor: the greatest enlargement; its inverse is the greatest reduction.
    """

    factor: float = 1.25

    kind: ClassVar[str] = "scale"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, above=1.0, factor=self.factor)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        size = (amounts * math.log(self.factor)).exp()
        matrix = _eye(amounts) / size[:, :, None]
        return affine(inputs, matrix, torch.zeros_like(amounts).expand(-1, 2), domain)


@dataclass(frozen=True)
class Shear(RangedTransform):
    """Slant the picture: its upper half moves right for positive amounts, its lower half left.

    Attributes:
        degrees: the greatest slant.
    """

    degrees: float = 20.0

    kind: ClassVar[str] = "shear"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, degrees=self.degrees)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        slope = (amounts[:, 0] * math.radians(self.degrees)).tan()
        one, none = torch.ones_like(slope), torch.zeros_like(slope)
        matrix = torch.stack([torch.stack([one, slope], 1), torch.stack([none, one], 1)], 1)
        return affine(inputs, matrix, torch.zeros_like(amounts).expand(-1, 2), domain)
