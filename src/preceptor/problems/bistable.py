"""A picture with two readings: Necker's cube, drawn opaque from above, from below, or as wire.

The outline and two inner corners, each where three edges meet, make up a cube in oblique
projection. With the one corner drawn it is seen from above, with the other from below; with both,
or neither, no reading is right. The figure is Necker's (1832); the drawing and the rule are ours.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError, generator
from preceptor.problems.problem import Problem
from preceptor.teachers import Rule

View = Literal["above", "below", "wire", "blank"]
VIEWS: Final[tuple[View, ...]] = get_args(View)

ABOVE, BELOW = 0, 1
SEEN, ABSENT = 0.15, 0.08
"""Contrast of every edge of a corner that is drawn, at least; of every edge of one that is not, at
most.
"""

SIDE, TRAIN, HELD = 72, 200, 100

_FRONT = np.array([(0.14, 0.36), (0.64, 0.36), (0.64, 0.86), (0.14, 0.86)])
_BACK = _FRONT + np.array([0.22, -0.22])
_CORNERS: Final = np.concatenate([_FRONT, _BACK])
"""``(across, down)`` of the eight corners in shares of the side: upper left, upper right, lower
right, lower left of the front square, then of the back square.
"""

_OUTLINE: Final = ((0, 3), (3, 2), (2, 6), (6, 5), (5, 4), (4, 0))
_INNER: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "above": ((1, 0), (1, 2), (1, 5)),
    "below": ((7, 4), (7, 6), (7, 3)),
}
"""The three edges that meet in the inner corner of each reading."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """Where ink would be, on a picture of some side.

    Attributes:
        ink: ``Float64[side, side]`` by view, from 0 to 1.
        on: the pixels in the middle of the stroke, for each edge of the inner corners and outline.
        beside: the pixels on both sides of it, away from every other edge.
    """

    ink: dict[str, np.ndarray]
    on: dict[tuple[int, int], np.ndarray]
    beside: dict[tuple[int, int], np.ndarray]


@lru_cache(maxsize=4)
def sketch(side: int) -> Sketch:
    """The cube on ``side`` x ``side`` pixels; strokes are a sixtieth of the side wide, at least 2."""
    width = max(2.0, side / 60)
    centres = (np.arange(side) + 0.5) / side
    points = np.stack(np.meshgrid(centres, centres), -1)
    edges = (*_OUTLINE, *_INNER["above"], *_INNER["below"])
    far, along = {}, {}
    for edge in edges:
        start, end = _CORNERS[edge[0]], _CORNERS[edge[1]]
        way = end - start
        share = ((points - start) @ way / (way @ way)).clip(0, 1)
        along[edge] = share
        far[edge] = np.linalg.norm(points - start - share[..., None] * way, axis=-1) * side
    ink = {
        view: np.max([(width / 2 + 0.5 - far[e]).clip(0, 1) for e in drawn], axis=0)
        for view, drawn in (
            ("above", (*_OUTLINE, *_INNER["above"])),
            ("below", (*_OUTLINE, *_INNER["below"])),
            ("wire", edges),
        )
    }
    ink["blank"] = np.zeros((side, side))
    on, beside = {}, {}
    for edge in edges:
        clear = np.min([far[other] for other in edges if other != edge], axis=0) > 2 * width
        middle = (along[edge] > 0.1) & (along[edge] < 0.9) & clear
        on[edge] = middle & (far[edge] <= width / 4 + 0.25)
        beside[edge] = middle & (far[edge] >= 1.2 * width) & (far[edge] <= 2.2 * width)
    return Sketch(ink, on, beside)


def draw(view: View, side: int = SIDE, *, stroke: float = 0.3, ground: float = 0.7) -> np.ndarray:
    """A picture ``Float32[1, side, side]``: strokes of one grey on a ground of another.

    Args:
        view: the cube seen from above, from below, as wire (both readings), or nothing.
        side: in pixels, at least 48.
        stroke: grey of the strokes, from 0 to 1.
        ground: grey of the rest.

    Raises:
        InputError: a side on which the strokes would touch.
    """
    if side < 48:
        raise InputError(f"a cube needs at least 48 pixels; got {side}")
    ink = sketch(side).ink
    picture: np.ndarray = (ground + (stroke - ground) * ink[view])[None].astype(np.float32)
    return picture


@dataclass(frozen=True)
class Corners:
    """From above or from below, by the contrast of the strokes along the two inner corners.

    Certain where the outline and all three edges of one inner corner stand out from what lies
    beside them by 0.15 or more, and no edge of the other does by more than 0.08. So a wire cube and
    a blank are uncertain.

    Attributes:
        side: of the pictures, in pixels.
    """

    side: int

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, 1, side, side]``."""
        there, gone = {}, {}
        for view, edges in (*_INNER.items(), ("outline", _OUTLINE)):
            found = torch.stack([self._contrast(inputs, edge) for edge in edges], 1)
            there[view] = (found >= SEEN).all(1)
            gone[view] = (found <= ABSENT).all(1)
        above = there["outline"] & there["above"] & gone["below"]
        below = there["outline"] & there["below"] & gone["above"]
        return torch.where(above, ABOVE, torch.where(below, BELOW, UNCERTAIN))

    def _contrast(self, inputs: Tensor, edge: tuple[int, int]) -> Tensor:
        """``Float64[batch]``: how far the stroke is from its ground, darker or brighter."""
        at = sketch(self.side)
        flat = inputs[:, 0].double().flatten(1)
        on, beside = (torch.from_numpy(mask[edge].ravel()) for mask in (at.on, at.beside))
        # item by item, so that the rounding does not depend on the batch
        return (flat[:, on].mean(1) - flat[:, beside].mean(1)).abs()


