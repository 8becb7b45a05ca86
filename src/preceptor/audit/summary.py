"""What a record says, in numbers: one row for each attack and one for the worst case of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from preceptor.audit.decision import stopping_of, terms_of
from preceptor.audit.record import Record
from preceptor.audit.terms import Codes, Terms, result_codes
from preceptor.core.saved import Facts
from preceptor.outcome import (
    WORST_CASE,
    Changes,
    LeastRate,
    Outcome,
    Rate,
    Split,
    Verdict,
    accuracy,
    anchored,
    changes,
    components,
    conventional,
    fails_conventionally,
    judge,
    never_wrong,
    right_at,
    split,
    unattacked,
    worst,
)
from preceptor.sequential import Process, Result, Stakes


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: of the attack; ``no attack``; or ``all attacks``.
        family: of the attack, for curves; empty for the other two.
        size: of the attack.
        goal: of the attack.
        relative: teacher-relative accuracy.
        conventional: robust accuracy with the clean label assumed.
        verdicts: items by verdict name.
        splits: items by split name. Of the worst case only ``FALSE_ALARM``, ``OPEN_ALARM`` and
            ``UNDONE``: what changed differs from attack to attack.
        changes: what the teacher's answer did, whoever the student is; ``None`` of the clean
            inputs and of the worst case.
        items: how many there are.
    """

    name: str
    family: str
    size: float | None
    goal: str
    relative: Rate
    conventional: Rate
    verdicts: dict[str, int]
    splits: dict[str, int]
    changes: Changes | None
    items: int

    @property
    def asked(self) -> int:
        """Items that have their answer, certain or void."""
        return self.items - self.verdicts["UNASKED"]

    @property
    def void_share(self) -> float | None:
        """Void among asked items; ``None`` if none was asked."""
        return self.verdicts["VOID"] / self.asked if self.asked else None

    @property
    def conventional_failures(self) -> int:
        """Items that the l_p reading counts as wrong, at the clean input or at the moved one."""
        return self.conventional.misses

    @property
    def false_alarm_share(self) -> float | None:
        """False alarms among conventional failures; ``None`` if there are none of these."""
        if not self.conventional_failures:
            return None
        return self.splits["FALSE_ALARM"] / self.conventional_failures

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "family": self.family,
            "size": self.size,
            "goal": self.goal,
            "items": self.items,
            "teacher_relative_accuracy": self.relative.describe(),
            "conventional_accuracy": self.conventional.describe(),
            "verdicts": _but_for_none(self.verdicts, Verdict.UNCONTRADICTED.name),
            "splits": _but_for_none(self.splits, Split.OPEN_ALARM.name),
            "conventional_failures": self.conventional_failures,
            "void_share": self.void_share,
            "false_alarm_share": self.false_alarm_share,
            "teacher_changed": None if self.changes is None else self.changes.describe(),
        }


def _but_for_none(counts: Mapping[str, int], name: str) -> dict[str, int]:
    """Counts without one that is 0: what is said of sets stands only where there are any."""
    return {key: count for key, count in counts.items() if count or key != name}


@dataclass(frozen=True)
class Summary:
    """The rows of a record: no attack, each attack, and the pointwise worst case of all.

    Attributes:
        clean: no attack.
        attacks: one for each.
        worst: over the moved inputs of an item; of an audit without attacks the clean row.
        least: the headline: the least of the attacks' rates and of the worst case.
        never_wrong: the share of items at which the student was never found wrong, clean or
            moved, void counted as survived. Shown, never decided by.
        stopped: asking stopped by a rule, which was about ``least``.
    """

    clean: Row
    attacks: tuple[Row, ...]
    worst: Row
    least: LeastRate
    never_wrong: Rate
    stopped: bool = False

    @property
    def rows(self) -> tuple[Row, ...]:
        """In reading order, the worst case last; without attacks only the clean row."""
        return (self.clean, *self.attacks, self.worst) if self.attacks else (self.clean,)

    @property
    def components(self) -> tuple[Row, ...]:
        """The rows of which the least counts, in the order of ``least``."""
        rows = {row.name: row for row in self.rows}
        return tuple(rows[name] for name in self.least.names)

    @property
    def headline(self) -> Row:
        """The row that decides: of the least rate."""
        return self.components[self.least.place]

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "least": {**self.least.describe(), "void_share": self.headline.void_share},
            "clean": self.clean.describe(),
            "attacks": [row.describe() for row in self.attacks],
            "worst": self.worst.describe(),
            "never_wrong": self.never_wrong.describe(),
        }


def summarise(record: Record) -> Summary:
    """Compute every rate of a record."""
    level = record.level
    partial = record.facts["questions"].get("answered_beyond_budget", 0) > 0
    chosen = partial or record.facts["plan"]["ask"] == "flips"
    if "stopping" in record.facts:
        return _stopped(record)
    rows = _rows(record, partial, chosen)
    outcomes = record.outcomes or [unattacked(record.clean.sheet)]
    least = LeastRate.of(components(outcomes), level, chosen=rows[-1].relative.chosen)
    survived = accuracy(never_wrong(outcomes), level, chosen=chosen)
    return Summary(rows[0], tuple(rows[1:-1]), rows[-1], least, survived)


def _rows(record: Record, partial: bool, chosen: bool) -> list[Row]:
    """The clean one, each attack's and the worst case; without attacks the clean one alone."""
    nothing, outcomes = unattacked(record.clean.sheet), record.outcomes
    named = [{"name": nothing.attack}, *record.attacks, {"name": WORST_CASE}]
    groups = [[nothing], *([one] for one in outcomes), outcomes]
    lines = zip(named, row_verdicts(record), groups, strict=False)
    return [
        _row(name, verdicts, group, record.level, chosen if i else partial)
        for i, (name, verdicts, group) in enumerate(lines)
    ]


