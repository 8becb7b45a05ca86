"""Places of an image whose content may be that of another image: the regions of the library."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng

GRID: Final = 5
"""Cells along each side of an image; the same grid as that of an explanation's map."""


class Swap(ABC):
    """A region of an image becomes that of another image, where the amount is not 0.

    What the region holds then no longer goes with the rest. Each kind is a frozen dataclass whose
    first field is its size.
    """

    kind: ClassVar[str]
    dims: ClassVar[int] = 1
    images_only: ClassVar[bool] = True
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """Kind and size."""
        sizes = (f"{one.name}={getattr(self, one.name):g}" for one in fields(self))
        return " ".join([self.kind, *sizes])

    @classmethod
    def largest(cls, height: int, width: int) -> float:
        """The greatest size at which an image keeps something of its own."""
        return min(height, width) - 1

    @abstractmethod
    def drawn(self, domain: Domain, rng: ItemRng) -> Bool[Tensor, "batch *shape"]:
        """The region of each image: one for each stream, or a single one for all.

        Raises:
            InputError: no images, or nothing would be left of them.
        """
        ...

    def __call__(
        self,
        inputs: Float[Tensor, "batch *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        """With the regions of other images of the batch."""
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
        """The same with the regions of given images, one of which is drawn for each."""
        if not domain.is_image:
            raise InputError(f"{self.name} changes images; got inputs of shape {domain.shape}")
        if len(inputs) == 0:
            return inputs
        found = others[rng.integers(len(others)).to(others.device)].to(inputs.device)
        return self.onto(inputs, found, amounts, domain=domain, rng=rng)

    def onto(
        self,
        inputs: Float[Tensor, "batch *shape"],
        donors: Float[Tensor, "batch *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        """The same with the region of one given image for each."""
        region = self.drawn(domain, rng).to(inputs.device)
        moved = (amounts.to(inputs) != 0).reshape(-1, *[1] * (inputs.ndim - 1))
        return torch.where(region & moved, donors, inputs)


class FixedSwap(Swap):
    """A swap of the same region in every image."""

    def drawn(self, domain: Domain, rng: ItemRng) -> Bool[Tensor, "one *shape"]:
        return self.region(domain)[None]

    def region(self, domain: Domain) -> Bool[Tensor, "*shape"]:
        """True in the region.

        Raises:
            InputError: no images, or nothing would be left of them.
        """
        size = float(getattr(self, fields(self)[0].name))
        if not domain.is_image or not 1 <= size <= self.largest(*domain.shape[1:]):
            raise InputError(
                f"{self.name} needs images of which it leaves something; got inputs of shape "
                f"{domain.shape}"
            )
        mask = torch.zeros(domain.shape, dtype=torch.bool)
        self.mark(mask)
        return mask

    @abstractmethod
    def mark(self, mask: Bool[Tensor, "channels height width"]) -> None:
        """Set the region to true, in place."""
        ...


def _at_least_one(swap: Swap, size: float) -> None:
    if size < 1:
        raise InputError(f"{swap.kind}: expected at least 1; got {size}")


@dataclass(frozen=True)
class Border(FixedSwap):
    """The outer pixels.

    Attributes:
        width: of the border in pixels, at least 1.

    Raises:
        InputError: no width.
    """

    width: int = 4

    kind: ClassVar[str] = "border"

    def __post_init__(self) -> None:
        _at_least_one(self, self.width)

    @classmethod
    def largest(cls, height: int, width: int) -> float:
        """Less than half of the smaller side."""
        return (min(height, width) - 1) // 2

    def mark(self, mask: Tensor) -> None:
        mask[:] = True
        mask[:, self.width : -self.width, self.width : -self.width] = False


@dataclass(frozen=True)
class Centre(FixedSwap):
    """The square in the middle.

    Attributes:
        side: of the square in pixels, at least 1; one more to the left and above where it cannot
            lie in the middle.

    Raises:
        InputError: no side.
    """

    side: int = 8

    kind: ClassVar[str] = "centre"

    def __post_init__(self) -> None:
        _at_least_one(self, self.side)

    def mark(self, mask: Tensor) -> None:
        top, left = ((size - self.side) // 2 for size in mask.shape[1:])
        mask[:, top : top + self.side, left : left + self.side] = True


@dataclass(frozen=True)
class Top(FixedSwap):
    """The uppermost rows; half of the image is one of its sizes.

    Attributes:
        rows: at least 1.

    Raises:
        InputError: no rows.
    """

    rows: int = 4

    kind: ClassVar[str] = "top"

    def __post_init__(self) -> None:
        _at_least_one(self, self.rows)

    @classmethod
    def largest(cls, height: int, width: int) -> float:  # noqa: ARG003
        """All rows but one."""
        return height - 1

    def mark(self, mask: Tensor) -> None:
        mask[:, : self.rows] = True


@dataclass(frozen=True)
class Bottom(Top):
    """The lowest rows, as :class:`Top`."""

    kind: ClassVar[str] = "bottom"

    def mark(self, mask: Tensor) -> None:
        mask[:, -self.rows :] = True


@dataclass(frozen=True)
class Left(FixedSwap):
    """The leftmost columns; half of the image is one of its sizes.

    Attributes:
        columns: at least 1.

    Raises:
        InputError: no columns.
    """

    columns: int = 4

    kind: ClassVar[str] = "left"

    def __post_init__(self) -> None:
        _at_least_one(self, self.columns)

    @classmethod
    def largest(cls, height: int, width: int) -> float:  # noqa: ARG003
        """All columns but one."""
        return width - 1

    def mark(self, mask: Tensor) -> None:
        mask[:, :, : self.columns] = True


@dataclass(frozen=True)
class Right(Left):
    """The rightmost columns, as :class:`Left`."""

    kind: ClassVar[str] = "right"

    def mark(self, mask: Tensor) -> None:
        mask[:, :, -self.columns :] = True


@dataclass(frozen=True)
class GridCell(FixedSwap):
    """One cell of a grid of five by five, or of as many as leave a cell two pixels wide.

    Attributes:
        number: from 1, row by row from the top left.

    Raises:
        InputError: no number.
    """

    number: int = 1

    kind: ClassVar[str] = "cell"

    def __post_init__(self) -> None:
        _at_least_one(self, self.number)

    @classmethod
    def largest(cls, height: int, width: int) -> float:
        """How many cells there are."""
        return _cells(height) * _cells(width)

    def mark(self, mask: Tensor) -> None:
        height, width = mask.shape[1:]
        row, column = divmod(self.number - 1, _cells(width))
        top, bottom = (round(height * i / _cells(height)) for i in (row, row + 1))
        left, right = (round(width * i / _cells(width)) for i in (column, column + 1))
        mask[:, top:bottom, left:right] = True


def _cells(side: int) -> int:
    return max(1, min(GRID, side // 2))
