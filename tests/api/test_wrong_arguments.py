"""Errors teach at the front door as on the command line: no traceback from the depths."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from wrong_arguments import CASES

PROGRAM = Path(__file__).with_name("wrong_arguments.py")


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_argument_is_answered(told: dict[str, list[str]], case: str) -> None:
    wanted, kind, said = told[case]
    assert kind.endswith("Error"), said
    assert wanted in said, said
    assert not re.search(r"(?<![\w-])--[a-z]", said), "an option, where an argument is meant"
