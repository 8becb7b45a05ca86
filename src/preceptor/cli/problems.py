"""``preceptor problems``: what there is to try things on, and how good its teachers are."""

import json

import typer
from rich.padding import Padding

from preceptor.cli import shared_options
from preceptor.cli.console import out
from preceptor.outcome import Rate
from preceptor.problems import PROBLEMS, TEXT_PROBLEMS, problem


def problems(
    as_json: shared_options.AsJson = False,
) -> None:
    """List the problems that come with preceptor, and measure their teachers.

    For each: when its teacher is certain, on what share of the clean held-out items it is, and how
    often it says there what the dataset says, with 95 % intervals. Their names go where --data and
    --teacher are asked for:

        preceptor problems
        preceptor audit --student model.py:net --data digits --items 100
    """
    every = [problem(name) for name in PROBLEMS] + [make() for make in TEXT_PROBLEMS.values()]
    measured = [(found, *found.agreement()) for found in every]
    if as_json:
        rows = [
            {
                "name": found.name,
                "about": found.about,
                "items": len(found.source),
                "teacher": found.teacher.name,
                "certainty": found.teacher.certainty,
                "certain": certain.describe(),
                "agreement": agree.describe(),
            }
            for found, certain, agree in measured
        ]
        typer.echo(json.dumps(rows))
        return
    for found, certain, agree in measured:
        out.print(Padding(f"[bold]{found.name}[/bold]", (0, 0)), highlight=False)
        for line in (
            found.about,
            found.teacher.certainty,
            f"On {len(found.source):,} clean held-out items it is certain of {_percent(certain)}; "
            f"there it agrees with the dataset on {_percent(agree)}.",
        ):
            out.print(Padding(line, (0, 0, 0, 2)), highlight=False)
        out.print()


def _percent(rate: Rate) -> str:
    low, high = rate.interval
    value = "undefined" if rate.value is None else f"{rate.value:.1%}"
    return f"{value} [{100 * low:.1f}-{100 * high:.1f}]"
