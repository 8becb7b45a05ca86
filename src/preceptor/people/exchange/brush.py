"""Label Studio's run-length code for brush masks.

The format is that of the rle-pack package (thi.ng/umbrella), read most significant bit first: 32
bits for the number of values; 5 bits for the width of a value, less one; four times 4 bits for the
widths of a length, less one; then records until all values are there. A record is 1 bit that says
whether it is a run, 2 bits that say which width its length has, the length less one, and one value
for a run or ``length`` values otherwise. Zeros fill the last byte. Label Studio stores the pixels
row by row, four values (red, green, blue, alpha) each; a pixel belongs to the mask where its alpha
is not 0.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool

from preceptor.core import InputError

CHANNELS: Final = 4
WIDTH: Final = 8
"""Bits of a value."""

SIZES: Final = (3, 4, 8, 16)
"""Bits of a length: what Label Studio and its SDK write. Others are read as well."""

MOST_PIXELS: Final = 1 << 26
"""No larger mask is decoded: its values would fill the memory."""


def encode(mask: Bool[np.ndarray, "height width"]) -> list[int]:
    """A mask as Label Studio writes it: the bytes of the code, as numbers from 0 to 255.

    Raises:
        InputError: an empty mask, or one without two axes.
    """
    if mask.ndim != 2 or not mask.size:
        raise InputError(f"a mask has shape [height, width], neither 0; got {mask.shape}")
    head = [f"{mask.size * CHANNELS:032b}", f"{WIDTH - 1:05b}", *(f"{s - 1:04b}" for s in SIZES)]
    flat = np.ascontiguousarray(mask, np.bool_).ravel()
    bounds = np.flatnonzero(np.diff(flat, prepend=~flat[:1], append=~flat[-1:]))
    runs = zip(np.diff(bounds).tolist(), flat[bounds[:-1]].tolist(), strict=True)
    body = [_run(CHANNELS * length, 255 * inside) for length, inside in runs]
    bits = "".join(head + body)
    bits += "0" * (-len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def decode(code: object, height: int, width: int) -> Bool[np.ndarray, "height width"]:
    """The mask of a code.

    Args:
        code: a list of numbers from 0 to 255, from anywhere.
        height: of the image, in pixels; what the code says must agree.
        width: likewise.

    Raises:
        InputError: no such code, or a mask of another size.
    """
    if not (height > 0 and width > 0 and height * width <= MOST_PIXELS):
        raise InputError(f"a mask of {height} x {width} pixels: expected 1 to {MOST_PIXELS} in all")
    bits = _Bits(_bytes(code))
    total = bits.take(32)
    if total != height * width * CHANNELS:
        raise InputError(
            f"the brush code holds {total} values; a mask of {height} x {width} pixels has "
            f"{height * width * CHANNELS}"
        )
    value_width = bits.take(5) + 1
    if value_width != WIDTH:
        raise InputError(f"the brush code has values of {value_width} bits; expected {WIDTH}")
    sizes = [bits.take(4) + 1 for _ in SIZES]
    values = np.zeros(total, np.uint8)
    for start, length, run in _records(bits, sizes, total):
        if run:
            values[start : start + length] = bits.take(WIDTH)
        else:
            values[start : start + length] = bits.values(length)
    mask: np.ndarray = values.reshape(height, width, CHANNELS)[..., -1] > 0
    return mask


def _run(length: int, value: int) -> str:
    """One run, in several records where it is longer than a record can say."""
    most = 1 << SIZES[-1]
    records = [most] * (length // most) + ([length % most] if length % most else [])
    return "".join(_record(one, value) for one in records)


def _record(length: int, value: int) -> str:
    index = next(i for i, size in enumerate(SIZES) if length <= 1 << size)
    return f"1{index:02b}{length - 1:0{SIZES[index]}b}{value:0{WIDTH}b}"


def _records(bits: "_Bits", sizes: Sequence[int], total: int) -> Iterator[tuple[int, int, bool]]:
    """Where each record begins, how many values it covers, and whether it is a run."""
    start = 0
    while start < total:
        run = bool(bits.take(1))
        length = bits.take(sizes[bits.take(2)]) + 1
        if start + length > total:
            raise InputError(f"the brush code goes on beyond its {total} values")
        yield start, length, run
        start += length


def _bytes(code: object) -> np.ndarray:
    plain = isinstance(code, list | tuple) and all(
        isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= 255 for one in code
    )
    if not plain:
        raise InputError("a brush code is a list of whole numbers from 0 to 255")
    return np.asarray(code, np.uint8)


class _Bits:
    """Bits in their order, taken from the front."""

    def __init__(self, code: np.ndarray) -> None:
        self._bits = np.unpackbits(code)
        self._text = (self._bits + ord("0")).tobytes()
        self._at = 0

    def take(self, width: int) -> int:
        """The number in the next bits."""
        return int(self._text[self._ahead(width) : self._at], 2)

    def values(self, count: int) -> np.ndarray:
        """``UInt8[count]``, so many values of eight bits."""
        start = self._ahead(count * WIDTH)
        return np.packbits(self._bits[start : self._at])

    def _ahead(self, width: int) -> int:
        start = self._at
        if start + width > len(self._text):
            raise InputError("the brush code ends before its values do")
        self._at += width
        return start
