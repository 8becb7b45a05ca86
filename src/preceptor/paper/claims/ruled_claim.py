"""Digits with a rule on the shape of their ink: what declared invariances buy, and what they do not."""

from collections.abc import Iterator
from typing import Any, Final

from preceptor.attacks.apgd import APGD
from preceptor.attacks.square import Square
from preceptor.attacks.standard import Standard
from preceptor.comparison import Perceptron
from preceptor.core import Attack, InputError, generator
from preceptor.lessons import Invariances
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Series, Settings
from preceptor.paper.contest import Arena, Contest
from preceptor.paper.digit_setup import (
    DigitSetup,
    Way,
    digit_arena,
    ground,
    in_a_ball,
    named,
    off_the_data,
    random_members,
    taught,
    under_attack,
)
from preceptor.paper.opponent import Duel, Opponent, contested
from preceptor.paper.verdict_rule import Check
from preceptor.problems import digits_rule, mnist_rule
from preceptor.problems.tutoring import TellsInvariances
from preceptor.strategies import AdamFit, InvarianceTests, Schedule

PROBLEMS: Final = {"mnist-rule": mnist_rule, "digits-rule": digits_rule}
FIT: Final = AdamFit(rate=3e-3, schedule="cycle", average=0.998)

WAYS: Final = (
    "labels alone",
    "l_inf training",
    "tests of the library",
    "random lessons",
    "invariances",
    "invariances and a tolerance",
)
ROUNDS: Final = 2
"""In which the library is tested: what the student has learned decides what it tests next."""


def attacks(eps: float) -> tuple[Attack, ...]:
    """The default suite first, then parts of it with more starts, and a longer random search."""
    return (
        Standard(eps),
        APGD(eps, steps=40, restarts=5, wide=1.5),
        APGD(eps, targets=3, steps=60, restarts=2),
        Square(eps, queries=500),
    )


