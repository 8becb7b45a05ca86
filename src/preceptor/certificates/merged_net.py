"""All networks of a joint problem as one plain chain of affine maps and rectifiers.

Each output of the chain is one inequality of the problem, so that every case is a conjunction of
``output >= 0``: the form that other verifiers read. What is only handed on passes a rectifier as it is where it
cannot be negative, and else as ``r(v) - r(-v)``, both of which are exact.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends
from preceptor.certificates.joint_problem import JointProblem, WrongCase
from preceptor.certificates.piecewise import PiecewiseNet


@dataclass(frozen=True, eq=False)
class _Wire:
    """Values ``units @ chain``, of which a number of layers of one network are done.

    Attributes:
        net: the network whose values these are; ``None`` for the inputs themselves.
        layer: how many of its layers are done.
        units: ``Float64[values, chain]``.
        positive: ``Bool[values]``, which cannot be negative.
    """

    net: PiecewiseNet | None
    layer: int
    units: Tensor
    positive: Tensor


def merged(problem: JointProblem, box: Ends) -> tuple[PiecewiseNet, JointProblem]:
    """One network, and the same cases in its outputs.

    Args:
        problem: student and teacher.
        box: ``Float64[features]`` each: the sign of inputs.

    Returns:
        the network, whose outputs are the distinct inequalities; and the problem about it, in which every
        condition is ``output >= 0``.
    """
    start = torch.eye(problem.features, dtype=torch.float64)
    wires = [_Wire(None, 0, start, box[0] >= 0)]
    wires += [_Wire(net, 0, start, box[0] >= 0) for net in problem.nets]
    if not any(bool((case.rows[:, : problem.features] != 0).any()) for case in problem.cases):
        wires = wires[1:]
    weights, biases = [], []
    while any(one.net is not None and one.layer < one.net.depth - 1 for one in wires):
        wires, weight, bias = _step(wires)
        weights.append(weight)
        biases.append(bias)
    rows, offsets, cases = _conditions(problem)
    last, constant = _last(problem, wires)
    weights.append(rows @ last)
    biases.append(rows @ constant + offsets)
    marked = [torch.ones(len(bias), dtype=torch.bool) for bias in biases]
    marked[-1] = torch.zeros(len(offsets), dtype=torch.bool)
    net = PiecewiseNet(tuple(weights), tuple(biases), tuple(marked), True)
    found = [_case(problem, case, places, len(offsets)) for case, places in cases]
    return net, replace(problem, nets=(net,), cases=tuple(found), single=(False,), students=1)


def _step(wires: list[_Wire]) -> tuple[list[_Wire], Tensor, Tensor]:
    """One layer of the chain: the next layer of each network that has one, all else handed on."""
    weights, biases, plans = [], [], []
    for one in wires:
        if one.net is not None and one.layer < one.net.depth - 1:
            weight, bias = one.net.weights[one.layer], one.net.biases[one.layer]
            value, layer = weight @ one.units, one.layer + 1
            alone = one.net.rectified[one.layer]
        else:
            value, bias = one.units, torch.zeros(len(one.units), dtype=torch.float64)
            layer, alone = one.layer, one.positive
        pair = (~alone).nonzero()[:, 0]
        weights.append(torch.cat([value, -value[pair]]))
        biases.append(torch.cat([bias, -bias[pair]]))
        units = torch.zeros(len(value), len(value) + len(pair), dtype=torch.float64)
        units[:, : len(value)] = torch.eye(len(value))
        units[pair, len(value) + torch.arange(len(pair))] = -1.0
        plans.append((one.net, layer, units, alone))
    width = sum(len(bias) for bias in biases)
    found, at = [], 0
    for net, layer, units, alone in plans:
        wide = torch.zeros(len(units), width, dtype=torch.float64)
        wide[:, at : at + units.shape[1]] = units
        at += units.shape[1]
        found.append(_Wire(net, layer, wide, alone))
    return found, torch.cat(weights), torch.cat(biases)


def _last(problem: JointProblem, wires: list[_Wire]) -> tuple[Tensor, Tensor]:
    """``z``, the inputs followed by the outputs of every network, as an affine map of the chain."""
    parts, constants = [], []
    if (wires and wires[0].net is not None) or not wires:
        width = wires[0].units.shape[1] if wires else problem.features
        parts.append(torch.zeros(problem.features, width, dtype=torch.float64))
        constants.append(torch.zeros(problem.features, dtype=torch.float64))
    for one in wires:
        if one.net is None:
            parts.append(one.units)
            constants.append(torch.zeros(len(one.units), dtype=torch.float64))
        else:
            parts.append(one.net.weights[-1] @ one.units)
            constants.append(one.net.biases[-1])
    return torch.cat(parts), torch.cat(constants)


def _conditions(
    problem: JointProblem,
) -> tuple[Tensor, Tensor, list[tuple[WrongCase, list[int]]]]:
    """Each inequality once, and of each case which they are."""
    places: dict[bytes, int] = {}
    rows: list[Tensor] = []
    offsets: list[Tensor] = []
    cases: list[tuple[WrongCase, list[int]]] = []
    for case in problem.cases:
        mine = []
        for row, offset in zip(case.rows, case.offsets, strict=True):
            key = row.numpy().tobytes() + offset.numpy().tobytes()
            if key not in places:
                places[key] = len(rows)
                rows.append(row)
                offsets.append(offset)
            mine.append(places[key])
        cases.append((case, mine))
    width = problem.features + sum(net.outputs for net in problem.nets)
    whole = torch.stack(rows) if rows else torch.zeros(0, width, dtype=torch.float64)
    return whole, torch.stack(offsets) if offsets else torch.zeros(0, dtype=torch.float64), cases


def _case(problem: JointProblem, case: WrongCase, places: list[int], outputs: int) -> WrongCase:
    rows = torch.zeros(len(places), problem.features + outputs, dtype=torch.float64)
    rows[torch.arange(len(places)), problem.features + torch.tensor(places, dtype=torch.int64)] = 1
    return replace(case, rows=rows, offsets=torch.zeros(len(places), dtype=torch.float64))
