"""What random searches share: how much to change when, and the best point so far."""

import math
from dataclasses import dataclass
from typing import Final

from torch import Tensor

from preceptor.attacks.balls import pick
from preceptor.attacks.predictions import CleanPrediction, doubt, logits_of
from preceptor.core import Student

HALVED: Final = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Shares of the queries after which the changed part halves: the schedule of Square."""


def part(first: float, query: int, queries: int) -> float:
    """The share to change in this query: ``first``, halved as the search goes on."""
    return math.ldexp(first, -sum(query > share * queries for share in HALVED))


@dataclass(eq=False)
class BestPoints:
    """The best points so far of all items; items with another label are done.

    Attributes:
        points: ``Float[batch, *shape]``.
        doubts: ``Float[batch]``, the student's doubt there.
        rows: ``Int64[live]``, the items that are not done.
    """

    points: Tensor
    doubts: Tensor
    rows: Tensor

    @classmethod
    def of(cls, student: Student, points: Tensor, own: CleanPrediction) -> "BestPoints":
        """Begin at some points."""
        doubts = doubt(student, logits_of(student, points), own)
        return cls(points, doubts, doubts.isposinf().logical_not().nonzero()[:, 0])

    def offer(self, student: Student, points: Tensor, own: CleanPrediction) -> Tensor:
        """Offer a point for each live item; ``Bool[live]`` is true where it was taken.

        Only a gain is taken, so a student without scores moves at random until its answer flips.
        """
        doubts = doubt(student, logits_of(student, points), own.take(self.rows)).to(self.doubts)
        better = doubts > self.doubts[self.rows]
        new = better.nonzero()[:, 0]
        if len(new):
            self.points[self.rows[new]] = pick(points, new)
            self.doubts[self.rows[new]] = doubts[new]
        return better

    def drop(self) -> Tensor:
        """Let go of the items that are done; ``Int64``, which of the live rows stay."""
        stay = self.doubts[self.rows].isposinf().logical_not().nonzero()[:, 0]
        self.rows = self.rows[stay]
        return stay
