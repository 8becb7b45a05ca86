"""``preceptor report``: the page of a saved record, or of several side by side."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api.given_hook import as_hook
from preceptor.audit import Record
from preceptor.audit.audit_ending import ending, together
from preceptor.cli import shared_options, thresholds
from preceptor.cli.progress_lines import SEVERAL, tell_one, tell_several
from preceptor.cli.waiting import say_why
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
    fail_under: shared_options.FailUnder = None,
    junit: shared_options.JUnit = None,
    title: shared_options.Title = None,
    show: shared_options.Show = None,
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

    Prints the summary too. Exit codes: 0 written, and --fail-under, if given, holds; 1 it does not; 2 a
    record cannot be used, or they do not match; 3 answers are missing that could decide --fail-under.
    """
    thresholds.clear(junit)
    found, hook = [Record.load(record) for record in records], as_hook(show)
    if len(found) > 1:
        page = to or Path(SEVERAL)
        tell_several(
            found,
            page,
            shared=shared,
            by=by or [],
            as_json=as_json,
            more={},
            title=title,
            show=hook,
        )
    else:
        with alone(found[0].folder) if to is None else nullcontext():
            tell_one(
                found[0],
                to,
                fail_under=fail_under,
                by=by or [],
                as_json=as_json,
                title=title,
                show=hook,
            )
    thresholds.write(junit, found, fail_under)
    thresholds.say_held(found, fail_under)
    if fail_under is not None:
        ends = [ending(record, fail_under) for record in found]
        for end in ends:
            say_why(end)
        raise typer.Exit(together(ends).code)
