"""How far a network that runs in float32 can be from the function of real numbers that its weights mean.

A bound of the error before the fact (Higham 2002, sections 3.1 and 3.5): a sum of ``n`` products is off by at
most ``(n + 2) u`` times the sum of their sizes, in whatever order it is taken and with or without fused
operations, ``u`` being 2**-24; what comes in is off already, and the weights multiply that. It does not
cover algorithms that transform their inputs first (Winograd's, for some convolutions on some machines).
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends, interval, rectified_ends
from preceptor.certificates.joint_problem import JointProblem
from preceptor.certificates.piecewise import PiecewiseNet

UNIT = 2.0**-24
"""Unit roundoff of float32."""

MERGED = 4.0
"""Times so much where one layer is several operations of the module, each of which rounds."""


def deviation(net: PiecewiseNet, box: Ends) -> Tensor:
    """``Float64[outputs]``: by how much outputs in float32 can be off, for float32 inputs in a box.

    Args:
        net: the network.
        box: ``Float64[features]`` each.
    """
    here = (box[0][None], box[1][None])
    error = torch.zeros(net.features, dtype=torch.float64)
    factor = MERGED if net.merged else 1.0
    for number in range(net.depth):
        weight, bias = net.weights[number], net.biases[number]
        size = torch.maximum(here[0].abs(), here[1].abs())[0] + error
        terms = int((weight != 0).sum(1).max()) + 2
        share = factor * terms * UNIT / (1 - factor * terms * UNIT)
        error = weight.abs() @ error + share * (weight.abs() @ size + bias.abs())
        here = rectified_ends(interval(weight, bias, here), net.rectified[number])
    return error


def deviations(problem: JointProblem, box: Ends) -> list[Tensor]:
    """Of every network's outputs; zeros for one that does not run in float32."""
    return [
        deviation(net, box) if single else torch.zeros(net.outputs, dtype=torch.float64)
        for net, single in zip(problem.nets, problem.single, strict=True)
    ]


def absorbed(problem: JointProblem, off: Sequence[Tensor]) -> JointProblem:
    """The problem with every condition so much easier that rounding cannot break a proof."""
    own = torch.zeros(problem.features, dtype=torch.float64)
    slack = torch.cat([own, *off])
    cases = [
        replace(case, offsets=case.offsets + case.rows.abs() @ slack) for case in problem.cases
    ]
    return replace(problem, cases=tuple(cases))
