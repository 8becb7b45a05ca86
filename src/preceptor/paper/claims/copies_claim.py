"""One factor copied over all features: what labels, halving and the index of the copy are worth."""

import math
from typing import Final

import torch

from preceptor.core import UNCERTAIN, InputError, generator
from preceptor.lessons import FeatureSet, Lesson, TestedFeatures, label_bits
from preceptor.paper.bench import network
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Series, Settings
from preceptor.paper.linear import fit_linear, wrong
from preceptor.paper.opponent import Duel, Opponent, contested
from preceptor.paper.tutor_lesson import told
from preceptor.paper.verdict_rule import Check, VerdictRule
from preceptor.problems import Problem, copies, passive_error
from preceptor.strategies import Junta

CONSTRUCTED = "The copies are equal on the data up to noise, and the probes are uniform in the cube, where they part."


def halve(problem: Problem) -> tuple[int, int]:
    """The feature whose sign the teacher takes, and how many questions that took.

    Half of the features that are left are set to 1, all others to -1: the answer says in which half.

    Raises:
        InputError: the teacher is uncertain at a corner of the cube.
    """
    features = problem.source.domain.shape[0]
    left, questions = list(range(features)), 0
    while len(left) > 1:
        tried = left[: len(left) // 2]
        asked = -torch.ones(1, features)
        asked[0, tried] = 1.0
        answer = int(problem.teacher(asked).labels[0])
        questions += 1
        if answer == UNCERTAIN:
            raise InputError("the teacher of copies is certain at corners of the cube")
        left = tried if answer == 1 else left[len(tried) :]
    return left[0], questions


def _told(problem: Problem, seed: int) -> FeatureSet:
    lesson = told(problem, "feature set", seed=seed)
    if not isinstance(lesson, FeatureSet):
        raise InputError("the teacher of copies tells a feature set")
    return lesson


def _tested(problem: Problem, seed: int) -> Lesson:
    """What a student found that knows no more than that few features matter."""
    unseen = network(problem.source.domain.shape[0], seed)  # tests do not look at the student
    asker = Junta(
        problem.source.domain, problem.teacher, problem.train_inputs[:300], rest="nothing"
    )
    lesson = asker(unseen, (), 256, rng=generator(seed, "junta"))
    if lesson is None:
        raise InputError("the teacher of copies answers every question")
    return lesson


def _passive(settings: Settings, seed: int) -> Numbers:
    found: dict[str, float | None] = {}
    for d in settings["features"]:
        problem = copies(d, seed)
        probes = problem.probes["uniform"](settings["probes"], generator(seed, "probe"))
        answers = problem.teacher(probes).labels
        found[f"closed form, d={d}"] = passive_error(d)
        for n in settings["labels"]:
            weights = fit_linear(problem.train_inputs[:n], problem.train_labels[:n])
            found[f"strong error, d={d}, {n} labels"] = wrong(weights, probes, answers)
        first = found[f"strong error, d={d}, {settings['labels'][0]} labels"]
        found[f"distance from the closed form, d={d}"] = (
            None if first is None else first - passive_error(d)
        )
        seen = _told(problem, seed)
        n = settings["labels"][0]
        weights = fit_linear(seen.view(problem.train_inputs[:n]), problem.train_labels[:n])
        found[f"strong error, index told, d={d}"] = wrong(weights, seen.view(probes), answers)
    return found


def _active(settings: Settings, seed: int) -> Numbers:
    found: dict[str, float | None] = {}
    for d in settings["features"]:
        problem = copies(d, seed)
        named, questions = halve(problem)
        index = _told(problem, seed)
        found[f"names the right feature, d={d}"] = float(bool(index.features[named]))
        found[f"questions, d={d}"] = questions
        found[f"log2 d, d={d}"] = math.log2(d)
        found[f"bits asked, d={d}"] = questions * label_bits(2)
        found[f"bits told, d={d}"] = index.price.bits
        found[f"bits asked by halving / told, d={d}"] = questions * label_bits(2) / index.price.bits
        tested = _tested(problem, seed)
        features = tested.features if isinstance(tested, TestedFeatures) else None
        right = features is not None and torch.equal(features, index.features)
        found[f"names the right feature by tests, d={d}"] = float(right)
        found[f"bits asked by a junta learner / told, d={d}"] = tested.price.bits / index.price.bits
    return found


def _passive_charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["features"])
    theory = Series(
        "equal weights, in closed form", tuple(f"closed form, d={d}" for d in sizes), "theory"
    )
    fitted = tuple(
        Series(f"{n} labels", tuple(f"strong error, d={d}, {n} labels" for d in sizes), "passive")
        for n in settings["labels"]
    )
    told = Series("index told", tuple(f"strong error, index told, d={d}" for d in sizes), "told")
    return (Chart("Strong error", "features", "share", sizes, (theory, *fitted, told)),)


