"""What may be said of every two of several students, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

from torch import Tensor

from preceptor.audit.prefix import Prefix
from preceptor.audit.summary import Row, Summary
from preceptor.audit.terms import result_codes
from preceptor.outcome import AnyTime, Difference, difference, holm, of_least
from preceptor.sequential import apart


@dataclass(frozen=True)
class PairwiseDifference:
    """Two students under one attack, or none, or in the worst case; or the least of these rates.

    Attributes:
        name: of the row of the summary; ``least rate`` of the headline.
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
        contrasts: one for each row of their summaries, the headline last: that of the least rates,
            which with one attack is its row.
    """

    first: int
    second: int
    contrasts: tuple[PairwiseDifference, ...]

    @property
    def headline(self) -> PairwiseDifference:
        """Of the least rates; of stopped records, of the worst case."""
        return self.contrasts[-1]

    def turned(self) -> "Pair":
        """The same two the other way round."""
        found = (replace(one, difference=one.difference.turned()) for one in self.contrasts)
        return Pair(self.second, self.first, tuple(found))


LEAST: Final = "least rate"
"""What the contrast of the least rates is called."""


def pairs(
    summaries: Sequence[Summary], verdicts: Sequence[Sequence[Tensor]], prefix: Prefix | None
) -> tuple[Pair, ...]:
    """Every two students under every row of their summaries; p-values by Holm, in two families.

    Args:
        summaries: one for each student, with the same rows.
        verdicts: ``Int64[items]`` for each row, for each student.
        prefix: where some record stopped by a rule. Then the clean inputs and the worst case alone
            are compared, so that Holm's correction is for few.
    """
    places = _compared(summaries[0], prefix)
    names = [summaries[0].rows[k].name for k in places]
    several = prefix is None and len(summaries[0].components) > 1
    couples = list(combinations(range(len(summaries)), 2))
    found = []
    for a, b in couples:
        ours, theirs = ([verdicts[i][k] for k in places] for i in (a, b))
        rows = [(summaries[a].rows[k], summaries[b].rows[k]) for k in places]
        some = [_difference(*each) for each in zip(rows, ours, theirs, strict=True)]
        if prefix is not None:
            some = _at_any_time(some, ours, theirs, prefix)
        if several:
            chosen = (rows[-1][0].relative.chosen, rows[-1][1].relative.chosen)
            level = rows[-1][0].relative.level
            some.append(of_least(ours[1:], theirs[1:], level, chosen=chosen))
        found.append(some)
    names += [LEAST] if several else []
    main = holm([each[-1].p for each in found])
    rest = holm([one.p for each in found for one in each[:-1]])
    made = []
    for n, (a, b) in enumerate(couples):
        start = n * (len(names) - 1)
        adjusted = [*rest[start : start + len(names) - 1], main[n]]
        made.append(Pair(a, b, tuple(map(PairwiseDifference, names, found[n], adjusted))))
    return tuple(made)


def _compared(summary: Summary, prefix: Prefix | None) -> list[int]:
    """Which rows; the worst case over one attack is that attack's row, and stands once."""
    count = len(summary.rows)
    if prefix is not None:
        return sorted({0, count - 1})
    return [0, 1] if len(summary.attacks) == 1 else list(range(count))


def _difference(rows: tuple[Row, Row], ours: Tensor, theirs: Tensor) -> Difference:
    one, other = (row.relative for row in rows)
    found = difference(ours, theirs, one.level, chosen=(one.chosen, other.chosen))
    return found if one.stopped is None else replace(found, first=one, second=other)


def _at_any_time(
    found: list[Difference], ours: list[Tensor], theirs: list[Tensor], prefix: Prefix
) -> list[Difference]:
    """The same with intervals and p-values that hold whenever one stops."""
    codes = [result_codes(of) for of in (ours, theirs)]
    items = None if prefix.population == "source" else prefix.pool
    bets = apart(codes[0], codes[1], items=items)
    low, high = bets.interval(1 - found[0].first.level)
    ends = zip(low.tolist(), high.tolist(), bets.p.tolist(), strict=True)
    return [
        replace(one, stopped=AnyTime((down, up), p))
        for one, (down, up, p) in zip(found, ends, strict=True)
    ]
