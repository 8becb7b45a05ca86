"""One factor copied over all features, of which the teacher looks at one. Constructed."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.integrate import quad
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError, generator
from preceptor.lessons import FeatureSet
from preceptor.problems.problem import Problem
from preceptor.problems.tutoring import Curates, Tells, TellsMasks
from preceptor.teachers import Rule

BAND, NOISE, LEAST = 0.2, 0.1, 0.35
TRAIN, HELD = 10_000, 1_000


@dataclass(frozen=True)
class Sign:
    """The sign of one feature; uncertain within ``BAND`` of 0.

    Attributes:
        feature: which.
    """

    feature: int

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, features]``."""
        seen = inputs[:, self.feature]
        return torch.where(seen.abs() <= BAND, UNCERTAIN, (seen > 0).long())


def passive_error(features: int) -> float:
    """Strong error, on probes uniform in [-1, 1], of a linear student with equal weights.

    The chance that the sum of the features has another sign than the teacher's, given that the
    teacher is certain. The floor for every passive learner is that of the majority of signs, lower
    by up to 0.011; see docs/explanation/propositions.md. By the inversion formula for the sum of the
    other features (Gil-Pelaez 1951).
    """
    if features == 1:
        return 0.0

    def opposes(u: float) -> float:
        if features == 2:
            return (1 - u) / 2

        def integrand(t: float) -> float:
            return float(np.sin(t * u) / t * (np.sin(t) / t) ** (features - 1))

        return 0.5 - float(quad(integrand, 1e-9, 200.0, limit=2000)[0]) / float(np.pi)

    return float(quad(opposes, BAND, 1.0, epsabs=1e-5)[0] / (1 - BAND))


def copies(features: int = 40, seed: int = 0) -> Problem:
    """Copies of one factor; the teacher takes the sign of one of them.

    Domain [-1, 1]. On the data the factor is uniform in +-[0.35, 1] and each copy within 0.1 of it,
    so that certain data tell nothing about which copy it is.

    Args:
        features: at least 2.
        seed: of the data and of which copy the teacher looks at.

    Raises:
        InputError: fewer than two features.
    """
    if features < 2:
        raise InputError(f"copies needs at least 2 features; got {features}")
    rng = generator(seed, "copies", str(features))
    rule = Sign(int(rng.integers(features)))
    items = TRAIN + HELD
    factor = rng.uniform(LEAST, 1, (items, 1)) * rng.choice([-1.0, 1.0], (items, 1))
    table = (factor + rng.uniform(-NOISE, NOISE, (items, features))).clip(-1, 1)
    inputs = torch.from_numpy(table.astype(np.float32))
    labels = rule(inputs)
    domain = Domain((features,), -1.0, 1.0)
    relevant = torch.arange(features) == rule.feature
    teacher = Rule(
        rule,
        name=f"copies-{features}-{seed}",
        classes=2,
        certainty=f"Certain where feature {rule.feature} is larger than {BAND:g} in size.",
    )

    def uniform(n: int, draws: np.random.Generator) -> Tensor:
        return torch.from_numpy(draws.uniform(-1, 1, (n, features)).astype(np.float32))

    return Problem(
        name="copies",
        about=f"One factor copied over {features} features (10,000 examples for training, 1,000 held "
        "out); the teacher takes the sign of one copy. Constructed.",
        source=ArraySource(
            inputs[TRAIN:], domain, tuple(str(TRAIN + i) for i in range(HELD)), "copies"
        ),
        labels=labels[TRAIN:],
        train_inputs=inputs[:TRAIN],
        train_labels=labels[:TRAIN],
        teacher=teacher,
        classes=("low", "high"),
        tutors={
            "feature set": Tells(FeatureSet(relevant, domain)),
            "masks": TellsMasks(inputs[:300], relevant, domain),
            "curated": Curates(uniform, teacher),
        },
        probes={"uniform": uniform},
    )
