"""Parts of an image left out at random, as students are trained to bear it: crops and erasing."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng
from preceptor.transforms.geometry import affine
from preceptor.transforms.transform import RangedTransform, per_item, ranges


@dataclass(frozen=True)
class Crop(RangedTransform):
    """A window is cut out and enlarged to the whole image: a random resized crop.

    After Szegedy et al. (2015, section 6), with the image's own aspect. The first two amounts say
    where, as a share of how far the window can move right and down; the size of the third, how
    small it is.

    Attributes:
        least: side of the smallest window, as a share of the image's.

    Raises:
        InputError: no share.
    """

    least: float = 0.6

    kind: ClassVar[str] = "crop"
    dims: ClassVar[int] = 3
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_share(self.kind, self.least)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        side = 1 - (1 - self.least) * amounts[:, 2].abs()
        matrix = torch.eye(2).to(amounts) * side[:, None, None]
        # the picture moves by this much after it was enlarged
        shift = amounts[:, :2] * ((1 - side) / (2 * side))[:, None]
        return affine(inputs, matrix, shift, domain)


@dataclass(frozen=True)
class Erase(RangedTransform):
    """A rectangle in a random place becomes noise, uniform in the domain: random erasing.

    After Zhong et al. (2020). Its area is the amount's size times ``share`` of the image, its aspect
    between 1:3 and 3:1, log-uniform.

    Attributes:
        share: the greatest area, as a share of the image's.

    Raises:
        InputError: no share.
    """

    share: float = 0.3

    kind: ClassVar[str] = "erase"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_share(self.kind, self.share)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        height, width = domain.shape[1:]
        draws = rng.uniform((3,)).to(inputs)
        area = amounts[:, 0].abs() * self.share
        aspect = 3 ** (2 * draws[:, 0] - 1)
        inside = []
        for place, size, share in (
            (draws[:, 1], height, (area * aspect).sqrt()),
            (draws[:, 2], width, (area / aspect).sqrt()),
        ):
            side = share.clamp(max=1.0) * size
            start = place * (size - side)
            # a pixel is erased where its middle lies inside
            middle = torch.arange(size).to(inputs)[None] + 0.5
            inside.append((middle >= start[:, None]) & (middle < (start + side)[:, None]))
        region = inside[0][:, None, :, None] & inside[1][:, None, None, :]
        low, wide = ranges(domain, inputs)
        noise = low + wide * rng.uniform(domain.shape).to(inputs)
        return torch.where(region & (per_item(area, inputs) > 0), noise, inputs)


def check_share(what: str, share: float) -> None:
    """Check that a number is a share.

    Raises:
        InputError: it is not above 0, or more than 1.
    """
    if not 0 < share <= 1:
        raise InputError(f"{what}: expected a share above 0 and at most 1; got {share}")
