"""Tables split by a column of the items, as a page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preceptor.audit import FEW, Group
from preceptor.outcome.wording import percent, rate, rate_interval


@dataclass(frozen=True)
class GroupCell:
    """One student on the items of a group, as text.

    Attributes:
        rate: teacher-relative accuracy.
        interval: of it.
        certain: the denominator.
        void: share and count of the void items.
    """

    rate: str
    interval: str
    certain: str
    void: str


@dataclass(frozen=True)
class GroupRow:
    """One group under one attack.

    Attributes:
        value: of the column.
        attack: or none.
        items: in the group.
        entries: one for each student.
        small: whether hardly anything certain is in the group.
        first: whether it is the group's first line.
    """

    value: str
    attack: str
    items: int
    entries: tuple[GroupCell, ...]
    small: bool
    first: bool


@dataclass(frozen=True)
class ColumnTable:
    """One column.

    Attributes:
        column: its name.
        names: of the students.
        lines: its groups.
        few: a group with fewer certain items is called small.
    """

    column: str
    names: tuple[str, ...]
    lines: tuple[GroupRow, ...]
    few: int = FEW

    @property
    def any_small(self) -> bool:
        """Whether some group is small."""
        return any(line.small for line in self.lines)


def splits(
    names: Sequence[str], columns: Mapping[str, Sequence[Sequence[Group]]]
) -> tuple[ColumnTable, ...]:
    """What to show of each column; ``columns`` has for each student its groups."""
    return tuple(
        ColumnTable(column, tuple(names), tuple(_lines(students)))
        for column, students in columns.items()
    )


def _lines(students: Sequence[Sequence[Group]]) -> list[GroupRow]:
    found = []
    for same in zip(*students, strict=True):
        small = any(group.small for group in same)
        for k, rows in enumerate(zip(*(group.summary.rows for group in same), strict=True)):
            entries = []
            for row in rows:
                asked = row.items - row.verdicts["UNASKED"]
                void = f"{percent(row.void_share, asked)} ({row.verdicts['VOID']:,})"
                certain = f"{row.relative.certain:,}"
                ends = rate_interval(row.relative)
                entries.append(GroupCell(rate(row.relative), ends, certain, void if asked else ""))
            value = same[0].value or "(empty)"
            items = len(same[0].record.ids)
            found.append(GroupRow(value, rows[0].name, items, tuple(entries), small, k == 0))
    return found
