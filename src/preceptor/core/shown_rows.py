"""Inputs as people write them: ``income 21,080``, ``home rent``; what changed is marked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from preceptor.core.columns import GAP, TableColumn, code_of
from preceptor.core.domain import feature_name

MISSING: Final = "missing"
"""What stands where a cell has no value."""

TRUTH: Final = ("bool", "boolean", "object")
"""Dtypes of booleans that people write as True and False, not as 1 and 0."""

DIGITS: Final = 6
"""Significant digits of a number that has a fraction."""


@dataclass(frozen=True)
class ShownCell:
    """One cell of a row, as text.

    Attributes:
        name: of the column.
        text: its value.
        before: its value in the row from which this was moved, where that is another; else ``None``.
        size: of the change, as a share of the column's range; 1 for another word, or a gap.
        change: what was added, with its sign; empty where that makes no sense.
        words: whether its values are words, or truth values.
    """

    name: str
    text: str
    before: str | None = None
    size: float = 0.0
    change: str = ""
    words: bool = False


def written(value: float) -> str:
    """A number as people write it: ``21,080``, ``0.375``, ``1.2e-09``."""
    if not math.isfinite(value):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    near = float(f"{value:.{DIGITS}g}")
    if not 1e-4 <= abs(near) < 1e15:
        return f"{near:g}"
    text = f"{near:,.10f}".rstrip("0")
    return text.removesuffix(".")


def shown_row(
    domain: Mapping[str, Any], row: np.ndarray, clean: np.ndarray | None = None
) -> list[ShownCell]:
    """The cells of a row, in their order.

    Args:
        domain: as a record describes it (:meth:`preceptor.core.Domain.describe`).
        row: ``Float[*shape]``.
        clean: from which it was moved; marks the cells that changed.
    """
    values, before = row.ravel(), None if clean is None else clean.ravel()
    if domain.get("kind") == "table":
        return _table_row(domain, values, before)
    names = domain["names"] or [feature_name(i, tuple(domain["shape"])) for i in range(len(values))]
    low, high = (np.broadcast_to(np.ravel(domain[end]), values.shape) for end in ("low", "high"))
    return [
        _number(str(names[i]), float(value), old, float(high[i] - low[i]))
        for i, value in enumerate(values)
        for old in [None if before is None else float(before[i])]
    ]


def row_values(domain: Mapping[str, Any], row: np.ndarray) -> dict[str, object]:
    """A table's row as values: numbers, words, booleans, and ``None`` where a cell is empty."""
    values, found, place = row.ravel(), dict[str, object](), 0
    for described in domain["columns"]:
        column = TableColumn.read(described)
        width = len(column.coordinates)
        found[column.name] = _value(column, values[place : place + width])
        place += width
    return found


def _value(column: TableColumn, here: np.ndarray) -> object:
    text, number = _text(column, here), float(here[0])
    if text == MISSING:
        return None
    if column.kind == "boolean":
        return number > 0.5
    if column.kind == "category":
        return text
    return int(number) if column.kind == "whole" and number.is_integer() else number


def _table_row(
    domain: Mapping[str, Any], values: np.ndarray, before: np.ndarray | None
) -> list[ShownCell]:
    found, place = [], 0
    for described in domain["columns"]:
        column = TableColumn.read(described)
        width = len(column.coordinates)
        here = values[place : place + width]
        old = None if before is None else before[place : place + width]
        found.append(_cell(column, here, old))
        place += width
    return found


def _cell(column: TableColumn, here: np.ndarray, old: np.ndarray | None) -> ShownCell:
    text, words = _text(column, here), column.kind in ("category", "boolean")
    if old is None or np.array_equal(here, old):
        return ShownCell(column.name, text, words=words)
    was = _text(column, old)
    if words or MISSING in (text, was):
        return ShownCell(column.name, text, was, 1.0, words=words)
    low, high = column.bounds
    return _number(column.name, float(here[0]), float(old[0]), high - low)


def _number(name: str, value: float, old: float | None, width: float) -> ShownCell:
    if old is None or old == value:
        return ShownCell(name, written(value))
    by = value - old
    sign = "+" if by > 0 else "\u2212"
    return ShownCell(name, written(value), written(old), abs(by) / width, sign + written(abs(by)))


def _text(column: TableColumn, here: np.ndarray) -> str:
    if column.gaps and here[1] > 0.5:
        return MISSING
    value = float(here[0])
    if column.kind == "boolean" and column.dtype in TRUTH:
        return str(value > 0.5)
    if column.kind != "category":
        return written(value)
    if column.missing != "none" and value == GAP:
        return MISSING
    words = {code_of(word): str(word) for word in column.words}
    return words.get(int(value), f"code {value:g}")


def as_text(cells: list[ShownCell]) -> str:
    """One line: ``income 21,080 (was 26,508), home rent``."""
    return ", ".join(
        f"{cell.name} {cell.text}" + ("" if cell.before is None else f" (was {cell.before})")
        for cell in cells
    )
