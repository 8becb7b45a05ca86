"""Summaries split by a column of the items, as tables in the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from preceptor.audit import FEW, Group
from preceptor.audit.plain_attacks import plain_names
from preceptor.cli.audit_tables import relative
from preceptor.cli.console import out
from preceptor.cli.named_rows import NamedRow, print_rows


def print_groups(names: Sequence[str], split: Mapping[str, Sequence[Sequence[Group]]]) -> None:
    """A table for each column: a line for each value and row of the summary.

    Args:
        names: of the students.
        split: for each column, for each student, its groups.
    """
    for column, students in split.items():
        out.print(f"by {column}", style="italic", markup=False, highlight=False)
        rows: list[NamedRow] = []
        for same in zip(*students, strict=True):
            plain = plain_names(same[0].record.facts)
            value = same[0].value or "(empty)"
            for k, line in enumerate(zip(*(one.summary.rows for one in same), strict=True)):
                cells = tuple(
                    f"{relative(row)} of {row.relative.certain}{'!' if one.small else ''}"
                    for one, row in zip(same, line, strict=True)
                )
                name = plain[line[0].name]
                label = f"{value}, {name.label}"
                rows.append(NamedRow(replace(name, label=label), cells, k == 0 and bool(rows)))
        print_rows((f"{column}, attack", *names), rows)
        out.print()
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
