"""Inputs as people see them: pictures, pairs of pictures, or rows of features."""

import math
from typing import Any

import numpy as np

from preceptor.people import Settings
from preceptor.people.lesson_pictures import png as png
from preceptor.people.lesson_pictures import spread as spread


def features(values: np.ndarray, settings: Settings) -> list[dict[str, Any]]:
    """The features of a row: name, value, bounds, and where in between it lies, 0 to 1."""
    low, high = (spread(bound, values.shape).flatten() for bound in (settings.low, settings.high))
    names = settings.names or tuple(f"feature {i + 1}" for i in range(values.size))
    rows = zip(names, values.flatten(), low, high, strict=True)
    return [
        {
            "name": name,
            "value": plain(float(value)),
            "low": plain(float(least)),
            "high": plain(float(most)),
            "place": round(float(min(max((value - least) / (most - least), 0), 1)), 4),
        }
        for name, value, least, most in rows
    ]


def plain(value: float) -> str:
    """A number as people read it: whole ones whole, others with four digits, none with an exponent
    between 0.0001 and a billion.
    """
    if not 1e-4 <= abs(value) < 1e9:
        return f"{value:.4g}"
    if value == round(value):
        return f"{value:,.0f}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
