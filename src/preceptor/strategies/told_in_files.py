"""What people taught about texts in tables of their own: revisions, marks, rated words, written texts."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from preceptor.core import InputError, Texts
from preceptor.core.csv_tables import read_label
from preceptor.lessons import Examples, Lesson, RelevantWords, TextPairs, WordMeanings
from preceptor.lessons.texts.relevant_words import MarkWay, WordSpan


@dataclass(frozen=True)
class ToldRow:
    """One row of a table, nothing of it changed.

    Attributes:
        where: file and line, for messages.
        cells: by column.
    """

    where: str
    cells: Mapping[str, Any]

    def text(self, column: str) -> str:
        """A cell that is a text.

        Raises:
            InputError: it is something else.
        """
        found = self.cells.get(column)
        if not isinstance(found, str):
            raise InputError(f"{self.where}: {column} is {type(found).__name__}; expected a text")
        return found


def read_told(file: str, needed: Sequence[str], what: str) -> list[ToldRow]:
    """The rows of a ``.csv`` or ``.jsonl`` file in UTF-8.

    Raises:
        InputError: no such file, another form, a column that is missing, or no rows.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError(f"{what}: there is no file at {path}")
    try:
        rows = list(_json_lines(path) if path.suffix == ".jsonl" else _csv_rows(path))
    except UnicodeDecodeError as error:
        raise InputError(f"{what}: {path} is not in UTF-8 ({error.reason}); save it so") from error
    except (csv.Error, json.JSONDecodeError) as error:
        raise InputError(f"{what}: {path} cannot be read: {error}") from error
    if not rows:
        raise InputError(f"{what}: {path} holds no rows")
    for row in rows:
        absent = [name for name in needed if name not in row.cells]
        if absent:
            raise InputError(
                f"{what}: {row.where} lacks {', '.join(absent)}; expected the columns "
                f"{', '.join(needed)}"
            )
    return rows


def _csv_rows(path: Path) -> Iterator[ToldRow]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, strict=True)
        for cells in rows:
            where = f"{path}, line {rows.line_num}"
            if None in cells or None in cells.values():
                raise InputError(f"{where}: it has more or fewer fields than the header")
            yield ToldRow(where, cells)


def _json_lines(path: Path) -> Iterator[ToldRow]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            cells = json.loads(line)
            if not isinstance(cells, dict):
                raise InputError(f"{path}, line {number}: expected an object with named fields")
            yield ToldRow(f"{path}, line {number}", cells)


def labels_told(rows: Sequence[ToldRow], column: str, classes: int | Sequence[str]) -> Tensor:
    """``Int64[rows]``: a column of labels, by number or name; *can't tell* is -1.

    Raises:
        InputError: a cell that is no label, or empty.
    """
    found = []
    for row in rows:
        label = read_label(str(row.cells[column]).strip(), classes, row.where)
        if label is None:
            raise InputError(f"{row.where}: {column} is empty; write a label, or can't tell")
        found.append(label)
    return torch.tensor(found, dtype=torch.int64)


def pairs_told(file: str, classes: int, names: Sequence[str], cost: float = 0.0) -> Lesson:
    """Revisions: the columns ``text``, ``label``, ``revised`` and ``revised_label``."""
    rows = read_told(file, ("text", "label", "revised", "revised_label"), "pairs")
    known = names or classes
    return TextPairs(
        Texts(tuple(row.text("text") for row in rows)),
        Texts(tuple(row.text("revised") for row in rows)),
        labels_told(rows, "label", known),
        labels_told(rows, "revised_label", known),
        classes,
        cost=cost,
    )


def marks_told(
    file: str, classes: int, names: Sequence[str], way: MarkWay = "exchange", cost: float = 0.0
) -> Lesson:
    """Marked words: ``text``, and ``spans``, pairs of a first character and the one behind the last.

    In a table the spans are written ``4-9 17-24``. Where there is a column ``label`` the student is held
    to it.
    """
    rows = read_told(file, ("text", "spans"), "marks")
    labels = None
    if all("label" in row.cells for row in rows):
        labels = labels_told(rows, "label", names or classes)
    return RelevantWords(
        Texts(tuple(row.text("text") for row in rows)),
        tuple(_spans(row) for row in rows),
        labels,
        classes,
        way,
        cost=cost,
    )


def _spans(row: ToldRow) -> tuple[WordSpan, ...]:
    said = row.cells["spans"]
    try:
        if isinstance(said, str):
            pairs = [tuple(map(int, one.split("-"))) for one in said.split()]
        else:
            pairs = [tuple(map(int, one)) for one in said]
        return tuple((0, start, end) for start, end in pairs)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{row.where}: spans are {said!r}; expected pairs of a first character and the one behind "
            "the last, such as 4-9 17-24, or [[4, 9], [17, 24]] in JSON lines"
        ) from error


def words_told(
    file: str, classes: int, names: Sequence[str], raters: int = 1, bag: int = 1, cost: float = 0.0
) -> Lesson:
    """Words with their meaning: the columns ``word`` and ``label``."""
    rows = read_told(file, ("word", "label"), "words")
    return WordMeanings(
        Texts(tuple(row.text("word") for row in rows)),
        labels_told(rows, "label", names or classes),
        classes,
        raters,
        bag=bag,
        cost=cost,
    )


def written_told(file: str, classes: int, names: Sequence[str], cost: float = 0.0) -> Lesson:
    """Texts that people wrote or picked out: the columns ``text`` and ``label``."""
    rows = read_told(file, ("text", "label"), "written")
    return Examples(
        Texts(tuple(row.text("text") for row in rows)),
        labels_told(rows, "label", names or classes),
        classes,
        "volunteered",
        cost,
    )
