"""What is true of small networks, found without anything of the package under test.

A mixed-integer program written down from the torch modules, with ends from plain interval arithmetic; and
grids of points.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from torch import Tensor, nn


def network(*widths: int, scale: float = 1.0) -> nn.Sequential:
    """Linear layers with rectifiers in between, drawn from torch's stream."""
    layers: list[nn.Module] = []
    for i, (before, after) in enumerate(itertools.pairwise(widths)):
        linear = nn.Linear(before, after)
        nn.init.normal_(linear.weight, std=scale * before**-0.5)
        nn.init.normal_(linear.bias, std=0.3 * scale)
        layers += [linear] + [nn.ReLU()] * (i < len(widths) - 2)
    return nn.Sequential(*layers).eval()


class Program:
    """Rows and columns of a mixed-integer program."""

    def __init__(self, low: np.ndarray, high: np.ndarray) -> None:
        self.low, self.high, self.whole = list(low), list(high), [0] * len(low)
        self.rows: list[dict[int, float]] = []
        self.least: list[float] = []
        self.most: list[float] = []

    def column(self, low: float, high: float, whole: int = 0) -> int:
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.low) - 1

    def row(self, entries: dict[int, float], least: float, most: float) -> None:
        self.rows.append(entries)
        self.least.append(least)
        self.most.append(most)

    def network(self, module: nn.Sequential, features: int) -> list[int]:
        """The columns of a network's outputs."""
        held = list(range(features))
        for layer in module:
            if isinstance(layer, nn.ReLU):
                held = [self.rectifier(one) for one in held]
                continue
            weight = layer.weight.detach().double().numpy()
            bias = layer.bias.detach().double().numpy()
            low, high = np.array(self.low)[held], np.array(self.high)[held]
            centre = weight @ ((low + high) / 2) + bias
            reach = np.abs(weight) @ ((high - low) / 2) + 1e-6
            fresh = []
            for i in range(len(bias)):
                column = self.column(centre[i] - reach[i], centre[i] + reach[i])
                entries = {column: -1.0}
                for one, value in zip(held, weight[i], strict=True):
                    entries[one] = entries.get(one, 0.0) + value
                self.row(entries, -bias[i], -bias[i])
                fresh.append(column)
            held = fresh
        return held

    def rectifier(self, before: int) -> int:
        low, high = min(self.low[before], -1e-3), max(self.high[before], 1e-3)
        after, switch = self.column(0.0, high), self.column(0, 1, whole=1)
        self.row({after: 1.0, before: -1.0}, 0.0, np.inf)
        self.row({after: 1.0, before: -1.0, switch: -low}, -np.inf, -low)
        self.row({after: 1.0, switch: -high}, -np.inf, 0.0)
        return after

    def greatest(self, column: int) -> float:
        rows, columns, values = [], [], []
        for place, entries in enumerate(self.rows):
            for one, value in entries.items():
                rows.append(place)
                columns.append(one)
                values.append(value)
        matrix = sparse.csr_matrix((values, (rows, columns)), (len(self.rows), len(self.low)))
        goal = np.zeros(len(self.low))
        goal[column] = -1.0
        solved = milp(
            goal,
            constraints=LinearConstraint(matrix, self.least, self.most),
            bounds=Bounds(self.low, self.high),
            integrality=np.array(self.whole),
            options={"mip_rel_gap": 1e-9},
        )
        return float(-solved.fun) if solved.status == 0 else float("nan")


def greatest_violation(
    student: nn.Sequential,
    members: Sequence[nn.Sequential],
    gamma: float,
    low: Sequence[float],
    high: Sequence[float],
    classes: int,
) -> float:
    """Over all inputs and pairs of labels: the greatest least of every condition of a violation.

    Above 0 there is a violation, below there is none; NaN where the solver failed.
    """
    best = -np.inf
    for label in range(classes):
        for other in range(classes):
            if other == label:
                continue
            program = Program(np.asarray(low, float), np.asarray(high, float))
            outputs = program.network(student, len(low))
            least = program.column(-np.inf, np.inf)
            program.row({outputs[other]: 1.0, outputs[label]: -1.0, least: -1.0}, 0.0, np.inf)
            for member in members:
                said = program.network(member, len(low))
                for rival in range(classes):
                    if rival != label:
                        entries = {said[label]: 1.0, said[rival]: -1.0, least: -1.0}
                        program.row(entries, gamma, np.inf)
            found = program.greatest(least)
            if np.isnan(found):
                return found
            best = max(best, found)
    return best


def grid_violations(
    student: nn.Module,
    members: Sequence[nn.Module],
    gamma: float,
    low: float,
    high: float,
    side: int = 201,
) -> int:
    """Of a grid in the plane: points at which all members lead by ``gamma`` and the student differs."""
    line = torch.linspace(low, high, side)
    points = torch.cartesian_prod(line, line)
    with torch.no_grad():
        said = student(points).argmax(1)
        label, sure = _agreed([member(points) for member in members], gamma)
    return int((sure & (said != label)).sum())


def _agreed(logits: Sequence[Tensor], gamma: float) -> tuple[Tensor, Tensor]:
    label = logits[0].argmax(1)
    sure = torch.ones(len(label), dtype=torch.bool)
    for one in logits:
        first, second = one.topk(2, 1).values.unbind(1)
        sure &= (one.argmax(1) == label) & (first - second >= gamma)
    return label, sure
