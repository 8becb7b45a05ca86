"""Moved inputs made elsewhere, paired with the items that they were made of."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from preceptor.api.data import Data
from preceptor.api.given_arrays import Arrays, arrays_of, is_frame, read_arrays
from preceptor.api.given_tables import SUFFIXES, ids_of, read_frame
from preceptor.api.moved_pictures import fitted, pictures_in
from preceptor.api.picture_folders import Resize
from preceptor.api.text_files import IDS as TEXT_IDS
from preceptor.api.text_files import TextReading, given_texts
from preceptor.audit import MovedInputs
from preceptor.core import InputError, TableDomain, TextDomain
from preceptor.core.table_frames import vectors_of

Moved = Mapping[str, object] | Sequence["str | MovedInputs"]
"""Moved inputs by name, or a list of files ``NAME=FILE`` and of :class:`preceptor.audit.MovedInputs`."""


def read_moved(
    moved: Moved, data: Data, say: Callable[[str], None], resize: Resize | None = None
) -> tuple[MovedInputs, ...]:
    """Moved inputs, row for row the items of the data.

    Args:
        moved: files, each ``NAME=FILE`` or ``FILE``, or arrays by name.
        data: the items.
        say: told of moved inputs that are left out.
        resize: of pictures in files, as the data's.

    Raises:
        InputError: a file that cannot be read, or whose rows cannot be told to belong to the items.
    """
    if isinstance(data.source.domain, TextDomain):
        return _moved_texts(moved, data, say)
    given = []
    for name, what, read in _read(moved, data, resize):
        if isinstance(read, MovedInputs):
            given.append(read)
            continue
        found = fitted(read, data.source.domain)
        rows = _rows(found, data, what, say)
        straight = np.array_equal(rows, np.arange(len(found.inputs)))
        inputs = found.inputs if straight else found.inputs[rows]
        columns = _columns(found, data, what)
        if columns is not None:
            inputs = inputs[:, columns]
        ids = () if found.ids is None else tuple(data.source.ids)
        given.append(MovedInputs(name, inputs, ids))
    return tuple(given)


def _moved_texts(moved: Moved, data: Data, say: Callable[[str], None]) -> tuple[MovedInputs, ...]:
    """Moved texts: lists by name, or files with a column of texts, row for row the items'.

    Raises:
        InputError: something else, another number of texts than there are items, or ids that are
            none of the items'.
    """
    fields = data.source.domain.fields
    named: list[tuple[str, object]] = []
    for one in moved.items() if isinstance(moved, Mapping) else moved:
        if isinstance(one, tuple):
            named.append((str(one[0]), one[1]))
        elif isinstance(one, MovedInputs):
            named.append((one.name, one))
        else:
            name, equals, file = str(one).partition("=")
            named.append((name, file) if equals else (Path(name).stem, name))
    given = []
    for name, thing in named:
        if isinstance(thing, MovedInputs):
            given.append(thing)
            continue
        told = given_texts(thing, TextReading(fields))
        if told is not None and told.ids and told.texts.fields == fields:
            rows = _by_id(told.ids, data, f"moved inputs {name!r}", say)
            given.append(MovedInputs(name, told.texts[rows], tuple(data.source.ids)))
            continue
        twice = told is not None and any(one.lower() in TEXT_IDS for one in told.columns)
        if twice:
            raise InputError(
                f"moved inputs {name!r} have ids that repeat or are empty, so that which text belongs "
                "to which item cannot be told; give every item one text"
            )
        if told is None or len(told.texts) != data.whole or told.texts.fields != fields:
            raise InputError(
                f"moved inputs {name!r}: expected a text for each of the {data.whole} items, in "
                "their order: a list of strings, or a .csv or .jsonl file with one column of texts"
            )
        given.append(MovedInputs(name, told.texts[data.rows]))
    return tuple(given)


def _read(
    moved: Moved, data: Data, resize: Resize | None
) -> Iterator[tuple[str, str, "Arrays | MovedInputs"]]:
    """The name of each, what to call it in a message, and what it holds."""
    table = data.source.domain if isinstance(data.source.domain, TableDomain) else None
    if isinstance(moved, Mapping):
        for name, inputs in moved.items():
            what = f"moved inputs {name!r}"
            rows = table is not None and is_frame(inputs)
            yield str(name), what, read_rows(inputs, table, what) if rows else arrays_of(inputs)
        return
    for one in moved:
        if isinstance(one, MovedInputs):
            yield one.name, one.name, one
            continue
        if not isinstance(one, str):
            raise InputError(
                f"--moved holds a {type(one).__name__}; expected NAME=FILE, or moved inputs by name, "
                "such as {'rain': inputs}"
            )
        name, equals, file = one.partition("=")
        plain = not equals or Path(one).exists()
        path = Path(one if plain else file)
        if path.is_dir():
            yield (path.name if plain else name), str(path), pictures_in(path, resize)
            continue
        if table is not None and path.suffix in SUFFIXES and path.is_file():
            found = read_rows(read_frame(path), table, str(path))
        else:
            found = read_arrays(path, what=f"file of moved inputs (--moved {one})")
        yield (path.stem if plain else name), str(path), found


def read_rows(frame: Any, table: TableDomain | None, what: str) -> Arrays:
    """A DataFrame of moved rows, as the data's vectors; columns are found by name."""
    assert table is not None  # noqa: S101 - seen by the caller
    ids = ids_of(frame, {})[1]
    lacking = [column.name for column in table.columns if column.name not in frame.columns]
    if lacking:
        raise InputError(
            f"{what} has the columns {', '.join(map(str, frame.columns))}, and the data have "
            f"{', '.join(table.column)}. Give the same columns, in any order"
        )
    return Arrays(vectors_of(table, frame, what), ids, table.names)


