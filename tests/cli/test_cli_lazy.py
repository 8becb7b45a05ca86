"""Commands are imported when they are called; what is slow to import waits until it is used."""

import subprocess
import sys

import pytest

from preceptor.cli.app import app
from preceptor.cli.lazy import COMMANDS, everything

SLOW = ("ot", "skimage", "sklearn", "mlxtend", "onnxruntime", "pymunk")


def loaded(*commands: tuple[str, ...]) -> list[set[str]]:
    """The modules that are loaded when each of the commands has ended, one after another."""
    program = (
        "import sys\n"
        "from preceptor.cli import main\n"
        f"for words in {commands!r}:\n"
        "    sys.argv = ['preceptor', *words]\n"
        "    try:\n        main()\n"
        "    except SystemExit as done:\n        assert not done.code, done.code\n"
        "    print('LOADED', *sys.modules, 'END')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [set(part.split("END")[0].split()) for part in done.stdout.split("LOADED")[1:]]


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_the_top_imports_nothing_slow(words: tuple[str, ...]) -> None:
    assert not loaded(words)[0] & {*SLOW, "torch", "numpy", "scipy"}


def test_the_help_of_a_command_imports_nothing_slow() -> None:
    found = loaded(*((command, "--help") for command in COMMANDS))
    slow = [f"{name}: {got & set(SLOW)}" for name, got in zip(COMMANDS, found, strict=True)]
    assert slow == [f"{name}: set()" for name in COMMANDS], "the first that differs imports it"


def test_every_command_is_where_its_row_says() -> None:
    group = everything(app)
    assert list(group.commands) == list(COMMANDS)
    for name, command in group.commands.items():
        assert command.name == name
        assert command.help
        assert len(COMMANDS[name].line) <= 66


def test_a_slip_in_a_commands_name_is_answered_with_the_name() -> None:
    program = "import sys; sys.argv = ['p', 'ledgr']; from preceptor.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 2
    assert "Did you mean 'ledger'?" in done.stderr
