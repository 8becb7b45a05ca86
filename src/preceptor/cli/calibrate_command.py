"""``preceptor calibrate``: check a teacher that stands in for people against them."""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api.calibrating import CalibrateOptions, run_calibration, write_questions
from preceptor.calibration import ending
from preceptor.cli import shared_options
from preceptor.cli.calibrate_tables import print_calibration
from preceptor.cli.console import err, out
from preceptor.cli.waiting import say_desk, say_why
from preceptor.core import Teacher


def calibrate(
    record: Annotated[
        list[Path],
        typer.Argument(
            metavar="RECORD",
            help="An audit's folder, or its record.json; several of audits that differ in the "
            "teacher alone.",
        ),
    ],
    people: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Who says what the stand-in should have said: human:STUDY for people at the desk, "
            "votes:FILE.csv,INPUTS.npz for votes gathered elsewhere, or any teacher.",
        ),
    ] = None,
    budget: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="The most questions, those that have an answer already included.",
        ),
    ] = 60,
    attack: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Check under this attack of the audit, beside the clean inputs; may stand several "
            "times; all for every one. [default: as many as leave answers on 20 items, those with "
            "the lowest rate first]",
        ),
    ] = None,
    ledger: shared_options.Ledger = Path("preceptor.db"),
    classes: shared_options.Classes = None,
    level: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Confidence level of each interval. [default: the record's]"
        ),
    ] = None,
    seed: shared_options.Seed = 0,
    timeout: shared_options.Timeout = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many questions there are, and ask none.")
    ] = False,
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="Write the inputs that people would be asked about to this file, with ids, and ask "
            "none: for votes elsewhere.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the calibration as JSON instead of tables.")
    ] = False,
) -> None:
    """Ask people about few inputs of an audit: is its teacher right, and what is their own number?

    A teacher that is not people (a panel of networks, a rule, a language model) stands in for them.
    Inputs of the audit are drawn at random, clean and moved, and people are asked. Prints how far
    both agree, and each rate of the audit as people see it, with an interval that is narrower the
    better the stand-in guesses what they say, and valid however badly it does. Writes
    calibration.json beside the record; record and report then say that the teacher was checked, and
    so do later audits with it.

        preceptor calibrate audit --people human:ann --budget 60

    With people at the desk the first run files the questions; answer them with preceptor desk, and
    run the same command again. Nothing is asked twice.

    Exit codes: 0 done; 2 something handed in cannot be used; 3 some questions have no answer.
    """

    def before(who: Teacher, asked: int, known: int) -> None:
        err.print(
            f"{asked} questions for {who.name}, {known} of them answered already.", highlight=False
        )
        if dry_run:
            if as_json:
                out.print_json(json.dumps({"questions": asked, "known": known}))
            raise typer.Exit(0)

    options = CalibrateOptions(
        record=record,
        people=people,
        budget=budget,
        attacks=attack or [],
        ledger=ledger,
        classes=classes,
        level=level,
        seed=seed,
        timeout=timeout,
        before=before,
    )
    if questions is not None:
        written = write_questions(options, questions)
        if as_json:
            out.print_json(json.dumps({"questions": written, "file": str(questions)}))
        else:
            out.print(f"{written} questions: {questions}", highlight=False, soft_wrap=True)
        raise typer.Exit(0)
    found, who = run_calibration(options)
    end = ending(found)
    if as_json:
        typer.echo(json.dumps({**found.to_dict(), "outcome": end.describe()}))
    else:
        print_calibration(found)
        file = found.folder / "calibration.json"
        out.print(f"Calibration: {file}", highlight=False, soft_wrap=True)
    say_why(end)
    if end.code:
        say_desk(who)
    raise typer.Exit(end.code)
