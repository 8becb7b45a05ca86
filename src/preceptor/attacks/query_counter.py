"""Points tried on a student that only answers: what was asked, and the nearest other answer."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from preceptor.attacks.balls import norms, pick
from preceptor.attacks.predictions import logits_of
from preceptor.core import ABSTAINED, Domain, Student


@dataclass(eq=False)
class Trial:
    """A batch of items with the queries that are left for each.

    Attributes:
        student: asked for decisions only.
        domain: every point is projected into it before it is asked.
        clean: ``Float[batch, *shape]``.
        answers: ``Int64[batch]``, the student's own.
        best: ``Float[batch, *shape]``, the nearest valid point so far with another label; where
            there is none, one at which the student newly abstains, else the clean input.
        gaps: ``Float[batch]``, its l_2 distance; infinite where no other label was found.
        left: ``Int64[batch]``, queries left.
    """

    student: Student
    domain: Domain
    clean: Tensor
    answers: Tensor
    best: Tensor
    gaps: Tensor
    left: Tensor

    @classmethod
    def of(cls, student: Student, clean: Tensor, domain: Domain, queries: int) -> "Trial":
        """Begin; the student's own answers count as one query."""
        answers = student.decide(logits_of(student, clean))
        gaps = torch.full((len(clean),), torch.inf).to(clean)
        left = torch.full((len(clean),), queries - 1, device=clean.device)
        return cls(student, domain, clean, answers, clean.clone(), gaps, left)

    def ask(self, rows: Tensor, points: Tensor) -> Tensor:
        """One query for each row: ``Bool[rows]``, whether there is another label."""
        asked = torch.ones(len(rows), 1, dtype=torch.bool, device=rows.device)
        return self.ask_many(rows, points[:, None], asked)[:, 0]

    def ask_many(self, rows: Tensor, points: Tensor, asked: Tensor) -> Tensor:
        """``Bool[rows, k]``, whether another label is given at ``Float[rows, k, *shape]``.

        Only those that ``asked`` marks are asked; false elsewhere.
        """
        other = torch.zeros_like(asked)
        row, column = asked.nonzero(as_tuple=True)
        if len(row) == 0:
            return other
        clean = self.clean[rows[row]]
        seen = self.domain.project(points[row, column], clean)
        said = self.student.decide(logits_of(self.student, seen))
        changed = said != self.answers[rows[row]]
        self.left[rows] -= asked.sum(1)
        declined = (changed & (said == ABSTAINED)).nonzero()[:, 0]
        unset = declined[self.gaps[rows[row[declined]]].isinf()]
        self.best[rows[row[unset]]] = seen[unset]
        flipped = changed & (said != ABSTAINED)
        other[row, column] = flipped
        gaps = norms(seen - clean)
        if self.domain.still is not None:
            gaps = norms(self.domain.differences(seen, clean)).to(clean)
        self._note(rows, row, column, gaps.masked_fill(~flipped, torch.inf), seen)
        return other

    def _note(self, rows: Tensor, row: Tensor, column: Tensor, gaps: Tensor, seen: Tensor) -> None:
        """Keep the nearest of each row if it is nearer than what there was."""
        width = int(column.max()) + 1
        table = torch.full((len(rows), width), torch.inf).to(gaps)
        table[row, column] = gaps
        where = torch.zeros((len(rows), width), dtype=torch.int64, device=rows.device)
        where[row, column] = torch.arange(len(row), device=rows.device)
        least, place = table.min(1)
        new = (least < self.gaps[rows]).nonzero()[:, 0]
        if len(new):
            self.gaps[rows[new]] = least[new]
            self.best[rows[new]] = pick(seen, where[new, place[new]])

    def nearest_of(self, pool: Tensor) -> None:
        """Try for each item the nearest input of a pool that is answered with another label.

        One query an item, besides those on the pool.
        """
        said = self.student.decide(logits_of(self.student, pool))
        table = torch.cdist(
            self.clean.flatten(1), pool.flatten(1), compute_mode="donot_use_mm_for_euclid_dist"
        )
        usable = (said[None] != self.answers[:, None]) & (said[None] >= 0)
        gaps, place = table.masked_fill(~usable, torch.inf).min(1)
        rows = (gaps.isfinite() & (self.left > 0)).nonzero()[:, 0]
        self.ask(rows, pick(pool, place[rows]))


def last(
    trial: Trial, rows: Tensor, start: Tensor, place: Callable[[Tensor], Tensor], halvings: int
) -> Tensor:
    """The last point with another label on a path from ``start``, by bisection.

    Args:
        trial: where it is asked.
        rows: the items.
        start: ``Float[rows, *shape]``, has another label: the path at 0.
        place: the path, from shares between 0 and 1 (``Float[rows]``) to points.
        halvings: queries for each item.
    """
    low = torch.zeros(len(rows)).to(start)
    high = torch.ones_like(low)
    for _ in range(halvings):
        able = trial.left[rows] > 0
        middle = (low + high) / 2
        other = trial.ask_many(rows, place(middle)[:, None], able[:, None])[:, 0]
        low, high = middle.where(other, low), high.where(other | ~able, middle)
    return place(low)
