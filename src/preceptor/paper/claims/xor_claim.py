"""Redundant exclusive or, one network for all: what labels, questions and hints are worth."""

from typing import Final

from preceptor.core import InputError, generator
from preceptor.lessons import FeatureSet, subset_bits
from preceptor.paper.bench import Bench, informed, network
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Series, Settings
from preceptor.paper.contest import Contest
from preceptor.paper.feature_askers import (
    DUEL,
    OPPONENTS,
    TELLER,
    arenas,
    compare,
    controls,
    costs,
    duel,
)
from preceptor.paper.opponent import Duel, Opponent, contested
from preceptor.paper.scaling_exponent import exponent
from preceptor.paper.verdict_rule import Check, VerdictRule
from preceptor.problems import xor

CONSTRUCTED: Final = (
    "The probes are uniform in the cube, where the copies part; the data never show that. The law "
    "was chosen where labels of the data must fail."
)


def _passive(settings: Settings, seed: int) -> Numbers:
    found: dict[str, float | None] = {}
    for d in settings["features"]:
        bench = Bench(d, seed, settings)
        for n in settings["labels"]:
            found[f"strong accuracy, d={d}, {n} labels"] = bench.right([], given=n)
        first, last = (settings["labels"][i] for i in (0, -1))
        rise = (found[f"strong accuracy, d={d}, {n} labels"] or 0.0 for n in (last, first))
        found[f"gain from {first} to {last} labels, d={d}"] = next(rise) - next(rise)
    return found


def _telling(settings: Settings, seed: int) -> Numbers:
    sizes: list[int] = settings["features"]
    found: dict[str, float | None] = {}
    for d in sizes:
        bench = Bench(d, seed, settings)
        for who, questions in costs(bench, settings).items():
            found[f"questions {who}, d={d}"] = questions
        found[f"bits of the index set, d={d}"] = subset_bits(d, 2)
        found[f"strong accuracy, index set told, d={d}"] = bench.right([bench.told("feature set")])
        for what, right in controls(bench).items():
            found[f"strong accuracy, {what}, d={d}"] = right
        if d in settings["masks"]:
            masks = bench.told("masks", 30)
            found[f"strong accuracy, 30 masks, d={d}"] = bench.right([masks])
            found[f"bits of 30 masks, d={d}"] = masks.price.bits
    for one in OPPONENTS:
        if one.opposes:
            each = [found[f"questions {one.name}, d={d}"] for d in sizes]
            found[f"power of d, {one.name}"] = exponent(sizes, each)
            found |= duel(sizes, found, one.name)
    return found


def _prior(settings: Settings, seed: int) -> Numbers:
    found: dict[str, float | None] = {}
    for d in settings["features"]:
        problem = xor(d, seed)
        named, price = informed(problem)
        told = problem.tutors["feature set"](network(d, seed), 1, rng=generator(seed, "told"))
        if not isinstance(told, FeatureSet):
            raise InputError("the teacher of xor tells a feature set")
        right = set(told.features.nonzero()[:, 0].tolist())
        found[f"names the right features, d={d}"] = float(named == right)
        found[f"questions, d={d}"] = price.questions
        found[f"bits asked by halving / told, d={d}"] = price.bits / told.price.bits
    return found


def _telling_charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["features"])
    asked = tuple(
        Series(f"answers, {one.name}", tuple(f"questions {one.name}, d={d}" for d in sizes), "asks")
        for one in OPPONENTS
        if one.opposes
    )
    told = Series(
        "bits of the index set", tuple(f"bits of the index set, d={d}" for d in sizes), "told"
    )
    return (
        Chart(
            "What 99 % costs the same network",
            "features",
            "answers, or bits",
            sizes,
            (*asked, told),
            log=True,
        ),
    )


def _passive_charts(settings: Settings) -> tuple[Chart, ...]:
    sizes, labels = settings["features"], tuple(settings["labels"])
    series = tuple(
        Series(f"d = {d}", tuple(f"strong accuracy, d={d}, {n} labels" for n in labels), "passive")
        for d in sizes
    )
    return (
        Chart(
            "More labels of the same data", "labels", "strong accuracy", labels, series, share=True
        ),
    )


