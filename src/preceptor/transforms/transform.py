"""What every transformation of the library is, and what its name says."""

from abc import ABC, abstractmethod
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng


@runtime_checkable
class Transform(Protocol):
    """Changes inputs by amounts between -1 and 1, within a range declared beforehand.

    Attributes:
        name: ``kind`` and the range, such as ``rotate degrees=30``.
        kind: what it does, the same for every range.
        dims: how many amounts say how an input is changed.
        images_only: whether it makes sense for images alone.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def dims(self) -> int: ...
    @property
    def images_only(self) -> bool: ...

    def __call__(
        self,
        inputs: Float[Tensor, "batch *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        """Changed inputs, valid in the domain, on the device of ``inputs``.

        Args:
            inputs: valid inputs.
            amounts: in [-1, 1]; all 0 leaves an input as it is, -1 and 1 are the ends of the
                declared range. Where both directions are the same, only the size counts.
            domain: of the inputs.
            rng: for those that draw at random: one stream for each input.

        Raises:
            InputError: the transformation does not fit the domain, or the amounts are not of
                shape ``[batch, dims]``.
        """
        ...


class RangedTransform(ABC):
    """A transformation of the library: a dataclass whose plain fields are the declared range.

    Each says its kind, whether it is for images alone, and how it changes inputs; what all keep is
    kept here.
    """

    kind: ClassVar[str]
    dims: ClassVar[int] = 1
    images_only: ClassVar[bool]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def name(self) -> str:
        """``kind`` and every plain field with its value."""
        parts = [self.kind]
        for option in fields(self):
            value = getattr(self, option.name)
            if not isinstance(value, Tensor):
                parts.append(f"{option.name}={value:g}" if value is not None else option.name)
        return " ".join(parts)

    def __call__(
        self,
        inputs: Float[Tensor, "batch *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        amounts = check(self, inputs, amounts, domain)
        return finish(self.change(inputs, amounts, domain, rng), inputs, amounts, domain)

    @abstractmethod
    def change(self, inputs: Tensor, amounts: Tensor, domain: Domain, rng: ItemRng) -> Tensor:
        """``Float[batch, *shape]``: the changed inputs, which need not be valid.

        Args:
            inputs: ``Float[batch, *shape]``, of the domain.
            amounts: ``Float[batch, dims]``, of the inputs' type; those of 0 have no effect.
            domain: of the inputs.
            rng: a stream for each input.
        """
        ...


def check(transform: Transform, inputs: Tensor, amounts: Tensor, domain: Domain) -> Tensor:
    """The amounts with the inputs' type and device, once all four are seen to fit together.

    Raises:
        InputError: they do not.
    """
    if tuple(inputs.shape[1:]) != domain.shape:
        raise InputError(
            f"{transform.name}: inputs of shape {tuple(inputs.shape[1:])} in a domain of shape "
            f"{domain.shape}"
        )
    if transform.images_only and not domain.is_image:
        raise InputError(
            f"{transform.name} changes images, and inputs of shape {domain.shape} are none; "
            "expected (channels, height, width) with 1, 3 or 4 channels"
        )
    if tuple(amounts.shape) != (len(inputs), transform.dims):
        raise InputError(
            f"{transform.name} takes amounts of shape ({len(inputs)}, {transform.dims}); got "
            f"{tuple(amounts.shape)}"
        )
    return amounts.to(inputs)


def finish(moved: Tensor, clean: Tensor, amounts: Tensor, domain: Domain) -> Tensor:
    """Valid inputs, and exactly the clean ones where every amount is 0."""
    still = (amounts == 0).all(1).to(clean.device)
    moved = domain.project(moved, clean)
    return moved.where(~per_item(still, clean), clean)


def per_item(values: Tensor, like: Tensor) -> Tensor:
    """``[batch]`` as ``[batch, 1, ...]`` with as many axes as ``like``."""
    return values.reshape(len(values), *[1] * (like.ndim - 1))


def ranges(domain: Domain, like: Tensor) -> tuple[Tensor, Tensor]:
    """The domain's low bound and its width, ``Float[*shape]`` on the device of ``like``."""
    low, high = (bound.to(like) for bound in domain.bounds())
    return low, high - low


def slack(domain: Domain, like: Tensor) -> Tensor:
    """``Float[*shape]``: how far noise may go: a coordinate's width; 0 where no small change exists."""
    width = ranges(domain, like)[1]
    return width if domain.still is None else width.masked_fill(domain.still.to(width.device), 0.0)
