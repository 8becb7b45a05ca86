"""Inputs from image files and from ``.npy`` files."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from preceptor.core import InputError

_FORMATS: Final = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM")
"""What is read. Pillow knows more, and brings some of it to eight bits without a word."""

_SIXTEEN_BIT: Final = ("I;16", "I;16L", "I;16B", "I;16N", "I")


_ORIENTATION: Final = 274
"""The EXIF field that says which way is up; from 5 on the sides change places."""


@dataclass(frozen=True)
class PictureForm:
    """What the head of an image file says.

    Attributes:
        channels: 1 for grey, else 3.
        height: in pixels, turned as the camera says.
        width: likewise.
        deep: whether it has sixteen bits (of grey).
    """

    channels: int
    height: int
    width: int
    deep: bool


@dataclass(frozen=True)
class PictureSize:
    """The size to which pictures are brought.

    Attributes:
        width: in pixels.
        height: likewise.
        crop: whether the middle of that shape is taken; else both sides are scaled.
    """

    width: int
    height: int
    crop: bool


def picture_form(path: str | Path) -> PictureForm:
    """The form of an image file, by its head alone.

    Raises:
        InputError: as of :func:`read_image`, as far as the head tells it.
    """
    with _opened(path) as file:
        width, height = file.size
        turned = file.format in ("JPEG", "WEBP", "TIFF") or "exif" in file.info
        if turned and file.getexif().get(_ORIENTATION, 1) >= 5:
            width, height = height, width
        grey = file.mode in ("1", "L") and "transparency" not in file.info
        deep = file.mode in _SIXTEEN_BIT
        return PictureForm(1 if grey or deep else 3, height, width, deep)


def read_pixels(path: str | Path, size: PictureSize | None = None) -> np.ndarray:
    """An image file as whole numbers ``[channels, height, width]``: ``UInt8``, or ``UInt16`` of
    sixteen bits. Black is 0, white the greatest number.

    Args:
        path: the file.
        size: to bring it to; scaled bilinearly, smoothed where it shrinks.

    Raises:
        InputError: as of :func:`read_image`.
    """
    with _opened(path) as file:
        file.load()
        image = _flat(ImageOps.exif_transpose(file))
        if size is not None:
            image = _resized(image, size)
        array: np.ndarray = np.asarray(image)
    if image.mode == "F":  # sixteen bits, scaled
        array = np.rint(array).clip(0, 65535).astype(np.uint16)
    elif image.mode in _SIXTEEN_BIT:
        array = array.astype(np.uint16)
    return array[None] if array.ndim == 2 else np.ascontiguousarray(array.transpose(2, 0, 1))


def read_image(path: str | Path) -> np.ndarray:
    """An image file as ``Float64[channels, height, width]`` in ``[0, 1]``.

    Grey images have one channel, all others three (RGB). Eight bits, and sixteen of grey, are read
    at full depth. Transparent pixels are laid over white, and a camera's note of which way is up is
    obeyed.

    Raises:
        InputError: no such file, not an image, a damaged one, one of more than eight bits in
            colour or with transparency (Pillow drops the lower ones), several images in one file,
            or one so large that it may be made to exhaust memory (Pillow's limit, about 89 million
            pixels).
    """
    pixels = read_pixels(path)
    values: np.ndarray = pixels.astype(np.float64) / np.iinfo(pixels.dtype).max
    return values


@contextmanager
def _opened(path: str | Path) -> Iterator[Image.Image]:
    """An image file whose head was read; whatever goes wrong with it is an error that names it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as file:
                _check_whole(file, path)
                yield file
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(
            f"{path} is refused: {error}. Shrink it first if you trust where it comes from."
        ) from error
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{path} is no image that can be read. Expected PNG, JPEG, TIFF, WebP, or a .npy array."
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} cannot be read as an image: {error}") from error


def read_input(path: str | Path) -> np.ndarray:
    """An image file, or one input from a ``.npy`` file, as float64.

    An array ``[height, width]`` becomes ``[1, height, width]``, and an array with its channels last
    ``[channels, height, width]``; every other shape, and all values, stay as they are.

    Raises:
        InputError: the file cannot be read, or holds something else than real numbers.
    """
    if Path(path).suffix.lower() != ".npy":
        return read_image(path)
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} cannot be read as a .npy array: {error}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf" or array.ndim == 0:
        raise InputError(
            f"{path} must hold one array of real numbers: an image [channels, height, width] or a "
            "vector [features]"
        )
    if array.ndim == 2:
        array = array[None]
    elif array.ndim == 3 and array.shape[0] not in (1, 3, 4) and array.shape[2] in (1, 3, 4):
        array = array.transpose(2, 0, 1)
    found: np.ndarray = array.astype(np.float64)
    return found


def _check_whole(file: Image.Image, path: str | Path) -> None:
    """Refuse a file of which Pillow would read only a part.

    Raises:
        InputError: says which part, and what to do.
    """
    frames = (
        int(getattr(file, "n_frames", 1)) if file.format in ("GIF", "PNG", "TIFF", "WEBP") else 1
    )
    if frames > 1:
        raise InputError(f"{path} holds {frames} images; save the one that you mean in a file")
    deep = file.mode not in (*_SIXTEEN_BIT, "F") and _is_deep(file)
    if deep or (file.mode in _SIXTEEN_BIT and "transparency" in file.info):
        raise InputError(
            f"{path} has more than eight bits in colour or with transparency, of which only eight "
            "could be read. Save it as a .npy array [channels, height, width] with values from 0 "
            "to 1, in grey of sixteen bits without transparency, or in eight bits"
        )


def _is_deep(file: Image.Image) -> bool:
    """Whether a file stores more than eight bits for each value, somewhere."""
    for tile in file.tile if isinstance(file, ImageFile.ImageFile) else ():
        codec, arguments = tile[0], tile[3]
        parts = arguments if isinstance(arguments, tuple | list) else (arguments,)
        if codec.startswith("ppm"):
            deep = any(isinstance(part, int) and part > 255 for part in parts)
        else:
            deep = any(isinstance(part, str) and re.search(r";(16|32)", part) for part in parts)
        if deep:
            return True
    return False


def _flat(image: Image.Image) -> Image.Image:
    """Grey of eight or sixteen bits, or red, green and blue; transparent pixels laid over white."""
    if image.mode in _SIXTEEN_BIT:
        return image
    if image.mode == "F":
        raise ValueError("pixels are floating-point numbers of unknown range; save them as .npy")
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _resized(image: Image.Image, size: PictureSize) -> Image.Image:
    if image.mode in _SIXTEEN_BIT:
        image = Image.fromarray(np.asarray(image).astype(np.float32))
    wanted = (size.width, size.height)
    if size.crop:
        return ImageOps.fit(image, wanted, Image.Resampling.BILINEAR)
    return image.resize(wanted, Image.Resampling.BILINEAR)
