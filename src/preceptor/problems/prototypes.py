"""A teacher of digits that is a program: it looks at the shape of the ink and nothing else.

An image is blurred, made black and white, centred, straightened and brought to one size; what comes
out is compared with prototypes. It can be asked about any image, in microseconds, and says
``UNCERTAIN`` of what is like no prototype, or about as like two of different digits.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN

SIDE: Final = 20
"""Side of a normalised image."""

SPREAD: Final = 0.5
"""Root mean square distance of the ink from its centre in a normalised image, as a share of half
its side."""


@dataclass(frozen=True)
class Looking:
    """How an image is brought to its normal form, and what is like enough to a prototype.

    Attributes:
        blur: standard deviation in pixels.
        levels: ink is what is above such a share of the way from the darkest to the brightest
            pixel; the rule looks once for each level, and says a label only if it is the same every
            time. So it is uncertain of what is half there.
        contrast: least difference of brightest and darkest pixel after the blur.
        least: smallest share of ink in the picture.
        most: largest share of ink.
        ragged: longest outline of the ink, in pixels for each pixel of it: more is no stroke.
        near: largest distance to the nearest prototype, as a root mean square over pixels.
        margin: least gap to the nearest prototype of another label, likewise.
        scale: how many times larger an image is made before anything else.
        blank: so many pixels at each edge are taken for black: what stands there is no ink.
    """

    blur: float = 0.7
    levels: tuple[float, ...] = (0.4, 0.6)
    contrast: float = 0.3
    least: float = 0.02
    most: float = 0.4
    ragged: float = math.inf
    near: float = 0.25
    margin: float = 0.015
    scale: int = 1
    blank: int = 0


@dataclass(frozen=True, eq=False)
class Prototypes:
    """Certain where the nearest prototype is near, and clearly nearer than any of another label.

    Attributes:
        shapes: ``Float32[prototypes, side * side]``, in normal form.
        labels: ``Int64[prototypes]``.
        looking: how images are seen.
    """

    shapes: Float[Tensor, "prototypes pixels"]
    labels: Int64[Tensor, " prototypes"]
    looking: Looking

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, 1, height, width]`` in [0, 1]."""
        said = torch.stack([self._at(inputs, level) for level in self.looking.levels])
        return torch.where((said == said[0]).all(0), said[0], UNCERTAIN)

    def _at(self, inputs: Tensor, level: float) -> Tensor:
        seen, plain = normal_form(inputs, self.looking, level)
        # without the matrix trick, whose rounding depends on the batch
        gaps = torch.cdist(seen, self.shapes, compute_mode="donot_use_mm_for_euclid_dist")
        gaps = gaps / math.sqrt(self.shapes.shape[1])
        nearest = gaps.min(1)
        said = self.labels[nearest.indices]
        others = gaps.masked_fill(self.labels[None, :] == said[:, None], torch.inf).amin(1)
        certain = (
            plain
            & (nearest.values <= self.looking.near)
            & (others - nearest.values >= self.looking.margin)
        )
        return torch.where(certain, said, UNCERTAIN)


def learned_prototypes(
    images: Float[Tensor, "images 1 height width"],
    labels: Int64[Tensor, " images"],
    looking: Looking,
    each: int = 25,
    rounds: int = 12,
) -> Prototypes:
    """``each`` prototypes a label: k-means in normal form, from the first images of each label."""
    middle = sum(looking.levels) / len(looking.levels)
    seen, plain = normal_form(images, looking, middle)
    shapes, marks = [], []
    for label in sorted(set(labels.tolist())):
        own = seen[(labels == label) & plain]
        centres = own[:each].clone()
        for _ in range(rounds):
            nearest = torch.cdist(own, centres).argmin(1)
            for place in range(len(centres)):
                members = own[nearest == place]
                if len(members):
                    centres[place] = members.mean(0)
        shapes.append((centres * 255).round() / 255)  # the same on machines that round otherwise
        marks += [label] * len(centres)
    return Prototypes(torch.cat(shapes), torch.tensor(marks), looking)


