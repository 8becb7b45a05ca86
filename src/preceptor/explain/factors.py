"""Factors: what about an input can be changed while the rest is held.

Short for *factors of variation*, as the literature on representations has it (Bengio, Courville &
Vincent 2013). A factor is a transformation with the law by which its amounts are drawn, and, for
regions and features, the place that it changes.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Domain, InputError, Inputs, ItemRng, Texts
from preceptor.core.domains import AnyDomain
from preceptor.transforms import RangedTransform, Transform
from preceptor.transforms.texts import TextTransform
from preceptor.transforms.transform import per_item

Family = Literal[
    "region",
    "feature",
    "frequency",
    "transformation",
    "direction",
    "word",
    "word class",
    "form",
    "detail",
    "length",
]
"""What sort of thing a factor is; the last five are of texts."""


@dataclass(frozen=True, eq=False)
class Factor:
    """One thing about an input that can be changed while the rest is held.

    Attributes:
        name: unique among the factors of an explanation, in words a reader understands.
        family: what sort of thing it is; decides which lesson fits.
        transform: what changes it.
        whole: change it wholly (every amount 1: a region replaced, a feature permuted) instead of
            by amounts uniform in [-1, 1].
        mask: ``Bool[*shape]``, where it lies; ``None`` if it has no place.
        cell: whether it is one cell of a grid, to be drawn on the map.
    """

    name: str
    family: Family
    transform: Transform | TextTransform
    whole: bool = False
    mask: Bool[Tensor, "*shape"] | None = field(default=None, repr=False)
    cell: bool = False

    def change(self, inputs: Inputs, ids: list[str], *, domain: AnyDomain, seed: int) -> Any:
        """The inputs with this factor changed; each item's draw hangs on its id alone.

        Args:
            inputs: valid inputs, on the CPU.
            ids: one for each.
            domain: of the inputs.
            seed: of the streams.
        """
        rng = ItemRng.named(seed, f"explain {self.name}", ids)
        change: Any = self.transform
        if isinstance(inputs, Texts):
            return change(inputs, domain=domain, rng=rng)
        shape = (change.dims,)
        amounts = torch.ones(len(ids), *shape) if self.whole else rng.uniform(shape, -1.0, 1.0)
        return change(inputs, amounts, domain=domain, rng=rng)


@dataclass(frozen=True, eq=False)
class Band(RangedTransform):
    """A band of spatial frequencies is mixed with that of a random other image.

    Frequencies are measured on each axis in cycles a pixel, so that 0.5 is the finest detail an
    image can hold; the band is a ring in the plane of the two. Swapping bands between images is
    Oppenheim & Lim's (1981) device, there for amplitude and phase.

    Attributes:
        low: least frequency, included; the mean of the image is frequency 0.
        high: greatest frequency, excluded; the corners of the plane reach 0.71.
        pool: ``Float[pool, channels, height, width]``, the other images.
        label: what the band is called.

    Raises:
        InputError: an empty band or pool.
    """

    low: float
    high: float
    pool: Float[Tensor, "pool ..."] = field(repr=False)
    label: str = "band"

    kind: ClassVar[str] = "band"
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high or len(self.pool) == 0:
            raise InputError(
                f"band: expected 0 <= low < high and at least one other image; got {self.low}, "
                f"{self.high} and {len(self.pool)} images"
            )

    @property
    def name(self) -> str:
        """Kind, label and range."""
        return f"{self.kind} {self.label} low={self.low:g} high={self.high:g}"

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        others = self.pool[rng.integers(len(self.pool)).to(self.pool.device)].to(inputs)
        height, width = domain.shape[1:]
        down, across = torch.fft.fftfreq(height), torch.fft.rfftfreq(width)
        radius = (down[:, None] ** 2 + across[None] ** 2).sqrt()
        ring = ((radius >= self.low) & (radius < self.high)).to(inputs)
        # per item, so that the result does not depend on the batch
        difference: Tensor = torch.fft.irfft2(
            torch.fft.rfft2(others - inputs) * ring, s=(height, width)
        )
        return inputs + per_item(amounts[:, 0].abs(), inputs) * difference


@dataclass(frozen=True, eq=False)
class Direction(RangedTransform):
    """A step along one direction of input space.

    Attributes:
        vector: ``Float[*shape]``, of l_2 length 1, each coordinate counted in the domain's unit.
        size: l_2 length of the greatest step, as a size of the domain.
        label: where the direction comes from.

    Raises:
        InputError: a vector that is not of length 1, or a size that is not above 0.
    """

    vector: Float[Tensor, "*shape"] = field(repr=False)
    size: float = 1.0
    label: str = "direction"

    kind: ClassVar[str] = "direction"
    images_only: ClassVar[bool] = False

    def __post_init__(self) -> None:
        length = float(self.vector.norm())
        if abs(length - 1) > 1e-3 or not 0 < self.size < float("inf"):
            raise InputError(
                f"direction {self.label!r}: expected a vector of l_2 length 1 and a size above 0; "
                f"got {length:.4g} and {self.size:g}"
            )

    @property
    def name(self) -> str:
        """Kind, label and size."""
        return f"{self.kind} {self.label} size={self.size:g}"

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        if tuple(self.vector.shape) != domain.shape:
            raise InputError(
                f"direction {self.label!r} has shape {tuple(self.vector.shape)}; expected "
                f"{domain.shape}"
            )
        step = self.vector.to(inputs) * domain.unit.to(inputs)
        return inputs + per_item(self.size * amounts[:, 0], inputs) * step
