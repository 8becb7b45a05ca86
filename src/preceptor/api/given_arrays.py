"""Arrays of inputs, from files and from what people hold in memory."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from torch import Tensor

from preceptor.api.given_datasets import as_numbers, is_dataset, read_items
from preceptor.core import Domain, Finding, InputError, check_float32
from preceptor.core.csv_tables import read_ids
from preceptor.problems import PROBLEMS

FORMS: Final = (
    "a tensor or array [items, *shape], a DataFrame, a torch or Hugging Face Dataset, a DataLoader, a "
    "mapping with 'inputs' (and 'ids', 'labels'), a .npz, .npy, .csv or .parquet file, a folder of "
    "pictures, or a problem's name"
)
"""What data may be."""

_OURS: Final = ("inputs", "ids", "names")


@dataclass(frozen=True, eq=False)
class Arrays:
    """What a file of inputs, or a user's object, holds.

    Attributes:
        inputs: ``[items, *shape]``, real numbers.
        ids: one for each item, if it has them.
        names: of the features, if it has them.
        labels: one for each item, if it has them: a column like others, and what teaching learns.
        columns: by name, what else is known of each item, ``[items]``.
        pictures: whether whole numbers are shares of white, as in picture files.
        classes: the labels' names in their order, if the data say them.
        domain: which inputs are valid, where the data say so themselves: a table's.
        remarks: as what a table's columns were taken.
    """

    inputs: np.ndarray
    ids: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    pictures: bool = False
    classes: tuple[str, ...] = ()
    domain: Domain | None = None
    remarks: tuple[Finding, ...] = ()


def is_frame(thing: object) -> bool:
    """Whether it is a DataFrame of pandas, which is not imported for that."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(thing, pandas.DataFrame)


def read_arrays(path: Path, *, what: str) -> Arrays:
    """Inputs from ``.npz`` or ``.npy``.

    Args:
        path: the file.
        what: what is missing if it is not there, for the message.

    Raises:
        InputError: no such file, one of another form, or numbers that float32 cannot hold.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; expected a .npz or .npy file here")
    if not path.is_file():
        raise InputError(
            f"there is no {what}. Give a .npz file with an array 'inputs' (and 'ids', if they have "
            "any), a .npy file, or a folder of pictures; for --data also one of: "
            f"{', '.join(PROBLEMS)}, or a table (.csv, .parquet)."
        )
    if path.suffix not in (".npz", ".npy"):
        raise InputError(
            f"{path} ends in {path.suffix!r}, which is no form of data that is read. Give a .npz file "
            "with an array 'inputs', a .npy file, or as --data a table: .csv or .parquet"
        )
    try:
        if path.suffix == ".npy":
            return Arrays(_real(np.load(path, mmap_mode="r", allow_pickle=False), str(path)))
        with np.load(path, allow_pickle=False) as found:
            if "inputs" not in found:
                raise InputError(
                    f"{path} holds the arrays {', '.join(found) or '(none)'}; expected 'inputs', "
                    "[items, *shape], and optionally 'ids' (of the items) and 'names' (of the "
                    "features)."
                )
            return _named(dict(found), str(path))
    except InputError:
        raise
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        why = "it is none, or it holds Python objects" if "pickle" in str(error) else str(error)
        raise InputError(
            f"{path} cannot be read as .npz or .npy: {why}. Write plain numbers with "
            "numpy.savez(file, inputs=...) or numpy.save(file, inputs)"
        ) from error


def arrays_of(thing: object) -> Arrays:
    """Inputs from what people hold in memory; the forms are :data:`FORMS`.

    A Dataset's or DataLoader's labels, where its items are pairs, are kept for teaching: an audit
    asks the teacher and never reads them.

    Raises:
        InputError: nothing of the kind, or something that cannot be used; says what to write.
    """
    if isinstance(thing, type):
        raise InputError(f"the data are the class {thing.__name__}; expected {FORMS}")
    if is_frame(thing):
        return _of_frame(thing)
    if is_dataset(thing):
        found = read_items(thing)
        return Arrays(
            _real(found.inputs, "the data set"),
            found.ids,
            labels=found.labels,
            columns=found.columns,
            pictures=found.pictures and found.inputs.dtype == np.uint8,
            classes=found.classes,
        )
    if isinstance(thing, Mapping):
        return _of_mapping(thing)
    if isinstance(thing, tuple):
        raise InputError(
            f"the data are a tuple of {len(thing)}. Give the inputs alone: what is right is the "
            "teacher's to say (known labels: teacher='truth:FILE.csv')"
        )
    if isinstance(thing, Tensor | np.ndarray | list):
        return Arrays(_real(as_numbers(thing, "the data"), "the data set"))
    raise InputError(f"the data are a {type(thing).__name__}; expected {FORMS}")


def _real(array: np.ndarray, what: str, names: tuple[str, ...] = ()) -> np.ndarray:
    if array.dtype.kind not in "biuf" or array.ndim < 2:
        raise InputError(
            f"{what} holds inputs of dtype {array.dtype} and shape {array.shape}; expected real "
            "numbers of shape [items, *shape]."
        )
    if not array.size:
        raise InputError(
            f"{what} holds inputs of shape {array.shape}: there is nothing in it. Expected at "
            "least one item."
        )
    if names and (len(names) != np.prod(array.shape[1:]) or len(set(names)) != len(names)):
        raise InputError(
            f"{what} holds {len(names)} names for inputs of shape {array.shape[1:]}; expected "
            "another one for each feature"
        )
    check_float32(array, what, names)
    return array


def _named(found: Mapping[str, np.ndarray], what: str) -> Arrays:
    """From arrays by name, as in a ``.npz`` file."""
    names = read_ids(found["names"]) if "names" in found else ()
    inputs = _real(found["inputs"], what, names)
    many = len(inputs)
    ids = found.get("ids")
    if ids is not None and ids.shape != (many,):
        raise InputError(
            f"{what} holds ids of shape {ids.shape} for {many} items; expected one "
            f"for each, ({many},)"
        )
    columns = {
        name: array
        for name, array in found.items()
        if name not in _OURS and array.shape == (many,) and array.dtype.kind in "biufUS"
    }
    return Arrays(
        inputs, None if ids is None else read_ids(ids), names, found.get("labels"), columns
    )


def _of_mapping(thing: Mapping[Any, Any]) -> Arrays:
    if "inputs" not in thing:
        raise InputError(
            f"the data are a mapping with {', '.join(map(repr, thing)) or 'nothing'}; expected "
            "'inputs', [items, *shape], and optionally 'ids' (of the items), 'names' (of the "
            "features) and 'labels'"
        )
    return _named({str(k): as_numbers(v, f"data[{k!r}]") for k, v in thing.items()}, "the data set")


def _of_frame(frame: Any) -> Arrays:
    """Columns are features; an index that is not simply counted gives the ids."""
    names = tuple(map(str, frame.columns))
    wrong = [str(n) for n, kind in frame.dtypes.items() if getattr(kind, "kind", "O") not in "biuf"]
    if wrong:
        raise InputError(
            f"the DataFrame's columns {', '.join(wrong)} hold no numbers. Encode them as numbers "
            "(pandas.get_dummies), leave them out, or make ids of one with frame.set_index(column)"
        )
    values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    index = frame.index
    counted = type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)
    ids = None if counted else tuple(map(str, frame.index.tolist()))
    return Arrays(_real(values, "the DataFrame", names), ids, names)
