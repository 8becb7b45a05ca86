"""Which questions are worth asking: decided from the student alone, before the first is asked.

So the number of questions is known beforehand, a re-run asks the same ones, and what the teacher
says of one cannot bend the choice of the next: the answers of each factor are a plain random
sample, which is what the intervals assume.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import generator
from preceptor.explain.factors import Factor
from preceptor.outcome import Rate

HELD_SHARE: Final = 0.25
"""Of the questions, the part that is asked where the student did *not* change."""

ENOUGH: Final = 20
"""Questions that a factor needs to stand out, if the student moves on a good share of items."""

MOST: Final = 40
"""Questions after which more would hardly narrow a factor's interval."""

HELD: Final = 12
"""Questions for a factor where the student did not change."""


@dataclass(frozen=True, eq=False)
class StudentChanges:
    """What the student did when each factor was changed. Costs no question.

    Attributes:
        flips: ``Bool[factors, items]``, where its answer changed.
        moved: ``Bool[factors, items]``, where the input changed at all.
        distance: ``Float[factors]``, the mean l_2 distance over the items.
    """

    flips: Bool[Tensor, "factors items"]
    moved: Bool[Tensor, "factors items"]
    distance: Float[Tensor, " factors"]


@dataclass(frozen=True, eq=False)
class Sample:
    """Items drawn at random from those of one factor on which the student changed, or kept.

    Attributes:
        factor: its number.
        flipped: whether the student changed there.
        rows: the items.
    """

    factor: int
    flipped: bool
    rows: Int64[Tensor, " rows"]


def allocate(
    factors: tuple[Factor, ...],
    tried: StudentChanges,
    *,
    budget: int,
    bar: float,
    level: float,
    seed: int,
) -> list[Sample]:
    """Spread ``budget`` questions over the factors.

    Where the student changed, only factors that *could* stand out are asked about: the lower end
    of the student's own share must exceed ``bar``. If the budget does not give each of them
    ``ENOUGH``, those at which the student changes most are taken, family by family in turn. A
    quarter goes where the student kept its answer, first to the factors that moved inputs
    farthest; of texts first to classes of words, which decide by few letters. Inputs that did not
    change at all are no questions, since their answer is known.

    Args:
        factors: all that were tried.
        tried: what the student did.
        budget: the most questions.
        bar: what a share must exceed to stand out.
        level: at which the interval of one student's share is taken.
        seed: of the draws.
    """
    held_budget = int(budget * HELD_SHARE)
    flips = tried.flips.sum(1).tolist()
    items = tried.flips.shape[1]
    able = [
        i
        for i, count in enumerate(flips)
        if Rate(count, items - count, level=level).interval[0] > bar
    ]
    chosen = _in_turn(factors, able, flips)[: (budget - held_budget) // ENOUGH]
    quotas = _quotas({i: flips[i] for i in chosen}, budget - held_budget)
    samples = [
        Sample(i, True, _draw(tried.flips[i], quota, seed, "flipped", factors[i].name))
        for i, quota in quotas.items()
    ]
    left = held_budget
    farthest = torch.argsort(tried.distance, descending=True, stable=True).tolist()
    for i in sorted(farthest, key=lambda i: factors[i].family != "word class"):
        rows = _draw(~tried.flips[i], HELD, seed, "held", factors[i].name)
        cost = int(tried.moved[i][rows].sum())
        if cost and cost <= left:
            samples.append(Sample(i, False, rows))
            left -= cost
    return samples


def _in_turn(factors: tuple[Factor, ...], able: list[int], flips: list[int]) -> list[int]:
    """Family by family in turn, each family's own by how often the student changes."""
    families: dict[str, list[int]] = defaultdict(list)
    for i in sorted(able, key=lambda i: -flips[i]):
        families[factors[i].family].append(i)
    turns = zip_longest(*families.values())
    return [i for i in chain.from_iterable(turns) if i is not None]


def _quotas(there: dict[int, int], budget: int) -> dict[int, int]:
    """Questions for each factor: even, no more than there are items, and ``MOST`` at most."""
    quotas = dict.fromkeys(there, 0)
    left = budget
    while left:
        open_ = [i for i, quota in quotas.items() if quota < min(there[i], MOST)][:left]
        if not open_:
            break
        for i in open_:
            quotas[i] += 1
        left -= len(open_)
    return quotas


def _draw(among: Tensor, most: int, seed: int, side: str, name: str) -> Tensor:
    rows = among.nonzero()[:, 0]
    order = generator(seed, "explain ask", side, name).permutation(len(rows))[:most]
    return rows[torch.from_numpy(order)].sort().values
