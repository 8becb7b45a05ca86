"""Turns and shifts.

Engstrom et al. 2019, "Exploring the landscape of spatial robustness", section 3: the worst of k
random rotations and translations, or of a regular grid of them. Differences: the student's own
answer instead of the label; a grid is gone through from its middle outwards and an item left alone
once it flipped; what comes in from outside is the domain's low bound; and vectors, which the paper
does not treat, turn in a plane of two coordinates.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.best_of import worst_of
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import at_least

SHIFTS = 5
"""Shifts of a grid in each direction, the paper's."""


@dataclass(frozen=True)
class RotateTranslate:
    """The worst of a few random turns about the centre, or of a grid of them, each with a shift.

    Images turn and shift as a whole, bilinearly. Any other input is a vector: two of its
    coordinates that may change turn about the domain's centre, in units of their ranges, and
    shift: two at random, or in a grid its first point's are the first and the second, the next
    point's the second and the third, and so on round.

    Attributes:
        degrees: the greatest turn, either way.
        shift: the greatest shift, as a share of the image's height and width or of the
            coordinate's range.
        tries: draws for each item at most, where there is no grid.
        grid: how many angles a regular grid has, from end to end, with 5 x 5 shifts for each; 0 for
            random draws. Nothing is random then, so the result is the same for every seed. The
            paper's has 31, which is 775 points.

    Raises:
        InputError: an option that makes no sense.
    """

    degrees: float = 30.0
    shift: float = 0.1
    tries: int = 20
    grid: int = 0

    family: ClassVar[str] = "rotate"
    goal: ClassVar[Goal] = "flip"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(0, self.family, degrees=self.degrees, shift=self.shift)
        at_least(1, self.family, tries=self.tries)
        if self.grid != 0:
            at_least(2, self.family, grid=self.grid)
        if self.degrees == 0 and self.shift == 0:
            raise InputError("rotate: degrees and shift are both 0, so nothing would move")

    @property
    def name(self) -> str:
        """Family, degrees, shift and every option that is not the default."""
        return name_of(self, self.family, "degrees", "shift")

    @property
    def size(self) -> float:
        """``degrees``."""
        return self.degrees

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        points = self._points() if self.grid else None
        place = iter(range(self.tries if points is None else len(points)))

        def change(clean: Tensor, streams: ItemRng) -> Tensor:
            number = next(place)
            if points is None:
                draws = streams.uniform((3,), -1.0, 1.0)
            else:
                draws = points[number].expand(len(clean), 3)
            angle = draws[:, 0].to(clean) * math.radians(self.degrees)
            shift = draws[:, 1:].to(clean) * self.shift
            if domain.is_image:
                return turn_image(clean, angle, shift, domain)
            plane = streams if points is None else number
            return turn_vector(clean, angle, shift, domain, plane)

        tries = self.tries if points is None else len(points)
        return worst_of(student, inputs, change, tries, domain, rng)

    def _points(self) -> Float[Tensor, "points 3"]:
        """Turn and two shifts of each grid point, in -1 .. 1, from the middle outwards."""
        angles = torch.linspace(-1, 1, self.grid) if self.degrees else torch.zeros(1)
        shifts = torch.linspace(-1, 1, SHIFTS) if self.shift else torch.zeros(1)
        points = torch.cartesian_prod(angles, shifts, shifts)
        return points[points.norm(dim=1).argsort(stable=True)]


def turn_image(
    images: Float[Tensor, "batch channels height width"],
    angle: Float[Tensor, " batch"],
    shift: Float[Tensor, "batch 2"],
    domain: Domain,
) -> Float[Tensor, "batch channels height width"]:
    """Turn by ``angle`` (radians) about the centre and shift by shares of width and height."""
    height, width = images.shape[2:]
    cos, sin = angle.cos(), angle.sin()
    across = torch.stack([cos, -sin * height / width, 2 * shift[:, 0]], 1)
    down = torch.stack([sin * width / height, cos, 2 * shift[:, 1]], 1)
    grid = F.affine_grid(torch.stack([across, down], 1), list(images.shape), align_corners=False)
    low = domain.bounds()[0].to(images)
    return F.grid_sample(images - low, grid, padding_mode="zeros", align_corners=False) + low


def turn_vector(
    vectors: Float[Tensor, "batch *shape"],
    angle: Float[Tensor, " batch"],
    shift: Float[Tensor, "batch 2"],
    domain: Domain,
    plane: ItemRng | int,
) -> Float[Tensor, "batch *shape"]:
    """Turn by ``angle`` (radians) in a plane of two free coordinates, and shift there.

    The plane is random for each item, or that of the free coordinate of this number and the next,
    counted round. The shift is a share of the coordinates' ranges. With one free coordinate there is no plane,
    and only the shift is left; with none, nothing happens.
    """
    open_ = torch.ones(domain.shape, dtype=torch.bool) if domain.fixed is None else ~domain.fixed
    free = open_.flatten().nonzero()[:, 0].to(vectors.device)
    if len(free) == 0:
        return vectors
    flat = vectors.flatten(1)
    low, high = (bound.to(vectors).flatten() for bound in domain.bounds())
    if isinstance(plane, int):
        first = torch.full((len(flat),), plane % len(free), device=vectors.device)
        second = (first + 1) % len(free)
    else:
        first = plane.integers(len(free)).to(vectors.device)
        others = max(len(free) - 1, 1)
        second = (first + 1 + plane.integers(others).to(vectors.device)) % len(free)
    where = torch.stack([free[first], free[second]], 1)
    middle, half = (low + high)[where] / 2, (high - low)[where] / 2
    one, other = ((flat.gather(1, where) - middle) / half).unbind(1)
    cos, sin = angle.cos(), angle.sin()
    if len(free) == 1:
        cos, sin = torch.ones_like(cos), torch.zeros_like(sin)
    turned = torch.stack([cos * one - sin * other, sin * one + cos * other], 1) + 2 * shift
    return flat.scatter(1, where, turned * half + middle).reshape(vectors.shape)
