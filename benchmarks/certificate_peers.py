"""Other solvers on the same questions, in real numbers: HiGHS without bounds of ours, and Marabou.

Both are asked case by case, as the question is a union of cases, on the lowered networks; both get every bound
from plain interval arithmetic over the box. What a solver answers with, and how long its process ran, is
all that counts. Marabou: ``pip install --target FOLDER maraboupy``, and ``PYTHONPATH=FOLDER`` beside ours.
"""

import time
from typing import Any

import numpy as np
import torch

from preceptor.certificates import CertificateQuestion
from preceptor.certificates.joint_bounds import interval, rectified_ends
from preceptor.certificates.joint_problem import JointProblem, WrongCase
from preceptor.certificates.mixed_integer import decide_case


def plain_ends(problem: JointProblem, box: tuple[torch.Tensor, torch.Tensor]) -> list[Any]:
    """Ends of every hidden layer, by interval arithmetic alone."""
    found = []
    for net in problem.nets:
        here = (box[0][None], box[1][None])
        ends = []
        for number in range(net.depth - 1):
            here = interval(net.weights[number], net.biases[number], here)
            ends.append(here)
            here = rectified_ends(here, net.rectified[number])
        found.append(ends)
    return found


def wall_for(seconds: float, begun: float, clock: float) -> float:
    """Seconds of the wall that so many of the processor take, as this process has fared till now.

    The solvers keep time by the wall; on a shared machine that would cut them short.
    """
    used, passed = time.process_time() - begun, time.monotonic() - clock
    return seconds * (max(1.0, passed / used) if used > 0.5 else 3.0)


def by_highs(question: CertificateQuestion, seconds: float) -> dict[str, Any]:
    """Mixed-integer programs with big-M from intervals."""
    problem, box = question.problem, question.box
    begun, clock = time.process_time(), time.monotonic()
    hidden = plain_ends(problem, box)
    status = "proved"
    for case in problem.cases:
        left = seconds - (time.process_time() - begun)
        if left <= 0:
            status = "undecided"
            break
        wall = wall_for(left, begun, clock)
        answer = decide_case(problem, case, box, hidden, seconds=wall)
        if answer.point is not None and question.witness(torch.from_numpy(answer.point)[None]):
            status = "refuted"
            break
        if answer.said != "closed":
            status = "undecided"
    return {
        "status": status,
        "cpu": round(time.process_time() - begun, 3),
        "wall": round(time.monotonic() - clock, 3),
    }


def by_marabou(question: CertificateQuestion, seconds: float) -> dict[str, Any]:
    """Marabou's own query for each case."""
    problem, box = question.problem, question.box
    begun, clock = time.process_time(), time.monotonic()
    status = "proved"
    for case in problem.cases:
        left = seconds - (time.process_time() - begun)
        if left <= 0:
            status = "undecided"
            break
        said, point = _asked(problem, case, box, wall_for(left, begun, clock))
        if said == "sat" and question.witness(torch.from_numpy(point)[None]):
            status = "refuted"
            break
        if said != "unsat":
            status = "undecided"
    return {
        "status": status,
        "cpu": round(time.process_time() - begun, 3),
        "wall": round(time.monotonic() - clock, 3),
    }


def _asked(
    problem: JointProblem, case: WrongCase, box: Any, seconds: float
) -> tuple[str, np.ndarray]:
    from maraboupy import MarabouCore, MarabouUtils
    from maraboupy.Marabou import createOptions
    from maraboupy.MarabouNetwork import MarabouNetwork

    net_ = MarabouNetwork()
    net_.clear()
    inputs = [net_.getNewVariable() for _ in range(problem.features)]
    net_.inputVars = [np.array(inputs)]
    for one, low, high in zip(inputs, box[0].tolist(), box[1].tolist(), strict=True):
        net_.setLowerBound(one, low)
        net_.setUpperBound(one, high)

    def equal(entries: list[tuple[float, int]], value: float, kind: Any = None) -> None:
        equation = MarabouUtils.Equation(kind or MarabouCore.Equation.EQ)
        for factor, variable in entries:
            if factor:
                equation.addAddend(factor, variable)
        equation.setScalar(value)
        net_.addEquation(equation)

    outputs = list(inputs)
    for net in problem.nets:
        held = inputs
        for number in range(net.depth):
            weight, bias = net.weights[number].tolist(), net.biases[number].tolist()
            fresh = []
            for row, shift, marked in zip(
                weight, bias, net.rectified[number].tolist(), strict=True
            ):
                before = net_.getNewVariable()
                equal([*zip(row, held, strict=True), (-1.0, before)], -shift)
                if marked:
                    after = net_.getNewVariable()
                    net_.addRelu(before, after)
                    before = after
                fresh.append(before)
            held = fresh
        outputs += held
    net_.outputVars = [np.array(outputs[problem.features :])]
    for row, offset in zip(case.rows.tolist(), case.offsets.tolist(), strict=True):
        entries = [(f, v) for f, v in zip(row, outputs, strict=True) if f]
        equal(entries, -offset, MarabouCore.Equation.GE)
    options = createOptions(verbosity=0, timeoutInSeconds=max(1, int(seconds)), numWorkers=1)
    said, values, _ = net_.solve(options=options, verbose=False)
    return said, np.array([values[one] for one in inputs]) if said == "sat" else np.zeros(0)
