"""Teaching that hurts: does an audit before and after say so, and does it keep quiet otherwise?

    python benchmarks/hurts.py                  # 20 seeds; goes on where it was

Three wrong lessons, and three right ones of the same form. Every student is audited before and after
on the same plan, as ``preceptor teach`` does it: a quick gradient attack and draws of the problem's
laws, 300 items of each. Two readings: the least rate is settled worse (exit code 1), or any row is
(after Holm's correction; the rows are named to the user). Before is the student that learned the
given labels, of the exclusive or with 1,000 answers more, since without them it knows nothing that
a wrong hint could spoil.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from runs import ROOT, Numbers, carry_out

from preceptor.attacks import PGD
from preceptor.audit import MovedInputs, Plan, audit, side_by_side
from preceptor.comparison import Perceptron
from preceptor.core import ArraySource, Trainable, generator
from preceptor.lessons import Examples, Lesson
from preceptor.problems import Problem, digits_rule, mnist_rule, two_rules, xor
from preceptor.strategies import AdamFit, RandomSynthesis

ITEMS, STEPS = 300, 600


@dataclass(frozen=True)
class Case:
    """What is taught on which problem.

    Attributes:
        problem: of a seed.
        given: labels before.
        asked: answers before.
        wrong: the tutor of the wrong lesson.
        right: that of a right one of the same form.
        items: told at most.
    """

    problem: Callable[[int], Problem]
    given: int
    asked: int
    wrong: str
    right: str
    items: int = 5


CASES = {
    "xor, a hint": Case(
        lambda seed: xor(10, seed), 300, 1000, "wrong: another copy", "feature set"
    ),
    "digits-rule, an invariance": Case(
        lambda _: digits_rule(), 400, 0, "wrong: any turn", "five invariances"
    ),
    "mnist-rule, an invariance": Case(
        lambda _: mnist_rule(), 1000, 0, "wrong: any turn", "five invariances"
    ),
    "two-rules, a mask": Case(lambda _: two_rules(), 1000, 0, "wrong: top row", "feature set"),
}


@lru_cache(maxsize=1)
def before(name: str, seed: int) -> tuple[Problem, list[Lesson], Trainable]:
    """The problem, what was learned, and the student."""
    case = CASES[name]
    problem = case.problem(seed)
    student = Perceptron()(problem, seed)
    inputs = problem.train_inputs[: case.given]
    lessons: list[Lesson] = [
        Examples(inputs, problem.teacher(inputs).labels, student.classes, "given")
    ]
    if case.asked:
        asks = RandomSynthesis(problem.source.domain, problem.teacher)
        answers = asks(student, lessons, case.asked, rng=generator(seed, "asked"))
        assert answers is not None
        lessons.append(answers)
    learned = AdamFit()(student, lessons, steps=STEPS, rng=generator(seed, "before"))
    return problem, lessons, learned


def run(name: str, tutor: str, seed: int) -> Numbers:
    problem, lessons, student = before(name, seed)
    untaught = Perceptron()(problem, seed)
    lesson = problem.tutors[tutor](student, CASES[name].items, rng=generator(seed, "told"))
    taught = AdamFit()(untaught, [*lessons, lesson], steps=STEPS, rng=generator(seed, "after"))
    items = min(ITEMS, len(problem.source))
    whole = problem.take(items)
    source = ArraySource(whole.inputs, whole.domain, whole.ids, whole.name)
    drawn = tuple(
        MovedInputs(f"probe {law}", draw(items, generator(seed, "probe", law)), family="probe")
        for law, draw in problem.probes.items()
    )
    plan = Plan((PGD(0.05 * whole.domain.width),), drawn, seed=seed)
    with tempfile.TemporaryDirectory() as scratch:
        records = [
            audit(one, problem.teacher, source, plan, Path(scratch) / side)
            for side, one in (("before", student), ("after", taught))
        ]
        contrasts = side_by_side(records).pair(1, 0).contrasts
    worse = [bool(one.settled and (one.difference.value or 0.0) < 0) for one in contrasts]
    probes = [one for one in contrasts if one.name.startswith("probe")]
    return {
        "least rate settled worse": float(worse[-1]),
        "some row settled worse": float(any(worse)),
        "least rate": contrasts[-1].difference.value or 0.0,
        "probes, mean": sum(one.difference.value or 0.0 for one in probes) / max(1, len(probes)),
    }


def arm(name: str, tutor: str) -> Callable[[int], Numbers]:
    return lambda seed: run(name, tutor, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(20)))
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/hurts.json")
    given = parser.parse_args()
    head = {
        "what": "wrong and right lessons, and what the audit before and after said",
        "command": "python benchmarks/hurts.py",
        "settings": {"student": Perceptron().name, "steps": STEPS, "items": ITEMS},
        "targets": {"wrong lessons caught": "19 of 20"},
        "tuned": "looked at on seed 100 first; then only what decides was changed, from the worst case to the least rate",
    }
    arms = {
        f"{name}, {kind}": arm(name, tutor)
        for name in given.cases
        for kind, tutor in (("wrong", CASES[name].wrong), ("right", CASES[name].right))
    }
    carry_out(given.out, head, arms, dict.fromkeys(arms, given.seeds))


if __name__ == "__main__":
    main()
