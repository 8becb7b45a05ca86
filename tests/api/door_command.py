"""The command line in this process, and what a record says but for when and where it was made."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import typer

from preceptor.cli.audit import audit
from preceptor.cli.explain import explain
from preceptor.cli.report import report
from preceptor.cli.search_command import search
from preceptor.cli.teach_command import teach
from preceptor.core import PreceptorError

APP = typer.Typer()
for each in (audit, explain, report, search, teach):
    APP.command(each.__name__)(each)

ELSEWHERE = ("run", "folder", "report", "seconds", "record", "files", "answer")
"""Keys that say when, where and how long."""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def command(folder: Path, *words: str) -> Done:
    """``preceptor WORDS`` in a folder."""
    out, err, code = StringIO(), StringIO(), 0
    with inside(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            code = APP(list(words), standalone_mode=False) or 0
        except typer.Exit as ended:
            code = ended.exit_code
        except PreceptorError as error:
            code = 2
            err.write(str(error))
    return Done(code, out.getvalue(), err.getvalue())


def plain(said: Any) -> Any:
    """The same without what is never the same twice."""
    if isinstance(said, dict):
        return {key: plain(value) for key, value in said.items() if key not in ELSEWHERE}
    if isinstance(said, list | tuple):
        return [plain(one) for one in said]
    return said
