"""An active student that tests hypotheses: which members of the library leave answers alone?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, InputError, Pupil, Teacher
from preceptor.lessons import InvarianceTally, Lesson, tallies_of
from preceptor.strategies.gathered_answers import GatheredAnswers, known_bases
from preceptor.strategies.invariance_chains import (
    Bases,
    Chain,
    TestRule,
    chains_of,
    kept_members,
    promise,
)
from preceptor.strategies.pool_questions import ask, ask_some, check_pool
from preceptor.strategies.strategy import Kind


@dataclass(frozen=True, eq=False)
class InvarianceTests:
    """Asks at inputs that members of the library changed, and learns what leaves the answer alone.

    Testing hypotheses by questions of one's own making, where others ask for labels. The library is
    the one from which teachers' declarations are drawn and priced
    (:mod:`preceptor.transforms.hypotheses`), so neither side has a list of its own. Its kinds are taken
    in the order of :func:`preceptor.strategies.invariance_chains.promise`: first where the student
    changes its mind at small changes. Along a kind's ranges the largest harmless one is found by
    halving: a member holds if of ``each`` answers, at inputs changed as far as it goes, ``same`` are
    the label of before and none is another label. What holds the student then assumes.

    This is a heuristic: ten answers do not prove an invariance, and that a range holds is taken to
    mean that smaller ones do. Kinds at which the student changes its mind on less than ``least`` of
    its inputs are not asked about. Where no label is known, the first questions ask for some.

    Attributes:
        inputs: ``Float[examples, *shape]``, whose labels were paid for before.
        labels: ``Int64[examples]``, uncertain ones among them.
        pool: ``Float[pool, *shape]``, where labels are asked for if none is known.
        domain: of the inputs.
        teacher: whom to ask.
        each: answers of a test.
        same: of these, so many at least as before.
        least: share of the inputs at which the student must change its mind.
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
    same: int = 8
    least: float = 0.02
    items: int = 60
    doubt: float = 0.0

    kind: ClassVar[Kind] = "active student"

    def __post_init__(self) -> None:
        if not len(self.inputs):
            check_pool(self.pool, "invariance tests")
        if not 1 <= self.same <= self.each or self.items < 2:
            raise InputError(
                f"invariance tests: expected 1 <= same <= each and items >= 2; got {self.same}, "
                f"{self.each}, {self.items}"
            )

    @property
    def name(self) -> str:
        """With the rule."""
        return f"invariance tests {self.same} of {self.each}"

    @property
    def rule(self) -> TestRule:
        """When a member holds."""
        return TestRule(self.each, self.same)

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        bases = known_bases(self.inputs, self.labels, self.domain, past)
        if bases is None:
            return ask_some(self.teacher, self.pool, past, n, rng, doubt=self.doubt)
        chains = chains_of(self.domain)
        found = GatheredAnswers(tallies_of(past))
        for chain in self._in_order(chains, found.tallies, student, bases, rng):
            if not self._test(chain, found, bases, n, rng):
                break
        kept = kept_members(chains, found.tallies, self.rule)
        return found.lesson(kept, past, self.inputs, self.labels, self.domain)

    def _in_order(
        self,
        chains: Sequence[Chain],
        tallies: dict[str, InvarianceTally],
        student: Pupil,
        bases: Bases,
        rng: np.random.Generator,
    ) -> list[Chain]:
        """The chains of which something is open and worth knowing, most promising first."""
        rows = bases.rows(min(self.items, len(bases.inputs)), rng)
        few = Bases(bases.inputs[rows], bases.labels[rows], self.domain)
        apart = few.apart()
        promises = []
        for chain in chains:
            last, first = chain.ends(tallies, self.rule)
            if first - last > 1:
                promises.append((promise(chain, last + 1, first, student, few, apart, rng), chain))
        worth = [one for one in promises if one[0] >= self.least]
        return [chain for _, chain in sorted(worth, key=lambda one: -one[0])]

    def _test(
        self, chain: Chain, found: GatheredAnswers, bases: Bases, n: int, rng: np.random.Generator
    ) -> bool:
        """Halve a chain as far as ``n`` questions go in all; whether more may be asked."""
        while (transform := chain.next(found.tallies, self.rule)) is not None:
            tally = found.tallies.get(transform.name, InvarianceTally())
            more = min(self.rule.more(tally), n - found.count)
            if more < 1:
                return False
            rows = bases.rows(more, rng)
            changed = bases.changed(transform, rows, rng)
            answers = ask(self.teacher, changed, doubt=self.doubt)
            if answers is None:
                return False
            found.add(transform, answers, changed, bases.labels[rows])
            if len(answers.inputs) < more:
                return False
        return True
