"""What may be declared beside the library of transformations, and what a declaration costs."""

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng
from preceptor.lessons.price import LIBRARY, subset_bits
from preceptor.transforms import Patch, Resample, Transform


@dataclass(frozen=True)
class Border:
    """The outer pixels of an image become those of another image of the batch, where the amount is
    not 0. So what the border holds no longer goes with the rest.

    Attributes:
        width: of the border in pixels, at least 1.

    Raises:
        InputError: no width.
    """

    width: int = 4

    kind: ClassVar[str] = "border"
    dims: ClassVar[int] = 1
    images_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.width < 1:
            raise InputError(f"border: width must be at least 1 pixel; got {self.width}")

    @property
    def name(self) -> str:
        """Kind and width."""
        return f"{self.kind} width={self.width}"

    def region(self, domain: Domain) -> Bool[Tensor, "*shape"]:
        """True in the border.

        Raises:
            InputError: no images, or nothing but border.
        """
        if not domain.is_image or 2 * self.width >= min(domain.shape[1:]):
            raise InputError(
                f"{self.name} needs images larger than twice the border; got {domain.shape}"
            )
        mask = torch.ones(domain.shape, dtype=torch.bool)
        mask[:, self.width : -self.width, self.width : -self.width] = False
        return mask

    def __call__(
        self,
        inputs: Float[Tensor, "batch *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        return self.between(inputs, inputs, amounts, domain=domain, rng=rng)

    def between(
        self,
        inputs: Float[Tensor, "batch *shape"],
        others: Float[Tensor, "others *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        """The same with the borders of other images than those of the batch."""
        region = self.region(domain).to(inputs.device)
        if len(inputs) == 0:
            return inputs
        found = others[rng.integers(len(others)).to(others.device)].to(inputs.device)
        moved = (amounts.to(inputs) != 0).reshape(-1, *[1] * (inputs.ndim - 1))
        return torch.where(region & moved, found, inputs)


@dataclass(frozen=True, eq=False)
class Permute:
    """Features of one group may change places: each group is shuffled where the amount is not 0.

    Attributes:
        groups: ``Int64[features]``, for vectors: the group of each feature; -1 stays in its place.

    Calling it raises:
        InputError: the domain holds vectors of another length, or no vectors.
    """

    groups: Int64[Tensor, " features"] = field(repr=False)

    kind: ClassVar[str] = "permute"
    dims: ClassVar[int] = 1
    images_only: ClassVar[bool] = False
    name: ClassVar[str] = "permute"

    @property
    def count(self) -> int:
        """How many groups there are."""
        return int(self.groups.max()) + 1

    def __call__(
        self,
        inputs: Float[Tensor, "batch *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        if domain.shape != tuple(self.groups.shape):
            raise InputError(
                f"permute: groups of {len(self.groups)} features for inputs of {domain.shape}"
            )
        keys = rng.uniform(inputs.shape[1:]).to(inputs.device)
        places = torch.arange(inputs.shape[1], device=inputs.device).repeat(len(inputs), 1)
        for group in range(self.count):
            there = (self.groups == group).nonzero()[:, 0].to(inputs.device)
            places[:, there] = there[keys[:, there].argsort(1)]
        shuffled = inputs.gather(1, places)
        return torch.where((amounts != 0).to(inputs.device), shuffled, inputs)


def declaration_bits(transform: Transform) -> float:
    """What it costs to declare an invariance: 5 bits (which of 32) and 8 (its range).

    A region that is no member of the library costs its subset beside that, log2 C(d, k) for k of d
    coordinates; groups of features that may change places cost log2(groups + 1) a feature.
    """
    if isinstance(transform, Patch | Resample):
        mask = transform.mask
        return LIBRARY + subset_bits(mask.numel(), int(mask.sum()))
    if isinstance(transform, Permute):
        each = float(torch.log2(torch.tensor(transform.count + 1.0, dtype=torch.float64)))
        return LIBRARY + len(transform.groups) * each
    return float(LIBRARY)
