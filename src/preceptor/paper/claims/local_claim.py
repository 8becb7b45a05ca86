"""Conjunctions of the cube: questions near the data, and corrections in the adversary's ball.

After Gourdeau, Kanade, Kwiatkowska & Worrell ("When are local queries useful for robust learning?", 2022),
who prove that under the even law local membership queries do not raise the robustness threshold of
conjunctions and of whatever holds them, half-spaces among it, and that local *equivalence* queries, answered
with a counterexample in the ball, do. An experiment of our own with their two kinds of question: sizes,
strategies and costs are ours.
"""

import math
from statistics import fmean
from typing import Final

import numpy as np

from preceptor.core import generator
from preceptor.lessons import label_bits
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Series, Settings
from preceptor.paper.opponent import Duel, Opponent, contested
from preceptor.paper.scaling_exponent import doublings, exponent
from preceptor.paper.verdict_rule import Check

TARGET: Final = 0.99
"""Robust accuracy at which corrections end; an oracle says so."""

Bits = np.ndarray
"""``Bool[inputs, features]``: where a point of the cube is 1."""


def sizes(d: int) -> tuple[int, int, int]:
    """Features of the conjunction, the adversary's radius, and half of it: in changed features."""
    return d // 4, d // 8, d // 16


def search(
    relevant: np.ndarray, radius: int, pool: Bits, rng: np.random.Generator, most: int
) -> int | None:
    """Questions until the first is answered with 1; ``None`` if ``most`` are not enough.

    The student knows that the teacher is a conjunction of features that are 1. So it begins with the
    data that have most ones, and turns as many of the others to 1 as the radius allows, others each time.
    """
    pool, asked = pool[np.argsort(-pool.sum(1), kind="stable")], 0
    while asked < most:
        order = rng.random(pool.shape)
        order[pool] = 2.0  # ones are not turned
        turned = np.argsort(order, axis=1)[:, :radius]
        tried = pool.copy()
        np.put_along_axis(tried, turned, True, axis=1)
        met = np.flatnonzero(tried[:, relevant].all(1))
        if len(met) and asked + met[0] < most:
            return asked + int(met[0]) + 1
        asked += len(pool)
    return None


def everywhere(relevant: np.ndarray, d: int) -> tuple[np.ndarray, int]:
    """What a student finds that may ask anywhere, and its questions: all ones but one, for each."""
    tried = ~np.eye(d, dtype=bool)
    answers = tried[:, relevant].all(1)
    return np.flatnonzero(~answers), d


def fooled(points: Bits, relevant: np.ndarray, held: np.ndarray, radius: int) -> np.ndarray:
    """``Bool[points]``: whether some point of the ball has the teacher at 1 and the student at 0.

    The student holds a conjunction of ``held``, which has all of ``relevant`` in it, so nothing else
    can differ. The relevant features must be turned to 1, and one of the others be 0.
    """
    extra = np.setdiff1d(held, relevant)
    if not len(extra):
        return np.zeros(len(points), dtype=bool)
    needed = (~points[:, relevant]).sum(1)
    free = (~points[:, extra]).any(1)
    found: np.ndarray = (needed <= radius) & (free | (needed < radius))
    return found


def correct(
    relevant: np.ndarray, d: int, radius: int, rng: np.random.Generator, most: int
) -> tuple[float, int, float | None]:
    """Robust accuracy, questions and corrections of a student that is corrected in the ball.

    It holds all features at first, shows its teacher an input, and hears that its answers are right in the
    ball, or a point of it where they are not: then it drops every feature that is 0 there. The teacher is
    as little help as it can be: it picks the point that rules out fewest.
    """
    held, corrections = np.arange(d), 0
    judged = rng.random((4000, d)) < 0.5
    for asked in range(most + 1):
        right = 1 - float(fooled(judged, relevant, held, radius).mean())
        if right >= TARGET:
            return right, asked, float(corrections)
        point = rng.random((1, d)) < 0.5
        if fooled(point, relevant, held, radius)[0]:
            extra = np.setdiff1d(held, relevant)
            low = extra[~point[0, extra]]
            spare = radius - int((~point[0, relevant]).sum())
            gone = low[: max(1, len(low) - spare)] if len(low) else extra[:1]
            held, corrections = np.setdiff1d(held, gone), corrections + 1
    return right, most, None


def _one(d: int, settings: Settings, seed: int) -> dict[str, float | None]:
    k, radius, half = sizes(d)
    counts: dict[str, list[float]] = {name: [] for name in ("half", "whole", "asked", "right")}
    lost, unlearned = 0, []
    for again in range(settings["again"]):
        rng = generator(seed, "local", str(d), str(again))
        relevant = np.sort(rng.permutation(d)[:k])
        pool = rng.random((settings["data"], d)) < 0.5
        for name, reach in (("half", half), ("whole", radius)):
            met = search(relevant, reach, pool, rng, settings["most"])
            counts[name].append(float(met or settings["most"]))
            lost += met is None and name == "half"
        unlearned.append(float(((~pool[:, relevant]).sum(1) <= radius).mean()))
        right, asked, _ = correct(relevant, d, radius, rng, settings["most"])
        counts["asked"].append(float(asked))
        counts["right"].append(right)
    ball = sum(math.comb(d, j) for j in range(radius + 1))
    corrected = fmean(counts["asked"])
    budget = settings["each"] * d
    late = fmean(one > budget for one in counts["half"])
    return {
        f"questions, half the radius, d={d}": fmean(counts["half"]),
        f"questions, the whole radius, d={d}": fmean(counts["whole"]),
        f"searches that ended without a 1, d={d}": float(lost),
        f"questions, corrected, d={d}": corrected,
        f"questions, anywhere, d={d}": float(everywhere(relevant, d)[1]),
        f"robust accuracy, corrected, d={d}": fmean(counts["right"]),
        f"robust accuracy at most, half the radius, d={d}": 1 - late * fmean(unlearned),
        f"bits, corrected, d={d}": corrected * math.log2(1 + ball),
        f"bits, anywhere, d={d}": d * label_bits(2),
        f"questions half the radius / corrected, d={d}": fmean(counts["half"]) / corrected,
        f"questions the whole radius / corrected, d={d}": fmean(counts["whole"]) / corrected,
        f"questions anywhere / corrected, d={d}": d / corrected,
        f"finds the conjunction anywhere, d={d}": float(
            np.array_equal(everywhere(relevant, d)[0], relevant)
        ),
    }


