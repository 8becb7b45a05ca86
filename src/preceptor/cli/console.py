"""Where the command line writes: results to standard output, all else to standard error."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from preceptor.audit import Progress as Step
from preceptor.audit import Watcher
from preceptor.cli.plain import PlainConsole

out = PlainConsole()
err = PlainConsole(stderr=True)


def command_line() -> str:
    """The command as it was typed, as text that can be written anywhere.

    Words that are no UTF-8 (a terminal of another locale hands over raw bytes) are decoded as such
    where they are, and marked where they are not.
    """
    words = [os.fsencode(word).decode("utf-8", "replace") for word in sys.argv[1:]]
    return shlex.join(["preceptor", *words])


@contextmanager
def bar() -> Iterator[Progress]:
    """A progress display on standard error; plain silence where that is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as shown:
        yield shown


@contextmanager
def watching(label: str = "") -> Iterator[Watcher]:
    """A bar for each stage of an audit: inputs moved, then questions asked and left."""
    with bar() as shown:
        tasks = {
            "attack": shown.add_task(f"{label}attacking", total=None, visible=False),
            "ask": shown.add_task(f"{label}asking the teacher", total=None, visible=False),
        }

        def watch(step: Step) -> None:
            what = {"attack": f"{label}attacking: {step.what}", "ask": f"{label}questions asked"}
            shown.update(
                tasks[step.stage],
                completed=step.done,
                total=step.total,
                visible=True,
                description=what[step.stage],
            )

        yield watch
