"""Between a table's vectors and the DataFrame that people and their models know."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from preceptor.core.columns import FILL, GAP, TableColumn, code_of
from preceptor.core.errors import InputError
from preceptor.core.extras import install
from preceptor.core.table_domain import TableDomain

PANDAS = f"rows of a table need pandas: {install('pandas')}"


def pandas_module() -> Any:
    """The module pandas.

    Raises:
        InputError: it is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise InputError(PANDAS) from error
    return pandas


def frame_of(table: TableDomain, inputs: Float[Tensor, "batch coordinates"]) -> Any:
    """The rows as a DataFrame: the columns' names and dtypes as they came, words as words.

    What is missing is what it was: NaN, None or pandas.NA. A column of whole numbers without gaps
    stays whole.
    """
    pandas = pandas_module()
    values = inputs.detach().cpu().numpy().astype(np.float64)
    found = {}
    for column, place in zip(table.columns, table.places, strict=True):
        away = None
        if column.gaps:
            away = values[:, place + 1] > 0.5
        found[column.name] = _cells(pandas, column, values[:, place], away)
    return pandas.DataFrame(found)


def _cells(pandas: Any, column: TableColumn, values: np.ndarray, away: np.ndarray | None) -> Any:
    if column.kind == "category":
        return _words(pandas, column, values)
    if column.step is not None:
        values = np.round(values / column.step) * column.step
        values = np.round(values, 9)
    dtype = column.dtype or ("float64" if column.kind == "number" else "int64")
    gaps = away is not None and bool(away.any())
    if dtype in ("object", "str", "string"):  # booleans with gaps
        cells = np.array([bool(value) for value in values], dtype=object)
        if away is not None:
            cells[away] = None
        return pandas.Series(cells, dtype=object)
    if gaps and dtype[0] in "iub":  # such arrays hold no gap
        dtype = "float64"
    if dtype[:1] in ("I", "U", "F") or dtype == "boolean":
        cells = pandas.array(values, dtype="Float64")
        cells[values != values] = pandas.NA
        if away is not None:
            cells[away] = pandas.NA
        return pandas.Series(cells).astype(dtype)
    plain = values.copy()
    if away is not None:
        plain[away] = np.nan
    return pandas.Series(plain).astype(dtype)


def _words(pandas: Any, column: TableColumn, values: np.ndarray) -> Any:
    """Words of a category; ``None`` where there is none (NaN among numbers)."""
    codes = np.array([code_of(word) for word in column.words], dtype=np.float64)
    order = np.argsort(codes)
    index = order[np.searchsorted(codes, values, sorter=order).clip(0, len(codes) - 1)]
    known = codes[index] == values
    if bool((~known & (values != GAP)).any()):
        raise InputError(
            f"column {column.name!r}: {values[~known][0]:g} is the code of none of its words"
        )
    away = ~known | ((values == GAP) & (column.missing != "none"))
    if column.dtype.startswith("category"):
        return pandas.Categorical.from_codes(
            np.where(away, -1, index),
            categories=list(column.words),
            ordered=column.dtype == "category ordered",
        )
    words = np.array(column.words, dtype=object)[index]
    if not bool(away.any()):
        return pandas.Series(words, dtype=column.dtype or object)
    words[away] = None
    if column.dtype[:1] in ("i", "u", "f"):
        return pandas.Series(words, dtype="float64")
    return pandas.Series(words, dtype=column.dtype or object)


def vectors_of(
    table: TableDomain, frame: Any, what: str
) -> Float64[np.ndarray, "rows coordinates"]:
    """A DataFrame's rows as vectors; columns are found by name, and others passed over.

    Args:
        table: whose rows they are.
        frame: the DataFrame.
        what: it is called in messages.

    Raises:
        InputError: a column is not there, or holds what it may not.
    """
    pandas = pandas_module()
    absent = [column.name for column in table.columns if column.name not in frame.columns]
    if absent:
        raise InputError(
            f"{what} lacks the columns {', '.join(absent[:9])}; it has "
            f"{', '.join(map(str, list(frame.columns)[:20]))}"
        )
    parts: list[np.ndarray] = []
    for column in table.columns:
        cells = frame[column.name]
        away = cells.isna().to_numpy()
        if away.any() and column.missing == "none":
            raise InputError(
                f"{what}: column {column.name!r} has no value in {int(away.sum())} rows, and the "
                f"column has no gaps; say --columns '{column.name}:missing=kept'"
            )
        if column.kind == "category":
            parts.append(_coded(column, cells, away, what))
            continue
        numbers = pandas.to_numeric(cells.astype(object).where(~away, FILL), errors="coerce")
        values = numbers.to_numpy(dtype=np.float64)
        if not np.isfinite(values).all():
            bad = cells[~np.isfinite(values)].iloc[0]
            raise InputError(f"{what}: column {column.name!r} holds {bad!r}, which is no number")
        parts.append(values + 0.0)  # -0.0 would have other bytes than 0.0
        if column.gaps:
            parts.append(away.astype(np.float64))
    return np.stack(parts, 1)


def _coded(column: TableColumn, cells: Any, away: np.ndarray, what: str) -> np.ndarray:
    words = {word: code_of(word) for word in column.words}
    found = np.full(len(cells), float(GAP))
    listed = cells.astype(object).tolist()
    for row, word in enumerate(listed):
        if away[row]:
            continue
        if word not in words:
            raise InputError(
                f"{what}: column {column.name!r} holds {word!r}, and the column is {column.says}"
            )
        found[row] = words[word]
    return found


def check_rows(table: TableDomain, inputs: np.ndarray, ids: Any, what: str) -> None:
    """See that rows are valid.

    Raises:
        InputError: names the first that is not, and why.
    """
    for start in range(0, len(inputs), 4096):
        part = torch.from_numpy(np.asarray(inputs[start : start + 4096], dtype=np.float32))
        bad = table.outside(part)
        if bool(bad.any()):
            row = int(bad.nonzero()[0, 0])
            raise InputError(f"{what}, item {ids[start + row]!r}: {table.fault(part[row])}")
