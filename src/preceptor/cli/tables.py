"""Summaries as tables in the terminal."""

from rich.table import Table

from preceptor.audit import Record, Row, Summary
from preceptor.cli.console import err, out
from preceptor.outcome import Rate


def print_findings(record: Record) -> None:
    """What makes the numbers doubtful, on standard error."""
    for finding in record.facts["findings"]:
        err.print(f"{finding['level']}: {finding['message']}", markup=False, highlight=False)
        err.print(f"  fix: {finding['fix']}", markup=False, highlight=False)


def print_summary(records: list[tuple[Record, Summary]]) -> None:
    """One table; with several records, one after the other in it."""
    level = records[0][0].level
    table = Table(title=None, show_lines=False, pad_edge=False)
    if len(records) > 1:
        table.add_column("student")
    table.add_column("attack")
    for heading in (
        "conventional",
        "teacher-relative",
        f"{level:.0%} interval",
        "void",
        "false alarms",
        "errors",
        "sensitivity",
        "invariance",
        "both",
    ):
        table.add_column(heading, justify="right")
    for record, summary in records:
        first = True
        for row in summary.rows:
            name = [record.facts["student"]["name"] if first else ""] if len(records) > 1 else []
            table.add_row(*name, *_cells(row))
            first = False
        table.add_section()
    out.print(table)
    out.print(
        "conventional: the clean input's label is assumed at the moved one. teacher-relative: right "
        "where the teacher, asked at the moved input, is certain. void: the teacher is uncertain "
        "there, so nothing is right or wrong. false alarms: conventional failures that are void, or "
        "where the teacher changed too and agrees. errors: the student is wrong where the teacher "
        "is certain, split into sensitivity (the student flips, the teacher keeps), invariance (the "
        "student keeps, the teacher changes) and both.",
        style="dim",
        highlight=False,
    )


def _cells(row: Row) -> list[str]:
    low, high = row.relative.interval
    worst = row.name == "all attacks"
    return [
        row.name,
        _rate(row.conventional),
        _rate(row.relative),
        f"{100 * low:.1f}-{100 * high:.1f}",
        "-" if row.void_share is None else f"{row.void_share:.1%}",
        "" if worst else f"{row.splits['FALSE_ALARM']} of {row.conventional_failures}",
        str(row.verdicts["ERROR"]),
        *("" if worst else str(row.splits[name]) for name in ("SENSITIVITY", "INVARIANCE", "BOTH")),
    ]


def _rate(rate: Rate) -> str:
    if rate.value is not None:
        return f"{rate.value:.1%}"
    if not rate.certain and not rate.unasked:
        return "undefined"
    low, high = rate.bounds
    return f"{100 * low:.1f} to {100 * high:.1f}%"
