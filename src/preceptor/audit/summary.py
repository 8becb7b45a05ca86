"""What a record says, in numbers: one row for each attack and one for the worst case of all."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from preceptor.audit.decision import Codes, Terms, combined
from preceptor.audit.record import Record
from preceptor.outcome import (
    Outcome,
    Rate,
    Split,
    Verdict,
    accuracy,
    anchored,
    conventional,
    fails_conventionally,
    judge,
    split,
    worst,
)


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
        splits: items by split name.
        conventional_failures: what the l_p reading counts as wrong at the moved input.
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
    conventional_failures: int
    items: int

    @property
    def void_share(self) -> float | None:
        """Void among asked items; ``None`` if none was asked."""
        asked = self.items - self.verdicts["UNASKED"]
        return self.verdicts["VOID"] / asked if asked else None

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
            "verdicts": self.verdicts,
            "splits": self.splits,
            "conventional_failures": self.conventional_failures,
            "void_share": self.void_share,
            "false_alarm_share": self.false_alarm_share,
        }


@dataclass(frozen=True)
class Summary:
    """The rows of a record: no attack, each attack, and the pointwise worst case of all.

    Attributes:
        clean: no attack.
        attacks: one for each.
        worst: over all inputs of an item.
        stopped: asking stopped by a rule, which was about ``worst``.
    """

    clean: Row
    attacks: tuple[Row, ...]
    worst: Row
    stopped: bool = False

    @property
    def rows(self) -> tuple[Row, ...]:
        """In reading order; the worst case only where it differs from the other rows."""
        several = len(self.attacks) > (0 if self.stopped else 1)
        last = (self.worst,) if several else ()
        return (self.clean, *self.attacks, *last)

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "clean": self.clean.describe(),
            "attacks": [row.describe() for row in self.attacks],
            "worst": self.worst.describe(),
        }


def summarise(record: Record) -> Summary:
    """Compute every rate of a record."""
    level = record.level
    partial = record.facts["questions"].get("answered_beyond_budget", 0) > 0
    chosen = partial or record.facts["plan"]["ask"] == "flips"
    clean = judge(record.clean.sheet)
    nothing = Outcome("no attack", record.clean.sheet, record.clean.sheet)
    outcomes = record.outcomes
    first = _row({"name": "no attack"}, clean, [nothing], split(nothing), level, partial)
    rows = tuple(
        _row(attack, judge(outcome.moved), [outcome], split(outcome), level, chosen)
        for attack, outcome in zip(record.attacks, outcomes, strict=True)
    )
    every = [clean, *(judge(outcome.moved) for outcome in outcomes)]
    last = _row({"name": "all attacks"}, worst(every), outcomes or [nothing], None, level, chosen)
    if "stopping" in record.facts:
        return _stopped(record, (first, *rows), every)
    return Summary(first, rows, last)


def _stopped(record: Record, rows: tuple[Row, ...], every: list[Tensor]) -> Summary:
    """The rows of an audit that stopped early: items never reached are unasked, and every interval
    is one that holds whenever one stops.

    An input that was not asked, since its item was wrong already, may count as right or as wrong.
    """
    nothing = Outcome("no attack", record.clean.sheet, record.clean.sheet)
    outcomes = record.outcomes
    verdicts = decided(every)
    name = {"name": "all attacks"}
    rows = (*rows, _row(name, verdicts, outcomes or [nothing], None, record.level, False))
    groups = [[nothing], *([one] for one in outcomes), outcomes or [nothing]]
    codes = [combined(one[None]).numpy() for one in (*every, verdicts)]
    codes += [_conventional(group) for group in groups]
    low, high = _ends(record, np.stack(codes))
    more = int(record.facts["source"]["items"]) - len(record.ids)
    stopping = record.facts["stopping"]
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
    return Summary(done[0], tuple(done[1:-1]), done[-1], stopped=True)


def decided(sheets: list[Tensor]) -> Tensor:
    """The worst verdict of each item, where an abstention was the end of asking about it."""
    verdicts = worst(sheets)
    abstains = (torch.stack(sheets) == Verdict.ABSTAIN).any(0)
    verdicts[(verdicts == Verdict.UNASKED) & abstains] = Verdict.ABSTAIN  # wrong, whatever else
    return verdicts


def _conventional(outcomes: list[Outcome]) -> Codes:
    """``Int64[items]``, by the reading that holds the clean label, as values of ``Result``."""
    clean = outcomes[0].clean
    right = clean.student == clean.teacher
    for outcome in outcomes:
        right = right & ~fails_conventionally(outcome)
    found = torch.where(right, Verdict.AGREE, Verdict.ERROR)
    found = torch.where(anchored(clean), found, Verdict.VOID)
    return combined(torch.where(clean.asked, found, Verdict.UNASKED)[None]).numpy()


def _ends(record: Record, codes: Codes) -> tuple[np.ndarray, np.ndarray]:
    """``Float[rates]``, twice: the interval of each rate, from its results ``[rates, items]``."""
    terms = Terms.of(record)
    process = terms.start((len(codes),))
    guesses = np.zeros(codes.shape[1], np.int64)
    if terms.guesses is not None:
        guesses = terms.guesses[terms.order()[: codes.shape[1]]]
    for item in range(record.facts["stopping"]["used"]):
        process = process.after(codes[:, item], np.full(len(codes), guesses[item]))
    return process.ends((1 - terms.level) / 2)


def _row(
    attack: dict[str, Any],
    verdicts: Tensor,
    outcomes: list[Outcome],
    splits: Tensor | None,
    level: float,
    chosen: bool,
) -> Row:
    failures = sum(fails_conventionally(outcome) for outcome in outcomes) > 0
    return Row(
        name=attack["name"],
        family=attack.get("family", ""),
        size=attack.get("size"),
        goal=attack.get("goal", ""),
        relative=accuracy(verdicts, level, chosen=chosen),
        conventional=conventional(outcomes, level),
        verdicts={v.name: int((verdicts == v).sum()) for v in Verdict},
        splits={
            s.name: 0 if splits is None else int((splits == s).sum())
            for s in Split
            if s != Split.NONE
        },
        conventional_failures=int((failures & anchored(outcomes[0].clean)).sum()),
        items=len(verdicts),
    )
