"""Reports that show inputs by the user's own function."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import preceptor as pr
from preceptor import report as reports
from preceptor.search import SearchResult


def student(rows: np.ndarray) -> np.ndarray:
    return (rows.sum(1) > 2).astype(int)


def teacher(rows: Any) -> Any:
    return (rows[:, 0] > 0.5).long()


DATA = np.random.default_rng(0).random((30, 4)).astype(np.float32)


def audited(out: Path, show: Any = None) -> pr.Record:
    return pr.audit(
        student, DATA, teacher, attacks=["noise:size=0.3"], classes=2, show=show, out=out
    )


def test_each_example_is_shown_so_before_and_after(tmp_path: Path) -> None:
    record = audited(tmp_path / "one", lambda row: {"whole": float(row.sum())})
    page = (record.folder / "report.html").read_text()
    assert page.count("<dt>whole</dt>") >= 4
    assert "feature 1" not in page


def test_html_is_framed_without_scripts(tmp_path: Path) -> None:
    record = audited(tmp_path / "one", lambda row: pr.Html("<script>alert(1)</script><i>it</i>"))
    page = (record.folder / "report.html").read_text()
    assert '<iframe sandbox=""' in page
    assert "<script>alert" not in page


def test_one_input_that_fails_keeps_our_own_way(tmp_path: Path) -> None:
    record = audited(tmp_path / "one")

    def sometimes(row: np.ndarray) -> str:
        if row[0] > 0.5:
            raise ValueError("too big")
        return "small"

    page = reports.render(record, show=sometimes)
    assert "ValueError: too big" in page
    assert "feature 1" in page
    assert ">small<" in page


def test_a_faulty_function_costs_no_question(tmp_path: Path) -> None:
    asked = []

    def counted(rows: Any) -> Any:
        asked.append(len(rows))
        return teacher(rows)

    def wrong(row: object) -> str:
        raise KeyError("x")

    with pytest.raises(pr.InputError, match="KeyError"):
        pr.audit(student, DATA, counted, classes=2, show=wrong, out=tmp_path / "one")
    before = len(asked)
    pr.audit(student, DATA, counted, classes=2, attacks="none", out=tmp_path / "two")
    assert before == 0 or sum(asked[:before]) <= 2  # a function may be tried for its form


def test_side_by_side_and_search_show_it_too(tmp_path: Path) -> None:
    show = lambda row: f"sum {row.sum():.3f}"  # noqa: E731
    records = [audited(tmp_path / name) for name in ("one", "two")]
    sides = pr.side_by_side(records)
    reports.render_side_by_side(sides, show=show)  # the same student: nothing parts
    found: SearchResult = pr.search(student, DATA, teacher, budget=60, classes=2, seed=1)
    page = reports.render_search(found, show=show)
    assert page.count("sum ") >= 2


@pytest.mark.parametrize("given", [3, "show.txt:it", "show.py", dict, {"a": 1}])
def test_what_is_no_function_is_refused(given: Any, tmp_path: Path) -> None:
    with pytest.raises(pr.InputError, match="show"):
        audited(tmp_path / "one", given)
