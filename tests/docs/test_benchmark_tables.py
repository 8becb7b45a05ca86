"""Numbers of benchmark results in the docs are those that are committed."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tables() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "scripts"))
    spec = importlib.util.spec_from_file_location("tables", ROOT / "scripts/tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tables"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(ROOT / "scripts"))


def test_pages_hold_what_the_results_say(tables: ModuleType) -> None:
    for page in tables.PAGES:
        text = (ROOT / page).read_text()
        assert tables.filled(text) == text, f"{page}: run python scripts/tables.py"


def test_every_table_stands_somewhere_once(tables: ModuleType) -> None:
    found = [name for page in tables.PAGES for name in tables.named((ROOT / page).read_text())]
    assert sorted(found) == sorted(tables.TABLES)


def test_a_number_that_was_changed_by_hand_is_noticed(tables: ModuleType) -> None:
    text = (ROOT / tables.PAGES[0]).read_text()
    table = tables.faults()
    assert table in text
    assert tables.filled(text.replace(table, table.replace("20 of 20", "20 of 21"))) == text
