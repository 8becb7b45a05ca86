"""One case over one box, decided exactly: a mixed-integer program, solved by HiGHS.

The encoding is the usual one (Tjeng, Xiao & Tedrake 2019): a binary variable for each rectifier that is not
settled by its ends. With none of them it is a linear program. An answer *infeasible* is taken with every
condition relaxed by ``RELAXED``, so that the solver's tolerances (1e-7 and 1e-6 here) do not decide.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends
from preceptor.certificates.joint_problem import JointProblem, WrongCase
from preceptor.certificates.piecewise import PiecewiseNet

RELAXED: Final = 1e-6
"""By how much every condition is relaxed, in its own units."""

Said = Literal["closed", "found", "open"]


@dataclass(frozen=True, eq=False)
class ExactAnswer:
    """What the solver said.

    Attributes:
        said: ``closed`` if no point satisfies all conditions, ``found`` if one does, to within the
            solver's tolerances, else ``open``.
        point: ``Float64[features]``, where it was found.
        most: the greatest least value of the conditions, if that was asked for: a bound from above.
        nodes: of the solver's tree.
    """

    said: Said
    point: np.ndarray | None = None
    most: float = np.inf
    nodes: int = 0


class _Program:
    """Variables and rows as they are added."""

    def __init__(self) -> None:
        self.low: list[np.ndarray] = []
        self.high: list[np.ndarray] = []
        self.whole: list[np.ndarray] = []
        self.count = 0
        self.row_low: list[np.ndarray] = []
        self.row_high: list[np.ndarray] = []
        self.rows = 0
        self._entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def variables(self, low: np.ndarray, high: np.ndarray, whole: int = 0) -> np.ndarray:
        """New variables; their numbers."""
        self.low.append(low)
        self.high.append(high)
        self.whole.append(np.full(len(low), whole))
        self.count += len(low)
        return np.arange(self.count - len(low), self.count)

    def constrain(
        self,
        blocks: Sequence[tuple[np.ndarray, np.ndarray]],
        low: np.ndarray,
        high: np.ndarray,
    ) -> None:
        """New rows: ``low <= sum of matrix @ variables <= high``; a vector stands for its diagonal."""
        for matrix, numbers in blocks:
            if matrix.ndim == 1:
                rows, columns, values = np.arange(len(low)), numbers, matrix
            else:
                rows, places = np.nonzero(matrix)
                columns, values = numbers[places], matrix[rows, places]
            self._entries.append((rows + self.rows, columns, values))
        self.rows += len(low)
        self.row_low.append(low)
        self.row_high.append(high)

    def matrix(self) -> sparse.csr_matrix:
        """All rows."""
        rows, columns, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        return sparse.csr_matrix((values, (rows, columns)), shape=(self.rows, self.count))


def decide_case(
    problem: JointProblem,
    case: WrongCase,
    box: Ends,
    hidden: Sequence[Sequence[Ends]],
    *,
    seconds: float,
    widest: bool = False,
    lead: float = 0.0,
) -> ExactAnswer:
    """Whether all inequalities of a case hold somewhere in a box.

    Args:
        problem: student and teacher.
        case: which.
        box: ``Float64[features]`` each.
        hidden: for each network and layer, ends ``Float64[1, n]`` before the rectifiers.
        seconds: the most to spend.
        widest: look for the point at which the least condition is greatest, in place of any.
        lead: added to the teacher's least lead.
    """
    program = _Program()
    inputs = program.variables(box[0].numpy(), box[1].numpy())
    outputs = [inputs]
    for net, ends_of in zip(problem.nets, hidden, strict=True):
        outputs.append(_encode(program, net, ends_of, inputs))
    rows, offsets = case.rows.numpy(), (case.offsets - lead * case.lead).numpy()
    starts = [slice(0, problem.features), *problem.slices]
    blocks = [(rows[:, part], numbers) for part, numbers in zip(starts, outputs, strict=True)]
    goal = np.zeros(program.count)
    if widest:
        least = program.variables(np.array([-np.inf]), np.array([np.inf]))
        blocks.append((-np.ones((len(rows), 1)), least))
        goal = np.append(goal, -1.0)
    floor = -offsets - (0.0 if widest else RELAXED)
    program.constrain(blocks, floor, np.full(len(rows), np.inf))
    with _aside():
        solved = milp(
            goal,
            constraints=LinearConstraint(
                program.matrix(), np.concatenate(program.row_low), np.concatenate(program.row_high)
            ),
            bounds=Bounds(np.concatenate(program.low), np.concatenate(program.high)),
            integrality=np.concatenate(program.whole),
            options={"time_limit": max(seconds, 0.01), "mip_rel_gap": 1e-3 if widest else 1e9},
        )
    return _read(solved, problem.features, widest)


@contextmanager
def _aside() -> Iterator[None]:
    """What the solver's library prints goes to standard error: it prints even when told to be silent."""
    sys.stdout.flush()
    before = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(before, 1)
        os.close(before)


