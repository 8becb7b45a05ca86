"""Probes that move or redraw an item: transformations at amounts drawn over their whole range."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from preceptor.core import Domain
from preceptor.probes.unit import Unit
from preceptor.transforms import (
    Blur,
    Elastic,
    Rotate,
    Scale,
    Shear,
    Shift,
    Thickness,
    Transform,
)

Probes = Float[Tensor, "batch *shape"]


def moved(*steps: Transform) -> Callable[[Unit], Tensor]:
    """The maker of a family: an item after these transformations, in this order."""

    def make(unit: Unit) -> Tensor:
        made, domain = unit.items(), Domain(unit.shape)
        for step in steps:
            amounts = unit.rng.uniform((step.dims,), -1.0, 1.0)
            made = step(made, amounts, domain=domain, rng=unit.rng)
        return made

    return make


affine = moved(Scale(1.25), Shear(15.0), Rotate(20.0), Shift(0.1))
thickness = moved(Thickness(1.0))
elastic = moved(Elastic(0.05))
blur = moved(Blur(2.0))
