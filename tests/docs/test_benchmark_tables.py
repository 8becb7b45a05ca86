"""Numbers of benchmark results in the docs are those that are committed."""

import importlib.util
import json
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


def test_a_result_that_is_still_to_come_is_said_to_be(
    tables: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, results = sys.modules["comparison_tables"], tmp_path / "benchmarks/results"
    results.mkdir(parents=True)
    monkeypatch.setattr(made, "ROOT", tmp_path)
    for name in ("teaching_tables", "committed"):
        monkeypatch.setattr(sys.modules[name], "ROOT", tmp_path)
    assert tables.TABLES["cores"]().startswith("Not measured")
    assert tables.TABLES["mnist-rule-twice"]().startswith("Not run")

    one = {"jobs 1": {"wall": 8.0, "others": 0.01}, "jobs 2": {"wall": 4.0, "others": 0.07}}
    found = {
        "target": 1.7,
        "cells": 9,
        "unreliable": "other work",
        "ratio": {"median": 1.6, "min": 1.5, "max": 2.0},
        "rounds": [{**one, "ratio": 2.0}],
    }
    (results / "cores.json").write_text(json.dumps(found))
    table = tables.TABLES["cores"]()
    assert "| 1 | 8.0 s | 4.0 s | 2.00 | 7% |" in table
    assert "1.60 times as fast in the median, 1.50 to 2.00; target 1.7, missed" in table
    assert "Not to be relied on: other work" in table


def test_an_interval_of_shares_ends_at_0_and_1(tables: ModuleType) -> None:
    assert tables
    made = sys.modules["teaching_tables"]
    one = {"mean": 0.98, "interval": [0.9, 1.06], "values": [1.0, 1.0, 0.94]}
    assert made.rate(one) == ".980 [.900 to 1.000]"
    assert made.spread({**one, "mean": -0.0002}) == ".000 [.900 to 1.060]"