def normal_form(
    images: Float[Tensor, "batch 1 height width"],
    looking: Looking,
    level: float,
    side: int = SIDE,
) -> tuple[Float[Tensor, "batch pixels"], Tensor]:
    """Images centred, upright and of one size, ``Float32[batch, side * side]``; and ``Bool[batch]``,
    true where there is ink in a plausible amount.
    """
    ink, plain = _ink(images.to(torch.float32), looking, level)
    height, width = ink.shape[2:]
    rows = torch.linspace(-1, 1, height) * (1 - 1 / height)
    columns = torch.linspace(-1, 1, width) * (1 - 1 / width)
    mass = ink.sum((1, 2, 3)).clamp_min(1e-6)
    weight = ink[:, 0] / mass[:, None, None]
    y = (weight * rows[:, None]).sum((1, 2))
    x = (weight * columns).sum((1, 2))
    down, right = rows[None, :, None] - y[:, None, None], columns[None, None] - x[:, None, None]
    tall = (weight * down.square()).sum((1, 2))
    lean = (weight * down * right).sum((1, 2)) / tall.clamp_min(1e-6)
    lean = lean.clamp(-0.6, 0.6)
    straight = right - lean[:, None, None] * down
    wide = (weight * straight.square()).sum((1, 2))
    scale = ((tall + wide).sqrt() / SPREAD).clamp(0.2, 2.0)
    zero = torch.zeros_like(x)
    matrix = torch.stack(
        [torch.stack([scale, lean * scale, x], 1), torch.stack([zero, scale, y], 1)], 1
    )
    grid = F.affine_grid(matrix, [len(ink), 1, side, side], align_corners=False)
    return F.grid_sample(ink, grid, align_corners=False).flatten(1), plain


def lightness(
    images: Float[Tensor, "batch 1 height width"], looking: Looking
) -> tuple[Float[Tensor, "batch 1 tall wide"], Float[Tensor, " batch"]]:
    """How far each pixel of the blurred image lies from its darkest to its brightest, ``0 .. 1``,
    and how far these are apart. With ``scale`` there are more pixels than in the image.
    """
    if looking.blank:
        edge = looking.blank
        images = F.pad(images[:, :, edge:-edge, edge:-edge], (edge, edge, edge, edge))
    images = images - images.amin((1, 2, 3), keepdim=True)  # what surrounds an image is its darkest
    if looking.scale > 1:
        images = F.interpolate(images, scale_factor=looking.scale, mode="bilinear")
    radius = max(1, math.ceil(3 * looking.blur))
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float32)
    bell = torch.exp(-0.5 * (offsets / looking.blur) ** 2)
    bell = bell / bell.sum()
    padded = F.pad(images, (radius, radius, radius, radius))
    blurred = F.conv2d(F.conv2d(padded, bell[None, None, :, None]), bell[None, None, None, :])
    low, high = blurred.amin((1, 2, 3)), blurred.amax((1, 2, 3))
    contrast = high - low
    share = (blurred - low[:, None, None, None]) / contrast.clamp_min(1e-6)[:, None, None, None]
    return share, contrast


def _ink(images: Tensor, looking: Looking, level: float) -> tuple[Tensor, Tensor]:
    """What is ink, 0 or 1, and where there is a plausible amount of it."""
    share, contrast = lightness(images, looking)
    ink = (share > level).float()
    amount = ink.mean((1, 2, 3))
    plain = (contrast >= looking.contrast) & (amount >= looking.least) & (amount <= looking.most)
    if looking.ragged < math.inf:
        padded = F.pad(ink, (1, 1, 1, 1))
        outline = sum(padded.diff(dim=axis).abs().sum((1, 2, 3)) for axis in (2, 3))
        plain &= outline <= looking.ragged * ink.sum((1, 2, 3))
    return ink, plain
