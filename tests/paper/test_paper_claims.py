"""Every claim at tiny sizes with one seed; the students that they try, and what these must find."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from preceptor.core import generator
from preceptor.core.plain import read_fields
from preceptor.paper import CLAIMS, Claim, Scene, chosen
from preceptor.paper.bench import informed, least
from preceptor.paper.bisection import bisect
from preceptor.paper.claims.bistable_claim import METRICS, distances, pictures, sliced
from preceptor.paper.claims.copies_claim import halve
from preceptor.paper.claims.hidden_claim import search_needle
from preceptor.paper.linear import fit_linear
from preceptor.paper.tutor_lesson import told
from preceptor.problems import ball, copies, halfspace, needle, xor
from preceptor.problems.halfspace import normal_of

SHORT = {"steps": 4, "probes": 300}
TINY = {
    "xor-passive": SHORT | {"labels": [300, 10_000]},
    "xor-telling": SHORT | {"features": [10, 40], "masks": [40], "most": 400, "first": 20},
    "blocks": {"steps": 2, "probes": 30},
    "two-rules": {"steps": 4, "probes": 300},
    "local-questions": {"features": [16, 32], "again": 2, "most": 2000},
    "needle": {"features": [2, 3], "again": 3},
    "ball": {"features": [2, 3], "again": 3},
    "halfspace": {"features": [4, 6], "probes": 2000},
    "copies-passive": {"features": [2, 5], "probes": 2000},
    "decoy": SHORT
    | {
        "given": 40,
        "probes": 20,
        "more labels": 20,
        "questions": 8,
        "masks": 2,
        "widths": [8],
        "explained": 4,
        "tests": 4,
    },
    "invariances": {
        "problem": "digits-rule",
        "given": 40,
        "steps": 3,
        "probes": 20,
        "items": 6,
        "tests": 4,
        "widths": [8],
    },
    "bounds": {
        "width": 4,
        "given": 40,
        "epochs": 1,
        "items": 5,
        "sizes": {
            "l_0": [3],
            "l_1": [5],
            "l_2": [1],
            "l_inf": [0.1],
            "Wasserstein": [0.1],
            "SSIM": [0.03],
        },
    },
    "bistable": {"side": 60},
    "bistable-every": {"side": 60},
}


def tiny(claim: Claim) -> dict[str, object]:
    return {**claim.quick.settings, **TINY.get(claim.facts.name, {})}


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.facts.name)
def test_a_tiny_run_gives_the_numbers_that_rule_and_charts_speak_of(claim: Claim) -> None:
    numbers = dict(claim.measure(tiny(claim), 0))
    assert claim.measure(tiny(claim), 0) == numbers, "the same seed gives the same numbers"
    names = dict.fromkeys(numbers)
    for check in (each for checks in claim.facts.rule.parts.values() for each in checks):
        assert check.names(names), check.measure
    for scene in claim.scenes(tiny(claim)):
        assert read_fields(Scene, json.loads(json.dumps(asdict(scene)))) == scene
    for chart in claim.charts(tiny(claim)):
        for series in chart.series:
            assert {name for name in series.names if name} <= set(numbers)
            assert len(series.names) == len(chart.x)
    assert any(value is not None for value in numbers.values())


def test_plane_parts_both_ways() -> None:
    (claim,) = chosen(["plane"])
    found = claim.measure({"eps": [0.5], "grid": 11}, 3)
    said = [
        found[f"{who} feature: robust, {how}, eps=0.5"]
        for who in ("first", "second")
        for how in ("label assumed", "teacher asked")
    ]
    assert said == [1.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("features", [2, 5, 33])
def test_halving_finds_the_copy(features: int) -> None:
    for seed in range(4):
        problem = copies(features, seed)
        named, questions = halve(problem)
        assert bool(told(problem, "feature set").features[named])
        assert questions in (math.floor(math.log2(features)), math.ceil(math.log2(features)))


@pytest.mark.parametrize("features", [4, 10, 26])
def test_an_informed_student_finds_both_features(features: int) -> None:
    for seed in range(4):
        problem = xor(features, seed)
        named, price = informed(problem)
        right = told(problem, "feature set")
        assert named == frozenset(right.features.nonzero()[:, 0].tolist())
        assert price.questions <= 2 * math.ceil(math.log2(features / 2))


@pytest.mark.parametrize("features", [2, 3, 10, 40])
def test_bisection_closes_in_on_the_plane(features: int) -> None:
    problem = halfspace(features, 7)
    normal = normal_of(features, 7).double().numpy()
    ways = list(bisect(problem.teacher, problem.source.domain, generator(0, "b"), 12))
    cosines = [float(way.normal @ normal) for way in ways]
    assert cosines[-1] > 0.998
    assert cosines[-1] > cosines[0]
    assert ways[0].questions == features
    assert ways[-1].questions <= features + 12 * (features - 1)


def test_the_normal_is_the_teachers() -> None:
    problem = halfspace(6, 3)
    inputs = problem.probes["gaussian"](500, generator(0, "x"))
    labels = problem.teacher(inputs).labels
    side = (inputs @ normal_of(6, 3) > 0).long()
    assert bool((labels[labels >= 0] == side[labels >= 0]).all())


def test_the_needle_is_met_once_in_all_patterns() -> None:
    asked = [search_needle(needle(4, seed), generator(seed, "s")) for seed in range(60)]
    assert 1 <= min(asked) <= max(asked) <= 16
    assert abs(np.mean(asked) - 8.5) < 2.5  # standard error 0.6


def test_the_fewest_questions_are_bracketed() -> None:
    asked: list[int] = []

    def reaches(n: int) -> bool:
        asked.append(n)
        return n >= 100

    assert least(reaches, 10, 1000, 6) in range(100, 103)
    assert least(lambda n: False, 10, 1000, 6) is None
    assert least(lambda n: True, 10, 1000, 0) == 10
    assert asked[:5] == [10, 20, 40, 80, 160]


def test_linear_students_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    problem = copies(7, 1)
    inputs, labels = problem.train_inputs[:200], problem.train_labels[:200]
    theirs = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-8).fit(inputs, labels).coef_[0]
    assert np.allclose(fit_linear(inputs, labels), theirs, atol=1e-3)


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_adversarial_students_minimise_the_worst_loss(norm: str) -> None:
    """No small step from the solution lowers the loss at the worst points of the balls."""
    problem = copies(3, 1)
    inputs, labels = problem.train_inputs[:60], problem.train_labels[:60]
    x, sign = inputs.double().numpy(), 2.0 * labels.numpy() - 1
    order = 1 if norm == "inf" else 2

    def loss(w: np.ndarray) -> float:
        margin = sign * (x @ w) - 0.3 * np.linalg.norm(w, order)
        return float(np.logaddexp(0, -margin).sum() + w @ w / 2)

    best = fit_linear(inputs, labels, eps=0.3, norm=norm)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    for _ in range(200):
        assert loss(best + 0.01 * rng.standard_normal(3)) >= loss(best) - 1e-6


def test_pictures_part_in_some_distances_and_not_in_others() -> None:
    three = pictures(104, "black on white", 0)
    other, noisy = distances(three.a, three.b), distances(three.a, three.c)
    farther = {metric: noisy[metric] > other[metric] for metric in METRICS}
    assert farther["l_0"]
    assert farther["1 - SSIM"]
    assert not farther["l_2"]
    assert not farther["noise power (PSNR)"]


def test_sliced_transport_of_a_shift() -> None:
    """A point that moves by s pixels: the mean of s |cos| over directions, about 2 s / pi."""
    one, other = np.zeros((64, 64)), np.zeros((64, 64))
    one[30, 10] = other[30, 50] = 1.0
    assert sliced(one, other) == pytest.approx(40 * 2 / np.pi, rel=0.05)
    assert sliced(one, one) == 0.0


def test_a_place_in_a_large_pool_has_a_price() -> None:
    """2 ** 64 places are more than a 64-bit number counts."""
    assert told(ball(8), "where").price.bits == pytest.approx(64 + math.log2(3))
