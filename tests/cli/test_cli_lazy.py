"""Commands are imported when they are called; what is slow to import waits until it is used."""

import subprocess
import sys

import pytest

from preceptor.cli.app import app
from preceptor.cli.lazy import COMMANDS, everything

SLOW = ("ot", "skimage", "sklearn", "mlxtend", "onnxruntime", "pymunk")


def imported(*words: str) -> set[str]:
    """The modules that are loaded when the command has ended."""
    program = (
        f"import sys; sys.argv = ['preceptor', *{words!r}]\n"
        "from preceptor.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as done:\n    assert not done.code, done.code\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("LOADED")[1].split())


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_the_top_imports_nothing_slow(words: tuple[str, ...]) -> None:
    assert not imported(*words) & {*SLOW, "torch", "numpy", "scipy"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_imports_nothing_slow(command: str) -> None:
    assert not imported(command, "--help") & set(SLOW)


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
