"""Generators that follow the student: its gradients where it has them, its answers elsewhere."""

from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor

from preceptor.attacks import PGD, Keep
from preceptor.attacks.predictions import logits_of, odds
from preceptor.core import ItemRng
from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import Proposals, SearchContext
from preceptor.search.random_transforms import TRANSFORMS, suits

SHARES: Final = (0.25, 0.5, 1.0)
"""Sizes of gradient moves, relative to the distance between neighbours in the data."""

GUIDES: Final = 32
"""Items among which the nearest guide of a walk is chosen."""

GENERATIONS: Final = 6
CHILDREN: Final = 12
"""Of the evolution from an input that the teacher was certain of."""


@dataclass(frozen=True)
class GradientStep:
    """A gradient attack on the student within a small ball.

    Attributes:
        norm: ``l2`` or ``linf``.
    """

    norm: Literal["l2", "linf"]

    @property
    def name(self) -> str:
        """With the norm."""
        return f"gradient {self.norm}"

    @property
    def says(self) -> str:
        """One sentence."""
        return (
            f"{self.norm} gradient attack on the student, in balls as wide as {SHARES} times the "
            "distance between neighbours in the data (spread over all coordinates for linf)"
        )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One item and size for each proposal."""
        del asked
        rng = ground.streams(self.name, start, many)
        rows = ground.starts[rng.integers(len(ground.starts))]
        made = ground.pool[rows].clone()
        unit = ground.scale if self.norm == "l2" else ground.scale / made[0].numel() ** 0.5
        for k, share in enumerate(SHARES):
            mine = (torch.arange(start, start + many) % len(SHARES) == k).nonzero()[:, 0]
            attack = PGD(share * unit, self.norm, steps=15, step=0.2)
            made[mine] = attack(
                ground.student, made[mine], domain=ground.domain, rng=rng.take(mine)
            )
        return Proposals.plain(made, rows)


@dataclass(frozen=True)
class Walk:
    """Towards an item that the student answers otherwise, holding its answer all the way."""

    name: str = "walk"
    says: str = (
        "from an item towards one that the student answers otherwise, pulled back to the student's "
        "own answer by its gradient where there is one: the keep attack, freely"
    )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One item and guide for each proposal."""
        del asked
        rng = ground.streams(self.name, start, many)
        rows, guides = _pairs(ground, rng)
        walk = Keep(ground.pool[:1])
        ends = walk.towards(
            ground.student, ground.pool[rows], ground.pool[guides], domain=ground.domain
        )
        return Proposals.plain(ends, rows)


@dataclass(frozen=True)
class Cross:
    """On the line between two items that the student answers otherwise, beside its boundary."""

    name: str = "cross"
    says: str = (
        "on the line between two items that the student answers otherwise, the last point where "
        "its answer holds or the first where it has changed, by turns"
    )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One pair for each proposal."""
        del asked
        rng = ground.streams(self.name, start, many)
        rows, guides = _pairs(ground, rng)
        here, there = ground.pool[rows], ground.pool[guides]
        low, high = torch.zeros(len(rows)), torch.ones(len(rows))
        for _ in range(8):
            middle = (low + high) / 2
            same = ground.answers(_between(ground, here, there, middle)) == ground.own.answers[rows]
            low, high = torch.where(same, middle, low), torch.where(same, high, middle)
        even = (torch.arange(start, start + many) % 2 == 0)[: len(rows)]
        return Proposals.plain(_between(ground, here, there, torch.where(even, low, high)), rows)


def _between(ground: SearchContext, here: Tensor, there: Tensor, share: Tensor) -> Tensor:
    found: Tensor = ground.domain.project(ground.domain.between(here, there, share), here)
    return found


def _pairs(ground: SearchContext, rng: ItemRng) -> tuple[Tensor, Tensor]:
    """Starts, and for each the nearest of a few items that the student answers otherwise.

    Where none of the few does, the nearest of all.
    """
    rows = ground.starts[rng.integers(len(ground.starts))]
    few = rng.integers(len(ground.pool), (GUIDES,))
    counted = ground.domain.measured(ground.pool)
    gaps = (counted[few] - counted[rows][:, None]).flatten(2).norm(dim=2)
    same = ground.own.answers[few] == ground.own.answers[rows][:, None]
    return rows, few.gather(1, torch.where(same, 1e30 + gaps, gaps).argmin(1, keepdim=True))[:, 0]


@dataclass(frozen=True)
class Evolve:
    """Changes of an input that the teacher labelled, bred until the student says otherwise."""

    name: str = "evolve"
    says: str = (
        f"from inputs that the teacher labelled and the student nearly got wrong: {GENERATIONS} "
        f"generations of {CHILDREN} small random changes, each from the one the student doubted "
        "most, until it gives another label"
    )

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """One parent for each proposal; none while nothing certain was asked."""
        sure = (asked.certain & ~asked.wrong & (asked.student >= 0)).nonzero()[:, 0]
        if len(sure) == 0:
            return Proposals.plain(ground.pool[:0])
        near = sure[asked.sure[sure].argsort(stable=True)]
        near = near[: max(1, len(near) // 2)]
        rng = ground.streams(self.name, start, many)
        parents = near[rng.integers(len(near))]
        assert isinstance(asked.inputs, Tensor)  # noqa: S101 - no generator of texts
        at, truth = asked.inputs[parents].clone(), asked.teacher[parents]
        open_ = torch.ones(many, dtype=torch.bool)
        for generation in range(GENERATIONS):
            rows = open_.nonzero()[:, 0]
            if len(rows) == 0:
                break
            children, doubts = self._breed(ground, at[rows], truth[rows], rng.take(rows))
            best = doubts.argmax(1)
            better = doubts.amax(1) > odds(logits_of(ground.student, at[rows]), truth[rows])
            pick = torch.arange(len(rows))
            at[rows[better]] = children[pick, best][better]
            open_[rows] = ~doubts.amax(1).isposinf()
            del generation
        return Proposals.plain(at, asked.parent[parents])

    def _breed(
        self, ground: SearchContext, at: Tensor, truth: Tensor, rng: ItemRng
    ) -> tuple[Tensor, Tensor]:
        """``CHILDREN`` of each input, and how much the student doubts the teacher's label there."""
        fitting = [t for t in TRANSFORMS if suits(t, ground.domain)]
        made = []
        for child in range(CHILDREN):
            kinds = rng.integers(len(fitting))
            amounts = rng.uniform((2,), -0.5, 0.5)
            moved = at.clone()
            for kind in sorted(set(kinds.tolist())):
                mine = (kinds == kind).nonzero()[:, 0]
                step = fitting[kind]
                moved[mine] = step(
                    at[mine], amounts[mine, : step.dims], domain=ground.domain, rng=rng.take(mine)
                )
            made.append(moved)
            del child
        children = torch.stack(made, 1)
        logits = logits_of(ground.student, children.flatten(0, 1))
        labels = truth[:, None].expand(-1, CHILDREN).reshape(-1)
        said = ground.student.decide(logits)
        doubts = odds(logits, labels).nan_to_num(-1e30, 1e30, -1e30)
        doubts = torch.where((said >= 0) & (said != labels), torch.inf, doubts)
        return children, doubts.reshape(len(at), CHILDREN)


def climbs(ground: SearchContext) -> list[GradientStep | Walk | Cross | Evolve]:
    """Those that the student allows."""
    steps: list[GradientStep | Walk | Cross | Evolve] = []
    if ground.student.differentiable and ground.scale > 0:
        steps = [GradientStep("l2"), GradientStep("linf")]
    return [*steps, Walk(), Cross(), Evolve()]
