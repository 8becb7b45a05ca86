"""The numbers of a chart as a file that the page itself holds, so that a forwarded page has them too."""

import base64
import csv
import io
from collections.abc import Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that begins so is a formula to a spreadsheet."""

Cell = str | float | int | None


def csv_uri(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table as a data URI of CSV: numbers as they are, nothing for what is undefined."""
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(map(_safe, heads))
    lines.writerows([[_safe(cell) for cell in row] for row in rows])
    packed = base64.b64encode(file.getvalue().encode()).decode()
    return f"data:text/csv;charset=utf-8;base64,{packed}"


def _safe(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
