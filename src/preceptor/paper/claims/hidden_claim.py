"""Something small that hides: searched for at random, or told in one volunteered example."""

from collections.abc import Callable
from statistics import fmean

import numpy as np
import torch

from preceptor.core import InputError, generator
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Series, Settings
from preceptor.paper.scaling_exponent import doublings
from preceptor.paper.tutor_lesson import told as tell
from preceptor.paper.verdict_rule import Check, VerdictRule
from preceptor.problems import Problem, ball, needle
from preceptor.problems.hidden import ball_share

BATCH = 20_000


def search_needle(problem: Problem, rng: np.random.Generator) -> int:
    """Questions until the turned answer is met, by a student that knows what a needle is: it tries
    patterns of signs in random order, the last feature at 1.
    """
    bits = problem.source.domain.shape[0] - 1
    codes = rng.permutation(2**bits)
    signs = 2.0 * ((codes[:, None] >> np.arange(bits)) & 1) - 1.0
    asked = torch.from_numpy(np.column_stack([signs, np.ones(len(codes))]).astype(np.float32))
    met = (problem.teacher(asked).labels == 0).nonzero()[:, 0]
    return int(met[0]) + 1


def search_ball(problem: Problem, rng: np.random.Generator, most: int) -> int:
    """Questions, uniform in the cube, until one is answered with 1.

    Raises:
        InputError: not within ``most`` questions.
    """
    asked = 0
    while asked < most:
        drawn = rng.uniform(-1, 1, (BATCH, problem.source.domain.shape[0])).astype(np.float32)
        met = (problem.teacher(torch.from_numpy(drawn)).labels == 1).nonzero()[:, 0]
        if len(met):
            return asked + int(met[0]) + 1
        asked += BATCH
    raise InputError(f"no question of {most} met the ball")


def _grow(
    settings: Settings,
    make: Callable[[int, int], Problem],
    search: Callable[[Problem, np.random.Generator], int],
    expected: Callable[[int], float],
    seed: int,
) -> Numbers:
    """Means over so many hidden things for each size; each has a teacher of its own."""
    found: dict[str, float | None] = {}
    sizes: list[int] = settings["features"]
    asked: list[float | None] = []
    told: list[float | None] = []
    for d in sizes:
        counts = []
        for again in range(settings["again"]):
            problem = make(d, 1000 * seed + again)
            counts.append(search(problem, generator(seed, "search", str(d), str(again))))
            told_bits = tell(problem, "where").price.bits
        asked.append(fmean(counts))
        told.append(told_bits)
        found[f"questions, d={d}"] = asked[-1]
        found[f"expected questions, d={d}"] = expected(d)
        found[f"bits told, d={d}"] = told_bits
    found["doublings of the questions for each d"] = doublings(sizes, asked)
    found["bits told for each d"] = (told_bits - (told[0] or 0.0)) / (sizes[-1] - sizes[0])
    found["questions / bits told, largest d"] = (asked[-1] or 0.0) / told_bits
    return found


def _needle(settings: Settings, seed: int) -> Numbers:
    return _grow(settings, needle, search_needle, lambda d: (2**d + 1) / 2, seed)


def _ball(settings: Settings, seed: int) -> Numbers:
    # uncertain in a shell of a tenth of the radius: certain within 0.45
    def search(problem: Problem, rng: np.random.Generator) -> int:
        return search_ball(problem, rng, settings["most"])

    return _grow(settings, ball, search, lambda d: 1 / ball_share(d, 0.45), seed)


def _charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["features"])
    return (
        Chart(
            "Questions, and bits told",
            "features",
            "questions, or bits",
            sizes,
            (
                Series("questions", tuple(f"questions, d={d}" for d in sizes), "asks"),
                Series(
                    "expected by counting",
                    tuple(f"expected questions, d={d}" for d in sizes),
                    "theory",
                ),
                Series("bits told", tuple(f"bits told, d={d}" for d in sizes), "told"),
            ),
            log=True,
        ),
    )


LIMITS = (
    "A pure search, with no learner. That no question but the lucky one tells anything is how the "
    "problem was made; nothing says that problems people have are like it."
)

NEEDLE = Claim(
    Facts(
        name="needle",
        title="A needle: one pattern of signs in 2 to the d",
        says="Where a teacher's answer is turned round at one pattern of d signs, a student that "
        "knows so needs about 2 to the d questions, and the teacher d bits.",
        constructed="All of it: no query halves what is left, so asking is searching.",
        limits=LIMITS,
        expected="shown",
        rule=VerdictRule(
            (
                Check("doublings of the questions for each d", 0.9, 1.1),
                Check("bits told for each d", 0.9, 1.1),
            )
        ),
    ),
    _needle,
    quick=ClaimPlan({"features": [3, 4, 5, 6, 7, 8, 9], "again": 60}, (0, 1, 2)),
    full=ClaimPlan(
        {"features": [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "again": 20}, (0, 1, 2, 3, 4)
    ),
    charts=_charts,
)

BALL = Claim(
    Facts(
        name="ball",
        title="A thin ball in a cube",
        says="Where a teacher says yes only inside a small ball, random questions until one meets it "
        "double about twice for every feature more, and the bits that tell its centre grow by 8.",
        constructed="All of it: the ball's share of the cube falls exponentially. The ball stands at "
        "the centre, which a student that guessed so would find at once.",
        limits=LIMITS,
        expected="shown",
        rule=VerdictRule(
            (
                Check("doublings of the questions for each d", 1.7, 2.3),
                Check("bits told for each d", 8.0, 8.0),
            )
        ),
    ),
    _ball,
    quick=ClaimPlan({"features": [2, 3, 4, 5, 6], "again": 60, "most": 1_000_000}, (0, 1, 2)),
    full=ClaimPlan(
        {"features": [2, 3, 4, 5, 6, 7, 8], "again": 20, "most": 4_000_000}, (0, 1, 2, 3, 4)
    ),
    charts=_charts,
)
