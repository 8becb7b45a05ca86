"""``preceptor audit``: the whole job in one command."""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api.auditing import AuditOptions, AuditResults, run_audits
from preceptor.api.given_hook import as_hook
from preceptor.api.outlook import outlook, waiting
from preceptor.attacks import ATTACKS, TEXT_ATTACKS
from preceptor.audit.audit_ending import ending, together, unanswered
from preceptor.cli import shared_options, thresholds
from preceptor.cli.before_asking import expected_questions, say_price
from preceptor.cli.console import command_line, err, say
from preceptor.cli.progress_lines import tell
from preceptor.cli.waiting import say_why
from preceptor.core import AnyTeacher, InputError
from preceptor.teachers.services import ExpectedPrice

LISTS = {
    "Attacks, each by an example; eps and size count as --scale says": {
        entry.example: entry.help for entry in ATTACKS.values()
    },
    "Attacks on texts": {entry.example: entry.help for entry in TEXT_ATTACKS.values()},
}


def audit(
    student: Annotated[
        list[str],
        shared_options.spec(
            f"{shared_options.STUDENT} Or predictions.csv, made elsewhere (item,label; or item and a "
            "column of probabilities for each class), which is audited without an attack. May "
            "stand several times: the students are then set side by side."
        ),
    ],
    data: Annotated[
        str | None,
        shared_options.spec(
            f"The inputs: {shared_options.DATA} A table with a column of texts (.csv, .jsonl, .parquet; see "
            "--text) makes texts the inputs. Further arrays with one entry for each item are "
            "columns for --by. Not needed where students and teacher are tables: their items are "
            "known by id."
        ),
    ] = None,
    teacher: Annotated[
        str | None,
        shared_options.spec(
            "Who says what is right: file.py:name (a teacher, or a function that makes one), "
            "human:STUDY (people at the desk), votes:FILE.csv (recorded votes; their rule behind it, "
            "as in votes:FILE.csv,least=3,share=2/3 or votes:FILE.csv,unanimous), truth:FILE.csv "
            "(known labels), llm:judge.toml (a language model), http:service.toml (any other "
            "service), or a problem's teacher by the problem's name. "
            "[default: the problem's own]"
        ),
    ] = None,
    attack: Annotated[
        list[str] | None,
        shared_options.spec(
            "One of the attacks below; may stand several times. none: without an attack. "
            "[default: standard, noise, keep and for images rotate, at a tenth of the inputs' range, "
            "or of each column's in a table (keep: three tenths); none for predictions made "
            "elsewhere]",
            "NAME:OPTIONS",
        ),
    ] = None,
    moved: Annotated[
        list[str] | None,
        shared_options.spec(
            "Moved inputs made elsewhere: a .npz or .npy file whose rows are the data's items, "
            "moved, found by 'ids' if both files have them, else row by row of the whole file; may stand "
            "several times.",
            "NAME=FILE",
        ),
    ] = None,
    out_: Annotated[Path, shared_options.folder("Folder for record and report.")] = Path("audit"),
    ledger: shared_options.Ledger = Path("preceptor.db"),
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="N|cost=AMOUNT",
            help="The most new questions that this audit may ever ask, re-runs included; or what they "
            "may cost, in the teacher's own unit: cost=5. [default: no limit]",
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
        shared_options.spec(
            "For --until: a cheap teacher, given as for --teacher, that guesses at every "
            "answer. The better it guesses, the fewer real answers are needed; a bad one costs "
            "answers, never validity. The rate is then that of these very items."
        ),
    ] = None,
    mix: Annotated[
        float,
        shared_options.share(
            "For --proxy: the share of items drawn uniformly; the others where it guesses at "
            "an error. 1 draws all alike."
        ),
    ] = 0.5,
    items: shared_options.Items = None,
    people: Annotated[
        str | None,
        typer.Option(
            metavar="VOTES.csv",
            help="Votes of single people (item,annotator,label), written as for --teacher, for error consistency "
            "with the students. [default: those of the teacher, where it is votes]",
        ),
    ] = None,
    by: shared_options.By = None,
    title: shared_options.Title = None,
    show: shared_options.Show = None,
    bounds: shared_options.Bounds = None,
    scale: shared_options.Scale = None,
    columns: shared_options.Columns = None,
    relation: shared_options.Relation = None,
    label: shared_options.Label = None,
    classes: shared_options.Classes = None,
    text: shared_options.Text = None,
    protect: shared_options.Protect = None,
    seed: shared_options.Seed = 0,
    level: shared_options.Level = 0.95,
    batch: shared_options.Batch = "auto",
    device: shared_options.Device = "cpu",
    timeout: shared_options.Timeout = None,
    repeats: Annotated[
        int,
        shared_options.count(
            "Ask so many questions a second time: does the teacher contradict itself?", 0
        ),
    ] = 0,
    keep_inputs: Annotated[
        str,
        typer.Option(
            metavar="none|moved|all",
            help="Which inputs stay in the folder beside the record, where they take most of the space. "
            "The report is written before; to write it anew, to explain or to set records side by "
            "side takes all. While questions wait for an answer all stay.",
        ),
    ] = "all",
    certify: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS",
            help="Prove of each item, in at most so many seconds, that the student is right all over the "
            "l_inf ball of each attack's eps, wherever the teacher is certain; or with a radius of your own: "
            "5,eps=0.1. For networks of rectifiers and rules, as `preceptor prove` takes them.",
        ),
    ] = None,
    dry_run: shared_options.DryRun = False,
    fail_under: shared_options.FailUnder = None,
    junit: shared_options.JUnit = None,
    trust_pickle: shared_options.TrustPickle = False,
    normalise: shared_options.Normalise = None,
    resize: shared_options.Resize = None,
    channels: shared_options.Channels = None,
    as_json: shared_options.AsJson = False,
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
    thresholds.clear(None if dry_run else junit)
    if dry_run and len(student) > 1:
        raise InputError("--dry-run counts the questions for one student; give one --student")

    def before(who: AnyTeacher, questions: int, known: int, price: ExpectedPrice | None) -> None:
        start = "At most " if until else ""
        known_ = "fewer if it is decided before" if until else f"{known} of them answered already"
        err.print(f"{start}{questions} questions for {who.name}, {known_}.", highlight=False)
        say_price(who, price)
        if dry_run:
            if as_json:
                typer.echo(json.dumps(expected_questions(questions, known, price)))
            raise typer.Exit(0)

    def finish(done: AuditResults) -> None:
        tell(
            done.records,
            done.folder,
            fail_under=fail_under,
            by=by or [],
            as_json=as_json,
            title=title,
            show=as_hook(show),
        )

    done = run_audits(
        AuditOptions(
            students=student,
            say=say,
            data=data,
            teacher=teacher,
            attacks=attack or (),
            moved=moved or (),
            out=out_,
            ledger=ledger,
            budget=budget,
            ask=ask,
            until=until,
            proxy=proxy,
            mix=mix,
            items=items,
            people=people,
            by=by or (),
            bounds=bounds,
            scale=scale,
            columns=columns,
            relations=relation,
            label=label,
            classes=classes,
            text=text or (),
            protect=protect or (),
            seed=seed,
            level=level,
            batch=batch,
            device=device,
            timeout=timeout,
            repeats=repeats,
            keep_inputs=keep_inputs,
            certify=certify,
            trust_pickle=trust_pickle,
            normalise=normalise,
            resize=resize,
            channels=channels,
            before=before,
            command=command_line(),
        ),
        finish,
    )
    thresholds.write(junit, done.records, fail_under)
    thresholds.say_held(done.records, fail_under)
    ends = [ending(record, fail_under) for record in done.records]
    for record, purpose, end in zip(done.records, done.purposes, ends, strict=True):
        say_why(end)
        for line in outlook(done.teacher, purpose, record):
            err.print(line, highlight=False)
    if any(map(unanswered, done.records)):
        for words in waiting(done.teacher):
            say(words)
    raise typer.Exit(together(ends).code)
