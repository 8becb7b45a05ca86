"""Steps that set their own length: the loop of APGD for one run of each item.

Croce & Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of diverse
parameter-free attacks", algorithm 1, for l_inf and l_2; Croce & Hein 2021, "Mind the box",
section 4, for l_1, where steps are sparse and their sparsity adapts. Differences: an item that
got another label is done and leaves the batch; the best point is the one at which the student
doubts its own answer most, whatever loss is climbed.
"""

from dataclasses import dataclass, fields
from typing import Final

import torch
from torch import Tensor

from preceptor.attacks.balls import NormBall, pick
from preceptor.attacks.predictions import CleanPrediction, Loss, ascend, doubt
from preceptor.core import Student
from preceptor.transforms.transform import per_item

MOMENTUM: Final = 0.75
"""Weight of the new step; the rest repeats the last one. Not for l_1."""

RISES: Final = 0.75
"""A step length is kept if at least this share of its steps gained."""

SPARSE: Final = 0.2
"""Share of the coordinates that the first l_1 steps change."""

SHRINK: Final = 1.5
"""l_1: what the step length and the number of changed coordinates are divided by."""

LEAST: Final = 10.0
"""l_1: the shortest step is the first one divided by this."""


@dataclass(eq=False)
class _LiveRuns:
    """The live items of one run, row for row. All tensors, so that rows can be dropped."""

    rows: Tensor
    at: Tensor
    before: Tensor
    slope: Tensor
    loss: Tensor
    best: Tensor
    best_slope: Tensor
    best_loss: Tensor
    marked: Tensor  # the best loss at the last check
    size: Tensor
    kept: Tensor  # whether the last check left the step length as it was
    rises: Tensor
    count: Tensor  # l_1: coordinates that a step changes
    spread: Tensor  # l_1: coordinates that the best point changes, at the last check

    def take(self, live: Tensor) -> "_LiveRuns":
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        return _LiveRuns(
            **{name: pick(p, live) if p.ndim > 1 else p[live] for name, p in parts.items()}
        )


def climb(
    student: Student, ball: NormBall, own: CleanPrediction, loss: Loss, start: Tensor, steps: int
) -> tuple[Tensor, Tensor]:
    """One run from ``start``: where each item ended, and the student's doubt there.

    Args:
        student: gives gradients.
        ball: where the items may go.
        own: the student's own answers.
        loss: what is climbed.
        start: ``Float[batch, *shape]``, points of the ball.
        steps: gradient steps of each item at most; one more gradient is spent on the start.

    Returns:
        the ends ``Float[batch, *shape]``, settled points of the ball, and the doubts
        ``Float[batch]``, infinite for items that got another label.
    """
    ends = ball.settle(start).clone()  # the walk starts at the same values, which stay
    doubts = torch.full((len(start),), -torch.inf, device=start.device)
    walk = _begin(start, ball)
    checks = _checks(steps, ball)
    since = 0
    for taken in range(steps + 1):
        seen = ball.settle(walk.at)
        logits, walk.slope = ascend(student, seen, loss)
        doubted = doubt(student, logits, own).to(doubts)
        new = (doubted > doubts[walk.rows]).nonzero()[:, 0]
        if len(new):
            ends[walk.rows[new]], doubts[walk.rows[new]] = pick(seen, new), doubted[new]
        _note(walk, loss.value(logits), first=taken == 0)
        live = doubted.isposinf().logical_not().nonzero()[:, 0]
        if len(live) == 0 or taken == steps:
            break
        if len(live) < len(walk.rows):
            walk, ball = walk.take(live), ball.take(live)
            own, loss = own.take(live), loss.take(live)
        since += 1
        if taken in checks:
            _check(walk, ball, since)
            since = 0
        _move(walk, ball, first=taken == 0)
    return ends, doubts


def _begin(start: Tensor, ball: NormBall) -> _LiveRuns:
    batch = len(start)
    nothing = torch.zeros(batch, device=start.device)
    lost = torch.full((batch,), -torch.inf, device=start.device)
    longest = ball.eps if ball.norm == "l1" else 2 * ball.eps
    free = (ball.low < ball.high).flatten(1).sum(1).float()
    return _LiveRuns(
        rows=torch.arange(batch, device=start.device),
        at=start,
        before=start,
        slope=torch.zeros_like(start),
        loss=lost,
        best=start.clone(),
        best_slope=torch.zeros_like(start),
        best_loss=lost.clone(),
        marked=lost.clone(),
        size=torch.full((batch,), longest, device=start.device),
        kept=torch.ones(batch, dtype=torch.bool, device=start.device),
        rises=nothing,
        count=SPARSE * free,
        spread=free,
    )


def _checks(steps: int, ball: NormBall) -> frozenset[int]:
    """The numbers of steps after which step lengths are looked at."""
    if ball.norm == "l1":
        return frozenset(range(max(1, steps // 25), steps, max(1, steps // 25)))
    found, last, share, gap = [], 0, 0.22, 0.22
    while share < 1:
        at = max(last + 1, round(share * steps))
        found.append(at)
        last, gap = at, max(gap - 0.03, 0.06)
        share += gap
    return frozenset(found)


def _note(walk: _LiveRuns, value: Tensor, *, first: bool) -> None:
    """Take in what the loss is at the new points."""
    if not first:
        walk.rises = walk.rises + (value > walk.loss)
    walk.loss = value.to(walk.loss)
    better = (walk.loss > walk.best_loss).nonzero()[:, 0]
    if len(better):
        walk.best[better], walk.best_slope[better] = pick(walk.at, better), pick(walk.slope, better)
        walk.best_loss[better] = walk.loss[better]


def _check(walk: _LiveRuns, ball: NormBall, since: int) -> None:
    """Shorten the steps of items that make no headway, and put them back to their best point."""
    if ball.norm == "l1":
        spread = (walk.best != ball.clean).flatten(1).sum(1).float()
        back = spread < 0.95 * walk.spread
        shorter = (walk.size / SHRINK).clamp_min(ball.eps / LEAST)
        walk.size = torch.where(back, ball.eps, shorter)
        walk.count, walk.spread = (spread / SHRINK).clamp_min(1.0), spread
    else:
        slow = walk.rises < RISES * since
        stuck = walk.kept & (walk.best_loss <= walk.marked)
        back = slow | stuck
        walk.size = torch.where(back, walk.size / 2, walk.size)
        walk.kept, walk.marked = ~back, walk.best_loss.clone()
    walk.at = torch.where(per_item(back, walk.at), walk.best, walk.at)
    walk.slope = torch.where(per_item(back, walk.at), walk.best_slope, walk.slope)
    walk.rises = torch.zeros_like(walk.rises)


def _move(walk: _LiveRuns, ball: NormBall, *, first: bool) -> None:
    size = per_item(walk.size, walk.at)
    if ball.norm == "l1":
        walk.at = ball.project(walk.at + size * ball.sparse(walk.slope, walk.count))
        return
    there = ball.project(torch.addcmul(walk.at, size, ball.dense(walk.slope)))
    if not first:
        ahead = walk.at + MOMENTUM * (there - walk.at) + (1 - MOMENTUM) * (walk.at - walk.before)
        there = ball.project(ahead)
    walk.before, walk.at = walk.at, there
