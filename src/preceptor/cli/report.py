"""``preceptor report``: the page of a saved record."""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor import report as reports
from preceptor.audit import Record, summarise
from preceptor.cli.console import out
from preceptor.cli.tables import print_findings, print_summary


def report(
    record: Annotated[Path, typer.Argument(help="An audit's folder, or its record.json.")],
    to: Annotated[
        Path | None, typer.Option("--out", help="Where to write the page. [default: beside it]")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of a table.")
    ] = False,
) -> None:
    """Write the report of a saved record: one HTML file that needs no network and no model."""
    found = Record.load(record)
    page = reports.write(found, to)
    summary = summarise(found)
    if as_json:
        typer.echo(json.dumps({"report": str(page), **summary.describe()}))
        return
    print_findings(found)
    print_summary([(found, summary)])
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)
