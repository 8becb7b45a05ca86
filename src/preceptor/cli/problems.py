"""``preceptor problems``: what there is to try things on, and how good its teachers are."""

import json
from typing import Annotated

import typer
from rich.table import Table

from preceptor.cli.console import out
from preceptor.problems import PROBLEMS, problem


def problems(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the problems that come with preceptor, and measure their teachers.

    For each: when its teacher is certain, on what share of the clean held-out items it is, and how
    often it says there what the dataset says.
    """
    rows = []
    for name in PROBLEMS:
        found = problem(name)
        certain, agree = found.agreement()
        rows.append(
            {
                "name": name,
                "about": found.about,
                "items": len(found.source),
                "teacher": found.teacher.name,
                "certainty": found.teacher.certainty,
                "certain": certain.describe(),
                "agreement": agree.describe(),
            }
        )
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(show_lines=True)
    for heading in ("problem", "about", "the teacher is certain", "on", "agrees with the dataset"):
        table.add_column(heading)
    for row, name in zip(rows, PROBLEMS, strict=True):
        certain, agree = row["certain"], row["agreement"]
        table.add_row(name, row["about"], row["certainty"], _percent(certain), _percent(agree))
    out.print(table)


def _percent(rate: dict[str, object]) -> str:
    low, high = rate["interval"]  # type: ignore[misc]
    return f"{rate['value']:.1%} [{100 * low:.1f}-{100 * high:.1f}]"
