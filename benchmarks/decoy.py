"""Decoy MNIST: a swatch's place codes the class in training. What makes a student ignore it, and at
what price?

    python benchmarks/decoy.py                 # 5 seeds, about 25 CPU-minutes; goes on where it was
    python benchmarks/decoy.py --seeds 10 --arms "six invariances"

1,000 given labels, drawn anew with each seed; one perceptron (256 and 128 units) and one fit for all
arms. Strong accuracy is the mean over families of held-out digits, each under one transformation,
with a swatch in a random place; the families held out are in no list that is told. The swatch's
place is a stronger shortcut than the usual shade, chosen in favour of telling.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from runs import ROOT, Numbers, carry_out

from preceptor.attacks import PGD, NoiseAttack
from preceptor.comparison import Perceptron
from preceptor.core import generator
from preceptor.lessons import Masks, Pairs
from preceptor.paper.cutmix_questions import CutMixQuestions
from preceptor.paper.digit_setup import DigitSetup, Way, ground, off_the_data, taught
from preceptor.problems.decoys import decoy_mnist
from preceptor.strategies import (
    AdamFit,
    AdversarialQueries,
    LinfTraining,
    Passive,
    PoolUncertainty,
    Schedule,
    Strategy,
)

GIVEN, STEPS, PROBES, ITEMS = 1000, 800, 1000, 50
TARGETS = {
    "one invariance": 0.85,
    "six invariances": 0.93,
    "50 masks": 0.80,
    "50 pairs": 0.75,
}


@lru_cache(maxsize=1)
def shared(seed: int) -> DigitSetup:
    return ground(decoy_mnist(seed=seed), GIVEN, seed)


Arm = Callable[[DigitSetup, int], Way]


def told(tutor: str, n: int, **changes: bool) -> Arm:
    """Of the problem's own tutors, on the examples of this seed."""

    def arm(at: DigitSetup, seed: int) -> Way:
        tells: Any = replace(cast("Any", at.tutor(tutor)), **changes)
        return Way((tells(STUDENT(at.problem, 0), n, rng=generator(seed, "told")),))

    return arm


def asks(strategy: Callable[[DigitSetup], Strategy], n: int = 1000, rounds: int = 4) -> Arm:
    return lambda at, _: Way((), strategy(at), Schedule(rounds, n, STEPS))


STUDENT = Perceptron((256, 128))
FIT = AdamFit(rate=1e-3, drop=0.3)

ARMS: dict[str, Arm] = {
    "labels alone": lambda *_: Way(),
    "passive, 2,000 more labels": asks(lambda at: Passive(at.pool, at.teacher), 2000, 1),
    "linf training .1": asks(lambda at: LinfTraining(at.inputs, at.labels, at.domain, 0.1), 1, 1),
    "linf training .3": asks(lambda at: LinfTraining(at.inputs, at.labels, at.domain, 0.3), 1, 1),
    "pool uncertainty, 2,000": asks(lambda at: PoolUncertainty(at.pool, at.teacher), 500),
    "adversarial questions, 4,000": asks(
        lambda at: AdversarialQueries(
            at.inputs, at.domain, (PGD(0.1), PGD(0.3), NoiseAttack(0.2)), at.teacher
        )
    ),
    "pasted questions, 4,000": asks(lambda at: CutMixQuestions(at.inputs, at.teacher)),
    "one invariance": told("one invariance", 1),
    "six invariances": told("six invariances", 6),
    "50 masks": told("masks", ITEMS),
    "50 masks, not carried over": told("masks", ITEMS, carry=False),
    "50 pairs": told("pairs", ITEMS),
    "50 pairs, not carried over": told("pairs", ITEMS, carry=False),
}


def run(arm: Arm, seed: int) -> Numbers:
    at = shared(seed)
    way = arm(at, seed)
    student, price = taught(STUDENT(at.problem, seed), way, at, FIT, STEPS, seed)
    raw = sum(one.raw_bits for one in way.lessons if isinstance(one, Masks))
    assert not any(isinstance(one, Pairs) and one.pool is None for one in way.lessons)
    return {
        **off_the_data(student, at.problem, PROBES, seed),
        "items": float(price.questions),
        "bits": price.bits,
        "bits raw": raw or price.bits,
        "bits to the teacher": price.student_bits,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/decoy.json")
    given = parser.parse_args()
    head = {
        "what": "strong accuracy on decoy-place MNIST by way of learning",
        "command": "python benchmarks/decoy.py",
        "settings": {
            "student": STUDENT.name,
            "fit": FIT.name,
            "steps": STEPS,
            "given": GIVEN,
            "probes a family": PROBES,
        },
        "targets": TARGETS,
        "tuned": "lessons on seed 10; seeds 0 to 4 were run afterwards, once",
    }
    arms = {name: partial(run, ARMS[name]) for name in given.arms}
    carry_out(given.out, head, arms, dict.fromkeys(arms, given.seeds))


if __name__ == "__main__":
    main()
