"""The command ``preceptor``: its commands, and how errors become exit codes."""

import sys
from typing import Annotated

import typer

import preceptor
from preceptor.cli import ledger
from preceptor.cli.audit import audit
from preceptor.cli.console import err
from preceptor.cli.demo import demo
from preceptor.cli.distances import distances
from preceptor.cli.explain import explain
from preceptor.cli.problems import problems
from preceptor.cli.report import report
from preceptor.cli.search import search
from preceptor.core import PreceptorError

EXIT_CODES = """
Exit codes: 0 done; 1 the answer is no (a threshold was not met, a ledger is not sound); 2 something
handed in cannot be used; 3 done, but some questions have no answer; 130 interrupted (run the same
command again: it goes on where it was).
"""

app = typer.Typer(
    name="preceptor",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Is my classifier robust as the people who label my data see it? Attack it, ask the "
    "teacher at the attacked inputs, and read what is really wrong.\n\n" + EXIT_CODES,
)
app.command()(demo)
app.command()(audit)
app.command()(explain)
app.command()(search)
app.command()(report)
app.command()(distances)
app.command()(problems)
app.add_typer(ledger.app, name="ledger")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(preceptor.__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line; users' mistakes end in one line and no traceback."""
    try:
        app()
    except PreceptorError as error:
        err.print(f"preceptor: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        err.print("\npreceptor: interrupted. Run the same command again: it goes on where it was.")
        sys.exit(130)
