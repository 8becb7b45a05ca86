"""``preceptor demo --text``: what a text attack's success is worth once the teacher is asked."""

import json
from pathlib import Path

import typer

from preceptor import report as reports
from preceptor.api.given_teacher import QUICK_BATCH
from preceptor.api.progress_bars import bars, watching
from preceptor.attacks import parse
from preceptor.audit import Plan, Record, Summary, audit, key, summarise
from preceptor.cli.audit_tables import print_findings, print_summary
from preceptor.cli.console import out
from preceptor.core.lock import alone
from preceptor.ledger import Ledger
from preceptor.problems import TextProblem, hashed_student, sentences

ATTACKS = (
    "standard",
    "typos",
    "lookalikes",
    "words",
    "details",
    "filler",
    "negate",
    "opposites",
    "drop",
)
"""The suite, one attack of each kind, and three that hold the student's answer."""


def text_demo(folder: Path, items: int, seed: int, as_json: bool) -> None:
    """Train a student on reviews, attack it, ask the grammar's teacher, write the report."""
    found = sentences()
    with alone(folder):
        record = _audit(found, folder, items, seed)
        page = reports.write(record)
    summary = summarise(record)
    if as_json:
        typer.echo(json.dumps({"report": str(page), **summary.describe()}))
        return
    print_findings(record)
    print_summary([(record, summary)])
    for line in worth_of_attacks(summary):
        out.print(f"- {line}", highlight=False)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)


def _audit(found: TextProblem, folder: Path, items: int, seed: int) -> Record:
    with bars(None) as show:
        student = hashed_student(
            found.train_texts,
            found.train_labels,
            classes=len(found.classes),
            seed=seed,
            watch=lambda epoch, _: show("train", "training the student", epoch, 8),
        )
    source, pool = found.take(items), found.train_texts[:1000]
    plan = Plan(tuple(parse(spec, pool=pool) for spec in ATTACKS), seed=seed, repeats=16)
    with Ledger(folder / "ledger.db") as book, watching(None, "reviews: ") as watch:
        purpose = f"audit {key(student, source, plan)}"
        kept = book.keep(found.teacher, purpose=purpose, batch=QUICK_BATCH)
        return audit(
            student,
            kept,
            source,
            plan,
            folder / "reviews",
            watch=watch,
            classes=found.classes,
            command=f"preceptor demo --text --out {folder} --items {items} --seed {seed}",
        )


def worth_of_attacks(summary: Summary) -> list[str]:
    """What the table shows, in sentences made from its numbers."""
    lines = []
    for row in summary.attacks:
        failures, alarms = row.conventional_failures, row.splits["FALSE_ALARM"]
        if row.goal == "flip" and failures:
            lines.append(
                f"{row.name}: the usual test counts {failures} failures; {alarms} "
                f"({alarms / failures:.0%}) are none: the teacher cannot read the changed text, or agrees "
                "with the student."
            )
        wrong = row.splits["INVARIANCE"]
        if row.goal == "keep" and wrong:
            lines.append(
                f"{row.name}: {wrong} texts turned to the teacher, and the student kept its answer. The "
                "usual test counts none of them."
            )
    return lines
