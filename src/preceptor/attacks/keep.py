"""Hold the student's answer while the input turns into something else: invariance attacks.

After Tramer et al. 2020, "Fundamental tradeoffs between invariance and sensitivity to adversarial
perturbations", section 4: walk from an input towards an input of another class, inside a ball.
Differences: the other classes are the *student's* own, for an attack knows no label; the student's
answer is held by gradient steps and bisection, where the paper only checks it afterwards; without
a ball the walk may go all the way; and guides are not aligned by turns and shifts first.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from preceptor.attacks.attack_options import name_of, plain
from preceptor.attacks.balls import NormBall, norms, pick, unit
from preceptor.attacks.predictions import CleanPrediction, holds, input_gradient, logits_of
from preceptor.attacks.units import Units, UnitStudent
from preceptor.core import Domain, Goal, InputError, ItemRng, Student
from preceptor.core.checks import at_least, positive
from preceptor.transforms.transform import per_item

Norm = Literal["linf", "l2"]

HALVINGS = 10
"""Bisections of a segment: its end is found to a thousandth."""


@dataclass(frozen=True, eq=False)
class Keep:
    """As near as possible to a guide, an input that the student answers otherwise.

    For each item the guides are the inputs of the pool to which the student gives another answer
    and which can be approached closest. The walk starts at the valid point that is nearest to the
    guide. If the student does not say there what it says of the item, short gradient steps pull
    it back to that answer; the point found, or the item itself where none was, is then moved
    towards the start again by bisection, as far as the answer holds. What comes back is the end
    of the walk that left the least share of the way to its guide; the item itself if the pool
    has no guide. Draws nothing at random. Without gradients bisection alone does the work.

    Attributes:
        pool: ``Float[pool, *shape]``, valid inputs without labels. The student is asked about all
            of them once a call, so call with large batches.
        eps: the radius of the ball, as a size of the domain (:attr:`preceptor.core.Domain.scale`);
            ``None`` for the whole domain.
        norm: the ball's norm, ``linf`` or ``l2``.
        guides: how many guides are tried for each item.
        steps: gradient steps of one walk at most.
        step: length of one step, as a share of the l_2 distance from the item to the start.

    Raises:
        InputError: an empty pool or an option that makes no sense; when called, a pool that does
            not fit the inputs.
    """

    pool: Tensor = field(repr=False)
    eps: float | None = None
    norm: Norm = "linf"
    guides: int = 3
    steps: int = 20
    step: float = 0.1

    goal: ClassVar[Goal] = "keep"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.norm not in ("linf", "l2"):
            raise InputError(f"keep: norm must be linf or l2; got {self.norm!r}")
        if self.eps is not None:
            positive("keep", eps=self.eps)
        positive("keep", step=self.step)
        at_least(0, "keep", steps=self.steps)
        at_least(1, "keep", guides=self.guides)
        if self.pool.ndim < 2 or len(self.pool) == 0:
            raise InputError(
                f"keep: the pool has shape {tuple(self.pool.shape)}; expected [pool, *shape] with "
                "at least one input, for example the audited data themselves"
            )

    @property
    def name(self) -> str:
        """``keep linf eps=0.3`` or ``keep freely``, and every option that is not the default."""
        how = "freely" if self.eps is None else f"{self.norm} eps={plain(self.eps)}"
        return name_of(self, f"keep {how}", leave_out=("eps", "norm"))

    @property
    def family(self) -> str:
        """``keep-linf``, ``keep-l2`` or ``keep-freely``."""
        return "keep-freely" if self.eps is None else f"keep-{self.norm}"

    @property
    def size(self) -> float | None:
        """``eps``."""
        return self.eps

    def __call__(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        moved = inputs.detach().clone()
        if self.pool.shape[1:] != inputs.shape[1:]:
            raise InputError(
                f"keep: the pool's inputs have shape {tuple(self.pool.shape[1:])}, the attacked "
                f"ones {tuple(inputs.shape[1:])}"
            )
        if len(inputs) == 0:
            return moved
        if not domain.plain:
            units = Units(domain, inputs.dtype)
            told = replace(self, pool=units.count(self.pool.to(moved)))
            return units.attack(told, student, moved, rng)
        own = CleanPrediction.of(student, moved)
        pool = self.pool.to(moved)
        rows, chosen = self._pairs(moved, own, pool, CleanPrediction.of(student, pool), domain)
        if len(rows) == 0:
            return moved
        clean, guide = moved[rows], pool[chosen]
        ball = NormBall.around(clean, self.eps, self.norm, domain)
        ends = self._walk(student, ball, own.take(rows), guide)
        left = _apart(ends, guide, domain) / _apart(clean, guide, domain)
        table = torch.full((len(moved), self.guides), torch.inf).to(left)
        place = torch.arange(len(rows), device=rows.device) - torch.searchsorted(rows, rows)
        table[rows, place] = left
        best = table.argmin(1)
        mine = (place == best[rows]) & (left < 1)
        moved[rows[mine]] = ends[mine]
        return moved

    def towards(
        self,
        student: Student,
        inputs: Float[Tensor, "batch *shape"],
        guides: Float[Tensor, "batch *shape"],
        *,
        domain: Domain,
    ) -> Float[Tensor, "batch *shape"]:
        """The end of the walk from each input to the guide in the same row; the pool plays no part.

        The guide itself, or the nearest to it in the ball, where the student gives it the input's
        own answer.
        """
        if len(inputs) == 0:
            return inputs
        clean = inputs.detach().clone()
        if not domain.plain:
            units = Units(domain, inputs.dtype)
            here, there = units.count(clean), units.count(guides)
            ends = self.towards(UnitStudent(student, units), here, there, domain=domain.counted())
            return domain.project(units.back(ends), clean)
        ball = NormBall.around(clean, self.eps, self.norm, domain)
        return self._walk(student, ball, CleanPrediction.of(student, clean), guides)

    def _pairs(
        self,
        clean: Tensor,
        own: CleanPrediction,
        pool: Tensor,
        others: CleanPrediction,
        domain: Domain,
    ) -> tuple[Tensor, Tensor]:
        """Items and their guides, ``Int64[pairs]`` each, ordered by item."""
        gaps = shortfall(clean, pool, self.eps, self.norm, domain)
        gaps.masked_fill_(own.answers[:, None] == others.answers[None], torch.inf)
        least, chosen = gaps.topk(min(self.guides, len(pool)), dim=1, largest=False)
        row, column = least.isfinite().nonzero(as_tuple=True)
        return row, chosen[row, column]

    def _walk(
        self, student: Student, ball: NormBall, own: CleanPrediction, guide: Tensor
    ) -> Tensor:
        """The end of each pair's walk: the student's answer there is the item's."""
        start = ball.settle(ball.project(guide))
        ends = start.clone()
        away = ~holds(student, logits_of(student, start), own)
        rows = away.nonzero()[:, 0]
        if len(rows) == 0:
            return ends
        ball, own, start = ball.take(rows), own.take(rows), start[rows]
        anchor = ball.clean.clone()
        if student.differentiable:
            self._pull(student, ball, own, start, anchor)
        ends[rows] = _bisect(student, ball, own, anchor, start)
        return ends

    def _pull(
        self, student: Student, ball: NormBall, own: CleanPrediction, start: Tensor, anchor: Tensor
    ) -> None:
        """Step from ``start`` towards the own answer; write what was reached into ``anchor``."""
        length = self.step * norms(start - ball.clean)
        rows = torch.arange(len(start), device=start.device)
        at = start
        for taken in range(self.steps + 1):
            seen = ball.settle(at)
            logits, gradient = input_gradient(student, seen, own.labels)
            held = holds(student, logits, own) & (taken > 0)
            anchor[rows[held]] = seen[held]
            live = (~held).nonzero()[:, 0]
            if len(live) == 0 or taken == self.steps:
                return
            if len(live) < len(rows):
                at, gradient = pick(at, live), pick(gradient, live)
                rows, length = rows[live], length[live]
                ball, own = ball.take(live), own.take(live)
            free = torch.where(ball.low < ball.high, gradient, 0.0)
            if ball.domain.still is not None:  # no slope leads from a word to another
                free = free.masked_fill(ball.domain.still.to(free.device), 0.0)
            at = ball.project(at - per_item(length, at) * unit(free))


