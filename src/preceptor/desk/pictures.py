"""Inputs as people see them: pictures, pairs of pictures, or rows of features."""

import io
from typing import Any

import numpy as np
from PIL import Image

from preceptor.people import Settings


def png(values: np.ndarray, settings: Settings, part: int) -> bytes:
    """One picture of an input, pixel by pixel, as PNG.

    Args:
        values: ``Float32[*shape]`` of an image or a pair.
        settings: of the study; its bounds are black and white.
        part: 0, or 1 for the second picture of a pair.
    """
    low, high = (spread(bound, values.shape) for bound in (settings.low, settings.high))
    scaled = ((values - low) / (high - low)).clip(0, 1)
    one = scaled[part] if settings.is_pair else scaled
    pixels = np.round(one * 255).astype(np.uint8).transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()


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


def spread(bound: float | tuple[float, ...], shape: tuple[int, ...]) -> np.ndarray:
    """A bound as ``Float32[*shape]``: one number for all coordinates, or one for each."""
    if isinstance(bound, tuple):
        return np.asarray(bound, np.float32).reshape(shape)
    return np.full(shape, bound, np.float32)
