"""Summaries as tables in the terminal."""

from rich import box
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
    """A table for each record, and what its columns mean."""
    for record, summary in records:
        source = record.facts["source"]
        table = Table(
            title=f"student: {record.facts['student']['name']}, on {source['items']} of "
            f"{source['name']}, teacher: {record.facts['teacher']['name']}",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
        )
        table.add_column("attack", overflow="fold")
        for heading in (
            "conven-\ntional",
            f"teacher-\nrelative [{record.level:.0%}]",
            "void",
            "false\nalarms",
            "errors:\nsens/inv/both",
        ):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in summary.rows:
            table.add_row(*_cells(row), end_section=row is summary.attacks[-1])
        out.print(table)
    out.print(
        "conventional: the clean input's label is assumed at the moved one. teacher-relative: right "
        "where the teacher, asked at the moved input, is certain. void: the teacher is uncertain "
        "there, so nothing is right or wrong. false alarms: conventional failures that are void, or "
        "where the teacher changed too and agrees. errors: the student is wrong where the teacher "
        "is certain; sens: the student flips, the teacher keeps; inv: the student keeps, the "
        "teacher changes; both change; the rest were wrong before.",
        style="dim",
        highlight=False,
    )


def _cells(row: Row) -> list[str]:
    low, high = row.relative.interval
    worst = row.name == "all attacks"
    kinds = "/".join(str(row.splits[name]) for name in ("SENSITIVITY", "INVARIANCE", "BOTH"))
    return [
        row.name,
        _rate(row.conventional),
        f"{_rate(row.relative)} [{100 * low:.0f}-{100 * high:.0f}]",
        "-" if row.void_share is None else f"{row.void_share:.0%}",
        "" if worst else f"{row.splits['FALSE_ALARM']}/{row.conventional_failures}",
        str(row.verdicts["ERROR"]) + ("" if worst else f": {kinds}"),
    ]


def _rate(rate: Rate) -> str:
    if rate.value is not None:
        return f"{rate.value:.1%}"
    if not rate.certain and not rate.unasked:
        return "undefined"
    low, high = rate.bounds
    return f"{100 * low:.1f} to {100 * high:.1f}%"
