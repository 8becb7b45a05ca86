"""Rows that people upload, as inputs of their study."""

from typing import Final

import numpy as np

from preceptor.core import InputError, TableDomain
from preceptor.core.written_rows import row_of
from preceptor.desk.question_pictures import spread
from preceptor.desk.uploads import Upload
from preceptor.people import Settings

MOST_ROW: Final = 256 * 1024
"""The longest text of a row, in bytes."""


def read_row(data: bytes, settings: Settings) -> Upload:
    """A text with one row, with or without a line of names above, as an input.

    Columns are divided by commas, semicolons or tabs. With names, columns may stand in any order
    and others beside them are left out. A row of a table is given as people write it, in words.

    Raises:
        InputError: the study is not about rows; or no such text, other columns, or values that are
            no numbers or out of bounds.
    """
    if settings.is_image:
        raise InputError("This study is about pictures; give a PNG or JPEG.")
    rows = _rows(data)
    table = TableDomain.read(settings.domain) if settings.table else None
    names = settings.names if table is None else tuple(column.name for column in table.columns)
    count = int(np.prod(settings.shape)) if table is None else len(names)
    said: list[str] = []
    if len(rows) == 2:
        head, cells = rows
        if names and set(names) <= set(head) and len(head) == len(cells):
            if len(set(head)) != len(head):
                raise InputError("The line of names has a name twice.")
            if len(head) > count:
                said.append(f"{len(head) - count} columns of no feature were left out.")
            cells = [cells[head.index(name)] for name in names]
        elif names or any(_number(cell) is not None for cell in head):
            raise InputError(
                "Two lines were given, but the first does not name every feature: "
                + ", ".join((names or ("one name a column",))[:8])
            )
    elif len(rows) == 1:
        cells = rows[0]
    else:
        raise InputError(f"Expected one row; the text has {len(rows)} lines.")
    if len(cells) != count:
        what = "numbers" if table is None else "values"
        raise InputError(f"Expected {count} {what} in the row; got {len(cells)}.")
    if table is not None:
        return Upload(row_of(table, dict(zip(names, cells, strict=True))), tuple(said))
    return Upload(_within(cells, settings), tuple(said))


def _rows(data: bytes) -> list[list[str]]:
    if len(data) > MOST_ROW:
        raise InputError(f"The text is longer than {MOST_ROW // 1024} KiB; give one row.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("This is no text in UTF-8.") from error
    lines = [line for line in text.splitlines() if line.strip()][:4]
    if not lines or "\x00" in text:
        raise InputError("The text is empty, or no text.")
    mark = next((one for one in "\t;" if one in lines[-1]), ",")
    return [[cell.strip().strip('"') for cell in line.split(mark)] for line in lines]


def _number(cell: str) -> float | None:
    try:
        found = float(cell)
    except ValueError:
        return None
    return found if np.isfinite(found) else None


def _within(cells: list[str], settings: Settings) -> np.ndarray:
    low, high = (spread(bound, settings.shape).ravel() for bound in (settings.low, settings.high))
    names = settings.feature_names
    values = []
    for name, cell, least, most in zip(names, cells, low, high, strict=True):
        found = _number(cell)
        if found is None:
            raise InputError(f"{name[:60]}: {cell[:40]!r} is no number.")
        value = np.float32(found)
        if not least <= value <= most:
            raise InputError(
                f"{name[:60]}: {value:.6g} lies out of the study's bounds, {least:.6g} to {most:.6g}."
            )
        values.append(value)
    return np.array(values, np.float32).reshape(settings.shape)
