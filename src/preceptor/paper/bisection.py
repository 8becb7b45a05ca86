"""An active student that knows its teacher is a half-space through 0, and bisects."""

from collections.abc import Iterator

import numpy as np

from preceptor.core import Domain, Teacher
from preceptor.paper.halfspace_oracle import HalfspaceOracle, OracleEstimate


def bisect(
    teacher: Teacher, domain: Domain, rng: np.random.Generator, rounds: int
) -> Iterator[OracleEstimate]:
    """Find the normal w of a half-space by membership questions, a bit of every coordinate a round.

    First d questions, one along each axis of a random orthonormal basis b, give the signs of w's
    coordinates; the anchor a is the mean direction of these axes, so that w a is large whatever w.
    Then, in each of the d - 1 planes through a and one direction e orthogonal to it, the answer
    along t a + e changes once, at t = -(w e) / (w a). That t is bisected in the angle
    atan(t sqrt(d)), since it is of the order of 1 / sqrt(d). Every question is pushed as far out as
    the domain goes, which makes the uncertain band small; where the teacher still cannot tell, the
    point is as good as on the plane, and that t is taken as found.

    Args:
        teacher: labels 1 above the plane, 0 below.
        domain: box around 0.
        rng: of the basis.
        rounds: of bisection, each of at most d - 1 questions.

    Yields:
        what is known after the anchor's questions and after each round.
    """
    d = domain.shape[0]
    asked = HalfspaceOracle(teacher, domain)
    basis, _ = np.linalg.qr(rng.standard_normal((d, d)))
    signs = asked.sides(basis.T)
    signs[signs == 0] = 1.0
    anchor = basis @ signs / np.sqrt(d)
    # an orthonormal basis whose first vector is the anchor; the rest is spread over all features
    rest = np.linalg.qr(np.column_stack([anchor, rng.standard_normal((d, d - 1))]))[0][:, 1:]
    low, high = np.full(d - 1, -np.pi / 2), np.full(d - 1, np.pi / 2)
    open_ = np.ones(d - 1, dtype=bool)
    yield asked.estimate(_normal(anchor, rest, low, high))
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
        yield asked.estimate(_normal(anchor, rest, low, high))


def _normal(anchor: np.ndarray, rest: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    places: np.ndarray = np.tan((low + high) / 2) / np.sqrt(len(anchor))
    found: np.ndarray = anchor - rest @ places  # w e / w a = -t
    return found
