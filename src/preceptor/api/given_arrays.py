"""Arrays of inputs, from files and from what people hold in memory."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, RandomSampler, TensorDataset

from preceptor.core import Domain, Finding, InputError, check_float32
from preceptor.core.csv_tables import read_ids
from preceptor.problems import PROBLEMS

FORMS: Final = (
    "a tensor or array [items, *shape], a DataFrame, a torch Dataset or DataLoader, a mapping with "
    "'inputs' (and 'ids', 'labels'), a .npz, .npy, .csv or .parquet file, or a problem's name"
)
"""What data may be."""

STEADY: Final = 8
"""Items of a Dataset that are looked at twice: do they stay what they are?"""

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
        domain: which inputs are valid, where the data say so themselves: a table's.
        remarks: as what a table's columns were taken.
    """

    inputs: np.ndarray
    ids: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
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
        raise InputError(
            f"{path} is a folder. Read its pictures into one array [items, channels, height, "
            "width] and give that, or save it with numpy.save(file, inputs) and give the .npy file"
        )
    if not path.is_file():
        raise InputError(
            f"there is no {what}. Give a .npz file with an array 'inputs' (and 'ids', if they have "
            "any), or a .npy file; for --data also one of: "
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
    if isinstance(thing, DataLoader):
        return _of_loader(thing)
    if isinstance(thing, Dataset):
        return _of_dataset(thing)
    if isinstance(thing, Mapping):
        return _of_mapping(thing)
    if isinstance(thing, tuple):
        raise InputError(
            f"the data are a tuple of {len(thing)}. Give the inputs alone: what is right is the "
            "teacher's to say (known labels: teacher='truth:FILE.csv')"
        )
    if isinstance(thing, Tensor | np.ndarray | list):
        return Arrays(_real(_array(thing, "the data"), "the data set"))
    raise InputError(f"the data are a {type(thing).__name__}; expected {FORMS}")


def _array(thing: object, what: str) -> np.ndarray:
    if isinstance(thing, Tensor):
        plain = thing.detach().cpu()
        return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
    try:
        return np.asarray(thing)
    except ValueError as error:  # a list whose parts differ in length
        raise InputError(f"{what} make no array: {error}. Give inputs of one shape") from error


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
    return _named({str(k): _array(v, f"data[{k!r}]") for k, v in thing.items()}, "the data set")


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


def _of_loader(loader: DataLoader[Any]) -> Arrays:
    _check_loader(loader)
    batches = [_pair(batch, "a batch of the DataLoader") for batch in loader]
    if not batches:
        raise InputError("the DataLoader gives no batch; expected at least one item")
    inputs = [_array(one, "a batch of the DataLoader") for one, _ in batches]
    labels = [label for _, label in batches]
    return _joined(inputs, labels, "the DataLoader", np.concatenate)


def _check_loader(loader: DataLoader[Any]) -> None:
    """Refuse a loader whose items come in another order each time, or are others."""
    if isinstance(loader.dataset, IterableDataset):
        return
    whole = loader.batch_sampler is None
    order: Iterable[Any] = loader.sampler if whole else loader.batch_sampler  # type: ignore[assignment]
    drawn = any(one != other for one, other in zip(list(order), list(order), strict=False))
    if drawn or isinstance(loader.sampler, RandomSampler):
        raise InputError(
            "the DataLoader shuffles, so that an item would have another number each time. Give "
            "loader.dataset, or a DataLoader with shuffle=False"
        )

    def read(row: Any) -> Any:
        item = loader.dataset[row]
        return loader.collate_fn(item if whole else [item])

    rows = [row for part in islice(order, STEADY) for row in ([part] if whole else part)]
    _check_steady(read, rows, "the DataLoader")


def _check_steady(read: Callable[[Any], Any], rows: Sequence[Any], what: str) -> None:
    """Refuse items that are drawn anew at each look."""
    for row in rows[:STEADY]:
        first, second = (_array(_pair(read(row), f"an item of {what}")[0], what) for _ in range(2))
        if not np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
            raise InputError(
                f"{what} gives another input each time it is asked for item {row}, as with "
                "transformations drawn at random. Give it without them: each run would audit, and "
                "pay for, other inputs"
            )


def _of_dataset(dataset: Dataset[Any]) -> Arrays:
    if isinstance(dataset, TensorDataset):
        inputs, *rest = dataset.tensors
        return _joined([inputs.numpy()], rest[:1] or [None], "the Dataset", np.concatenate)
    items: Iterable[Any]
    if isinstance(dataset, IterableDataset):
        items = iter(dataset)
    else:
        try:
            _check_steady(dataset.__getitem__, range(len(dataset)), "the Dataset")  # type: ignore[arg-type]
            items = (dataset[row] for row in range(len(dataset)))  # type: ignore[arg-type]
        except TypeError as error:
            raise InputError(
                "the Dataset has no length; give a DataLoader of it, or an IterableDataset"
            ) from error
    pairs = [_pair(item, "an item of the Dataset") for item in items]
    if not pairs:
        raise InputError("the Dataset is empty; expected at least one item")
    inputs_ = [_picture(one) for one, _ in pairs]
    return _joined(inputs_, [label for _, label in pairs], "the Dataset", np.stack)


def _pair(given: Any, what: str) -> tuple[Any, Any]:
    """Inputs, and labels if there are any."""
    if isinstance(given, Mapping):
        raise InputError(f"{what} is a mapping; expected inputs, or a pair of inputs and label")
    if isinstance(given, tuple | list) and 1 <= len(given) <= 2:
        return given[0], given[1] if len(given) == 2 else None
    if isinstance(given, tuple):
        raise InputError(
            f"{what} is a tuple of {len(given)}; expected inputs, or a pair with label"
        )
    return given, None


def _picture(item: Any) -> np.ndarray:
    """One input; a PIL picture, ``[height, width, channels]``, with its channels first."""
    array = _array(item, "an item of the Dataset")
    if type(item).__module__.partition(".")[0] != "PIL":
        return array
    return array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)


def _joined(inputs: list[np.ndarray], labels: list[Any], what: str, join: Any) -> Arrays:
    try:
        joined = join(inputs)
    except ValueError as error:
        shapes = dict.fromkeys(tuple(one.shape) for one in inputs)
        raise InputError(
            f"{what} gives inputs of different shapes, such as {', '.join(map(str, [*shapes][:3]))}; "
            "bring them to one shape first"
        ) from error
    said = [] if any(one is None for one in labels) else _flat(labels)
    known = np.asarray(said)
    whole = known.shape == (len(joined),) and known.dtype.kind in "iu"
    return Arrays(_real(joined, what), labels=known if whole else None)


def _flat(labels: Sequence[Any]) -> list[Any]:
    parts = (np.atleast_1d(_array(one, "labels")).tolist() for one in labels)
    return list(chain.from_iterable(parts))
