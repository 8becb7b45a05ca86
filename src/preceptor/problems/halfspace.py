"""A half-space: the control, where an active student and an active teacher tie up to a factor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError, generator
from preceptor.lessons import Subspace
from preceptor.problems.problem import Problem
from preceptor.problems.tutoring import Curates, Tells
from preceptor.teachers import LinearCase, Rule, half_spaces

BAND, REACH = 0.125, 6.0
TRAIN, HELD = 10_000, 1_000


@dataclass(frozen=True, eq=False)
class Side:
    """On which side of a plane through 0; uncertain within ``BAND`` of it.

    Attributes:
        normal: ``Float[features]``, of length 1.
    """

    normal: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, features]``."""
        # item by item, so that the rounding does not depend on the batch
        height = (inputs.double() * self.normal.double()).sum(1)
        return torch.where(height.abs() < BAND, UNCERTAIN, (height > 0).long())

    def cases(self, features: int) -> Sequence[LinearCase]:
        """Its two half-spaces, for certificates."""
        both = half_spaces(self.normal[None], torch.zeros(1), [(0, 1)], BAND)
        return both.cases(features)


def halfspace(features: int = 20, seed: int = 0) -> Problem:
    """Gaussian data on both sides of a plane. A benchmark in which a teacher wins big here is wrong.

    Args:
        features: at least 2.
        seed: of the data and the plane.

    Raises:
        InputError: fewer than two features.
    """
    if features < 2:
        raise InputError(f"halfspace needs at least 2 features; got {features}")
    rng = generator(seed, "halfspace", str(features))
    normal = _drawn(features, rng)
    rule = Side(normal)

    def gaussian(n: int, draws: np.random.Generator) -> Tensor:
        drawn = draws.standard_normal((n, features)).clip(-REACH, REACH)
        return torch.from_numpy(drawn.astype(np.float32))

    drawn = gaussian(2 * (TRAIN + HELD), rng)
    certain = drawn[rule(drawn) != UNCERTAIN][: TRAIN + HELD]
    labels = rule(certain)
    domain = Domain((features,), -REACH, REACH)
    teacher = Rule(
        rule,
        name=f"halfspace-{features}-{seed}",
        classes=2,
        certainty=f"Certain where the input lies {BAND:g} or farther from the plane.",
    )
    return Problem(
        name="halfspace",
        about=f"Gaussian points in {features} dimensions on both sides of a plane (10,000 for "
        "training, 1,000 held out): the control, where who is active should matter little.",
        source=ArraySource(
            certain[TRAIN:], domain, tuple(str(TRAIN + i) for i in range(HELD)), "halfspace"
        ),
        labels=labels[TRAIN:],
        train_inputs=certain[:TRAIN],
        train_labels=labels[:TRAIN],
        teacher=teacher,
        classes=("below", "above"),
        tutors={
            "normal": Tells(Subspace(normal[None], torch.zeros(features), precision=4)),
            "curated": Curates(gaussian, teacher),
        },
        probes={"gaussian": gaussian},
    )


def normal_of(features: int = 20, seed: int = 0) -> Tensor:
    """The normal of the plane in :func:`halfspace`, ``Float32[features]``, of length 1: what its
    teacher knows and may tell.
    """
    return _drawn(features, generator(seed, "halfspace", str(features)))


def _drawn(features: int, rng: np.random.Generator) -> Tensor:
    normal = torch.from_numpy(rng.standard_normal(features).astype(np.float32))
    length: Tensor = normal.norm()
    return normal / length
