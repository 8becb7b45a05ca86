"""Votes in files: who said what of which item."""

import csv
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from preceptor.core import UNCERTAIN, InputError


@dataclass(frozen=True, slots=True)
class Vote:
    """What one annotator once said of one item.

    Attributes:
        item: the item's id.
        annotator: who said it.
        label: ``0 .. classes - 1``, or ``UNCERTAIN``: could not tell.
        seconds: how long it took, if known.
        cost: what it cost, in the teacher's own unit, if known.
    """

    item: str
    annotator: str
    label: int
    seconds: float | None = None
    cost: float | None = None


def read_votes(path: str | Path, classes: int | Sequence[str]) -> list[Vote]:
    """Votes from a file, in its order.

    CSV (UTF-8) with the header ``item,annotator,label[,seconds][,cost]``; other columns are
    ignored. Or NPZ with arrays of these names and equal length. An empty label and ``-1`` mean
    *could not tell*. With class names given, labels are names.

    Raises:
        InputError: a file that is not there or not of this form, or a row that cannot be used;
            names the file and the line (CSV) or the row, from 0 (NPZ).
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file of votes at {path}")
    if path.suffix.lower() == ".csv":
        return _read_csv(path, classes)
    if path.suffix.lower() == ".npz":
        return _read_npz(path, classes)
    raise InputError(f"{path}: expected a file of votes that ends in .csv or .npz")


def read_inputs(path: str | Path) -> tuple[list[str], np.ndarray]:
    """The ids and inputs that votes speak of, from an NPZ file with arrays ``ids``, ``inputs``.

    Inputs are ``[items, *shape]``. Without ``ids`` the row numbers, from 0, are the ids.

    Raises:
        InputError: a file that is not there or not of this form.
    """
    arrays = _arrays(Path(path), ("inputs",))
    inputs = arrays["inputs"]
    ids = arrays.get("ids", np.arange(len(inputs)))
    if ids.ndim != 1 or len(ids) != len(inputs):
        raise InputError(
            f"{path}: {ids.shape} ids for inputs of shape {inputs.shape}; expected one id each"
        )
    return [str(item) for item in ids.tolist()], inputs


def _read_csv(path: Path, classes: int | Sequence[str]) -> list[Vote]:
    votes = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, strict=True)
        try:
            header = [name.strip() for name in rows.fieldnames or ()]
            absent = [name for name in ("item", "annotator", "label") if name not in header]
            if absent:
                raise InputError(
                    f"{path}, line 1: the header lacks {', '.join(absent)}; "
                    "expected item,annotator,label[,seconds][,cost]"
                )
            rows.fieldnames = header
            for row in rows:
                where = f"{path}, line {rows.line_num}"
                if None in row or None in row.values():
                    raise InputError(f"{where}: expected {len(header)} fields, as in the header")
                votes.append(_vote(row, classes, where))
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(f"{path}, line {rows.line_num + 1}: {error}") from error
    return votes


def _read_npz(path: Path, classes: int | Sequence[str]) -> list[Vote]:
    arrays = _arrays(path, ("item", "annotator", "label"))
    names = [n for n in ("item", "annotator", "label", "seconds", "cost") if n in arrays]
    lengths = {name: arrays[name].shape for name in names}
    if len(set(lengths.values())) > 1 or arrays["item"].ndim != 1:
        raise InputError(f"{path}: arrays of shapes {lengths}; expected vectors of one length")
    columns = [[str(value) for value in arrays[name].tolist()] for name in names]
    return [
        _vote(dict(zip(names, fields, strict=True)), classes, f"{path}, row {row}")
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


def _vote(row: Mapping[str, Any], classes: int | Sequence[str], where: str) -> Vote:
    item, annotator = row["item"].strip(), row["annotator"].strip()
    for name, value in (("item", item), ("annotator", annotator)):
        if not value:
            raise InputError(f"{where}: the {name} is empty; expected who said what of which item")
    return Vote(
        item,
        annotator,
        _label(row["label"].strip(), classes, where),
        _number(row.get("seconds", ""), "seconds", where),
        _number(row.get("cost", ""), "cost", where),
    )


def _label(text: str, classes: int | Sequence[str], where: str) -> int:
    if not isinstance(classes, int):
        if text in classes:
            return list(classes).index(text)
        expected = f"one of {', '.join(classes)}"
    else:
        if text.isdecimal() and int(text) < classes:
            return int(text)
        expected = f"0 .. {classes - 1}"
    if text in ("", "-1"):
        return UNCERTAIN
    raise InputError(f"{where}: label {text!r}; expected {expected}, or nothing for could not tell")


def _number(text: str, name: str, where: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise InputError(f"{where}: {name} {text!r}; expected a number >= 0, or nothing")
    return value
