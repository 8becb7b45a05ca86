"""``preceptor desk``: people answer in the browser."""

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from preceptor.cli import shared_options
from preceptor.core import InputError
from preceptor.core.extras import install
from preceptor.core.plain_console import PlainConsole
from preceptor.core.show_hook import ShowHook
from preceptor.people import Studies
from preceptor.people.connecting import POSTGRES


def desk(
    study: Annotated[
        str,
        typer.Argument(
            metavar="LEDGER", help="The audit's ledger file, or a postgresql:// URL for a team."
        ),
    ],
    name: Annotated[
        str | None,
        shared_options.name(
            "Your name, kept with your answers. [default: your login name]", "--as"
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="The address to listen on; 0.0.0.0 or :: for all that this machine has.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=65535,
            help="The port. [default: the first free one from 8420 on]",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="How people reach the desk, if a proxy stands before it or it has a name: "
            "https://desk.example.org",
        ),
    ] = None,
    open_page: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open",
            help="Open the page in this machine's browser. [default: if this is a terminal]",
        ),
    ] = None,
    show: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[STUDY=]FILE.py:NAME",
            help="Your function that shows an input, as in `preceptor audit`: what people see when they answer. "
            "With STUDY= for that study alone; may stand several times.",
        ),
    ] = None,
) -> None:
    """Open the desk, where people answer the questions that audits filed.

    Prints a link that works once and signs you in as an owner: you answer, see the overview and
    invite others. It listens on this machine only, unless --host says otherwise, until Ctrl-C.

        preceptor audit --student model.py:net --data mnist --items 30 --teacher human:ann
        preceptor desk preceptor.db

    Answer, then run the audit again: it finds the answers and writes the report.

    With --show, people see each input as your function shows it, and each answer keeps which version of
    the function that was. It is tried on the first question of each study before anybody is asked:

        preceptor desk preceptor.db --show views.py:card

    Exit codes: 0 closed; 2 there is no ledger at that place, packages are missing, or --show fails.
    """
    try:
        from preceptor.desk import BUSY_SECONDS, OwnHook, serve
    except ImportError as error:
        raise InputError(
            f"the desk needs packages that are not installed ({error.name}): {install('desk')}"
        ) from error
    if not study.startswith(POSTGRES) and not Path(study).is_file():
        raise InputError(
            f"there is no ledger at {study}. An audit makes it when it files its questions: "
            f"preceptor audit --teacher human:NAME --ledger {study} ..."
        )
    err = PlainConsole(stderr=True)  # preceptor.cli.console imports far more than a desk needs
    with Studies(study, create=False, patience=BUSY_SECONDS) as studies:
        serve(
            studies,
            name or getpass.getuser(),
            host=host,
            port=port,
            url=url,
            open_page=sys.stdout.isatty() if open_page is None else open_page,
            hooks=tuple(OwnHook.of(hook, which) for which, hook in _hooks(show or ())),
            say=lambda line: err.print(line, markup=False, highlight=False, soft_wrap=True),
        )


def _hooks(given: Sequence[str]) -> tuple[tuple[str, ShowHook], ...]:
    if not given:
        return ()
    from preceptor.api.given_hook import desk_hooks  # imports far more than a desk without it needs

    return desk_hooks(given)
