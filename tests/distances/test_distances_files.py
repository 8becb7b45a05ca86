"""Files: what is read, how, and what is refused in words."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from preceptor.core import InputError
from preceptor.distances import read_image, read_input


def saved(image: Image.Image, path: Path) -> Path:
    image.save(path)
    return path


def test_grey_and_colour(tmp_path: Path) -> None:
    grey = read_image(saved(Image.new("L", (4, 3), 51), tmp_path / "g.png"))
    assert grey.shape == (1, 3, 4)
    assert np.allclose(grey, 0.2)
    colour = read_image(saved(Image.new("RGB", (4, 3), (255, 51, 0)), tmp_path / "c.png"))
    assert colour.shape == (3, 3, 4)
    assert np.allclose(colour[:, 0, 0], [1, 0.2, 0])


def test_sixteen_bits_keep_their_depth(tmp_path: Path) -> None:
    values = np.array([[0, 1, 32768, 65535]], np.uint16)
    read = read_image(saved(Image.fromarray(values), tmp_path / "deep.png"))
    assert np.allclose(read[0] * 65535, values)


def test_palette_and_two_levels(tmp_path: Path) -> None:
    colour = Image.new("RGB", (2, 2), (255, 0, 0)).convert("P")
    assert np.allclose(read_image(saved(colour, tmp_path / "p.png"))[:, 0, 0], [1, 0, 0])
    assert read_image(saved(Image.new("1", (2, 2), 1), tmp_path / "b.png")).min() == 1.0


def test_transparent_pixels_lie_over_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (2, 2), (0, 0, 0, 0))
    assert np.allclose(read_image(saved(clear, tmp_path / "t.png")), 1.0)


def test_the_cameras_note_of_up_is_obeyed(tmp_path: Path) -> None:
    picture = Image.new("L", (4, 2))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert read_image(tmp_path / "turned.jpg").shape == (1, 4, 2)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(Image.new("L", (64, 64)), tmp_path / "big.png")
    for limit in (3000, 1000):  # Pillow warns above the limit, and raises above twice the limit
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(InputError, match="refused"):
            read_image(path)


def test_files_that_are_no_images(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_image(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(InputError, match="no image that can be read"):
        read_image(tmp_path / "text.png")
    with pytest.raises(InputError, match="cannot be read as an image"):
        read_image(tmp_path)
    whole = saved(Image.effect_noise((64, 64), 50), tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read as an image"):
        read_image(tmp_path / "cut.png")
    saved(Image.new("F", (2, 2)), tmp_path / "float.tiff")
    with pytest.raises(InputError, match=r"save them as \.npy"):
        read_image(tmp_path / "float.tiff")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((5,), (5,)), ((4, 6), (1, 4, 6)), ((3, 4, 6), (3, 4, 6)), ((5, 6, 3), (3, 5, 6))],
)
def test_arrays(tmp_path: Path, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    np.save(tmp_path / "a.npy", np.arange(np.prod(shape)).reshape(shape))
    found = read_input(tmp_path / "a.npy")
    assert found.shape == expected
    assert found.dtype == np.float64
    assert found.max() == np.prod(shape) - 1


def test_arrays_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_input(tmp_path / "none.npy")
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    for name in ("text", "objects"):
        with pytest.raises(InputError, match=r"cannot be read as a \.npy"):
            read_input(tmp_path / f"{name}.npy")
    np.save(tmp_path / "words.npy", np.array(["a"]))
    with pytest.raises(InputError, match="real numbers"):
        read_input(tmp_path / "words.npy")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def deep_png(path: Path, colour: int, channels: int, *more: bytes) -> Path:
    """Sixteen bits for each value, written by hand: Pillow writes no such files."""
    head = struct.pack(">IIBBBBB", 4, 4, 16, colour, 0, 0, 0)
    rows = (b"\0" + bytes([0x80, 0x01]) * 4 * channels) * 4
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


@pytest.mark.parametrize(
    ("colour", "channels"), [(2, 3), (4, 2), (6, 4)], ids=["RGB", "grey with alpha", "RGBA"]
)
def test_sixteen_bits_in_colour_are_not_cut_to_eight(
    tmp_path: Path, colour: int, channels: int
) -> None:
    with pytest.raises(InputError, match=r"more than eight bits.*\.npy array"):
        read_image(deep_png(tmp_path / "deep.png", colour, channels))


def test_sixteen_bits_of_grey_are_read_and_with_a_transparent_grey_refused(tmp_path: Path) -> None:
    assert np.allclose(read_image(deep_png(tmp_path / "grey.png", 0, 1)), 0x8001 / 65535)
    clear = chunk(b"tRNS", bytes([0x80, 0x01]))
    with pytest.raises(InputError, match="with transparency"):
        read_image(deep_png(tmp_path / "clear.png", 0, 1, clear))


def test_other_files_that_would_be_cut(tmp_path: Path) -> None:
    deep = tmp_path / "deep.ppm"
    deep.write_bytes(b"P6 2 2 65535\n" + bytes(24))
    with pytest.raises(InputError, match="more than eight bits"):
        read_image(deep)
    plain = tmp_path / "plain.ppm"
    plain.write_bytes(b"P6 2 2 255\n" + bytes(12))
    assert read_image(plain).shape == (3, 2, 2)
    wide = tmp_path / "rgb16.tif"
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(wide, np.full((4, 4, 3), 0x8001, np.uint16), photometric="rgb")
    with pytest.raises(InputError, match=r"more than eight bits|no image that can be read"):
        read_image(wide)


def test_several_images_in_one_file_are_refused(tmp_path: Path) -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in (0, 200)]
    for suffix in ("gif", "tif", "png"):
        file = tmp_path / f"two.{suffix}"
        frames[0].save(file, save_all=True, append_images=frames[1:])
        with pytest.raises(InputError, match="holds 2 images"):
            read_image(file)


def test_palettes_and_interlacing_are_read(tmp_path: Path) -> None:
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.save(tmp_path / "p.png", transparency=1)
    assert np.allclose(read_image(tmp_path / "p.png"), 1)  # clear, over white
    shades = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4)
    shades.save(tmp_path / "i.png")
    assert np.allclose(read_image(tmp_path / "i.png")[0] * 255, np.asarray(shades))
