"""Transformations with a declared range: what attacks try, probes draw and lessons declare.

Each changes inputs by amounts in [-1, 1], so that whoever uses it can draw, search or follow
gradients over the amounts without knowing what they mean.
"""

from preceptor.transforms.detail import Blur, Pixelate, Thickness
from preceptor.transforms.geometry import Rotate, Scale, Shear, Shift
from preceptor.transforms.library import LIBRARY, USES, Slider, Use
from preceptor.transforms.region import Patch, Resample
from preceptor.transforms.scatter import Elastic, Impulse, Noise, Tolerance
from preceptor.transforms.tone import Brightness, Contrast, Gamma
from preceptor.transforms.transform import RangedTransform, Transform

__all__ = [
    "LIBRARY",
    "USES",
    "Blur",
    "Brightness",
    "Contrast",
    "Elastic",
    "Gamma",
    "Impulse",
    "Noise",
    "Patch",
    "Pixelate",
    "RangedTransform",
    "Resample",
    "Rotate",
    "Scale",
    "Shear",
    "Shift",
    "Slider",
    "Thickness",
    "Tolerance",
    "Transform",
    "Use",
]
