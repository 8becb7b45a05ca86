"""``preceptor search``: look anywhere for inputs at which the teacher is sure and the student wrong."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from preceptor.api.given_hook import as_hook
from preceptor.api.searching import SearchOptions, run_search
from preceptor.cli import shared_options
from preceptor.cli.console import command_line, out, say
from preceptor.cli.waiting import say_desk, say_why
from preceptor.cli.witness_lines import witness_lines
from preceptor.core.show_hook import ShowHook
from preceptor.search import SearchResult, answer, said_of_fault


def search(
    student: shared_options.Student,
    data: Annotated[
        str,
        shared_options.spec(f"Inputs to start from: {shared_options.DATA}"),
    ],
    teacher: Annotated[
        str | None,
        shared_options.spec(
            "Who says what is right, anywhere: file.py:name, human:STUDY, or a problem's "
            "teacher by the problem's name; recorded votes do not do. [default: the problem's own]"
        ),
    ] = None,
    budget: Annotated[
        int, shared_options.count("The most questions that the search may ask.")
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
        shared_options.count(
            "Also ask about N inputs of each probe family, beyond the budget, for an estimate of "
            "the share right where the teacher is certain.",
            0,
        ),
    ] = 0,
    teacher_gradients: Annotated[
        bool,
        shared_options.flag(
            "--teacher-gradients",
            "Use the teacher's beliefs and their gradients, which are more than answers.",
        ),
    ] = False,
    out_: Annotated[Path, shared_options.folder("Folder for the result and the page.")] = Path(
        "search"
    ),
    ledger: shared_options.Ledger = Path("preceptor.db"),
    items: shared_options.Items = None,
    bounds: shared_options.Bounds = None,
    scale: shared_options.Scale = None,
    columns: shared_options.Columns = None,
    relation: shared_options.Relation = None,
    label: shared_options.Label = None,
    classes: shared_options.Classes = None,
    seed: shared_options.Seed = 0,
    level: shared_options.Level = 0.95,
    device: shared_options.Device = "cpu",
    timeout: shared_options.Timeout = None,
    fail_if_found: Annotated[
        bool,
        shared_options.flag("--fail-if-found", "Exit with 1 if there is a witness. For use in CI."),
    ] = False,
    trust_pickle: shared_options.TrustPickle = False,
    normalise: shared_options.Normalise = None,
    resize: shared_options.Resize = None,
    channels: shared_options.Channels = None,
    text: shared_options.Text = None,
    protect: shared_options.Protect = None,
    grammar: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Rules by which texts are made up beside those of the data, a line for each: "
            "'review: The {what} was {word}. | I saw it.' [default: the problem's own]",
        ),
    ] = None,
    show: shared_options.Show = None,
    as_json: shared_options.AsJson = False,
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
    hook = as_hook(show)
    result, who = run_search(
        SearchOptions(
            student=student,
            data=data,
            say=say,
            teacher=teacher,
            budget=budget,
            around=around,
            estimate=estimate,
            teacher_gradients=teacher_gradients,
            out=out_,
            ledger=ledger,
            items=items,
            bounds=bounds,
            scale=scale,
            columns=columns,
            relations=relation,
            label=label,
            classes=classes,
            seed=seed,
            level=level,
            device=device,
            timeout=timeout,
            trust_pickle=trust_pickle,
            normalise=normalise,
            resize=resize,
            channels=channels,
            text=text or (),
            protect=protect or (),
            grammar=grammar,
            show=hook,
            command=command_line(),
        )
    )
    end = result.ending(fail_if_found)
    if as_json:
        typer.echo(json.dumps(result.to_dict(fail_if_found=fail_if_found)))
    else:
        print_search(result, hook)
        out.print(f"Report: {out_ / 'search.html'}", highlight=False, soft_wrap=True)
    say_why(end)
    if result.facts["questions"]["unanswered"]:
        say_desk(who)
    raise typer.Exit(end.code)


def print_search(result: SearchResult, show: ShowHook | None = None) -> None:
    """The answer, the generators that found something, and the confirmed faults."""
    out.print(answer(result), highlight=False)
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
    for line in witness_lines(result, show):
        out.print(f"- {line}", highlight=False, markup=False)
    for fault in result.raised:
        out.print(f"- fault: {said_of_fault(fault)}", highlight=False, markup=False)
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
