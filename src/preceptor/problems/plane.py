"""Two features, two students: one robust as an l_p ball sees it and not as the teacher does, and
the reverse. Constructed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, generator
from preceptor.problems.problem import Problem
from preceptor.teachers import LinearCase, Rule, half_spaces

BAND, SLOPE, NOISE = 0.05, 0.3, 0.1
TRAIN, HELD = 1_000, 600


@dataclass(frozen=True)
class SecondSign:
    """The sign of the second feature; uncertain closer than ``band`` to 0.

    Attributes:
        band: least size at which it is certain.
    """

    band: float = BAND

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, 2]``."""
        seen = inputs[:, 1]
        return torch.where(seen.abs() < self.band, UNCERTAIN, (seen > 0).long())

    def cases(self, features: int) -> Sequence[LinearCase]:
        """Its two half-planes, for certificates."""
        second = torch.tensor([[0.0, 1.0]])
        return half_spaces(second, torch.zeros(1), [(0, 1)], self.band).cases(features)


def plane(seed: int = 0) -> Problem:
    """Points near (1, 0.3) and (-1, -0.3); the teacher looks at the second feature alone.

    A student that takes the sign of the first feature keeps its answer within l_inf 0.5 of every
    example, yet the teacher's answer changes there. One that takes the sign of the second does
    not keep it, yet is right wherever the teacher is certain.

    Args:
        seed: of the data.
    """
    rng = generator(seed, "plane")
    side = rng.choice([-1.0, 1.0], (TRAIN + HELD, 1))
    points = side * np.array([[1.0, SLOPE]]) + rng.uniform(-NOISE, NOISE, (TRAIN + HELD, 2))
    inputs = torch.from_numpy(points.astype(np.float32))
    rule = SecondSign()
    labels = rule(inputs)

    def square(n: int, draws: np.random.Generator) -> Tensor:
        return torch.from_numpy(draws.uniform(-1.5, 1.5, (n, 2)).astype(np.float32))

    return Problem(
        name="plane",
        about="Points near (1, 0.3) and (-1, -0.3) in the plane (1,000 for training, 600 held out); "
        "the teacher takes the sign of the second feature. Constructed.",
        source=ArraySource(
            inputs[TRAIN:],
            Domain((2,), -2.0, 2.0),
            tuple(str(TRAIN + i) for i in range(HELD)),
            "plane",
        ),
        labels=labels[TRAIN:],
        train_inputs=inputs[:TRAIN],
        train_labels=labels[:TRAIN],
        teacher=Rule(
            rule,
            name="plane-second-sign",
            classes=2,
            certainty=f"Certain where the second feature is at least {BAND:g} in size.",
        ),
        classes=("low", "high"),
        probes={"square": square},
    )
