"""Redundant exclusive or: strong accuracy by way of learning, one network for all.

    python benchmarks/xor.py                  # d = 10, 20, 40; 5 seeds; about 6 CPU-minutes
    python benchmarks/xor.py --features 40 --seeds 2 --arms passive masks

Settings: 300 given labels; network d-96-48-1; Adam at 2e-3, a fifth of that after 60 % of 900 steps,
batches of 128; strong accuracy on 20,000 probes uniform in the domain. Prices are those beyond the
given labels, in four units that are never added.
"""

import argparse
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from runs import ROOT, kept, stamp
from torch import nn

import preceptor
from preceptor.core import generator
from preceptor.lessons import Examples, Lesson, Masks, Price
from preceptor.outcome import Spread
from preceptor.problems import Problem, agreement, strong, xor
from preceptor.strategies import (
    AdamFit,
    BoundarySynthesis,
    Passive,
    PoolUncertainty,
    RandomSynthesis,
    Schedule,
    Strategy,
    TutorStrategy,
    learn,
)
from preceptor.students import TorchStudent

GIVEN, STEPS, PROBES, POOL = 300, 900, 20_000, 20_000


@dataclass(frozen=True)
class Arm:
    """One way of learning: which strategy, how many rounds, how much in each."""

    strategy: Callable[[Problem, int], Strategy]
    n: int = 1
    rounds: int = 1


def asks(strategy: Callable[..., Strategy], n: int, rounds: int = 1) -> Arm:
    return Arm(lambda problem, _: strategy(problem.source.domain, problem.teacher), n, rounds)


def told(tutor: str, n: int = 1) -> Arm:
    return Arm(lambda problem, _: TutorStrategy(problem.tutors[tutor], tutor), n)


def passive(n: int) -> Arm:
    return Arm(lambda problem, _: Passive(problem.train_inputs[GIVEN:], problem.teacher), n)


def from_pool(problem: Problem, _: int) -> Strategy:
    return PoolUncertainty(problem.train_inputs[GIVEN:], problem.teacher)


def from_anywhere(problem: Problem, seed: int) -> Strategy:
    pool = problem.probes["uniform"](POOL, generator(seed, "pool"))
    return PoolUncertainty(pool, problem.teacher, shared=False)


ARMS: dict[str, Arm] = {
    "passive 300": passive(0),
    "passive 3000": passive(2700),
    "passive 10000": passive(9700),
    "pool of data 1000": Arm(from_pool, 250, 4),
    "random questions 100": asks(RandomSynthesis, 100),
    "random questions 1000": asks(RandomSynthesis, 1000),
    "random questions 4000": asks(RandomSynthesis, 4000),
    "unsure questions 1000": Arm(from_anywhere, 250, 4),
    "boundary questions 1000": asks(BoundarySynthesis, 250, 4),
    "feature set": told("feature set"),
    "irrelevant features": told("irrelevant features"),
    "superset of 4": told("superset of 4"),
    "superset of 10": told("superset of 10"),
    "masks 5": told("masks", 5),
    "masks 30": told("masks", 30),
    "masks resampled 30": told("masks resampled", 30),
    "gradient masks 30": told("gradient masks", 30),
    "gradients 30": told("gradients", 30),
    "pairs 30": told("pairs", 30),
    "pairs 300": told("pairs", 300),
    "curated 1000": told("curated", 1000),
    "wrong: another copy": told("wrong: another copy"),
    "wrong: one missing": told("wrong: one missing"),
}


def network(features: int, seed: int) -> TorchStudent:
    torch.manual_seed(seed)
    layers = [nn.Linear(features, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 1)]
    return TorchStudent(nn.Sequential(*layers), classes=2, name="mlp")


def run(arm: Arm, problem: Problem, seed: int, steps: int) -> tuple[dict[str, float], Price, Any]:
    """Strong and clean accuracy, the price beyond the given labels, and the last lesson."""
    inputs, labels = problem.train_inputs[:GIVEN], problem.train_labels[:GIVEN]
    given = [Examples(inputs, labels, 2, "given")]
    student = network(inputs.shape[1], seed)
    strategy = arm.strategy(problem, seed)
    schedule = Schedule(max(arm.rounds, 1), max(arm.n, 1), steps)
    if arm.n == 0:
        rng = generator(seed, "fit", "0")
        taught, lessons = AdamFit()(student, given, steps=steps, rng=rng), tuple[Lesson, ...]()
        price = Price()
    else:
        done = learn(student, strategy, given=given, schedule=schedule, seed=seed)
        taught, lessons, price = done.student, done.lessons[1:], done.price
    held = problem.source.read(0, len(problem.source))
    rates = {
        "strong": strong(taught, problem, probes=PROBES, seed=seed)["uniform"],
        "clean": agreement(taught, problem.teacher, held),
    }
    values = {name: float(rate.value or 0.0) for name, rate in rates.items()}
    values["void"] = rates["strong"].void / PROBES
    raw = sum(one.raw_bits for one in lessons if isinstance(one, Masks))
    return values, price, {"mask_bits_raw": raw} if raw else {}


def case(name: str, features: int, seeds: int, steps: int) -> dict[str, Any]:
    found: list[dict[str, float]] = []
    prices: list[Price] = []
    extra: dict[str, float] = {}
    for seed in range(seeds):
        values, price, extra = run(ARMS[name], xor(features, seed), seed, steps)
        found.append(values)
        prices.append(price)
    means = {
        unit: round(float(np.mean([p.describe()[unit] for p in prices])), 3)
        for unit in prices[0].describe()
    }
    return {
        "arm": name,
        "features": features,
        "price": means | extra,
        **{key: Spread.of([one[key] for one in found]).describe() for key in found[0]},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--features", type=int, nargs="+", default=[10, 20, 40])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--arms", nargs="+", default=[""], help="those whose names start so")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/xor.json")
    parser.add_argument("--work", type=Path, help="folder of parts, to go on from")
    given = parser.parse_args()
    torch.set_num_threads(1)
    commit = stamp()["commit"]
    head = {"commit": commit, "seeds": given.seeds, "steps": given.steps}
    cases = []
    for features in given.features:
        for name in ARMS:
            if not name.startswith(tuple(given.arms)):
                continue
            if name == "superset of 10" and features < 10:
                continue
            make = partial(case, name, features, given.seeds, given.steps)
            one = kept(given.work, f"xor-{features}-{name}", head, make)
            cases.append(one)
            low, high = (
                end if end is not None else float("nan") for end in one["strong"]["interval"]
            )
            print(
                f"d={features:<3} {name:24} strong {one['strong']['mean']:.3f} [{low:.3f}, {high:.3f}]"
                f"  clean {one['clean']['mean']:.3f}  questions {one['price']['questions']:7.0f}"
                f"  bits {one['price']['bits']:10.1f}  to teacher {one['price']['student_bits']:.0f}",
                flush=True,
            )
    result = {
        "what": __doc__.split("\n")[0],
        "settings": {"given": GIVEN, "steps": given.steps, "probes": PROBES, "fit": AdamFit().name},
        "commit": commit,
        "seeds": list(range(given.seeds)),
        "constructed": "the probe law is uniform in the domain, where the data leave the factors' "
        "copies apart",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "preceptor": preceptor.__version__,
        },
        "cases": cases,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
