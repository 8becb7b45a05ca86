"""Tables: CSV, Parquet and DataFrames as vectors with a domain that knows their columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from preceptor.api.declared_columns import Columns, Relations, declared, relations_in
from preceptor.api.table_remarks import table_remarks
from preceptor.core import Finding, InputError, Relation, TableColumn, TableDomain, check_float32
from preceptor.core.extras import install
from preceptor.core.table_frames import check_rows, pandas_module, vectors_of

SUFFIXES: Final = (".csv", ".tsv", ".parquet", ".pq")
"""Of files that hold tables."""

IDS: Final = ("id", "item")
"""Names of the column that names the items, if it is not declared."""

MOST_WORDS: Final = 1000
"""A column with more words, or hardly any twice, names something and is no category."""


@dataclass(frozen=True, eq=False)
class TableRead:
    """A table, read.

    Attributes:
        inputs: ``Float64[items, coordinates]``.
        domain: which rows are valid.
        ids: of the items, if the table has them.
        labels: ``[items]``, whole numbers, if the label column holds such.
        columns: cells that travel along and are no feature, by name.
        remarks: as what the columns were taken.
    """

    inputs: np.ndarray
    domain: TableDomain
    ids: tuple[str, ...] | None
    labels: np.ndarray | None
    columns: Mapping[str, np.ndarray]
    remarks: tuple[Finding, ...]


@dataclass(frozen=True)
class TableWords:
    """What a user says of a table.

    Attributes:
        columns: of its columns.
        relations: between them.
        label: the column of known labels, which no student sees.
    """

    columns: Columns | None = None
    relations: Relations | None = None
    label: str | None = None

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return any(one is not None for one in (self.columns, self.relations, self.label))

    @property
    def table(self) -> bool:
        """Whether it is said that the data are rows of columns."""
        return self.columns is not None or self.relations is not None


NO_WORDS: Final = TableWords()
"""Nothing said."""


def read_frame(path: Path) -> Any:
    """A DataFrame from a CSV or Parquet file.

    Raises:
        InputError: it cannot be read, or pandas (for Parquet: pyarrow) is not installed.
    """
    pandas = pandas_module()
    try:
        if path.suffix in (".parquet", ".pq"):
            return pandas.read_parquet(path)
        mark = "\t" if path.suffix == ".tsv" else ","
        found = pandas.read_csv(path, sep=mark, encoding="utf-8-sig", low_memory=False)
    except ImportError as error:
        raise InputError(f"reading {path} needs pyarrow: {install('parquet')}") from error
    except (ValueError, OSError, UnicodeDecodeError) as error:  # pandas' own are ValueErrors
        raise InputError(f"{path} cannot be read as a table: {error}") from error
    if len(found.columns) == 1:
        only = str(found.columns[0])
        mark = next((one for one in (";", "\t", "|") if one in only), "")
        if mark:
            raise InputError(f"{path}: the columns are separated by {mark!r}; write commas")
    return found


def read_table(
    frame: Any, words: TableWords, bounds: tuple[Any, Any] | None, what: str
) -> TableRead:
    """A DataFrame as vectors and their domain. Nothing is dropped but what was said to be.

    Kinds that were not declared are found out: booleans, whole numbers, words, cells without a
    value, and columns of 0 and 1 side by side of which exactly one is 1 in every row.

    Args:
        frame: the DataFrame.
        words: what was said of it.
        bounds: of numbers whose bounds were not declared; the range that they span unless given.
        what: it is called in messages.

    Raises:
        InputError: it cannot be used; says which column and what to do.
    """
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        raise InputError(f"{what} has a column name twice; rename or drop one")
    frame = frame.set_axis(names, axis=1)
    said = declared(words.columns, names)
    frame, ids, apart = _set_apart(frame, said, words, what)
    if not len(frame) or not len(frame.columns):
        raise InputError(f"{what} holds {len(frame)} rows of {len(frame.columns)} columns: nothing")
    columns = [_column(str(n), frame[n], said.get(str(n), {}), what) for n in frame.columns]
    columns = _bounded(columns, said, bounds)
    relations = [Relation.parse(one) for one in _listed(words.relations)]
    relations += [Relation.parse(one) for one in relations_in(words.columns)]
    relations += _groups(frame, columns, said, relations)
    domain = TableDomain.of(columns, relations)
    inputs = vectors_of(domain, frame, what)
    check_float32(inputs, what, domain.names)
    shown = ids or tuple(map(str, range(len(inputs))))
    check_rows(domain, inputs, shown, what)
    example = torch.from_numpy(inputs[0].astype(np.float32))
    domain = TableDomain.of(columns, relations, example=example)
    label = apart.get(words.label or "")
    whole = label is not None and label.dtype.kind in "iu"
    return TableRead(
        inputs,
        domain,
        ids,
        label if whole else None,
        apart,
        table_remarks(domain, said, words.label, _listed(words.relations), what),
    )


def _listed(relations: Relations | None) -> Sequence[str]:
    if relations is None:
        return ()
    if isinstance(relations, str):
        return (relations,)
    if not isinstance(relations, list | tuple) or not all(isinstance(x, str) for x in relations):
        raise InputError(
            f"--relation: expected 'loan <= income', or a list of such; got {relations!r}"
        )
    return relations


def _set_apart(
    frame: Any, said: Mapping[str, Mapping[str, Any]], words: TableWords, what: str
) -> tuple[Any, tuple[str, ...] | None, dict[str, np.ndarray]]:
    """The features, the ids, and the columns that travel along."""
    role = {name: options["role"] for name, options in said.items() if "role" in options}
    if words.label is not None:
        if words.label not in frame.columns:
            raise InputError(
                f"--label {words.label!r}: {what} has the columns {', '.join(frame.columns[:20])}"
            )
        role[words.label] = "label"
    named, ids = ids_of(frame, {**dict.fromkeys(said, "feature"), **role})
    along = [name for name, one in role.items() if one in ("label", "ignore")]
    apart = {name: _cells(frame[name]) for name in along}
    features = [name for name in frame.columns if name not in (*along, *named)]
    return frame[features].reset_index(drop=True), ids, apart


def ids_of(frame: Any, roles: Mapping[str, str]) -> tuple[list[str], tuple[str, ...] | None]:
    """The column that names the items, if there is one, and their ids: from it or from the index."""
    named = [name for name, one in roles.items() if one == "id"]
    named = named or [one for one in IDS if one in frame.columns and one not in roles]
    if named:
        return named[:1], tuple(map(str, frame[named[0]].tolist()))
    index = frame.index
    counted = type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)
    return [], None if counted else tuple(map(str, index.tolist()))


def _cells(series: Any) -> np.ndarray:
    """Cells that travel along: numbers as they are, all else as text."""
    values = series.to_numpy()
    if values.dtype.kind in "biuf":
        return np.asarray(values)
    return np.array(["" if gone else str(x) for x, gone in zip(series, series.isna(), strict=True)])


def _column(name: str, cells: Any, said: Mapping[str, Any], what: str) -> TableColumn:
    """A column as it was said to be, and else as it looks."""
    options = {key: value for key, value in said.items() if key != "role"}
    away = bool(cells.isna().any())
    kind = options.get("kind") or _kind(name, cells, what)
    if kind != "category" and "words" in options:
        kind = "category"
    found: dict[str, Any] = {"name": name, "kind": kind, "dtype": _dtype(cells, kind)}
    if away:
        found["missing"] = "kept"
    if kind == "category":
        found["words"] = options.get("words") or _vocabulary(name, cells, what)
    elif kind in ("number", "whole"):
        found["low"], found["high"] = _range(name, cells, what)
    found.update(options)
    return TableColumn.read(found)


def _kind(name: str, cells: Any, what: str) -> str:
    dtype = cells.dtype
    here = cells.dropna()
    if str(dtype) in ("bool", "boolean"):
        return "boolean"
    if getattr(dtype, "kind", "O") in "mMc":
        raise InputError(
            f"{what}: column {name!r} holds {dtype}. Give it as a number, such as days since a date, or "
            f"leave it out: --columns '{name}:ignore'"
        )
    listed = here.astype(object)
    if len(here) and all(isinstance(one, bool | np.bool_) for one in listed):
        return "boolean"
    if str(dtype).startswith("category") or not all(
        isinstance(one, int | float | np.number) for one in listed
    ):
        return "category"
    values = here.to_numpy(dtype=np.float64)
    if not len(values):
        raise InputError(
            f"{what}: column {name!r} has no value at all; leave it out: --columns '{name}:ignore'"
        )
    if not (values == np.round(values)).all():
        return "number"
    return "boolean" if set(values.tolist()) == {0.0, 1.0} else "whole"


def _dtype(cells: Any, kind: str) -> str:
    dtype = cells.dtype
    if str(dtype) == "category":
        return "category ordered" if bool(dtype.ordered) else "category"
    if kind != "category" and str(dtype) == "object":
        return "object" if kind == "boolean" else ""
    return str(dtype)


def _vocabulary(name: str, cells: Any, what: str) -> tuple[Any, ...]:
    if str(cells.dtype) == "category":
        return tuple(_plain(one) for one in cells.dtype.categories.tolist())
    words = {_plain(one) for one in cells.dropna().tolist()}
    many, rows = len(words), len(cells)
    if many > MOST_WORDS or (many > 50 and many > rows / 2):
        raise InputError(
            f"{what}: column {name!r} holds {many} different words in {rows} rows, which look like "
            f"names or texts. Make the items' ids of it (--columns '{name}:id'), leave it out "
            f"(--columns '{name}:ignore'), or declare its words"
        )
    if not words:
        raise InputError(
            f"{what}: column {name!r} has no value at all; leave it out: --columns '{name}:ignore'"
        )
    return tuple(sorted(words, key=lambda word: (str(type(word)), word)))


def _plain(word: Any) -> Any:
    if isinstance(word, np.generic):
        word = word.item()
    if not isinstance(word, str | int | float | bool):
        raise InputError(f"a category holds {word!r}; expected words or numbers")
    return word


def _range(name: str, cells: Any, what: str) -> tuple[float, float]:
    values = cells.dropna().to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).all():
        raise InputError(
            f"{what}: column {name!r} holds values that are not finite; mend such items"
        )
    if not len(values):
        return 0.0, 1.0
    low, high = float(np.float32(values.min())), float(np.float32(values.max()))
    return low, high if high > low else low + 1


def _bounded(
    columns: list[TableColumn],
    said: Mapping[str, Mapping[str, Any]],
    bounds: tuple[Any, Any] | None,
) -> list[TableColumn]:
    """Numbers with the bounds given; without any, 0 to 1 where all of them lie there."""
    numeric = [column for column in columns if column.kind in ("number", "whole")]
    if bounds is None:
        if not numeric or not all(c.low >= 0 and c.high <= 1 for c in numeric):
            return columns
        bounds = (0.0, 1.0)
    ends = [np.broadcast_to(np.asarray(end, dtype=np.float64), len(columns)) for end in bounds]
    found = []
    for i, column in enumerate(columns):
        own = said.get(column.name, {})
        if column not in numeric:
            found.append(column)
            continue
        low, high = own.get("low", float(ends[0][i])), own.get("high", float(ends[1][i]))
        found.append(TableColumn.read({**column.describe(), "low": low, "high": high}))
    return found


def _groups(
    frame: Any,
    columns: Sequence[TableColumn],
    said: Mapping[str, object],
    relations: Sequence[Relation],
) -> list[Relation]:
    """Columns of 0 and 1 side by side of which exactly one is 1 in every row."""
    spoken = {*said, *(name for one in relations for name in one.columns)}
    able = [c.kind == "boolean" and not c.gaps and c.name not in spoken for c in columns]
    found, start = [], 0
    while start < len(columns):
        total, stop = np.zeros(len(frame)), start
        while stop < len(columns) and able[stop]:
            total = total + frame[columns[stop].name].to_numpy(dtype=np.float64)
            stop += 1
            if (total > 1).any() or (total == 1).all():
                break
        if stop - start > 1 and (total == 1).all():
            found.append(Relation("one of", tuple(c.name for c in columns[start:stop])))
            start = stop
        else:
            start += 1
    return found
