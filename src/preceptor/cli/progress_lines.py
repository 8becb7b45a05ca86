"""What an audit or a report of records says: tables, pages and JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from preceptor import report as reports
from preceptor.audit import Record, consistency, groups, lead, side_by_side, summarise
from preceptor.audit.audit_ending import ending, together, who_and_how
from preceptor.cli.audit_tables import (
    print_decision,
    print_findings,
    print_side_by_side,
    print_summary,
)
from preceptor.cli.consistency_tables import print_consistency
from preceptor.cli.console import out
from preceptor.cli.group_tables import print_groups
from preceptor.cli.text_examples import print_texts
from preceptor.core.show_hook import ShowHook

SEVERAL_SCHEMA = "preceptor/audits/1"

SEVERAL = "side-by-side.html"
"""The page of several students."""


def tell(
    records: Sequence[Record],
    folder: Path,
    *,
    fail_under: float | None,
    by: Sequence[str],
    as_json: bool,
    title: str | None = None,
    show: ShowHook | None = None,
) -> None:
    """What an audit of one or several students says.

    Args:
        records: one for each student.
        folder: that ``--out`` named.
        fail_under: the threshold, if there is one.
        by: columns to split the tables by.
        as_json: whether to print JSON.
        title: of the pages, in place of the names.
        show: the user's own function that shows an input.
    """
    if len(records) > 1:
        for record in records:
            reports.write(record, by=by, title=title, show=show)
        ends = [ending(record, fail_under) for record in records]
        parts = [who_and_how(record, end) for record, end in zip(records, ends, strict=True)]
        more = {"schema": SEVERAL_SCHEMA, "audits": parts, "outcome": together(ends).describe()}
        page = folder / SEVERAL
        tell_several(
            records, page, shared=False, by=by, as_json=as_json, more=more, title=title, show=show
        )
        return
    tell_one(
        records[0], None, fail_under=fail_under, by=by, as_json=as_json, title=title, show=show
    )
    if not as_json:
        out.print(f"Record: {folder / 'record.json'}", highlight=False, soft_wrap=True)


def tell_one(
    record: Record,
    to: Path | None,
    *,
    fail_under: float | None = None,
    by: Sequence[str],
    as_json: bool,
    title: str | None = None,
    show: ShowHook | None = None,
) -> None:
    """Write the page of a record and print what it says.

    Args:
        record: the record.
        to: where the page goes; beside the record unless given.
        fail_under: the threshold, if there is one.
        by: columns to split the tables by.
        as_json: whether to print JSON.
        title: of the pages, in place of the names.
        show: the user's own function that shows an input.
    """
    page = reports.write(record, to, by=by, title=title, show=show)
    if as_json:
        said = record.to_dict(fail_under=fail_under, by=by)
        typer.echo(json.dumps(said | {"report": str(page)}))
        return
    name = str(record.facts["student"]["name"])
    print_findings(record)
    print_summary([(record, summarise(record))])
    print_groups([name], {column: [groups(record, column)] for column in by})
    print_consistency(consistency([name], [record]))
    print_decision(record)
    print_texts(record)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)


def tell_several(
    records: Sequence[Record],
    to: Path,
    *,
    shared: bool,
    by: Sequence[str],
    as_json: bool,
    more: dict[str, Any],
    title: str | None = None,
    show: ShowHook | None = None,
) -> None:
    """The same of several records, side by side."""
    found = side_by_side(records, shared=shared)
    page = reports.write_side_by_side(found, to, by=by, title=title, show=show)
    if as_json:
        typer.echo(json.dumps({**more, **found.to_dict(by=by), "report": str(page)}))
        return
    names = [side.name for side in found.sides]
    lined = [side.record for side in found.sides]
    answer = lead(found)
    print_findings(*records)
    print_side_by_side(found)
    print_groups(names, {column: [groups(one, column) for one in lined] for column in by})
    print_consistency(consistency(names, lined))
    for line in (answer.sentence, *answer.then):
        out.print(f"- {line}", highlight=False, markup=False)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)
