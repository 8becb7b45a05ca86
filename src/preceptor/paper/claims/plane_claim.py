"""Two features: robustness in a ball and robustness as the teacher sees it part both ways."""

from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, generator
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Series, Settings
from preceptor.paper.linear import fit_linear, wrong
from preceptor.paper.scene import (
    Area,
    DecisionLine,
    Disc,
    Place,
    Scene,
    box,
    through_zero,
)
from preceptor.paper.verdict_rule import Check, VerdictRule
from preceptor.problems import plane
from preceptor.problems.plane import BAND, SLOPE

FIRST, SECOND = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def robust(weights: np.ndarray, inputs: Tensor, labels: Tensor, eps: float, grid: int) -> float:
    """The share of inputs around which a linear student keeps the given label, on a grid of the
    l_inf ball.
    """
    said = _grid(inputs, eps, grid) @ weights > 0
    kept = said == (labels.numpy() == 1)[:, None]
    return float(kept.all(1).mean())


def robust_to_teacher(
    weights: np.ndarray, inputs: Tensor, settings: Settings, seed: int, eps: float
) -> float:
    """The share around which, on the same grid, it is right wherever the teacher is certain."""
    points = _grid(inputs, eps, settings["grid"])
    teacher = plane(seed).teacher
    flat = torch.from_numpy(points.reshape(-1, 2).astype(np.float32))
    answers = teacher(flat).labels.numpy().reshape(points.shape[:2])
    said = points @ weights > 0
    wrong_there = (answers != UNCERTAIN) & (said != (answers == 1))
    return float((~wrong_there).all(1).mean())


def _grid(inputs: Tensor, eps: float, grid: int) -> np.ndarray:
    """``Float64[inputs, grid**2, 2]``, clipped to the domain."""
    steps = np.linspace(-eps, eps, grid)
    moves = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    found: np.ndarray = (inputs.double().numpy()[:, None] + moves).clip(-2.0, 2.0)
    return found


def _parts(settings: Settings, seed: int) -> Numbers:
    problem = plane(seed)
    inputs, labels = problem.source.read(0, len(problem.source)), problem.labels
    probes = problem.probes["square"](20_000, generator(seed, "probe", "square"))
    answers = problem.teacher(probes).labels
    students = {
        "first feature": FIRST,
        "second feature": SECOND,
        "fitted": fit_linear(problem.train_inputs, problem.train_labels),
    }
    found: dict[str, float | None] = {}
    for name, weights in students.items():
        for eps in settings["eps"]:
            grid = settings["grid"]
            found[f"{name}: robust, label assumed, eps={eps}"] = robust(
                weights, inputs, labels, eps, grid
            )
            found[f"{name}: robust, teacher asked, eps={eps}"] = robust_to_teacher(
                weights, inputs, settings, seed, eps
            )
        error = wrong(weights, probes, answers)
        found[f"{name}: strong accuracy"] = None if error is None else 1 - error
    return found


def _margin(settings: Settings, seed: int) -> Numbers:
    problem = plane(seed)
    probes = problem.probes["square"](20_000, generator(seed, "probe", "square"))
    found: dict[str, float | None] = {}
    for norm, word in (("inf", "l_inf"), ("2", "l_2")):
        for eps in settings["eps"]:
            weights = fit_linear(
                problem.train_inputs,
                problem.train_labels,
                eps=eps,
                norm="inf" if norm == "inf" else "2",
                ridge=settings["ridge"],
            )
            size = np.abs(weights)
            found[f"{word}: weight on the teacher's feature, eps={eps}"] = float(
                size[1] / size.sum()
            )
            found[f"{word}: strong error, eps={eps}"] = wrong(
                weights, probes, problem.teacher(probes).labels
            )
            first = torch.where(probes[:, 0].abs() < 0.05, UNCERTAIN, (probes[:, 0] > 0).long())
            found[f"{word}: strong error, a teacher of the other feature, eps={eps}"] = wrong(
                weights, probes, first
            )
    return found


def _parts_charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["eps"])
    series = tuple(
        Series(
            f"{student}, {how}",
            tuple(f"{student}: robust, {how}, eps={eps}" for eps in sizes),
            "asks" if how == "label assumed" else "told",
        )
        for student in ("first feature", "second feature")
        for how in ("label assumed", "teacher asked")
    )
    return (Chart("Two students", "radius of the ball", "robust", sizes, series, share=True),)


def _margin_charts(settings: Settings) -> tuple[Chart, ...]:
    sizes = tuple(settings["eps"])
    names = (("l_inf", "asks"), ("l_2", "passive"))
    share = "weight on the teacher's feature"
    return tuple(
        Chart(
            title,
            "radius of the ball trained against",
            up,
            sizes,
            tuple(
                Series(
                    f"{word} training",
                    tuple(f"{word}: {what}, eps={eps}" for eps in sizes),
                    "asks" if role == "asks" else "passive",
                )
                for word, role in names
            ),
        )
        for title, up, what in (
            ("How much of the weight is on the teacher's feature", "share", share),
            ("Strong error", "share", "strong error"),
        )
    )


REACH, SHOWN, BALL = 1.65, 60, 0.5
EXAMPLE = (1.0, SLOPE)


