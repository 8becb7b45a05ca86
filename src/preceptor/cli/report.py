"""``preceptor report``: the page of a saved record, or of several side by side."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from preceptor.audit import Record
from preceptor.cli import shared_options
from preceptor.cli.progress_lines import SEVERAL, tell_one, tell_several
from preceptor.core.lock import alone


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
        shared_options.flag(
            "--shared",
            "Of several records, use only the items and attacks that all have; without it, "
            "records that cover different ones are refused.",
        ),
    ] = False,
    by: shared_options.By = None,
    as_json: shared_options.AsJson = False,
) -> None:
    """Write the report of a saved record: one HTML file that needs no network and no model.

        preceptor report my-audit

    With several records it says which student is better as the teacher sees it, by how much under
    each attack and how surely, paired by item. They must have been made with the same teacher,
    source, attacks and seed:

        preceptor report runs/ordinary runs/adversarial --out side-by-side.html

    It also says whether the students err on the same items (error consistency), and, where the
    votes of single people are in the records, how each student's errors go with each person's.

    Prints the summary too. Exit codes: 0 written; 2 a record cannot be used, or they do not match.
    """
    found = [Record.load(record) for record in records]
    if len(found) > 1:
        tell_several(
            found, to or Path(SEVERAL), shared=shared, by=by or [], as_json=as_json, more={}
        )
        return
    with alone(found[0].folder) if to is None else nullcontext():
        tell_one(found[0], to, by=by or [], as_json=as_json)
