"""Two features: robustness in a ball and robustness as the teacher sees it part both ways."""

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, generator
from preceptor.paper.claim import Chart, Claim, Facts, Numbers, Plan, Series, Settings
from preceptor.paper.linear import fit_linear, wrong
from preceptor.paper.rule import Check, Rule
from preceptor.problems import plane

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
        rule=Rule(
            (
                Check("first feature: robust, label assumed, eps=0.5", 1.0, 1.0),
                Check("first feature: robust, teacher asked, eps=0.5", 0.0, 0.0),
                Check("second feature: robust, label assumed, eps=0.5", 0.0, 0.0),
                Check("second feature: robust, teacher asked, eps=0.5", 1.0, 1.0),
            )
        ),
    ),
    _parts,
    quick=Plan({"eps": [0.25, 0.5, 0.8], "grid": 21}, (0, 1, 2)),
    full=Plan({"eps": [0.25, 0.5, 0.8], "grid": 41}, (0, 1, 2, 3, 4)),
    charts=_parts_charts,
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
        rule=Rule(
            (
                Check("l_inf: weight on the teacher's feature, eps=0.0", 0.15),
                Check("l_inf: weight on the teacher's feature, eps=0.35", 0.0, 0.01),
                Check("l_inf: strong error, eps=0.5", 0.47, 0.53),
                Check("l_inf: strong error, a teacher of the other feature, eps=0.5", 0.0, 0.01),
            )
        ),
    ),
    _margin,
    quick=Plan({"eps": [0.0, 0.2, 0.3, 0.35, 0.5], "ridge": 1e-3}, (0, 1, 2)),
    full=Plan({"eps": [0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.5], "ridge": 1e-3}, (0, 1, 2, 3, 4)),
    charts=_margin_charts,
)
