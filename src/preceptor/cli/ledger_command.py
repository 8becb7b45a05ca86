"""``preceptor ledger``: look into the memory of what teachers said."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from preceptor.api.recorded_tables import items_by_key
from preceptor.cli import shared_options
from preceptor.cli.help import Command, CommandGroup
from preceptor.core import UNCERTAIN, InputError
from preceptor.core.label_sets import set_words
from preceptor.core.plain_console import PlainConsole
from preceptor.ledger import AnswerRow, Ledger, Total

app = typer.Typer(
    help="Look into a ledger: the file that keeps every answer a teacher ever gave.\n\n"
    "A ledger is only ever added to. The same question is asked once; further answers to it, "
    "given on purpose, are its repeats. A label of -1 means UNCERTAIN.\n\n"
    "    preceptor ledger list preceptor.db\n",
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

LedgerPath = Annotated[Path, typer.Argument(metavar="LEDGER", help="The ledger's file.")]


@app.command("list", cls=Command, short_help="List the teachers, what they were asked and cost.")
def list_teachers(ledger: LedgerPath, as_json: shared_options.AsJson = False) -> None:
    """List the teachers: how much each was asked, for what purpose, and what it cost.

    QUESTIONS is what a budget counts: questions put through this ledger. ANSWERS is what is kept.
    A panel keeps no answers of its own, since they are computed from its members' each time:
    there it says members'. Imported answers have no question. Cost is in the teacher's own unit, seconds are of waiting
    for it.

        preceptor ledger list preceptor.db
    """
    with Ledger(ledger, create=False) as opened:
        totals, teachers = opened.totals(), opened.teachers()
    if as_json:
        rows = [asdict(total) for total in totals]
        typer.echo(json.dumps({"teachers": [asdict(one) for one in teachers], "totals": rows}))
        return
    if not teachers:
        typer.echo(f"{ledger} knows no teacher yet")
        return
    console = PlainConsole()
    for one in teachers:
        console.print(Text.assemble((one.name, "bold"), "  version ", one.version), soft_wrap=True)
        mine = [t for t in totals if (t.teacher, t.version) == (one.name, one.version)]
        if mine:
            console.print(_accounts(mine, totals))
        else:
            console.print("  never asked", style="dim")


_NUMBERS = ("questions", "answers", "cost", "seconds")


def _accounts(mine: Sequence[Total], totals: Sequence[Total]) -> Table:
    """One teacher's accounts, a line for each purpose; fits into 80 columns."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    table.add_column("  purpose", overflow="fold", ratio=1, header_style="dim")
    for heading, width in zip(_NUMBERS, _widths(totals), strict=True):
        table.add_column(heading, justify="right", min_width=width, header_style="dim")
    table.add_column("last asked (UTC)", no_wrap=True, header_style="dim")
    for total in mine:
        purpose = Padding(Text(total.purpose or "-"), (0, 0, 0, 2))
        table.add_row(purpose, *_numbers(total, totals), _moment(total.last_asked)[:16])
    return table


def _numbers(total: Total, totals: Sequence[Total]) -> tuple[str, ...]:
    answers = "members'" if _combined(total, totals) else str(total.answers)
    return str(total.questions), answers, f"{total.cost:g}", f"{total.seconds:.1f}"


def _combined(total: Total, totals: Sequence[Total]) -> bool:
    """Whether it keeps no answers because others, asked for the same purpose, keep them: a panel."""
    return total.answers == 0 < total.questions and any(
        other.purpose == total.purpose and other.answers for other in totals
    )


def _widths(totals: Sequence[Total]) -> list[int]:
    """Of the columns of numbers, the same for every teacher."""
    rows = [_NUMBERS, *(_numbers(one, totals) for one in totals)]
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


@app.command("show", cls=Command, short_help="Show a teacher's answers, in their order.")
def show_answers(
    ledger: LedgerPath,
    teacher: Annotated[str, shared_options.name("Whose answers.", "--teacher")],
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most so many rows.")
    ] = 20,
    as_json: shared_options.AsJson = False,
) -> None:
    """Show a teacher's answers, of all its versions, in the order in which they were given.

    REPEAT 0 is the first answer to a question, the one that is used; 1, 2, ... are further ones.

        preceptor ledger show preceptor.db --teacher mnist-panel-0 --limit 50
    """
    with Ledger(ledger, create=False) as opened:
        names = sorted({one.name for one in opened.teachers()})
        if teacher not in names:
            known = ", ".join(repr(name) for name in names) or "no teacher yet"
            raise InputError(f"no teacher {teacher!r} in {ledger}; it knows {known}")
        rows = list(islice(opened.answers(teacher), limit))
        kept = sum(total.answers for total in opened.totals() if total.teacher == teacher)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows]))
        return
    PlainConsole().print(_answers_table(f"{teacher}: {len(rows)} of {kept} answers", rows))
    if len(rows) < kept:
        typer.echo(f"More with --limit {kept}, or all with: preceptor ledger export LEDGER OUT.csv")


