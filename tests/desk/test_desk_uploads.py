"""Uploads: what is taken, by which rules; what is refused, and before it is decoded."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from desk_files import SIGNATURE, bomb, chunk, grey, header, png, saved, zip_behind
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from preceptor.core import InputError, TableColumn, TableDomain
from preceptor.core.shown_rows import as_text, shown_row
from preceptor.desk.picture_files import MOST_PARTS, take_apart
from preceptor.desk.row_files import read_row
from preceptor.desk.uploads import read_picture
from preceptor.people import Settings

CLASSES = ("a", "b")
GREY = Settings(CLASSES, (1, 8, 8))
COLOUR = Settings(CLASSES, (3, 8, 8))
CLEAR = Settings(CLASSES, (4, 8, 8))
PAIR = Settings(CLASSES, (2, 1, 8, 8))
ROW = Settings(CLASSES, (3,), low=(0.0, -1.0, 10.0), high=(1.0, 1.0, 20.0), names=("a", "b", "c"))
TABLE = Settings.of(
    TableDomain.of(
        [
            TableColumn("age", "whole", 18, 90),
            TableColumn("home", "category", words=("rent", "own")),
            TableColumn("paid", "whole", 0, 90, missing="free"),
        ],
        ["paid <= age"],
    ),
    CLASSES,
)

WHOLE_PNG = png(grey())
WHOLE_JPEG = saved(Image.fromarray(grey(32)), "JPEG", quality=95)


@given(hnp.arrays(np.uint8, (8, 8)))
def test_eight_bits_come_back_exactly(pixels: np.ndarray) -> None:
    values = read_picture(png(pixels), GREY).values
    assert values.dtype == np.float32
    assert (np.round(values * 255) == pixels).all()
    assert (values == (pixels / 255).astype(np.float32)).all()


@given(hnp.arrays(np.uint8, (8, 8, 3)), st.floats(-5, 0), st.floats(1, 9))
def test_black_and_white_are_the_studys_bounds(pixels: np.ndarray, low: float, high: float) -> None:
    wide = Settings(CLASSES, (3, 8, 8), low=low, high=high)
    values = read_picture(png(pixels), wide).values
    assert values.min() >= np.float32(low)
    assert values.max() <= np.float32(high)
    expected = low + pixels.transpose(2, 0, 1) / 255 * (high - low)
    assert np.abs(values - expected).max() <= 1e-5


def test_bounds_of_every_pixel() -> None:
    low, high = np.zeros(64), np.linspace(1, 2, 64)
    wide = Settings(CLASSES, (1, 8, 8), low=tuple(low), high=tuple(high))
    values = read_picture(png(np.full((8, 8), 255, np.uint8)), wide).values
    assert np.allclose(values.ravel(), high)


def test_sixteen_bits_are_read_at_full_depth() -> None:
    deep = (np.arange(64).reshape(8, 8) * 1000 + 7).astype(np.uint16)
    values = read_picture(png(deep), GREY).values
    assert np.allclose(values[0], deep / 65535, atol=1e-7)


def test_grey_is_luma_and_grey_is_repeated() -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    found = read_picture(png(red), GREY)
    assert np.allclose(found.values, 0.299)
    assert found.said == ("Its colours became grey.",)
    thrice = read_picture(WHOLE_PNG, COLOUR).values
    assert (thrice[0] == thrice[1]).all()
    assert np.allclose(thrice[2], grey() / 255)


def test_transparency() -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    clear[0, 0] = (10, 20, 30, 255)
    found = read_picture(png(clear), COLOUR)
    assert np.allclose(found.values[:, 0, 0], np.array([10, 20, 30]) / 255)
    assert found.values[:, 1, 1].tolist() == [1, 1, 1]
    assert "over white" in found.said[0]
    kept = read_picture(png(clear), CLEAR).values
    assert kept[3, 0, 0] == 1
    assert kept[3, 1, 1] == 0
    assert read_picture(WHOLE_PNG, CLEAR).values[3].min() == 1
    keyed = saved(Image.fromarray(grey()), "PNG", transparency=0)
    assert read_picture(keyed, GREY).values[0, 0, 0] == 1


def test_palettes_and_single_bits() -> None:
    colours = Image.fromarray(np.tile(np.array([[0, 255]], np.uint8), (8, 4)))
    for image in (colours.convert("P"), colours.convert("1"), colours.convert("LA")):
        assert np.allclose(
            read_picture(saved(image, "PNG"), GREY).values[0], np.asarray(colours) / 255
        )


def test_cmyk_becomes_rgb() -> None:
    found = read_picture(saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"), COLOUR)
    assert np.allclose(found.values.mean((1, 2)), [1, 0, 0], atol=0.03)
    assert "CMYK" in found.said[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_cameras_note_is_obeyed(kind: str, orientation: int) -> None:
    # the corner that is bright as stored, and where it belongs: EXIF's own table
    upright = np.zeros((16, 16), np.uint8)
    upright[:8, :8] = 255
    turned = {
        1: upright,
        2: np.fliplr(upright),
        3: np.rot90(upright, 2),
        4: np.flipud(upright),
        5: upright.T,
        6: np.rot90(upright, 1),
        7: np.rot90(upright.T, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(
        Image.fromarray(turned), kind, exif=exif, **({"quality": 95} if kind == "JPEG" else {})
    )
    values = read_picture(data, Settings(CLASSES, (1, 16, 16))).values
    assert np.abs(values[0] - upright / 255).max() < 0.1


def test_another_size_is_scaled_with_its_proportions() -> None:
    paper = np.full((40, 80), 200, np.uint8)
    paper[10:30, 20:60] = 0
    found = read_picture(png(paper), GREY)
    assert "80 x 40 to 8 x 4 pixels" in found.said[0]
    assert "border" in found.said[1]
    assert np.allclose(found.values[0, [0, 1, 6, 7]], 200 / 255)
    assert found.values[0, 3:5, 3:5].max() < 0.1
    small = read_picture(png(np.full((2, 2), 9, np.uint8)), GREY)
    assert np.allclose(small.values, 9 / 255)


def test_what_is_hidden_behind_clear_pixels_does_not_shine_through() -> None:
    """Scaled after it was laid over white: a hidden colour would tint the edges otherwise."""
    clear = np.zeros((80, 80, 4), np.uint8)
    clear[:40] = (255, 255, 255, 255)
    assert read_picture(png(clear), COLOUR).values.min() > 0.999


def test_too_long_and_thin() -> None:
    with pytest.raises(InputError, match="1000 x 2 pixels is too long and thin for 8 x 8"):
        read_picture(png(np.zeros((2, 1000), np.uint8)), GREY)


def test_one_picture_of_a_pair() -> None:
    assert read_picture(WHOLE_PNG, PAIR).values.shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello", "neither a PNG nor a JPEG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG"),
        (b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "SVG"),
        (b"<html><script>alert(1)</script></html>", "markup"),
        (saved(Image.new("L", (8, 8)), "GIF"), "a GIF"),
        (saved(Image.new("L", (8, 8)), "TIFF"), "a TIFF"),
        (saved(Image.new("L", (8, 8)), "BMP"), "a BMP"),
        (saved(Image.new("L", (8, 8)), "WEBP"), "a WebP"),
        (saved(Image.new("L", (8, 8)), "ICO"), "neither|icon"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04", "a ZIP"),
        (b"\x00\x00\x00\x20ftypheic", "HEIC"),
        (b"\x80\x04\x95cposix\nsystem", "neither"),
        (SIGNATURE, "cut short"),
        (WHOLE_PNG[:-1], "cut short"),
        (WHOLE_PNG[:40], "cut short"),
        (WHOLE_PNG[:50] + b"\x00" + WHOLE_PNG[51:], "checksum"),
        (zip_behind(WHOLE_PNG), "behind the picture's end"),
        (WHOLE_PNG + b"<script>", "8 bytes lie behind"),
        (SIGNATURE + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "header"),
        (SIGNATURE + header(8, 8) + header(9999, 9999) + chunk(b"IEND", b""), "twice"),
        (SIGNATURE + header(8, 8) + chunk(b"IEND", b""), "no pixels"),
        (SIGNATURE + header(8, 8) + chunk(b"acTL", bytes(8)), "animated"),
        (SIGNATURE + header(8, 8) + chunk(b"EVIL", b""), "not known"),
        (SIGNATURE + header(8, 8, 3), "no header holds"),
        (SIGNATURE + header(0, 8), "shows nothing"),
        (SIGNATURE + header(8, 8) + chunk(b"IDAT", b"junk") + chunk(b"IEND", b""), "damaged"),
        (
            SIGNATURE
            + header(8, 8)
            + chunk(b"IDAT", zlib.compress(b"\0" * 9))
            + chunk(b"IEND", b""),
            "damaged",
        ),
        (SIGNATURE + header(8, 8) + chunk(b"teXt", b"") * (MOST_PARTS + 1), "parts"),
        (WHOLE_JPEG[:-2], "cut short"),
        (WHOLE_JPEG[:300], "cut short"),
        (WHOLE_JPEG[:2] + b"\x00\x00" + WHOLE_JPEG[2:], "neither|marker"),
        (b"\xff\xd8\xff\xd9", "no pixels"),
        (b"\xff\xd8\xff\xe0\x00\x00", "length"),
        (b"\xff\xd8\xff\xc9\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00", "hardly ever"),
        (b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x00\x00\x08\x01\x01\x11\x00", "shows nothing"),
        (b"\xff\xd8\xff\xc0\x00\x0b\x0c\x00\x08\x00\x08\x01\x01\x11\x00", "of 12 bits"),
        (b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00", "65535 x 65535"),
        (b"\xff\xd8" + 2 * b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00", "twice"),
    ],
)
def test_what_is_refused_says_why(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_picture(data, GREY)


@pytest.mark.parametrize(
    "size", [(2**31 - 1, 2**31 - 1), (20_000, 20_000), (65_536, 1), (4097, 4096)]
)
def test_bombs_are_refused_before_they_are_decoded(size: tuple[int, int]) -> None:
    data = bomb(*size) if size[0] < 2**30 else SIGNATURE + header(*size)
    tracemalloc.start()
    with pytest.raises(InputError, match=f"{size[0]} x {size[1]} pixels large; at most 16 million"):
        read_picture(data, GREY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(data) + 200_000


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))), st.booleans())
def test_interlaced_files_are_whole(pixels: np.ndarray, deep: bool) -> None:
    """An interlaced file, made by hand since Pillow writes none."""
    height, width = pixels.shape
    stored = pixels.astype(">u2") * 257 if deep else pixels
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    raw = b""
    for x, y, across, down in [*passes, (0, 1, 1, 2)]:
        part = stored[y::down, x::across]
        raw += b"".join(b"\0" + row.tobytes() for row in part if part.size)
    head = struct.pack(">IIBBBBB", width, height, 16 if deep else 8, 0, 0, 0, 1)
    file = SIGNATURE + chunk(b"IHDR", head)
    data = file + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    same = Settings(CLASSES, (1, height, width))
    assert np.allclose(read_picture(data, same).values[0], pixels / 255)
    short = file + chunk(b"IDAT", zlib.compress(raw[:-1])) + chunk(b"IEND", b"")
    with pytest.raises(InputError, match="fewer pixels"):
        read_picture(short, same)


def test_many_scans_are_refused() -> None:
    data = saved(Image.fromarray(grey(32)), "JPEG", progressive=True)
    assert read_picture(data, GREY).values.shape == (1, 8, 8)
    at = data.rindex(b"\xff\xda")
    with pytest.raises(InputError, match="scans"):
        read_picture(data[:-2] + 101 * data[at:-2] + data[-2:], GREY)


def test_nothing_but_pixels_reaches_the_decoder() -> None:
    image = Image.fromarray(grey(32))
    secret = b"<script>alert(1)</script>"
    exif = Image.Exif()
    exif[0x0112] = 1
    jpeg = saved(image, "JPEG", comment=secret, icc_profile=secret, xmp=secret, exif=exif) + secret
    cleaned = take_apart(jpeg)
    assert secret not in cleaned.content
    assert cleaned.content.endswith(b"\xff\xd9")
    text = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(10**6))) + chunk(b"tEXt", b"a\0" + secret)
    texts = WHOLE_PNG[:33] + text + WHOLE_PNG[33:]
    assert take_apart(texts).content == WHOLE_PNG
    with Image.open(io.BytesIO(cleaned.content)) as opened:
        assert np.asarray(opened).shape == (32, 32)


@settings(max_examples=300, deadline=None)
@given(
    whole=st.sampled_from(
        [WHOLE_PNG, WHOLE_JPEG, saved(Image.fromarray(grey(16)), "JPEG", progressive=True)]
    ),
    places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 10**6) | st.none(),
    mended=st.booleans(),
)
def test_damage_is_an_input_error_or_a_picture(
    whole: bytes, places: list[tuple[int, int]], cut: int | None, mended: bool
) -> None:
    data = bytearray(whole if cut is None else whole[: cut % len(whole)])
    for place, value in places:
        if data:
            data[place % len(data)] = value
    hurt = mend(bytes(data)) if mended else bytes(data)
    try:
        values = read_picture(hurt, GREY).values
    except InputError:
        return  # all else fails the test
    assert values.shape == (1, 8, 8)
    assert np.isfinite(values).all()
    assert values.min() >= 0
    assert values.max() <= 1


def mend(data: bytes) -> bytes:
    """The same PNG with right checksums, so that damage gets as far as the decoder."""
    if not data.startswith(SIGNATURE):
        return data
    out, at = [SIGNATURE], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        out.append(chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(out)


@given(st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    for start in (b"", SIGNATURE, b"\xff\xd8\xff", SIGNATURE + header(8, 8)):
        with pytest.raises(InputError):
            read_picture(start + data, GREY)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.5,0,15", [0.5, 0, 15]),
        ("a,b,c\n0.5,0,15\n", [0.5, 0, 15]),
        ("c\ta\tother\tb\n15\t0.5\tx\t-1\n", [0.5, -1, 15]),
        ("\ufeff1;1;20\r\n\r\n", [1, 1, 20]),
        ('"1","1","2e1"', [1, 1, 20]),
    ],
)
def test_a_row(text: str, values: list[float]) -> None:
    assert read_row(text.encode(), ROW).values.tolist() == values


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe1", "UTF-8"),
        (b"1,2", "Expected 3 numbers in the row; got 2"),
        (b"1,1,=HYPERLINK(1)", "c: '=HYPERLINK"),
        (b"1,1,nan", "is no number"),
        (b"1,1,1e999", "is no number"),
        (b"1,1,21", "c: 21 lies out of the study's bounds, 10 to 20"),
        (b"1,1,15\n1,1,15", "does not name every feature"),
        (b"a,b,a\n1,1,15", "does not name"),
        (b"a,b,c,c\n1,1,15,15", "twice"),
        (b"1,1,15\n2,2,2\n3,3,3", "3 lines"),
        (b"1," * 200_000, "longer"),
        (b"\x00,1,1", "no text"),
    ],
)
def test_a_row_that_is_none(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_row(data, ROW)


def test_each_study_takes_its_own() -> None:
    with pytest.raises(InputError, match="rows of features"):
        read_picture(WHOLE_PNG, ROW)
    with pytest.raises(InputError, match="about pictures"):
        read_row(b"1,2,3", GREY)


@pytest.mark.parametrize("settings", [ROW, TABLE], ids=["numbers", "table"])
@given(text=st.text(max_size=60))
def test_no_text_breaks_a_row(settings: Settings, text: str) -> None:
    try:
        values = read_row(text.encode(), settings).values
    except InputError:
        return  # all else fails the test
    assert values.shape == settings.shape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("60,rent,21", "age 60, home rent, paid 21"),
        ("id,home,paid,age\n7,own,missing,60", "age 60, home own, paid missing"),
        ("60.0;rent;", "age 60, home rent, paid missing"),
    ],
)
def test_a_row_of_a_table_is_given_in_words(text: str, shown: str) -> None:
    row = read_row(text.encode(), TABLE).values
    assert as_text(shown_row(TABLE.domain, row)) == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("60,cave,21", "'cave' is none of its values: it is category of 2: rent, own"),
        ("60,8388609,21", "none of its values"),
        ("60,,21", "has no gaps"),
        ("sixty,rent,21", "'sixty' is none"),
        ("60.5,rent,21", "age is 60.5"),
        ("99,rent,21", "age is 99"),
        ("60,rent,70", "breaks the relation"),
        ("60,rent,21,0", "Expected 3 values"),
    ],
)
def test_a_row_that_the_table_does_not_have(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_row(text.encode(), TABLE)
