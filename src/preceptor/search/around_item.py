"""A search around one item: the student's answer is held, and the input becomes something else."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from preceptor.attacks import Keep
from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import Proposals, SearchContext

PER_ANSWER: Final = 8
"""Nearest guides for each of the student's other answers."""


@dataclass(frozen=True, eq=False)
class WalkTurn:
    """Walks from one item, the most promising first.

    Attributes:
        ends: ``Float[walks, *shape]``, where the walks ended, in the order of asking.
        row: of the item in the pool.
    """

    ends: Tensor
    row: int
    name: str = "turn"
    says: str = (
        f"walks from the item towards the {PER_ANSWER} nearest items of each answer that the "
        "student might give, its own answer held; first the walk of each answer that came nearest "
        "to its guide, then the second of each"
    )

    @classmethod
    def plan(cls, ground: SearchContext) -> "WalkTurn":
        """Walk to every guide; the teacher is not asked."""
        row = int(ground.starts[0])
        here = ground.pool[row : row + 1].expand_as(ground.pool)
        gaps = _lengths(ground, ground.pool, here)
        said = ground.own.answers
        guides: list[Tensor] = []
        for answer in sorted(set(said.tolist()) - {int(said[row])}):
            rows = (said == answer).nonzero()[:, 0]
            guides.append(rows[gaps[rows].argsort(stable=True)[:PER_ANSWER]])
        if not guides:
            return cls(ground.pool[:0], row)
        chosen = torch.cat(guides)
        clean = ground.pool[row].expand(len(chosen), *ground.domain.shape)
        ends = Keep(ground.pool[:1]).towards(
            ground.student, clean, ground.pool[chosen], domain=ground.domain
        )
        ahead = _lengths(ground, ends, ground.pool[chosen])
        left = ahead / gaps[chosen].clamp_min(1e-12)
        turn = torch.empty(len(chosen))
        for answer in sorted(set(said[chosen].tolist())):
            mine = (said[chosen] == answer).nonzero()[:, 0]
            turn[mine[left[mine].argsort(stable=True)]] = torch.arange(len(mine)).float()
        order = (turn + left.clamp(max=0.999)).argsort(stable=True)
        return cls(ends[order], row)

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """The next ends of walks."""
        del ground, asked
        ends = self.ends[start : start + many]
        return Proposals.plain(ends, torch.full((len(ends),), self.row))


def _lengths(ground: SearchContext, one: Tensor, other: Tensor) -> Tensor:
    """``Float32[batch]``: l_2 distances, as sizes of the domain."""
    apart = ground.domain.differences(one, other).to(one.dtype).flatten(1)
    lengths: Tensor = apart.norm(dim=1)
    return lengths