def shortfall(
    clean: Float[Tensor, "batch *shape"],
    pool: Float[Tensor, "pool *shape"],
    eps: float | None,
    norm: Norm,
    domain: Domain,
) -> Float[Tensor, "batch pool"]:
    """How close each item can come to each input of the pool, in l_2.

    What is left of the way when the ball is walked to its edge and fixed features stay. Without a
    ball the whole way, so that the nearest come first.
    """
    flat, goals = clean.flatten(1), pool.flatten(1)
    if domain.still is not None:
        return _table_shortfall(flat, goals, eps, norm, domain)
    if eps is None:
        return _distances(flat, goals)
    fixed = torch.zeros(domain.shape, dtype=torch.bool) if domain.fixed is None else domain.fixed
    free = ~fixed.flatten().to(clean.device)
    stuck = _distances(flat[:, ~free], goals[:, ~free])
    if norm == "l2":
        left = (_distances(flat[:, free], goals[:, free]) - eps).clamp_min(0.0)
    else:
        left = _distances_beyond(flat[:, free], goals[:, free], eps)
    return torch.hypot(left, stuck)


def _table_shortfall(
    items: Tensor, goals: Tensor, eps: float | None, norm: Norm, domain: Domain
) -> Tensor:
    """The same of a table: another word is 1 away, and no ball comes nearer to it."""
    assert domain.still is not None  # noqa: S101 - seen by the caller
    still = domain.still.to(items.device)
    fixed = torch.zeros_like(still) if domain.fixed is None else domain.fixed.to(still.device)
    bare = Domain((int((~still).sum()),), scale=1.0, fixed=fixed[~still])
    gaps = torch.zeros(len(items), len(goals)).to(items)
    if bare.shape[0]:
        gaps = shortfall(items[:, ~still], goals[:, ~still], eps, norm, bare)
    words = torch.zeros_like(gaps)
    for place in still.nonzero()[:, 0].tolist():
        words += (items[:, place, None] != goals[None, :, place]).to(gaps)
    return torch.hypot(gaps, words.sqrt())


