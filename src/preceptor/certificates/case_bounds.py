"""Ends of hidden layers at the inputs at which one case can hold: tighter than over its whole box.

For any weights ``w >= 0`` of the case's conditions ``c``, where all of these hold a hidden output ``h`` is at most the
greatest value of ``h + w @ c`` over the box. Weights and slopes are optimised for every unsettled output and both
of its ends at once, layer by layer and round by round, as the later ones profit from the earlier. (Bounds of hidden
layers under conditions on outputs: Kotha et al. 2023; here the conditions are those of several networks.)
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import (
    BoundAdam,
    Ends,
    JointBounds,
    Relaxation,
    greatest,
    substituted,
)
from preceptor.certificates.joint_problem import WrongCase

STEPS: Final = 16
ROUNDS: Final = 2
WORTH: Final = 0.02
"""A further round is made while a round settles something or takes off this share of what is between the ends."""


def ends_of_case(
    bounds: JointBounds, case: WrongCase, box: Ends, hidden: Sequence[Sequence[Ends]]
) -> list[list[Ends]] | None:
    """Ends of every hidden layer where the case holds; ``None`` if it holds nowhere.

    Args:
        bounds: of the problem.
        case: its conditions, all of them used.
        box: ``Float64[features]`` each.
        hidden: ends over the box, ``Float64[1, n]`` each; not changed.
    """
    found = [[(low.clone(), high.clone()) for low, high in net] for net in hidden]
    for _ in range(ROUNDS):
        before = _between(bounds, found)
        for number, net in enumerate(found):
            for layer in range(len(net)):
                _tighten(bounds, case, box, found, number, layer)
                low, high = net[layer]
                if bool((low > high).any()):
                    return None
        after = _between(bounds, found)
        if after[0] == before[0] and after[1] > (1 - WORTH) * before[1]:
            break
    return found


def _between(bounds: JointBounds, hidden: Sequence[Sequence[Ends]]) -> tuple[int, float]:
    """Unsettled rectifiers, and how wide their ends are apart together."""
    count, wide = 0, 0.0
    for net, marks in zip(hidden, bounds.problem.nets, strict=True):
        for (low, high), marked in zip(net, marks.rectified, strict=False):
            free = (low < 0) & (high > 0) & marked
            count += int(free.sum())
            wide += float((high - low)[free].sum())
    return count, wide


def _tighten(
    bounds: JointBounds,
    case: WrongCase,
    box: Ends,
    hidden: list[list[Ends]],
    number: int,
    layer: int,
) -> None:
    """New ends of one layer of one network, in place."""
    net = bounds.problem.nets[number]
    low, high = hidden[number][layer]
    rows = ((low < 0) & (high > 0) & net.rectified[layer])[0].nonzero()[:, 0]
    if not len(rows):
        return
    weight, bias = net.weights[layer][rows], net.biases[layer][rows]
    aim = torch.cat([weight, -weight])[None], torch.cat([bias, -bias])[None]
    relaxations = bounds.relaxations(hidden)
    best = _least(bounds, case, box, relaxations, aim, number, layer)
    slack = bounds.slacks[number][layer][rows]
    many = len(rows)
    high[0, rows] = torch.minimum(high[0, rows], best[:many] + slack)
    low[0, rows] = torch.maximum(low[0, rows], -best[many:] - slack)


def _least(
    bounds: JointBounds,
    case: WrongCase,
    box: Ends,
    relaxations: list[list[Relaxation]],
    aim: tuple[Tensor, Tensor],
    number: int,
    layer: int,
) -> Tensor:
    """``Float64[sums]``: of each aim, a linear function of a layer's inputs, the least bound from above."""
    many = aim[1].shape[1]
    weights = torch.zeros(1, many, len(case.offsets), dtype=torch.float64, requires_grad=True)
    slopes = [_slopes(part, many) for part in relaxations]
    own = _slopes(relaxations[number][:layer], many)
    values = [weights, *(one for part in slopes for one in part), *own]
    ascent = BoundAdam(values, [0.2] + [0.2] * (len(values) - 1))
    ends = box[0][None], box[1][None]
    net = bounds.problem.nets[number]
    best = torch.full((many,), torch.inf, dtype=torch.float64)
    for step in range(STEPS + 1):
        sums = weights @ case.rows
        line, rest = bounds.linear(sums, weights @ case.offsets, relaxations, slopes)
        more, extra = substituted(net, *aim, layer, relaxations[number][:layer], own)
        value = greatest(line + more, rest + extra, ends)[0]
        best = torch.minimum(best, value.detach())
        if step == STEPS:
            break
        ascent.step(torch.autograd.grad(value.sum(), values, allow_unused=True))
        with torch.no_grad():
            weights.clamp_(min=0)
            for part, ours in (*zip(relaxations, slopes, strict=True), (relaxations[number], own)):
                for one, slope in zip(part, ours, strict=False):
                    fixed = one.down[:, None]
                    slope.copy_(torch.where(one.free[:, None], slope.clamp(0, 1), fixed))
    return best


def _slopes(layers: Sequence[Relaxation], many: int) -> list[Tensor]:
    """A slope of its own for each aim, where the relaxations' begin."""
    return [one.down[:, None].repeat(1, many, 1).requires_grad_(True) for one in layers]
