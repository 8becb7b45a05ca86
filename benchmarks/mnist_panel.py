"""MNIST with the panel as the teacher: do 4,000 adversarial questions still beat five invariances?

    python benchmarks/mnist_panel.py    # about 3 CPU-minutes a seed; goes on where it was
    python benchmarks/mnist_panel.py --network convolutions    # a result of its own, fewer arms

1,000 given labels, drawn anew with each seed; one network for all arms, the prototype's perceptron
(256 and 128 units) or that of ``mnist_rule.py``, and one fit: that of ``mnist_rule.py``, 1,000
steps. Who asks, asks 1,000 questions in each of four rounds, of students fitted for 250 steps; then
a fresh student is fitted to all that was said, as in every other arm. For the two arms that are
compared the last fit is done again with 2,000 steps, on the same lessons: at convergence that
changes little. The perceptron and these steps were chosen so that five seeds fit into a quarter of
an hour of one core;
a step with invariances costs four times one with labels, and has two batches, so that after twice
the steps the questions' arm has seen as many inputs as the other after the shorter fit.

Half of the adversarial questions are l_inf attacks (0.1 and 0.3), half the worst of eight turns and
shifts, as in the prototype. So the student that asks is told of turns and shifts by whoever chose
its attacks, though not that they are harmless. The families held out are in no list that is told or
asked about. On seed 20 l_inf attacks and noise alone did worse (.939 held out against .960 after
2,000 steps), and leaving uncertain answers out of the loss did better than the default weight (.969
against .960), so they are left out: both in favour of the questions. Nothing was tuned for the
invariances.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mnist_rule import FIT, UNTAUGHT
from runs import ROOT, Numbers, carry_out
from torch import Tensor

from preceptor.attacks import PGD, NoiseAttack, RotateTranslate
from preceptor.attacks.standard import Standard
from preceptor.core import UNCERTAIN, Attack, Domain, ItemRng, Teacher, Trainable, generator
from preceptor.lessons import Examples, Invariances, Lesson, total
from preceptor.lessons.invariances import changed
from preceptor.outcome import Sheet, Spread, Verdict, judge
from preceptor.problems import Problem, mnist
from preceptor.problems.families import FIVE
from preceptor.strategies import AdversarialQueries, Passive, Schedule, Strategy, learn
from preceptor.strategies.fit_convergence import compared
from preceptor.transforms import Tolerance

GIVEN, STEPS, ASKING, PROBES, ITEMS, EPS = 1000, 1000, 250, 1000, 100, 0.2
NETWORKS = {"perceptron": "perceptron 256-128", "convolutions": "three convolutions, width 16"}
ADVERSARIAL: tuple[Attack, ...] = (
    PGD(0.1),
    RotateTranslate(30.0, 0.1, tries=8),
    PGD(0.3),
    RotateTranslate(15.0, 0.1, tries=8),
)
BLIND: tuple[Attack, ...] = (
    NoiseAttack(0.1, "uniform", tries=1),
    RotateTranslate(30.0, 0.1, tries=1),
    NoiseAttack(0.3, "uniform", tries=1),
    RotateTranslate(15.0, 0.1, tries=1),
)
"""The same ranges, but the first draw: the student is not looked at."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What all arms of a seed share: data, and probes with the panel's answers, asked once."""

    problem: Problem
    inputs: Tensor
    labels: Tensor
    pool: Tensor
    domain: Domain
    teacher: Teacher
    probes: Mapping[str, tuple[Tensor, Tensor]]


@lru_cache(maxsize=1)
def the_problem() -> Problem:
    return mnist()


@lru_cache(maxsize=1)
def ground(seed: int) -> Ground:
    problem = the_problem()
    teacher, domain = problem.teacher, problem.source.domain
    rows = torch.from_numpy(generator(seed, "given").permutation(len(problem.train_inputs)))
    inputs, pool = problem.train_inputs[rows[:GIVEN]], problem.train_inputs[rows[GIVEN:]]
    drawn = {
        name: law(PROBES, generator(seed, "probe", name)) for name, law in problem.probes.items()
    }
    drawn["clean"] = problem.source.read(0, len(problem.source))
    probes = {name: (some, teacher(some).labels) for name, some in drawn.items()}
    return Ground(problem, inputs, teacher(inputs).labels, pool, domain, teacher, probes)


Arm = Callable[[Ground, int, str], list[Lesson]]
"""The ground, the seed and the network's name to the lessons beyond the given labels."""


def five(at: Ground, *_: object) -> list[Lesson]:
    return [Invariances(at.inputs, at.domain, FIVE, at.labels)]


