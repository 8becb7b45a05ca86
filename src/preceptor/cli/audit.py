"""``preceptor audit``: the whole job in one command."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from preceptor import audit as audits
from preceptor.attacks import ATTACKS
from preceptor.cli import options
from preceptor.cli.console import command_line, err, watching
from preceptor.cli.crowd import Wanted, folders, gather
from preceptor.cli.ending import ending, say_why, together, unanswered
from preceptor.cli.moved import read_moved
from preceptor.cli.specs import check_names, keep, read_data, read_names, read_teacher
from preceptor.cli.students import read_student
from preceptor.cli.telling import tell
from preceptor.cli.waiting import foretell, say_desk, say_rule
from preceptor.core import InputError, Student, Teacher
from preceptor.core.lock import alone
from preceptor.ledger import Ledger
from preceptor.people import Human
from preceptor.problems import PROBLEMS
from preceptor.sequential import StoppingRule

LISTS = {
    "Attacks, each by an example; eps and size count as --scale says": {
        entry.example: entry.help for entry in ATTACKS.values()
    }
}


def audit(
    student: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help=f"{options.STUDENT} Or predictions.csv, made elsewhere (item,label; or item and a "
            "column of probabilities for each class), which is audited without an attack. May "
            "stand several times: the students are then set side by side.",
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="The inputs: inputs.npz (array 'inputs', [items, *shape], optional 'ids'; further "
            "arrays with one entry for each item are columns for --by), inputs.npy, "
            f"or a problem that comes with preceptor: {', '.join(PROBLEMS)}. Not needed where "
            "students and teacher are tables: their items are known by id.",
        ),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Who says what is right: file.py:name (a teacher, or a function that makes one), "
            "human:STUDY (people at the desk), votes:FILE.csv (recorded votes; their rule behind it, "
            "as in votes:FILE.csv,least=3,share=2/3 or votes:FILE.csv,unanimous), truth:FILE.csv "
            "(known labels), or a problem's teacher by the problem's name. "
            "[default: the problem's own]",
        ),
    ] = None,
    attack: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:OPTIONS",
            help="One of the attacks below; may stand several times. none: without an attack. "
            "[default: standard, noise, keep and for images rotate, at a tenth of the inputs' range, "
            "or of each column's in a table (keep: three tenths); none for predictions made "
            "elsewhere]",
        ),
    ] = None,
    moved: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="Moved inputs made elsewhere: a .npz or .npy file whose rows are the data's items, "
            "moved, found by 'ids' if both files have them, else row by row of the whole file; may stand "
            "several times.",
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
            "least teacher-relative accuracy, under each attack and in the worst case over them, at "
            "least 0.9?) or '+-0.03' (an interval of half-width 0.03), at "
            "--level. Valid whenever it stops and however often it is run again: the ledger keeps the "
            "order and the attempt. With ' of items' behind: of these very items, "
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
    people: Annotated[
        str | None,
        typer.Option(
            metavar="VOTES.csv",
            help="Votes of single people (item,annotator,label), written as for --teacher, for error consistency "
            "with the students. [default: those of the teacher, where it is votes]",
        ),
    ] = None,
    by: options.By = None,
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
            --attack pgd:eps=0.3 --attack keep

        preceptor audit --student model.onnx --data inputs.npz \
            --teacher teacher.py:teacher --dry-run

    Predictions and votes that were recorded elsewhere, without a model or an input:

        preceptor audit --student predictions.csv --teacher votes:votes.csv --classes cat,dog

    Run the same command again after an interruption, or once more questions have answers: nothing
    is asked twice.

    Exit codes: 0 done, and --until or --fail-under, if given, hold; 1 they do not; 2 something
    handed in cannot be used; 3 questions have no answer yet (--fail-under: and the threshold could
    be met with them), or --until is undecided.
    """
    _check_ask(ask)
    names_ = read_names(classes)
    found = None
    drawn = 0 if until else seed  # a stopped audit may not be tried on one sample after another
    if data is not None:
        found = read_data(data, bounds=bounds, scale=scale, items=items, seed=drawn)
    crowd = gather(
        student, teacher, found, Wanted(names_, attack or [], moved or [], people, items, drawn)
    )
    crowd.check(by or [], until)
    who = crowd.teacher or read_teacher(teacher, crowd.inputs(), names_, ledger)
    check_names(names_, who)
    labels = crowd.labels(names_)
    pupils = crowd.students or [
        read_student(spec, crowd.source, who, labels, trust_pickle=trust_pickle, device=device)
        for spec in student
    ]
    _check(pupils, who, dry_run=dry_run, repeats=repeats)
    plan = audits.Plan(
        crowd.attacks,
        read_moved(moved, crowd.inputs()) if moved else (),
        ask="all" if ask == "all" else "flips",
        seed=seed,
        level=level,
        batch=batch,
        repeats=repeats,
        until=None if until is None else StoppingRule.parse(until),
        mix=mix,
    )
    guesser = None if proxy is None else read_teacher(proxy, crowd.inputs(), names_, ledger)
    single = None if until else crowd.people(who, people, names_)

    def before(questions: int, known: int) -> None:
        known_ = "fewer if it is decided before" if until else f"{known} of them answered already"
        start = "At most " if until else ""
        err.print(f"{start}{questions} questions for {who.name}, {known_}.", highlight=False)
        if dry_run:
            if as_json:
                said = {"schema": "preceptor/dry-run/1", "questions": questions, "known": known}
                typer.echo(json.dumps(said))
            raise typer.Exit(0)

    records, purposes = [], []
    with alone(out_), Ledger(ledger) as book, watching() as watch:
        for pupil, folder in zip(pupils, folders(out_, pupils), strict=True):
            purpose = f"audit {audits.key(pupil, crowd.source, plan)}"
            record = audits.audit(
                pupil,
                keep(book, who, budget, purpose, timeout),
                crowd.source,
                plan,
                folder,
                proxy=None if guesser is None else keep(book, guesser, None, f"proxy, {purpose}"),
                journal=book.journal,
                watch=watch,
                before=before,
                classes=labels,
                people=single,
                remarks=crowd.remarks,
                command=command_line(),
            )
            records.append(record)
            purposes.append(purpose)
        ends = [ending(record, fail_under) for record in records]
        tell(records, out_, ends, by=by or [], as_json=as_json)
    for record, purpose, end in zip(records, purposes, ends, strict=True):
        say_why(end)
        foretell(who, purpose, record)
    if any(map(unanswered, records)):
        say_desk(who)
        say_rule(who)
    raise typer.Exit(together(ends).code)


def _check_ask(ask: str) -> None:
    if ask not in ("all", "flips"):
        raise InputError(f"--ask {ask!r}: expected all or flips")


def _check(pupils: Sequence[Student], who: Teacher, *, dry_run: bool, repeats: int) -> None:
    if dry_run and len(pupils) > 1:
        raise InputError("--dry-run counts the questions for one student; give one --student")
    if repeats and isinstance(who, Human):
        raise InputError(
            "--repeats: people are asked again at the desk, unknowingly and later, at the rate "
            "that the study sets (Settings.again, 1 in 20 unless changed)"
        )
