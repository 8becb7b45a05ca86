"""``preceptor audit``: the whole job in one command."""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from preceptor import audit as audits
from preceptor import report as reports
from preceptor.attacks import ATTACKS
from preceptor.cli import options
from preceptor.cli.console import err, out, watching
from preceptor.cli.ending import ending, reasons, told, unanswered
from preceptor.cli.specs import check_names, keep, read_attacks, read_data, read_moved, read_teacher
from preceptor.cli.tables import print_decision, print_findings, print_summary
from preceptor.cli.waiting import foretell, say_desk
from preceptor.core import InputError
from preceptor.core.lock import alone
from preceptor.ledger import Ledger
from preceptor.people import Human
from preceptor.problems import PROBLEMS
from preceptor.sequential import StoppingRule
from preceptor.students import load_student

LISTS = {
    "Attacks, each by an example; eps and size count as --scale says": {
        entry.example: entry.help for entry in ATTACKS.values()
    }
}


def audit(
    student: options.Student,
    data: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="The inputs: inputs.npz (array 'inputs', [items, *shape], optional 'ids'), inputs.npy, "
            f"or a problem that comes with preceptor: {', '.join(PROBLEMS)}.",
        ),
    ],
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Who says what is right: file.py:name (a teacher, or a function that makes one), "
            "human:STUDY (people at the desk), votes:VOTES.csv,INPUTS.npz (recorded votes), or a "
            "problem's teacher by the problem's name. [default: the problem's own]",
        ),
    ] = None,
    attack: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:OPTIONS",
            help="One of the attacks below; may stand several times. [default: standard, noise, keep "
            "and for images rotate, at a tenth of the inputs' range, or of each column's in a table "
            "(keep: three tenths)]",
        ),
    ] = None,
    moved: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="Moved inputs made elsewhere: a .npz or .npy file whose rows are the data's items, "
            "moved; may stand several times.",
        ),
    ] = None,
    out_: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Folder for the record and the report.")
    ] = Path("audit"),
    ledger: options.Ledger = Path("preceptor.db"),
    budget: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="The most new questions that this audit may ever ask, re-runs included. "
            "[default: no limit]",
        ),
    ] = None,
    ask: Annotated[
        str,
        typer.Option(
            metavar="all|flips",
            help="all: ask at every clean and moved input. flips: at the clean ones, and only "
            "where an attack reached its goal; cheaper, with a wider interval.",
        ),
    ] = "all",
    until: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="Ask item by item in random order and stop when it is decided: '>=0.9' (is the "
            "least teacher-relative accuracy at least 0.9?) or '+-0.03' (an interval of half-width 0.03), at "
            "--level. Valid whenever it stops. With ' of items' behind: of these very items, "
            "instead of the source they are a sample of. Exit code 0: it holds; 1: it does not; "
            "3: undecided.",
        ),
    ] = None,
    proxy: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="For --until: a cheap teacher, given as for --teacher, that guesses at every "
            "answer. The better it guesses, the fewer real answers are needed; a bad one costs "
            "answers, never validity. The rate is then that of these very items.",
        ),
    ] = None,
    mix: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="For --proxy: the share of items drawn uniformly; the others where it guesses at "
            "an error. 1 draws all alike.",
        ),
    ] = 0.5,
    items: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Audit a random sample of so many items. [default: all]"
        ),
    ] = None,
    bounds: options.Bounds = None,
    scale: options.Scale = None,
    classes: options.Classes = None,
    seed: options.Seed = 0,
    level: Annotated[
        float, typer.Option(metavar="SHARE", help="Confidence level of the intervals.")
    ] = 0.95,
    batch: options.Batch = 256,
    device: options.Device = "cpu",
    timeout: options.Timeout = None,
    repeats: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Ask so many questions a second time: does the teacher contradict itself?",
        ),
    ] = 0,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Attack, say how many questions there are, and ask none."),
    ] = False,
    fail_under: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Exit with 1 unless the teacher-relative accuracy under each attack, and in the "
            "worst case over all, is surely at least this (the lower end of each interval); with 3 "
            "if answers that are missing could still show it. For use in CI.",
        ),
    ] = None,
    trust_pickle: options.TrustPickle = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of a table.")
    ] = False,
) -> None:
    r"""Attack a classifier, ask its teacher at the moved inputs, and report what is really wrong.

    Prints a row for each attack: accuracy as it is measured conventionally (the label is assumed
    to stay) beside accuracy where the teacher, asked at the moved input, is certain, with its
    interval. Writes report.html, one file, and record.json. On real digits, with the teacher that
    comes with them; and on your own data:

        preceptor audit --student model.py:net --data mnist --items 200 \
            --attack linf-pgd:eps=0.3 --attack keep

        preceptor audit --student model.onnx --data inputs.npz \
            --teacher teacher.py:teacher --dry-run

    Run the same command again after an interruption, or once more questions have answers: nothing
    is asked twice.

    Exit codes: 0 done, and --until or --fail-under, if given, hold; 1 they do not; 2 something
    handed in cannot be used; 3 questions have no answer yet (--fail-under: and the threshold could
    be met with them), or --until is undecided.
    """
    if ask not in ("all", "flips"):
        raise InputError(f"--ask {ask!r}: expected all or flips")
    found = read_data(data, bounds=bounds, scale=scale, items=items, seed=seed)
    names_ = [part.strip() for part in classes.split(",")] if classes else []
    who = read_teacher(teacher, found, names_, ledger)
    check_names(names_, who)
    pupil = load_student(
        student,
        classes=who.classes,
        trust_pickle=trust_pickle,
        device=device,
        shape=found.source.domain.shape,
    )
    if repeats and isinstance(who, Human):
        raise InputError(
            "--repeats: people are asked again at the desk, unknowingly and later, at the rate "
            "that the study sets (Settings.again, 1 in 20 unless changed)"
        )
    attacks = () if moved and not attack else read_attacks(attack or [], found)
    plan = audits.Plan(
        attacks,
        read_moved(moved or []),
        ask="all" if ask == "all" else "flips",
        seed=seed,
        level=level,
        batch=batch,
        repeats=repeats,
        until=None if until is None else StoppingRule.parse(until),
        mix=mix,
    )
    guesser = None if proxy is None else read_teacher(proxy, found, names_, ledger)
    labels = found.problem.classes if found.problem and not names_ else tuple(names_)
    if len(labels) == 1 and labels[0].isdigit():
        labels = ()

    def before(questions: int, known: int) -> None:
        known_ = "fewer if it is decided before" if until else f"{known} of them answered already"
        start = "At most " if until else ""
        err.print(f"{start}{questions} questions for {who.name}, {known_}.", highlight=False)
        if dry_run:
            if as_json:
                said = {"schema": "preceptor/dry-run/1", "questions": questions, "known": known}
                typer.echo(json.dumps(said))
            raise typer.Exit(0)

    with alone(out_), Ledger(ledger) as book, watching() as watch:
        purpose = f"audit {audits.key(pupil, found.source, plan)}"
        kept = keep(book, who, budget, purpose, timeout)
        record = audits.audit(
            pupil,
            kept,
            found.source,
            plan,
            out_,
            proxy=None if guesser is None else keep(book, guesser, None, f"proxy, {purpose}"),
            watch=watch,
            before=before,
            classes=labels,
            command=shlex.join(["preceptor", *sys.argv[1:]]),
        )
        page = reports.write(record)
    summary, end = audits.summarise(record), ending(record, fail_under)
    if as_json:
        typer.echo(json.dumps(told(record, summary, str(page), end)))
    else:
        print_findings(record)
        print_summary([(record, summary)])
        print_decision(record)
        out.print(f"Report: {page}", highlight=False, soft_wrap=True)
        out.print(f"Record: {out_ / 'record.json'}", highlight=False, soft_wrap=True)
    for words in reasons(record, end):
        err.print(words, highlight=False, markup=False)
    foretell(who, purpose, record)
    if unanswered(record):
        say_desk(who)
    raise typer.Exit(end.code)