def _measure(settings: Settings, seed: int) -> Numbers:
    found: dict[str, float | None] = {}
    for d in settings["features"]:
        found |= _one(d, settings, seed)
    for who in ("half the radius", "the whole radius"):
        costs = [found[f"questions, {who}, d={d}"] for d in settings["features"]]
        each = doublings(settings["features"], costs)
        found[f"doublings for 16 features, {who}"] = None if each is None else 16 * each
    costs = [found[f"questions, corrected, d={d}"] for d in settings["features"]]
    found["power of d, corrected"] = exponent(settings["features"], costs)
    for who in (one.name for one in OPPONENTS):
        last = settings["features"][-1]
        found[f"questions {who} / corrected, largest d"] = found[
            f"questions {who} / corrected, d={last}"
        ]
    last = settings["features"][-1]
    for what in ("robust accuracy, corrected", "robust accuracy at most, half the radius"):
        found[f"{what}, largest d"] = found[f"{what}, d={last}"]
    return found


def _charts(settings: Settings) -> tuple[Chart, ...]:
    d = tuple(settings["features"])

    def series(label: str, who: str, told: bool = False) -> Series:
        names = tuple(f"questions, {who}, d={one}" for one in d)
        return Series(label, names, "told" if told else "asks")

    return (
        Chart(
            "Questions until the first 1, or until 99 % robust accuracy",
            "features",
            "questions",
            d,
            (
                series("near the data, half of the adversary's radius", "half the radius"),
                series("near the data, the adversary's radius", "the whole radius"),
                series("anywhere", "anywhere"),
                series("corrected in the adversary's ball", "corrected", told=True),
            ),
            log=True,
            note="Near the data: until the first question that is answered with 1, before which nothing is "
            "known of the conjunction. The others: until all is known, or an oracle says that it is enough.",
        ),
    )


KNOWS: Final = "That the teacher is a conjunction of a quarter of the features, each at 1."

OPPONENTS: Final = (
    Opponent("half the radius", "asks", KNOWS + " Asks within half of the adversary's radius of data."),
    Opponent("the whole radius", "asks", KNOWS + " Asks within the adversary's radius of data."),
    Opponent("anywhere", "asks", KNOWS + " Asks anywhere in the cube.", "strongest"),
)  # fmt: skip

DUEL: Final = Duel("questions {who} / corrected, largest d", 10.0, (1 / 3.5, 3.5))

LOCAL = Claim(
    Facts(
        name="local-questions",
        title="Questions near the data, and corrections in the adversary's ball",
        says="For conjunctions of the cube under the even law, questions within half of the adversary's radius of "
        "the data double with every so many features, and leave the student open to attack; a teacher that "
        "returns counterexamples within the radius needs a number that grows at most in proportion to them.",
        constructed="The conjunction has twice as many features as the adversary may change, so that about half of "
        "the data lie in its reach and hardly any within half of it.",
        limits="Conjunctions only, a conjunction being a half-space too; no other half-spaces. The local student stops at its "
        "first answer of 1, which favours it, and is one strategy, not the best. The number of questions says nothing "
        "of bits: a correction is a point of a ball. A student that may ask anywhere asks once for each feature. "
        "Trials on seeds 900 to 902 at the small sizes were seen before the bounds were set.",
        expected="shown against usual askers only",
        rule=contested(
            DUEL,
            OPPONENTS,
            shown=(
                Check("doublings for 16 features, half the radius", 2.0),
                Check("power of d, corrected", -math.inf, 1.0),
                Check("robust accuracy, corrected, largest d", TARGET),
                Check("robust accuracy at most, half the radius, largest d", 0.0, 0.75),
            ),
        ),
        opponents=OPPONENTS,
        teller="Where the student is wrong in the ball, and the conjunction. The student knows that it is one of features at 1. "
        "Charged for each input shown: the logarithm of the points of the ball, and one for none.",
        duel=DUEL,
    ),
    _measure,
    quick=ClaimPlan(
        {"features": [16, 32, 48, 64], "again": 8, "data": 1000, "most": 50_000, "each": 16},
        (0, 1, 2),
    ),
    full=ClaimPlan(
        {"features": [16, 32, 48, 64, 80], "again": 20, "data": 1000, "most": 200_000, "each": 16},
        tuple(range(2000, 2005)),
    ),
    charts=_charts,
)
