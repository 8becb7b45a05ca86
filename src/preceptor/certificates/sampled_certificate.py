"""Statistical certificates: from fresh draws, with a stated risk; alone, and of what a proof left open.

``n`` independent draws that hold ``k`` violations bound the probability of a violation by the exact upper limit of
Clopper & Pearson (1934), which for none is ``1 - delta ** (1 / n)``. Together with a proof: a violation
can only lie in open boxes. A box is drawn by its volume, then a point in it; with ``M`` the sum of their volumes
the probability of a violation in the domain is at most ``M`` times that of one at such a draw, whether
boxes of several cases overlap or not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.stats import beta
from torch import Tensor

from preceptor.certificates.certificate import Certificate
from preceptor.certificates.certificate_question import CertificateQuestion, CertificateWitness
from preceptor.core import UNCERTAIN, InputError, generator

_AT_ONCE: Final = 8192


@dataclass(frozen=True)
class SampledCertificate:
    """With probability at least ``1 - delta`` over the draws, violations have at most ``epsilon`` of the volume.

    Attributes:
        epsilon: the bound.
        delta: the risk that it is false.
        draws: how many there were.
        violations: draws at which the teacher was certain and the student said something else.
        certain: draws at which the teacher was certain.
        open: the share of the volume that was drawn from: 1 without a proof; with overlaps it can be more.
        witness: the first violation.
    """

    epsilon: float
    delta: float
    draws: int
    violations: int
    certain: int
    open: float
    witness: CertificateWitness | None = None

    def __str__(self) -> str:
        return (
            f"violations in at most {self.epsilon:.3g} of the volume, at a risk of {self.delta:g}: "
            f"{self.violations} in {self.draws:,} draws, the teacher certain at {self.certain:,}"
        )


def upper_limit(violations: int, draws: int, delta: float) -> float:
    """The exact upper limit on a probability, at risk ``delta``."""
    if violations >= draws:
        return 1.0
    return float(beta.ppf(1 - delta, violations + 1, draws - violations))


def sampled_certificate(
    question: CertificateQuestion,
    draws: int,
    *,
    delta: float = 1e-3,
    proof: Certificate | None = None,
    seed: int = 0,
) -> SampledCertificate:
    """A statement with a risk from fresh uniform draws, over the box or over what a proof left open.

    Student and teacher are asked as they are. Each draw is a question to the teacher; draws of one seed are the
    same, so that a second look at more of them needs another seed to be fresh.

    Args:
        question: what is asked.
        draws: how many.
        delta: the risk.
        proof: an undecided certificate of the same question that keeps its open boxes.
        seed: of the draws.

    Raises:
        InputError: no draws, a risk that is none, or a proof without its open boxes.
    """
    if draws < 1 or not 0 < delta < 1:
        raise InputError(
            f"draws={draws}, delta={delta}: expected at least one draw, and 0 < delta < 1"
        )
    lows, highs, mass = _boxes(question, proof)
    total = float(mass.sum())
    if not len(mass):
        return SampledCertificate(0.0, delta, 0, 0, 0, 0.0)
    rng = generator(seed, "sampled certificate")
    violations = certain = 0
    first: CertificateWitness | None = None
    for start in range(0, draws, _AT_ONCE):
        many = min(_AT_ONCE, draws - start)
        chosen = rng.choice(len(mass), size=many, p=mass / mass.sum())
        share = rng.random((many, lows.shape[1]))
        points = torch.from_numpy(lows[chosen] + share * (highs[chosen] - lows[chosen]))
        wrong, sure, inputs, said, wanted = _asked(question, points)
        violations += int(wrong.sum())
        certain += int(sure.sum())
        if first is None and bool(wrong.any()):
            row = int(wrong.nonzero()[0, 0])
            first = CertificateWitness(inputs[row : row + 1], int(wanted[row]), int(said[row]))
    epsilon = min(1.0, total * upper_limit(violations, draws, delta))
    return SampledCertificate(epsilon, delta, draws, violations, certain, total, first)


def _boxes(
    question: CertificateQuestion, proof: Certificate | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is drawn from, with shares of the volume."""
    if proof is None:
        low, high = (end.numpy() for end in question.box)
        return low[None], high[None], np.ones(1)
    if proof.status == "proved":
        none = np.zeros((0, len(question.box[0])))
        return none, none, np.zeros(0)
    boxes = proof.waiting()
    if boxes is None:
        raise InputError(
            "this certificate keeps no open boxes to draw from (it is refuted, or there were too many)"
        )
    return boxes.low.numpy(), boxes.high.numpy(), boxes.mass.numpy()


def _asked(
    question: CertificateQuestion, points: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Where student and teacher part, where the teacher is certain, the inputs, and both answers."""
    inputs = question.points(points)
    with torch.no_grad():
        said = question.student.decide(question.student(inputs)).cpu()
        wanted = question.teacher(inputs).labels
    sure = wanted != UNCERTAIN
    return sure & (said != wanted), sure, inputs, said, wanted
