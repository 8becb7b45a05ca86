"""Votes in files: who said what of which item."""

import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from preceptor.core import UNCERTAIN, InputError, check_float32
from preceptor.core.csv_tables import (
    CANNOT_TELL,
    CsvRow,
    read_csv,
    read_ids,
    read_labels,
    says_nothing,
)

FORM: Final = (
    "item,annotator,label[,seconds][,cost]; or item,label,count; or item and a column of counts "
    "for each class"
)

_OWN: Final = ("item", "annotator", "label", "seconds", "cost", "count")

MOST_COUNTED: Final = 10_000
"""Votes of one item, given as counts: a number of people, not of a population."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What one annotator once said of one item.

    Attributes:
        item: the item's id.
        annotator: who said it.
        label: ``0 .. classes - 1``, or ``UNCERTAIN``: could not tell.
        seconds: how long it took, if known.
        cost: what it cost, in the teacher's own unit, if known.
        acceptable: several labels, where the annotator named these and not all; ``label`` is then
            ``UNCERTAIN``.
    """

    item: str
    annotator: str
    label: int
    seconds: float | None = None
    cost: float | None = None
    acceptable: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        item: str,
        annotator: str,
        said: int | tuple[int, ...],
        seconds: float | None = None,
        cost: float | None = None,
    ) -> "Vote":
        """From what :func:`preceptor.core.csv_tables.read_labels` read."""
        if isinstance(said, tuple):
            return cls(item, annotator, UNCERTAIN, seconds, cost, said)
        return cls(item, annotator, said, seconds, cost)


@dataclass(frozen=True)
class VoteTable:
    """What a file of votes holds.

    Attributes:
        votes: in the file's order.
        persons: whether it says who gave each vote; of counts it does not, and the annotators are
            made up.
        without_label: rows whose label says nothing: no vote.
        columns: further columns that say the same in all rows of an item: name -> item -> cell.
        uneven: names of further columns that do not, each with an item that shows it.
    """

    votes: tuple[Vote, ...]
    persons: bool = True
    without_label: int = 0
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    uneven: Mapping[str, str] = field(default_factory=dict)


def read_votes(path: str | Path, classes: int | Sequence[str]) -> list[Vote]:
    """The votes of :func:`read_vote_table`."""
    return list(read_vote_table(path, classes).votes)


