"""``preceptor report``: the page of a saved record, or of several side by side."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from preceptor import report as reports
from preceptor.audit import Record, side_by_side, summarise
from preceptor.cli.console import out
from preceptor.cli.tables import print_decision, print_findings, print_side_by_side, print_summary
from preceptor.core.lock import alone

SEVERAL = Path("side-by-side.html")


def report(
    records: Annotated[
        list[Path],
        typer.Argument(
            metavar="RECORD",
            help="An audit's folder, or its record.json. Several, one for each student: side by "
            "side on one page.",
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Where to write the page. [default: report.html beside the record; side-by-side.html "
            "for several]",
        ),
    ] = None,
    shared: Annotated[
        bool,
        typer.Option(
            "--shared",
            help="Of several records, use only the items and attacks that all have; without it, "
            "records that cover different ones are refused.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of a table.")
    ] = False,
) -> None:
    """Write the report of a saved record: one HTML file that needs no network and no model.

        preceptor report my-audit

    With several records it says which student is better as the teacher sees it, by how much under
    each attack and how surely, paired by item. They must have been made with the same teacher,
    source, attacks and seed:

        preceptor report runs/ordinary runs/adversarial --out side-by-side.html

    Prints the summary too. Exit codes: 0 written; 2 a record cannot be used, or they do not match.
    """
    found = [Record.load(record) for record in records]
    if len(found) > 1:
        _several(found, to or SEVERAL, shared=shared, as_json=as_json)
        return
    with alone(found[0].folder) if to is None else nullcontext():
        page = reports.write(found[0], to)
    summary = summarise(found[0])
    if as_json:
        typer.echo(json.dumps({"report": str(page), **summary.describe()}))
        return
    print_findings(found[0])
    print_summary([(found[0], summary)])
    print_decision(found[0])
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)


def _several(records: list[Record], to: Path, *, shared: bool, as_json: bool) -> None:
    found = side_by_side(records, shared=shared)
    page = reports.write_side_by_side(found, to)
    answer = reports.lead(found)
    if as_json:
        told = {"report": str(page), "answer": answer.sentence, **found.describe()}
        typer.echo(json.dumps(told))
        return
    print_side_by_side(found)
    for line in (answer.sentence, *answer.then):
        out.print(f"- {line}", highlight=False, markup=False)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)
