"""What may be said of every two of several students, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from preceptor.audit.decision import combined
from preceptor.audit.prefix import Prefix
from preceptor.audit.summary import Row, Summary
from preceptor.outcome import AnyTime, Difference, difference, holm
from preceptor.sequential import apart


@dataclass(frozen=True)
class Contrast:
    """Two students under one attack, or none, or the worst of all.

    Attributes:
        name: of the row of the summary.
        difference: the first student's accuracy less the second's.
        adjusted: its p-value after Holm's correction, see :func:`side_by_side`.
    """

    name: str
    difference: Difference
    adjusted: float

    @property
    def settled(self) -> bool:
        """Whether it may be claimed that one is better, at the level of the intervals."""
        return self.adjusted <= 1 - self.difference.first.level

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            **self.difference.describe(),
            "p_adjusted": self.adjusted,
            "settled": self.settled,
        }


@dataclass(frozen=True)
class Pair:
    """Two of the students, and how they differ.

    Attributes:
        first: the number of the one, from 0.
        second: the number of the other.
        contrasts: one for each row of their summaries, the headline last.
    """

    first: int
    second: int
    contrasts: tuple[Contrast, ...]

    @property
    def headline(self) -> Contrast:
        """Under the worst of the attacks; or the only attack; or no attack."""
        return self.contrasts[-1]

    def turned(self) -> "Pair":
        """The same two the other way round."""
        found = (replace(one, difference=one.difference.turned()) for one in self.contrasts)
        return Pair(self.second, self.first, tuple(found))


def pairs(
    summaries: Sequence[Summary], verdicts: Sequence[Sequence[Tensor]], prefix: Prefix | None
) -> tuple[Pair, ...]:
    """Every two students under every row of their summaries; p-values by Holm, in two families.

    Args:
        summaries: one for each student, with the same rows.
        verdicts: ``Int64[items]`` for each row, for each student.
        prefix: where some record stopped by a rule. Then the clean inputs and the worst case alone
            are compared: of single attacks a stopped audit asked what its answers chose.
    """
    count = len(summaries[0].rows)
    places = list(range(count)) if prefix is None else sorted({0, count - 1})
    couples = list(combinations(range(len(summaries)), 2))
    found = []
    for a, b in couples:
        ours, theirs = ([verdicts[i][k] for k in places] for i in (a, b))
        rows = [(summaries[a].rows[k], summaries[b].rows[k]) for k in places]
        some = [_difference(*each) for each in zip(rows, ours, theirs, strict=True)]
        found.append(some if prefix is None else _at_any_time(some, ours, theirs, prefix))
    main = holm([each[-1].p for each in found])
    rest = holm([one.p for each in found for one in each[:-1]])
    names, made = [summaries[0].rows[k].name for k in places], []
    for n, (a, b) in enumerate(couples):
        start = n * (len(names) - 1)
        adjusted = [*rest[start : start + len(names) - 1], main[n]]
        made.append(Pair(a, b, tuple(map(Contrast, names, found[n], adjusted))))
    return tuple(made)


def _difference(rows: tuple[Row, Row], ours: Tensor, theirs: Tensor) -> Difference:
    one, other = (row.relative for row in rows)
    found = difference(ours, theirs, one.level, chosen=(one.chosen, other.chosen))
    return found if one.stopped is None else replace(found, first=one, second=other)


def _at_any_time(
    found: list[Difference], ours: list[Tensor], theirs: list[Tensor], prefix: Prefix
) -> list[Difference]:
    """The same with intervals and p-values that hold whenever one stops."""
    codes = [torch.stack([combined(one[None]) for one in of]).numpy() for of in (ours, theirs)]
    items = None if prefix.population == "source" else prefix.pool
    bets = apart(codes[0], codes[1], items=items)
    low, high = bets.interval(1 - found[0].first.level)
    ends = zip(low.tolist(), high.tolist(), bets.p.tolist(), strict=True)
    return [
        replace(one, stopped=AnyTime((down, up), p))
        for one, (down, up, p) in zip(found, ends, strict=True)
    ]