def read_vote_table(path: str | Path, classes: int | Sequence[str]) -> VoteTable:
    """Votes and whatever else a file says of its items.

    CSV (UTF-8) in one of three forms: ``item,annotator,label[,seconds][,cost]``, a row for each
    vote; ``item,label,count``; or ``item`` with a column for each class that says how many gave
    this label (and one called ``-1`` or ``can't tell``, if anybody could not). Or NPZ with arrays
    ``item``, ``annotator``, ``label`` and so on, of equal length.

    A label may be several between ``|``, such as ``4|9``: each of them is acceptable, the others are
    not. ``-1``, ``can't tell`` and ``uncertain`` are votes: *could not tell*. An empty label, ``na``,
    ``nan``, ``none`` and ``null`` are no vote. With class names given, labels are names.

    Raises:
        InputError: a file that is not there or not of this form, or a row that cannot be used;
            names the file and the line (CSV) or the row, from 0 (NPZ).
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file of votes at {path}")
    if path.suffix.lower() == ".csv":
        header, lines = read_csv(path, ["item"], FORM)
        return _table(path, header, lines, classes)
    if path.suffix.lower() == ".npz":
        header, lines = _npz_lines(path)
        return _table(path, header, lines, classes)
    raise InputError(f"{path}: expected a file of votes that ends in .csv or .npz")


def read_inputs(path: str | Path) -> tuple[list[str], np.ndarray]:
    """The ids and inputs that votes speak of, from an NPZ file with arrays ``ids``, ``inputs``.

    Inputs are ``[items, *shape]``. Without ``ids`` the row numbers, from 0, are the ids.

    Raises:
        InputError: a file that is not there or not of this form, or inputs that float32 would change.
    """
    arrays = _arrays(Path(path), ("inputs",))
    inputs = arrays["inputs"]
    ids = arrays.get("ids", np.arange(len(inputs)))
    if ids.ndim != 1 or len(ids) != len(inputs):
        raise InputError(
            f"{path}: {ids.shape} ids for inputs of shape {inputs.shape}; expected one id each"
        )
    check_float32(inputs, str(path))
    return list(read_ids(ids)), inputs


def item_columns(
    lines: Iterable[CsvRow], names: Sequence[str]
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """What columns say of each item: name -> item -> cell; and those that contradict themselves.

    A column that says different things in two rows of one item is about rows, not about items: it
    stands in the second result, with such an item.
    """
    columns: dict[str, dict[str, str]] = {name: {} for name in names}
    uneven: dict[str, str] = {}
    for line in lines:
        item = line.cells["item"]
        for name in names:
            if columns[name].setdefault(item, line.cells[name]) != line.cells[name]:
                uneven.setdefault(name, item)
    return {name: cells for name, cells in columns.items() if name not in uneven}, uneven


def _table(
    path: Path, header: Sequence[str], lines: list[CsvRow], classes: int | Sequence[str]
) -> VoteTable:
    for line in lines:
        if not line.cells["item"]:
            raise InputError(f"{line.where}: the item is empty; expected who said what of which")
    own: tuple[str, ...] = _OWN
    if "label" in header and "count" in header and "annotator" not in header:
        votes, empty = _counted(lines, classes), sum(says_nothing(x.cells["label"]) for x in lines)
    elif "label" in header or "annotator" in header:
        absent = [name for name in ("annotator", "label") if name not in header]
        if absent:
            one = " (one label for each item, known for certain? That is truth:FILE.csv)"
            raise InputError(
                f"{path}, line 1: the header lacks {', '.join(absent)}; expected {FORM}"
                + (one if absent == ["annotator"] else "")
            )
        votes, empty = _single(lines, classes)
    else:
        names = _class_columns(path, header, classes)
        votes, empty = _wide(lines, names), 0
        own = (*_OWN, *names)
    columns, uneven = item_columns(lines, [name for name in header if name not in own])
    return VoteTable(tuple(votes), "annotator" in header, empty, columns, uneven)


def _single(lines: Iterable[CsvRow], classes: int | Sequence[str]) -> tuple[list[Vote], int]:
    """A vote for each row that has a label, and how many have none."""
    votes, empty = [], 0
    for line in lines:
        cells = line.cells
        if not cells["annotator"]:
            raise InputError(
                f"{line.where}: the annotator is empty; expected who said what of which item"
            )
        label = read_labels(cells["label"], classes, line.where)
        seconds = _number(cells.get("seconds", ""), "seconds", line.where)
        cost = _number(cells.get("cost", ""), "cost", line.where)
        if label is None:
            empty += 1
        else:
            votes.append(Vote.of(cells["item"], cells["annotator"], label, seconds, cost))
    return votes, empty


def _counted(lines: Iterable[CsvRow], classes: int | Sequence[str]) -> list[Vote]:
    """The votes behind rows of ``item,label,count``."""
    counts: dict[str, dict[int | tuple[int, ...], int]] = {}
    for line in lines:
        label = read_labels(line.cells["label"], classes, line.where)
        if label is None:
            continue
        of = counts.setdefault(line.cells["item"], {})
        if label in of:
            raise InputError(
                f"{line.where}: label {line.cells['label']!r} of item {line.cells['item']!r} "
                "stands twice; expected one count for each"
            )
        of[label] = _count(line.cells["count"], line.where)
    return _made_up(counts)


def _wide(lines: Iterable[CsvRow], names: Mapping[str, int]) -> list[Vote]:
    """The votes behind a column of counts for each class."""
    counts: dict[str, dict[int | tuple[int, ...], int]] = {}
    for line in lines:
        item = line.cells["item"]
        if item in counts:
            raise InputError(
                f"{line.where}: item {item!r} stands twice; expected one row of counts"
            )
        counts[item] = {label: _count(line.cells[n], line.where) for n, label in names.items()}
    return _made_up(counts)


def _class_columns(
    path: Path, header: Sequence[str], classes: int | Sequence[str]
) -> dict[str, int]:
    """Which column counts which label."""
    names = list(map(str, range(classes))) if isinstance(classes, int) else list(classes)
    absent = [name for name in names if name not in header]
    if absent:
        some = ", ".join(map(repr, absent[:5])) + (", ..." if len(absent) > 5 else "")
        raise InputError(
            f"{path}, line 1: there is no column label, and none of counts for {some}; expected "
            f"{FORM}"
        )
    found = {name: label for label, name in enumerate(names)}
    unsure = [name for name in header if name.lower() in CANNOT_TELL and name not in found]
    if len(unsure) > 1:
        raise InputError(f"{path}, line 1: {unsure} all count who could not tell; keep one")
    return {**found, **dict.fromkeys(unsure, UNCERTAIN)}


def _made_up(counts: Mapping[str, Mapping[int | tuple[int, ...], int]]) -> list[Vote]:
    """As many votes as were counted, by annotators without a name."""
    votes = []
    for item, of in counts.items():
        ordered = sorted(of, key=lambda said: (isinstance(said, tuple), said))
        labels = [label for label in ordered for _ in range(of[label])]
        votes += [Vote.of(item, f"{i:05}", label) for i, label in enumerate(labels)]
    return votes


def _count(text: str, where: str) -> int:
    whole = text.removesuffix(".0")
    if says_nothing(text):
        return 0
    if not whole.isdecimal() or int(whole) > MOST_COUNTED:
        raise InputError(
            f"{where}: count {text!r}; expected how many people said so, a whole number from 0 to "
            f"{MOST_COUNTED:,} (shares of votes are no counts: a rule needs to know how many voted)"
        )
    return int(whole)


def _number(text: str, name: str, where: str) -> float | None:
    if says_nothing(text):
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise InputError(f"{where}: {name} {text!r}; expected a number >= 0, or nothing")
    return value


def _npz_lines(path: Path) -> tuple[tuple[str, ...], list[CsvRow]]:
    arrays = _arrays(path, ("item", "annotator", "label"))
    lengths = {name: arrays[name].shape for name in _OWN if name in arrays}
    header = tuple(name for name in arrays if arrays[name].shape == arrays["item"].shape)
    if len(set(lengths.values())) > 1 or arrays["item"].ndim != 1:
        raise InputError(f"{path}: arrays of shapes {lengths}; expected vectors of one length")
    columns = [read_ids(arrays[name]) for name in header]
    return header, [
        CsvRow(f"{path}, row {row}", dict(zip(header, map(str.strip, fields), strict=True)))
        for row, fields in enumerate(zip(*columns, strict=True))
    ]


def _arrays(path: Path, needed: Sequence[str]) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise InputError(f"there is no file at {path}")
    try:
        with np.load(path, allow_pickle=False) as file:
            if isinstance(file, np.ndarray):
                raise InputError(f"{path}: holds one bare array; expected NPZ with named arrays")
            arrays = {name: file[name] for name in file.files}
    except InputError:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: cannot be read as NPZ without running code from it ({error}). Write it with "
            "numpy.savez from arrays of numbers and text, not of Python objects."
        ) from error
    absent = [name for name in needed if name not in arrays]
    if absent:
        raise InputError(f"{path}: lacks the array(s) {', '.join(absent)}; has {sorted(arrays)}")
    return arrays
