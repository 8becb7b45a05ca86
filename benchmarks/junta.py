"""How many questions does a student need to find out which features matter, and how often is it wrong?

    python benchmarks/junta.py                  # 10 seeds; goes on where it was

Tests alone, no network: paired questions from domain and data, until so many checks agree. Counted are
questions and bits, uncertain answers, whether the set is the right one, whether it lacks a feature that
matters, whether it has one too many, and whether the tests ended without a set.
"""

import argparse
import json
from collections.abc import Callable
from functools import partial

from runs import ROOT, Numbers, carry_out

from preceptor.comparison import Perceptron
from preceptor.core import generator
from preceptor.lessons import FeatureSet, TestedFeatures
from preceptor.outcome import Spread
from preceptor.problems import Problem, blocks, copies, two_rules, xor
from preceptor.strategies import Junta

MAKES: dict[str, Callable[[int], Problem]] = {
    **{f"xor, d={d}": partial(xor, d) for d in (10, 20, 40, 80)},
    **{f"copies, d={d}": partial(copies, d) for d in (10, 80)},
    "blocks": lambda _: blocks(),
    "two-rules": lambda _: two_rules(),
}

CHECKS = {"blocks": (8, 12, 16), "two-rules": (8, 12, 16)}


def tested(problem: Callable[[int], Problem], checks: int, seed: int) -> Numbers:
    """Of one problem, by one number of checks."""
    found = problem(seed)
    student = Perceptron((2,))(found, seed)
    told = found.tutors["feature set"](student, 1, rng=generator(seed, "told"))
    assert isinstance(told, FeatureSet)
    asker = Junta(
        found.source.domain, found.teacher, found.train_inputs[:300], checks, rest="nothing"
    )
    lesson = asker(student, (), 256, rng=generator(seed, "junta"))
    assert lesson is not None
    mask = lesson.features if isinstance(lesson, TestedFeatures) else None
    return {
        "questions": lesson.price.questions,
        "bits": lesson.price.bits,
        "bits told": told.price.bits,
        "right": float(mask is not None and bool((mask == told.features).all())),
        "lacks one": float(mask is not None and bool((told.features & ~mask).any())),
        "one too many": float(mask is not None and bool((mask & ~told.features).any())),
        "no set": float(mask is None),
    }


def main() -> None:
    """Run, and print means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(900, 900 + parser.parse_args().seeds)
    arms = {
        f"{name}, {checks} checks": partial(tested, make, checks)
        for name, make in MAKES.items()
        for checks in CHECKS.get(name.partition(",")[0], (12,))
    }
    head = {"benchmark": "junta", "seeds": list(seeds)}
    found = carry_out(
        ROOT / "benchmarks/results/junta.json", head, arms, dict.fromkeys(arms, seeds)
    )
    for name, runs in found["runs"].items():
        spread = Spread.of([one["questions"] for one in runs.values()])
        low, high = spread.interval
        sums = {key: sum(one[key] for one in runs.values()) for key in ("right", "lacks one")}
        print(f"{name}: {spread.mean:.1f} [{low:.1f} to {high:.1f}] questions, {json.dumps(sums)}")


if __name__ == "__main__":
    main()
