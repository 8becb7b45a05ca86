"""How ``--help`` is set: examples kept as written, names kept whole, lists of their own."""

import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from typer.core import TyperCommand, TyperGroup

WIDTH = 100
"""Help is no wider than this, and narrower in a narrow terminal."""

_NAMES = 26
"""Columns of names are at most so wide; a longer name has a line to itself."""


class CommandGroup(TyperGroup):
    """A group of commands whose help is set as that of a command."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """The docstring's paragraphs."""
        _write(self.help or "", formatter)


class Command(TyperCommand):
    """A command whose help can be copied from.

    Paragraphs of its docstring that are indented by four spaces are kept as they are; in all others
    no word is broken at a hyphen, since many are names to be typed.

    Attributes:
        lists: title -> name -> line, set below the options: the attacks there are, say.
    """

    lists: Mapping[str, Mapping[str, str]] = {}

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Arguments by their bare names."""
        return [re.sub(r"[{}]", "", piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """The docstring's paragraphs."""
        _write(self.help or "", formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, options, then the lists."""
        for title, table in self.tables(ctx).items():
            formatter.write(f"\n{title}:\n" + "".join(_rows(table, formatter.width)))

    def tables(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        """Titles with rows of a name and a line: arguments, options, then the lists; none is empty."""
        rows: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                argument = parameter.param_type_name == "argument"
                name = record[0].partition(" <")[0] if argument else record[0]
                rows["Arguments" if argument else "Options"].append((name, _plain(record[1])))
        rows |= {title: list(entries.items()) for title, entries in self.lists.items()}
        return {title: table for title, table in rows.items() if table}


def _write(text: str, formatter: Any) -> None:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        formatter.write("\n" + _paragraph(paragraph, formatter.width))


def _paragraph(text: str, width: int) -> str:
    if all(line.startswith("    ") for line in text.splitlines()):
        return text + "\n"
    return _wrapped(" ".join(text.split()), width, "  ") + "\n"


def _rows(table: list[tuple[str, str]], width: int) -> Iterable[str]:
    wide = min(_NAMES, max(len(name) for name, _ in table))
    margin = " " * (wide + 4)
    for name, text in table:
        lines = _wrapped(text, width, margin)
        if len(name) <= wide:
            yield f"  {name:<{wide}}  {lines[len(margin) :]}\n"
        else:
            yield f"  {name}\n{lines}\n"


def _wrapped(text: str, width: int, margin: str) -> str:
    kept = re.sub(r"(?<=\d) (?=%)", "\xa0", text)
    lines = textwrap.fill(
        kept,
        max(width, len(margin) + 20),
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
    )
    return lines.replace("\xa0", " ")


def _plain(text: str) -> str:
    """Ranges in words; what goes without saying, that a count is no less than 0 or 1, left out."""
    text = re.sub(r"(\S+)<=x<=(\S+)", r"\1 to \2", text)
    return re.sub(r"\s*\[x>=[01]\]|; x>=[01](?=\])", "", text)
