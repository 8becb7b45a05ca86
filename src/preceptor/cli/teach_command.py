"""``preceptor teach``: a student learns from its teacher, audited before and after."""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api import NothingTaughtError
from preceptor.api.teaching import TeachOptions, run_teaching
from preceptor.cli import shared_options
from preceptor.cli.console import command_line, err, out, say
from preceptor.core import IncompleteError
from preceptor.strategies import Round

LISTS = shared_options.STRATEGY_LIST


def teach(
    student: Annotated[
        str,
        shared_options.spec(
            "The classifier to teach, a torch module: file.py:name, or with --trust-pickle "
            "model.pt2, .pt; of texts hashed-texts (a small new network), a transformers model folder or a "
            "scikit-learn pipeline. It stays as it is; a copy learns."
        ),
    ],
    data: Annotated[
        str,
        shared_options.spec(
            f"What it learns on and is audited on (never the same items): {shared_options.DATA} "
            "An array 'labels' (-1 for can't tell) is learned too; without it, the answers that the "
            "ledger has."
        ),
    ],
    strategy: Annotated[
        str,
        shared_options.spec(f"How it learns: {shared_options.STRATEGY}"),
    ],
    teacher: Annotated[
        str | None,
        shared_options.spec(
            "Who teaches, as `preceptor audit` takes it. [default: the problem's own]"
        ),
    ] = None,
    study: Annotated[
        str | None,
        shared_options.name(
            "For the strategy desk: the study in which people taught, of the ledger's file, or "
            "NAME@postgresql://... . [default: the teacher's own, where that is human:NAME]"
        ),
    ] = None,
    budget: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UNIT=N",
            help="The most that teaching may spend: questions=200, bits=300, cost=12.5; may stand "
            "several times. The two audits are not part of it. [default: questions=100, beside what "
            "people taught at the desk]",
        ),
    ] = None,
    rounds: Annotated[int, shared_options.count("Rounds among which the budget is divided.")] = 3,
    steps: Annotated[int, shared_options.count("Steps of fitting in each round.")] = 1000,
    given: Annotated[
        int,
        shared_options.count(
            "The most labels of the data that it learns besides, at no new price.", 0
        ),
    ] = 1000,
    ledger: shared_options.Ledger = Path("preceptor.db"),
    out_: Annotated[Path, shared_options.folder("Folder for student, audits and pages.")] = Path(
        "taught"
    ),
    audit: Annotated[
        bool,
        typer.Option(
            help="Audit before and after. Without it nothing is known of whether teaching helped, "
            "and no questions are spent on that."
        ),
    ] = True,
    items: Annotated[int, shared_options.count("Items that are set apart for the audits.")] = 200,
    attack: Annotated[
        list[str] | None,
        shared_options.spec(
            "Of the audits, as `preceptor audit` takes them; may stand several times. [default: as "
            "there]",
            "NAME:OPTIONS",
        ),
    ] = None,
    bounds: shared_options.Bounds = None,
    scale: shared_options.Scale = None,
    columns: shared_options.Columns = None,
    relation: shared_options.Relation = None,
    label: shared_options.Label = None,
    classes: shared_options.Classes = None,
    seed: shared_options.Seed = 0,
    device: shared_options.Device = "cpu",
    trust_pickle: shared_options.TrustPickle = False,
    normalise: shared_options.Normalise = None,
    resize: shared_options.Resize = None,
    channels: shared_options.Channels = None,
    text: shared_options.Text = None,
    protect: shared_options.Protect = None,
    as_json: shared_options.AsJson = False,
) -> None:
    r"""Teach a student, and find out by an audit before and after whether it helped.

    Prints what it cost (questions, bits, and the teacher's own unit of cost) and what changed, with
    intervals; writes the taught student (student.safetensors, student.pt2), both audits, and
    before-and-after.html.

        preceptor teach --student model.py:net --data two-rules \
            --strategy told:masks --budget questions=50

    Run the same command again after an interruption, or once more questions have answers: nothing
    is asked twice, no round is fitted twice.

    Exit codes: 0 done; 1 teaching surely hurt; 2 something handed in cannot be used; 3 questions
    have no answer yet.
    """

    def watch(done: Round) -> None:
        if not err.is_terminal:
            words = f"round {done.number}: {done.price.questions} questions"
            words += f", {done.price.bits:,.0f} bits"
            err.print(words + (", found on disk" if done.resumed else ""), highlight=False)

    try:
        taught = run_teaching(
            TeachOptions(
                student=student,
                data=data,
                strategy=strategy,
                say=say,
                teacher=teacher,
                study=study,
                budget=budget,
                rounds=rounds,
                steps=steps,
                given=given,
                ledger=ledger,
                out=out_,
                audit=audit,
                items=items,
                attacks=attack,
                bounds=bounds,
                scale=scale,
                columns=columns,
                relations=relation,
                label=label,
                classes=classes,
                seed=seed,
                device=device,
                trust_pickle=trust_pickle,
                normalise=normalise,
                resize=resize,
                channels=channels,
                text=text or (),
                protect=protect or (),
                watch=watch,
                command=command_line(),
            )
        )
    except NothingTaughtError as error:
        say(f"preceptor: {error}")
        raise typer.Exit(3) from error
    except IncompleteError as error:
        say(
            f"preceptor: {error}. Run the same command again once they have answers; what was "
            f"answered is kept.{_where(teacher, ledger)}"
        )
        raise typer.Exit(3) from error
    if as_json:
        typer.echo(json.dumps(taught.to_dict()))
    else:
        for line in taught.answer.lines:
            out.print(line, highlight=False, markup=False, soft_wrap=False)
    raise typer.Exit(1 if taught.answer.hurt else 3 if taught.open else 0)


def _where(teacher: str | None, ledger: object) -> str:
    """Where people answer, if they are the teacher."""
    if teacher is None or not teacher.startswith("human:"):
        return ""
    return f" To answer: preceptor desk {teacher.partition('@')[2] or ledger}"
