"""Mistakes that once passed without a word: each is told now."""

from typing import Any

import numpy as np
import pytest

import preceptor as pr

ROWS = np.random.default_rng(0).random((60, 2))


def student(rows: Any) -> Any:
    return (rows[:, 0] > 0.5).astype(int)


def codes(record: pr.Record) -> list[str]:
    return [one["code"] for one in record.findings]


def test_a_teacher_of_one_label_is_told() -> None:
    record = pr.audit(student, ROWS, lambda rows: rows[:, 0] * 0, classes=2, attacks="none")
    assert "one-label" in codes(record)
    assert "label 0 to all 60" in str(record.findings)


def test_a_teacher_of_two_labels_is_not() -> None:
    record = pr.audit(
        student, ROWS, lambda rows: (rows[:, 1] > 0.5).long(), classes=2, attacks="none"
    )
    assert "one-label" not in codes(record)


@pytest.mark.parametrize(
    ("given", "told"),
    [({}, True), ({"label": "Target"}, False), ({"columns": {"Target": "number"}}, False)],
)
def test_a_column_called_as_labels_are_is_told_unless_declared(
    given: dict[str, Any], told: bool
) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": ROWS[:, 0], "Target": ROWS[:, 1]})
    if "label" in given:
        table["Target"] = [0, 1] * 30
    record = pr.audit(
        student, table, lambda rows: (rows[:, 0] > 0.5).long(), classes=2, attacks="none", **given
    )
    assert ("label-as-feature" in codes(record)) == told


def test_plain_text_says_the_first_warning_and_how_many_there_are() -> None:
    record = pr.audit(student, ROWS, lambda rows: rows[:, 0] * 0, classes=2, attacks="none")
    warnings = [one for one in record.findings if one["level"] == "warning"]
    assert f"Warning ({len(warnings)} in .findings): " in repr(record)
    assert repr(record).count("\n") <= 4