def bistable(side: int = SIDE, seed: int = 0) -> Problem:
    """Opaque cubes from above and below in many greys; the teacher looks at the inner corners.

    Strokes are darker or brighter than the ground by 0.25 to 0.9, and every picture has noise of
    standard deviation 0.05 at most. What a picture is read as hangs on a few of its pixels, however
    many others change.

    Args:
        side: of the pictures in pixels, at least 48.
        seed: of greys and noise.

    Raises:
        InputError: a smaller side.
    """
    rng = generator(seed, "bistable", str(side))
    labels = rng.integers(2, size=TRAIN + HELD)
    pictures = np.stack([_any(VIEWS[label], side, rng) for label in labels.tolist()])
    inputs = torch.from_numpy(pictures)
    teacher = Rule(
        Corners(side),
        name=f"bistable-{side}",
        classes=2,
        certainty="Certain where the outline and one inner corner of the cube stand out by "
        f"{SEEN:g} or more, and the other inner corner by no more than {ABSENT:g}.",
    )

    def views(n: int, draws: np.random.Generator) -> Tensor:
        chosen = draws.integers(len(VIEWS), size=n).tolist()
        return torch.from_numpy(np.stack([_any(VIEWS[k], side, draws) for k in chosen]))

    return Problem(
        name="bistable",
        about=f"{TRAIN + HELD} drawings of a cube, {side}x{side} ({TRAIN} for training, {HELD} held "
        "out), opaque, seen from above or from below; as wire it has both readings. Constructed.",
        source=ArraySource(
            inputs[TRAIN:],
            Domain((1, side, side)),
            tuple(str(TRAIN + i) for i in range(HELD)),
            "bistable",
        ),
        labels=torch.from_numpy(labels[TRAIN:]),
        train_inputs=inputs[:TRAIN],
        train_labels=torch.from_numpy(labels[:TRAIN]),
        teacher=teacher,
        classes=("above", "below"),
        probes={"views": views},
    )


def _any(view: View, side: int, rng: np.random.Generator) -> np.ndarray:
    contrast = rng.uniform(0.25, 0.9) * rng.choice([-1.0, 1.0])
    ground = rng.uniform(max(0.0, -contrast), min(1.0, 1.0 - contrast))
    clean = draw(view, side, stroke=ground + contrast, ground=ground)
    noise = rng.normal(0, rng.uniform(0, 0.05), clean.shape)
    noisy: np.ndarray = (clean + noise).clip(0, 1).astype(np.float32)
    return noisy