@app.command("export", cls=Command, short_help="Write all answers to a table.")
def export_answers(
    ledger: LedgerPath,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A file that ends in .csv or .jsonl.")],
    data: shared_options.ItemsOf = None,
    classes: shared_options.Classes = None,
) -> None:
    """Write all answers to a table, one row for each, with teacher, input key, label and cost.

    A label of -1 means UNCERTAIN; of an answer of several labels these stand in a column of their own. With --data each row says which item it is about, with --classes
    which label by name. The inputs themselves stay in the ledger; Ledger.input(key) gives one back
    in Python.

        preceptor ledger export preceptor.db answers.csv --data inputs.npz --classes cat,dog
    """
    names = [part.strip() for part in classes.split(",")] if classes else []
    if len(names) == 1 and names[0].isdigit():
        names = list(map(str, range(int(names[0]))))
    items = None if data is None else items_by_key(data)
    with Ledger(ledger, create=False) as opened:
        count = opened.export(out, items=items, classes=names)
    typer.echo(f"{count} answers written to {out}")


@app.command("merge", cls=Command, short_help="Add what other ledgers hold to one.")
def merge_ledgers(
    into: Annotated[
        Path, typer.Argument(metavar="INTO", help="The ledger that grows; made if it is not there.")
    ],
    others: Annotated[
        list[Path], typer.Argument(metavar="OTHER", help="Ledgers to add; they stay.")
    ],
    as_json: shared_options.AsJson = False,
) -> None:
    """Add what other ledgers hold to one: of work that was shared out, a file for each part.

    What several hold stands once, so that merging again changes nothing. Where two asked the same question,
    both answers are kept: the one that stood in INTO first is used, the other is a repeat, and both
    count against budgets. Each file is merged whole or not at all.

        preceptor ledger merge preceptor.db shard-1.db shard-2.db
    """
    with ExitStack() as opened:
        ledgers = [opened.enter_context(Ledger(other, create=False)) for other in others]
        grown = opened.enter_context(Ledger(into))
        counts = {str(one.path): grown.merge(one) for one in ledgers}
    if as_json:
        typer.echo(json.dumps({other: asdict(one) for other, one in counts.items()}))
        return
    for other, one in counts.items():
        said = [
            f"{getattr(one, word):,} {word}"
            for word in ("answers", "questions", "inputs", "teachers", "checks", "notes")
            if getattr(one, word)
        ]
        typer.echo(f"{other}: {', '.join(said) or 'nothing new'}")
        if one.repeats:
            typer.echo(f"  asked in both: {one.repeats:,}; kept as repeats")
        if one.conflicts:
            typer.echo(f"  first answers that differ: {one.conflicts:,}; those of {into} are used")
        for topic in one.left:
            typer.echo(f"  left as it is in {into}, since both went on with it: {topic}")


@app.command("check", cls=Command, short_help="Check that a ledger can be trusted.")
def check_ledger(ledger: LedgerPath, as_json: shared_options.AsJson = False) -> None:
    """Check that a ledger can be trusted: exit code 0 if it is sound, 1 if not.

    Looks for damage to the file, for inputs whose bytes do not give their key, for labels
    outside the teacher's classes, for vanished answers and for missing guards against change.

        preceptor ledger check preceptor.db
    """
    with Ledger(ledger, create=False) as opened:
        problems = opened.check()
    if as_json:
        typer.echo(json.dumps({"sound": not problems, "problems": problems}))
    elif problems:
        for problem in problems:
            typer.echo(f"- {problem}")
        typer.echo(f"{ledger} is not sound. Keep it as it is and work on a copy.")
    else:
        typer.echo(f"{ledger} is sound")
    if problems:
        raise typer.Exit(1)


def _answers_table(title: str, rows: Sequence[AnswerRow]) -> Table:
    table = _table(
        title,
        ["version", "input", "purpose"],
        ["repeat", "label", "cost", "seconds", "asked (UTC)"],
    )
    for row in rows:
        table.add_row(
            row.version,
            row.input[:12],
            row.purpose or "-",
            str(row.repeat),
            set_words(row.acceptable or (row.label,)).replace(str(UNCERTAIN), "uncertain"),
            f"{row.cost:g}",
            f"{row.seconds:.3f}",
            _moment(row.asked_at),
        )
    return table


def _table(title: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(title=title)
    for word in words:
        table.add_column(word, overflow="fold")
    for number in numbers:
        table.add_column(number, justify="right")
    return table


def _moment(asked_at: str) -> str:
    return asked_at[:19].replace("T", " ")
