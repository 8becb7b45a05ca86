"""Tables that people wrote elsewhere: CSV, the ids of items, and what stands for a label."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from preceptor.core.answers import UNCERTAIN
from preceptor.core.errors import InputError
from preceptor.core.label_sets import SEPARATOR

NOTHING: Final = ("", "na", "n/a", "nan", "none", "null")
"""Cells, in any case, that say nothing: in a column of labels, that no answer was given."""

CANNOT_TELL: Final = ("-1", "can't tell", "uncertain")
"""Labels, in any case, that say *could not tell*: an answer like any other."""


@dataclass(frozen=True)
class CsvRow:
    """One row of a table.

    Attributes:
        where: file and line, for messages.
        cells: by column name, without the blanks around them.
    """

    where: str
    cells: Mapping[str, str]


def read_csv(path: Path, needed: Sequence[str], form: str) -> tuple[tuple[str, ...], list[CsvRow]]:
    """The column names and the rows of a CSV file in UTF-8, with or without a byte-order mark.

    Lines without anything in them are passed over.

    Args:
        path: the file.
        needed: columns that must be there.
        form: what the header should be, for messages.

    Raises:
        InputError: no such file, another encoding or separator, a column that is missing or stands
            twice, or a row that is longer or shorter than the header.
    """
    if not path.is_file():
        raise InputError(f"there is no file at {path}")
    lines = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file, strict=True)
        try:
            header = tuple(name.strip() for name in next(rows, []))
            _check_header(header, needed, form, path)
            for row in rows:
                where = f"{path}, line {rows.line_num}"
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) != len(header):
                    raise InputError(
                        f"{where}: expected {len(header)} fields, as in the header; got {len(row)}"
                    )
                cells = (cell.strip() for cell in row)
                lines.append(CsvRow(where, dict(zip(header, cells, strict=True))))
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path}, line {rows.line_num + 1} or after: not in UTF-8 ({error.reason}). Save "
                "the table as CSV in UTF-8."
            ) from error
        except csv.Error as error:
            raise InputError(f"{path}, line {rows.line_num}: no CSV ({error})") from error
    return header, lines


def _check_header(header: tuple[str, ...], needed: Sequence[str], form: str, path: Path) -> None:
    twice = [name for name, times in Counter(header).items() if times > 1]
    if twice:
        raise InputError(
            f"{path}, line 1: {len(twice)} column name(s) stand twice, such as {twice[0]!r}; it "
            "cannot be known which is meant. Rename or drop one."
        )
    absent = [name for name in needed if name not in header]
    if absent:
        first = header[0] if len(header) == 1 else ""
        mark = next((mark for mark in (";", "\t", "|") if mark in first), None)
        hint = "" if mark is None else f". The columns are separated by {mark!r}; write commas"
        raise InputError(
            f"{path}, line 1: the header lacks {', '.join(absent)}; expected {form}{hint}"
        )


def says_nothing(cell: str) -> bool:
    """Whether a cell stands for no answer: see :data:`NOTHING`."""
    return cell.strip().lower() in NOTHING


def read_label(text: str, classes: int | Sequence[str], where: str) -> int | None:
    """The label that a cell stands for: its number, ``UNCERTAIN``, or ``None`` for no answer.

    A class's own name comes before every other meaning. Without names, whole numbers count, those
    that were written with a decimal point (``1.0``) too.

    Args:
        text: the cell.
        classes: the classes' names, or how many there are.
        where: for messages.

    Raises:
        InputError: the cell is no label.
    """
    if not isinstance(classes, int):
        if text in classes:
            return list(classes).index(text)
        some = ", ".join(classes[:9]) + (", ..." if len(classes) > 9 else "")
        expected = f"one of {some}"
    else:
        whole = text.removesuffix(".0")
        if whole.isdecimal() and int(whole) < classes:
            return int(whole)
        expected = f"0 .. {classes - 1}"
    if says_nothing(text):
        return None
    if text.lower() in CANNOT_TELL or text == "-1.0":
        return UNCERTAIN
    raise InputError(
        f"{where}: label {text!r}; expected {expected}, {CANNOT_TELL[1]!r} (or -1), or nothing "
        "where no answer was given"
    )


def read_labels(
    text: str, classes: int | Sequence[str], where: str
) -> int | tuple[int, ...] | None:
    """As :func:`read_label`; of several acceptable labels, such as ``4|9``, all of them in order.

    A set of one is that label, a set of all ``UNCERTAIN``. A class whose own name is the whole cell
    comes first.

    Raises:
        InputError: the cell is no label, or a part of it is none.
    """
    named = not isinstance(classes, int) and text in classes
    if named or SEPARATOR not in text:
        return read_label(text, classes, where)
    parts = [read_label(part.strip(), classes, where) for part in text.split(SEPARATOR)]
    found = sorted({part for part in parts if part is not None})
    if None in parts or UNCERTAIN in found:
        raise InputError(
            f"{where}: label {text!r}; expected labels alone between {SEPARATOR!r}, such as "
            f"{SEPARATOR.join(_two(classes))}"
        )
    if len(found) == 1:
        return found[0]
    every = classes if isinstance(classes, int) else len(classes)
    return UNCERTAIN if len(found) == every else tuple(found)


def _two(classes: int | Sequence[str]) -> list[str]:
    return ["0", "1"] if isinstance(classes, int) else [str(name) for name in classes[:2]]


def read_ids(ids: np.ndarray) -> tuple[str, ...]:
    """Ids as text: bytes are decoded, and whole numbers stand without a decimal point.

    Raises:
        InputError: bytes that are no text in UTF-8.
    """
    if ids.dtype.kind == "S":
        try:
            return tuple(item.decode("utf-8") for item in ids.tolist())
        except UnicodeDecodeError as error:
            raise InputError(f"an id is no text in UTF-8: {error}") from error
    if ids.dtype.kind == "f" and np.isfinite(ids).all() and (ids == np.round(ids)).all():
        return tuple(str(int(item)) for item in ids.tolist())
    return tuple(str(item) for item in ids.tolist())
