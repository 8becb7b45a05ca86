"""MNIST with a rule as the teacher: clean, off the data and under attack, by way of learning.

    python benchmarks/mnist_rule.py                      # about 40 CPU-minutes; goes on where it was
    python benchmarks/mnist_rule.py --convergence        # twice the steps: does the ranking hold?

1,000 given labels, drawn anew with each seed; one network and one fit for all arms: Adam in one cycle
up to 3e-3, weights averaged, 1,000 steps. Attack: l_inf 0.2 on 100 held-out items, the suite
``standard`` and, beside it, its parts alone and a longer random search; the teacher is asked at every
point. Three readings, since the teacher is uncertain at a third of the attacked inputs:

- weak: agreement at the suite's one point an item, void ones left out;
- weak, worst: an item fails if the student errs at any of the points; items void at all are left out;
- never wrong: the share of items without an error at any point, void counted as survived.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path

import torch
from runs import ROOT, Numbers, carry_out, stamp
from torch import nn

from preceptor.attacks import LinfPGD, Noise
from preceptor.comparison import Perceptron
from preceptor.core import Trainable, generator
from preceptor.lessons import Invariances, Lesson
from preceptor.lessons.invariances import Radius
from preceptor.outcome import Spread
from preceptor.paper.claims.ruled import FIT, attacks
from preceptor.paper.ground import (
    Ground,
    Way,
    ground,
    in_a_ball,
    off_the_data,
    taught,
    under_attack,
)
from preceptor.problems import Problem, agreement
from preceptor.problems.networks import DigitNet
from preceptor.problems.ruled import FIVE, mnist_rule
from preceptor.strategies import (
    AdversarialQueries,
    Schedule,
    check_convergence,
)
from preceptor.students import TorchStudent

GIVEN, STEPS, PROBES, ITEMS, EPS = 1000, 1000, 1000, 100, 0.2
TARGETS = {"clean": 0.97, "held out": 0.96, "weak": 0.60}
TO_BEAT = {"clean": 0.985, "held out": 0.971, "weak": 0.525, "bits": 100}
ATTACKS = attacks(EPS)


@lru_cache(maxsize=1)
def the_problem() -> Problem:
    return mnist_rule()


@lru_cache(maxsize=1)
def shared(seed: int) -> Ground:
    return ground(the_problem(), GIVEN, seed)


Lessons = Callable[[Ground], Sequence[Lesson]]


def ball(eps: float, radius: Radius, *, declared: bool) -> Lessons:
    """Adversarial training, declared with the five invariances or assumed alone."""
    transforms = FIVE if declared else ()
    return lambda at: [in_a_ball(at, transforms, eps, radius, declared=declared)]


def five(at: Ground) -> Sequence[Lesson]:
    return [Invariances(at.inputs, at.domain, FIVE, at.labels)]


def program(at: Ground) -> Sequence[Lesson]:
    tell = at.problem.tutors["program"]
    return [tell(perceptron(0), 1, rng=generator(0, "told"))]


UNTAUGHT: dict[str, Callable[[int], Trainable]] = {}
"""The untaught student of a seed, by the network's name."""


def perceptron(seed: int) -> Trainable:
    return Perceptron((256, 128))(the_problem(), seed)


def convolutions(seed: int) -> Trainable:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: nn.Module = DigitNet()
    return TorchStudent(network, classes=10, name="convolutions")


UNTAUGHT |= {"convolutions": convolutions, "perceptron": perceptron}
FOUND = ball(0.2, "any", declared=True)

ARMS: dict[str, Lessons] = {
    "labels alone": lambda _: [],
    "linf training .2": ball(0.2, "whole", declared=False),
    "linf training .2, radius by item": ball(0.2, "any", declared=False),
    "five invariances": five,
    "five and tolerance .1": ball(0.1, "whole", declared=True),
    "five and tolerance .2, radius by item": FOUND,
    "program": program,
}
ASKING = "adversarial questions, 4,000"


def measured(student: Trainable, at: Ground, seed: int) -> Numbers:
    held = at.problem.source.read(0, len(at.problem.source))
    clean = agreement(student, at.teacher, held).value or 0.0
    found = off_the_data(student, at.problem, PROBES, seed)
    found["clean"] = clean  # of all held-out items, rather than of draws from them
    return {**found, **under_attack(student, at, ATTACKS, ITEMS)}


