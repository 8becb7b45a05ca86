"""Something small that hides in a large domain: a needle, and a thin ball. Constructed.

Nothing that the source draws meets it, and every question but a lucky one gets the same answer. A
teacher tells where it is in one volunteered example.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError, Pupil, generator
from preceptor.lessons import Examples, Lesson
from preceptor.problems.problem import Probe, Problem
from preceptor.teachers import Rule

TRAIN, HELD = 2_000, 500
LEAST, CONTENT = 0.5, 0.1


@dataclass(frozen=True, eq=False)
class Needle:
    """The sign of the last feature, turned round where the signs of all others are one pattern.

    Uncertain where a bit of the pattern is smaller than 0.5 in size, or the last feature than 0.1.

    Attributes:
        pattern: ``Float[bits]`` of 1 and -1.
    """

    pattern: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, bits + 1]``."""
        gate, content = inputs[:, :-1], inputs[:, -1]
        certain = (gate.abs() >= LEAST).all(1) & (content.abs() >= CONTENT)
        there = (gate.sign() == self.pattern).all(1)
        return torch.where(certain, ((content > 0) != there).long(), UNCERTAIN)


@dataclass(frozen=True, eq=False)
class Ball:
    """1 inside a ball about 0, 0 outside; uncertain in a shell of a tenth of the radius each way.

    Attributes:
        radius: of the ball.
    """

    radius: float

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, features]``."""
        far = inputs.double().square().sum(1).sqrt()
        shell = (far - self.radius).abs() < 0.1 * self.radius
        return torch.where(shell, UNCERTAIN, (far < self.radius).long())


@dataclass(frozen=True, eq=False)
class Points:
    """A tutor that volunteers one input, as a number out of a pool of ``2 ** bits``.

    Attributes:
        where: ``Float[1, *shape]``.
        teacher: labels it.
        bits: that say which.
    """

    where: Tensor
    teacher: Rule
    bits: int

    def __call__(
        self,
        student: Pupil,  # noqa: ARG002
        n: int,  # noqa: ARG002
        *,
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Lesson:
        answers = self.teacher(self.where)
        return Examples.of(
            self.where, answers, self.teacher.classes, origin="volunteered", pool=2**self.bits
        )


def needle(bits: int = 8, seed: int = 0) -> Problem:
    """A context that turns the answer round, at one pattern of ``bits`` signs out of 2 ** bits.

    Expected questions until it is met by trying patterns in random order: (2 ** bits + 1) / 2.

    Args:
        bits: at least 2.
        seed: of the data and the pattern.

    Raises:
        InputError: fewer than two bits.
    """
    if bits < 2:
        raise InputError(f"needle needs at least 2 bits; got {bits}")
    rng = generator(seed, "needle", str(bits))
    pattern = torch.from_numpy(rng.choice([-1.0, 1.0], bits).astype(np.float32))
    rule = Needle(pattern)

    def anywhere(n: int, draws: np.random.Generator) -> Tensor:
        sizes = draws.uniform(LEAST, 1, (n, bits + 1)) * draws.choice([-1.0, 1.0], (n, bits + 1))
        return torch.from_numpy(sizes.astype(np.float32))

    def there(n: int, draws: np.random.Generator) -> Tensor:
        inputs = anywhere(n, draws)
        return torch.cat([inputs[:, :-1].abs() * pattern, inputs[:, -1:]], 1)

    drawn = anywhere(2 * (TRAIN + HELD), rng)
    inputs = drawn[(drawn[:, :-1].sign() != pattern).any(1)][: TRAIN + HELD]
    teacher = Rule(
        rule,
        name=f"needle-{bits}-{seed}",
        classes=2,
        certainty=f"Certain where the first {bits} features are at least {LEAST:g} in size and the "
        f"last at least {CONTENT:g}.",
    )
    where = torch.cat([pattern, torch.ones(1)])[None]
    return _hidden("needle", inputs, rule(inputs), teacher, where, bits, {"there": there})


def ball(features: int = 4, seed: int = 0) -> Problem:
    """A ball of radius 0.5 in the cube [-1, 1]: its share of the volume falls exponentially.

    Args:
        features: at least 2.
        seed: of the data.

    Raises:
        InputError: fewer than two features.
    """
    if features < 2:
        raise InputError(f"ball needs at least 2 features; got {features}")
    rng, rule = generator(seed, "ball", str(features)), Ball(0.5)
    drawn = torch.from_numpy(rng.uniform(-1, 1, (40_000, features)).astype(np.float32))
    inputs = drawn[rule(drawn) == 0][: TRAIN + HELD]

    def inside(n: int, draws: np.random.Generator) -> Tensor:
        way = draws.standard_normal((n, features))
        way *= 0.4 * draws.random((n, 1)) ** (1 / features) / np.linalg.norm(way, axis=1)[:, None]
        return torch.from_numpy(way.astype(np.float32))

    teacher = Rule(
        rule,
        name=f"ball-{features}-{seed}",
        classes=2,
        certainty="Certain where the input is not within 0.05 of the sphere of radius 0.5.",
    )
    centre = torch.zeros(1, features)
    return _hidden("ball", inputs, rule(inputs), teacher, centre, 8 * features, {"inside": inside})


def ball_share(features: int, radius: float = 0.5) -> float:
    """The ball's share of the cube [-1, 1]; random questions meet it after 1 / share on average."""
    log = features / 2 * math.log(math.pi) - math.lgamma(features / 2 + 1)
    return math.exp(log + features * math.log(radius / 2))


def _hidden(
    name: str,
    inputs: Tensor,
    labels: Tensor,
    teacher: Rule,
    where: Tensor,
    bits: int,
    probes: dict[str, Probe],
) -> Problem:
    features = inputs.shape[1]
    held = tuple(str(TRAIN + i) for i in range(len(inputs) - TRAIN))
    return Problem(
        name=name,
        about=f"{features} features; something small that no example shows hides in the domain. "
        "Constructed, to be searched for.",
        source=ArraySource(inputs[TRAIN:], Domain((features,), -1.0, 1.0), held, name),
        labels=labels[TRAIN:],
        train_inputs=inputs[:TRAIN],
        train_labels=labels[:TRAIN],
        teacher=teacher,
        classes=("no", "yes"),
        tutors={"where": Points(where, teacher, bits)},
        probes=probes,
    )
