"""How much of a box the teacher can be certain of: both shares bounded from below.

Boxes of inputs again, all labels at once, and the teacher alone: a box in which no way to be certain can hold is
*nowhere certain*; one in which all conditions of one way hold throughout is *certain*. The largest
box that is neither is split next.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends, JointBounds, greatest
from preceptor.certificates.joint_problem import JointProblem
from preceptor.certificates.open_boxes import volume
from preceptor.certificates.refuter import stacked

AT_ONCE: Final = 128


@dataclass(frozen=True)
class CertainVolume:
    """Shares of the volume, each at least so much.

    Attributes:
        nowhere: the teacher is certain of nothing there.
        certain: the teacher is certain there.
    """

    nowhere: float
    certain: float


def certain_volume(
    problem: JointProblem,
    box: Ends,
    until: float,
    now: Callable[[], float],
    *,
    most: int = 20_000,
    lead: float = 0.0,
) -> CertainVolume:
    """Both shares, as far as boxes and time go.

    Args:
        problem: student and teacher; of the student nothing is used.
        box: ``Float64[features]`` each.
        until: by the clock.
        now: the clock.
        most: boxes to look at.
        lead: added to the teacher's least lead.
    """
    every = (*problem.cases, *problem.uncontested)
    ways = list({case.group: case for case in every}.values())
    if not ways:
        return CertainVolume(1.0, 0.0)
    rows, offsets, _ = stacked(ways)
    place = torch.arange(rows.shape[1])
    used = place < torch.tensor([one.teachers for one in ways])[:, None]
    for number, one in enumerate(ways):
        offsets[number, : len(one.lead)] -= lead * one.lead
    bounds = JointBounds.over(problem, box)
    nowhere = certain = 0.0
    waiting: list[tuple[float, int, Tensor, Tensor]] = [(-1.0, 0, box[0], box[1])]
    looked = 0
    while waiting and looked < most and now() < until:
        taken = [heapq.heappop(waiting) for _ in range(min(AT_ONCE, len(waiting)))]
        low = torch.stack([one[2] for one in taken])
        high = torch.stack([one[3] for one in taken])
        share = volume((low, high), box)
        none, sure, slope = _looked_at(bounds, (low, high), rows, offsets, used)
        nowhere += float(share[none].sum())
        certain += float(share[sure & ~none].sum())
        left = ~none & ~sure & (share > 0)
        feature = (slope * (high - low) + 1e-9 * (high - low)).argmax(1)
        for row in left.nonzero()[:, 0].tolist():
            which = int(feature[row])
            cut = (low[row, which] + high[row, which]) / 2
            under, over = high[row].clone(), low[row].clone()
            under[which], over[which] = cut, cut
            for ends in ((low[row], under), (over, high[row])):
                looked += 1
                heapq.heappush(waiting, (-float(share[row]) / 2, looked, *ends))
    return CertainVolume(min(nowhere, 1.0), min(certain, 1.0))


def _looked_at(
    bounds: JointBounds, box: Ends, rows: Tensor, offsets: Tensor, used: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Where no way can hold, where one holds throughout, and how steep the conditions are."""
    many, (ways, conditions) = len(box[0]), used.shape
    relaxations = bounds.relaxations(bounds.hidden(box))
    flat = rows.reshape(ways * conditions, -1).expand(many, -1, -1)
    edges = offsets.reshape(-1).expand(many, -1)
    lines, rests = bounds.linear(flat, edges, relaxations)
    most = greatest(lines, rests, box).reshape(many, ways, conditions)
    below, ends = bounds.linear(-flat, -edges, relaxations)
    least = -greatest(below, ends, box).reshape(many, ways, conditions)
    dead = ((most < 0) & used).any(2)
    holds = ((least >= 0) | ~used).all(2)
    alive = (~dead[..., None] & used).reshape(many, -1)
    slope = (lines.abs() * alive[..., None]).sum(1)
    return dead.all(1), holds.any(1), slope