def _apart(one: Tensor, other: Tensor, domain: Domain) -> Tensor:
    """``Float[batch]``: l_2 distances."""
    if domain.still is None:
        return norms(one - other)
    return norms(domain.differences(one, other)).to(one)


def _distances(items: Tensor, goals: Tensor) -> Tensor:
    """``Float[batch, pool]``, l_2, pair by pair so that no pair depends on the batch."""
    return torch.cdist(items, goals, compute_mode="donot_use_mm_for_euclid_dist")


def _distances_beyond(items: Tensor, goals: Tensor, eps: float) -> Tensor:
    """The same, of what each coordinate's difference exceeds ``eps`` by."""
    table = torch.empty(len(items), len(goals)).to(items)
    for column in range(0, len(goals), 512):
        part = goals[column : column + 512]
        for row, item in enumerate(items):
            over = F.softshrink(part - item, eps)
            table[row, column : column + 512] = torch.linalg.vector_norm(over, dim=1)
    return table


def _bisect(
    student: Student, ball: NormBall, own: CleanPrediction, anchor: Tensor, goal: Tensor
) -> Tensor:
    """The point nearest to ``goal`` on the way from ``anchor`` where the answer still holds."""
    ends = anchor.clone()
    low = torch.zeros(len(anchor)).to(anchor)
    high = torch.ones_like(low)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        seen = ball.settle(ball.project(ball.domain.between(anchor, goal, middle)))
        held = holds(student, logits_of(student, seen), own)
        ends = torch.where(per_item(held, ends), seen, ends)
        low, high = torch.where(held, middle, low), torch.where(held, high, middle)
    return ends