def row_verdicts(record: Record) -> list[Tensor]:
    """``Int64[items]`` for each row of the summary."""
    clean, outcomes = judge(record.clean.sheet), record.outcomes
    moved = [judge(outcome.moved) for outcome in outcomes]
    if not moved:
        return [clean]
    return [clean, *moved, worst(moved)]


def _stopped(record: Record) -> Summary:
    """The rows of an audit that stopped early: items never reached are unasked, and every interval
    is one that holds whenever one stops.
    """
    terms, stopping = terms_of(record), stopping_of(record)
    rows = _rows(record, False, False)
    every = [unattacked(record.clean.sheet), *record.outcomes]
    groups = [[one] for one in every] + ([record.outcomes] if record.outcomes else [])
    outcomes = record.outcomes or every
    codes = [*row_verdicts(record), *map(_conventional, groups), never_wrong(outcomes)]
    process = _followed(terms, stopping, result_codes(codes))
    tail = (1 - terms.level) / 2
    low, high = process.ends(tail)
    more = int(record.facts["source"]["items"]) - len(record.ids)
    uneven = stopping["mix"] < 1 or stopping["used"] < len(record.ids)

    def settle(rate: Rate, place: int) -> Rate:
        return replace(
            rate,
            unasked=rate.unasked + more,
            chosen=uneven or rate.unasked > 0,
            stopped=(float(low[place]), float(high[place])),
        )

    done = [
        replace(
            row,
            items=row.items + more,
            verdicts={**row.verdicts, "UNASKED": row.verdicts["UNASKED"] + more},
            relative=settle(row.relative, i),
            conventional=settle(row.conventional, len(rows) + i),
        )
        for i, row in enumerate(rows)
    ]
    place = [[row.name for row in done].index(name) for name in terms.names]
    rates = tuple(done[i].relative for i in place)
    if terms.guesses is None and terms.stakes is None:
        _, highest = process.ends(tail, tail / len(place))
        ends = float(low[place].min()), float(highest[place].min())
    else:
        ends = stopping["interval"][0], stopping["interval"][1]
    least = LeastRate(terms.names, rates, ends)
    survived = settle(accuracy(codes[-1], record.level), len(codes) - 1)
    return Summary(done[0], tuple(done[1:-1]), done[-1], least, survived, stopped=True)


def _conventional(outcomes: list[Outcome]) -> Tensor:
    """``Int64[items]``, verdicts by the reading that holds the clean label."""
    clean, fails = outcomes[0].clean, _fails(outcomes)
    found = torch.where(clean.partial, Verdict.UNCONTRADICTED, Verdict.AGREE)
    found = torch.where(fails, Verdict.ERROR, found)
    found = torch.where(anchored(clean), found, Verdict.VOID)
    return torch.where(clean.asked, found, Verdict.UNASKED)


def _fails(outcomes: Sequence[Outcome]) -> Tensor:
    """``Bool[items]``, what the l_p reading counts as wrong under some attack."""
    return torch.stack([fails_conventionally(outcome) for outcome in outcomes]).any(0)


def _followed(terms: Terms, stopping: Facts, codes: Codes) -> Process:
    """Bets on each rate, from its results ``[rates, items]``.

    Where the items or the proxy changed under the attempt, what is left of the stakes is for the
    decision; of other rates only what is certain is said.
    """
    codes[:, stopping["disputed"]] = Result.UNKNOWN
    kinds = None
    if terms.guesses is not None:
        kinds = np.repeat(terms.guesses[-1:], len(codes), 0)
    stakes = None if terms.stakes is None else Stakes.none(terms.points)
    process = terms.begin(len(codes), kinds, stakes)
    for item in range(stopping["used"]):
        process = terms.on(process, codes[:, item], kinds)
    return process


def _row(
    attack: dict[str, Any],
    verdicts: Tensor,
    outcomes: list[Outcome],
    level: float,
    chosen: bool,
) -> Row:
    attacked = "goal" in attack
    return Row(
        name=attack["name"],
        family=attack.get("family", ""),
        size=attack.get("size"),
        goal=attack.get("goal", ""),
        relative=accuracy(verdicts, level, chosen=chosen),
        conventional=conventional(outcomes, level),
        verdicts={v.name: int((verdicts == v).sum()) for v in Verdict},
        splits=_over(outcomes, verdicts) if attack["name"] == WORST_CASE else _splits(outcomes[0]),
        changes=changes(outcomes[0]) if attacked else None,
        items=len(verdicts),
    )


def _splits(outcome: Outcome) -> dict[str, int]:
    found = split(outcome)
    return {s.name: int((found == s).sum()) for s in Split if s != Split.NONE}


def _over(outcomes: Sequence[Outcome], verdicts: Tensor) -> dict[str, int]:
    """False alarms and undone errors by the worst case: of one attack, those of its own row."""
    clean = outcomes[0].clean
    calm = (verdicts == Verdict.AGREE) | (verdicts == Verdict.VOID)
    fails = right_at(clean) & _fails(outcomes)
    undone = calm & anchored(clean) & ~right_at(clean)
    return {
        Split.FALSE_ALARM.name: int((calm & fails).sum()),
        Split.UNDONE.name: int(undone.sum()),
        Split.OPEN_ALARM.name: int(((verdicts == Verdict.UNCONTRADICTED) & fails).sum()),
    }
