"""Pictures that people upload, as inputs of their study.

Nothing of a file is kept but its pixels. The rules, which a page tells with each picture:

- A camera's note of which way is up is obeyed; transparent pixels are laid over white.
- Eight bits a channel, and sixteen in grey PNG, are read at full depth; sixteen-bit colours at
  eight. CMYK becomes RGB without a profile.
- For one channel, grey is 0.299 R + 0.587 G + 0.114 B; for three, grey is repeated; for four, the
  last channel is opacity.
- Black is the study's least value and white its greatest.
- A picture of another size is scaled as a whole, and keeps its proportions; what is left over is
  filled with the colour of its border.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from preceptor.core import InputError
from preceptor.desk.picture_files import PictureFile, take_apart
from preceptor.desk.question_pictures import spread
from preceptor.people import Settings

LUMA: Final = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in grey: ITU-R BT.601."""

_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of EXIF 2.3, section 4.6.4."""

_FAULTS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises over damaged files."""


@dataclass(frozen=True)
class Upload:
    """An upload as an input.

    Attributes:
        values: ``Float32[*shape]`` of the study, or of one picture where it asks about pairs.
        said: what was done to it, in sentences for the person who gave it.
    """

    values: np.ndarray
    said: tuple[str, ...]


def read_picture(data: bytes, settings: Settings) -> Upload:
    """A PNG or JPEG file as an input of a study about pictures.

    Raises:
        InputError: the study is not about pictures; or the file is none, is damaged, cut short or
            too large, or so long and thin that nothing would be left of it.
    """
    if not settings.is_image:
        raise InputError("This study is about rows of features; give a text with the numbers.")
    shape = settings.shape[-3:]
    layers, said = _decode(take_apart(data))
    planes = _channels(layers, shape, said)
    low, high = (_one(bound, settings) for bound in (settings.low, settings.high))
    values = (low + planes.clip(0, 1) * (high - low)).astype(np.float32)
    return Upload(values.clip(low.astype(np.float32), high.astype(np.float32)), tuple(said))


@dataclass(frozen=True)
class _Layers:
    """A decoded picture: one channel or three, and opacity where it has any."""

    colours: tuple[Image.Image, ...]
    opacity: Image.Image | None

    @property
    def is_clear(self) -> bool:
        """Whether anything can be seen through."""
        return self.opacity is not None and self.opacity.getextrema()[0] != 255

    def over_white(self, colour: Image.Image) -> np.ndarray:
        """A channel as one sees it on white paper."""
        plane = _plane(colour)
        if self.opacity is not None:
            opacity = _plane(self.opacity)
            plane = plane * opacity + (1 - opacity)
        return plane


def _decode(file: PictureFile) -> tuple[_Layers, list[str]]:
    """The picture, upright, and what was done to it."""
    said: list[str] = []
    try:
        with Image.open(io.BytesIO(file.content), formats=(file.kind,)) as image:
            if image.size != (file.width, file.height):
                raise InputError("The file says different things about its size.")
            image.load()
            turn = _TURNS.get(_orientation(image))
            if turn is not None:
                said.append("It was turned as the camera notes.")
            return _layers(image if turn is None else image.transpose(turn), said), said
    except InputError:
        raise
    except _FAULTS as error:
        raise InputError(
            "The file is damaged or cut short and cannot be read as a picture."
        ) from error


def _orientation(image: Image.Image) -> int:
    """The camera's note, 1 where there is none or one that cannot be read."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except (*_FAULTS, TypeError):
        return 1
    return found if isinstance(found, int) else 1


def _layers(image: Image.Image, said: list[str]) -> _Layers:
    if image.mode.startswith("I"):
        return _Layers((image,), None)
    if image.mode == "CMYK":
        said.append("Its print colours (CMYK) became RGB without a profile.")
    if "A" in image.getbands() or "transparency" in image.info:
        *colours, opacity = image.convert("RGBA").split()
        return _Layers(tuple(colours), opacity)
    return _Layers(image.convert("L" if image.mode in ("1", "L") else "RGB").split(), None)


def _plane(layer: Image.Image) -> np.ndarray:
    """``Float32[height, width]`` in [0, 1]; the largest picture takes 64 MiB."""
    return np.asarray(layer, np.float32) / np.float32(65535 if layer.mode.startswith("I") else 255)


def _channels(layers: _Layers, shape: tuple[int, ...], said: list[str]) -> np.ndarray:
    """``Float64[*shape]`` in [0, 1]: as many channels as the study has, in its size."""
    wanted, size = shape[0], shape[1:]
    width, height = layers.colours[0].size
    inner = _inner((height, width), size, said)
    if wanted == 4:
        opacity = layers.opacity
        clear = np.ones(size) if opacity is None else _fit(_plane(opacity), size, inner)
        solid = [_fit(_plane(colour), size, inner) for colour in layers.colours]
        return np.stack([*(solid * 3)[:3], clear])
    if layers.is_clear:
        said.append("Transparent parts were laid over white.")
    solid = [_fit(layers.over_white(colour), size, inner) for colour in layers.colours]
    if wanted == 3:
        return np.stack((solid * 3)[:3])
    if len(solid) == 3 and any(bool((one != solid[0]).any()) for one in solid):
        said.append("Its colours became grey.")
        return np.tensordot(LUMA, np.stack(solid), 1)[None]
    return solid[0][None]


def _inner(given: tuple[int, int], size: tuple[int, ...], said: list[str]) -> tuple[int, int]:
    """How large the whole picture is within another size, with its proportions."""
    if given == tuple(size):
        return given
    scale = min(size[0] / given[0], size[1] / given[1])
    inner = round(given[0] * scale), round(given[1] * scale)
    if not all(inner):
        raise InputError(
            f"A picture of {given[1]} x {given[0]} pixels is too long and thin for "
            f"{size[1]} x {size[0]}: nothing would be left of it. Cut out the part that matters."
        )
    said.append(f"It was scaled from {given[1]} x {given[0]} to {inner[1]} x {inner[0]} pixels.")
    if inner != tuple(size):
        said.append("Margins have the colour of its border.")
    return inner


def _fit(plane: np.ndarray, size: tuple[int, ...], inner: tuple[int, int]) -> np.ndarray:
    """A channel in another size; margins as its border is, by the median."""
    if plane.shape == inner == tuple(size):
        return plane.astype(np.float64)
    scaled = Image.fromarray(plane).resize(inner[::-1], Image.Resampling.BILINEAR)
    edge = np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])
    fitted = np.full(size, float(np.median(edge)))
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    fitted[top : top + inner[0], left : left + inner[1]] = np.asarray(scaled)
    return fitted


def _one(bound: float | tuple[float, ...], settings: Settings) -> np.ndarray:
    """A bound of one picture."""
    whole = spread(bound, settings.shape).astype(np.float64)
    return whole[0] if settings.is_pair else whole
