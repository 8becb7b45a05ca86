"""Picture files, whole and hostile, made by hand."""

import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(pixels: np.ndarray, mode: str | None = None, **more: object) -> bytes:
    return saved(Image.fromarray(pixels, mode) if mode else Image.fromarray(pixels), "PNG", **more)


def saved(image: Image.Image, kind: str, **more: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def bomb(width: int, height: int) -> bytes:
    """A small file that says it is large, and whose pixels are all there."""
    pixels = zlib.compressobj(9)
    row = bytes(1 + width)
    body = b"".join(pixels.compress(row) for _ in range(min(height, 2000))) + pixels.flush()
    return SIGNATURE + header(width, height) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zip_behind(picture: bytes) -> bytes:
    """A picture that is an archive as well."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil.sh", "echo evil")
    return picture + file.getvalue()


def grey(side: int = 8) -> np.ndarray:
    return (np.arange(side * side) * 3 % 256).reshape(side, side).astype(np.uint8)