def run(lessons: Lessons, untaught: Callable[[int], Trainable], seed: int) -> Numbers:
    at = shared(seed)
    way = Way(tuple(lessons(at)))
    student, price = taught(untaught(seed), way, at, FIT, STEPS, seed)
    return {**measured(student, at, seed), "items": float(price.questions), "bits": price.bits}


def asking(untaught: Callable[[int], Trainable], seed: int) -> Numbers:
    at = shared(seed)
    moves = (LinfPGD(0.1), LinfPGD(0.2), Noise(0.2))
    asks = AdversarialQueries(at.inputs, at.domain, moves, at.teacher)
    way = Way((), asks, Schedule(4, 1000, STEPS // 2))
    student, price = taught(untaught(seed), way, at, FIT, STEPS, seed)
    numbers = measured(student, at, seed)
    return {**numbers, "items": float(price.questions), "bits": price.bits}


def convergence(untaught: Callable[[int], Trainable], seeds: Sequence[int], out: Path) -> None:
    """Twice the steps, for the arms between which the claim decides."""
    names = [
        "linf training .2, radius by item",
        "five invariances",
        "five and tolerance .2, radius by item",
    ]

    def lessons(name: str) -> Callable[[int], Sequence[Lesson]]:
        def of(seed: int) -> Sequence[Lesson]:
            at = shared(seed)
            return [at.given, *ARMS[name](at)]

        return of

    found = {}
    kept: dict[tuple[str, int, int], Numbers] = {}
    at_work: list[tuple[str, int, int]] = []

    def measure(student: Trainable, seed: int) -> float:
        kept[at_work[-1]] = measured(student, shared(seed), seed)
        print(at_work[-1], kept[at_work[-1]], flush=True)
        return kept[at_work[-1]]["held out"]

    def watch(*one: object) -> None:
        at_work.append((str(one[0]), int(str(one[1])), int(str(one[2]))))

    arms = {name: lessons(name) for name in names}
    result = check_convergence(
        untaught, arms, measure, steps=STEPS, seeds=seeds, fit=FIT, watch=watch
    )
    for name in names:
        for steps in (STEPS, 2 * STEPS):
            some = [kept[name, seed, steps] for seed in seeds]
            found[f"{name}, {steps} steps"] = {
                key: Spread.of([one[key] for one in some]).describe() for key in some[0]
            }
    rest = {
        "holds": result.holds,
        "reversed": result.reversed,
        "faded": result.faded,
        "emerged": result.emerged,
        "unsettled": result.unsettled,
    }
    head = {"what": "the ranking by held-out strong accuracy after twice the steps", **stamp()}
    out.write_text(
        json.dumps({**head, "seeds": list(seeds), **rest, "arms": found}, indent=1) + "\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--arms", nargs="+", default=None, help="some of them, by name")
    parser.add_argument("--convergence", action="store_true", help="on seeds 0 and 1 unless given")
    parser.add_argument("--network", choices=list(UNTAUGHT), default="convolutions")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/mnist_rule.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.convergence:
        out = given.out.with_name("mnist_rule_convergence.json")
        convergence(UNTAUGHT[given.network], given.seeds if len(given.seeds) < 5 else (0, 1), out)
        return
    arms: dict[str, Callable[[int], Numbers]] = {
        name: partial(run, some, UNTAUGHT[given.network]) for name, some in ARMS.items()
    }
    arms[ASKING] = partial(asking, UNTAUGHT[given.network])
    wanted = given.arms or list(arms)
    head = {
        "what": "MNIST with a rule as the teacher: clean, off the data and under attack",
        "command": "python benchmarks/mnist_rule.py",
        "settings": {
            "student": {"convolutions": "three convolutions, width 16", "perceptron": "256-128"}[
                given.network
            ],
            "fit": FIT.name,
            "steps": STEPS,
            "given": GIVEN,
            "attacks": [attack.name for attack in ATTACKS],
            "items": ITEMS,
        },
        "targets": TARGETS,
        "to beat": TO_BEAT,
        "tuned": "strategy and fit on seed 10 and an earlier teacher; the seeds shown were run once",
    }
    carry_out(
        given.out, head, {name: arms[name] for name in wanted}, dict.fromkeys(wanted, given.seeds)
    )


if __name__ == "__main__":
    main()
