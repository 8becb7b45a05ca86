"""A bar for whoever waits: in a terminal, in a notebook, or none."""

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from preceptor.audit import AuditProgress as Step
from preceptor.audit import Watcher
from preceptor.core.plain_console import PlainConsole

err = PlainConsole(stderr=True)
"""Standard error: bars, and all that is no result."""

Show = Callable[[str, str, int, int | None], None]
"""Told which bar (a key), what it says, how much is done, and of how much."""

_PAUSE: Final = 0.2
"""Seconds between two pictures of a bar in a notebook."""


@contextmanager
def bars(progress: bool | None) -> Iterator[Show]:
    """Bars, one for each key that is shown.

    Args:
        progress: ``None`` for bars in a terminal and in a notebook, and silence elsewhere; ``True``
            for bars anywhere, ``False`` for none.
    """
    display = _notebook() if progress is not False else None
    if display is not None:
        with _in_notebook(display) as show:
            yield show
        return
    with _in_terminal(disable=not (err.is_terminal if progress is None else progress)) as show:
        yield show


@contextmanager
def watching(progress: bool | None, label: str = "") -> Iterator[Watcher]:
    """A bar for each stage of an audit: inputs moved, then questions asked and left."""
    with bars(progress) as show:
        yield watcher(show, label)


def watcher(show: Show, label: str = "") -> Watcher:
    """What tells the bars of an audit's stages."""

    def watch(step: Step) -> None:
        what = {"attack": f"{label}attacking: {step.what}", "ask": f"{label}questions asked"}
        show(step.stage, what[step.stage], step.done, step.total)

    return watch


@contextmanager
def _in_terminal(disable: bool) -> Iterator[Show]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=err, disable=disable) as shown:

        def show(key: str, words: str, done: int, total: int | None) -> None:
            if key not in tasks:
                tasks[key] = shown.add_task(words, total=total)
            shown.update(tasks[key], completed=done, total=total, description=words)

        yield show


def _notebook() -> Any:
    """IPython's display module, in a notebook; else ``None``."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if type(shell).__name__ in ("NoneType", "TerminalInteractiveShell"):
        return None
    return sys.modules.get("IPython.display")


@contextmanager
def _in_notebook(display: Any) -> Iterator[Show]:
    """One output below the cell, drawn anew now and then, and empty in the end."""
    lines: dict[str, str] = {}
    last = 0.0
    handle = display.display(display.HTML(""), display_id=True)

    def show(key: str, words: str, done: int, total: int | None) -> None:
        nonlocal last
        most = "" if total is None else f' value="{done}" max="{max(total, 1)}"'
        count = f"{done:,}" if total is None else f"{done:,}/{total:,}"
        lines[key] = f"<div><progress{most}></progress> {html.escape(words)} {count}</div>"
        if time.monotonic() - last >= _PAUSE:
            last = time.monotonic()
            handle.update(display.HTML("".join(lines.values())))

    try:
        yield show
    finally:
        handle.update(display.HTML(""))
