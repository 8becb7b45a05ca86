"""Changes of the library by name and range, as a person writes them down."""

from collections.abc import Callable, Mapping
from typing import Final

from preceptor.core import InputError
from preceptor.transforms import (
    Blur,
    Brightness,
    Contrast,
    Elastic,
    Gamma,
    Impulse,
    Noise,
    Rotate,
    Scale,
    Shear,
    Shift,
    Thickness,
    Tolerance,
    Transform,
)

DECLARABLE: Final[dict[str, Callable[[float], Transform]]] = {
    "shift": Shift,
    "rotate": Rotate,
    "scale": Scale,
    "shear": Shear,
    "brightness": Brightness,
    "contrast": Contrast,
    "gamma": Gamma,
    "blur": Blur,
    "thickness": Thickness,
    "noise": Noise,
    "impulse": Impulse,
    "elastic": Elastic,
    "tolerance": Tolerance,
}
"""Name to transformation by its range: a share, degrees, a factor, pixels, as its class says."""


def declared(ranges: Mapping[str, float | str | None]) -> tuple[Transform, ...]:
    """The transformations whose ranges are given; other entries are passed over.

    Raises:
        InputError: none is given.
    """
    found = tuple(
        make(float(ranges[kind] or 0.0))
        for kind, make in DECLARABLE.items()
        if ranges.get(kind) is not None
    )
    if not found:
        raise InputError(
            "no change is declared; give at least one of "
            + ", ".join(DECLARABLE)
            + " with its range, "
            "for example shift=0.1"
        )
    return found
