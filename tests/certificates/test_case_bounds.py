"""Hidden layers bounded where a case can hold: never too tight, tighter than over the box, and used."""

import pytest
import torch
from oracles import network
from test_soundness import asked
from torch import nn

from preceptor.certificates.case_bounds import ends_of_case
from preceptor.certificates.joint_bounds import Ends, JointBounds
from preceptor.core import Domain

DOMAIN = Domain((5,), -1.0, 1.0)


def preacts(net: nn.Sequential, inputs: torch.Tensor) -> list[torch.Tensor]:
    """Before each rectifier."""
    found = []
    for layer in net:
        if isinstance(layer, nn.ReLU):
            found.append(inputs)
        inputs = layer(inputs)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_input_at_which_the_case_holds_is_left_out(seed: int) -> None:
    torch.manual_seed(seed)
    student, teacher = network(5, 12, 10, 3, scale=1.3), network(5, 12, 10, 3, scale=1.3)
    question = asked(student, [teacher], 0.05, DOMAIN, 3)
    problem = question.problem
    low, high = question.box
    bounds = JointBounds.over(problem, (low, high))
    over_box = bounds.hidden((low[None], high[None]))
    points = low + torch.rand(40_000, 5, dtype=torch.float64) * (high - low)
    before, tighter, held = 0.0, 0.0, 0
    for case in problem.cases:
        found = ends_of_case(bounds, case, (low, high), over_box)
        holds = (problem.values(case, points) >= 0).all(1)
        held += int(holds.sum())
        if found is None:
            assert not bool(holds.any())
            continue
        for net, ends in zip((student, teacher), found, strict=True):
            for values, (least, most) in zip(
                preacts(net.double(), points[holds]), ends, strict=True
            ):
                assert bool((values >= least - 1e-9).all())
                assert bool((values <= most + 1e-9).all())
        before += _width(over_box)
        tighter += _width(found)
    assert held > 0, "some case holds somewhere, so that this says something"
    assert tighter < 0.97 * before


def _width(hidden: list[list[Ends]]) -> float:
    return sum(float((high - low).sum()) for net in hidden for low, high in net)


def test_what_was_handed_in_is_not_changed() -> None:
    question = asked(network(2, 4, 3), [network(2, 4, 3)], 0.1, Domain((2,), -1.0, 1.0), 3)
    low, high = question.box
    bounds = JointBounds.over(question.problem, (low, high))
    hidden = bounds.hidden((low[None], high[None]))
    copies = [[(a.clone(), b.clone()) for a, b in net] for net in hidden]
    ends_of_case(bounds, question.problem.cases[0], (low, high), hidden)
    for net, copy in zip(hidden, copies, strict=True):
        for ends, kept in zip(net, copy, strict=True):
            assert torch.equal(ends[0], kept[0])
            assert torch.equal(ends[1], kept[1])
