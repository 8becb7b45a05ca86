"""How light and how contrasted inputs are."""

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from preceptor.core import Domain, ItemRng
from preceptor.core.checks import positive
from preceptor.transforms.transform import RangedTransform, per_item, ranges


@dataclass(frozen=True)
class Brightness(RangedTransform):
    """Add the same share of the range to every coordinate.

    Attributes:
        share: the greatest change, as a share of the domain's range.
    """

    share: float = 0.3

    kind: ClassVar[str] = "brightness"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, share=self.share)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        _, width = ranges(domain, inputs)
        return inputs + per_item(amounts[:, 0] * self.share, inputs) * width


@dataclass(frozen=True)
class Contrast(RangedTransform):
    """Stretch (positive amounts) or flatten each channel about its own mean.

    Attributes:
        factor: the greatest stretch; its inverse is the greatest flattening.
    """

    factor: float = 2.0

    kind: ClassVar[str] = "contrast"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, above=1.0, factor=self.factor)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        stretch = (amounts[:, 0] * math.log(self.factor)).exp()
        mean = inputs.mean((2, 3), keepdim=True)
        return mean + per_item(stretch, inputs) * (inputs - mean)


@dataclass(frozen=True)
class Gamma(RangedTransform):
    """Darken (positive amounts) or lighten the middle tones; the bounds stay.

    A value at share ``u`` of its range goes to share ``u ** gamma``.

    Attributes:
        factor: the greatest exponent; its inverse is the least.
    """

    factor: float = 2.0

    kind: ClassVar[str] = "gamma"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, above=1.0, factor=self.factor)

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        low, width = ranges(domain, inputs)
        share = ((inputs - low) / width).clamp(0, 1)
        exponent = per_item((amounts[:, 0] * math.log(self.factor)).exp(), inputs)
        raised = share.clamp_min(1e-6) ** exponent  # a power's slope at 0 is not finite
        return low + width * raised.where(share > 1e-6, share)
