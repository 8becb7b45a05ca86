"""Places drawn at random, whose content may be that of another image: windows and CutMix."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Domain, ItemRng
from preceptor.transforms.cuts import check_share
from preceptor.transforms.swaps import Swap


def _rectangles(
    heights: Float[Tensor, " batch"], widths: Float[Tensor, " batch"], domain: Domain, rng: ItemRng
) -> Bool[Tensor, "batch *shape"]:
    """Rectangles of given sides in pixels, whole inside the image, each in a random place."""
    places = rng.uniform((2,))
    inside = []
    for axis, sides in enumerate((heights, widths)):
        size = domain.shape[1 + axis]
        sides = sides.round().clamp(1, size)
        start = (places[:, axis] * (size - sides + 1)).floor()
        along = torch.arange(size)[None]
        inside.append((along >= start[:, None]) & (along < (start + sides)[:, None]))
    both = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return both.expand(-1, *domain.shape)


@dataclass(frozen=True)
class Window(Swap):
    """All but a square window in a random place: the window is kept, the rest another image's.

    Attributes:
        least: the smallest window, as a share of each side.
        most: the largest, if it is not smaller than that; the side is uniform between the two.

    Raises:
        InputError: a share that is none.
    """

    least: float = 0.57
    most: float = 0.79

    kind: ClassVar[str] = "window"

    def __post_init__(self) -> None:
        for share in (self.least, self.most):
            check_share(self.name, share)

    @classmethod
    def largest(cls, height: int, width: int) -> float:  # noqa: ARG003
        """A window that is the whole image changes nothing."""
        return 0.99

    def drawn(self, domain: Domain, rng: ItemRng) -> Bool[Tensor, "batch *shape"]:
        most = max(self.least, self.most)
        sides = self.least + (most - self.least) * rng.uniform((1,))[:, 0]
        return ~_rectangles(sides * domain.shape[1], sides * domain.shape[2], domain, rng)


@dataclass(frozen=True)
class CutMix(Swap):
    """A rectangle in a random place, its area uniform up to a share of the image's.

    After Yun et al. (2019), with the label left as it is where they mix the two images' labels.

    Attributes:
        share: the greatest area, as a share of the image's.

    Raises:
        InputError: no share.
    """

    share: float = 0.5

    kind: ClassVar[str] = "cutmix"

    def __post_init__(self) -> None:
        check_share(self.name, self.share)

    @classmethod
    def largest(cls, height: int, width: int) -> float:  # noqa: ARG003
        """Something is left."""
        return 0.99

    def drawn(self, domain: Domain, rng: ItemRng) -> Bool[Tensor, "batch *shape"]:
        sides = (self.share * rng.uniform((1,))[:, 0]).sqrt()
        return _rectangles(sides * domain.shape[1], sides * domain.shape[2], domain, rng)
