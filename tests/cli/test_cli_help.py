"""Help that teaches: an example that parses, exit codes, lists, and lines that fit."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from preceptor.attacks import ATTACKS
from preceptor.cli.app import app
from preceptor.cli.help import Command
from preceptor.cli.lazy import everything
from preceptor.strategies import STRATEGIES

TOP = everything(app)
WIDTH = 78


def commands(group: Any = TOP, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its words."""
    for name, found in group.commands.items():
        words = (*path, name)
        if hasattr(found, "commands"):
            yield from commands(found, words)
        else:
            yield " ".join(words), found


ALL = dict(commands())


def text_of(name: str, command: Any) -> str:
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH)
    return str(command.get_help(context))


def examples(text: str) -> list[str]:
    """The command lines that stand in the help, each on one line."""
    joined = re.sub(r"\s*\\\n\s*", " ", text.partition("\nOptions:")[0])
    return re.findall(r"^    (preceptor .*)$", joined, re.MULTILINE)


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_an_example_that_parses(name: str) -> None:
    command = ALL[name]
    assert isinstance(command, Command)
    found = examples(text_of(name, command))
    assert any(line.startswith(f"preceptor {name}") for line in found), found
    for line in found:
        words = shlex.split(line)[1:]
        path = next(path for path in ALL if words[: len(path.split())] == path.split())
        ALL[path].make_context(path, words[len(path.split()) :])  # raises at an unknown option


@pytest.mark.parametrize("name", ALL)
def test_lines_fit_and_nothing_is_left_unsaid(name: str) -> None:
    text = text_of(name, ALL[name])
    assert all(len(line) <= WIDTH for line in text.splitlines() if "preceptor " not in line)
    assert "x>=" not in text
    assert "<=x" not in text
    for parameter in ALL[name].params:
        if parameter.name != "help":
            assert parameter.help, parameter.name


@pytest.mark.parametrize(
    ("name", "entries"),
    [("audit", ATTACKS), ("teach", STRATEGIES), ("compare", STRATEGIES)],
)
def test_what_an_option_takes_is_listed_by_examples(name: str, entries: Any) -> None:
    text = text_of(name, ALL[name])
    for entry in entries.values():
        assert re.search(rf"^  {re.escape(entry.example)}( |$)", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["audit", "search", "explain", "teach", "compare", "paper"])
def test_exit_codes_stand_where_scripts_need_them(name: str) -> None:
    assert "Exit codes: 0 " in " ".join(text_of(name, ALL[name]).split())


def test_no_name_is_broken_at_its_hyphen() -> None:
    assert "pgd:eps=0.1" in text_of("audit", ALL["audit"])
    assert "pool-uncertainty:by=entropy" in text_of("teach", ALL["teach"])
    assert not re.search(r"\w-\n", text_of("audit", ALL["audit"]))
