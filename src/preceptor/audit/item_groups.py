"""A record split by a column of its items, such as their condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import torch

from preceptor.audit.record import Record
from preceptor.audit.student_comparison import take_said
from preceptor.audit.summary import Summary, summarise
from preceptor.core import InputError
from preceptor.core.did_you_mean import did_you_mean

MOST: Final = 40
"""Groups that a table can show."""

FEW: Final = 20
"""A group with fewer items of which the teacher is certain is called small."""


@dataclass(frozen=True, eq=False)
class Group:
    """The items that have one value in a column.

    Attributes:
        value: as it stands in the column; empty where nothing does.
        record: what was said of these items.
        summary: of them.
    """

    value: str
    record: Record
    summary: Summary

    @property
    def small(self) -> bool:
        """Whether hardly anything certain is under its clean rate."""
        return self.summary.clean.relative.certain < FEW

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "value": self.value,
            "items": len(self.record.ids),
            "small": self.small,
            **self.summary.describe(),
        }


def groups(record: Record, column: str) -> list[Group]:
    """Split a record by a column: a summary for each value, in the order in which they come.

    Each group's rates and intervals are its own, as if nothing but it had been audited; nothing is
    corrected for the number of groups.

    Raises:
        InputError: no such column, more than ``MOST`` values, or asking stopped by a rule.
    """
    check_column(record.columns, column)
    if "stopping" in record.facts:
        raise InputError(
            "an audit that stopped by a rule is not split: what was asked depends on the answers. "
            "Audit without a rule, or each group by itself."
        )
    cells = record.columns[column]
    return [_group(record, cells, value) for value in dict.fromkeys(cells)]


def check_column(columns: Mapping[str, Sequence[str]], column: str) -> None:
    """See that items can be split by a column.

    Raises:
        InputError: there is none of that name, or it has more than ``MOST`` values.
    """
    if column not in columns:
        known = list(columns)
        said = f"there are {', '.join(map(repr, known))}" if known else "there is none"
        raise InputError(
            f"the items have no column {column!r}{did_you_mean(column, known)}; {said}. Columns come from "
            "the files: further columns of a CSV that say the same in all rows of an item, or "
            "further arrays of the data's .npz with one entry for each item."
        )
    cells = columns[column]
    values = list(dict.fromkeys(cells))
    if len(values) > MOST:
        raise InputError(
            f"column {column!r} has {len(values)} different values among {len(cells)} items, such "
            f"as {values[0]!r}; a table is split into at most {MOST} groups. Give a column that "
            "names groups."
        )


def _group(record: Record, cells: Sequence[str], value: str) -> Group:
    rows = torch.tensor([i for i, cell in enumerate(cells) if cell == value], dtype=torch.int64)
    kept = rows.tolist()
    ballots = record.ballots
    part = replace(
        record,
        ids=tuple(record.ids[i] for i in kept),
        clean=take_said(record.clean, rows),
        moved=tuple(take_said(said, rows) for said in record.moved),
        columns={name: tuple(column[i] for i in kept) for name, column in record.columns.items()},
        ballots=None if ballots is None else ballots.take(rows, len(record.ids)),
    )
    return Group(value, part, summarise(part))
