"""An active student of half-spaces through 0 that asks where it is unsure: on its own plane."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch

from preceptor.core import Domain, Teacher
from preceptor.paper.halfspace_oracle import HalfspaceOracle, OracleEstimate
from preceptor.paper.linear import fit_linear

SHARE: Final = 0.1
"""Questions of a round, as a share of the features."""

RIDGE: Final = 1e-3


def in_the_margin(
    teacher: Teacher, domain: Domain, rng: np.random.Generator, most: int
) -> Iterator[OracleEstimate]:
    """Find the normal of a half-space by questions on the plane that is guessed so far.

    The idea of margin-based active learning (Balcan, Broder & Zhang 2007), with questions made up
    rather than picked from a pool. First a question along each axis of a random basis; then rounds of
    d / 10 questions in directions that are random within the present plane, and logistic regression
    on all answers, of directions of length 1. Where the teacher cannot tell, the direction lies next
    to the plane, and counts once with either label.

    Args:
        teacher: labels 1 above the plane, 0 below.
        domain: box around 0.
        rng: of the questions.
        most: questions for each feature; it gives up after these.

    Yields:
        what is known after each round.
    """
    d = domain.shape[0]
    asked = HalfspaceOracle(teacher, domain)
    seen, labels = np.zeros((0, d)), np.zeros(0, dtype=np.int64)
    ways = np.linalg.qr(rng.standard_normal((d, d)))[0].T
    while asked.questions < most * d:
        said = asked.sides(ways)
        ways = ways / np.linalg.norm(ways, axis=1, keepdims=True)
        for label in (0, 1):
            fits = (said == 2 * label - 1) | (said == 0)
            seen = np.vstack([seen, ways[fits]])
            labels = np.append(labels, np.full(int(fits.sum()), label))
        normal = fit_linear(torch.from_numpy(seen), torch.from_numpy(labels), ridge=RIDGE)
        known = asked.estimate(normal)
        yield known
        ways = rng.standard_normal((max(1, round(SHARE * d)), d))
        ways = ways - np.outer(ways @ known.normal, known.normal)
