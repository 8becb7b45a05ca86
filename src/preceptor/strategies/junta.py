"""A student that tests which features matter: a learner of juntas, by paired questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Domain, InputError, Pupil, Teacher
from preceptor.core.checks import positive
from preceptor.core.inputs import join
from preceptor.core.label_sets import kept_sets, plain_sets
from preceptor.lessons import Examples, Lesson, TestedFeatures
from preceptor.strategies.feature_evidence import DifferingPair, FeatureEvidence, units_of
from preceptor.strategies.pool_questions import ask
from preceptor.strategies.strategy import Kind
from preceptor.strategies.synthesis import uniform

Draws = Literal["domain", "data", "both"]
"""From where inputs and the values of redrawn features come: uniform in the domain, other inputs of
the data, or either by the toss of a coin.
"""

_SPLITS: Final = 20
"""Ways to halve what two inputs differ in that are tried for one that was not asked."""


@dataclass(frozen=True, eq=False)
class Junta:
    """Find the few features that matter, assume that no others do, then ask at random.

    Known of the teacher is only that few features matter, neither which nor how. Two inputs with
    different answers that agree in all features found so far differ in one more that matters: half
    of the features in which they differ are exchanged, and again, so that each costs about log2 d
    questions (Blum, Hellerstein & Littlestone 1995, *Learning in the presence of finitely or
    infinitely many irrelevant attributes*; as a test of juntas Blais 2009). Where nothing is open,
    everything but what was found is redrawn: another answer opens a new search, and ``checks``
    pairs that agree end the tests. Differences: features are real numbers and redrawn, not bits and
    flipped; an uncertain answer is no evidence and another question takes its place; where the
    teacher is uncertain all the way between two inputs, all in which they differ is kept.

    The set then found is the student's own assumption (:class:`preceptor.lessons.TestedFeatures`),
    for which the teacher is paid nothing but the answers. It can lack a feature: one whose redrawing
    changes the answer with chance p escapes ``checks`` fresh pairs with chance (1 - p)^checks.
    A teacher that contradicts itself makes the set too large. After 256 answers without
    a conclusion, or with more than ``most`` features found, no set is assumed, and the questions are
    random ones. Questions of tests are put one after the other.

    Attributes:
        domain: where to draw; its fixed features are kept.
        teacher: whom to ask.
        data: ``Float[items, *shape]``, unlabelled; may be empty where ``draws`` is ``domain``.
        checks: agreeing pairs that end the tests.
        most: features that may matter, at most, or squares of an image.
        draws: from where.
        side: in images, of the squares of pixels that count as one feature.
        rest: what is asked once the tests have ended: ``random`` questions, or ``nothing``.
        doubt: weight of uncertain answers in the loss.

    Raises:
        InputError: a number below 1, or draws of data where there are none.
    """

    domain: Domain
    teacher: Teacher
    data: Float[Tensor, "items *shape"]
    checks: int = 12
    most: int = 10
    draws: Draws = "both"
    side: int = 1
    rest: Literal["random", "nothing"] = "random"
    doubt: float = 0.0

    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        positive("junta", checks=self.checks, most=self.most, side=self.side)
        if self.draws == "data" and len(self.data) == 0:
            raise InputError("junta: draws=data, and there are no inputs; say draws=domain")

    @property
    def name(self) -> str:
        """With what is not as usual."""
        usual = {"checks": 12, "most": 10, "draws": "both", "side": 1, "rest": "random"}
        said = {key: getattr(self, key) for key in usual}
        return " ".join(["junta", *(f"{k}={said[k]}" for k in said if said[k] != usual[k])])

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        told: list[Examples] = []
        evidence = None
        if not any(isinstance(one, TestedFeatures) for one in past):
            evidence = FeatureEvidence(units_of(self.domain, self.side), self._fixed())
            evidence.learn(past)
            while len(told) < n and (question := self._question(evidence, rng)) is not None:
                answer = ask(self.teacher, question[None], doubt=self.doubt)
                if answer is None:  # the budget ends here
                    n = len(told)
                    break
                told.append(answer)
                evidence.add(question, int(answer.labels[0]))
        if len(told) < n and self.rest == "random":
            ordinary = ask(self.teacher, uniform(self.domain, n - len(told), rng), doubt=self.doubt)
            told += [] if ordinary is None else [ordinary]
        if not told:
            return None
        found = None if evidence is None else evidence.conclusion(self.checks, self.most)
        return all_told(told) if found is None else self._concluded(all_told(told), found)

    def _fixed(self) -> np.ndarray:
        """``Bool[units]``: what cannot be redrawn."""
        fixed = self.domain.fixed
        units = units_of(self.domain, self.side)
        if fixed is None:
            return np.zeros(len(units), bool)
        flat = fixed.flatten().numpy()
        return np.array([bool(flat[where].any()) for where in units])

    def _question(self, evidence: FeatureEvidence, rng: np.random.Generator) -> Tensor | None:
        """The next question of the tests, ``Float[*shape]``; ``None`` where they have ended."""
        if evidence.full or evidence.count > self.most:
            return None
        for pair in evidence.pairs():
            between = None if pair.stuck else self._between(evidence, pair, rng)
            if between is not None:
                return between
        if evidence.count and evidence.confirmed(self.checks):
            return None
        row = evidence.base(self.checks, lonely=rng.random() < 0.5)
        if row is None:
            return self._drawn(rng)
        here = torch.from_numpy(evidence.rows[row]).reshape(self.domain.shape)
        there = torch.where(self._coordinates(evidence.found), here, self._drawn(rng))
        return self.domain.project(there[None], here[None])[0]

    def _between(
        self, evidence: FeatureEvidence, pair: DifferingPair, rng: np.random.Generator
    ) -> Tensor | None:
        """The first of a pair with half of what they differ in from the other; not asked before."""
        one, other = (
            torch.from_numpy(evidence.rows[row]).reshape(self.domain.shape)
            for row in (pair.one, pair.other)
        )
        for _ in range(_SPLITS):
            half = np.zeros(len(evidence.units), bool)
            half[rng.permutation(pair.units)[: len(pair.units) // 2]] = True
            mixed = torch.where(self._coordinates(half), other, one)
            mixed = self.domain.project(mixed[None], one[None])[0]
            if not evidence.known(mixed.flatten().numpy()):
                return mixed
        return None

    def _drawn(self, rng: np.random.Generator) -> Tensor:
        """``Float[*shape]``, from the domain or the data."""
        ways = {"both": rng.random() < 0.5, "data": True, "domain": False}
        if ways[self.draws] and len(self.data):
            return self.data[int(rng.integers(len(self.data)))].detach().cpu().float()
        return uniform(self.domain, 1, rng)[0]

    def _coordinates(self, units: np.ndarray) -> Tensor:
        """``Bool[*shape]`` of ``Bool[units]``."""
        flat = torch.zeros(int(np.prod(self.domain.shape)), dtype=torch.bool)
        for unit, where in enumerate(units_of(self.domain, self.side)):
            flat[where] = bool(units[unit])
        return flat.reshape(self.domain.shape)

    def _concluded(self, told: Examples, units: np.ndarray) -> TestedFeatures:
        low, high = self.domain.bounds()
        return TestedFeatures(
            told.inputs,
            told.labels,
            told.classes,
            cost=told.cost,
            doubt=told.doubt,
            sets=told.sets,
            features=self._coordinates(units),
            domain=Domain(self.domain.shape, low.clone(), high.clone(), names=self.domain.names),
        )


def all_told(parts: Sequence[Examples]) -> Examples:
    """Several batches of answers as one lesson, uncertain ones with them; the costs summed."""
    sets = None
    if any(one.sets is not None for one in parts):
        each = [
            plain_sets(one.labels, one.classes) if one.sets is None else one.sets for one in parts
        ]
        sets = kept_sets(torch.cat(each))
    return Examples(
        join([one.inputs for one in parts]),
        torch.cat([one.labels for one in parts]),
        parts[0].classes,
        cost=sum(one.cost for one in parts),
        doubt=parts[0].doubt,
        sets=sets,
    )
