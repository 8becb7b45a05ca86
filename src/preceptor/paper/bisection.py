"""An active student that knows its teacher is a half-space through 0, and bisects."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Domain, Teacher


@dataclass(frozen=True, eq=False)
class Estimate:
    """What it knows after some questions.

    Attributes:
        normal: ``Float64[features]``, of length 1: the middle of what is left.
        questions: asked so far, *can't tell* included.
        uncertain: how many of them the teacher could not tell.
    """

    normal: np.ndarray
    questions: int
    uncertain: int


def bisect(
    teacher: Teacher, domain: Domain, rng: np.random.Generator, rounds: int
) -> Iterator[Estimate]:
    """Find the normal w of a half-space by membership questions, a bit of every coordinate a round.

    First d questions, one along each axis of a random orthonormal basis b, give the signs of w's
    coordinates; the anchor a is the mean direction of these axes, so that w a is large whatever w.
    Then, in each of the d - 1 planes through a and one direction e orthogonal to it, the answer
    along t a + e changes once, at t = -(w e) / (w a). That t is bisected in the angle
    atan(t sqrt(d)), since it is of the order of 1 / sqrt(d). Every question is pushed as far out as the domain goes, which makes the
    uncertain band small; where the teacher still cannot tell, the point is as good as on the plane,
    and that t is taken as found.

    Args:
        teacher: labels 1 above the plane, 0 below.
        domain: box around 0.
        rng: of the basis.
        rounds: of bisection, each of at most d - 1 questions.

    Yields:
        what is known after the anchor's questions and after each round.
    """
    d = domain.shape[0]
    asked = _Asked(teacher, domain)
    basis, _ = np.linalg.qr(rng.standard_normal((d, d)))
    signs = asked.sides(basis.T)
    signs[signs == 0] = 1.0
    anchor = basis @ signs / np.sqrt(d)
    # an orthonormal basis whose first vector is the anchor; the rest is spread over all features
    rest = np.linalg.qr(np.column_stack([anchor, rng.standard_normal((d, d - 1))]))[0][:, 1:]
    low, high = np.full(d - 1, -np.pi / 2), np.full(d - 1, np.pi / 2)
    open_ = np.ones(d - 1, dtype=bool)
    yield asked.estimate(anchor, rest, low, high)
    for _ in range(rounds):
        middle = (low + high) / 2
        places = np.tan(middle) / np.sqrt(d)
        ways = (places[:, None] * anchor + rest.T)[open_]
        side = np.zeros(d - 1)
        side[open_] = asked.sides(ways)
        found = open_ & (side == 0)
        high = np.where((side > 0) | found, middle, high)
        low = np.where((side < 0) | found, middle, low)
        open_ &= ~found
        yield asked.estimate(anchor, rest, low, high)


class _Asked:
    """Counts questions."""

    def __init__(self, teacher: Teacher, domain: Domain) -> None:
        self.teacher, self.domain = teacher, domain
        self.questions = self.uncertain = 0

    def sides(self, ways: np.ndarray) -> np.ndarray:
        """1 above, -1 below, 0 where the teacher cannot tell, along each direction ``[n, d]``."""
        if not len(ways):
            return np.zeros(0)
        reach = self._reach() / np.abs(ways).max(1, keepdims=True)
        inputs: Tensor = torch.from_numpy((ways * reach).astype(np.float32))
        labels = self.teacher(self.domain.project(inputs, inputs)).labels
        self.questions += len(ways)
        self.uncertain += int((labels == UNCERTAIN).sum())
        told: np.ndarray = torch.where(labels == UNCERTAIN, 0, 2 * labels - 1).double().numpy()
        return told

    def _reach(self) -> float:
        low, high = self.domain.bounds()
        return float(torch.minimum(high, -low).min())

    def estimate(
        self, anchor: np.ndarray, rest: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> Estimate:
        places = np.tan((low + high) / 2) / np.sqrt(len(anchor))
        normal = anchor - rest @ places  # w e / w a = -t
        return Estimate(normal / np.linalg.norm(normal), self.questions, self.uncertain)
