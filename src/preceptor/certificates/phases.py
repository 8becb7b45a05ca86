"""Branch and bound over the phases of rectifiers, for many inputs.

A node of one case says of some rectifiers that they are on or off. Its bound is that of :mod:`joint_bounds`
with a multiplier for each such saying beside those of the conditions (beta-CROWN, Wang et al. 2021);
weights, slopes and multipliers are optimised together and handed on to both parts. Nodes with few
unsettled rectifiers left, and those that do not come nearer, go to the exact solver.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from torch import Tensor

from preceptor.certificates.case_bounds import ends_of_case
from preceptor.certificates.joint_bounds import (
    BoundAdam,
    Ends,
    JointBounds,
    Relaxation,
    greatest,
    relaxed,
)
from preceptor.certificates.joint_problem import JointProblem, WrongCase
from preceptor.certificates.mixed_integer import decide_case

AT_ONCE: Final = 48
ROOT_STEPS: Final = 60
STEPS: Final = 12
ASKED_FOR: Final = 3.0
"""Seconds that the exact solver gets for one node."""

MOST_WAITING: Final = 20_000


@dataclass(frozen=True, eq=False)
class PhaseNode:
    """Some rectifiers' phases, and where the optimisation stood.

    Attributes:
        signs: for all hidden outputs of all networks in a row, ``Int8[rectifiers]``: 1 for on, -1 for off.
        weights: logits of the conditions' weights.
        slopes: ``Float64[rectifiers]``.
        pulls: ``Float64[rectifiers]``.
        bound: its parent's.
    """

    signs: Tensor
    weights: Tensor
    slopes: Tensor
    pulls: Tensor
    bound: float


@dataclass(eq=False)
class PhaseSearch:
    """One case over one box.

    Attributes:
        problem: student and teacher.
        case: which.
        number: its number.
        box: ``Float64[features]`` each.
        bounds: of the problem.
        hidden: ends of all hidden layers over the box, ``Float64[1, n]`` each.
        confirm: told of points at which the case seems to hold; whether that is enough.
        exact_at: unsettled rectifiers up to which a node goes to the exact solver.
        waiting: nodes that are open.
        looked: nodes that were looked at.
        exact: those that the solver was asked about.
        found: whether a point was confirmed.
        stuck: nodes without unsettled rectifiers that the solver did not rule out.
    """

    problem: JointProblem
    case: WrongCase
    number: int
    box: Ends
    bounds: JointBounds
    hidden: list[list[Ends]]
    confirm: Callable[[int, Tensor], bool]
    exact_at: int = 12
    waiting: list[PhaseNode] = field(default_factory=list)
    looked: int = 0
    exact: int = 0
    found: bool = False
    stuck: int = 0

    def __post_init__(self) -> None:
        self.tight = False
        self.layout = [(n, k) for n, net in enumerate(self.hidden) for k in range(len(net))]
        self._lay_out()
        marks = [self.problem.nets[n].rectified[k] for n, k in self.layout]
        self.marked = torch.cat(marks) if marks else torch.zeros(0, dtype=torch.bool)
        start = relaxed((self.low, self.high), self.marked)
        zero = torch.zeros_like(self.low[0])
        self.waiting = [
            PhaseNode(
                torch.zeros(len(zero), dtype=torch.int8),
                torch.zeros(len(self.case.offsets), dtype=torch.float64),
                start.down[0],
                zero,
                torch.inf,
            )
        ]

    def _lay_out(self) -> None:
        """The ends of all hidden outputs in a row."""
        ends = [self.hidden[n][k] for n, k in self.layout]
        none = torch.zeros(1, 0, dtype=torch.float64)
        self.low = torch.cat([low for low, _ in ends] or [none], 1)
        self.high = torch.cat([high for _, high in ends] or [none], 1)
        self.widths = [low.shape[1] for low, _ in ends]

    def _tighten(self) -> bool:
        """Hidden ends where the case holds, once; whether it holds nowhere."""
        self.tight = True
        found = ends_of_case(self.bounds, self.case, self.box, self.hidden)
        if found is None:
            return True
        self.hidden = found
        self._lay_out()
        return False

    def run(self, until: float, clock: Callable[[], float] = time.monotonic) -> bool:
        """Go on; whether the case is ruled out.

        Args:
            until: by the clock.
            clock: in seconds.
        """
        while self.waiting and not self.found and clock() < until:
            if len(self.waiting) > MOST_WAITING:
                return False
            taken, self.waiting = self.waiting[-AT_ONCE:], self.waiting[:-AT_ONCE]
            self._look(taken, until, clock)
        return not self.waiting and not self.found and not self.stuck

    def _look(self, nodes: list[PhaseNode], until: float, clock: Callable[[], float]) -> None:
        """Bound nodes, and close, solve or split each."""
        steps = STEPS if self.looked else ROOT_STEPS
        if self.looked == 1 and not self.tight:  # the root is open: begin anew, with tighter ends
            self.waiting, steps = [], ROOT_STEPS
            if self._tighten():
                return
            nodes = [replace(nodes[0], signs=torch.zeros_like(nodes[0].signs))]
        self.looked += len(nodes)
        signs = torch.stack([one.signs for one in nodes])
        low = torch.where(signs > 0, self.low.clamp_min(0), self.low)
        high = torch.where(signs < 0, self.high.clamp_max(0), self.high)
        one = relaxed((low, high), self.marked)
        best, line, coefficients, state = self._optimised(nodes, signs, one, steps)
        left = (best >= 0).nonzero()[:, 0]
        if not len(left) or self._try(line[left]):
            return
        loss = coefficients.abs() * one.free * one.up * -low
        count = one.free.sum(1)
        for row in left.tolist():
            node = replace(
                nodes[row],
                weights=state[0][row],
                slopes=state[1][row],
                pulls=state[2][row],
                bound=float(best[row]),
            )
            few = int(count[row]) <= self.exact_at and not self.found and clock() < until
            if few and self._solve(low[row], high[row], min(ASKED_FOR, until - clock())):
                continue
            if int(count[row]) == 0:
                self.stuck += 1
                continue
            place = (
                int(loss[row].argmax())
                if bool((loss[row] > 0).any())
                else int(one.free[row].int().argmax())
            )
            for sign in (-1, 1):
                fresh = node.signs.clone()
                fresh[place] = sign
                self.waiting.append(replace(node, signs=fresh))

    def _optimised(
        self, nodes: list[PhaseNode], signs: Tensor, one: Relaxation, steps: int
    ) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, Tensor, Tensor]]:
        """Bounds, their lines, the coefficients on the rectifiers, and where the optimisation ended."""
        many = len(nodes)
        rows = self.case.rows.expand(many, -1, -1)
        offsets = self.case.offsets.expand(many, -1)
        weights = torch.stack([node.weights for node in nodes]).requires_grad_(True)
        slopes = torch.stack([node.slopes for node in nodes])
        slopes = torch.where(one.free, slopes, one.down).requires_grad_(True)
        pulls = torch.stack([node.pulls for node in nodes]).requires_grad_(True)
        sign = signs.double()
        box = (self.box[0].expand(many, -1), self.box[1].expand(many, -1))
        layers = self._layers(one)
        best = torch.full((many,), torch.inf, dtype=torch.float64)
        line = torch.zeros(many, self.problem.features, dtype=torch.float64)
        ascent = BoundAdam([weights, slopes, pulls], [0.3, 0.1, 0.05])
        for step in range(steps + 1):
            share = torch.softmax(weights, 1)
            sums = torch.einsum("bm,bmz->bz", share, rows)[:, None]
            edge = (share * offsets).sum(1, keepdim=True)
            pull = pulls.clamp_min(0) * sign
            found, rest = self.bounds.linear(
                sums, edge, layers, self._parts(slopes[:, None]), self._parts(pull[:, None])
            )
            value = greatest(found, rest, box)[:, 0]
            better = value.detach() < best
            best = torch.where(better, value.detach(), best)
            line = torch.where(better[:, None], found[:, 0].detach(), line)
            if step == steps or bool((best < 0).all()):
                break
            ascent.step(
                torch.autograd.grad(value.sum(), [weights, slopes, pulls], allow_unused=True)
            )
            with torch.no_grad():
                slopes.copy_(torch.where(one.free, slopes.clamp(0, 1), one.down))
                pulls.clamp_(min=0)
        state = (weights.detach(), slopes.detach(), pulls.detach())
        return best, line, self._coefficients(state, sign, layers, rows), state

    def _coefficients(
        self,
        state: tuple[Tensor, Tensor, Tensor],
        sign: Tensor,
        layers: list[list[Relaxation]],
        rows: Tensor,
    ) -> Tensor:
        """``Float64[nodes, rectifiers]``: what stands before each rectifier's output in the weighted sum."""
        sums = torch.einsum("bm,bmz->bz", torch.softmax(state[0], 1), rows)
        slopes, pulls = self._parts(state[1]), self._parts(state[2] * sign)
        found: dict[tuple[int, int], Tensor] = {}
        for number, (net, part) in enumerate(
            zip(self.problem.nets, self.problem.slices, strict=True)
        ):
            here = sums[:, part] @ net.weights[-1]
            for layer in range(net.depth - 2, -1, -1):
                found[number, layer] = here
                one = layers[number][layer]
                down = slopes[number][layer]
                passed = here * down + here.clamp_min(0) * (one.up - down) + pulls[number][layer]
                here = passed @ net.weights[layer]
        if not self.layout:
            return sums[:, :0]
        return torch.cat([found[place] for place in self.layout], 1)

    def _parts(self, flat: Tensor) -> list[list[Tensor]]:
        """A row of all rectifiers as one tensor for each network and layer."""
        parts = torch.split(flat, self.widths, -1) if self.widths else ()
        nested: list[list[Tensor]] = [[] for _ in self.hidden]
        for (number, _), part in zip(self.layout, parts, strict=True):
            nested[number].append(part)
        return nested

    def _layers(self, one: Relaxation) -> list[list[Relaxation]]:
        pieces = [self._parts(part) for part in (one.up, one.shift, one.down, one.free)]
        return [
            [Relaxation(*layer) for layer in zip(*nets, strict=True)]
            for nets in zip(*pieces, strict=True)
        ]

    def _try(self, line: Tensor) -> bool:
        """Try the corner of the box that each bound points at."""
        points = torch.where(line > 0, self.box[1], self.box[0])
        least = self.problem.values(self.case, points).amin(1)
        good = (least >= 0).nonzero()[:, 0]
        if len(good):
            self.found = self.confirm(self.number, points[good][:8])
        return self.found

    def _solve(self, low: Tensor, high: Tensor, seconds: float) -> bool:
        """Ask the exact solver about a node; whether it rules it out."""
        self.exact += 1
        ends = [
            [(a[None], b[None]) for a, b in zip(lows, highs, strict=True)]
            for lows, highs in zip(self._parts(low), self._parts(high), strict=True)
        ]
        answer = decide_case(self.problem, self.case, self.box, ends, seconds=seconds)
        if answer.point is not None:
            self.found |= self.confirm(self.number, torch.from_numpy(answer.point)[None])
        return answer.said == "closed"
