"""The domain: which inputs exist at all."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

import torch
from torch import Tensor

from preceptor.core.errors import InputError

Bound = float | Tensor

UNEQUAL: Final = 1.001
"""From this ratio on, the widest range and the narrowest count as unequal."""

ROUNDED: Final = 1e-6
"""How far off, as a share of it, a bound may be and still be a multiple of a spacing."""


def feature_name(place: int, shape: tuple[int, ...]) -> str:
    """What a coordinate without a name is called, counted over the flattened shape, from 0."""
    if len(shape) < 2:
        return f"feature {place}"
    sides = torch.unravel_index(torch.tensor(place), shape)
    return f"feature {', '.join(str(int(side)) for side in sides)}"


def one_zero(moved: Tensor, clean: Tensor) -> Tensor:
    """The same values, with the clean one's zero where both are zero, and no other negative zero.

    -0.0 is 0.0 to everybody, but has other bytes, so that the same input would be asked about twice.
    """
    signed = (moved == 0) & (clean == 0) & (moved.signbit() | clean.signbit())
    return torch.where(signed, clean, moved + 0.0)


def inward(moved: Tensor, clean: Tensor, steps: Tensor | None) -> Tensor:
    """Values a whole number of steps from ``clean``, rounded towards it; 0 steps as they are."""
    if steps is None:
        return moved
    gap = torch.where(steps > 0, steps, 1.0)
    count = (moved - clean) / gap
    slack = torch.where(gap == 1, 0.0, ROUNDED) * count.abs()  # 3 steps may read 2.9999999
    there = clean + gap * (count + slack * count.sign()).trunc()
    return torch.where(steps > 0, there, moved)


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
        scale: what a size (an attack's eps, a distance) of 1 means in each coordinate, a number or
            a tensor that broadcasts to ``shape``: 1.0 for the inputs' own units. ``None`` for
            these units in images and where all coordinates span the same range, and for each
            coordinate's own range elsewhere, so that one size suits an age and an income.
        spacing: how far apart valid values of a whole feature lie, a number or a tensor, counted
            from 0: 1 for whole numbers.

    Raises:
        InputError: bounds that are not finite, or low >= high somewhere, a scale or spacing that
            is not above 0, or shapes that clash.
    """

    shape: tuple[int, ...]
    low: Bound = 0.0
    high: Bound = 1.0
    fixed: Tensor | None = None
    whole: Tensor | None = None
    names: tuple[str, ...] = field(default=())
    scale: Bound | None = None
    spacing: Bound = 1.0

    measures: ClassVar[tuple[str, ...]] = ("l0", "l1", "l2", "linf")
    """What :meth:`distances` gives, in its order; the first is 0 exactly where nothing changed."""

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
        low, high = self.ends()
        if bool((low > high).any()):
            raise InputError(
                "the domain has a whole feature with no whole number between its bounds; widen them"
            )
        for name, given in (("scale", self.scale), ("spacing", self.spacing)):
            if given is None:
                continue
            values = self._spread(given, name)
            if not bool((torch.isfinite(values) & (values > 0)).all()):
                raise InputError(f"the domain's {name} must be finite and above 0; got {given}")
        if self.names and len(self.names) != math.prod(self.shape):
            raise InputError(f"{len(self.names)} feature names for inputs of shape {self.shape}")

    @property
    def is_image(self) -> bool:
        """Whether an input has channels, height and width, with 1, 3 or 4 channels."""
        return len(self.shape) == 3 and self.shape[0] in (1, 3, 4)

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Low and high as float32 tensors of shape ``[*shape]``, on the CPU."""
        return self._spread(self.low, "bounds"), self._spread(self.high, "bounds")

    def _spread(self, given: Bound, name: str) -> Tensor:
        try:
            return torch.as_tensor(given, dtype=torch.float32).expand(self.shape)
        except RuntimeError as error:
            raise InputError(
                f"the domain's {name} do not fit shape {self.shape}: {error}"
            ) from error

    def ends(self) -> tuple[Tensor, Tensor]:
        """The least and greatest valid values: whole numbers where only these are valid."""
        low, high = self.bounds()
        if self.whole is None:
            return low, high
        gap = self._spread(self.spacing, "spacing")
        first, last = low / gap, high / gap
        slack = torch.where(gap == 1, 0.0, ROUNDED)  # such a gap is seldom a number of float32
        up, down = (first - slack * first.abs()).ceil(), (last + slack * last.abs()).floor()
        return torch.where(self.whole, up * gap, low), torch.where(self.whole, down * gap, high)

    @property
    def width(self) -> float:
        """The widest range of any coordinate, as a size."""
        return float(self._ranges().max())

    @property
    def narrowest(self) -> float:
        """The narrowest range of any coordinate that is not fixed, as a size."""
        ranges = self._ranges()
        if self.fixed is not None and not bool(self.fixed.all()):
            ranges = ranges[~self.fixed]
        return float(ranges.min())

    def _ranges(self) -> Tensor:
        low, high = self.bounds()
        return high - low if self.plain else (high - low) / self.unit

    @property
    def unit(self) -> Tensor:
        """``Float[*shape]``: what a size of 1 means in each coordinate; see ``scale``."""
        if self.scale is not None:
            return self._spread(self.scale, "scale")
        low, high = self.bounds()
        ranges = high - low
        if self.is_image or float(ranges.max()) <= UNEQUAL * float(ranges.min()):
            return torch.ones(()).expand(self.shape)
        return ranges

    @property
    def plain(self) -> bool:
        """Whether sizes are in the units of the inputs, in every coordinate."""
        return bool((self.unit == 1).all())

    @property
    def sizes(self) -> str:
        """What sizes are, in words: ``eps`` and distances are ..."""
        if self.plain:
            return "in the units of the inputs"
        low, high = self.bounds()
        if torch.allclose(self.unit, high - low):
            return "shares of each feature's range"
        return "in units of the given scale, feature by feature"

    @property
    def steps(self) -> Tensor | None:
        """``Float[*shape]``: the spacing of whole features, 0 elsewhere; ``None`` without any."""
        if self.whole is None:
            return None
        return torch.where(self.whole, self._spread(self.spacing, "spacing"), 0.0)

    def measured(self, inputs: Tensor) -> Tensor:
        """Inputs or differences ``Float[batch, *shape]``, each coordinate counted in its unit.

        Distances between such values are sizes. The very same values where sizes are plain.
        """
        return inputs if self.plain else inputs / self.unit.to(inputs)

    def counted(self) -> "Domain":
        """The same inputs, counted from the low bound in each coordinate's unit.

        A size there is plain. What is a whole number here is a multiple of its spacing there.
        """
        low, high = self.ends()
        spacing = self._spread(self.spacing, "spacing") / self.unit
        reach = (high - low) / self.unit
        if self.whole is not None:  # at least one step, else the bounds would be one
            reach = torch.where(self.whole & (reach == 0), spacing / 2, reach)
        return replace(self, low=0.0, high=reach, scale=1.0, spacing=spacing)

    def differences(self, moved: Tensor, clean: Tensor) -> Tensor:
        """``Float64[batch, values]``: how far each coordinate moved, as a size, with its sign."""
        return self.measured((moved - clean).double())

    @property
    def still(self) -> Tensor | None:
        """``Bool[*shape]``, true where no small change exists, so that a ball holds none: what
        stands for a word, or says that something is missing. ``None`` for nowhere.
        """
        return None

    def between(self, start: Tensor, end: Tensor, share: Tensor) -> Tensor:
        """Points on the way from ``start`` to ``end``, ``Float[batch, *shape]`` each.

        Args:
            start: valid inputs.
            end: valid inputs.
            share: ``Float[batch]`` of the way, 0 to 1.
        """
        return start + share.reshape(-1, *[1] * (start.ndim - 1)) * (end - start)

    def mend(self, moved: Tensor, clean: Tensor) -> Tensor:
        """What no bound says, mended by going back towards ``clean``, never away from it.

        So what lies in a ball around ``clean`` stays there. Nothing to mend in a box.
        """
        del clean
        return moved

    def feature(self, place: int) -> str:
        """What a coordinate is called, counted over the flattened shape: ``income``, or
        ``feature 3``.
        """
        return self.names[place] if self.names else feature_name(place, self.shape)

    def cells(self) -> list[tuple[str, tuple[int, ...]]]:
        """What can be changed by itself: a name and its coordinates, over the flattened shape."""
        return [(self.feature(i), (i,)) for i in range(math.prod(self.shape))]

    def project(self, moved: Tensor, clean: Tensor) -> Tensor:
        """The nearest valid inputs to ``moved``, both ``Float[batch, *shape]``.

        Bounds are clamped, whole features rounded, fixed features taken from ``clean``, and what
        is not finite becomes the clean value. Differentiable wherever nothing was rounded.
        """
        low, high = (bound.to(moved) for bound in self.ends())
        valid = torch.where(torch.isfinite(moved), moved, clean).clamp(low, high)
        if self.whole is not None:
            gap = self._spread(self.spacing, "spacing").to(valid)
            count = (valid / gap).round()
            # a gap that is no number of float32 would make other bytes of what did not move
            kept = torch.where(count == (clean / gap).round(), clean, count * gap)
            kept = torch.where(gap == 1, count, kept)
            valid = torch.where(self.whole.to(moved.device), kept, valid)
        if self.fixed is not None:
            valid = torch.where(self.fixed.to(moved.device), clean, valid)
        return one_zero(valid, clean)

    def outside(self, inputs: Tensor, tolerance: float = 1e-6) -> Tensor:
        """``Bool[batch]``: which inputs are not finite or leave the bounds by more than
        ``tolerance`` times the width.
        """
        low, high = (bound.to(inputs) for bound in self.bounds())
        slack = tolerance * (high - low)
        inside = torch.isfinite(inputs) & (inputs >= low - slack) & (inputs <= high + slack)
        return ~inside.flatten(1).all(1)

    def distances(self, moved: Tensor, clean: Tensor) -> Tensor:
        """``Float32[batch, 4]``: l_0, l_1, l_2 and l_inf between pairs ``Float[batch, *shape]``.

        As sizes. l_0 counts coordinates that differ at all, each channel of a pixel for itself.
        """
        delta = self.differences(moved, clean).flatten(1)
        return torch.stack(
            [
                (delta != 0).sum(1).double(),
                delta.abs().sum(1),
                delta.norm(dim=1),
                delta.abs().amax(1),
            ],
            dim=1,
        ).float()

    def describe(self) -> dict[str, Any]:
        """Plain data for a record; ``scale`` and ``sizes`` only where sizes are not plain."""
        low, high = self.bounds()
        spacing = self._spread(self.spacing, "spacing")
        constant = bool((low == low.flatten()[0]).all() and (high == high.flatten()[0]).all())
        return {
            "shape": list(self.shape),
            "low": float(low.flatten()[0]) if constant else low.flatten().tolist(),
            "high": float(high.flatten()[0]) if constant else high.flatten().tolist(),
            "fixed": None if self.fixed is None else self.fixed.flatten().nonzero()[:, 0].tolist(),
            "whole": None if self.whole is None else self.whole.flatten().nonzero()[:, 0].tolist(),
            "names": list(self.names),
            **({} if self.plain else {"scale": self.unit.flatten().tolist(), "sizes": self.sizes}),
            **({} if bool((spacing == 1).all()) else {"spacing": spacing.flatten().tolist()}),
        }
