"""Transformations with a declared range: what attacks try, probes draw and lessons declare.

Each changes inputs by amounts in [-1, 1], so that whoever uses it can draw, search or follow
gradients over the amounts without knowing what they mean.
"""

from preceptor.transforms.cuts import Crop, Erase
from preceptor.transforms.detail import Blur, Pixelate, Thickness
from preceptor.transforms.geometry import Rotate, Scale, Shear, Shift
from preceptor.transforms.hypotheses import code_length, full_length, kinds, members
from preceptor.transforms.library import LIBRARY, USES, Slider, Steps, Use
from preceptor.transforms.random_swaps import CutMix, Window
from preceptor.transforms.region import Patch, Resample
from preceptor.transforms.scatter import Elastic, Impulse, Noise, Tolerance
from preceptor.transforms.swaps import (
    Border,
    Bottom,
    Centre,
    FixedSwap,
    GridCell,
    Left,
    Right,
    Swap,
    Top,
)
from preceptor.transforms.tone import Brightness, Contrast, Gamma
from preceptor.transforms.transform import RangedTransform, Transform

__all__ = [
    "LIBRARY",
    "USES",
    "Blur",
    "Border",
    "Bottom",
    "Brightness",
    "Centre",
    "Contrast",
    "Crop",
    "CutMix",
    "Elastic",
    "Erase",
    "FixedSwap",
    "Gamma",
    "GridCell",
    "Impulse",
    "Left",
    "Noise",
    "Patch",
    "Pixelate",
    "RangedTransform",
    "Resample",
    "Right",
    "Rotate",
    "Scale",
    "Shear",
    "Shift",
    "Slider",
    "Steps",
    "Swap",
    "Thickness",
    "Tolerance",
    "Top",
    "Transform",
    "Use",
    "Window",
    "code_length",
    "full_length",
    "kinds",
    "members",
]
