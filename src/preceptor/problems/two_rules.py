"""Two rules that hold together on all the data, of which the teacher follows one.

The idea is that of Toy Colors in Ross, Hughes & Doshi-Velez 2017, "Right for the right reasons",
section 4; the generator, the palette and what makes the teacher uncertain are ours.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, Teacher
from preceptor.lessons import FeatureSet, Irrelevant, Tutor
from preceptor.problems.problem import Problem
from preceptor.problems.tutoring import Curates, Tells, TellsMasks, TellsPairs
from preceptor.teachers import Rule

SIDE = 5
PALETTE: Final = torch.tensor([[0.9, 0.2, 0.2], [0.2, 0.8, 0.2], [0.2, 0.3, 0.9], [0.9, 0.8, 0.1]])
"""Red, green, blue, yellow."""

TOLERANCE = 0.25
"""A cell has a colour of the palette if no channel is further from it than this."""

CORNERS: Final = ((0, 0), (0, SIDE - 1), (SIDE - 1, 0), (SIDE - 1, SIDE - 1))
TOPS: Final = ((0, 1), (0, 2), (0, 3))


@dataclass(frozen=True, eq=False)
class SameCorners:
    """Yes where the four corners have one colour; uncertain where one has none of the palette.

    Attributes:
        palette: ``Float[colours, 3]``.
    """

    palette: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, 3, 5, 5]``."""
        rows, columns = zip(*CORNERS, strict=True)
        cells = inputs[:, :, rows, columns].transpose(1, 2)  # [batch, corners, channels]
        gaps = (cells[:, :, None] - self.palette.to(cells)).abs().amax(3)
        least, colour = gaps.min(2)
        same = (colour == colour[:, :1]).all(1).long()
        return torch.where((least <= TOLERANCE).all(1), same, UNCERTAIN)


def _draw(rng: np.random.Generator, items: int) -> tuple[Tensor, Tensor]:
    """Grids on which both rules hold (label 1) or neither does (label 0), half and half."""
    grids = rng.integers(len(PALETTE), size=(items, SIDE, SIDE))
    labels = rng.integers(2, size=items)
    return _painted(rng, grids, labels, labels), torch.from_numpy(labels)


def _apart(n: int, rng: np.random.Generator) -> Tensor:
    """Grids on which each rule holds half of the time, whatever the other does."""
    grids = rng.integers(len(PALETTE), size=(n, SIDE, SIDE))
    return _painted(rng, grids, rng.integers(2, size=n), rng.integers(2, size=n))


def _painted(
    rng: np.random.Generator, grids: np.ndarray, same: np.ndarray, different: np.ndarray
) -> Tensor:
    """Pictures of grids, in place made such that the rule of corners holds where ``same`` is 1,
    that of the top row where ``different`` is.
    """
    for grid, *holds in zip(grids, same.tolist(), different.tolist(), strict=True):
        for cells, colours, held in ((CORNERS, 1, holds[0]), (TOPS, len(TOPS), holds[1])):
            rows, columns = zip(*cells, strict=True)
            grid[rows, columns] = _row(rng, len(cells), colours, holds=bool(held))
    pictures = PALETTE[torch.from_numpy(grids)].permute(0, 3, 1, 2)
    noise = torch.from_numpy(rng.uniform(-0.05, 0.05, pictures.shape).astype(np.float32))
    return (pictures + noise).clamp(0, 1)


def _other_corner(inputs: Tensor, rng: np.random.Generator) -> Tensor:
    """All corners in the first one's colour; where they were, the last one in the next colour."""
    edited = inputs.clone()
    for picture in edited:
        corners = torch.stack([picture[:, row, column] for row, column in CORNERS])
        named = (corners[:, None] - PALETTE).abs().amax(2).argmin(1)
        colour = torch.full((len(CORNERS),), int(named[0]))
        if bool((named == named[0]).all()):
            colour[-1] = (named[0] + 1 + int(rng.integers(len(PALETTE) - 1))) % len(PALETTE)
        for (row, column), chosen in zip(CORNERS, colour.tolist(), strict=True):
            picture[:, row, column] = PALETTE[chosen]
    return edited


def _tutors(domain: Domain, inputs: Tensor, teacher: Teacher) -> dict[str, Tutor]:
    corners, tops = (torch.zeros(domain.shape, dtype=torch.bool) for _ in range(2))
    for mask, cells in ((corners, CORNERS), (tops, TOPS)):
        for row, column in cells:
            mask[:, row, column] = True
    return {
        "feature set": Tells(FeatureSet(corners, domain)),
        "irrelevant features": Tells(Irrelevant(corners, domain, inputs)),
        "masks": TellsMasks(inputs, corners, domain, "attack"),
        "masks resampled": TellsMasks(inputs, corners, domain),
        "pairs": TellsPairs(inputs, _other_corner, teacher),
        "curated": Curates(_apart, teacher),
        "wrong: top row": Tells(FeatureSet(tops, domain)),
    }


def _row(rng: np.random.Generator, cells: int, colours: int, *, holds: bool) -> np.ndarray:
    """Colours of some cells, drawn until they have so many different ones, or have not."""
    while True:
        drawn = rng.integers(len(PALETTE), size=cells)
        if (len(set(drawn.tolist())) == colours) == holds:
            return drawn


def two_rules() -> Problem:
    """Grids of 5x5 coloured cells. In all the data, the four corners have one colour exactly where
    the three cells in the middle of the top row have three colours; the teacher looks at corners.

    1,000 examples for training, 500 held out. Which of the two rules the student learns, the data
    leave open.
    """
    inputs, labels = _draw(np.random.default_rng(20210213), 1500)
    teacher = Rule(
        SameCorners(PALETTE),
        name="two-rules-corners",
        classes=2,
        certainty="Certain where each of the four corners has a colour of the palette, to within "
        f"{TOLERANCE:g} in every channel.",
    )
    domain = Domain((3, SIDE, SIDE))
    return Problem(
        name="two-rules",
        about="1,500 grids of 5x5 coloured cells (1,000 for training, 500 held out) on which two "
        "rules hold together; the teacher follows the one about corners.",
        source=ArraySource(
            inputs[1000:],
            domain,
            tuple(str(i) for i in range(1000, 1500)),
            "two-rules",
        ),
        labels=labels[1000:],
        train_inputs=inputs[:1000],
        train_labels=labels[:1000],
        teacher=teacher,
        classes=("no", "yes"),
        tutors=_tutors(domain, inputs[:1000], teacher),
        probes={"rules apart": _apart},
    )
