"""``preceptor explain``: why student and teacher part, and which lesson would help."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from preceptor import explain as explanations
from preceptor import report as reports
from preceptor.audit import Record
from preceptor.cli import options
from preceptor.cli.console import bar, err, out
from preceptor.cli.explain_tables import print_explanation
from preceptor.cli.specs import Data, keep, read_data, read_teacher
from preceptor.cli.students import ITEMS, read_student_for
from preceptor.cli.waiting import say_desk
from preceptor.core import ArraySource, InputError, Source, Teacher
from preceptor.core.lock import alone
from preceptor.explain.prepare import clean
from preceptor.ledger import Ledger
from preceptor.problems import PROBLEMS


def explain(
    record: Annotated[
        Path, typer.Argument(metavar="RECORD", help="An audit's folder, or its record.json.")
    ],
    student: Annotated[
        str,
        typer.Option(
            metavar="SPEC", help="The student of that audit, as `preceptor audit` took it."
        ),
    ],
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="The teacher of that audit, as `preceptor audit` took it. [default: that of the problem, "
            "if one was audited]",
        ),
    ] = None,
    sibling: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="A student trained as this one was, but for the seed or a bootstrap sample; may "
            "stand several times. Says which errors the data leave open.",
        ),
    ] = None,
    beyond: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="Inputs unlike the data (.npz or .npy), on which siblings are compared too; may "
            "stand several times. A third of the budget is asked there.",
        ),
    ] = None,
    budget: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="The most questions, those that have an answer already included.",
        ),
    ] = 300,
    items: Annotated[
        int, typer.Option(metavar="N", min=1, help="The most items on which factors are tried.")
    ] = 400,
    least: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="A factor must surely move more than this share of the items to stand out.",
        ),
    ] = 0.05,
    ledger: options.Ledger = Path("preceptor.db"),
    level: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Confidence level of all statements together. [default: the record's]",
        ),
    ] = None,
    seed: options.Seed = 0,
    batch: options.Batch = 256,
    device: options.Device = "cpu",
    timeout: options.Timeout = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Try the student, say how many questions there are, and ask none."
        ),
    ] = False,
    trust_pickle: options.TrustPickle = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the explanation as JSON instead of tables.")
    ] = False,
) -> None:
    """Say why student and teacher part: what the student uses that the teacher does not see, what
    it overlooks, and which errors the data leave open. Ends in the lesson that would help.

    Factors (regions, frequencies, transformations, features) are changed one at a time; the student
    says for nothing where its answer changes, and the teacher is asked at a few of these inputs.
    Prints the factors that stand out, ranked, with intervals; writes explanation.json beside the
    record, and a section into its report.

        preceptor explain audit --student model.py:net --sibling model.py:other

    Run it again after an interruption: nothing is asked twice.

    Exit codes: 0 done; 2 something handed in cannot be used; 3 some questions have no answer.
    """
    found = Record.load(record)
    who = _teacher(teacher, found, ledger)
    few = clean(found, list(range(min(ITEMS, len(found.ids)))))
    facts = found.facts["source"]
    pupils = [
        read_student_for(
            spec,
            few,
            facts["domain"]["names"],
            who,
            facts["classes"],
            trust_pickle=trust_pickle,
            device=device,
        )
        for spec in (student, *(sibling or []))
    ]

    def before(questions: int, known: int) -> None:
        err.print(
            f"{questions} questions for {who.name}, {known} of them answered already.",
            highlight=False,
        )
        if dry_run:
            if as_json:
                out.print_json(json.dumps({"questions": questions, "known": known}))
            raise typer.Exit(0)

    with alone(found.folder), Ledger(ledger) as book, _watching() as watch:
        purpose = f"explain {found.digest[:24]} {seed}"
        kept = keep(book, who, budget, purpose, timeout)
        explanation = explanations.explain(
            pupils[0],
            kept,
            found,
            siblings=pupils[1:],
            beyond=_beyond(beyond or [], found),
            budget=budget,
            items=items,
            least=least,
            level=level,
            seed=seed,
            batch=batch,
            watch=watch,
            before=before,
        )
        page = reports.write(found)
    file = found.folder / "explanation.json"
    if as_json:
        typer.echo(json.dumps({"report": str(page), **explanation.describe()}))
    else:
        print_explanation(explanation)
        out.print(f"Report: {page}", highlight=False, soft_wrap=True)
        out.print(f"Explanation: {file}", highlight=False, soft_wrap=True)
    unanswered = explanation.facts["questions"]["unanswered"]
    if unanswered:
        reasons = "; ".join(f"{count} x {why}" for why, count in unanswered.items())
        err.print(f"Questions without an answer: {reasons}", highlight=False, markup=False)
        say_desk(who)
        raise typer.Exit(3)


def _teacher(spec: str | None, record: Record, ledger: Path) -> Teacher:
    """The teacher named, or that of the problem whose data were audited."""
    source = record.facts["source"]["name"]
    if spec is None and source not in PROBLEMS:
        raise InputError(
            f"no --teacher given, and the audited data ({source!r}) are no problem's. Give the "
            "teacher of the audit as you gave it to `preceptor audit`."
        )
    classes = [str(name) for name in record.facts["source"]["classes"]]
    one = ArraySource(record.inputs(0, [0]), explanations.domain_of(record))
    nothing = Data(one, None, len(one), np.arange(len(one)), named=False)
    names = classes or [str(record.facts["teacher"]["classes"])]
    return read_teacher(source if spec is None else spec, nothing, names, ledger)


def _beyond(specs: list[str], record: Record) -> list[Source]:
    """Inputs beyond the data, in the record's domain."""
    domain = explanations.domain_of(record)
    found: list[Source] = []
    for spec in specs:
        if Path(spec).suffix not in (".npz", ".npy"):
            raise InputError(f"--beyond {spec}: expected a .npz or .npy file of inputs")
        low, high = domain.bounds()
        read = read_data(spec, bounds=f"{float(low.min())},{float(high.max())}").source
        found.append(ArraySource(read.inputs, domain, read.ids, read.name))
    return found


@contextmanager
def _watching() -> Iterator[explanations.Watcher]:
    """A bar for each stage."""
    with bar() as shown:
        words = {
            "try": "trying the student",
            "ask": "questions asked",
            "siblings": "hearing the siblings",
        }
        tasks = {
            stage: shown.add_task(word, total=None, visible=False) for stage, word in words.items()
        }

        def watch(step: explanations.Step) -> None:
            shown.update(tasks[step.stage], completed=step.done, total=step.total, visible=True)

        yield watch
