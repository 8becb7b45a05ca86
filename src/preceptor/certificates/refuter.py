"""Looking for an input at which a case holds: gradient ascent on all its inequalities at once.

Every case from several starts, all in one batch: the middle, corners, points on faces and inside. The
objective is that of the case itself, so that the label and its rival are those that the bounds are about.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends
from preceptor.certificates.joint_problem import JointProblem, WrongCase

AIM: Final = 0.02
"""What each inequality is driven to reach, as a share of its spread over the starts: inside, not on the
border, where rounding would decide."""

_AT_ONCE: Final = 4_000


def starts_in(box: Ends, many: int, rng: np.random.Generator) -> Tensor:
    """``Float64[many, features]`` in one box: its middle, corners, points of faces, points inside."""
    low, high = (end.numpy() for end in box)
    share = rng.random((many, len(low)))
    kind = np.arange(many) % 4
    corner = (
        rng.random(share.shape) < np.where(kind == 1, 1.0, np.where(kind == 2, 0.5, 0.0))[:, None]
    )
    share = np.where(corner, np.round(share), share)
    share[0] = 0.5
    return torch.from_numpy(low + share * (high - low))


def seek(
    problem: JointProblem,
    cases: Sequence[WrongCase],
    boxes: Ends,
    rng: np.random.Generator,
    *,
    starts: int,
    steps: int,
) -> list[tuple[int, Tensor, Tensor]]:
    """Points at which cases hold, as far as they are found.

    Args:
        problem: student and teacher.
        cases: which are looked for.
        boxes: ``Float64[cases, features]`` each: where.
        rng: of the starts.
        starts: for each case.
        steps: of each ascent.

    Returns:
        for each case with any: its number among ``cases``, points ``Float64[found, features]``, best
        first, and their least values ``Float64[found]``.
    """
    found: list[tuple[int, Tensor, Tensor]] = []
    each = max(1, _AT_ONCE // starts)
    for first in range(0, len(cases), each):
        part = range(first, min(first + each, len(cases)))
        points, values = _ascend(problem, [cases[i] for i in part], boxes, part, rng, starts, steps)
        for place, number in enumerate(part):
            good = (values[place] >= 0).nonzero()[:, 0]
            if len(good):
                order = values[place][good].argsort(descending=True)
                found.append((number, points[place][good][order], values[place][good][order]))
    return found


def closest(
    problem: JointProblem,
    cases: Sequence[WrongCase],
    boxes: Ends,
    rng: np.random.Generator,
    *,
    starts: int,
    steps: int,
) -> Tensor:
    """Points ``Float64[cases * starts, features]`` that come close to a case, whether it holds there or not.

    Args:
        problem: student and teacher.
        cases: which.
        boxes: ``Float64[cases, features]`` each: where.
        rng: of the starts.
        starts: for each case.
        steps: of each ascent.
    """
    found = []
    each = max(1, _AT_ONCE // starts)
    for first in range(0, len(cases), each):
        part = range(first, min(first + each, len(cases)))
        points, _ = _ascend(problem, [cases[i] for i in part], boxes, part, rng, starts, steps)
        found.append(points.flatten(0, 1))
    return torch.cat(found) if found else torch.zeros(0, problem.features, dtype=torch.float64)


def _ascend(
    problem: JointProblem,
    cases: Sequence[WrongCase],
    boxes: Ends,
    part: range,
    rng: np.random.Generator,
    starts: int,
    steps: int,
) -> tuple[Tensor, Tensor]:
    """The best point of each start, and its least value."""
    low = boxes[0][part.start : part.stop, None]
    high = boxes[1][part.start : part.stop, None]
    points = torch.stack(
        [starts_in((one[0], other[0]), starts, rng) for one, other in zip(low, high, strict=True)]
    )
    rows, offsets, there = stacked(cases)
    scale: Tensor | None = None
    best, value = points.clone(), torch.full(points.shape[:2], -torch.inf, dtype=torch.float64)
    for step in range(steps + 1):
        here = points.clone().requires_grad_(True)
        joint = problem.joint(here.flatten(0, 1)).reshape(*points.shape[:2], -1)
        each = torch.einsum("csz,cmz->csm", joint, rows) + offsets[:, None]
        each = torch.where(there[:, None], each, torch.inf)
        least = each.amin(2)
        better = least.detach() > value
        best = torch.where(better[..., None], points, best)
        value = torch.where(better, least.detach(), value)
        if step == steps:
            break
        if scale is None:
            spread = torch.where(there[:, None], each, 0.0).detach()
            scale = spread.std(1, keepdim=True, unbiased=False).clamp_min(1e-6)
        lacking = (AIM * scale - torch.where(there[:, None], each, 1e9)).clamp_min(0) / scale
        loss = lacking.square().sum()
        (gradient,) = torch.autograd.grad(loss, here)
        size = 0.15 * 0.92**step * (high - low)
        top = gradient.abs().amax(2, keepdim=True).clamp_min(1e-300)
        way = gradient.sign() if step % 2 else gradient / top
        points = torch.minimum(torch.maximum(points - size * way, low), high)
    return best, value


def stacked(cases: Sequence[WrongCase]) -> tuple[Tensor, Tensor, Tensor]:
    """Rows, offsets, and which of them there are, of several cases in one batch."""
    most = max((len(case.offsets) for case in cases), default=0)
    width = cases[0].rows.shape[1] if cases else 0
    rows = torch.zeros(len(cases), most, width, dtype=torch.float64)
    offsets = torch.zeros(len(cases), most, dtype=torch.float64)
    there = torch.zeros(len(cases), most, dtype=torch.bool)
    for place, case in enumerate(cases):
        many = len(case.offsets)
        rows[place, :many], offsets[place, :many], there[place, :many] = (
            case.rows,
            case.offsets,
            True,
        )
    return rows, offsets, there
