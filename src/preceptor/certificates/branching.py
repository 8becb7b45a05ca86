"""Branch and bound over boxes of inputs: each open box is bounded, cut down, closed or split.

A box belongs to one case. Its conditions are bounded one by one; what the teacher's alone rule out is volume
in which it is nowhere certain of that label, what the student's rule out beside is volume in which the student is
right. What is left is tried with optimised weights and slopes, then by the exact solver where few rectifiers
are unsettled, then split along the input to which the conditions are most sensitive.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from torch import Tensor

from preceptor.certificates.contraction import contracted
from preceptor.certificates.joint_bounds import Ends, JointBounds, Relaxation, greatest
from preceptor.certificates.joint_problem import JointProblem
from preceptor.certificates.mixed_integer import decide_case, unsettled
from preceptor.certificates.open_boxes import (
    AGREES,
    EXACT,
    NOWHERE,
    BoxBatch,
    SplitTree,
    volume,
)
from preceptor.certificates.refuter import stacked

BATCH: Final = 256
SHRUNK: Final = 0.5
"""A box cut to less than this share of its volume is bounded again before it is split."""

TINY: Final = 1e-7
"""Share of the domain's width below which a box is not split any more."""

Confirm = Callable[[int, Tensor], bool]
"""Told of a case and points ``Float64[points, features]`` at which it seems to hold; whether to stop."""