def linf(at: Ground, *_: object) -> list[Lesson]:
    return [
        Invariances(
            at.inputs,
            at.domain,
            (Tolerance(EPS),),
            at.labels,
            search="worst",
            tries=1,
            steps=3,
            radius="any",
            assumed=True,
        )
    ]


def asked(strategy: Callable[[Ground], Strategy], n: int, rounds: int, *, told: bool) -> Arm:
    """Questions, of students that were told the five invariances first or were not."""

    def arm(at: Ground, seed: int, network: str) -> list[Lesson]:
        before = five(at) if told else []
        done = learn(
            UNTAUGHT[network](seed),
            strategy(at),
            given=[Examples(at.inputs, at.labels, 10, "given"), *before],
            schedule=Schedule(rounds, n // rounds, ASKING),
            fit=FIT,
            seed=seed,
        )
        return [*before, *(one.lesson for one in done.rounds if one.lesson is not None)]

    return arm


def queries(attacks: tuple[Attack, ...]) -> Callable[[Ground], Strategy]:
    return lambda at: AdversarialQueries(at.inputs, at.domain, attacks, at.teacher, doubt=0.0)


TOLD, ASKED, BOTH = "five invariances", "adversarial questions, 4,000", "five, then 4,000 questions"
ARMS: dict[str, Arm] = {
    "labels alone": lambda *_: [],
    TOLD: five,
    ASKED: asked(queries(ADVERSARIAL), 4000, 4, told=False),
    BOTH: asked(queries(ADVERSARIAL), 4000, 4, told=True),
    "linf training .2, radius by item": linf,
    "the same moves at random, 4,000": asked(queries(BLIND), 4000, 1, told=False),
    "five, then 400 questions": asked(queries(ADVERSARIAL), 400, 4, told=True),
    "passive, 3,000 more labels": asked(
        lambda at: Passive(at.pool, at.teacher), 3000, 1, told=False
    ),
}
DOUBLED = (TOLD, ASKED)
FEW = ("labels alone", TOLD, ASKED, BOTH)
"""Arms of the costlier network."""
TRUTH = "how true the five are of the panel"


def truth(seed: int) -> Numbers:
    """What the panel says of held-out digits under all five changes at once."""
    at = ground(seed)
    clean, before = at.probes["clean"]
    sure = before != UNCERTAIN
    after = at.teacher(changed(clean[sure], FIVE, at.domain, generator(seed, "truth"))).labels
    certain = after != UNCERTAIN
    other = certain & (after != before[sure])
    return {
        "void": 1 - float(certain.float().mean()),
        "other label": float(other.sum()) / max(1, int(certain.sum())),
    }


def weak(student: Trainable, at: Ground) -> Numbers:
    """At the one point an item of the strong suite; void left out, and the panel not asked at all."""
    held, before = at.problem.source.read(0, ITEMS), at.probes["clean"][1][:ITEMS]
    held, before = held[before != UNCERTAIN], before[before != UNCERTAIN]
    attack = Standard(EPS)
    rng = ItemRng.named(0, attack.name, [str(row) for row in range(len(held))])
    moved = attack(student, held, domain=at.domain, rng=rng).detach()
    moved = at.domain.project(moved, held)
    answers = at.teacher(moved)
    with torch.no_grad():
        said = student.decide(student(moved))
    verdicts = judge(
        Sheet(said, answers.labels, torch.ones_like(said, dtype=torch.bool), answers.cost)
    )
    right, wrong = int((verdicts == Verdict.AGREE).sum()), int((verdicts == Verdict.ERROR).sum())
    return {
        "weak": right / max(1, right + wrong),
        "weak, void": float((verdicts == Verdict.VOID).float().mean()),
        "label assumed": float((said == before).float().mean()),
    }


def accurate(student: Trainable, at: Ground) -> Numbers:
    """Clean, and strong on the families seen and held out, with the void share beside it."""
    rates, void = {}, {}
    for name, (inputs, labels) in at.probes.items():
        with torch.no_grad():
            said = student.decide(student(inputs))
        certain = labels != UNCERTAIN
        rates[name] = float((said == labels)[certain].float().mean())
        void[name] = 1 - float(certain.float().mean())

    def mean(of: Mapping[str, float], start: str) -> float:
        return float(np.mean([value for name, value in of.items() if name.startswith(start)]))

    found = {"clean": rates["clean"], "clean, void": void["clean"]}
    for start in ("held out", "seen"):
        found |= {start: mean(rates, start), f"{start}, void": mean(void, start)}
    return found | {name: rate for name, rate in rates.items() if name.startswith("held out: ")}


def run(name: str, network: str, seed: int) -> Numbers:
    at = ground(seed)
    lessons = ARMS[name](at, seed, network)
    given = [Examples(at.inputs, at.labels, 10, "given"), *lessons]

    def fitted(steps: int) -> Trainable:
        return FIT(UNTAUGHT[network](seed), given, steps=steps, rng=generator(seed, "fit"))

    student, price = fitted(STEPS), total(lessons)
    asked_ones = [one.labels for one in lessons if isinstance(one, Examples)]
    found = {**accurate(student, at), **weak(student, at)}
    found |= {"items": float(price.questions), "bits": price.bits, "cost": price.cost}
    found["bits to the teacher"] = price.student_bits
    if asked_ones:
        found["answers, void"] = float((torch.cat(asked_ones) == UNCERTAIN).float().mean())
    if name in DOUBLED:
        more = accurate(fitted(2 * STEPS), at)
        found |= {f"{key}, twice the steps": more[key] for key in ("clean", "held out", "seen")}
    return found


def concluded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Paired differences over the seeds that two arms share, and what doubling the steps did."""
    runs: Mapping[str, Mapping[str, Numbers]] = found["runs"]

    def spread(name: str, key: str, seeds: Sequence[str]) -> Spread:
        return Spread.of([runs[name][seed][key] for seed in seeds])

    def shared(one: str, other: str) -> list[str]:
        return [seed for seed in runs.get(one, {}) if seed in runs.get(other, {})]

    pairs = {}
    for one, other, end in (
        (ASKED, TOLD, ""),
        (ASKED, TOLD, ", twice the steps"),
        (BOTH, TOLD, ""),
        (BOTH, ASKED, ""),
        ("five, then 400 questions", TOLD, ""),
        (ASKED, "the same moves at random, 4,000", ""),
    ):
        seeds = shared(one, other)
        if len(seeds) < 2:
            continue
        pairs[f"{one} less {other}{end}"] = {
            key: spread(one, key + end, seeds).minus(spread(other, key + end, seeds)).describe()
            for key in ("held out", "seen", "clean")
        }
    seeds = shared(*DOUBLED)
    if len(seeds) < 2:
        return {"paired": pairs}
    short, long = (
        {name: spread(name, f"held out{end}", seeds) for name in DOUBLED}
        for end in ("", ", twice the steps")
    )
    ranking = compared(STEPS, short, long)
    moved = {name: long[name].minus(short[name]).describe() for name in DOUBLED}
    verdict = {
        "holds": ranking.holds,
        "reversed": ranking.reversed,
        "faded": ranking.faded,
        "emerged": ranking.emerged,
        "unsettled": ranking.unsettled,
    }
    return {"paired": pairs, "convergence": {"steps": STEPS, **verdict, "moved": moved}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), help="some of them, by name")
    parser.add_argument("--network", choices=list(NETWORKS), default="perceptron")
    parser.add_argument("--out", type=Path, help="[default: a result of the network's own]")
    given = parser.parse_args()
    plain = given.network == "perceptron"
    name = "mnist_panel" if plain else f"mnist_panel_{given.network}"
    out: Path = given.out or ROOT / f"benchmarks/results/{name}.json"
    head = {
        "what": "MNIST with the panel as the teacher: questions against invariances",
        "command": "python benchmarks/mnist_panel.py"
        + ("" if plain else f" --network {given.network}"),
        "settings": {
            "student": NETWORKS[given.network],
            "fit": FIT.name,
            "steps": STEPS,
            "steps while asking": ASKING,
            "given": GIVEN,
            "probes a family": PROBES,
            "adversarial": [attack.name for attack in ADVERSARIAL],
            "attacked items": ITEMS,
            "eps": EPS,
        },
        "prototype": {"held out": {ASKED: 0.978, TOLD: 0.955}, "steps": 500},
        "tuned": "attacks of the questions and the weight of uncertain answers on seed 20",
    }
    arms: dict[str, Callable[[int], Numbers]] = {
        name: partial(run, name, given.network) for name in given.arms or (ARMS if plain else FEW)
    }
    arms[TRUTH] = truth
    found = carry_out(out, head, arms, dict.fromkeys(arms, given.seeds))
    for part in ("arms", "runs"):
        found[part] = {name: found[part][name] for name in (*ARMS, TRUTH) if name in found[part]}
    out.write_text(json.dumps({**found, **concluded(found)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
