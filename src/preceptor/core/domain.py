"""The domain: which inputs exist at all."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from preceptor.core.errors import InputError

Bound = float | Tensor


@dataclass(frozen=True, eq=False)
class Domain:
    """Shape and bounds of the inputs, and what else makes one valid.

    Attributes:
        shape: of one input, without the batch: ``(channels, height, width)`` is an image,
            ``(features,)`` a vector.
        low: least value, a number or a tensor that broadcasts to ``shape``.
        high: greatest value, likewise.
        fixed: ``Bool[*shape]``, true where an attack may change nothing; ``None`` for nowhere.
        whole: ``Bool[*shape]``, true where only whole numbers are valid; ``None`` for nowhere.
        names: the features' names, for vectors; may be empty.

    Raises:
        InputError: bounds that are not finite, or low >= high somewhere, or shapes that clash.
    """

    shape: tuple[int, ...]
    low: Bound = 0.0
    high: Bound = 1.0
    fixed: Tensor | None = None
    whole: Tensor | None = None
    names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        low, high = self.bounds()
        if not bool(torch.isfinite(low).all() and torch.isfinite(high).all()):
            raise InputError(
                "the domain's bounds must be finite; got infinities or NaN. Give the range in "
                "which inputs make sense, for example the least and greatest value seen."
            )
        if bool((low >= high).any()):
            raise InputError(
                f"the domain's low must be below its high; got {self.low}, {self.high}"
            )
        for name in ("fixed", "whole"):
            mask: Tensor | None = getattr(self, name)
            if mask is not None and (mask.dtype != torch.bool or tuple(mask.shape) != self.shape):
                raise InputError(
                    f"the domain's {name!r} must be a boolean tensor of shape {self.shape}; "
                    f"got {mask.dtype} of shape {tuple(mask.shape)}"
                )
        low, high = self._ends(low, high)
        if bool((low > high).any()):
            raise InputError(
                "the domain has a whole feature with no whole number between its bounds; widen them"
            )
        if self.names and len(self.names) != math.prod(self.shape):
            raise InputError(f"{len(self.names)} feature names for inputs of shape {self.shape}")

    @property
    def is_image(self) -> bool:
        """Whether an input has channels, height and width, with 1, 3 or 4 channels."""
        return len(self.shape) == 3 and self.shape[0] in (1, 3, 4)

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Low and high as float32 tensors of shape ``[*shape]``, on the CPU."""
        try:
            low = torch.as_tensor(self.low, dtype=torch.float32).expand(self.shape)
            high = torch.as_tensor(self.high, dtype=torch.float32).expand(self.shape)
        except RuntimeError as error:
            raise InputError(
                f"the domain's bounds do not fit shape {self.shape}: {error}"
            ) from error
        return low, high

    def _ends(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """The least and greatest valid values: whole numbers where only these are valid."""
        if self.whole is None:
            return low, high
        return torch.where(self.whole, low.ceil(), low), torch.where(self.whole, high.floor(), high)

    @property
    def width(self) -> float:
        """The widest range of any coordinate."""
        low, high = self.bounds()
        return float((high - low).max())

    def project(self, moved: Tensor, clean: Tensor) -> Tensor:
        """The nearest valid inputs to ``moved``, both ``Float[batch, *shape]``.

        Bounds are clamped, whole features rounded, fixed features taken from ``clean``, and what
        is not finite becomes the clean value. Differentiable wherever nothing was rounded.
        """
        low, high = (bound.to(moved) for bound in self._ends(*self.bounds()))
        valid = torch.where(torch.isfinite(moved), moved, clean).clamp(low, high)
        if self.whole is not None:
            valid = torch.where(self.whole.to(moved.device), valid.round(), valid)
        if self.fixed is not None:
            valid = torch.where(self.fixed.to(moved.device), clean, valid)
        return valid

    def outside(self, inputs: Tensor, tolerance: float = 1e-6) -> Tensor:
        """``Bool[batch]``: which inputs are not finite or leave the bounds by more than
        ``tolerance`` times the width.
        """
        low, high = (bound.to(inputs) for bound in self.bounds())
        slack = tolerance * (high - low)
        inside = torch.isfinite(inputs) & (inputs >= low - slack) & (inputs <= high + slack)
        return ~inside.flatten(1).all(1)

    def describe(self) -> dict[str, Any]:
        """Plain data for a record."""
        low, high = self.bounds()
        constant = bool((low == low.flatten()[0]).all() and (high == high.flatten()[0]).all())
        return {
            "shape": list(self.shape),
            "low": float(low.flatten()[0]) if constant else low.flatten().tolist(),
            "high": float(high.flatten()[0]) if constant else high.flatten().tolist(),
            "fixed": None if self.fixed is None else self.fixed.flatten().nonzero()[:, 0].tolist(),
            "whole": None if self.whole is None else self.whole.flatten().nonzero()[:, 0].tolist(),
            "names": list(self.names),
        }
