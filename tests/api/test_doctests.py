"""The examples in docstrings run as they stand."""

import doctest
import importlib
from pathlib import Path

import pytest

import preceptor

SOURCE = Path(preceptor.__file__).parent
MODULES = [
    ".".join(("preceptor", *file.relative_to(SOURCE).with_suffix("").parts))
    for file in sorted(SOURCE.rglob("*.py"))
    if ">>> " in file.read_text() and file.name != "__init__.py"
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(module: str) -> None:
    done = doctest.testmod(
        importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert done.attempted
    assert not done.failed


def test_there_are_some() -> None:
    assert len(MODULES) >= 3
