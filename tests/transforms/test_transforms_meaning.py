"""What the single transformations do to a picture."""

import pytest
import torch

from preceptor.core import Domain, InputError, ItemRng
from preceptor.transforms import (
    Blur,
    Brightness,
    Contrast,
    Elastic,
    Gamma,
    Impulse,
    Noise,
    Patch,
    Pixelate,
    Resample,
    Rotate,
    Scale,
    Shear,
    Shift,
    Thickness,
    Tolerance,
)

SIDE = 20
DOMAIN = Domain((1, SIDE, SIDE))


def apply(transform, image, *amounts, seed=0):
    rng = ItemRng.named(seed, "test", ["0"])
    return transform(image[None], torch.tensor([amounts]), domain=DOMAIN, rng=rng)[0]


def bar(top, bottom, left, right, value=1.0):
    image = torch.zeros(1, SIDE, SIDE)
    image[:, top:bottom, left:right] = value
    return image


def centre(image):
    mass = image[0] / image.sum()
    places = torch.arange(SIDE).float()
    return float((mass.sum(0) * places).sum()), float((mass.sum(1) * places).sum())


def test_shift_goes_right_and_down_by_shares():
    moved = apply(Shift(0.25), bar(5, 8, 5, 8), 1.0, 0.4)
    torch.testing.assert_close(moved, bar(7, 10, 10, 13), atol=1e-4, rtol=0)


def test_rotate_turns_clockwise():
    moved = apply(Rotate(90), bar(2, 5, 9, 11), 1.0)  # above the centre: goes to the right
    torch.testing.assert_close(moved, bar(9, 11, 15, 18), atol=1e-4, rtol=0)


def test_scale_enlarges_and_its_inverse_reduces():
    image = bar(8, 12, 8, 12)
    assert float(apply(Scale(2.0), image, 1.0).sum()) == pytest.approx(4 * 16, rel=0.02)
    assert float(apply(Scale(2.0), image, -1.0).sum()) == pytest.approx(4, rel=0.02)


def test_shear_leans_to_the_right():
    moved = apply(Shear(30), bar(2, 18, 9, 11), 1.0)
    upper, lower = moved.clone(), moved.clone()
    upper[:, 10:], lower[:, :10] = 0, 0
    assert centre(upper)[0] > 9.5 + 1.5
    assert centre(lower)[0] < 9.5 - 1.5


def test_tones():
    image = bar(5, 15, 5, 15, 0.5)
    assert torch.equal(apply(Brightness(0.25), image, 1.0), image + 0.25)
    assert float(apply(Contrast(2.0), image, -1.0).std()) == pytest.approx(float(image.std()) / 2)
    assert float(apply(Gamma(2.0), image, 1.0).amax()) == pytest.approx(0.25)
    assert float(apply(Gamma(2.0), image, -1.0).amax()) == pytest.approx(0.5**0.5)
    assert float(apply(Gamma(2.0), image, 1.0)[0, 0, 0]) == 0


def test_blur_spreads_with_its_sigma():
    image = bar(10, 11, 10, 11)
    moved = apply(Blur(1.5), image, 1.0)
    places = torch.arange(SIDE).float()
    variance = (moved[0].sum(0) * (places - 10) ** 2).sum() / moved.sum()
    assert float(variance) == pytest.approx(1.5**2, rel=0.05)
    assert float(moved.sum()) == pytest.approx(1.0, rel=1e-3)


def test_pixelate_takes_means_of_blocks():
    image = torch.arange(SIDE * SIDE).float().reshape(1, SIDE, SIDE) / SIDE**2
    moved = apply(Pixelate(4), image, -1.0)
    assert torch.equal(moved[:, :4, :4], moved[:, :1, :1].expand(1, 4, 4))
    torch.testing.assert_close(moved[0, 0, 0], image[0, :4, :4].mean())


def test_thickness_grows_and_shrinks_lines():
    image = bar(4, 16, 9, 12)
    assert torch.equal(apply(Thickness(1), image, 1.0)[:, 10], bar(4, 16, 8, 13)[:, 10])
    assert torch.equal(apply(Thickness(1), image, -1.0)[:, 10], bar(4, 16, 10, 11)[:, 10])
    half = apply(Thickness(2), image, 0.25)
    assert float(half[0, 10, 8]) == 0.5


def test_random_sizes():
    grey = torch.full((1, SIDE, SIDE), 0.5)
    assert float((apply(Noise(0.1), grey, 1.0) - grey).std()) == pytest.approx(0.1, rel=0.15)
    assert 0.08 < float((apply(Tolerance(0.1), grey, 1.0) - grey).abs().amax()) <= 0.1 + 1e-6
    hit = apply(Impulse(0.3), grey, 1.0)
    assert set(hit.unique().tolist()) == {0.0, 0.5, 1.0}
    assert float((hit != 0.5).float().mean()) == pytest.approx(0.3, abs=0.08)


def test_elastic_keeps_the_ink_and_bends_it():
    image = bar(9, 11, 2, 18)
    moved = apply(Elastic(0.05), image, 1.0)
    assert float(moved.sum()) == pytest.approx(float(image.sum()), rel=0.35)
    assert float((moved - image).abs().amax()) > 0.3


def test_regions():
    image = torch.rand(1, SIDE, SIDE)
    mask = bar(0, 4, 0, 4) > 0
    moved = apply(Patch(mask, 1.0, "corner"), image, 1.0)
    assert (moved[mask] == 1).all()
    assert torch.equal(moved[~mask], image[~mask])
    other = torch.rand(1, 1, SIDE, SIDE)
    moved = apply(Resample(mask, other, "corner"), image, -1.0)
    torch.testing.assert_close(moved[mask], other[0][mask])
    assert torch.equal(moved[~mask], image[~mask])


def test_regions_that_do_not_fit():
    with pytest.raises(InputError, match="share between 0 and 1"):
        Patch(torch.ones(2) > 0, 2.0)
    with pytest.raises(InputError, match="is empty"):
        Resample(torch.ones(2) > 0, torch.zeros(0, 2))
    with pytest.raises(InputError, match="mask has shape"):
        apply(Patch(torch.ones(2) > 0, 1.0), torch.zeros(1, SIDE, SIDE), 1.0)
    mask = torch.ones(1, SIDE, SIDE) > 0
    with pytest.raises(InputError, match="pool's inputs"):
        apply(Resample(mask, torch.zeros(3, 2)), torch.zeros(1, SIDE, SIDE), 1.0)
