"""Student and teacher as one problem: linear inequalities between outputs of several networks.

A *case* is one way for the student to be wrong: the teacher is certain of a label in a certain way, and the
student prefers another. Each case is a conjunction of inequalities ``row @ z + offset >= 0`` on ``z``, the
inputs followed by the outputs of every network. The student is right wherever the teacher is certain if and
only if no case holds anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from preceptor.certificates.piecewise import PiecewiseNet
from preceptor.core import InputError

INPUTS: Final = -1
"""In place of the number of a network: the inputs themselves."""

MOST_CASES: Final = 20_000


@dataclass(frozen=True, eq=False)
class Inequality:
    """``row @ outputs + offset >= 0``, of one network.

    Attributes:
        net: its number; ``INPUTS`` for the inputs.
        row: ``Float64[outputs]``.
        offset: a number.
        lead: whether the teacher's least lead is part of the offset, as ``-gamma``.
    """

    net: int
    row: Tensor
    offset: float
    lead: bool = False


Conditions = tuple[Inequality, ...]


@dataclass(frozen=True)
class CertainWay:
    """A way to be certain of a label."""

    label: int
    conditions: Conditions


@dataclass(frozen=True)
class WrongWay:
    """A way to give another label than ``label``: this one, or -1 for whichever."""

    label: int
    other: int
    conditions: Conditions


@dataclass(frozen=True, eq=False)
class WrongCase:
    """One case, all its inequalities on ``z``.

    Attributes:
        label: that the teacher is certain of.
        other: that the student prefers; -1 for whichever.
        group: the number of the way to be certain.
        rows: ``Float64[conditions, z]``, the teacher's first.
        offsets: ``Float64[conditions]``.
        lead: ``Bool[conditions]``, where the teacher's least lead counts.
        teachers: how many of the conditions are the teacher's.
    """

    label: int
    other: int
    group: int
    rows: Tensor
    offsets: Tensor
    lead: Tensor
    teachers: int


@dataclass(frozen=True, eq=False)
class JointProblem:
    """Networks, and the cases in which the student is wrong.

    Attributes:
        features: inputs.
        nets: the student's first, if it has one.
        cases: all of them.
        uncontested: the ways to be certain of labels against which the student can give no other.
        exact: whether the teacher's cases are its certain set; otherwise they enclose it.
        single: of each network, whether it runs in float32.
        students: how many of the networks are the student's: 1 or 0.
    """

    features: int
    nets: tuple[PiecewiseNet, ...]
    cases: tuple[WrongCase, ...]
    uncontested: tuple[WrongCase, ...]
    exact: bool
    single: tuple[bool, ...]
    students: int

    @property
    def slices(self) -> list[slice]:
        """Where in ``z`` the outputs of each network stand."""
        start, found = self.features, []
        for net in self.nets:
            found.append(slice(start, start + net.outputs))
            start += net.outputs
        return found

    def joint(self, inputs: Tensor) -> Tensor:
        """``Float64[batch, z]`` of ``Float64[batch, features]``."""
        return torch.cat([inputs, *(net(inputs) for net in self.nets)], 1)

    def values(self, case: WrongCase, inputs: Tensor) -> Tensor:
        """``Float64[batch, conditions]``: each at least 0 where the student is wrong in this way."""
        return self.joint(inputs) @ case.rows.T + case.offsets

    @property
    def hidden(self) -> int:
        """Rectifiers in all networks."""
        return sum(int(marked.sum()) for net in self.nets for marked in net.rectified)


def assemble(
    features: int,
    nets: Sequence[PiecewiseNet],
    certain: Sequence[CertainWay],
    wrong: Sequence[WrongWay],
    *,
    exact: bool,
    single: Sequence[bool],
    students: int,
) -> JointProblem:
    """All pairs of a way to be certain and a way to be wrong about that label.

    Raises:
        InputError: too many of them, or weights that are not finite.
    """
    numbers = [one for net in nets for one in (*net.weights, *net.biases)]
    if not all(bool(one.isfinite().all()) for one in numbers):
        raise InputError(
            "a network of student or teacher has weights that are not finite; look at how it was trained"
        )
    by_label: dict[int, list[WrongWay]] = {}
    for way in wrong:
        by_label.setdefault(way.label, []).append(way)
    many = sum(len(by_label.get(way.label, ())) for way in certain)
    if many > MOST_CASES:
        raise InputError(
            f"teacher and student can part in {many:,} ways; certificates take at most {MOST_CASES:,}. Give "
            "a teacher with fewer parts: fewer prototypes or leaves, or a panel that must be unanimous"
        )
    widths = [net.outputs for net in nets]
    starts = [features + sum(widths[:i]) for i in range(len(nets))]
    whole = features + sum(widths)

    def spread(conditions: Conditions) -> tuple[Tensor, Tensor, Tensor]:
        rows = torch.zeros(len(conditions), whole, dtype=torch.float64)
        for place, one in enumerate(conditions):
            start = 0 if one.net == INPUTS else starts[one.net]
            rows[place, start : start + len(one.row)] = one.row.double()
        offsets = torch.tensor([one.offset for one in conditions], dtype=torch.float64)
        return rows, offsets, torch.tensor([one.lead for one in conditions], dtype=torch.bool)

    cases, uncontested = [], []
    for group, sure in enumerate(certain):
        held = spread(sure.conditions)
        if not by_label.get(sure.label):
            uncontested.append(WrongCase(sure.label, -1, group, *held, len(sure.conditions)))
        for way in by_label.get(sure.label, ()):
            rows, offsets, lead = (
                torch.cat(pair) for pair in zip(held, spread(way.conditions), strict=True)
            )
            cases.append(
                WrongCase(sure.label, way.other, group, rows, offsets, lead, len(sure.conditions))
            )
    return JointProblem(
        features,
        tuple(nets),
        tuple(cases),
        tuple(uncontested),
        exact,
        tuple(single),
        students,
    )
