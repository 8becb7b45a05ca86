"""``preceptor prove``: the student is right wherever its teacher is certain, proved or refuted."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from preceptor.api.certifying import ProofOptions, run_check, run_proof
from preceptor.certificates import Certificate
from preceptor.cli import shared_options
from preceptor.cli.console import out, say
from preceptor.cli.waiting import say_why


def prove(
    student: shared_options.Student,
    data: Annotated[
        str,
        shared_options.spec(f"Inputs, whose domain is asked about: {shared_options.DATA}"),
    ],
    teacher: Annotated[
        str | None,
        shared_options.spec(
            "Who says what is right: file.py:name (a Model of a network of rectifiers, a Rule that says its "
            "linear conditions, or a Panel of these), or a problem's teacher by the problem's name. "
            "[default: the problem's own]"
        ),
    ] = None,
    around: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Only the ball around the item of this id. [default: the whole domain]",
        ),
    ] = None,
    eps: Annotated[
        float | None, typer.Option(metavar="SIZE", help="Radius of that ball, in l_inf.")
    ] = None,
    least_certainty: Annotated[
        bool,
        shared_options.flag(
            "--least-certainty",
            "Find from which lead of the teacher's logits on the student is right everywhere.",
        ),
    ] = False,
    seconds: Annotated[
        float, typer.Option(metavar="N", help="The most time; the same command goes on later.")
    ] = 60.0,
    rounding: Annotated[
        str,
        typer.Option(
            metavar="HOW",
            help="absorbed: conditions are eased so that float32 cannot break the proof; real: it is about "
            "real numbers, and the deviation is stated.",
        ),
    ] = "absorbed",
    check: Annotated[
        bool,
        shared_options.flag("--check", "Check the certificate in the folder, by another path."),
    ] = False,
    out_: Annotated[Path, shared_options.folder("Folder for the certificate.")] = Path(
        "certificate"
    ),
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the question as other verifiers read it too: joint.onnx, both networks in one, and "
            "joint.vnnlib.",
        ),
    ] = None,
    bounds: shared_options.Bounds = None,
    classes: shared_options.Classes = None,
    seed: shared_options.Seed = 0,
    trust_pickle: shared_options.TrustPickle = False,
    normalise: shared_options.Normalise = None,
    as_json: shared_options.AsJson = False,
) -> None:
    """Prove that the student is right wherever its teacher is certain, or refute it with a witness.

    Of the whole domain, or of a ball around one item. Student and teacher must be feed-forward
    networks of rectifiers, or rules of linear conditions. Writes certificate/certificate.json.

        preceptor prove --student model.py:net --data plane

    Run the same command again where it was undecided: it goes on from the boxes that are open.

    Exit codes: 0 proved; 1 refuted; 2 something handed in cannot be used; 3 undecided.
    """
    asked = ProofOptions(
        student=student,
        data=data,
        say=say,
        teacher=teacher,
        around=around,
        eps=eps,
        least=least_certainty,
        seconds=seconds,
        rounding=rounding,
        out=out_,
        export=export,
        bounds=bounds,
        classes=classes,
        seed=seed,
        trust_pickle=trust_pickle,
        normalise=normalise,
    )
    if check:
        _check(asked, out_, seconds, as_json=as_json)
    made = run_proof(asked)
    end = made.ending()
    if as_json:
        typer.echo(json.dumps(made.to_dict()))
    else:
        print_certificate(made)
        out.print(f"Certificate: {out_ / 'certificate.json'}", highlight=False, soft_wrap=True)
    say_why(end)
    raise typer.Exit(end.code)


def _check(asked: ProofOptions, folder: Path, seconds: float, *, as_json: bool) -> None:
    """Check what lies in the folder, and end."""
    found = run_check(folder, asked, seconds)
    words = {True: "The certificate stands", False: "The certificate does not stand", None: "Open"}
    if as_json:
        typer.echo(json.dumps({"agrees": found.agrees, "why": found.why, "parts": found.parts}))
    else:
        out.print(f"{words[found.agrees]}: {found.why} ({found.parts:,} parts).", highlight=False)
    raise typer.Exit({True: 0, False: 1, None: 3}[found.agrees])


def print_certificate(made: Certificate) -> None:
    """The answer, and the volume that is proved."""
    view = made.view()
    out.print(view.headline, highlight=False, markup=False)
    if view.rows:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in view.columns:
            table.add_column(name)
        for row in view.rows:
            table.add_row(*map(str, row))
        out.print(table)
    for note in view.notes:
        out.print(note, style="dim", highlight=False, markup=False)
