"""Commands that are imported when they are called, so that ``--help`` need not wait for torch."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

from preceptor.cli.early_checks import fault
from preceptor.cli.help import Command, CommandGroup
from preceptor.cli.help_pages import only_help, stored_help
from preceptor.cli.plain_errors import say_error


@dataclass(frozen=True)
class Place:
    """Where a command is, and its line in the list of commands.

    Attributes:
        module: to import when the command is called for.
        name: the function there, or the ``typer.Typer`` of a group. The module's ``LISTS``, if it has
            any, stand below the options in the command's help.
        line: for the list of commands, at most 66 characters.
    """

    module: str
    name: str
    line: str


COMMANDS = {
    "demo": Place(
        "preceptor.cli.demo", "demo", "Train two students on real digits, audit both, report."
    ),
    "audit": Place(
        "preceptor.cli.audit", "audit", "Attack a classifier and ask its teacher what is wrong."
    ),
    "calibrate": Place(
        "preceptor.cli.calibrate_command",
        "calibrate",
        "Check a stand-in teacher against people; their own number.",
    ),
    "explain": Place(
        "preceptor.cli.explain",
        "explain",
        "Say what the student leans on and its teacher does not.",
    ),
    "search": Place(
        "preceptor.cli.search_command",
        "search",
        "Look anywhere for inputs on which the student is wrong.",
    ),
    "prove": Place(
        "preceptor.cli.prove_command",
        "prove",
        "Prove it right wherever the teacher is certain, or refute it.",
    ),
    "desk": Place("preceptor.cli.desk", "desk", "Open the page at which people answer."),
    "study": Place(
        "preceptor.cli.study_people",
        "app",
        "Look into what people said; settings, people, export, import.",
    ),
    "report": Place("preceptor.cli.report", "report", "Write the report of a saved record."),
    "distances": Place(
        "preceptor.cli.distances", "distances", "Measure how far images lie from the first one."
    ),
    "teach": Place(
        "preceptor.cli.teach_command", "teach", "Teach a student; audit it before and after."
    ),
    "compare": Place(
        "preceptor.cli.compare_command",
        "compare",
        "Set ways of learning against one another by price.",
    ),
    "paper": Place(
        "preceptor.cli.paper", "paper", "Try the claims behind active teaching; judge each."
    ),
    "problems": Place(
        "preceptor.cli.problems", "problems", "List what comes with preceptor to try things on."
    ),
    "ledger": Place(
        "preceptor.cli.ledger_command", "app", "Look into the file that keeps every answer."
    ),
}
"""The commands in the order in which they are listed. A new one is a row here."""


class LazyGroup(CommandGroup):
    """A group that lists ``COMMANDS`` by their lines and imports the one that is called."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, place in COMMANDS.items():
            self.commands[name] = TyperCommand(name, callback=None, short_help=place.line)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name, imported now."""
        if args[0] in COMMANDS:
            wrong = fault(args[0], args[1:])
            if wrong is not None:
                say_error(wrong)
                raise SystemExit(2)
            stored = stored_help(args[0]) if only_help(args[1:]) else None
            if stored is None:
                self.load(args[0])
            else:
                self.commands[args[0]] = stored
        return super().resolve_command(ctx, args)

    def load(self, name: str) -> None:
        """Import a command and put it in its place."""
        place = COMMANDS[name]
        module = import_module(place.module)
        found = getattr(module, place.name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(name, cls=Command)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name, command.short_help = name, place.line
        if isinstance(command, Command):
            command.lists = vars(module).get("LISTS", {})
        self.commands[name] = command


def everything(app: typer.Typer) -> LazyGroup:
    """The command line with every command imported, to look at it as a whole."""
    group = typer.main.get_command(app)
    if not isinstance(group, LazyGroup):
        raise TypeError(f"{group.name} is no LazyGroup")
    for name in COMMANDS:
        group.load(name)
    return group
