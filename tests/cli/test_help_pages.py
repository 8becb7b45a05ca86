"""Stored help is the help: word for word, at every width, and it imports nothing slow."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from preceptor.cli.app import app
from preceptor.cli.help_pages import FILE, only_help, page_of, stored_help
from preceptor.cli.lazy import COMMANDS, everything

TOP = everything(app)
CONTEXT = TOP.make_context("preceptor", [], resilient_parsing=True)


def text(command: Any, name: str, width: int) -> str:
    context = command.make_context(
        name, [], parent=CONTEXT, resilient_parsing=True, terminal_width=width
    )
    return str(command.get_help(context))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_stored_page_is_that_of_the_command(name: str) -> None:
    command = TOP.commands[name]
    inner = command.make_context(name, [], parent=CONTEXT, resilient_parsing=True)
    now = json.loads(json.dumps(page_of(command, inner)))
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    assert stored.get(name) == now, "run python scripts/reference.py"


@pytest.mark.parametrize("width", [60, 78, 100])
@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_shown_as_the_command_shows_it(name: str, width: int) -> None:
    stored, command = stored_help(name), TOP.commands[name]
    assert stored is not None
    assert text(stored, name, width) == text(command, name, width)
    children = getattr(command, "commands", {})
    assert list(children) == list(getattr(stored, "commands", {}))
    for one, child in children.items():
        assert text(stored.commands[one], one, width) == text(child, one, width)


def run(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    program = (
        "import sys\nfrom preceptor.cli import main\n"
        f"sys.argv = ['preceptor', *{words!r}]\n"
        "try:\n    main()\nfinally:\n    print('TORCH', 'torch' in sys.modules, 'numpy' in sys.modules)"
    )
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "--help"),
        ("audit", "--student", "nowhere.py:net", "--help"),
        ("ledger", "list", "--help"),
    ],
)
def test_help_imports_neither_torch_nor_numpy(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert "TORCH False False" in done.stdout
    assert (
        f"Usage: preceptor {' '.join(one for one in words if one in ('audit', 'ledger', 'list'))}"
        in done.stdout
    )


def test_a_slip_below_a_group_is_answered_with_the_name() -> None:
    done = run("ledger", "lst", "--help")
    assert done.returncode == 2
    assert "Did you mean 'list'?" in done.stderr


def test_a_command_that_is_not_stored_shows_its_help_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("preceptor.cli.help_pages._pages", dict)
    assert stored_help("audit") is None


def test_what_stands_behind_two_dashes_is_no_option() -> None:
    assert only_help(["a", "--help", "--", "b"])
    assert not only_help(["a", "--", "--help"])
    assert not only_help(["a"])