def _scene(
    title: str, areas: tuple[Area, ...], students: dict[str, np.ndarray], **said: Any
) -> Scene:
    """Data and teacher, with what is particular to a picture."""
    problem = plane(0)
    inputs, labels = problem.train_inputs, problem.train_labels

    def points(label: int) -> tuple[Place, ...]:
        rows = (labels == label).nonzero()[:SHOWN, 0].tolist()
        return tuple((round(float(inputs[r, 0]), 3), round(float(inputs[r, 1]), 3)) for r in rows)

    says = (
        Area("low", box(-REACH, -REACH, REACH, -BAND)),
        Area("uncertain", box(-REACH, -BAND, REACH, BAND)),
        Area("high", box(-REACH, BAND, REACH, REACH)),
    )
    lines = tuple(
        DecisionLine(name, through_zero(float(w[0]), float(w[1]), REACH))
        for name, w in students.items()
    )
    return Scene(title, REACH, (*says, *areas), points(0), points(1), lines, **said)


def _parts_scenes(_: Settings) -> tuple[Scene, ...]:
    ball = Disc(EXAMPLE, BALL)
    left, right, low = EXAMPLE[0] - BALL, EXAMPLE[0] + BALL, EXAMPLE[1] - BALL
    beyond = box(left, low, right, -BAND)
    return (
        _scene(
            "Robust in the ball, wrong as the teacher sees it",
            (Area("error", beyond),),
            {"student: first feature": FIRST},
            balls=(ball,),
            described="The student's boundary is upright, far from the example's square, so its answer "
            "never changes in the square. The teacher's boundary crosses the square: below it the "
            "student is wrong.",
        ),
        _scene(
            "Not robust in the ball, right as the teacher sees it",
            (Area("false alarm", beyond),),
            {"student: second feature": SECOND},
            balls=(ball,),
            described="The student's boundary lies on the teacher's, across the example's square. Below it "
            "student and teacher change their answers together, which counts as an error only if the "
            "label is assumed to stay.",
        ),
    )


def _margin_scenes(settings: Settings) -> tuple[Scene, ...]:
    data = plane(0)
    shown = [eps for eps in (0.0, 0.2, 0.35) if eps in settings["eps"]]
    centres = (EXAMPLE, (-EXAMPLE[0], -EXAMPLE[1]))

    def scene(norm: Literal["inf", "2"], title: str, described: str, note: str) -> Scene:
        fitted = {
            f"trained at {eps:g}": fit_linear(
                data.train_inputs, data.train_labels, eps=eps, norm=norm, ridge=settings["ridge"]
            )
            for eps in shown
        }
        balls = tuple(Disc(centre, max(shown), norm) for centre in centres)
        return _scene(title, (), fitted, balls=balls, described=described, note=note)

    return (
        scene(
            "inf",
            "Trained in l_inf balls",
            "The larger the ball, the more upright the student's boundary: at 0.35 it stands upright, "
            "and the student looks at the first feature only.",
            "At 0.35 the boundary stands upright: nothing is left of the teacher's feature.",
        ),
        scene(
            "2",
            "Trained in l_2 balls",
            "The student's boundary stays where it was, at a right angle to the line between the two "
            "heaps of data.",
            "The three boundaries lie on one another: no feature is lost.",
        ),
    )


PARTS = Claim(
    Facts(
        name="plane",
        title="Robust in a ball, and robust as the teacher sees it",
        says="A student can be perfectly robust in an l_inf ball with the label assumed constant "
        "and wrong at every item as the teacher sees it, and the reverse, on the same data.",
        constructed="The data, the teacher and the two students are made for this: the data lie near "
        "(1, 0.3) and (-1, -0.3), the teacher takes the sign of the second feature.",
        limits="That it happens in a picture made for it; not how often it does. The fitted student "
        "is neither of the two.",
        expected="shown",
        rule=VerdictRule(
            (
                Check("first feature: robust, label assumed, eps=0.5", 1.0, 1.0),
                Check("first feature: robust, teacher asked, eps=0.5", 0.0, 0.0),
                Check("second feature: robust, label assumed, eps=0.5", 0.0, 0.0),
                Check("second feature: robust, teacher asked, eps=0.5", 1.0, 1.0),
            )
        ),
    ),
    _parts,
    quick=ClaimPlan({"eps": [0.25, 0.5, 0.8], "grid": 21}, (0, 1, 2)),
    full=ClaimPlan({"eps": [0.25, 0.5, 0.8], "grid": 41}, (0, 1, 2, 3, 4)),
    charts=_parts_charts,
    scenes=_parts_scenes,
)

MARGIN = Claim(
    Facts(
        name="linf-margin",
        title="Training in an l_inf ball takes the larger margin, not the teacher's feature",
        says="Where the teacher's feature has a margin of a on the data and another feature a larger "
        "one, a linear student trained in an l_inf ball of radius above a puts no weight on the "
        "teacher's feature, and is right no more often than a coin where the two part.",
        constructed="Margins of 0.3 and 1 are chosen so. With the roles exchanged the same training "
        "takes away the feature that the teacher does not look at, and is right everywhere.",
        limits="Linear students on two features. Which of the two cases a real problem is, the data "
        "do not say.",
        expected="shown",
        rule=VerdictRule(
            (
                Check("l_inf: weight on the teacher's feature, eps=0.0", 0.15),
                Check("l_inf: weight on the teacher's feature, eps=0.35", 0.0, 0.01),
                Check("l_inf: strong error, eps=0.5", 0.47, 0.53),
                Check("l_inf: strong error, a teacher of the other feature, eps=0.5", 0.0, 0.01),
            )
        ),
    ),
    _margin,
    quick=ClaimPlan({"eps": [0.0, 0.2, 0.3, 0.35, 0.5], "ridge": 1e-3}, (0, 1, 2)),
    full=ClaimPlan({"eps": [0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.5], "ridge": 1e-3}, (0, 1, 2, 3, 4)),
    charts=_margin_charts,
    scenes=_margin_scenes,
)