@dataclass(eq=False)
class BoxSearch:
    """A proof on its way.

    Attributes:
        problem: student and teacher.
        domain: ``Float64[features]`` each.
        confirm: checks points.
        steps: of the optimisation of each box.
        exact_at: unsettled rectifiers up to which a box is handed to the exact solver.
        lead: added to the teacher's least lead.
        now: the clock.
        waiting: boxes that are open.
        tree: what became of all.
        nowhere: ``Float64[cases]``, volume in which the teacher is nowhere certain in this way.
        agreeing: ``Float64[cases]``, further volume in which the student is not wrong in this way.
        looked: how many boxes were looked at.
        exact: how many were handed to the solver.
        stopped: whether a point was confirmed.
        whole: whether boxes are left unsplit for now.
        turns: batches that were taken.
        stuck: boxes too small to split: whether the case holds there is a matter of rounding.
    """

    problem: JointProblem
    domain: Ends
    confirm: Confirm
    steps: int = 8
    exact_at: int = 10
    lead: float = 0.0
    now: Callable[[], float] = time.monotonic
    waiting: deque[BoxBatch] = field(default_factory=deque)
    tree: SplitTree = field(default_factory=lambda: SplitTree(0))
    nowhere: Tensor = field(default_factory=lambda: torch.zeros(0))
    agreeing: Tensor = field(default_factory=lambda: torch.zeros(0))
    looked: int = 0
    exact: int = 0
    stopped: bool = False
    whole: bool = False
    turns: int = 0
    stuck: list[BoxBatch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bounds = JointBounds.over(self.problem, self.domain)
        cases = self.problem.cases
        self.rows, self.offsets, self.there = stacked(cases)
        many, most = self.there.shape
        place = torch.arange(most)
        self.teachers = place < torch.tensor([case.teachers for case in cases])[:, None]
        self.leads = torch.zeros(many, most, dtype=torch.bool)
        for number, case in enumerate(cases):
            self.leads[number, : len(case.lead)] = case.lead
        if not len(self.tree):
            self._begin(many)

    def _begin(self, many: int) -> None:
        zero = torch.zeros(many, dtype=torch.float64)
        self.tree = SplitTree(many)
        self.nowhere, self.agreeing = zero.clone(), zero.clone()
        low, high = (end.expand(many, -1).clone() for end in self.domain)
        number = torch.arange(many)
        looks = torch.zeros(many, dtype=torch.int64)
        way = torch.zeros_like(low)
        boxes = BoxBatch(number, low, high, number.clone(), zero + 1, zero, looks, way, zero + 1)
        self.waiting = deque([boxes])

    @property
    def open(self) -> int:
        """Boxes that wait."""
        return sum(map(len, self.waiting))

    def everything(self) -> BoxBatch | None:
        """All boxes that wait."""
        return BoxBatch.join(list(self.waiting)) if self.waiting else None

    def run(self, until: float, most: int, watch: Callable[["BoxSearch"], None]) -> None:
        """Go on until nothing is open, a point was confirmed, or time or boxes are spent.

        Args:
            until: by the clock.
            most: boxes to look at in all.
            watch: told after each batch.
        """
        while self.waiting and not self.stopped:
            if self.now() > until or self.looked >= most:
                return
            self._look(self._next(), until)
            watch(self)

    def run_once(self, until: float) -> None:
        """Look at every case over the whole domain once, and split nothing."""
        self.whole = True
        try:
            parts = self.waiting
            self.waiting = deque()
            for boxes in parts:
                for start in range(0, len(boxes), BATCH):
                    self._look(boxes.take(slice(start, start + BATCH)), until)
        finally:
            self.whole = False

    def lead_bounds(self, boxes: BoxBatch) -> Tensor:
        """``Float64[boxes]``: what can be added to the teacher's least lead, at most, where a case holds."""
        relaxations = self.bounds.relaxations(self._hidden(boxes))
        best, *_ = self.bounds.best_sums(
            self.rows[boxes.case],
            self.offsets[boxes.case],
            self.there[boxes.case],
            relaxations,
            boxes.box,
            20,
            counted=self.leads[boxes.case],
            enough=-torch.inf,
        )
        return best

    def _next(self) -> BoxBatch:
        """The boxes put aside last, and every other time those put aside first.

        The last are small, so that what waits stays little and a witness is come near to; the first are
        large, so that no case is left for the end.
        """
        self.turns += 1
        taken: list[BoxBatch] = []
        many = 0
        while self.waiting and many < BATCH:
            part = self.waiting.pop() if self.turns % 2 else self.waiting.popleft()
            room = BATCH - many
            if len(part) > room:
                self.waiting.append(part.take(slice(room, len(part))))
                part = part.take(slice(0, room))
            taken.append(part)
            many += len(part)
        return BoxBatch.join(taken)

    def _look(self, boxes: BoxBatch, until: float) -> None:
        """One batch."""
        self.looked += len(boxes)
        shared = self.whole and bool((boxes.looks == 0).all())
        one = (boxes.low[:1], boxes.high[:1])
        hidden = self.bounds.hidden(one) if shared else self._hidden(boxes)
        if shared:
            many = len(boxes)
            hidden = [[(a.expand(many, -1), b.expand(many, -1)) for a, b in net] for net in hidden]
        relaxations = self.bounds.relaxations(hidden)
        rows, there = self.rows[boxes.case], self.there[boxes.case]
        offsets = self.offsets[boxes.case] - self.lead * self.leads[boxes.case]
        lines, rests = self.bounds.linear(rows, offsets, relaxations)
        before = boxes.mass
        boxes, kept = self._cut(
            boxes, lines, rests, self.teachers[boxes.case], self.nowhere, NOWHERE
        )
        lines, rests, there, before = lines[kept], rests[kept], there[kept], before[kept]
        boxes, alive = self._cut(boxes, lines, rests, there, self.agreeing, AGREES)
        kept = kept[alive]
        lines, rests, before = lines[alive], rests[alive], before[alive]
        if not len(boxes):
            return
        boxes = self._with_half_space(boxes, lines, rests)
        again = (boxes.mass < SHRUNK * before) & (boxes.looks < 3) & (not self.whole)
        self._put(boxes.take(again), looked=True)
        self._decide(boxes.take(~again), kept[~again], hidden, relaxations, offsets, until)

    def _with_half_space(self, boxes: BoxBatch, lines: Tensor, rests: Tensor) -> BoxBatch:
        """Boxes with the condition of the teacher's that rules out most of each."""
        most = greatest(lines, rests, boxes.box)
        least = -greatest(-lines, -rests, boxes.box)
        share = torch.where(most > least, most / (most - least).clamp_min(1e-300), 1.0)
        share = torch.where(self.teachers[boxes.case], share, torch.inf)
        row, best = torch.arange(len(boxes)), share.argmin(1)
        use = self.teachers[boxes.case].any(1)
        way = torch.where(use[:, None], lines[row, best], 0.0)
        return replace(boxes, way=way, edge=torch.where(use, rests[row, best], 1.0))

    def _hidden(self, boxes: BoxBatch) -> list[list[Ends]]:
        """Ends of hidden layers, where the teacher can be certain."""
        return self.bounds.hidden(boxes.box, (boxes.way, boxes.edge))

    def _cut(
        self,
        boxes: BoxBatch,
        lines: Tensor,
        rests: Tensor,
        used: Tensor,
        account: Tensor,
        status: int,
    ) -> tuple[BoxBatch, Tensor]:
        """Cut boxes down to where the used conditions can hold; the rest of them, and their rows."""
        held = torch.where(used[..., None], lines, 0.0)
        box, empty = contracted(held, torch.where(used, rests, 1.0), boxes.box)
        mass = torch.where(empty, 0.0, torch.minimum(volume(box, self.domain), boxes.mass))
        account.index_add_(0, boxes.case, boxes.mass - mass)
        self.tree.settle(boxes.node[empty], status)
        rows = (~empty).nonzero()[:, 0]
        return boxes.with_box(box, mass).take(rows), rows

    def _decide(
        self,
        boxes: BoxBatch,
        rows: Tensor,
        hidden: list[list[Ends]],
        relaxations: list[list[Relaxation]],
        offsets: Tensor,
        until: float,
    ) -> None:
        """Optimise, try points, ask the solver, split."""
        if not len(boxes):
            return
        ours = [[_rows_of(one, rows) for one in net] for net in relaxations]
        best, line, rest, weights = self.bounds.best_sums(
            self.rows[boxes.case],
            offsets[rows],
            self.there[boxes.case],
            ours,
            boxes.box,
            self.steps,
        )
        together, edges = torch.stack([line], 1), rest[:, None]
        box, empty = contracted(together, edges, boxes.box)
        closed = empty | (best < 0)
        mass = torch.where(closed, 0.0, torch.minimum(volume(box, self.domain), boxes.mass))
        self.agreeing.index_add_(0, boxes.case, boxes.mass - mass)
        self.tree.settle(boxes.node[closed], AGREES)
        boxes = boxes.with_box(box, mass)
        left = (~closed).nonzero()[:, 0]
        if not len(left):
            return
        if self._try_points(boxes.take(left), line[left]) or self.whole:
            self._put(boxes.take(left))
            return
        counts = unsettled(hidden, [net.rectified for net in self.problem.nets])
        counts = counts[rows][left] if len(counts) > 1 else counts.expand(len(left))
        few = counts <= self.exact_at
        still = self._ask_solver(boxes, left[few], hidden, rows, until)
        left = torch.cat([left[~few], still])
        if len(left):
            sums = torch.einsum("bm,bmz->bz", weights[left], self.rows[boxes.case[left]])
            score = self.bounds.gaps(sums, [[_rows_of(one, left) for one in net] for net in ours])
            self._split(boxes.take(left), score, best[left])

    def _try_points(self, boxes: BoxBatch, line: Tensor) -> bool:
        """Try the middle and the most promising corner of each box."""
        middle = (boxes.low + boxes.high) / 2
        corner = torch.where(line > 0, boxes.high, boxes.low)
        points = torch.cat([middle, corner])
        case = boxes.case.repeat(2)
        joint = self.problem.joint(points)
        each = torch.einsum("bz,bmz->bm", joint, self.rows[case]) + self.offsets[case]
        each = torch.where(self.there[case], each - self.lead * self.leads[case], torch.inf)
        least = each.amin(1)
        good = (least >= 0).nonzero()[:, 0]
        for row in good[least[good].argsort(descending=True)][:8].tolist():
            if self.confirm(int(case[row]), points[row : row + 1]):
                self.stopped = True
                return True
        return False

    def _ask_solver(
        self, boxes: BoxBatch, rows: Tensor, hidden: list[list[Ends]], places: Tensor, until: float
    ) -> Tensor:
        """Hand boxes to the exact solver; those that it did not close."""
        still = []
        for row in rows.tolist():
            left = until - self.now()
            if left <= 0 or self.stopped:
                still.append(row)
                continue
            place = int(places[row])
            ends = [
                [(a[place : place + 1], b[place : place + 1]) for a, b in net] for net in hidden
            ]
            case = self.problem.cases[int(boxes.case[row])]
            box = (boxes.low[row], boxes.high[row])
            answer = decide_case(
                self.problem, case, box, ends, seconds=min(left, 5.0), lead=self.lead
            )
            self.exact += 1
            if answer.said == "closed":
                self.tree.settle(boxes.node[row : row + 1], EXACT)
                self.agreeing[boxes.case[row]] += boxes.mass[row]
                continue
            still.append(row)
            if answer.point is not None:
                point = torch.from_numpy(answer.point)[None]
                self.stopped |= self.confirm(int(boxes.case[row]), point)
        return torch.tensor(still, dtype=torch.int64)

    def _split(self, boxes: BoxBatch, score: Tensor, bound: Tensor) -> None:
        """Cut each box in two along one input."""
        width = boxes.high - boxes.low
        span = (self.domain[1] - self.domain[0]).clamp_min(1e-300)
        tiny = (width <= TINY * span).all(1)
        if bool(tiny.any()):
            self.stuck.append(boxes.take(tiny))
            boxes, score, bound, width = boxes.take(~tiny), score[~tiny], bound[~tiny], width[~tiny]
        score = score * width
        score = score / score.amax(1, keepdim=True).clamp_min(1e-300) + 0.2 * width / span / (
            (width / span).amax(1, keepdim=True).clamp_min(1e-300)
        )
        feature = torch.where(width > 0, score, -1.0).argmax(1)
        row = torch.arange(len(boxes))
        cut = (boxes.low[row, feature] + boxes.high[row, feature]) / 2
        child = self.tree.split(boxes.node, feature, cut)
        under, over = boxes.high.clone(), boxes.low.clone()
        under[row, feature], over[row, feature] = cut, cut
        mass, none = boxes.mass / 2, torch.zeros_like(boxes.looks)
        halves = replace(boxes, mass=mass, bound=bound, looks=none)
        parts = [
            replace(halves, high=under, node=child),
            replace(halves, low=over, node=child + 1),
        ]
        self._put(BoxBatch.join(parts))

    def _put(self, boxes: BoxBatch, *, looked: bool = False) -> None:
        if len(boxes):
            if looked:
                boxes = replace(boxes, looks=boxes.looks + 1)
            self.waiting.append(boxes)


def _rows_of(one: Relaxation, rows: Tensor) -> Relaxation:
    return Relaxation(one.up[rows], one.shift[rows], one.down[rows], one.free[rows])