def _way(name: str, at: DigitSetup, settings: Settings, seed: int) -> Way:
    tells, eps = at.problem.tutors["five invariances"], settings["eps"]
    if not isinstance(tells, TellsInvariances):
        raise InputError(f"{at.problem.name} declares no invariances")
    five = tells.transforms
    if name == "l_inf training":
        return Way((in_a_ball(at, (), eps, "any", declared=False),))
    if name == "tests of the library":
        tests = InvarianceTests(at.inputs, at.labels, at.pool, at.domain, at.teacher)
        return Way((), tests, Schedule(ROUNDS, settings["tests"] // ROUNDS, settings["steps"]))
    if name == "random lessons":
        drawn = random_members(at.domain, len(five), generator(seed, "random lesson"))
        return Way((Invariances(at.inputs, at.domain, drawn, at.labels),))
    if name == "invariances":
        return Way((Invariances(at.inputs, at.domain, five, at.labels),))
    if name == "invariances and a tolerance":
        return Way((in_a_ball(at, five, eps, "any", declared=True),))
    return Way()


def _measure(settings: Settings, seed: int) -> Numbers:
    at = ground(PROBLEMS[settings["problem"]](), settings["given"], seed)
    suite = attacks(settings["eps"])
    found: dict[str, float | None] = {}
    for name in WAYS:
        untaught = Perceptron(tuple(settings["widths"]))(at.problem, seed)
        way = _way(name, at, settings, seed)
        student, price = taught(untaught, way, at, FIT, settings["steps"], seed)
        rates = off_the_data(student, at.problem, settings["probes"], seed)
        found |= named(name, {f"strong accuracy, {what}": rate for what, rate in rates.items()})
        if name in settings["attacked"]:
            rates = under_attack(student, at, suite, settings["items"])
            found |= named(name, {f"under attack, {what}": rate for what, rate in rates.items()})
        found |= named(name, {"items": float(price.questions), "bits": price.bits})
    for who in WAYS[:3]:
        found |= _compare(settings, found, who)
    weak = [found[f"under attack, weak, {who}"] or 0.0 for who in ("invariances", "l_inf training")]
    found["under attack, weak, invariances, less l_inf training"] = weak[0] - weak[1]
    return found


def _compare(settings: Settings, numbers: Numbers, who: str) -> Numbers:  # noqa: ARG001
    """How far the told student is ahead off the data."""
    told, other = (
        numbers[f"strong accuracy, held out, {one}"] or 0.0 for one in ("invariances", who)
    )
    return {f"strong accuracy, held out, invariances, less {who}": told - other}


def _arenas(settings: Settings, seed: int) -> Iterator[Arena]:
    """The given digits, all the others without labels, and as many questions as the tester has."""
    problem = PROBLEMS[settings["problem"]]()
    at = ground(problem, settings["given"], seed)
    untaught = Perceptron(tuple(settings["widths"]))(problem, seed)
    yield digit_arena(at, untaught, FIT, settings, settings["tests"], seed)


def _charts(settings: Settings) -> tuple[Chart, ...]:
    eps = f"{settings['eps']:g}"
    ways = {
        "l_inf training": f"l_inf training, {eps}: nobody is asked",
        "tests of the library": f"{settings['tests']} questions that test members of the library",
        "random lessons": "five random lessons of the library",
        "invariances": "five invariances",
        "invariances and a tolerance": f"five invariances and a tolerance of {eps}",
    }
    both = (
        ("Held-out families", "strong accuracy, held out", "told"),
        (f"Under attack, l_inf {eps}", "under attack, weak", "asks"),
    )
    series = tuple(
        Series(
            label,
            tuple(
                f"{what}, {name}" if role == "told" or name in settings["attacked"] else None
                for name in WAYS
            ),
            "told" if role == "told" else "asks",
        )
        for label, what, role in both
    )
    return (
        Chart(
            "Right off the data, and under attack",
            "way",
            "share right, as the teacher sees it",
            tuple(float(i) for i in range(len(WAYS))),
            series,
            share=True,
            labels=tuple(ways.get(name, name) for name in WAYS),
            note="Held out: the mean over five families of held-out digits, each under one change that is "
            "in no list that anyone tells. Under attack: the teacher is asked at every attacked input, "
            "and those of which it is uncertain are left out.",
        ),
    )


FULL: Final[dict[str, Any]] = {
    "problem": "mnist-rule",
    "widths": [256, 128],
    "given": 1000,
    "steps": 600,
    "probes": 600,
    "eps": 0.2,
    "items": 100,
    "tests": 200,
    "attacked": ["labels alone", "l_inf training", "invariances", "invariances and a tolerance"],
}
QUICK: Final[dict[str, Any]] = FULL | {
    "widths": [96, 48],
    "steps": 300,
    "probes": 100,
    "items": 20,
    "tests": 80,
    "attacked": ["l_inf training", "invariances"],
}


DUEL: Final = Duel("strong accuracy, held out, invariances, less {who}", 0.03, (-0.02, 0.02))

OPPONENTS: Final = (
    Opponent("labels alone", "passive", "Nothing."),
    Opponent(
        "l_inf training",
        "passive",
        "That small changes of every pixel do not matter, and how small they are.",
        "strongest",
        "Nothing: nobody is asked.",
    ),
    Opponent(
        "tests of the library",
        "asks",
        "The committed library, of which the five are members; not which members.",
        "strongest",
    ),
    Opponent(
        "random lessons",
        "control",
        "Nothing: five members of the library are drawn, and declared at their code lengths.",
        price="Their code lengths.",
    ),
)

INVARIANT: Final = Claim(
    Facts(
        name="invariances",
        title="What declared invariances buy, and what they do not",
        says="Declaring five invariances of the committed library makes a student right on changed digits "
        "where labels alone leave it 3 points and more behind. Against small changes of the pixels it "
        "does nothing: there training in an l_inf ball, for which nobody is asked, is ahead by 25 points "
        "and more, and off the data it comes as far as what was declared.",
        constructed="The teacher is a rule that was built not to mind what is declared, and the "
        "families held out are changes of the same kind.",
        limits="One perceptron. The tester asks two rounds of 100 questions; on one trial seed of the quick "
        "settings it came no further than labels alone. l_inf training is right off the data too, for nothing, and little is "
        "left there for the declaration to add. With this network a declared tolerance does not help "
        "l_inf training under attack; with convolutions and more steps it does "
        "(benchmarks/mnist_rule.py). Attacks may be too weak. The bounds were set after a look at "
        "seeds 20 and 21; seeds 100 to 102 and 110 to 114 were run before the library's tester took "
        "part, and how it would end was expected after trials on seeds 900 and later.",
        expected="shown against usual askers only",
        rule=contested(
            DUEL,
            OPPONENTS,
            shown=(
                Check("strong accuracy, held out, invariances", 0.96),
                Check("under attack, weak, invariances", 0.0, 0.10),
                Check("under attack, weak, invariances, less l_inf training", -1.0, -0.25),
            ),
        ),
        opponents=OPPONENTS,
        teller="The five changes that the teacher does not mind and how far they may go, members of the "
        "committed library. Charged their code lengths.",
        duel=DUEL,
    ),
    _measure,
    quick=ClaimPlan(QUICK, (0, 1)),
    full=ClaimPlan(FULL, tuple(range(2000, 2005))),
    charts=_charts,
    contest=Contest(_arenas, _compare),
)
