"""``preceptor study``: what people were asked and said, to look at, set, hand out and take in."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api.recorded_tables import items_by_key
from preceptor.cli import shared_options
from preceptor.cli.help import Command, CommandGroup
from preceptor.cli.study_tables import print_overview
from preceptor.core import InputError
from preceptor.core.plain_console import PlainConsole
from preceptor.core.printing import shown
from preceptor.people import Studies, Study, agreement, crowd, goals
from preceptor.people.connecting import POSTGRES
from preceptor.people.exchange import FORMATS, Format, Receipt, read, write

app = typer.Typer(
    cls=CommandGroup,
    help="Look into the studies that people answer at the desk; set them, export and import them.\n\n"
    "A study is what one audit or teaching asks of people. It lies in the ledger's file, or in a "
    "PostgreSQL database:\n\n"
    "    preceptor study show preceptor.db\n"
    "    preceptor study export preceptor.db --study ann --out ann.csv\n",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

MOST_SHOWN = 20
"""Refusals of an import that are listed one by one."""

Where = Annotated[
    str, typer.Argument(metavar="LEDGER", help="The ledger's file, or a postgresql:// URL.")
]
Name = Annotated[
    str | None,
    shared_options.name("Which study. [default: the only one]", "--study"),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="|".join(FORMATS),
        help="The file's format. [default: by its name: .csv, .jsonl, .json for Label Studio]",
    ),
]


@app.command("list", cls=Command, short_help="List the studies and how far they are.")
def list_studies(where: Where, as_json: shared_options.AsJson = False) -> None:
    """List the studies: how many questions, how many answers are still needed.

        preceptor study list preceptor.db

    Also how many people took part, and the seconds that their answers took.
    """
    rows = []
    with opened(where) as studies:
        for study in studies.all():
            with studies.database.read() as db:
                found = agreement.overview(db, study)
            rows.append(
                {
                    "study": study.name,
                    "questions": found.questions,
                    "complete": found.complete,
                    "needed": found.needed,
                    "people": len(found.people),
                    "seconds": found.seconds,
                }
            )
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        say(
            f"{row['study']}: {row['complete']} of {row['questions']} questions complete, "
            f"{row['needed']} answers needed, {row['people']} people, {row['seconds']:.0f} s"
        )
    if not rows:
        typer.echo("no studies yet")


@app.command("show", cls=Command, short_help="Show agreement, confusion and disputed items.")
def show_study(
    where: Where,
    name: Name = None,
    aggregate: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(crowd.METHODS),
            help="Also what a model of the people makes of the votes, beside the study's own rule. Its "
            "posteriors tend to be overconfident, so it never decides what is certain.",
        ),
    ] = None,
    threshold: Annotated[
        float,
        shared_options.share(
            "For --aggregate: the least posterior at which a label counts as certain."
        ),
    ] = 0.95,
    as_json: shared_options.AsJson = False,
) -> None:
    """Show how far a study is: agreement, confusion, disputed items, answers still needed.

    equal: the share of pairs of answers to one question that are equal, can't tell being an answer.
    Fleiss' kappa and Krippendorff's alpha: what of that is beyond chance; 1 is full agreement, 0
    is chance, "-" is undefined. A person's Cohen's kappa is the mean over the others.

        preceptor study show preceptor.db --study ann
    """
    with opened(where) as studies:
        study = pick(studies, name)
        with studies.database.read() as db:
            found = agreement.overview(db, study)
            aims = goals.goals(db, study.number)
            model = None
            if aggregate is not None:
                model = crowd.aggregate(db, study, _method(aggregate), threshold).describe()
    if as_json:
        more = [{**asdict(aim), "answers": aim.answers(study.settings.overlap)} for aim in aims]
        told = {"study": study.name, **asdict(found), "goals": more, "aggregated": model}
        typer.echo(json.dumps(told))
        return
    print_overview(study, found, aims, model)


@app.command("export", cls=Command, short_help="Write a study to a file.")
def export_study(
    where: Where,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The file to write, or to replace.")
    ],
    name: Name = None,
    kind: Kind = None,
    data: shared_options.ItemsOf = None,
) -> None:
    """Write a study to a file.

    csv: a row for each answer, who and when and how long, corrected ones included; for
    spreadsheets. jsonl: everything, inputs and settings too; makes the same study elsewhere.
    label-studio: tasks with pictures and the answers that stand, and beside them the labeling
    configuration (.xml).

        preceptor study export preceptor.db --study ann --out ann.csv
    """
    with opened(where) as studies:
        form = _format(kind, out)
        if data is not None and form != "csv":
            raise InputError("--data: ids of items go into a csv; --format csv writes one")
        items = None if data is None else items_by_key(data)
        files = write(studies, pick(studies, name).name, out, form, items=items)
    for file in files:
        say(f"written: {file}")


@app.command("import", cls=Command, short_help="Take answers from a file.")
def import_study(
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export, or one like it.")],
    name: Name = None,
    kind: Kind = None,
    person: Annotated[
        str | None,
        shared_options.name("Who made Label Studio's annotations that are not ours.", "--as"),
    ] = None,
    as_json: shared_options.AsJson = False,
) -> None:
    """Take answers from a file. The same file twice changes nothing.

    Says what was taken, what was there already, and what was refused and why; with a refusal the
    exit code is 2. Answers find their questions by the digest of the input. CSV and Label Studio
    need a study that is there; JSON lines make theirs if it is not.

        preceptor study import other.db ann.jsonl
    """
    form = _format(kind, file)
    with Studies(where, create="later") if form == "jsonl" else opened(where) as studies:
        if form != "jsonl":
            name = pick(studies, name).name
        receipt = read(studies, file, form, name=name, person=person)
    if as_json:
        typer.echo(json.dumps(receipt.describe()))
    else:
        _print(receipt)
    if receipt.refused:
        raise typer.Exit(2)


def say(line: str) -> None:
    """Print a line of results. What a terminal would obey in it is written out."""
    typer.echo(shown(line))


def opened(where: str) -> Studies:
    """The studies at a place that exists.

    Raises:
        InputError: there is none.
    """
    if not where.startswith(POSTGRES) and not Path(where).is_file():
        raise InputError(
            f"there is no ledger at {where}. An audit makes it when it files its questions: "
            f"preceptor audit --teacher human:NAME --ledger {where} ..."
        )
    return Studies(where, create=False)


def pick(studies: Studies, name: str | None) -> Study:
    """The study of this name, or the only one.

    Raises:
        InputError: there is none, or several and no name.
    """
    if name is not None:
        return studies.get(name)
    found = studies.all()
    if not found:
        raise InputError(
            f"{studies.database.name} holds no study yet. An audit with --teacher human:NAME makes "
            "one when it files its questions; so does preceptor study make"
        )
    if len(found) > 1:
        known = ", ".join(repr(one.name) for one in found)
        raise InputError(
            f"{studies.database.name} holds the studies: {known}; name one with --study NAME"
        )
    return found[0]


def _method(word: str) -> crowd.Method:
    for one in crowd.METHODS:
        if one == word:
            return one
    raise InputError(f"--aggregate {word}: expected {', '.join(crowd.METHODS)}")


def _format(kind: str | None, file: Path) -> Format:
    by_name = {".csv": "csv", ".jsonl": "jsonl", ".json": "label-studio"}
    wanted = kind or by_name.get(file.suffix.lower())
    for one in FORMATS:
        if one == wanted:
            return one
    said = f"--format {kind}" if kind else f"the file {file.name} does not show its format"
    raise InputError(f"{said}: expected --format {', '.join(FORMATS)}")


def _print(receipt: Receipt) -> None:
    typer.echo(
        f"taken: {receipt.answers} answers, {receipt.questions} questions, {receipt.lessons} "
        f"lessons; there already: "
        f"{receipt.present}; without an answer: {receipt.passed}; refused: {len(receipt.refused)}"
    )
    err = PlainConsole(stderr=True)
    lines = [f"{place}: {why}" for place, why in receipt.refused[:MOST_SHOWN]]
    if len(receipt.refused) > MOST_SHOWN:
        lines.append(f"and {len(receipt.refused) - MOST_SHOWN} more; all of them with --json")
    for line in [*receipt.remarks, *lines]:
        err.print(line, markup=False, highlight=False, soft_wrap=True)
