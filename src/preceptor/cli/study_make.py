"""``preceptor study make``: questions for people from data, without any student."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from preceptor.api.data import Data, as_data
from preceptor.api.given_hook import tried
from preceptor.api.given_tables import TableWords
from preceptor.api.given_teacher import read_human
from preceptor.api.text_files import TextReading
from preceptor.api.words import names_of
from preceptor.cli import shared_options
from preceptor.cli.help import Command
from preceptor.cli.study import app, say
from preceptor.cli.study_settings import changed, parse_rule
from preceptor.core import InputError
from preceptor.people import Human, Study
from preceptor.people.connecting import POSTGRES

PURPOSE: Final = "asked without a student"
"""For what these questions are filed."""

_BATCH: Final = 256


@app.command("make", cls=Command, short_help="Ask people about data, without any student.")
def make_study(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Name of the study. With --study NAME: the ledger's file instead."
        ),
    ],
    data: Annotated[
        str, typer.Option(metavar="SPEC", help="What it is about, as `preceptor audit` takes it.")
    ],
    classes: Annotated[
        str | None, typer.Option(metavar="NAMES", help="The labels' names, separated by commas.")
    ] = None,
    overlap: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="How many people are asked each question.  [default: 1]"
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(metavar="RULE", help="When they are certain, as for `study settings`."),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Size of the shared first block.  [default: 20]"),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="LEDGER",
            help="The ledger's file, or a postgresql:// URL; made if it is not there.  "
            "[default: preceptor.db]",
        ),
    ] = None,
    bounds: Annotated[
        str | None,
        typer.Option(metavar="LOW,HIGH", help="Lowest and highest valid value, as for the audit."),
    ] = None,
    items: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Ask about a random sample of so many items."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the sample.")] = 0,
    columns: shared_options.Columns = None,
    relation: shared_options.Relation = None,
    label: shared_options.Label = None,
    text: shared_options.Text = None,
    protect: shared_options.Protect = None,
    show: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.py:NAME",
            help="Try your function that shows an input on the first one, before anything is filed, and say how to "
            "open the desk with it.",
        ),
    ] = None,
    empty: Annotated[
        bool,
        typer.Option("--empty", help="File no question: an audit will file its own."),
    ] = False,
    name: Annotated[
        str | None, typer.Option("--study", metavar="NAME", help="Name of the study.")
    ] = None,
) -> None:
    """Make a study and file the data as questions, so that people can answer before there is a student.

    An audit with --teacher human:NAME finds the answers: the same input is the same question, and
    nothing is asked twice. Run it again when there are more data: only new ones are filed. With
    --empty the study is made without questions, to give it settings before an audit files some.

        preceptor study make pets --data photos.npz --classes cat,dog --overlap 3 --store desk.db
        preceptor study make reviews --data reviews.csv --text body --classes bad,good --store desk.db
        preceptor desk desk.db
        preceptor study make preceptor.db --study ann --data mnist --empty
    """
    study_name, where = (what, store or "preceptor.db") if name is None else (name, what)
    if name is not None and store is not None:
        raise InputError(
            f"--store {store} and {what!r} both say where. Write: preceptor study make {name} --store "
            f"{store} --data ..."
        )
    if name is None and (what.startswith(POSTGRES) or what.endswith(".db")):
        raise InputError(
            f"{what!r} names a ledger where the study's name was expected. Write: preceptor study make "
            f"NAME --store {what} --data ..."
        )
    wanted: dict[str, object] = {"overlap": overlap, "block": block}
    held = as_data(
        data,
        bounds=bounds,
        items=items,
        seed=seed,
        classes=names_of(classes),
        words=TableWords(columns, relation, label),
        texts=TextReading(tuple(text or ()), tuple(protect or ())),
    )
    tried(show, held.source)
    wanted |= {"rule": None if rule is None else parse_rule(rule)}
    given = {field: value for field, value in wanted.items() if value is not None}
    spec = study_name if not where.startswith(POSTGRES) else f"{study_name}@{where}"
    human = read_human(spec, held, names_of(classes), Path(where))
    try:
        study = _made(human, given, where)
        say(f"the study {study.name!r}: {', '.join(study.settings.classes)}")
        if not empty:
            _file(human, study, held, where, show)
    finally:
        human.studies.close()


def _made(human: Human, given: dict[str, Any], where: str) -> Study:
    """The study, made with these settings; one that is there has to have them.

    Raises:
        InputError: it has others.
    """
    there = human.studies.find(human.study.name)
    if there is None:
        return human.studies.make(human.study.name, changed(human.study.settings, given))
    if changed(there.settings, given) != there.settings:
        names = ", ".join(
            f"{field} {getattr(there.settings, field)}" for field in given if field != "rule"
        )
        raise InputError(
            f"the study {there.name!r} is there with other settings ({names or 'another rule'}). To "
            f"change them: preceptor study settings {where} --study {there.name} ..."
        )
    return there


def _file(human: Human, study: Study, held: Data, where: str, show: str | None) -> None:
    source, new = held.source, 0
    for start in range(0, len(source), _BATCH):
        some = source.read(start, min(start + _BATCH, len(source)))
        new += human.studies.file(study.name, some, PURPOSE)
    wanted = _needed(human, study)
    repeated = len(source) - new
    there = f", {repeated} were there already" if repeated else ""
    say(f"{new} questions filed{there}; {wanted} answers are needed")
    hook = "" if show is None else f" --show {shlex.quote(f'{study.name}={show}')}"
    say(f"open them with: preceptor desk {where}{hook}")


def _needed(human: Human, study: Study) -> int:
    with human.studies.database.read() as db:
        return int(
            db.all(
                "SELECT COALESCE(SUM(needed), 0) FROM desk_tally WHERE study = :study",
                study=study.number,
            )[0][0]
        )
