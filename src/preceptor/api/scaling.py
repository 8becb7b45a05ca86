"""``--scale``: what a size of 1 means in each feature."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from preceptor.api.spill import extent
from preceptor.core import Domain, InputError

Scale = str | float | Sequence[float] | np.ndarray | Tensor
"""``"data"``, ``"inputs"``, numbers separated by commas, or numbers."""


def scaled(domain: Domain, scale: Scale | None, inputs: np.ndarray) -> Domain:
    """The domain with its sizes as ``--scale`` says.

    Args:
        domain: of the inputs.
        scale: as written; ``None`` leaves the domain as it is.
        inputs: ``[items, *shape]``, all that ``--data`` names.

    Raises:
        InputError: it cannot be read, or has a number of numbers that does not fit.
    """
    if scale is None:
        return domain
    if isinstance(scale, str) and scale == "inputs":
        return replace(domain, scale=1.0)
    if isinstance(scale, str) and scale == "data":
        low, high = domain.bounds()
        least, most, _ = extent(inputs)
        spans = torch.from_numpy(most.astype(np.float64) - least.astype(np.float64)).float()
        return replace(domain, scale=torch.where(spans > 0, spans, high - low))
    try:
        parts = scale.split(",") if isinstance(scale, str) else np.ravel(np.asarray(scale)).tolist()
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError) as error:
        raise InputError(
            f"--scale {scale!r}: write data, inputs, or one number for each feature, separated by "
            "commas, for example 10,5000,1"
        ) from error
    if len(numbers) == 1:
        return replace(domain, scale=numbers[0])
    if len(numbers) != torch.Size(domain.shape).numel():
        raise InputError(
            f"--scale names {len(numbers)} numbers; an input has shape {domain.shape}, so give "
            f"{torch.Size(domain.shape).numel()}, or one for all"
        )
    return replace(domain, scale=torch.tensor(numbers).reshape(domain.shape))
