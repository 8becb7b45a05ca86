"""Changes that are drawn at random; the amount says how strong they are, in either direction."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import Domain, ItemRng
from preceptor.core.checks import positive
from preceptor.transforms.detail import gaussian_blur
from preceptor.transforms.transform import RangedTransform, per_item, ranges, slack


@dataclass(frozen=True)
class Noise(RangedTransform):
    """Independent Gaussian noise on every coordinate.

    Attributes:
        sigma: the greatest standard deviation, as a share of each coordinate's range.
    """

    sigma: float = 0.2

    kind: ClassVar[str] = "noise"
    images_only: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(self.kind, sigma=self.sigma)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        width = slack(domain, inputs)
        draws = rng.normal(inputs.shape[1:]).to(inputs)
        return inputs + per_item(amounts[:, 0] * self.sigma, inputs) * width * draws


@dataclass(frozen=True)
class Tolerance(RangedTransform):
    """A change of every coordinate by anything up to a stated size: a pixel tolerance.

    Attributes:
        eps: the greatest change, as a share of each coordinate's range.
    """

    eps: float = 0.1

    kind: ClassVar[str] = "tolerance"
    images_only: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(self.kind, eps=self.eps)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        width = slack(domain, inputs)
        draws = rng.uniform(inputs.shape[1:], -1.0, 1.0).to(inputs)
        return inputs + per_item(amounts[:, 0] * self.eps, inputs) * width * draws


@dataclass(frozen=True)
class Impulse(RangedTransform):
    """Some coordinates, drawn at random, go to the domain's low or high bound.

    Attributes:
        share: the greatest share of coordinates.
    """

    share: float = 0.2

    kind: ClassVar[str] = "impulse"
    images_only: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive(self.kind, share=self.share)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        low, width = ranges(domain, inputs)
        draws = rng.uniform((2, *inputs.shape[1:])).to(inputs)
        hit = draws[:, 0] < per_item(amounts[:, 0].abs() * self.share, inputs)
        ends = torch.where(draws[:, 1] < 0.5, low, low + width)
        return torch.where(hit, ends, inputs)


@dataclass(frozen=True)
class Elastic(RangedTransform):
    """A smooth random warp, after Simard et al. 2003, "Best practices for convolutional neural
    networks applied to visual document analysis", section 2. Difference: the displacement is
    scaled to a stated root mean square for each image.

    Attributes:
        share: the greatest root mean square displacement, as a share of width and of height.
        smooth: standard deviation of the smoothing, as a share of the smaller side.
    """

    share: float = 0.04
    smooth: float = 0.15

    kind: ClassVar[str] = "elastic"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, share=self.share, smooth=self.smooth)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        if len(inputs) == 0:
            return inputs
        height, width = inputs.shape[2:]
        sigma = self.smooth * min(height, width)
        field = rng.normal((2, height, width)).to(inputs)
        field = gaussian_blur(field, torch.full((len(inputs),), sigma), sigma)
        rms = field.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-12)
        field = per_item(amounts[:, 0] * self.share, field) * field / rms
        still = torch.eye(2, 3).to(inputs).expand(len(inputs), 2, 3)
        grid = F.affine_grid(still, list(inputs.shape), align_corners=False)
        grid = grid + 2 * field.permute(0, 2, 3, 1)
        low, _ = ranges(domain, inputs)
        return F.grid_sample(inputs - low, grid, padding_mode="zeros", align_corners=False) + low
