"""The distances against plain definitions, and against the paper's own question."""

import math

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.core import InputError
from preceptor.distances import GRID, MEASURES, compare, wasserstein


def image(seed: int, height: int = 8, width: int = 8, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((channels, height, width))


def dot(row: int, column: int, side: int = 12) -> np.ndarray:
    picture = np.zeros((1, side, side))
    picture[0, row, column] = 0.7
    return picture


def test_l_p_by_hand() -> None:
    found = compare(np.array([0.0, 0.5, 1.0]), np.array([0.3, 0.5, 0.6]))
    assert found.l0 == 2
    assert found.l1 == pytest.approx(0.7)
    assert found.l2 == pytest.approx(0.5)
    assert found.linf == pytest.approx(0.4)
    assert (found.wasserstein, found.ssim, found.psnr) == (None, None, None)


def test_a_dot_that_moves_travels_as_far_as_it_moved() -> None:
    assert compare(dot(2, 3), dot(5, 7)).wasserstein == pytest.approx(5.0)


def test_brightness_alone_moves_no_mass() -> None:
    assert compare(0.5 * image(0), image(0)).wasserstein == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_carrying_only_the_difference_is_the_plain_program(seed: int) -> None:
    a, b = image(seed, 5, 6), image(seed + 1, 5, 6)
    b[b < 0.5] = 0
    places = np.stack(np.meshgrid(range(5), range(6), indexing="ij"), -1).reshape(-1, 2)
    cost = np.linalg.norm(places[:, None] - places[None], axis=-1)
    plain = ot.emd2(a.ravel() / a.sum(), b.ravel() / b.sum(), cost)
    assert wasserstein(a, b).distance == pytest.approx(plain, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_wasserstein_is_a_metric(seed: int) -> None:
    a, b, c = (image(seed + i, 6, 6) for i in range(3))
    ab, bc, ac = (wasserstein(*pair).distance for pair in ((a, b), (b, c), (a, c)))
    assert ab == pytest.approx(wasserstein(b, a).distance)
    assert ac <= ab + bc + 1e-9
    assert wasserstein(a, a).distance == 0.0


@pytest.mark.parametrize("side", [GRID + 1, 3 * GRID - 5])
def test_blocks_put_it_off_by_no_more_than_stated(side: int) -> None:
    rng = np.random.default_rng(side)
    for _ in range(10):
        start, stop = rng.integers(0, side, 2), rng.integers(0, side, 2)
        found = wasserstein(dot(*start, side), dot(*stop, side))
        assert found.block == -(-side // GRID)
        assert abs(found.distance - math.dist(start, stop)) <= found.off_by + 1e-9


def test_large_images_are_scaled_back_to_pixels() -> None:
    found = compare(dot(0, 0, 128), dot(96, 64, 128))
    assert found.wasserstein_block == 4
    assert found.wasserstein == pytest.approx(math.hypot(96, 64))


def test_no_mass_no_distance() -> None:
    black = np.zeros((3, 8, 8))
    assert compare(black, image(0, channels=3)).wasserstein is None
    assert compare(black - 1, image(0, channels=3), low=-1, high=1).wasserstein is None
    assert compare(black, image(0, channels=3), low=-1, high=1).wasserstein is not None


@pytest.mark.parametrize(
    ("height", "window"), [(20, 7), (7, 7), (6, 5), (5, 5), (4, 3), (3, 3), (2, None), (1, None)]
)
def test_the_ssim_window_fits_the_image(height: int, window: int | None) -> None:
    found = compare(image(0, height, 9), image(1, height, 9))
    assert found.ssim_window == window
    assert (found.ssim is None) == (window is None)


def test_identical_images() -> None:
    found = compare(image(3, channels=3), image(3, channels=3))
    assert (found.l0, found.linf, found.wasserstein, found.psnr) == (0, 0, 0, None)
    assert found.ssim == pytest.approx(1.0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.5, 300))
def test_the_unit_of_the_pixels_does_not_matter(seed: int, span: float) -> None:
    a, b = image(seed, channels=3), image(seed + 1, channels=3)
    one = compare(a, b)
    other = compare(a * span - 1, b * span - 1, low=-1, high=span - 1)
    assert other.ssim == pytest.approx(one.ssim)
    assert other.psnr == pytest.approx(one.psnr)
    assert other.wasserstein == pytest.approx(one.wasserstein, abs=1e-7)
    assert other.l2 == pytest.approx(one.l2 * span)


def test_psnr_by_hand() -> None:
    a, b = np.zeros((1, 4, 4)), np.full((1, 4, 4), 0.1)
    assert compare(a, b).psnr == pytest.approx(20.0)


def test_tensors_and_arrays_are_the_same() -> None:
    a, b = image(0), image(1)
    assert compare(torch.from_numpy(a), torch.from_numpy(b)) == compare(a, b)


def test_plain_data_has_every_measure() -> None:
    plain = compare(image(0), image(1)).describe()
    assert {m.key for m in MEASURES} <= set(plain)
    assert all(isinstance(v, int | float) for v in plain.values())


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (image(0), image(0, 9, 9), "one shape"),
        (np.zeros(0), np.zeros(0), "empty"),
        (np.array([np.nan]), np.array([0.0]), "not finite"),
        (np.array(["x"]), np.array(["y"]), "dtype"),
    ],
)
def test_what_cannot_be_compared(a: np.ndarray, b: np.ndarray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        compare(a, b)


def test_bounds_the_wrong_way_round() -> None:
    with pytest.raises(InputError, match="low must be below high"):
        compare(image(0), image(1), low=1, high=0)


def test_different_distances_rank_differently() -> None:
    """The question of the paper's Figure 1.1: a small object elsewhere, or noise everywhere?"""
    clean = np.full((1, 32, 32), 0.5)
    clean[0, 8:12, 8:12] = 1.0
    other = clean.copy()
    other[0, 8:12, 8:12] = 0.5
    noise = 0.1 * np.random.default_rng(0).standard_normal(clean.shape)
    noisy = np.clip(clean + noise, 0, 1)
    far, near = compare(clean, other), compare(clean, noisy)
    assert far.l0 < near.l0
    assert far.l1 < near.l1
    assert far.l2 < near.l2
    assert far.linf > near.linf
