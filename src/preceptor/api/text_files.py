"""Texts from files and from what people hold in memory."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from preceptor.audit import text_remarks
from preceptor.core import Finding, InputError, Texts
from preceptor.core.did_you_mean import did_you_mean
from preceptor.core.extras import install

SUFFIXES: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
"""Files of which a column may be texts."""

LONG: Final = 20
"""Characters from which on, on average, a column of strings is taken to be texts."""

IDS: Final = ("item", "id", "ids")
"""Names of the column that names the items."""
_EITHER: Final = ("first", "second")


@dataclass(frozen=True)
class TextReading:
    """How texts are to be read.

    Attributes:
        text: the columns that are the text, or its parts; empty to find out.
        protect: regular expressions of what may not change.
    """

    text: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class GivenTexts:
    """What a file or an object holds.

    Attributes:
        texts: in order.
        ids: one for each, if they have any.
        columns: by name, what else is known of each text.
        remarks: what is odd about them.
        path: of the file.
    """

    texts: Texts
    ids: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: Sequence[Finding] = ()
    path: Path | None = None

    @property
    def what(self) -> str:
        """The data, in a message."""
        return "the list of texts" if self.path is None else str(self.path)


def given_texts(thing: object, reading: TextReading) -> GivenTexts | None:
    """Texts, if that is what was given; ``None`` for anything else.

    ``.csv``, ``.tsv``, JSON lines and ``.parquet`` files, a DataFrame or a ``datasets.Dataset`` of
    which a column is texts; a list or Series of strings; a list of tuples of strings; ``Texts``. Which
    column it is says ``reading``, or it is the only one of long strings.

    Raises:
        InputError: texts that cannot be read, or a column that is not there.
    """
    if isinstance(thing, Texts):
        return _told(GivenTexts(thing))
    if isinstance(thing, str | Path):
        path = Path(thing)
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            if reading.text:
                _need_file(path)
            return None
        lines = path.suffix.lower() in (".jsonl", ".ndjson")  # never read as a table of columns
        return _of_columns(_read(path), reading, path, sure=lines or bool(reading.text))
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(thing, pandas.DataFrame):
        return _of_frame(thing, reading)
    if pandas is not None and isinstance(thing, pandas.Series):
        ids = _index(thing)
        cells: list[Any] = thing.tolist()
        return _of_list(cells, reading, ids) if _strings(cells) else None
    if type(thing).__module__.partition(".")[0] == "datasets":
        return _of_dataset(thing, reading)
    if isinstance(thing, list | tuple) and (_strings(thing) or _pairs(thing)):
        return _of_list(thing, reading, ())
    if reading.text:
        raise InputError(
            f"--text names a column, and the data are a {type(thing).__name__}; expected a file "
            f"({', '.join(SUFFIXES)}) or a DataFrame"
        )
    return None


def _need_file(path: Path) -> None:
    why = "is not there" if not path.is_file() else f"is none of {', '.join(SUFFIXES)}"
    raise InputError(f"--text names a column of a table, and {path} {why}")


def _strings(rows: Sequence[Any]) -> bool:
    return len(rows) > 0 and all(isinstance(row, str) for row in rows)


def _pairs(rows: Sequence[Any]) -> bool:
    return (
        isinstance(rows, list)
        and len(rows) > 0
        and all(
            isinstance(row, tuple) and len(row) >= 2 and all(isinstance(one, str) for one in row)
            for row in rows
        )
    )


def _of_list(rows: Sequence[Any], reading: TextReading, ids: tuple[str, ...]) -> GivenTexts:
    if _strings(rows):
        return _told(GivenTexts(Texts(tuple(rows)), ids))
    many = len(rows[0])
    fields = reading.text or (
        _EITHER if many == len(_EITHER) else tuple(f"part{i + 1}" for i in range(many))
    )
    return _told(GivenTexts(Texts(tuple(rows), fields), ids))


def _of_frame(frame: Any, reading: TextReading) -> GivenTexts | None:
    ids = _index(frame)
    columns = {str(name): frame[name].tolist() for name in frame.columns}
    return _of_columns(columns, reading, None, ids, sure=bool(reading.text))


def _index(table: Any) -> tuple[str, ...]:
    """Ids, where the index is not simply counted."""
    index = table.index
    counted = type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)
    return () if counted else tuple(map(str, index.tolist()))


def _of_dataset(dataset: Any, reading: TextReading) -> GivenTexts | None:
    names = getattr(dataset, "column_names", None)
    if not isinstance(names, list):
        raise InputError(
            "a DatasetDict holds several splits; give one of them, such as dataset['test']"
        )
    rows = list(dataset) if type(dataset).__name__ == "IterableDataset" else None
    strings = _string_columns(dataset, rows)
    if not reading.text and not strings:
        return None  # pictures, say
    columns = {
        name: list(dataset[name]) if rows is None else [row[name] for row in rows] for name in names
    }
    if not reading.text and len(strings) == 1:  # the only one, however short its strings
        reading = replace(reading, text=tuple(strings))
    return _of_columns(columns, reading, None)


def _string_columns(dataset: Any, rows: list[Any] | None) -> list[str]:
    """The columns of strings, unless another one holds pictures or sounds."""
    features = dataset.features
    if features is None:  # a stream that does not know them
        first = rows[0] if rows else {}
        return [name for name, cell in first.items() if isinstance(cell, str)]
    if any(type(one).__name__ in ("Image", "Audio", "Video") for one in features.values()):
        return []
    kinds = {name: getattr(one, "dtype", None) for name, one in features.items()}
    return [name for name, kind in kinds.items() if kind in ("string", "large_string")]


def _read(path: Path) -> dict[str, list[Any]]:
    """The columns of a file, cells as they are."""
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet(path)
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    if suffix in (".jsonl", ".ndjson"):
        return _json_lines(text, path)
    with _long_fields():
        rows = csv.reader(
            io.StringIO(text, newline=""), delimiter="\t" if suffix == ".tsv" else ","
        )
        try:
            header = [name.strip() for name in next(rows, [])]
            found: dict[str, list[Any]] = {name: [] for name in header}
            if len(found) != len(header):
                raise InputError(f"{path}, line 1: a column name stands twice; rename or drop one")
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    raise InputError(
                        f"{path}, line {rows.line_num}: expected {len(header)} fields, as in the "
                        f"header; got {len(row)}. A text with commas stands in quotes"
                    )
                for name, cell in zip(header, row, strict=True):
                    found[name].append(cell)
        except csv.Error as error:
            raise InputError(f"{path}, line {rows.line_num}: no CSV ({error})") from error
    return found


@contextmanager
def _long_fields() -> Iterator[None]:
    """Cells of any length while the block lasts; else csv refuses those of 131,072 characters."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _json_lines(text: str, path: Path) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    count = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: no JSON ({error})") from error
        row = {"text": row} if isinstance(row, str) else row
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {number}: expected an object or a string")
        for name in row:
            found.setdefault(str(name), [None] * count)
        count += 1
        for name, cells in found.items():
            cells.append(row.get(name))
    return found


