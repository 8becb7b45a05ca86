"""What an audit or a report of records says: tables, pages and JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from preceptor import report as reports
from preceptor.audit import Record, Summary, consistency, groups, side_by_side, summarise
from preceptor.cli.consistency_tables import print_consistency
from preceptor.cli.console import out
from preceptor.cli.ending import Ending, together, told
from preceptor.cli.group_tables import print_groups
from preceptor.cli.tables import print_decision, print_findings, print_side_by_side, print_summary

SEVERAL_SCHEMA = "preceptor/audits/1"

SEVERAL = "side-by-side.html"
"""The page of several students."""


def tell(
    records: Sequence[Record],
    folder: Path,
    ends: Sequence[Ending],
    *,
    by: Sequence[str],
    as_json: bool,
) -> None:
    """What an audit of one or several students says.

    Args:
        records: one for each student.
        folder: that ``--out`` named.
        ends: how each audit ends.
        by: columns to split the tables by.
        as_json: whether to print JSON.
    """
    if len(records) > 1:
        for record in records:
            reports.write(record, by=by)
        parts = [told(record, end) for record, end in zip(records, ends, strict=True)]
        more = {"schema": SEVERAL_SCHEMA, "audits": parts, "outcome": together(ends).describe()}
        page = folder / SEVERAL
        tell_several(records, page, shared=False, by=by, as_json=as_json, more=more)
        return
    more = told(records[0], ends[0])
    tell_one(records[0], summarise(records[0]), None, by=by, as_json=as_json, more=more)
    if not as_json:
        out.print(f"Record: {folder / 'record.json'}", highlight=False, soft_wrap=True)


def tell_one(
    record: Record,
    summary: Summary,
    to: Path | None,
    *,
    by: Sequence[str],
    as_json: bool,
    more: dict[str, Any],
) -> None:
    """Write the page of a record and print what it says.

    Args:
        record: the record.
        summary: of it.
        to: where the page goes; beside the record unless given.
        by: columns to split the tables by.
        as_json: whether to print JSON.
        more: what the JSON says besides.
    """
    split = {column: groups(record, column) for column in by}
    name = str(record.facts["student"]["name"])
    found = consistency([name], [record])
    page = reports.write(record, to, by=by)
    if as_json:
        said = {**more, "report": str(page), **summary.describe()}
        said |= _more(found, {c: [one.describe() for one in each] for c, each in split.items()})
        typer.echo(json.dumps(said))
        return
    print_findings(record)
    print_summary([(record, summary)])
    print_groups([name], {column: [each] for column, each in split.items()})
    print_consistency(found)
    print_decision(record)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)


def tell_several(
    records: Sequence[Record],
    to: Path,
    *,
    shared: bool,
    by: Sequence[str],
    as_json: bool,
    more: dict[str, Any],
) -> None:
    """The same of several records, side by side."""
    found = side_by_side(records, shared=shared)
    names = [side.name for side in found.sides]
    lined = [side.record for side in found.sides]
    split = {column: [groups(record, column) for record in lined] for column in by}
    page = reports.write_side_by_side(found, to, by=by)
    answer = reports.lead(found)
    errors = consistency(names, lined)
    if as_json:
        said = {**more, "report": str(page), "answer": answer.sentence, **found.describe()}
        plain = {
            column: {
                name: [one.describe() for one in each]
                for name, each in zip(names, sides, strict=True)
            }
            for column, sides in split.items()
        }
        typer.echo(json.dumps(said | _more(errors, plain)))
        return
    print_findings(*records)
    print_side_by_side(found)
    print_groups(names, split)
    print_consistency(errors)
    for line in (answer.sentence, *answer.then):
        out.print(f"- {line}", highlight=False, markup=False)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)


def _more(found: Any, split: dict[str, Any]) -> dict[str, Any]:
    """What stands in the JSON only where there is any."""
    said: dict[str, Any] = {}
    if found is not None:
        said["error_consistency"] = found.describe()
    if split:
        said["by"] = split
    return said
