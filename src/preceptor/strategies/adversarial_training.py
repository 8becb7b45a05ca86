"""What people do today without asking anyone: l_inf adversarial training, and TRADES.

Both assume that the label is the same all over a ball. No teacher is asked, so the price is 0, and
what the assumption is worth is for an audit to find out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, Pupil
from preceptor.lessons import Invariances, Lesson
from preceptor.strategies.strategy import Kind
from preceptor.strategies.volunteered import unless_told
from preceptor.transforms import Tolerance


@dataclass(frozen=True, eq=False)
class LinfTraining:
    """Adversarial training in an l_inf ball (Madry et al. 2018, section 2).

    The lesson is a pixel tolerance that nobody declared. Differences: the clean loss of labels that
    were given stays beside it, as in Goodfellow et al. (2015); fewer attack steps by default.

    Attributes:
        inputs: ``Float[examples, *shape]``.
        labels: ``Int64[examples]``, paid for elsewhere; uncertain ones are left out.
        domain: of the inputs.
        eps: the radius, as a share of each coordinate's range.
        steps: of the attack.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    domain: Domain
    eps: float = 0.1
    steps: int = 5

    kind: ClassVar[Kind] = "passive"

    @property
    def name(self) -> str:
        """With the radius."""
        return f"linf training eps={self.eps:g}"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        ball = (Tolerance(self.eps),)
        lesson = Invariances(
            self.inputs,
            self.domain,
            ball,
            self.labels,
            search="worst",
            assumed=True,
            steps=self.steps,
        )
        return unless_told(lesson, past)


@dataclass(frozen=True, eq=False)
class Trades:
    """TRADES (Zhang et al. 2019, equation 3): ``beta`` times the divergence of the student's beliefs
    at a clean input from those at the worst point of an l_inf ball, beside the clean loss of the
    labels that were given.

    Attributes:
        inputs: ``Float[examples, *shape]``; labels are not looked at.
        domain: of the inputs.
        eps: the radius, as a share of each coordinate's range.
        beta: 1 / lambda of the paper.
        steps: of the attack.
    """

    inputs: Float[Tensor, "examples *shape"]
    domain: Domain
    eps: float = 0.1
    beta: float = 6.0
    steps: int = 5

    kind: ClassVar[Kind] = "passive"

    @property
    def name(self) -> str:
        """With radius and beta."""
        return f"trades eps={self.eps:g} beta={self.beta:g}"

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        lesson = Invariances(
            self.inputs,
            self.domain,
            (Tolerance(self.eps),),
            hold="answer",
            search="worst",
            assumed=True,
            steps=self.steps,
            weight=self.beta,
        )
        return unless_told(lesson, past)
