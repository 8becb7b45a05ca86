"""The control: a half-space, where telling and asking well should come to the same."""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch

from preceptor.core import generator
from preceptor.lessons import Subspace, label_bits
from preceptor.paper.bisection import bisect
from preceptor.paper.claim import Chart, Claim, Facts, Numbers, Plan, Series, Settings
from preceptor.paper.growth import exponent
from preceptor.paper.linear import wrong
from preceptor.paper.rule import Check, Rule
from preceptor.problems import halfspace
from preceptor.problems.halfspace import normal_of

TARGET: Final = 0.01
"""Strong error at which both stop; who decides that knows the teacher (an oracle, for both)."""

ROUNDS, PRECISIONS = 16, range(2, 17)


Enough = Callable[[np.ndarray], bool]
"""Whether a normal ``Float64[features]`` is good enough."""


def _measure(settings: Settings, seed: int) -> Numbers:
    sizes: list[int] = settings["features"]
    found: dict[str, float | None] = {}
    asked: list[float | None] = []
    told: list[float | None] = []
    for d in sizes:
        problem = halfspace(d, seed)
        probes = problem.probes["gaussian"](settings["probes"], generator(seed, "probe"))
        answers = problem.teacher(probes).labels

        enough = _judge(probes, answers)
        rng = generator(seed, "bisect", str(d))
        ways = bisect(problem.teacher, problem.source.domain, rng, ROUNDS)
        reached = next((one for one in ways if enough(one.normal)), None)
        asked.append(None if reached is None else float(reached.questions))
        found[f"questions, d={d}"] = asked[-1]
        found[f"uncertain answers, d={d}"] = None if reached is None else reached.uncertain
        told.append(_told(normal_of(d, seed), enough))
        found[f"bits told, d={d}"] = told[-1]
        if asked[-1] is not None and told[-1] is not None:
            found[f"bits asked, d={d}"] = asked[-1] * label_bits(2)
            found[f"bits asked / told, d={d}"] = asked[-1] * label_bits(2) / told[-1]
    found["power of d, questions"] = exponent(sizes, asked)
    found["power of d, bits told"] = exponent(sizes, told)
    return found


def _judge(probes: torch.Tensor, answers: torch.Tensor) -> Enough:
    def enough(normal: np.ndarray) -> bool:
        error = wrong(normal, probes, answers)
        return error is not None and error <= TARGET

    return enough


def _told(normal: torch.Tensor, enough: Enough) -> float | None:
    """Bits of the coarsest direction that is good enough, and of one answer that says which side."""
    for precision in PRECISIONS:
        lesson = Subspace(normal[None], torch.zeros(len(normal)), precision=precision)
        if enough(lesson.basis[0].double().numpy()):
            return lesson.price.bits + label_bits(2)
    return None


def _charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["features"])
    return (
        Chart(
            "Bits until 99 % strong accuracy",
            "features",
            "bits",
            sizes,
            (
                Series("asked, by bisection", tuple(f"bits asked, d={d}" for d in sizes), "asks"),
                Series("told", tuple(f"bits told, d={d}" for d in sizes), "told"),
            ),
            log=True,
        ),
    )


CONTROL = Claim(
    Facts(
        name="halfspace",
        title="The control: a half-space",
        says="A teacher that tells the plane needs far fewer bits than answers to a student that "
        "bisects.",
        constructed="",
        limits="Both know that the teacher is a half-space through 0, and both stop when an oracle "
        "says so.",
        expected="tie",
        rule=Rule(
            (Check("bits asked / told, d=*", 10.0),),
            (
                Check("bits asked / told, d=*", 1 / 3.5, 3.5),
                Check("power of d, questions", 0.85, 1.15),
                Check("power of d, bits told", 0.85, 1.15),
            ),
        ),
    ),
    _measure,
    quick=Plan({"features": [5, 10, 20, 50, 100], "probes": 20_000}, (0, 1, 2, 3, 4)),
    full=Plan({"features": [5, 10, 20, 50, 100, 200], "probes": 20_000}, tuple(range(10))),
    charts=_charts,
)
