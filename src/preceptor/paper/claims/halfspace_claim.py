"""The control: a half-space, where telling and asking well should come to the same."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
import torch

from preceptor.core import UNCERTAIN, Student, generator
from preceptor.lessons import Subspace, label_bits
from preceptor.paper.bisection import bisect
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Role, Series, Settings
from preceptor.paper.contest import Arena, Contest, arena
from preceptor.paper.directions import least_bits, listed, messages, widest_angle
from preceptor.paper.halfspace_oracle import OracleEstimate
from preceptor.paper.linear import wrong
from preceptor.paper.margin_sampling import in_the_margin
from preceptor.paper.opponent import Duel, Opponent, contested
from preceptor.paper.scaling_exponent import exponent
from preceptor.paper.verdict_rule import Check
from preceptor.problems import halfspace
from preceptor.problems.halfspace import BAND, normal_of

TARGET: Final = 0.01
"""Strong error at which both stop; who decides that knows the teacher (an oracle, for both)."""

ROUNDS, MOST, PRECISIONS = 16, 12, range(2, 17)

LISTED: Final = 18.0
"""Up to so many least bits the teacher names a direction of a list, beyond it each coordinate."""

ASKERS: Final = ("by bisection", "in the margin")

Enough = Callable[[np.ndarray], bool]
"""Whether a normal ``Float64[features]`` is good enough."""


def _measure(settings: Settings, seed: int) -> Numbers:
    sizes: list[int] = settings["features"]
    found: dict[str, float | None] = {}
    for d in sizes:
        found |= _one(d, settings["probes"], seed)
    for who in ASKERS:
        questions = [found[f"questions {who}, d={d}"] for d in sizes]
        found[f"power of d, questions {who}"] = exponent(sizes, questions)
    found["power of d, bits told"] = exponent(sizes, [found[f"bits told, d={d}"] for d in sizes])
    return found


def _one(d: int, probes: int, seed: int) -> dict[str, float | None]:
    """All numbers of one size."""
    problem = halfspace(d, seed)
    drawn = problem.probes["gaussian"](probes, generator(seed, "probe"))
    enough = _judge(drawn, problem.teacher(drawn).labels)
    domain, normal = problem.source.domain, normal_of(d, seed)
    least = least_bits(d, TARGET, BAND)
    told, whole = _told(normal, enough, least, seed), _whole_bits(normal, enough)
    found: dict[str, float | None] = {
        f"bits told, d={d}": told,
        f"bits told in whole bits, d={d}": whole,
        f"least bits of any message, d={d}": least,
    }
    ways = (
        bisect(problem.teacher, domain, generator(seed, "bisect", str(d)), ROUNDS),
        in_the_margin(problem.teacher, domain, generator(seed, "margin", str(d)), MOST),
    )
    for who, way in zip(ASKERS, ways, strict=True):
        found |= {f"{name}, d={d}": value for name, value in _asked(who, way, enough, told).items()}
    asked = found[f"bits asked by bisection, d={d}"]
    for what, bits in (("told in whole bits", whole), ("least", least)):
        found[f"bits asked by bisection / {what}, d={d}"] = _ratio(asked, bits)
    return found


def _asked(
    who: str, ways: Iterable[OracleEstimate], enough: Enough, told: float | None
) -> dict[str, float | None]:
    """What an active student spent until it was right."""
    reached = next((one for one in ways if enough(one.normal)), None)
    bits = None if reached is None else reached.questions * label_bits(2)
    return {
        f"questions {who}": None if reached is None else float(reached.questions),
        f"uncertain answers {who}": None if reached is None else float(reached.uncertain),
        f"bits asked {who}": bits,
        f"bits asked {who} / told": _ratio(bits, told),
        f"bits asked {who}, answers coded / told": _ratio(
            None if reached is None else coded(reached), told
        ),
    }


def coded(known: OracleEstimate) -> float:
    """Bits of the answers if they are sent by an enumerative code: how many are uncertain, which of
    them, and a bit for each of the others (Cover 1973).
    """
    questions, uncertain = known.questions, known.uncertain
    which = math.log2(questions + 1) + math.log2(math.comb(questions, uncertain))
    return which + questions - uncertain


def _ratio(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one / other


def _judge(probes: torch.Tensor, answers: torch.Tensor) -> Enough:
    def enough(normal: np.ndarray) -> bool:
        error = wrong(normal, probes, answers)
        return error is not None and error <= TARGET

    return enough


def _told(normal: torch.Tensor, enough: Enough, least: float, seed: int) -> float | None:
    """Bits of a message that is good enough. Which code it is in hangs on the number of features
    alone, so both know it.
    """
    exact = normal.double().numpy()
    exact = exact / np.linalg.norm(exact)
    if least <= LISTED:
        # on few probes a plane a little beyond the widest angle may still be good enough
        within = 1.5 * widest_angle(TARGET, BAND)
        rng = generator(seed, "list", str(len(exact)))
        return listed(exact, enough, within, 2.0**-least, rng).bits
    return next((one.bits for one in messages(exact) if enough(one.normal)), None)


def _whole_bits(normal: torch.Tensor, enough: Enough) -> float | None:
    """Bits of the coarsest lesson of a subspace that is good enough, and of one answer that says
    which side; how fine it is, is not charged.
    """
    for precision in PRECISIONS:
        lesson = Subspace(normal[None], torch.zeros(len(normal)), precision=precision)
        if enough(lesson.basis[0].double().numpy()):
            return lesson.price.bits + label_bits(2)
    return None


def _arenas(settings: Settings, seed: int) -> Iterator[Arena]:
    """One of each size: no data, a budget of twelve questions a feature as the asker in the margin has,
    and the oracle that stops everybody here.
    """
    for d in settings["features"]:
        problem = halfspace(d, seed)
        probes = problem.probes["gaussian"](settings["probes"], generator(seed, "probe"))
        answers = problem.teacher(probes).labels

        def right(
            student: Student, probes: torch.Tensor = probes, answers: torch.Tensor = answers
        ) -> float:
            sure = answers != UNCERTAIN
            with torch.no_grad():
                said = student.decide(student(probes[sure]))
            return float((said == answers[sure]).float().mean())

        def judge(student: Student, right: Callable[[Student], float] = right) -> Numbers:
            return {"strong accuracy": right(student)}

        def good(student: Student, right: Callable[[Student], float] = right) -> bool:
            return right(student) >= 1 - TARGET

        yield arena(
            problem,
            judge,
            seed=seed,
            most=MOST * d,
            inputs=torch.zeros(0, d),
            labels=torch.zeros(0, dtype=torch.int64),
            name=f"d={d}",
            good=good,
        )


def _compare(settings: Settings, numbers: Numbers, who: str) -> Numbers:
    """Bits asked over bits told, where the opponent is good enough."""
    found: dict[str, float | None] = {}
    for d in settings["features"]:
        right = numbers[f"strong accuracy, {who}, d={d}"]
        if right is not None and right >= 1 - TARGET:
            ratio = _ratio(numbers[f"bits, {who}, d={d}"], numbers[f"bits told, d={d}"])
            found[f"bits asked {who} / told, d={d}"] = ratio
    return found


def _charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["features"])

    def series(label: str, name: str, role: Role) -> Series:
        return Series(label, tuple(f"{name}, d={d}" for d in sizes), role)

    return (
        Chart(
            "Bits until 99 % strong accuracy",
            "features",
            "bits",
            sizes,
            (
                series("asked, by bisection", "bits asked by bisection", "asks"),
                series("asked, in the margin", "bits asked in the margin", "asks"),
                series("told", "bits told", "told"),
                series("told in whole bits", "bits told in whole bits", "told"),
                series("least of any message", "least bits of any message", "theory"),
            ),
            log=True,
        ),
    )


DUEL: Final = Duel("bits asked {who} / told, d=*", 10.0, (1 / 3.5, 3.5))

OPPONENTS: Final = (
    Opponent(
        "by bisection",
        "asks",
        "That the teacher is a half-space through 0.",
        "strongest",
    ),
    Opponent(
        "in the margin",
        "asks",
        "That the teacher is a half-space through 0.",
        "strongest",
    ),
)

CONTROL = Claim(
    Facts(
        name="halfspace",
        title="The control: a half-space",
        says="A teacher that tells the plane needs far fewer bits than answers to a student that "
        "bisects, or that asks where it is unsure.",
        constructed="",
        limits="Both know that the teacher is a half-space through 0, and both stop when an oracle "
        "says so, whose word is in no price. Told, up to six features: the first plane that is good "
        "enough in a list of random ones that both have; beyond, where a list would be too long to draw, each "
        "coordinate rounded and sent in as many bits as its chance asks for, the coarsest of sixteen "
        "steps that is enough. No message that is always enough, and no answers, can be shorter on "
        "average than the least in the chart (proposition 3), so the ratios have little room: an "
        "answer is charged at log2 3 bits, and says one at most where the teacher is certain.",
        expected="tie",
        rule=contested(
            DUEL,
            OPPONENTS,
            tie=(
                Check("power of d, questions *", 0.85, 1.15),
                Check("power of d, bits told", 0.85, 1.15),
            ),
        ),
        opponents=OPPONENTS,
        teller="The plane, and that the student knows it to be a half-space through 0. Charged the bits of "
        "its message.",
        duel=DUEL,
    ),
    _measure,
    quick=ClaimPlan({"features": [5, 10, 20, 50, 100], "probes": 20_000}, (0, 1, 2, 3, 4)),
    full=ClaimPlan(
        {"features": [5, 10, 20, 50, 100, 200], "probes": 20_000}, tuple(range(2000, 2010))
    ),
    charts=_charts,
    contest=Contest(_arenas, _compare),
)
