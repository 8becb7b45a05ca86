"""The changes that people can declare to leave their answer alone, and how far each may go."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import Domain, InputError
from preceptor.people.settings import Settings
from preceptor.transforms import USES, Resample, Slider, Transform


@dataclass(frozen=True)
class DeclaredChange(Slider):
    """A change with a range.

    Attributes:
        make: the transformation by its range; ``None`` for a region, which has no range.
        images_only: whether it makes sense for images alone.
    """

    make: Callable[[float], Transform] | None = None
    images_only: bool = True


CHANGES: Final[dict[str, DeclaredChange]] = {
    **{
        use.kind: DeclaredChange(**asdict(use.desk), make=use.of, images_only=use.usual.images_only)
        for use in USES
        if use.desk is not None
    },
    "region": DeclaredChange("A region", "", 1, 1, 1, 1, images_only=False),
}
"""By the word that stands in what is taught. ``region``: what it holds, the drawn part of an image
or some features of a row, may be that of any other input.
"""


def domain_of(settings: Settings) -> Domain:
    """The domain of a study's inputs."""
    low, high = (
        torch.tensor(bound).reshape(settings.shape) if isinstance(bound, tuple) else bound
        for bound in (settings.low, settings.high)
    )
    return Domain(settings.shape, low, high, names=settings.names)


def choices(settings: Settings) -> dict[str, DeclaredChange]:
    """The changes that fit a study's inputs, with ranges that fit their size."""
    if settings.is_pair or settings.is_text:
        return {}
    found = {}
    for kind, change in CHANGES.items():
        if change.images_only and not settings.is_image:
            continue
        if kind == "border":
            widest = (min(settings.shape[1:]) - 1) // 2
            if widest < 1:
                continue
            found[kind] = replace(change, most=float(min(widest, change.most)))
        else:
            found[kind] = change
    return found


def need_range(settings: Settings, kind: str, amount: float) -> DeclaredChange:
    """The change of this kind, if a study's inputs can have it in this range.

    Raises:
        InputError: they cannot.
    """
    there = choices(settings)
    if kind not in there:
        raise InputError(f"no change {kind!r} of such inputs; there are: {', '.join(there) or '-'}")
    change = there[kind]
    if not change.least - 1e-9 <= amount <= change.most + 1e-9:
        raise InputError(
            f"{kind}: a range of {change.least:g} to {change.most:g} {change.unit} can be declared; "
            f"got {amount:g}"
        )
    return change


def transform_of(
    settings: Settings, kind: str, amount: float, region: np.ndarray | None, pool: Tensor
) -> Transform:
    """The transformation that a declaration means.

    Args:
        settings: of the study.
        kind: of the change.
        amount: its range.
        region: ``Bool[*shape]`` or, for images, ``Bool[height, width]``; for a region only.
        pool: ``Float[pool, *shape]``, whose regions may stand in each other's place.

    Raises:
        InputError: the change does not fit the study, or a region is missing.
    """
    change = need_range(settings, kind, amount)
    if change.make is not None:
        return change.make(amount)
    if region is None:
        raise InputError("region: which one is not said")
    return Resample(spread(region, settings), pool)


def spread(mask: np.ndarray, settings: Settings) -> Tensor:
    """A mask of an image's pixels, or of a row's features, as ``Bool[*shape]``."""
    made = torch.from_numpy(np.array(mask, bool)).expand(settings.shape)
    return made.clone()
