"""Datasets, DataLoaders and streams of items: read once, in order."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, RandomSampler, TensorDataset

from preceptor.api.spill import joined
from preceptor.core import InputError

STEADY: Final = 8
"""GatheredItems of a Dataset that are looked at twice: do they stay what they are?"""

_INPUT_KEYS: Final = ("inputs", "input", "image", "img", "pixel_values", "pixels", "x")
_LABEL_KEYS: Final = ("labels", "label", "targets", "target", "y", "fine_label", "class")
_ID_KEYS: Final = ("ids", "id", "image_id", "item", "filename", "file_name", "path")


@dataclass(frozen=True, eq=False)
class GatheredItems:
    """What a Dataset gave.

    Attributes:
        inputs: ``[items, *shape]``; mapped from a temporary file where they are large.
        labels: ``Int64[items]``, if every item has one.
        ids: one for each item, if they have them and no two are the same.
        columns: by name, what else is known of each item.
        pictures: whether they were Pillow's pictures: then whole numbers are shares of white.
        classes: the labels' names, if the Dataset says them.
    """

    inputs: np.ndarray
    labels: np.ndarray | None = None
    ids: tuple[str, ...] | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    pictures: bool = False
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Item:
    """An item, or a batch of them: inputs, label, and what else there is by name."""

    inputs: Any
    label: Any = None
    more: Mapping[str, Any] = field(default_factory=dict)


def is_dataset(thing: object) -> bool:
    """Whether this gives items one by one, or in batches: a Dataset of torch or of Hugging Face, a
    DataLoader, an iterator, or a list of pictures or pairs.
    """
    if isinstance(thing, DataLoader | Dataset | Iterator) or _is_hugging_face(thing):
        return True
    return isinstance(thing, list) and bool(thing) and (_is_picture(thing[0]) or _is_pair(thing[0]))


def read_items(thing: Any) -> GatheredItems:
    """All items, in order, each read once (a few of a Dataset twice, to see that they stay the same).

    An item is inputs, a tuple that begins with inputs and label, or a mapping such as
    ``{"image": ..., "label": ...}``. Labels are kept for teaching and set beside the clean row; an audit
    asks the teacher.

    Raises:
        InputError: items that change from look to look, have no inputs, or differ in shape.
    """
    if isinstance(thing, TensorDataset):
        inputs, *rest = thing.tensors
        return _gathered(iter([_Item(inputs, rest[0] if rest else None)]), "the Dataset", True, ())
    if isinstance(thing, DataLoader):
        _check_loader(thing)
        batches = (parts_of(batch, "a batch of the DataLoader") for batch in thing)
        return _gathered(batches, "the DataLoader", True, ())
    what = "the list" if isinstance(thing, list) else "the Dataset"
    if isinstance(thing, Iterator):
        what = "the stream"
    items = (parts_of(item, f"an item of {what}") for item in _in_order(thing, what))
    return _gathered(items, what, False, _class_names(thing))


def _in_order(thing: Any, what: str) -> Iterator[Any]:
    if isinstance(thing, IterableDataset | Iterator | list) or _streams(thing):
        return iter(thing)
    try:
        many = len(thing)
    except TypeError as error:
        raise InputError(
            "the Dataset has no length; give a DataLoader of it, or an IterableDataset"
        ) from error
    _check_steady(thing.__getitem__, range(many), what)
    return (thing[row] for row in range(many))


def _is_hugging_face(thing: object) -> bool:
    datasets = sys.modules.get("datasets")
    kinds = [getattr(datasets, name, None) for name in ("Dataset", "IterableDataset")]
    return any(isinstance(kind, type) and isinstance(thing, kind) for kind in kinds)


def _streams(thing: object) -> bool:
    """Whether a Hugging Face Dataset has items but no numbers for them."""
    return _is_hugging_face(thing) and type(thing).__name__ == "IterableDataset"


def _class_names(thing: object) -> tuple[str, ...]:
    """The labels' names: of a feature of Hugging Face's, or ``classes`` as torchvision has them."""
    features = getattr(thing, "features", None)
    if isinstance(features, Mapping):
        for key in _LABEL_KEYS:
            names = getattr(features.get(key), "names", None)
            if names:
                return tuple(map(str, names))
    names = getattr(thing, "classes", None)
    if isinstance(names, list | tuple) and all(isinstance(one, str) for one in names):
        return tuple(names)
    return ()


def _is_picture(thing: object) -> bool:
    image = sys.modules.get("PIL.Image")
    return image is not None and isinstance(thing, image.Image)


def _is_pair(thing: object) -> bool:
    if isinstance(thing, Mapping):
        return any(key in thing for key in _INPUT_KEYS)
    return (
        isinstance(thing, tuple) and len(thing) >= 2 and isinstance(thing[0], Tensor | np.ndarray)
    ) or (isinstance(thing, tuple) and bool(thing) and _is_picture(thing[0]))


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
        first, second = (
            as_numbers(parts_of(read(row), f"an item of {what}").inputs, what) for _ in range(2)
        )
        if not np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
            raise InputError(
                f"{what} gives another input each time it is asked for item {row}, as with "
                "transformations drawn at random. Give it without them: each run would audit, and "
                "pay for, other inputs"
            )


def parts_of(given: Any, what: str) -> _Item:
    """Inputs, label and the rest of an item or a batch.

    Raises:
        InputError: there are no inputs that can be told.
    """
    if isinstance(given, Mapping):
        keys = [key for key in _INPUT_KEYS if key in given]
        if len(keys) != 1:
            raise InputError(
                f"{what} is a mapping with {', '.join(map(repr, given)) or 'nothing'}; expected exactly "
                f"one of {', '.join(map(repr, _INPUT_KEYS))}, and optionally 'label' and 'id'"
            )
        label = next((key for key in _LABEL_KEYS if key in given), None)
        more = {str(key): one for key, one in given.items() if key not in (keys[0], label)}
        return _Item(given[keys[0]], None if label is None else given[label], more)
    if isinstance(given, tuple | list) and given:
        rest = {"metadata": given[2]} if len(given) == 3 else {}
        return _Item(given[0], given[1] if len(given) > 1 else None, rest)
    return _Item(given)


def as_numbers(thing: object, what: str) -> np.ndarray:
    """An array of what people hold; a picture of Pillow's with its channels first.

    Raises:
        InputError: a list whose parts differ in length.
    """
    if isinstance(thing, Tensor):
        plain = thing.detach().cpu()
        return (plain.float() if str(plain.dtype) == "torch.bfloat16" else plain).numpy()
    if _is_picture(thing):
        return _picture(thing)
    try:
        return np.asarray(thing)
    except ValueError as error:
        raise InputError(f"{what} make no array: {error}. Give inputs of one shape") from error


def _picture(thing: Any) -> np.ndarray:
    if thing.mode not in ("L", "RGB"):
        thing = thing.convert("L" if thing.mode == "1" else "RGB")
    array = np.asarray(thing)
    return array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)


def _gathered(
    items: Iterator[_Item], what: str, batched: bool, classes: tuple[str, ...]
) -> GatheredItems:
    """All of it; only inputs may be large."""
    labels: list[Any] = []
    more: dict[str, list[Any]] = {}
    lacking, pictures, rows = False, [], 0

    def inputs() -> Iterator[np.ndarray]:
        nonlocal lacking, rows
        for item in items:
            array = as_numbers(item.inputs, what)
            part = array if batched else array[None]
            pictures.append(_is_picture(item.inputs))
            lacking |= item.label is None
            labels.extend([] if item.label is None else _cells(item.label, batched))
            for name, cells in item.more.items():
                column = more.setdefault(name, [])
                column.extend(_cells(cells, batched))
            rows += len(part)
            yield part

    found = joined(inputs(), what)
    known = np.asarray([] if lacking else labels) if _alike(labels) else np.asarray([])
    whole = known.shape == (rows,) and known.dtype.kind in "iu"
    columns = {
        name: np.asarray(cells)
        for name, cells in more.items()
        if len(cells) == rows and _alike(cells)
    }
    columns = {name: cells for name, cells in columns.items() if cells.dtype.kind in "biufUS"}
    ids = _ids(columns)
    return GatheredItems(
        found,
        known if whole else None,
        ids,
        {"labels": known, **columns} if whole else columns,
        all(pictures),
        classes,
    )


def _ids(columns: dict[str, np.ndarray]) -> tuple[str, ...] | None:
    """The ids, taken out of the columns."""
    for name in _ID_KEYS:
        if name in columns:
            ids = tuple(map(str, columns[name].tolist()))
            if len(set(ids)) == len(ids):
                del columns[name]
                return ids
    return None


def _cells(given: Any, batched: bool) -> list[Any]:
    """The cells of a batch, or of one item."""
    if isinstance(given, Tensor):
        return list(np.atleast_1d(given.detach().cpu().numpy()).tolist())
    if batched and isinstance(given, list | tuple | np.ndarray):
        return list(np.asarray(given).tolist()) if isinstance(given, np.ndarray) else list(given)
    return list(np.atleast_1d(given).tolist()) if isinstance(given, np.ndarray) else [given]


def _alike(cells: Sequence[Any]) -> bool:
    """Whether all are numbers, or all are words."""
    return all(isinstance(one, str) for one in cells) or all(
        isinstance(one, bool | int | float | np.generic) for one in cells
    )
