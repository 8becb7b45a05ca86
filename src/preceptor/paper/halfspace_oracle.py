"""Questions about the side of a plane through 0, along directions."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Domain, Teacher


@dataclass(frozen=True, eq=False)
class OracleEstimate:
    """What it knows after some questions.

    Attributes:
        normal: ``Float64[features]``, of length 1: the middle of what is left.
        questions: asked so far, *can't tell* included.
        uncertain: how many of them the teacher could not tell.
    """

    normal: np.ndarray
    questions: int
    uncertain: int


class HalfspaceOracle:
    """Asks a teacher of half-spaces through 0, and counts.

    Args:
        teacher: labels 1 above the plane, 0 below.
        domain: box around 0; every question is pushed as far out as it goes.
    """

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

    def estimate(self, normal: np.ndarray) -> OracleEstimate:
        """What is known if the plane's normal is about ``normal``, of any length."""
        return OracleEstimate(normal / np.linalg.norm(normal), self.questions, self.uncertain)
