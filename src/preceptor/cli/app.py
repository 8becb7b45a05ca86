"""The command ``preceptor``: its commands, and how errors become exit codes."""

import errno
import sys
from typing import Annotated

import typer

import preceptor
from preceptor.cli.help import WIDTH
from preceptor.cli.lazy import LazyGroup
from preceptor.cli.plain_errors import say_error, say_line

HELP = """
Is my classifier robust as the people who label my data see it? Attack it, ask the teacher at the
attacked inputs, and read what is really wrong.

A first look, on real digits, in one to three minutes; then your own classifier:

    preceptor demo
    preceptor audit --student model.py:net --data inputs.npz --teacher teacher.py:teacher

`preceptor COMMAND --help` says what a command does, with an example. Results go to standard output,
all else to standard error. Commands keep what they did: run the same one again after an
interruption, and nothing is asked or computed twice.

Exit codes: 0 done; 1 the answer is no (a threshold was not met, teaching hurt, a ledger is not
sound); 2 something handed in cannot be used; 3 done, but some questions have no answer; 130
interrupted.
"""

_PLACES = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}
"""What is wrong with a place that the user named, and no fault of the program's."""

INTERRUPTED = 130
"""The exit code after Ctrl-C."""

app = typer.Typer(
    name="preceptor",
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": WIDTH},
    help=HELP,
)


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
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer makes that of a KeyboardInterrupt
            say_line(
                "\npreceptor: interrupted. Run the same command again: it goes on where it was."
            )
        raise
    except Exception as error:
        # torch comes with this import, so it stands here: see docs/decisions/0010
        from preceptor.core import OutOfMemoryError, PreceptorError
        from preceptor.core.out_of_memory import first_line, is_out_of_memory
        from preceptor.core.printing import shown

        if isinstance(error, OSError) and error.errno in _PLACES:
            error = PreceptorError(
                f"{error.filename or 'writing a file'}: {error.strerror}; check path and rights"
            )
        if is_out_of_memory(error) and not isinstance(error, OutOfMemoryError):
            error = OutOfMemoryError(
                f"memory ran out ({first_line(error)}). Run it again with less at a time (--batch, "
                "where the command has it), fewer items, or more memory; what was answered until "
                "now is kept"
            )
        if not isinstance(error, PreceptorError):
            raise
        say_error(shown(str(error)))
        sys.exit(2)