def _parquet(path: Path) -> dict[str, list[Any]]:
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise InputError(f"reading {path} needs pyarrow: {install('parquet')}") from error
    try:
        found: dict[str, list[Any]] = parquet.read_table(path).to_pydict()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as Parquet: {error}") from error
    return found


def _of_columns(
    columns: Mapping[str, list[Any]],
    reading: TextReading,
    path: Path | None,
    ids: tuple[str, ...] = (),
    *,
    sure: bool = True,
) -> GivenTexts | None:
    """Texts out of columns; ``None`` if no column is texts and that is not for sure."""
    what = "the table" if path is None else str(path)
    chosen, remarks = reading.text, []
    for name in chosen:
        if name not in columns:
            raise InputError(
                f"{what} has no column {name!r}{did_you_mean(name, columns)}. It has: "
                f"{', '.join(columns)}"
            )
    if not chosen:
        texts = [name for name, cells in columns.items() if _long(cells)]
        if len(texts) != 1:
            if not texts and not sure:
                return None
            several = "several columns" if texts else "no column"
            raise InputError(
                f"{what} has {several} of long strings"
                f"{': ' + ', '.join(texts) if texts else ''}. Say which is the text with --text "
                f"COLUMN, among {', '.join(columns)}; several make an input of several parts. A table of columns is "
                "said with --columns"
            )
        chosen = (texts[0],)
        remarks.append(
            Finding(
                "text-column",
                "note",
                f"the texts are the column {texts[0]!r} of {what}, the only one of long strings.",
                "Say it with --text COLUMN, should it be another one; a table of columns with --columns.",
            )
        )
    parts = [_cells(columns[name], name, what) for name in chosen]
    if not parts[0]:
        raise InputError(f"{what} holds no row: there is nothing to audit")
    rows = tuple(parts[0]) if len(parts) == 1 else tuple(zip(*parts, strict=True))
    named, column = _ids(columns, chosen) if not ids else (ids, "")
    others = {
        name: tuple("" if cell is None else str(cell) for cell in cells)
        for name, cells in columns.items()
        if name not in (*chosen, column)
    }
    fields = chosen if len(chosen) > 1 else ()
    return _told(GivenTexts(Texts(rows, fields), named, others, remarks, path))


def _cells(cells: Sequence[Any], name: str, what: str) -> list[str]:
    found = []
    for number, cell in enumerate(cells):
        if cell is None or (isinstance(cell, float) and cell != cell):
            cell = ""
        if not isinstance(cell, str):
            raise InputError(
                f"{what}: column {name!r} holds a {type(cell).__name__} in row {number}; expected "
                "strings"
            )
        found.append(cell)
    return found


def _long(cells: Sequence[Any]) -> bool:
    """Whether cells are texts: strings, long on average, of several words and mostly different."""
    words = [cell for cell in cells if isinstance(cell, str) and cell]
    if not words or any(cell is not None and not isinstance(cell, str | float) for cell in cells):
        return False
    length = sum(map(len, words)) / len(words)
    spaced = sum(" " in word or not word.isascii() for word in words)
    return length >= LONG and 2 * spaced > len(words) and 2 * len(set(words)) > len(words)


def _ids(columns: Mapping[str, list[Any]], chosen: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """A column of ids, if there is one in which all differ; and its name."""
    for name, cells in columns.items():
        if name.lower() in IDS and name not in chosen:
            ids = tuple(map(str, cells))
            if len(set(ids)) == len(ids) and all(ids):
                return ids, name
    return (), ""


def _told(given: GivenTexts) -> GivenTexts:
    """The same with what is odd about the texts."""
    remarks = (*given.remarks, *text_remarks(given.texts))
    return GivenTexts(given.texts, given.ids, given.columns, remarks, given.path)
