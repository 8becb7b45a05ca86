"""Families of probes: held-out images under one transformation each, as strong accuracy on digits
is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Domain
from preceptor.lessons.invariances import changed
from preceptor.problems.problem import Probe
from preceptor.transforms import USES, Transform

SEEN: Final[tuple[Transform, ...]] = tuple(use.seen for use in USES if use.seen is not None)
HELD_OUT: Final[tuple[Transform, ...]] = tuple(
    use.held_out for use in USES if use.held_out is not None
)
"""Families of probes. Those held out are in no list that a tutor tells."""

FIVE: Final[tuple[Transform, ...]] = (*SEEN[:4], SEEN[5])
"""What the teachers of 28x28 digits do not mind, as far as it goes: shift, turn, slant, thickness,
noise."""

Finish = Callable[[Tensor, np.random.Generator], Tensor]
"""What is done to images ``[n, *shape]`` last, with draws of its own."""


@dataclass(frozen=True, eq=False)
class Family:
    """A law of probes: images drawn at random, and changed.

    Attributes:
        images: ``Float32[items, 1, height, width]``.
        transforms: in their order, with amounts uniform in their ranges.
        finish: what comes after it, if anything.
    """

    images: Float[Tensor, "items 1 height width"]
    transforms: tuple[Transform, ...] = ()
    finish: Finish | None = None

    def __call__(self, n: int, draws: np.random.Generator) -> Tensor:
        picked = self.images[torch.from_numpy(draws.integers(len(self.images), size=n))]
        picked = changed(picked, self.transforms, Domain(tuple(picked.shape[1:])), draws)
        return picked if self.finish is None else self.finish(picked, draws)


def laws(
    images: Float[Tensor, "items 1 height width"], finish: Finish | None = None
) -> dict[str, Probe]:
    """A family for each transformation, those that tutors tell and those held out from them."""
    return {
        f"{start}: {one.kind}": Family(images, (one,), finish)
        for start, families in (("seen", SEEN), ("held out", HELD_OUT))
        for one in families
    }
