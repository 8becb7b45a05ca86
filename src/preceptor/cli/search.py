"""``preceptor search``: look anywhere for inputs at which the teacher is sure and the student wrong."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from preceptor import report as reports
from preceptor import search as searches
from preceptor.cli import options
from preceptor.cli.console import bar, command_line, err, out
from preceptor.cli.ending import Ending
from preceptor.cli.specs import (
    check_names,
    keep,
    label_names,
    read_data,
    read_names,
    read_teacher,
)
from preceptor.cli.students import read_student
from preceptor.cli.waiting import say_desk
from preceptor.core import InputError
from preceptor.core.lock import alone
from preceptor.ledger import Ledger
from preceptor.probes import families
from preceptor.problems import PROBLEMS
from preceptor.teachers import soft


def search(
    student: options.Student,
    data: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="Inputs to start from: inputs.npz (array 'inputs', optional 'ids'), inputs.npy, "
            f"or a problem: {', '.join(PROBLEMS)}.",
        ),
    ],
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Who says what is right, anywhere: file.py:name, human:STUDY, or a problem's "
            "teacher by the problem's name; recorded votes do not do. [default: the problem's own]",
        ),
    ] = None,
    budget: Annotated[
        int, typer.Option(metavar="N", min=1, help="The most questions that the search may ask.")
    ] = 500,
    around: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Search around the item of this id only, where the student keeps the answer that "
            "it gives to it. [default: anywhere]",
        ),
    ] = None,
    estimate: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Also ask about N inputs of each probe family, beyond the budget, for an estimate of "
            "the share right where the teacher is certain.",
        ),
    ] = 0,
    teacher_gradients: Annotated[
        bool,
        typer.Option(
            "--teacher-gradients",
            help="Use the teacher's beliefs and their gradients, which are more than answers.",
        ),
    ] = False,
    out_: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Folder for the result and the page.")
    ] = Path("search"),
    ledger: options.Ledger = Path("preceptor.db"),
    items: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Start from a random sample of so many items. [default: all]"
        ),
    ] = None,
    bounds: options.Bounds = None,
    scale: options.Scale = None,
    classes: options.Classes = None,
    seed: options.Seed = 0,
    level: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="Confidence level of the intervals and of the tests of faults."
        ),
    ] = 0.95,
    device: options.Device = "cpu",
    timeout: options.Timeout = None,
    fail_if_found: Annotated[
        bool,
        typer.Option("--fail-if-found", help="Exit with 1 if there is a witness. For use in CI."),
    ] = False,
    trust_pickle: options.TrustPickle = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of tables.")
    ] = False,
) -> None:
    """Look anywhere for inputs at which the teacher is certain and the student is wrong.

    One such witness refutes strong robustness; none within the budget proves nothing. Prints how
    many distinct witnesses there are and where they came from, and what the student gets wrong
    regularly (faults, each tested with fresh questions); writes search/search.html.

        preceptor search --student model.py:net --data digits --budget 300

    Run the same command again after an interruption: nothing is asked twice.

    Exit codes: 0 done; 1 there is a witness, with --fail-if-found; 2 something handed in cannot be
    used; 3 some questions have no answer.
    """
    found = read_data(data, bounds=bounds, scale=scale, items=items, seed=seed)
    names = read_names(classes)
    labels = label_names(names, found)
    who = read_teacher(teacher, found, names, ledger)
    check_names(names, who)
    domain = found.source.domain
    pupil = read_student(
        student, found.source, who, labels, trust_pickle=trust_pickle, device=device
    )
    leaning = soft(who) if teacher_gradients else None
    if teacher_gradients and leaning is None:
        raise InputError(
            f"--teacher-gradients: teacher {who.name!r} offers no beliefs. Leave it out, or give a "
            "Model or a Panel of Models."
        )
    plan = searches.Plan(budget, seed=seed, level=level)
    whole = searches.key(pupil, found.source, plan, around=around, beliefs=leaning is not None)
    with alone(out_), Ledger(ledger) as book, bar() as shown:
        task = shown.add_task("asking the teacher", total=budget)

        def watch(step: searches.Progress) -> None:
            words = {"look": "looking", "test": "testing faults", "estimate": "estimating"}
            shown.update(
                task,
                completed=step.done,
                total=step.total,
                description=f"{words[step.stage]}: {step.witnesses} witnesses",
            )

        strong = None
        if estimate:
            strong = searches.estimate(
                pupil,
                keep(book, who, None, f"estimate {whole} {estimate}", timeout),
                found.source,
                families(domain),
                estimate,
                seed=seed,
                level=level,
                watch=watch,
            )
        result = searches.search(
            pupil,
            keep(book, who, budget, f"search {whole}", timeout),
            found.source,
            plan,
            around=around,
            beliefs=leaning,
            strong=strong,
            out=out_,
            watch=watch,
            classes=labels,
            command=command_line(),
        )
        page, end = reports.write_search(result), _ending(result, fail_if_found)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "schema": searches.SCHEMA,
                    "folder": str(out_),
                    "report": str(page),
                    "digest": result.digest,
                    "student": result.facts["student"],
                    "teacher": result.facts["teacher"],
                    "outcome": end.describe(),
                    **result.summary(),
                    "faults": result.facts["faults"],
                    "estimate": result.facts["estimate"],
                }
            )
        )
    else:
        print_search(result)
        out.print(f"Report: {page}", highlight=False, soft_wrap=True)
    for words in end.why:
        err.print(words, highlight=False, markup=False)
    if result.facts["questions"]["unanswered"]:
        say_desk(who)
    raise typer.Exit(end.code)


def print_search(result: searches.SearchResult) -> None:
    """The answer, the generators that found something, and the faults that passed their test."""
    out.print(reports.search_answer(result), highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("generator", overflow="fold")
    for heading in (
        "asked",
        "certain",
        "wit-\nnesses",
        "dis-\ntinct",
        f"rate [{result.level:.0%}]",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in result.yields:
        if one.rate.hits:
            low, high = (100 * end for end in one.rate.interval)
            rate = "-" if one.rate.value is None else f"{one.rate.value:.0%}"
            counts = map(str, (one.asked, one.certain, one.rate.hits, one.distinct))
            table.add_row(one.name, *counts, f"{rate} [{low:.0f}-{high:.0f}]")
    if table.row_count:
        out.print(table)
    silent = [one for one in result.yields if one.asked and not one.rate.certain]
    if silent:
        out.print(
            f"Unanswered: all {sum(one.asked for one in silent)} questions of "
            f"{', '.join(one.name for one in silent)}.",
            style="dim",
            highlight=False,
        )
    without = [one for one in result.yields if one.rate.certain and not one.rate.hits]
    if without:
        out.print(
            f"Generators that found none: {len(without)}, in {sum(one.asked for one in without)} "
            f"questions ({sum(one.certain for one in without)} with a certain answer); the report "
            "lists them.",
            style="dim",
            highlight=False,
        )
    for fault in result.raised:
        rate = fault["error_rate"]
        on = "any item" if fault["label"] is None else f"items answered {fault['label']}"
        out.print(
            f"- fault: {fault['change']}, on {on}: wrong at {rate['hits']} of {rate['certain']}",
            highlight=False,
            markup=False,
        )
    strong = result.facts["estimate"]
    if strong is not None:
        _print_strong(strong)


def _print_strong(strong: dict[str, Any]) -> None:
    """The families in which the teacher was certain of something, and all together."""
    table = Table(
        title="strong estimate: right where the teacher is certain",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in ("probe family", "right", "certain", "void", "unasked"):
        table.add_column(heading, justify="left" if heading == "probe family" else "right")
    known = {name: rate for name, rate in strong["families"].items() if rate["certain"]}
    for name, rate in {**known, "all families": strong["whole"]}.items():
        low, high = (100 * end for end in rate["interval"])
        value = "-" if rate["value"] is None else f"{rate['value']:.0%} [{low:.0f}-{high:.0f}]"
        counts = (str(rate[key]) for key in ("certain", "void", "unasked"))
        table.add_row(name, value, *counts, end_section=name == [*known, ""][-2:][0])
    out.print(table)
    rest = {name: rate for name, rate in strong["families"].items() if name not in known}
    silent = [name for name, rate in rest.items() if not rate["void"]]
    without = [name for name in rest if name not in silent]
    for words, names in (
        ("The teacher was certain of no input of", without),
        ("Unanswered: every question about", silent),
    ):
        if names:
            out.print(f"{words}: {', '.join(names)}.", style="dim", highlight=False)


def _ending(result: searches.SearchResult, fail_if_found: bool) -> Ending:
    if fail_if_found and result.distinct:
        return Ending("fail", 1, (f"{result.distinct} distinct witnesses were found.",))
    unanswered = result.facts["questions"]["unanswered"]
    if unanswered:
        reasons = "; ".join(f"{count} x {why}" for why, count in unanswered.items())
        return Ending("open", 3, (f"Some questions have no answer: {reasons}",))
    return Ending("pass" if fail_if_found else "done", 0)
