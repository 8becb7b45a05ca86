"""``preceptor distances``, run as a user runs it."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from preceptor.cli.distances import distances
from preceptor.core import InputError

app = typer.Typer()
app.command()(distances)


def run(*words: object) -> str:
    result = CliRunner(env={"COLUMNS": "120", "NO_COLOR": "1"}).invoke(app, [str(w) for w in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A picture, another object, and the first with noise: the paper's Figure 1.1 in small."""
    clean = np.full((32, 32), 128, np.uint8)
    clean[8:12, 8:12] = 255
    other = np.full((32, 32), 128, np.uint8)
    noise = np.random.default_rng(0).integers(-40, 41, clean.shape)
    noisy = np.clip(clean + noise, 0, 255).astype(np.uint8)
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path, values in zip(paths, (clean, other, noisy), strict=True):
        Image.fromarray(values).save(path)
    return paths


def test_they_disagree_on_which_is_nearer(files: list[Path]) -> None:
    said = run(*files)
    assert "They disagree on which is nearest to a.png" in said
    assert "l_inf" in said.split(" say c.png")[0].split("say b.png")[-1]
    assert "* nearest by this measure" in said


def test_json_names_the_nearest_of_each(files: list[Path]) -> None:
    found = json.loads(run(*files, "--json"))
    assert found["nearest"]["linf"] == [str(files[2])]
    assert found["nearest"]["l0"] == [str(files[1])]
    assert found["agree"] is False
    assert found["to"][0]["l0"] == 16


def test_they_agree(files: list[Path]) -> None:
    said = run(files[0], files[0], files[2])
    assert "All 7 agree: " in said
    assert "identical" in said


def test_two_files_are_only_measured(files: list[Path]) -> None:
    said = run(*files[:2])
    assert "*" not in said
    assert "Give a third file" in said


def test_vectors(tmp_path: Path) -> None:
    for name, values in (("a", [0, 0]), ("b", [3, 4]), ("c", [0, 6])):
        np.save(tmp_path / f"{name}.npy", np.array(values))
    said = run(*(tmp_path / f"{name}.npy" for name in "abc"))
    assert "SSIM" not in said
    assert "l_2, l_inf say b.npy" in said


def test_a_grey_image_beside_a_coloured_one(files: list[Path], tmp_path: Path) -> None:
    Image.open(files[0]).convert("RGB").save(tmp_path / "colour.png")
    found = json.loads(run(files[0], tmp_path / "colour.png", "--json"))
    assert found["to"][0]["linf"] == 0


def test_blocks_are_stated(tmp_path: Path) -> None:
    for name in "ab":
        Image.effect_noise((70, 40), 60).save(tmp_path / f"{name}.png")
    said = run(tmp_path / "a.png", tmp_path / "b.png")
    assert "blocks of 3 x 3 pixels" in said
    assert "at most 2.8 pixels" in said


def test_other_sizes_are_refused_in_words(files: list[Path], tmp_path: Path) -> None:
    Image.new("L", (30, 32)).save(tmp_path / "d.png")
    with pytest.raises(InputError, match=r"30 x 32 pixels in 1 channel, .*32 x 32"):
        run(files[0], tmp_path / "d.png")


def test_one_file_is_refused(files: list[Path]) -> None:
    with pytest.raises(InputError, match="at least two files"):
        run(files[0])


def test_values_beyond_white_are_refused_with_the_fix(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((4, 4), 200.0))
    with pytest.raises(InputError, match="--high 255"):
        run(tmp_path / "a.npy", tmp_path / "a.npy")
    assert "W_1" in run(tmp_path / "a.npy", tmp_path / "a.npy", "--high", 255)


def test_names_are_no_markup(files: list[Path], tmp_path: Path) -> None:
    odd = tmp_path / "[red]x[bold].png"
    odd.write_bytes(files[1].read_bytes())
    assert "[red]x[bold].png" in run(files[0], odd, files[2])


def test_help_teaches() -> None:
    said = run("--help")
    assert "panda-with-noise.png" in said
    assert "nearer" in said