FIT: Final = {"given": 300, "steps": 900, "probes": 20_000}

PASSIVE = Claim(
    Facts(
        name="xor-passive",
        title="More labels of the same data do not help",
        says="Two factors, each copied over half of the features, of which the teacher looks at one "
        "copy each. However many labels of the data a network sees, it does not find out which.",
        constructed=CONSTRUCTED,
        limits="Only that these data leave the question open. Data that showed the copies apart "
        "would answer it, and labels of such data would help.",
        expected="shown",
        rule=VerdictRule(
            (
                Check("gain from 300 to 10000 labels, d=40", -0.02, 0.02),
                Check("strong accuracy, d=40, *", 0.0, 0.54),
            )
        ),
    ),
    _passive,
    quick=ClaimPlan(FIT | {"features": [40], "labels": [300, 10_000], "probes": 5000}, (0, 1, 2)),
    full=ClaimPlan(
        FIT | {"features": [20, 40, 80], "labels": [300, 1000, 3000, 10_000]}, (0, 1, 2, 3, 4)
    ),
    charts=_passive_charts,
)

TELLING = Claim(
    Facts(
        name="xor-telling",
        title="Which two features matter: ten times the bits at random, a few times by tests",
        says="With the same network in every arm, 99 % strong accuracy takes random questions at least ten "
        "times the bits of naming the two features that matter, and more of them the more features there "
        "are. A student that tests in pairs which features matter needs about 30 questions at any "
        "size, so that telling saves a small factor only.",
        constructed=CONSTRUCTED,
        limits="The factor of ten is against an asker that does not use what the teller's student knows, "
        "that few features matter. The one that tests knows no more than that, and pays most of its bits "
        "for certainty that nothing else matters. xor-prior has one that knows more still. The teacher is "
        "taken to know which features it uses, in the student's coordinates. Earlier versions of this claim "
        "had random questions as their only opponent, and were shown against these (seeds 100 to 107).",
        expected="shown against usual askers only",
        rule=contested(
            DUEL,
            OPPONENTS,
            shown=(
                Check("strong accuracy, index set told, d=*", 0.99),
                Check("strong accuracy, 30 masks, d=*", 0.95),
                Check("questions by a junta learner, d=*", 0.0, 60.0),
            ),
        ),
        opponents=OPPONENTS,
        teller=TELLER,
        duel=DUEL,
    ),
    _telling,
    quick=ClaimPlan(
        FIT
        | {
            "features": [10, 20],
            "masks": [20],
            "most": 8000,
            "first": 40,
            "halvings": 0,
            "steps": 400,
            "probes": 3000,
        },
        (0, 1),
    ),
    full=ClaimPlan(
        FIT
        | {"features": [10, 20, 40, 80], "masks": [40], "most": 32_000, "first": 16, "halvings": 1},
        tuple(range(2000, 2005)),
    ),
    charts=_telling_charts,
    contest=Contest(arenas, compare),
)

PRIOR_DUEL: Final = Duel("bits asked {who} / told, d=*", 10.0, (1 / 3.5, 3.5))

HALVING: Final = (
    Opponent(
        "by halving",
        "asks",
        "That the teacher takes the sign of a product of two features, one of each half.",
        "strongest",
    ),
)

PRIOR = Claim(
    Facts(
        name="xor-prior",
        title="A student that knows what to look for",
        says="On the same problem, naming the two features takes far fewer bits than answering a "
        "student that knows what to look for: one relevant copy in each half, found by halving.",
        constructed="",
        limits="The student is given the right prior. Where it comes from, and what it costs, is not "
        "part of the price.",
        expected="tie",
        rule=contested(
            PRIOR_DUEL,
            HALVING,
            shown=(Check("names the right features, d=*", 1.0, 1.0),),
            tie=(Check("names the right features, d=*", 1.0, 1.0),),
        ),
        opponents=HALVING,
        teller=TELLER,
        duel=PRIOR_DUEL,
    ),
    _prior,
    quick=ClaimPlan({"features": [10, 20, 40, 80]}, (0, 1, 2)),
    full=ClaimPlan({"features": [10, 20, 40, 80, 160]}, (0, 1, 2, 3, 4)),
)
