"""Some coordinates, and no others: set to a value, or taken from other inputs."""

from dataclasses import dataclass, field
from typing import ClassVar

from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng
from preceptor.transforms.transform import RangedTransform, per_item, ranges


@dataclass(frozen=True, eq=False)
class Patch(RangedTransform):
    """A region fades to one value; only the size of the amount counts.

    Attributes:
        mask: ``Bool[*shape]``, true in the region.
        value: as a share of each coordinate's range: 0 the low bound, 1 the high one.
        label: what the region is called.

    Raises:
        InputError: ``value`` is no share; when called, the mask has another shape.
    """

    mask: Bool[Tensor, "*shape"] = field(repr=False)
    value: float = 0.0
    label: str = "region"

    kind: ClassVar[str] = "patch"
    images_only: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1:
            raise InputError(f"patch: value is a share between 0 and 1; got {self.value}")

    @property
    def name(self) -> str:
        """Kind, region and value."""
        return f"{self.kind} {self.label} value={self.value:g}"

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        _check_mask(self.name, self.mask, domain)
        low, width = ranges(domain, inputs)
        goal = low + self.value * width
        reach = per_item(amounts[:, 0].abs(), inputs) * self.mask.to(inputs)
        return inputs + reach * (goal - inputs)


@dataclass(frozen=True, eq=False)
class Resample(RangedTransform):
    """A region is mixed with that of a random other input; at 1 and -1 it is replaced by it.

    With one feature as the region this is the permutation of a feature, item by item.

    Attributes:
        mask: ``Bool[*shape]``, true in the region.
        pool: ``Float[pool, *shape]``, the other inputs.
        label: what the region is called.

    Raises:
        InputError: an empty pool; when called, a mask or a pool of another shape.
    """

    mask: Bool[Tensor, "*shape"] = field(repr=False)
    pool: Float[Tensor, "pool ..."] = field(repr=False)
    label: str = "region"

    kind: ClassVar[str] = "resample"
    images_only: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if len(self.pool) == 0:
            raise InputError("resample: the pool of other inputs is empty; give at least one")

    @property
    def name(self) -> str:
        """Kind and region."""
        return f"{self.kind} {self.label}"

    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        _check_mask(self.name, self.mask, domain)
        if tuple(self.pool.shape[1:]) != domain.shape:
            raise InputError(
                f"{self.name}: the pool's inputs have shape {tuple(self.pool.shape[1:])}; expected "
                f"{domain.shape}"
            )
        others = self.pool[rng.integers(len(self.pool)).to(self.pool.device)].to(inputs)
        reach = per_item(amounts[:, 0].abs(), inputs) * self.mask.to(inputs)
        return inputs + reach * (others - inputs)


def _check_mask(name: str, mask: Tensor, domain: Domain) -> None:
    if tuple(mask.shape) != domain.shape:
        raise InputError(
            f"{name}: the region's mask has shape {tuple(mask.shape)}; expected {domain.shape}"
        )