def _columns(found: Arrays, data: Data, what: str) -> np.ndarray | None:
    """``Int64[features]``: which column of the moved inputs is each feature; ``None`` if they are
    in its place, or have no names.

    Raises:
        InputError: the names are others than the data's.
    """
    theirs, ours = found.names, tuple(data.source.domain.names)
    if not theirs or not ours or theirs == ours:
        return None
    if set(theirs) != set(ours):
        raise InputError(
            f"{what} has the columns {', '.join(theirs)}, and the data have {', '.join(ours)}. Give "
            "the same columns, in any order"
        )
    if found.inputs.ndim != 2:
        raise InputError(
            f"{what}: its features are named in another order than the data's, and an input of it is "
            "no plain row; bring them into the data's order"
        )
    place = {name: column for column, name in enumerate(theirs)}
    return np.array([place[name] for name in ours], dtype=np.int64)


def _rows(found: Arrays, data: Data, what: str, say: Callable[[str], None]) -> np.ndarray:
    """``Int64[items]``: which row of the file is each item's, moved."""
    many, items = len(found.inputs), len(data.source)
    if found.ids is not None:
        return _by_id(found.ids, data, what, say)
    if many == data.whole:
        return data.rows
    sample = "" if items == data.whole else f", of which --items takes {items}"
    raise InputError(
        f"{what} holds {many} moved inputs without ids, and the data {data.whole} items{sample}: "
        f"which belongs to which cannot be told. Give one for each of the {data.whole} items in "
        "their order, or 'ids' in the .npz files of both"
    )


def _by_id(ids: tuple[str, ...], data: Data, what: str, say: Callable[[str], None]) -> np.ndarray:
    twice, times = Counter(ids).most_common(1)[0]
    if times > 1:
        raise InputError(f"{what}: ids must be unique; {twice!r} stands {times} times")
    if not data.named and set(ids) != set(map(str, range(data.whole))):
        raise InputError(
            f"{what} has ids and the data have none: which belongs to which cannot be told. Give "
            "'ids' in both files or in neither"
        )
    place = {one: row for row, one in enumerate(ids)}
    lacking = [one for one in data.source.ids if one not in place]
    if lacking:
        raise InputError(
            f"{what} holds {len(ids)} moved inputs, but none for {len(lacking)} of the "
            f"{len(data.source)} items (such as {lacking[0]!r}). Give one for each item"
        )
    more = len(ids) - len(data.source)
    if more:
        say(
            f"{what} holds {len(ids)} moved inputs for {len(data.source)} items; paired by id, "
            f"{more} are left out."
        )
    return np.array([place[one] for one in data.source.ids], dtype=np.int64)