def _read(solved: object, features: int, widest: bool) -> ExactAnswer:
    """The solver's answer."""
    status, point = getattr(solved, "status", 4), getattr(solved, "x", None)
    nodes = int(getattr(solved, "mip_node_count", 0) or 0)
    bound = getattr(solved, "mip_dual_bound", None)
    most = np.inf
    if widest and bound is not None and np.isfinite(bound):
        most = -float(bound) + RELAXED
    elif widest and status == 0:
        most = -float(getattr(solved, "fun", -np.inf)) + RELAXED
    if status == 2:
        return ExactAnswer("closed", None, -np.inf, nodes)
    if point is not None:
        return ExactAnswer("found", np.asarray(point)[:features], most, nodes)
    return ExactAnswer("open", None, most, nodes)


def _encode(
    program: _Program, net: PiecewiseNet, ends_of: Sequence[Ends], inputs: np.ndarray
) -> np.ndarray:
    """A network's variables and rows; the numbers of its outputs."""
    held = inputs
    kept = np.ones(len(inputs), bool)
    for number in range(net.depth):
        weight, bias = net.weights[number].numpy()[:, kept], net.biases[number].numpy()
        last = number == net.depth - 1
        if last:
            low, high = np.full(len(bias), -np.inf), np.full(len(bias), np.inf)
            off = np.zeros(len(bias), bool)
            free = off
        else:
            low, high = (one[0].numpy() for one in ends_of[number])
            marked = net.rectified[number].numpy()
            off = marked & (high <= 0)
            free = marked & (low < 0) & (high > 0)
        alive = ~off
        before = program.variables(low[alive], high[alive])
        program.constrain(
            [(weight[alive], held), (-np.ones(alive.sum()), before)], -bias[alive], -bias[alive]
        )
        held = before.copy()
        unsettled = free[alive]
        if unsettled.any():
            held[unsettled] = _rectifiers(
                program, before[unsettled], low[alive][unsettled], high[alive][unsettled]
            )
        kept = alive
    return held


def _rectifiers(
    program: _Program, before: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """``after = max(before, 0)`` by a binary variable each; the numbers of ``after``."""
    many = len(before)
    ones, none = np.ones(many), np.full(many, np.inf)
    after = program.variables(np.zeros(many), high)
    switch = program.variables(np.zeros(many), ones, whole=1)
    program.constrain([(ones, after), (-ones, before)], np.zeros(many), none)
    program.constrain([(ones, after), (-ones, before), (-low, switch)], -none, -low)
    program.constrain([(ones, after), (-high, switch)], -none, np.zeros(many))
    return after


def unsettled(hidden: Sequence[Sequence[Ends]], marked: Sequence[Sequence[Tensor]]) -> Tensor:
    """``Int64[boxes]``: rectifiers whose ends lie on both sides of 0."""
    counts = [
        ((low < 0) & (high > 0) & rectified).sum(1)
        for ends_of, marks in zip(hidden, marked, strict=True)
        for (low, high), rectified in zip(ends_of, marks, strict=False)
    ]
    if not counts:
        return torch.zeros(1, dtype=torch.int64)
    return torch.stack(counts).sum(0)
