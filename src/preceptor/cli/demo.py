"""``preceptor demo``: the whole job on real digits, in a few minutes."""

import json
from pathlib import Path
from typing import Annotated

import torch
import typer

from preceptor import report as reports
from preceptor.api.checking import beside_people
from preceptor.api.given_teacher import QUICK_BATCH
from preceptor.api.progress_bars import bars, watching
from preceptor.attacks import parse
from preceptor.audit import Plan, Record, Summary, audit, key, lead, side_by_side, summarise
from preceptor.cli import shared_options
from preceptor.cli.audit_tables import print_findings, print_summary
from preceptor.cli.certificate_demo import certified_plane, told_certificate
from preceptor.cli.console import err, out
from preceptor.cli.text_demo import text_demo
from preceptor.core import InputError
from preceptor.core.lock import alone
from preceptor.ledger import Ledger
from preceptor.problems import DigitNet, Problem, problem, train
from preceptor.students import TorchStudent

ATTACKS = (
    "pgd:eps=0.1",
    "pgd:eps=0.2",
    "pgd:eps=0.3",
    "pgd:eps=0.4",
    "pgd:eps=2,norm=l2",
    "rotate:degrees=30,shift=0.1",
    "noise:size=0.3",
    "keep:eps=0.4",
    "keep:eps=5,norm=l2",
    "keep",
)
TEACHERS = ("mnist", "mnist-contrast")
"""Problems with the same digits and different teachers."""

STUDENTS = {"ordinary": (0.0, 6), "adversarially-trained": (0.3, 20)}
"""Name -> the l_inf size that it is trained against, and epochs."""


def demo(
    folder: Annotated[
        Path, shared_options.folder("Folder for records, reports, students and ledger.")
    ] = Path("demo"),
    items: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="Held-out digits to audit.")
    ] = 300,
    seed: shared_options.Seed = 0,
    teacher: Annotated[
        str,
        typer.Option(
            metavar="|".join(TEACHERS),
            help="Which panel: as ever, or looking at three contrasts, which parts from people on "
            "fewer moved digits and is uncertain of more.",
        ),
    ] = "mnist",
    text: Annotated[
        bool, shared_options.flag("--text", "Audit a classifier of texts instead, under a minute.")
    ] = False,
    as_json: shared_options.AsJson = False,
) -> None:
    """Train two students on real MNIST digits, audit both, and say where the reports are.

    One student is trained as usual; the other, adversarially trained, against attacks within
    l_inf 0.3.
    The teacher is a panel of five networks that comes with preceptor and can be asked about any
    picture; it says uncertain of what is no digit. It is no person: the report says how far it was
    checked against people.

        preceptor demo --out demo

    Prints a table for each student and writes a report for each, and one with both side by side:
    demo/side-by-side.html. Last, it teaches a small network until it is proved right
    all over a square. One to three minutes on two cores; run again, it asks nothing twice.
    With --text: a classifier of film reviews, attacked word by word and letter by letter; the teacher is
    the grammar in which they were written.
    """
    if text:
        text_demo(folder, items, seed, as_json)
        return
    if teacher not in TEACHERS:
        raise InputError(f"--teacher {teacher}: expected {' or '.join(TEACHERS)}")
    found = problem(teacher)
    done: list[tuple[Record, Summary]] = []
    pages = []
    with alone(folder):
        for name, (eps, epochs) in STUDENTS.items():
            student = _student(found, name, eps, epochs, seed, folder)
            record = _audit(found, student, items, seed, folder / name)
            pages.append(reports.write(record))
            done.append((record, summarise(record)))
        both = side_by_side([record for record, _ in done])
        together = reports.write_side_by_side(both, folder / "side-by-side.html")
    proved = certified_plane(folder, seed)
    if as_json:
        told = {
            name: {"report": str(page), **summary.describe()}
            for name, page, (_, summary) in zip(STUDENTS, pages, done, strict=True)
        }
        said = {"side_by_side": str(together), "certificate": proved.answer.certificate}
        typer.echo(json.dumps({**told, **said}))
        return
    for record, _ in done:
        print_findings(record)
    print_summary(done)
    for line in readings(done):
        out.print(f"- {line}", highlight=False)
    for name, page in zip(STUDENTS, pages, strict=True):
        out.print(f"Report on the {name} student: {page}", highlight=False, soft_wrap=True)
    out.print(f"Both side by side: {together}", highlight=False, soft_wrap=True)
    out.print(f"  {lead(both).sentence}", highlight=False, markup=False)
    for line in told_certificate(proved):
        out.print(line, highlight=False, markup=False)


def _student(
    found: Problem, name: str, eps: float, epochs: int, seed: int, folder: Path
) -> TorchStudent:
    """Train, or take the weights that an earlier run with this seed left."""
    torch.manual_seed(seed)
    network = DigitNet()
    weights = folder / f"{name}-seed{seed}.pt"
    if weights.exists():
        network.load_state_dict(torch.load(weights, weights_only=True))
        return TorchStudent(network.eval(), name=name, classes=10)
    err.print(f"training the {name} student", highlight=False)
    with bars(None) as show:
        train(
            network,
            found.train_inputs,
            found.train_labels,
            eps=eps,
            epochs=epochs,
            seed=seed,
            watch=lambda epoch, _: show("train", f"training {name}", epoch, epochs),
        )
    fresh = weights.with_suffix(".new")
    torch.save(network.state_dict(), fresh)
    fresh.replace(weights)
    return TorchStudent(network, name=name, classes=10)


def _audit(found: Problem, student: TorchStudent, items: int, seed: int, folder: Path) -> Record:
    source = found.take(items)
    pool = found.train_inputs[:1000]
    plan = Plan(tuple(parse(spec, pool=pool) for spec in ATTACKS), seed=seed, repeats=16)
    with Ledger(folder.parent / "ledger.db") as book, watching(None, f"{student.name}: ") as watch:
        purpose = f"audit {key(student, source, plan)}"
        kept = book.keep(found.teacher, purpose=purpose, batch=QUICK_BATCH)
        record = audit(
            student,
            kept,
            source,
            plan,
            folder,
            watch=watch,
            classes=found.classes,
            command=f"preceptor demo --out {folder.parent} --items {items} --seed {seed}"
            + ("" if found.name == "mnist" else f" --teacher {found.name}"),
        )
        return beside_people(book, found.teacher, record)


def readings(done: list[tuple[Record, Summary]]) -> list[str]:
    """What the table shows, in sentences made from its numbers."""
    lines = []
    for record, summary in done:
        name = record.facts["student"]["name"]
        rows = [row for row in summary.attacks if row.family == "linf-pgd"]
        largest = max(rows, key=lambda row: row.size or 0.0)
        alarms, failures = largest.splits["FALSE_ALARM"], largest.conventional_failures
        if failures:
            lines.append(
                f"{name}: of {failures} conventional failures under {largest.name}, {alarms} "
                f"({alarms / failures:.0%}) are false alarms: the teacher is uncertain of the "
                "moved digit, or agrees with the student."
            )
        kept = sum(row.splits["INVARIANCE"] for row in summary.attacks if row.goal == "keep")
        lines.append(
            f"{name}: {kept} invariance errors under the keep attacks: the digit became another "
            "to the teacher, and the student still says the old one."
        )
    return lines
