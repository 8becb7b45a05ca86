"""What people upload, as inputs of their study: a picture, or a row of numbers.

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
from preceptor.desk.pictures import spread
from preceptor.people import Settings

LUMA: Final = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in grey: ITU-R BT.601."""

MOST_ROW: Final = 256 * 1024
"""The longest text of a row, in bytes."""

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
    file = take_apart(data)
    colours, said = _decode(file)
    fitted, more = _fit(colours, settings.shape[-2:])
    planes, last = _channels(fitted, settings.shape[-3])
    shape = settings.shape[-3:]
    low, high = (_one(bound, settings) for bound in (settings.low, settings.high))
    values = (low + planes.clip(0, 1).reshape(shape) * (high - low)).astype(np.float32)
    return Upload(
        values.clip(low.astype(np.float32), high.astype(np.float32)), (*said, *more, *last)
    )


def _decode(file: PictureFile) -> tuple[np.ndarray, list[str]]:
    """``Float64[channels, height, width]`` in [0, 1]: grey, RGB or RGBA."""
    try:
        with Image.open(io.BytesIO(file.content), formats=(file.kind,)) as image:
            if image.size != (file.width, file.height):
                raise InputError("The file says different things about its size.")
            image.load()
            turn = _TURNS.get(_orientation(image))
            said = [] if turn is None else ["It was turned as the camera notes."]
            return _colours(image if turn is None else image.transpose(turn), said), said
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


def _colours(image: Image.Image, said: list[str]) -> np.ndarray:
    if image.mode.startswith("I"):
        return np.asarray(image).astype(np.float64)[None] / 65535
    if image.mode == "CMYK":
        said.append("Its print colours (CMYK) became RGB without a profile.")
    if "A" in image.getbands() or "transparency" in image.info:
        target = "RGBA"
    else:
        target = "L" if image.mode in ("1", "L") else "RGB"
    found = np.asarray(image.convert(target)).astype(np.float64) / 255
    return found[None] if found.ndim == 2 else found.transpose(2, 0, 1)


def _fit(colours: np.ndarray, size: tuple[int, ...]) -> tuple[np.ndarray, list[str]]:
    """The whole picture in another size, with its proportions; margins as its border is."""
    height, width = colours.shape[1:]
    if (height, width) == tuple(size):
        return colours, []
    scale = min(size[0] / height, size[1] / width)
    inner = round(height * scale), round(width * scale)
    if not all(inner):
        raise InputError(
            f"A picture of {width} x {height} pixels is too long and thin for "
            f"{size[1]} x {size[0]}: nothing would be left of it. Cut out the part that matters."
        )
    scaled = np.stack([_scaled(plane, inner) for plane in colours])
    said = [f"It was scaled from {width} x {height} to {inner[1]} x {inner[0]} pixels."]
    if inner == tuple(size):
        return scaled, said
    edge = np.concatenate(
        [colours[:, 0], colours[:, -1], colours[:, :, 0], colours[:, :, -1]], axis=1
    )
    fitted = np.broadcast_to(np.median(edge, axis=1)[:, None, None], (len(colours), *size)).copy()
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    fitted[:, top : top + inner[0], left : left + inner[1]] = scaled
    return fitted, [*said, "Margins have the colour of its border."]


def _scaled(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    image = Image.fromarray(plane.astype(np.float32))
    return np.asarray(image.resize(size[::-1], Image.Resampling.BILINEAR), dtype=np.float64)


def _channels(colours: np.ndarray, wanted: int) -> tuple[np.ndarray, list[str]]:
    """As many channels as the study has."""
    said: list[str] = []
    clear = colours[3:4] if len(colours) == 4 else None
    solid = colours[:3]
    if wanted == 4:
        solid = np.broadcast_to(solid, (3, *solid.shape[1:]))
        return np.concatenate([solid, np.ones_like(solid[:1]) if clear is None else clear]), said
    if clear is not None:
        solid = solid * clear + (1 - clear)
        if bool((clear < 1).any()):
            said.append("Transparent parts were laid over white.")
    if wanted == 1 and len(solid) == 3:
        if bool((solid != solid[:1]).any()):
            said.append("Its colours became grey.")
        return np.tensordot(LUMA, solid, 1)[None], said
    return np.broadcast_to(solid, (wanted, *solid.shape[1:])), said


def _one(bound: float | tuple[float, ...], settings: Settings) -> np.ndarray:
    """A bound of one picture."""
    whole = spread(bound, settings.shape).astype(np.float64)
    return whole[0] if settings.is_pair else whole


def read_row(data: bytes, settings: Settings) -> Upload:
    """A text with one row of numbers, with or without a line of names above, as an input.

    Columns are divided by commas, semicolons or tabs. With names, columns may stand in any order
    and others beside them are left out.

    Raises:
        InputError: the study is not about rows; or no such text, other columns, or values that are
            no numbers or out of bounds.
    """
    if settings.is_image:
        raise InputError("This study is about pictures; give a PNG or JPEG.")
    rows = _rows(data)
    count = int(np.prod(settings.shape))
    said: list[str] = []
    if len(rows) == 2:
        head, cells = rows
        if settings.names and set(settings.names) <= set(head) and len(head) == len(cells):
            if len(set(head)) != len(head):
                raise InputError("The line of names has a name twice.")
            if len(head) > count:
                said.append(f"{len(head) - count} columns of no feature were left out.")
            cells = [cells[head.index(name)] for name in settings.names]
        elif settings.names or any(_number(cell) is not None for cell in head):
            raise InputError(
                "Two lines were given, but the first does not name every feature: "
                + ", ".join((settings.names or ("one name a column",))[:8])
            )
    elif len(rows) == 1:
        cells = rows[0]
    else:
        raise InputError(f"Expected one row of numbers; the text has {len(rows)} lines.")
    if len(cells) != count:
        raise InputError(f"Expected {count} numbers in the row; got {len(cells)}.")
    return Upload(_within(cells, settings), tuple(said))


def _rows(data: bytes) -> list[list[str]]:
    if len(data) > MOST_ROW:
        raise InputError(f"The text is longer than {MOST_ROW // 1024} KiB; give one row.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("This is no text in UTF-8.") from error
    lines = [line for line in text.splitlines() if line.strip()][:4]
    if not lines or "\x00" in text:
        raise InputError("The text is empty, or no text.")
    mark = next((one for one in "\t;" if one in lines[-1]), ",")
    return [[cell.strip().strip('"') for cell in line.split(mark)] for line in lines]


def _number(cell: str) -> float | None:
    try:
        found = float(cell)
    except ValueError:
        return None
    return found if np.isfinite(found) else None


def _within(cells: list[str], settings: Settings) -> np.ndarray:
    low, high = (spread(bound, settings.shape).ravel() for bound in (settings.low, settings.high))
    names = settings.names or tuple(f"feature {i + 1}" for i in range(len(cells)))
    values = []
    for name, cell, least, most in zip(names, cells, low, high, strict=True):
        found = _number(cell)
        if found is None:
            raise InputError(f"{name[:60]}: {cell[:40]!r} is no number.")
        value = np.float32(found)
        if not least <= value <= most:
            raise InputError(
                f"{name[:60]}: {value:.6g} lies out of the study's bounds, {least:.6g} to {most:.6g}."
            )
        values.append(value)
    return np.array(values, np.float32).reshape(settings.shape)
