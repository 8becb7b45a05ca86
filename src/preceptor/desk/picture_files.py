"""PNG and JPEG files from people, taken apart before anything decodes them.

A file is known by its content, never by its name. Both formats are walked by the few rules that
they are made of, and a new file is put together from only those parts that pixels depend on. So a
decoder never sees comments, profiles, compressed texts, second images, or what lies behind the
picture's end, and the size is known, and bounded, before a pixel is made.

Written after the PNG specification (ISO/IEC 15948) and JPEG, annex B (ITU-T T.81). What is refused
beyond these: animated PNG, and JPEG that is lossless, hierarchical or arithmetically coded, whose
height is told only afterwards, or which has more scans than pictures have.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from preceptor.core import InputError

MOST_PIXELS: Final = 16_777_216
"""A picture has no more pixels than 4096 x 4096."""

MOST_SIDE: Final = 16_384
"""Neither side is longer."""

MOST_PARTS: Final = 20_000
"""A file has no more chunks or segments."""

MOST_SCANS: Final = 100
"""A progressive JPEG has no more scans; usual ones have about ten, and each costs a pass."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"

_OTHERS: Final = (
    (b"GIF8", "a GIF"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"BM", "a BMP"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"8BPS", "a Photoshop file"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x93NUMPY", "a NumPy array"),
)

_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""PNG's colour types, each with the bit depths that it may have."""

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

_ADAM7: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Where each pass of an interlaced PNG begins, and its steps: x, y, across, down."""

_AT_ONCE: Final = 1 << 20
"""So many bytes of pixels are unpacked at a time, to be counted and forgotten."""

_ORIENTATION: Final = b"Exif\x00\x00"


@dataclass(frozen=True)
class PictureFile:
    """A file that holds one picture and nothing else.

    Attributes:
        kind: which decoder it is for.
        width: in pixels, as stored.
        height: likewise.
        content: the file, put together anew.
    """

    kind: Literal["PNG", "JPEG"]
    width: int
    height: int
    content: bytes


def take_apart(data: bytes) -> PictureFile:
    """One picture, without all else that a file may carry.

    Raises:
        InputError: not a PNG or JPEG, damaged, cut short, too large, or with something behind it.
    """
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(_JPEG):
        return _jpeg(data)
    raise InputError(f"{_guess(data)} Save the picture as PNG or JPEG and give it again.")


def _guess(data: bytes) -> str:
    if not data:
        return "The file is empty."
    for start, name in _OTHERS:
        if data.startswith(start):
            return f"This is {name}; only PNG and JPEG are taken, whatever the file is called."
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "This is a WebP; only PNG and JPEG are taken, whatever the file is called."
    if data[4:8] == b"ftyp":
        return "This is a HEIC, AVIF or video; only PNG and JPEG are taken."
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if b"<svg" in data[:4096].lower():
        return "This is an SVG, which is a program more than a picture; it is not taken."
    if head.startswith(b"<"):
        return "This is a text with markup, not a picture."
    return "This is neither a PNG nor a JPEG."


def _png(data: bytes) -> PictureFile:
    size: tuple[int, int] | None = None
    kept, at = [_PNG], len(_PNG)
    pixels: list[bytes] = []
    for kind, body, end in _chunks(data):
        if (kind == b"IHDR") != (size is None):
            raise InputError("This PNG is damaged: its header is missing or stands there twice.")
        if kind == b"IHDR":
            size = _png_size(body)
        elif kind == b"acTL":
            raise InputError("This PNG is animated; give a single picture.")
        elif kind[0] & 32 == 0 and kind not in (b"PLTE", b"IDAT", b"IEND"):
            raise InputError("This PNG has a part that is not known, so it cannot be read safely.")
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"):
            kept.append(data[at:end])
        if kind == b"IDAT":
            pixels.append(body)
        at = end
    if at != len(data):
        raise InputError(
            f"{len(data) - at} bytes lie behind the picture's end: the file is something else "
            "besides a PNG. Save the picture anew and give that."
        )
    if size is None or not pixels:
        raise InputError("This PNG holds no pixels.")
    _count_pixels(data[16:29], pixels)
    return PictureFile("PNG", *size, b"".join(kept))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Each chunk's kind and body, and where it ends; up to the one that ends the picture."""
    at = len(_PNG)
    for _ in range(MOST_PARTS):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if at + 12 > len(data) or end > len(data):
            raise InputError("This PNG is cut short: its end is missing.")
        kind, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        check = int.from_bytes(data[end - 4 : end], "big")
        if not kind.isalpha() or zlib.crc32(kind + body) != check:
            raise InputError("This PNG is damaged: a checksum is wrong.")
        yield kind, body, end
        if kind == b"IEND":
            return
        at = end
    raise InputError(f"This PNG has more than {MOST_PARTS} parts.")


def _png_size(body: bytes) -> tuple[int, int]:
    if len(body) != 13:
        raise InputError("This PNG is damaged: its header has another length than headers have.")
    width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
    depth, colour, compression, filters, interlace = body[8:]
    if depth not in _DEPTHS.get(colour, ()) or compression or filters or interlace > 1:
        raise InputError("This PNG is damaged: its header holds what no header holds.")
    return _bounded(width, height)


def _count_pixels(header: bytes, pixels: list[bytes]) -> None:
    """Refuse a file that holds fewer pixels than it says: decoders would make up the rest."""
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits = header[8] * _CHANNELS[header[9]]
    passes = _ADAM7 if header[12] else ((0, 0, 1, 1),)
    left = 0
    for x, y, across, down in passes:
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        left += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
    stream = zlib.decompressobj()
    try:
        for body in pixels:
            while body and left > 0:
                left -= len(stream.decompress(body, _AT_ONCE))
                body = stream.unconsumed_tail
    except zlib.error as error:
        raise InputError("This PNG is damaged: its pixels cannot be unpacked.") from error
    if left > 0:
        raise InputError("This PNG is damaged: it holds fewer pixels than it says.")


def _bounded(width: int, height: int) -> tuple[int, int]:
    if not (width and height):
        raise InputError(f"A picture of {width} x {height} pixels shows nothing.")
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise InputError(
            f"The picture says it is {width} x {height} pixels large; at most {MOST_PIXELS // 10**6} "
            f"million are taken, and {MOST_SIDE} on a side. Shrink it and give it again."
        )
    return width, height


def _jpeg(data: bytes) -> PictureFile:
    size: tuple[int, int] | None = None
    kept, at, scans = [data[:2]], 2, 0
    for marker, body, end in _segments(data):
        if marker in (0xC0, 0xC1, 0xC2):
            if size is not None:
                raise InputError("This JPEG is damaged: it says twice how large it is.")
            size = _jpeg_size(body)
        elif marker == 0xDA:
            scans += 1
            if size is None or scans > MOST_SCANS:
                raise InputError(
                    f"This JPEG has more than {MOST_SCANS} scans, or one before its size is told."
                )
        elif not _harmless(marker):
            raise InputError(
                "This JPEG is coded in a way that is hardly ever used, and not read here. "
                "Save the picture anew as PNG and give that."
            )
        if _needed(marker, body[:12]):
            kept.append(data[at:end])
        at = end
    if size is None or not scans:
        raise InputError("This JPEG holds no pixels.")
    # phones put second pictures and films behind the end: they go no further than this
    return PictureFile("JPEG", *size, b"".join(kept) + b"\xff\xd9")


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Each segment's marker and body, and where it ends, coded pixels included; up to the end."""
    at = 2
    for _ in range(MOST_PARTS):
        while data[at : at + 2] == b"\xff\xff":  # fill bytes may stand before a marker
            at += 1
        if at + 2 > len(data):
            raise InputError("This JPEG is cut short: its end is missing.")
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise InputError("This JPEG is damaged: a marker is missing.")
        if marker == 0xD9:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if at + 4 > len(data) or end > len(data):
            raise InputError("This JPEG is cut short: its end is missing.")
        if length < 2:
            raise InputError("This JPEG is damaged: a part has no length.")
        body = data[at + 4 : end]
        if marker == 0xDA:
            end = _scan_end(data, end)
        yield marker, body, end
        at = end
    raise InputError(f"This JPEG has more than {MOST_PARTS} parts.")


def _jpeg_size(frame: bytes) -> tuple[int, int]:
    if len(frame) < 6 or len(frame) != 6 + 3 * frame[5]:
        raise InputError("This JPEG is damaged: its header has another length than headers have.")
    if frame[0] != 8 or frame[5] not in (1, 3, 4):
        raise InputError(
            f"This JPEG has {frame[5]} colours of {frame[0]} bits; 1, 3 or 4 of 8 bits are read. "
            "Save the picture anew as PNG and give that."
        )
    return _bounded(int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big"))


def _scan_end(data: bytes, at: int) -> int:
    """Where coded pixels end: at the first marker that is neither a stuffed byte nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise InputError("This JPEG is cut short: its end is missing.")
        follows = data[at + 1]
        if follows == 0xFF:
            at += 1
        elif follows == 0 or 0xD0 <= follows <= 0xD7:
            at += 2
        else:
            return at


def _harmless(marker: int) -> bool:
    """Tables, restart intervals, applications' own parts and comments."""
    return marker in (0xC4, 0xDB, 0xDD, 0xFE) or 0xE0 <= marker <= 0xEF


def _needed(marker: int, head: bytes) -> bool:
    """Whether pixels, their colours or their orientation depend on a segment."""
    if marker == 0xE0:
        return head.startswith(b"JFIF\x00")
    if marker == 0xE1:
        return head.startswith(_ORIENTATION)
    if marker == 0xEE:
        return head.startswith(b"Adobe")
    return not (marker == 0xFE or 0xE0 <= marker <= 0xEF)
