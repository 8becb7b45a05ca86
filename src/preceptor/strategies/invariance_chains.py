"""What an active student tests: the library's members in chains along which each asks for more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, ItemRng, Pupil
from preceptor.lessons import InvarianceTally
from preceptor.strategies.pool_questions import beliefs
from preceptor.transforms import Swap, Transform, kinds, members

LONGEST: Final = 15
"""Members of a chain at most: halving one takes four tests."""

FIRST: Final = 3
"""Answers of a test that are asked for before the rest."""

Verdict = Literal["holds", "fails", "open"]


@dataclass(frozen=True)
class TestRule:
    """When a member of the library counts as harmless, by answers at inputs that it changed.

    Attributes:
        each: answers that a test takes.
        same: so many at least must be the label of before; none may be another label.
    """

    __test__ = False  # no test of pytest's

    each: int = 10
    same: int = 8

    def verdict(self, tally: InvarianceTally) -> Verdict:
        """Fails as soon as it must; holds once all answers are there."""
        if tally.other or tally.uncertain > self.each - self.same:
            return "fails"
        return "holds" if tally.asked >= self.each else "open"

    def more(self, tally: InvarianceTally) -> int:
        """How many answers to ask for next: a few first, for what fails often fails at once."""
        return (FIRST if tally.asked < FIRST < self.each else self.each) - tally.asked


@dataclass(frozen=True)
class Chain:
    """Members of one kind, each of which asks more of the teacher than the one before.

    Attributes:
        transforms: at least one.
    """

    transforms: tuple[Transform, ...]

    def ends(self, tallies: Mapping[str, InvarianceTally], rule: TestRule) -> tuple[int, int]:
        """The last that holds and the first that fails; -1 and the length where there is none.

        What holds is taken to hold for all before it, what fails to fail for all after it.
        """
        said = [rule.verdict(tallies.get(one.name, InvarianceTally())) for one in self.transforms]
        first = next((i for i, one in enumerate(said) if one == "fails"), len(said))
        last = max((i for i, one in enumerate(said[:first]) if one == "holds"), default=-1)
        return last, first

    def next(self, tallies: Mapping[str, InvarianceTally], rule: TestRule) -> Transform | None:
        """What to test next, halfway between the ends; ``None`` where nothing is open."""
        last, first = self.ends(tallies, rule)
        return None if first - last <= 1 else self.transforms[(last + first) // 2]

    def kept(self, tallies: Mapping[str, InvarianceTally], rule: TestRule) -> Transform | None:
        """The farthest that holds so far."""
        last, _ = self.ends(tallies, rule)
        return self.transforms[last] if last >= 0 else None


def chains_of(domain: Domain) -> tuple[Chain, ...]:
    """The library for a domain: a chain for each kind, each cell of a grid by itself.

    Of a kind with more than ``LONGEST`` members those whose places in the list are spaced by a
    constant factor.
    """
    found = []
    for use in kinds(domain):
        every = members(use, domain)
        if use.grows is None:
            found += [Chain((one,)) for one in every]
            continue
        ordered = every if use.grows else every[::-1]
        if len(ordered) > LONGEST:
            places = np.geomspace(1, len(ordered), LONGEST).round().astype(int) - 1
            ordered = tuple(ordered[i] for i in sorted(set(places.tolist())))
        found.append(Chain(ordered))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Bases:
    """Inputs whose label the teacher gave, from which changed ones are made.

    Attributes:
        inputs: ``Float[bases, *shape]``.
        labels: ``Int64[bases]``, none uncertain.
        domain: of the inputs.
    """

    inputs: Float[Tensor, "bases *shape"]
    labels: Int64[Tensor, " bases"]
    domain: Domain

    def rows(self, n: int, rng: np.random.Generator) -> Int64[Tensor, " rows"]:
        """``n`` of them, each as often as the next one, as far as that goes."""
        parts = [rng.permutation(len(self.inputs)) for _ in range(-(-n // len(self.inputs)))]
        return torch.from_numpy(np.concatenate(parts)[:n].astype(np.int64))

    def changed(
        self, transform: Transform, rows: Int64[Tensor, " rows"], rng: np.random.Generator
    ) -> Float[Tensor, "rows *shape"]:
        """These rows changed as far as the range goes, in random directions.

        A region is taken from a base of another class: one of the same would say little.
        """
        here = self.inputs[rows]
        streams = ItemRng([rng] * len(rows))
        signs = torch.from_numpy(rng.choice([-1.0, 1.0], size=(len(rows), transform.dims))).float()
        if not isinstance(transform, Swap):
            return transform(here, signs, domain=self.domain, rng=streams)
        donors = self.inputs[self._others(rows, rng)]
        moved = transform.onto(here, donors, signs, domain=self.domain, rng=streams)
        return self.domain.project(moved, here)

    def _others(self, rows: Tensor, rng: np.random.Generator) -> Tensor:
        """For each row one of another class, where there is one."""
        found = rng.integers(len(self.inputs), size=len(rows))
        for place, row in enumerate(rows.tolist()):
            others = (self.labels != self.labels[row]).nonzero()[:, 0]
            if len(others):
                found[place] = int(others[rng.integers(len(others))])
        return torch.from_numpy(found)

    def apart(self) -> float:
        """The median l_2 distance to the nearest base of another class; 1 where there is none."""
        flat = self.inputs.flatten(1)
        gaps = torch.cdist(flat, flat)
        gaps[self.labels[:, None] == self.labels[None]] = torch.inf
        nearest = gaps.amin(1)
        known = nearest[nearest.isfinite() & (nearest > 0)]
        return float(known.median()) if len(known) else 1.0


def promise(
    chain: Chain,
    open_from: int,
    open_to: int,
    student: Pupil,
    bases: Bases,
    apart: float,
    rng: np.random.Generator,
    tries: int = 4,
) -> float:
    """How much there is to learn from a chain: what a test of it is expected to mend.

    The greatest, over ``tries`` of the open members, of the share of bases at which the student
    changes its mind, times ``exp(-d)``, a rough prior that the teacher does not: d is the mean l_2
    distance moved, in units of how far bases of other classes are. Asks nobody.
    """
    places = np.unique(np.linspace(open_from, open_to - 1, tries).round().astype(int))
    own = beliefs(student, bases.inputs).argmax(1)
    best = 0.0
    for place in places.tolist():
        moved = bases.changed(chain.transforms[place], torch.arange(len(bases.inputs)), rng)
        flips = float((beliefs(student, moved).argmax(1) != own).float().mean())
        gap = float((moved - bases.inputs).flatten(1).norm(dim=1).mean()) / apart
        best = max(best, flips * float(np.exp(-gap)))
    return best


def kept_members(
    chains: Sequence[Chain], tallies: Mapping[str, InvarianceTally], rule: TestRule
) -> tuple[Transform, ...]:
    """Of each chain the farthest member that holds so far."""
    found = (chain.kept(tallies, rule) for chain in chains)
    return tuple(one for one in found if one is not None)
