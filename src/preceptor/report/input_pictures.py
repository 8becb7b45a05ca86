"""Inputs as small PNG images inside the page."""

import base64
import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

SIDES: Final = (256, 160, 112, 80, 64, 48)
"""Longest side of an image on the page; the largest at which all fit into ``ROOM`` is taken."""

ROOM: Final = 1_500_000
"""Bytes for all images together, as text."""

_LESS, _SAME, _MORE = (
    np.array(c, np.float64) for c in ((45, 90, 160), (247, 247, 245), (178, 74, 10))
)


@dataclass(frozen=True)
class Triple:
    """The clean input, the moved one and the difference, as data URIs.

    Attributes:
        clean: the clean input.
        moved: the moved one; empty where there is none.
        difference: the one less the other, stretched to full contrast; empty where there is none.
        stretch: how many times it was stretched.
        size: width and height of the input in pixels.
        shrunk: whether the images on the page are smaller than the inputs.
    """

    clean: str
    moved: str
    difference: str
    stretch: float
    size: tuple[int, int]
    shrunk: bool


def triples(
    pairs: list[tuple[np.ndarray, np.ndarray | None]], low: np.ndarray, high: np.ndarray
) -> list[Triple]:
    """Pictures of pairs of images, small enough that all fit on the page.

    Args:
        pairs: clean and moved, each ``Float[channels, height, width]`` with 1, 3 or 4 channels;
            of 4, the first three are shown.
        low: black, broadcast to the images.
        high: white, likewise.
    """
    for side in SIDES[:-1]:
        found: list[Triple] = []
        left = ROOM
        for clean, moved in pairs:
            found.append(_triple(clean, moved, low, high, side))
            left -= len(found[-1].clean) + len(found[-1].moved) + len(found[-1].difference)
            if left < 0:
                break
        else:
            return found
    return [_triple(clean, moved, low, high, SIDES[-1]) for clean, moved in pairs]


@dataclass(frozen=True)
class Strip:
    """Several images of one size, as data URIs.

    Attributes:
        images: in the order given.
        size: width and height of the inputs in pixels.
        shrunk: whether the images on the page are smaller than the inputs.
    """

    images: tuple[str, ...]
    size: tuple[int, int]
    shrunk: bool


def strips(groups: list[list[np.ndarray]], low: np.ndarray, high: np.ndarray) -> list[Strip]:
    """Pictures of groups of images, small enough that all fit on the page.

    Args:
        groups: each of images ``Float[channels, height, width]`` with 1, 3 or 4 channels; of 4,
            the first three are shown.
        low: black, broadcast to the images.
        high: white, likewise.
    """
    for side in SIDES:
        found, left = [], ROOM
        for group in groups:
            images = tuple(_uri(_pixels((one - low) / (high - low)), side) for one in group)
            height, width = group[0].shape[1:]
            found.append(Strip(images, (width, height), max(height, width) > side))
            left -= sum(map(len, images))
            if left < 0 and side != SIDES[-1]:
                break
        else:
            break
    return found


def picture(image: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    """One image ``Float[channels, height, width]`` as a data URI."""
    return _uri(_pixels((image - low) / (high - low)), SIDES[0])


def _triple(
    clean: np.ndarray, moved: np.ndarray | None, low: np.ndarray, high: np.ndarray, side: int
) -> Triple:
    height, width = clean.shape[1:]
    shrunk = max(height, width) > side
    first = _uri(_pixels((clean - low) / (high - low)), side)
    if moved is None:
        return Triple(first, "", "", 1.0, (width, height), shrunk)
    delta = ((moved - clean) / (high - low))[:3]
    most = float(np.abs(delta).max())
    return Triple(
        clean=first,
        moved=_uri(_pixels((moved - low) / (high - low)), side),
        difference=_uri(_contrast(delta / most if most else delta), side),
        stretch=1 / most if most else 1.0,
        size=(width, height),
        shrunk=shrunk,
    )


def _pixels(values: np.ndarray) -> np.ndarray:
    """``UInt8[height, width, channels]`` from values in ``[0, 1]``."""
    clipped = np.nan_to_num(values[:3]).clip(0, 1)
    pixels: np.ndarray = np.round(clipped * 255).astype(np.uint8).transpose(1, 2, 0)
    return pixels


def _contrast(delta: np.ndarray) -> np.ndarray:
    """One channel: blue for darker, orange for brighter. Three: around middle grey."""
    if delta.shape[0] != 1:
        return _pixels(0.5 + delta / 2)
    one = delta[0][..., None]
    pixels: np.ndarray = _SAME + np.maximum(one, 0) * (_MORE - _SAME)
    pixels = pixels + np.maximum(-one, 0) * (_LESS - _SAME)
    rounded: np.ndarray = np.round(pixels).clip(0, 255).astype(np.uint8)
    return rounded


def _uri(pixels: np.ndarray, side: int) -> str:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.BOX)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
