"""Pictures for the page."""

import base64
import io
from typing import Final

import numpy as np
from PIL import Image

SIZE: Final = 260
"""Pixels that the page shows of a side."""


def png(image: np.ndarray) -> str:
    """A grey image as a PNG in base64.

    Larger ones are shrunk to the size of the page; the pixels of smaller ones are repeated.

    Args:
        image: ``Float32[1, side, side]`` from 0 to 1.
    """
    drawn = Image.fromarray(np.round(image[0] * 255).astype(np.uint8))
    side = drawn.width
    if side > SIZE:
        drawn = drawn.resize((SIZE, SIZE), Image.Resampling.BOX)
    else:
        times = SIZE // side
        drawn = drawn.resize((times * side, times * side), Image.Resampling.NEAREST)
    file = io.BytesIO()
    drawn.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()
