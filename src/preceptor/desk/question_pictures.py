"""Inputs as people see them: pictures, pairs of pictures, or rows of features."""

import math
from typing import Any

import numpy as np

from preceptor.core.shown_rows import MISSING, shown_row, written
from preceptor.people import Settings
from preceptor.people.lesson_pictures import png as png
from preceptor.people.lesson_pictures import spread as spread


def cells(values: np.ndarray, settings: Settings) -> list[dict[str, Any]]:
    """A row as people write it: its columns, each like one of :func:`features`.

    Of a table without coordinates of their own for gaps; words and gaps have no place in a range.
    """
    if not settings.table:
        return features(values, settings)
    described = settings.domain
    shown = []
    for cell, column in zip(shown_row(described, values), described["columns"], strict=True):
        ranged = column["kind"] in ("number", "whole") and cell.text != MISSING
        low, high = (column.get("low", 0.0), column.get("high", 1.0)) if ranged else (0.0, 1.0)
        value = float(values.ravel()[described["names"].index(cell.name)])
        place = min(max((value - low) / (high - low), 0), 1) if ranged else None
        ends = (written(low), written(high)) if ranged else ("", "")
        shown.append(
            {
                "name": cell.name,
                "value": cell.text,
                "low": ends[0],
                "high": ends[1],
                "place": None if place is None else round(place, 4),
            }
        )
    return shown


def features(values: np.ndarray, settings: Settings) -> list[dict[str, Any]]:
    """The features of a row: name, value, bounds, and where in between it lies, 0 to 1."""
    low, high = (spread(bound, values.shape).flatten() for bound in (settings.low, settings.high))
    names = settings.feature_names
    words = {}
    if settings.table:
        words = {cell.name: cell.text for cell in shown_row(settings.domain, values)}
    rows = zip(names, values.flatten(), low, high, strict=True)
    return [
        {
            "name": name,
            "value": words.get(name, plain(float(value))),
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
