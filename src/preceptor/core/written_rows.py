"""A row as people write it, as numbers: what :mod:`preceptor.core.shown_rows` shows, read back."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from jaxtyping import Float32

from preceptor.core.columns import FILL, GAP, TableColumn, code_of
from preceptor.core.csv_tables import says_nothing
from preceptor.core.errors import InputError
from preceptor.core.shown_rows import MISSING
from preceptor.core.table_domain import TableDomain

BOOLEANS: Final = {"true": 1.0, "1": 1.0, "1.0": 1.0, "false": 0.0, "0": 0.0, "0.0": 0.0}


def coordinates_of(column: TableColumn, text: str) -> list[float]:
    """The one or two coordinates of a cell: a number, a word, or nothing where there may be none.

    Raises:
        InputError: the column holds no such thing.
    """
    words = {str(word): code_of(word) for word in column.words}
    if text in words:
        return [float(words[text])]
    if says_nothing(text) or text.strip().lower() == MISSING:
        if column.missing == "none":
            raise column.wrong(f"no value is given, and it has no gaps: it is {column.says}")
        return [float(GAP)] if column.words else [FILL, 1.0]
    value = BOOLEANS.get(text.strip().lower()) if column.kind == "boolean" else _number(text)
    if column.words or value is None:
        raise column.wrong(f"{text[:40]!r} is none of its values: it is {column.says}")
    return [value, 0.0] if column.gaps else [value]


def row_of(table: TableDomain, cells: Mapping[str, str]) -> Float32[np.ndarray, " coordinates"]:
    """The vector of a row.

    Args:
        table: whose row it is.
        cells: a text for each column, by its name.

    Raises:
        InputError: a column holds no such thing, or the row as a whole is none of the table's.
    """
    values = [one for column in table.columns for one in coordinates_of(column, cells[column.name])]
    row = np.array(values, np.float32)
    need_row(table, row)
    return row


def need_row(table: TableDomain, row: np.ndarray) -> None:
    """See that a vector ``Float32[coordinates]`` is a row of a table.

    Raises:
        InputError: it is none; says why.
    """
    fault = table.fault(torch.from_numpy(row))
    if fault:
        raise InputError(f"the table has no such row: {fault}")


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and abs(found) < 3e38 else None
