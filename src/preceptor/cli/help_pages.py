"""The help of each command, stored, so that ``--help`` need not import what the command imports.

The file is made by ``python scripts/reference.py``; a test compares it with the commands. A command that is
not in it shows its help by importing itself.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from preceptor.cli.help import Command, CommandGroup

FILE: Final = Path(__file__).with_name("help_pages.json")


class StoredCommand(Command):
    """A command that can show its help and nothing else.

    Args:
        name: of the command.
        page: what :func:`page_of` made of it.
    """

    def __init__(self, name: str, page: Mapping[str, Any]) -> None:
        super().__init__(
            name,
            callback=None,
            help=page["help"],
            short_help=page["line"],
            rich_markup_mode=None,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )
        self.page = page

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """As stored."""
        return list(self.page["usage"])

    def tables(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:  # noqa: ARG002
        """As stored."""
        return {title: [(a, b) for a, b in rows] for title, rows in self.page["tables"].items()}


def only_help(words: Sequence[str]) -> bool:
    """Whether the words behind a command ask for its help: ``--help`` stands in front of any ``--``."""
    before = words[: words.index("--")] if "--" in words else words
    return "--help" in before


def stored_help(name: str) -> StoredCommand | CommandGroup | None:
    """A command, or a group with its commands, that shows the stored help; ``None`` if there is none."""
    page = _pages().get(name)
    return None if page is None else _built(name, page)


def page_of(command: Any, ctx: Any) -> dict[str, Any]:
    """What is stored of a command or group: plain data."""
    page = {"help": command.help or "", "line": command.short_help or ""}
    if isinstance(command, Command):
        tables = command.tables(ctx)
        return page | {"usage": command.collect_usage_pieces(ctx), "tables": tables}
    children = {}
    for name, child in command.commands.items():
        inner = child.make_context(name, [], parent=ctx, resilient_parsing=True)
        children[name] = page_of(child, inner)
    return page | {"commands": children}


def _built(name: str, page: Mapping[str, Any]) -> StoredCommand | CommandGroup:
    if "commands" not in page:
        return StoredCommand(name, page)
    children: dict[str, Any] = {one: _built(one, inner) for one, inner in page["commands"].items()}
    return CommandGroup(
        name=name,
        commands=children,
        help=page["help"],
        short_help=page["line"],
        no_args_is_help=True,
        rich_markup_mode=None,
    )


@cache
def _pages() -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
