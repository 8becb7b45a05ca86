"""Redundant exclusive or: two factors, each copied over half of the features, of which the teacher
looks at one copy each. Constructed: on the data nothing tells the copies apart.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError, generator
from preceptor.lessons import FeatureSet, Irrelevant, Tutor
from preceptor.problems.problem import Problem
from preceptor.problems.tutoring import Curates, Tells, TellsGradients, TellsMasks, TellsPairs
from preceptor.teachers import Rule

BAND = 0.05
"""Least size of the product at which the teacher is certain."""

LEAST, NOISE = 0.3, 0.05
"""Least size of a factor on the data, and how far each copy lies from its factor at most. So every
product of two copies on the data exceeds the band, whichever copies: selecting certain data tells
nothing about which copy the teacher looks at.
"""

TRAIN, HELD = 10_000, 1_000


@dataclass(frozen=True)
class Product:
    """1 where the product of two features is above ``BAND``, 0 below ``-BAND``, else uncertain.

    Attributes:
        first: which feature.
        second: which other.
    """

    first: int
    second: int

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, features]``."""
        product = inputs[:, self.first] * inputs[:, self.second]
        return torch.where(product.abs() <= BAND, UNCERTAIN, (product > 0).long())

    def slopes(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """The direction in which the label's product grows, ``Float[batch, features]``."""
        sign = (2 * labels - 1).to(inputs)
        slopes = torch.zeros_like(inputs)
        slopes[:, self.first] = sign * inputs[:, self.second]
        slopes[:, self.second] = sign * inputs[:, self.first]
        return slopes

    def flip(self, inputs: Tensor, rng: np.random.Generator) -> Tensor:
        """One of the two features, drawn at random, with the other sign: the label changes."""
        edited = inputs.clone()
        rows = torch.arange(len(inputs))
        which = torch.from_numpy(rng.integers(2, size=len(inputs)))
        feature = torch.where(which == 0, self.first, self.second)
        edited[rows, feature] = -edited[rows, feature]
        return edited


def xor(features: int = 40, seed: int = 0) -> Problem:
    """``features / 2`` copies of each of two factors; the teacher looks at one of each.

    Domain [-1, 1]. On the data each factor is uniform in +-[0.3, 1] and each copy within 0.05 of
    it. Probes are uniform in the domain, a law chosen where the data leave everything open.

    Args:
        features: an even number, at least 4.
        seed: of the data and of which copies the teacher looks at.

    Raises:
        InputError: another number of features.
    """
    if features < 4 or features % 2:
        raise InputError(f"xor needs an even number of features, at least 4; got {features}")
    rng = generator(seed, "xor", str(features))
    half = features // 2
    first, second = int(rng.integers(half)), half + int(rng.integers(half))
    rule = Product(first, second)
    teacher = Rule(
        rule,
        name=f"xor-{features}-{seed}",
        classes=2,
        certainty=f"Certain where the product of features {first} and {second} is larger than "
        f"{BAND:g} in size.",
    )
    domain = Domain((features,), -1.0, 1.0)
    inputs = _data(TRAIN + HELD, half, rng)
    labels = rule(inputs)
    relevant = torch.zeros(features, dtype=torch.bool)
    relevant[[first, second]] = True
    train, truth = inputs[:TRAIN], labels[:TRAIN]

    def uniform(n: int, draws: np.random.Generator) -> Tensor:
        return torch.from_numpy(draws.uniform(-1, 1, (n, features)).astype(np.float32))

    base, base_labels = train[:300], truth[:300]
    tutors: dict[str, Tutor] = {
        "feature set": Tells(FeatureSet(relevant, domain)),
        "irrelevant features": Tells(Irrelevant(relevant, domain, base)),
        "masks": TellsMasks(base, relevant, domain, "attack"),
        "masks resampled": TellsMasks(base, relevant, domain),
        "gradient masks": TellsMasks(base, relevant, domain, "gradient", weight=3.0),
        "gradients": TellsGradients(base, base_labels, rule.slopes, 2),
        "pairs": TellsPairs(train, rule.flip, teacher),
        "curated": Curates(uniform, teacher),
        **{f"superset of {2 * k}": Tells(_hint(rule, k, domain, rng)) for k in (2, 5) if k <= half},
        "wrong: another copy": Tells(_wrong(rule, half, domain)),
        "wrong: one missing": Tells(_missing(rule, domain)),
    }
    return Problem(
        name="xor",
        about=f"Two factors copied over {features} features (10,000 examples for training, 1,000 "
        "held out); the teacher takes the sign of the product of one copy each. Constructed.",
        source=ArraySource(
            inputs[TRAIN:], domain, tuple(str(TRAIN + i) for i in range(HELD)), "xor"
        ),
        labels=labels[TRAIN:],
        train_inputs=train,
        train_labels=truth,
        teacher=teacher,
        classes=("unlike", "like"),
        tutors=tutors,
        probes={"uniform": uniform},
    )


def _data(items: int, half: int, rng: np.random.Generator) -> Tensor:
    factors = rng.uniform(LEAST, 1, (items, 2)) * rng.choice([-1.0, 1.0], (items, 2))
    copies = np.repeat(factors, half, 1) + rng.uniform(-NOISE, NOISE, (items, 2 * half))
    return torch.from_numpy(copies.clip(-1, 1).astype(np.float32))


def _only(features: list[int], domain: Domain) -> FeatureSet:
    mask = torch.zeros(domain.shape, dtype=torch.bool)
    mask[features] = True
    return FeatureSet(mask, domain)


def _hint(rule: Product, each: int, domain: Domain, rng: np.random.Generator) -> FeatureSet:
    """``each`` copies of each factor, the right ones among them."""
    half = domain.shape[0] // 2
    chosen = [rule.first, rule.second]
    for start, right in ((0, rule.first), (half, rule.second)):
        others = [i for i in range(start, start + half) if i != right]
        chosen += rng.choice(others, each - 1, replace=False).tolist()
    return _only(chosen, domain)


def _wrong(rule: Product, half: int, domain: Domain) -> FeatureSet:
    """The right copy of the second factor, a wrong one of the first."""
    return _only([(rule.first + 1) % half, rule.second], domain)


def _missing(rule: Product, domain: Domain) -> FeatureSet:
    """The second feature alone."""
    return _only([rule.second], domain)
