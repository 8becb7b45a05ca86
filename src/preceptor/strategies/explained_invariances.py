"""An active student that explains itself first, and asks about what stands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import ClassVar, Final

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, InputError, Pupil, Teacher
from preceptor.core.watching import silent
from preceptor.explain import Factor, default_factors
from preceptor.explain.measure import Items, try_factors
from preceptor.lessons import InvarianceTally, Lesson, tallies_of
from preceptor.strategies.gathered_answers import GatheredAnswers, known_bases
from preceptor.strategies.invariance_chains import TestRule
from preceptor.strategies.pool_questions import ask, ask_some, check_pool
from preceptor.strategies.strategy import Kind

FAMILIES: Final = frozenset(("region", "feature", "transformation"))
"""Factors that a student can obey as invariances."""

OTHERS: Final = 200
"""Inputs whose regions may stand in each other's place."""


@dataclass(frozen=True, eq=False)
class ExplainedInvariances:
    """Asks whether the teacher, too, moves where the student moves most.

    The factors of :func:`preceptor.explain.default_factors` (cells, border, centre, transformations;
    features of vectors) are changed on inputs whose label is known. Where the student changes its
    mind costs no question; the factors at which it does so most, family by family in turn, are asked
    about at such inputs, ``each`` at most. Those at which the teacher never says another label, and
    keeps its own at half of the answers, the student takes to be harmless: the places of an
    explanation are coarse, and where the teacher cannot tell nothing that is learned is wrong.
    Differences from ``preceptor explain``: it needs no audit, asks about fewer inputs of a factor,
    claims no interval, leaves out bands of frequency and directions, and every answer stays as an
    example.

    Attributes:
        inputs: ``Float[examples, *shape]``, whose labels were paid for before.
        labels: ``Int64[examples]``, uncertain ones among them.
        pool: ``Float[pool, *shape]``, where labels are asked for if none is known.
        domain: of the inputs.
        teacher: whom to ask.
        each: answers about a factor.
        same: of these, so many at least as before.
        least: share of the inputs at which the student must change its mind; with 0 factors at which it
            never does are asked about too, at any inputs.
        items: inputs on which that is seen.
        doubt: weight of uncertain answers in the loss.

    Raises:
        InputError: nothing to ask about, or numbers that make no sense.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    pool: Float[Tensor, "pool *shape"]
    domain: Domain
    teacher: Teacher
    each: int = 10
    same: int = 5
    least: float = 0.05
    items: int = 200
    doubt: float = 0.0

    name: ClassVar[str] = "explained invariances"
    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        if not len(self.inputs):
            check_pool(self.pool, self.name)
        if not 1 <= self.same <= self.each or self.items < 1:
            raise InputError(
                f"{self.name}: expected 1 <= same <= each and items >= 1; got {self.same}, "
                f"{self.each}, {self.items}"
            )

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        bases = known_bases(self.inputs, self.labels, self.domain, past)
        if bases is None:
            return ask_some(self.teacher, self.pool, past, n, rng, doubt=self.doubt)
        rows = bases.rows(min(self.items, len(bases.inputs)), rng)
        items = Items(
            bases.inputs[rows],
            [str(row) for row in rows.tolist()],
            bases.labels[rows],
            self.domain,
            int(rng.integers(2**31)),
            256,
        )
        others = bases.inputs[:OTHERS]
        factors = tuple(f for f in default_factors(self.domain, others) if f.family in FAMILIES)
        tried = try_factors(student, items, factors, silent)
        rule, found = TestRule(self.each, self.same), GatheredAnswers(tallies_of(past))
        for place in self._in_turn(factors, tried.flips):
            asked = self._ask(factors[place], tried.flips[place], items, rule, found, n, rng)
            if not asked:
                break
        kept = [
            factor.transform
            for factor in factors
            if rule.verdict(found.tallies.get(factor.transform.name, InvarianceTally())) == "holds"
        ]
        return found.lesson(kept, past, self.inputs, self.labels, self.domain)  # type: ignore[arg-type]

    def _in_turn(self, factors: Sequence[Factor], flips: Tensor) -> list[int]:
        """Those at which the student moves, family by family in turn, each by how often it does."""
        shares = flips.float().mean(1).tolist()
        families: dict[str, list[int]] = {}
        for place in sorted(range(len(factors)), key=lambda i: -shares[i]):
            if shares[place] >= self.least:
                families.setdefault(factors[place].family, []).append(place)
        turns = zip_longest(*families.values())
        return [place for place in chain.from_iterable(turns) if place is not None]

    def _ask(
        self,
        factor: Factor,
        flips: Tensor,
        items: Items,
        rule: TestRule,
        found: GatheredAnswers,
        n: int,
        rng: np.random.Generator,
    ) -> bool:
        """Test a factor as far as ``n`` questions go in all; whether more may be asked."""
        there = (flips if bool(flips.any()) else ~flips).nonzero()[:, 0]
        order = there[torch.from_numpy(rng.permutation(len(there)))]
        while (
            rule.verdict(tally := found.tallies.get(factor.transform.name, InvarianceTally()))
            == "open"
        ):
            rows = order[: min(rule.more(tally), n - found.count)]
            order = order[len(rows) :]
            if len(rows) == 0:
                return found.count < n
            changed = items.change(factor, rows)
            assert isinstance(changed, Tensor)  # noqa: S101 - the items are numbers
            answers = ask(self.teacher, changed, doubt=self.doubt)
            if answers is None:
                return False
            found.add(factor.transform, answers, changed, items.teacher[rows])  # type: ignore[arg-type]
            if len(answers.inputs) < len(rows):
                return False
        return True
