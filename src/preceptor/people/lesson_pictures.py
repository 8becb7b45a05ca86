"""Inputs as pictures."""

import io

import numpy as np
from PIL import Image

from preceptor.people.settings import Settings


def png(values: np.ndarray, settings: Settings, part: int) -> bytes:
    """One picture of an input, pixel by pixel, as PNG. Eight bits a value: not the input itself.

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


def spread(bound: float | tuple[float, ...], shape: tuple[int, ...]) -> np.ndarray:
    """``Float32[*shape]``, a bound for each value of an input."""
    if isinstance(bound, tuple):
        return np.asarray(bound, np.float32).reshape(shape)
    return np.full(shape, bound, np.float32)
