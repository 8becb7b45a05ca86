"""Transformations with a declared range: what attacks try, probes draw and lessons declare.

Each changes inputs by amounts in [-1, 1], so that whoever uses it can draw, search or follow
gradients over the amounts without knowing what they mean.
"""

from typing import Final

from preceptor.transforms.detail import Blur, Pixelate, Thickness
from preceptor.transforms.geometry import Rotate, Scale, Shear, Shift
from preceptor.transforms.region import Patch, Resample
from preceptor.transforms.scatter import Elastic, Impulse, Noise, Tolerance
from preceptor.transforms.tone import Brightness, Contrast, Gamma
from preceptor.transforms.transform import Transform

LIBRARY: Final[tuple[Transform, ...]] = (
    Shift(),
    Rotate(),
    Scale(),
    Shear(),
    Thickness(),
    Brightness(),
    Contrast(),
    Gamma(),
    Blur(),
    Pixelate(),
    Noise(),
    Impulse(),
    Elastic(),
    Tolerance(),
)
"""Those that need no region, each with its usual range, in a fixed order."""

__all__ = [
    "LIBRARY",
    "Blur",
    "Brightness",
    "Contrast",
    "Elastic",
    "Gamma",
    "Impulse",
    "Noise",
    "Patch",
    "Pixelate",
    "Resample",
    "Rotate",
    "Scale",
    "Shear",
    "Shift",
    "Thickness",
    "Tolerance",
    "Transform",
]
