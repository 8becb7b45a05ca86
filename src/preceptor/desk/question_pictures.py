"""Inputs as people see them: pictures, pairs of pictures, or rows of features."""

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
            "value": f"{value:.4g}",
            "low": f"{least:.4g}",
            "high": f"{most:.4g}",
            "place": round(float(min(max((value - least) / (most - least), 0), 1)), 4),
        }
        for name, value, least, most in rows
    ]
