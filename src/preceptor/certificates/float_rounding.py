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
from preceptor.certificates.piecewise import ROUNDOFF, PiecewiseNet
from preceptor.core import InputError

UNIT = 2.0**-24
"""Unit roundoff of float32."""

MERGED = 4.0
"""Times so much where one layer is several operations of the module, each of which rounds."""


LAST_STEP = 2e-6
"""By how much a softmax or sigmoid in float32, and the logarithm of what it gives, may blur each logit where
the greatest are nearly equal."""

GREATEST = 1e38
"""Sizes from which float32 may have no number."""


def deviation(net: PiecewiseNet, box: Ends, *, single: bool = True) -> Tensor:
    """``Float64[outputs]``: by how much outputs can be off as they are compared, for float32 inputs in a box.

    Whatever a network runs in, its outputs are compared in float32.

    Args:
        net: the network.
        box: ``Float64[features]`` each.
        single: whether it runs in float32; else in float64.

    Raises:
        InputError: values that float32 may not hold.
    """
    unit = UNIT if single else ROUNDOFF
    here = (box[0][None], box[1][None])
    error = torch.zeros(net.features, dtype=torch.float64)
    factor = MERGED if net.merged else 1.0
    for number in range(net.depth):
        weight, bias = net.weights[number], net.biases[number]
        size = torch.maximum(here[0].abs(), here[1].abs())[0] + error
        terms = int((weight != 0).sum(1).max()) + 2
        share = factor * terms * unit / (1 - factor * terms * unit)
        error = weight.abs() @ error + share * (weight.abs() @ size + bias.abs())
        here = rectified_ends(interval(weight, bias, here), net.rectified[number])
        most = float((torch.maximum(here[0].abs(), here[1].abs())[0] + error).amax())
        if not most < GREATEST and (single or number == net.depth - 1):
            raise InputError(
                f"values of a network of student or teacher may be as large as {most:.1g} there, which float32 "
                "cannot hold; give a smaller domain"
            )
    if not single:
        error = error + UNIT * (torch.maximum(here[0].abs(), here[1].abs())[0] + error)
    return error + LAST_STEP if net.ending else error


def deviations(problem: JointProblem, box: Ends) -> list[Tensor]:
    """Of every network's outputs."""
    return [
        deviation(net, box, single=single)
        for net, single in zip(problem.nets, problem.single, strict=True)
    ]


def absorbed(problem: JointProblem, off: Sequence[Tensor]) -> JointProblem:
    """The problem with every condition so much easier that rounding cannot break a proof."""
    own = torch.zeros(problem.features, dtype=torch.float64)
    slack = torch.cat([own, *off])
    eased = [
        tuple(replace(case, offsets=case.offsets + case.rows.abs() @ slack) for case in cases)
        for cases in (problem.cases, problem.uncontested)
    ]
    return replace(problem, cases=eased[0], uncontested=eased[1])
