"""The bounds of valid inputs: as given, or found out from the data."""

from collections.abc import Sequence

import numpy as np
import torch

from preceptor.api.spill import extent, not_finite
from preceptor.core import Domain, InputError, TextDomain

Bounds = str | Sequence[object] | Domain | TextDomain
"""``"LOW,HIGH"``, a pair of numbers or tensors, or a whole domain."""


def domain_of_arrays(
    inputs: np.ndarray, names: tuple[str, ...], bounds: Bounds | None, what: str
) -> Domain:
    """Bounds as given; else 0 to 1, or 0 to 255 for whole pixels, or each feature's own range."""
    shape = tuple(inputs.shape[1:])
    if isinstance(bounds, Domain):
        return bounds
    if bounds is not None:
        first, last = ends_of(bounds)
        return Domain(shape, first, last, names=names)
    floor, ceiling, finite = extent(inputs)
    if not finite:
        raise InputError(not_finite(inputs, what))
    low, high = float(floor.min()), float(ceiling.max())
    if low >= 0 and high <= 1:
        return Domain(shape, names=names)
    if len(shape) == 1:
        least, most = (torch.tensor(end).float() for end in (floor, ceiling))
        most = torch.where(most > least, most, least + 1)
        return Domain(shape, least, most, names=names)
    if low >= 0 and 1 < high <= 255 and inputs.dtype.kind in "iu":
        return Domain(shape, 0.0, 255.0, names=names)
    raise InputError(
        f"{what} holds values from {low:.4g} to {high:.4g}, and it is not plain what the bounds of "
        "valid inputs are. If they are normalised (mean and standard deviation), give plain inputs, "
        "and the normalisation beside the student: --normalise MEAN:STD; in Python, "
        "normalise=(mean, std). An eps would mean another size than it says. Otherwise give --bounds "
        "LOW,HIGH."
    )


def ends_of(bounds: object) -> tuple[torch.Tensor, torch.Tensor] | tuple[float, float]:
    """Low and high: numbers, or a tensor each."""
    parts = bounds.split(",") if isinstance(bounds, str) else bounds
    wrong = InputError(f"--bounds {bounds!r}: write LOW,HIGH, for example 0,1")
    if not isinstance(parts, Sequence) or len(parts) != 2:
        raise wrong
    try:
        if all(np.ndim(part) == 0 for part in parts):
            return float(parts[0]), float(parts[1])
        return torch.as_tensor(parts[0]).float(), torch.as_tensor(parts[1]).float()
    except (TypeError, ValueError, RuntimeError) as error:
        raise wrong from error