def _active_charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["features"])
    return (
        Chart(
            "Bits until the copy is known",
            "features",
            "bits",
            sizes,
            (
                Series("asked, by halving", tuple(f"bits asked, d={d}" for d in sizes), "asks"),
                Series("told", tuple(f"bits told, d={d}" for d in sizes), "told"),
            ),
        ),
    )


PASSIVE = Claim(
    Facts(
        name="copies-passive",
        title="Labels of data that leave the question open have a floor",
        says="If d features are copies of one factor on the data and the teacher looks at one, a "
        "linear student errs as often as equal weights on all copies do, in closed form; told the "
        "copy's index, it does not err.",
        constructed=CONSTRUCTED,
        limits="Linear students. The floor for every passive learner, that of the majority of the "
        "copies' signs (proposition 1), is a little lower than the closed form of equal weights.",
        expected="shown",
        rule=VerdictRule(
            (
                Check("distance from the closed form, d=*", -0.03, 0.03),
                Check("strong error, index told, d=*", 0.0, 0.0),
            )
        ),
    ),
    _passive,
    quick=ClaimPlan(
        {"features": [2, 5, 20, 100], "labels": [100, 1000], "probes": 20_000}, (0, 1, 2)
    ),
    full=ClaimPlan(
        {
            "features": [2, 5, 10, 20, 50, 100, 200],
            "labels": [100, 1000, 10_000],
            "probes": 20_000,
        },
        (0, 1, 2, 3, 4),
    ),
    charts=_passive_charts,
)

DUEL: Final = Duel("bits asked {who} / told, d=*", 10.0, (1 / 3.5, 3.5))

OPPONENTS: Final = (
    Opponent("by halving", "asks", "That the teacher takes the sign of one feature.", "strongest"),
    Opponent(
        "by a junta learner",
        "control",
        "That few features matter; neither that it is one, nor its sign. What knowing less costs.",
    ),
)

ACTIVE = Claim(
    Facts(
        name="copies-active",
        title="One feature among copies: told or asked",
        says="Naming the one relevant feature among d copies takes far fewer bits than answering a "
        "student that asks.",
        constructed="",
        limits="The student that halves knows that the teacher takes the sign of one feature. One that knows "
        "only that few features matter pays some twenty questions at any size, most of them for certainty "
        "that no other matters.",
        expected="tie",
        rule=contested(
            DUEL,
            OPPONENTS,
            shown=(Check("names the right feature, d=*", 1.0, 1.0),),
            tie=(Check("names the right feature, d=*", 1.0, 1.0),),
        ),
        opponents=OPPONENTS,
        teller="Which feature matters. Its student knows that the teacher takes the sign of one. Charged log2 d "
        "bits.",
        duel=DUEL,
    ),
    _active,
    quick=ClaimPlan({"features": [2, 5, 10, 20, 50, 100, 200]}, (0, 1, 2)),
    full=ClaimPlan({"features": [2, 5, 10, 20, 50, 100, 200]}, tuple(range(2000, 2010))),
    charts=_active_charts,
)
