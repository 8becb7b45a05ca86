"""Summaries split by a column of the items, as tables in the terminal."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from preceptor.audit import FEW, Group
from preceptor.cli.audit_tables import relative
from preceptor.cli.console import out


def print_groups(names: Sequence[str], split: Mapping[str, Sequence[Sequence[Group]]]) -> None:
    """A table for each column: a line for each value and row of the summary.

    Args:
        names: of the students.
        split: for each column, for each student, its groups.
    """
    for column, students in split.items():
        out.print(f"by {column}", style="italic", markup=False, highlight=False)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for heading in (escape(column), "attack"):
            table.add_column(heading, overflow="fold")
        for name in names:
            table.add_column(escape(name), justify="right", overflow="fold")
        for same in zip(*students, strict=True):
            value = same[0].value or "(empty)"
            for rows in zip(*(one.summary.rows for one in same), strict=True):
                cells = [
                    f"{relative(row)} of {row.relative.certain}{'!' if one.small else ''}"
                    for one, row in zip(same, rows, strict=True)
                ]
                last = rows[0] is same[0].summary.rows[-1]
                table.add_row(escape(value), escape(rows[0].name), *cells, end_section=last)
        out.print(table)
        if any(one.small for groups in students for one in groups):
            out.print(
                f"! a small group: the teacher is certain of fewer than {FEW} of its items.",
                style="dim",
                highlight=False,
            )
    if split:
        out.print(
            "Teacher-relative accuracy with its interval, of the items of which the teacher is "
            "certain. Each group by itself; nothing is corrected for how many there are.",
            style="dim",
            highlight=False,
        )
