"""Moved inputs made elsewhere, paired with the items that they were made of."""

from collections import Counter
from pathlib import Path

import numpy as np

from preceptor.audit import Given
from preceptor.cli.console import err
from preceptor.cli.specs import Arrays, Data, read_arrays
from preceptor.core import InputError


def read_moved(specs: list[str], data: Data) -> tuple[Given, ...]:
    """Moved inputs, each ``NAME=FILE`` or ``FILE``, row for row the items of the data.

    Raises:
        InputError: a file that cannot be read, or whose rows cannot be told to belong to the items.
    """
    given = []
    for spec in specs:
        name, equals, file = spec.partition("=")
        plain = not equals or Path(spec).is_file()
        path = Path(spec if plain else file)
        found = read_arrays(path, what=f"file of moved inputs (--moved {spec})")
        rows = _rows(found, data, path)
        straight = np.array_equal(rows, np.arange(len(found.inputs)))
        inputs = found.inputs if straight else found.inputs[rows]
        ids = () if found.ids is None else tuple(data.source.ids)
        given.append(Given(path.stem if plain else name, inputs, ids))
    return tuple(given)


def _rows(found: Arrays, data: Data, path: Path) -> np.ndarray:
    """``Int64[items]``: which row of the file is each item's, moved."""
    many, items = len(found.inputs), len(data.source)
    if found.ids is not None:
        return _by_id(found.ids, data, path)
    if many == data.whole:
        return data.rows
    sample = "" if items == data.whole else f", of which --items takes {items}"
    raise InputError(
        f"{path} holds {many} moved inputs without ids, and the data {data.whole} items{sample}: "
        f"which belongs to which cannot be told. Give one for each of the {data.whole} items in "
        "their order, or 'ids' in the .npz files of both"
    )


def _by_id(ids: tuple[str, ...], data: Data, path: Path) -> np.ndarray:
    twice, times = Counter(ids).most_common(1)[0]
    if times > 1:
        raise InputError(f"{path}: ids must be unique; {twice!r} stands {times} times")
    if not data.named and set(ids) != set(map(str, range(data.whole))):
        raise InputError(
            f"{path} has ids and the data have none: which belongs to which cannot be told. Give "
            "'ids' in both files or in neither"
        )
    place = {one: row for row, one in enumerate(ids)}
    lacking = [one for one in data.source.ids if one not in place]
    if lacking:
        raise InputError(
            f"{path} holds {len(ids)} moved inputs, but none for {len(lacking)} of the "
            f"{len(data.source)} items (such as {lacking[0]!r}). Give one for each item"
        )
    more = len(ids) - len(data.source)
    if more:
        err.print(
            f"{path} holds {len(ids)} moved inputs for {len(data.source)} items; paired by id, "
            f"{more} are left out.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    return np.array([place[one] for one in data.source.ids], dtype=np.int64)
