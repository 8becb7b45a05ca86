"""The data: whatever a user has, as a source of items with a domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from preceptor.api.given_arrays import Arrays, arrays_of, read_arrays
from preceptor.api.recorded_tables import sample
from preceptor.api.scaling import Scale, scaled
from preceptor.api.text_files import GivenTexts, TextReading, given_texts
from preceptor.core import (
    AnySource,
    ArraySource,
    Described,
    Domain,
    Finding,
    InputError,
    Source,
    TextDomain,
    TextSource,
)
from preceptor.core.csv_tables import read_ids
from preceptor.core.inputs import join, need_tensors
from preceptor.problems import PROBLEMS, Problem, problem

Bounds = str | Sequence[object] | Domain | TextDomain
"""``"LOW,HIGH"``, a pair of numbers or tensors, or a whole domain."""


NO_TEXTS: Final = (
    "this command",
    "With texts work `preceptor audit` and `preceptor report` (in Python, preceptor.audit and "
    "side_by_side).",
)
"""What is said where texts are not understood."""


@dataclass(frozen=True)
class Data:
    """What ``--data`` named.

    Attributes:
        source: the items, or the sample of them that was asked for.
        problem: that they belong to, if they are a problem's.
        whole: how many items there were before sampling.
        rows: ``Int64[items]``, which of these the source's items are.
        named: whether the items came with ids, rather than being numbered here.
        file: they came from, if they did.
        labels: ``[items]``, that came with the items, before sampling; nobody has checked them.
        remarks: what is odd about the items.
    """

    source: AnySource
    problem: Problem | None
    whole: int
    rows: np.ndarray
    named: bool
    file: Path | None = None
    labels: np.ndarray | None = None
    remarks: tuple[Finding, ...] = ()

    @property
    def what(self) -> str:
        """The data, in a message."""
        return "the data set" if self.file is None else str(self.file)


def as_data(
    thing: object,
    *,
    bounds: Bounds | None = None,
    scale: Scale | None = None,
    items: int | None = None,
    seed: int = 0,
    texts: TextReading | None = None,
) -> Data:
    """Whatever a user has: the forms are :data:`preceptor.api.given_arrays.FORMS`, a problem or a source.

    Args:
        thing: the data.
        bounds: of valid inputs; found out unless given.
        scale: what a size of 1 means in each feature.
        items: how many to sample; all unless given.
        seed: of the sample.
        texts: how texts are read; where they are not understood, they are refused.

    Raises:
        InputError: data that cannot be used; says what to write instead.
    """
    if isinstance(thing, str) and thing in PROBLEMS:
        thing = problem(thing)
    if isinstance(thing, Problem):
        if scale is not None:
            raise InputError(
                f"--scale is for data of your own: the problem {thing.name} says itself what its "
                "sizes mean. Leave it out."
            )
        source = thing.source if items is None else thing.take(items)
        return Data(source, thing, len(thing.source), np.arange(len(source)), named=True)
    if isinstance(thing, Source) and not isinstance(thing, type):
        if texts is None:
            need_tensors(thing.domain, *NO_TEXTS)
        return _of_source(thing, bounds, scale, items, seed)
    told = given_texts(thing, texts or TextReading())
    if told is not None:
        if texts is None:
            need_tensors(told.texts, *NO_TEXTS)
        return _of_texts(told, bounds, scale, items, seed, texts or TextReading())
    if isinstance(thing, str | Path):
        path = Path(thing)
        held = read_arrays(path, what=f"file {str(thing)!r} and no problem of that name")
        return _of_arrays(held, path, bounds, scale, items, seed)
    return _of_arrays(arrays_of(thing), None, bounds, scale, items, seed)


def _of_arrays(
    held: Arrays,
    path: Path | None,
    bounds: Bounds | None,
    scale: Scale | None,
    items: int | None,
    seed: int,
) -> Data:
    inputs, ids = held.inputs, held.ids
    what = "the data set" if path is None else str(path)
    domain = scaled(_domain(held, bounds, what), scale, inputs)
    rows = _sampled(len(inputs), items, seed, what)
    if items is not None:
        inputs = inputs[rows]
    names = tuple(ids[row] for row in rows) if ids is not None else tuple(map(str, rows.tolist()))
    columns = {name: read_ids(array[rows]) for name, array in held.columns.items()}
    name = "data" if path is None else path.stem
    source = ArraySource(inputs, domain, names, name, columns)
    return Data(source, None, len(held.inputs), rows, ids is not None, path, held.labels)


def _of_texts(
    told: GivenTexts,
    bounds: Bounds | None,
    scale: Scale | None,
    items: int | None,
    seed: int,
    reading: TextReading,
) -> Data:
    if scale is not None:
        raise InputError("--scale is for numbers: of texts characters and words are counted")
    if bounds is not None and not isinstance(bounds, TextDomain):
        raise InputError(
            "--bounds is for numbers; what of texts may change says --protect, and in Python "
            "bounds=TextDomain(longest=..., protected=...)"
        )
    texts = told.texts
    domain = bounds or TextDomain(fields=texts.fields, protected=reading.protect)
    rows = _sampled(len(texts), items, seed, told.what)
    names = told.ids or tuple(map(str, range(len(texts))))
    source = TextSource(
        texts[rows],
        domain,
        tuple(names[row] for row in rows.tolist()),
        "texts" if told.path is None else told.path.stem,
        {name: tuple(cells[row] for row in rows.tolist()) for name, cells in told.columns.items()},
    )
    return Data(
        source, None, len(texts), rows, bool(told.ids), told.path, None, tuple(told.remarks)
    )


def _of_source(
    source: AnySource, bounds: Bounds | None, scale: Scale | None, items: int | None, seed: int
) -> Data:
    """A source says itself what its inputs are; some of its items are read at once."""
    for name, given in (("bounds", bounds), ("scale", scale)):
        if given is not None:
            raise InputError(
                f"--{name}: the source {source.name!r} has its own domain; set it there"
            )
    rows = _sampled(len(source), items, seed, f"the source {source.name!r}")
    if items is None:
        return Data(source, None, len(source), rows, named=True)
    chosen = join([source.read(row, row + 1) for row in rows.tolist()])
    columns = source.columns if isinstance(source, Described) else {}
    cells = {name: tuple(cells[row] for row in rows) for name, cells in columns.items()}
    ids = tuple(source.ids[row] for row in rows)
    part: AnySource
    if isinstance(chosen, torch.Tensor):
        part = ArraySource(chosen, source.domain, ids, source.name, cells)
    else:
        part = TextSource(chosen, source.domain, ids, source.name, cells)
    return Data(part, None, len(source), rows, named=True)


def _sampled(many: int, items: int | None, seed: int, what: str) -> np.ndarray:
    """``Int64[items]``: rows of a random sample, or all."""
    if items is None:
        return np.arange(many)
    if not 1 <= items <= many:
        raise InputError(f"--items {items}, but {what} holds {many} items")
    return np.sort(sample(seed, many, items))


def _domain(held: Arrays, bounds: Bounds | None, what: str) -> Domain:
    """Bounds as given; else 0 to 1, or 0 to 255 for whole pixels, or each feature's own range."""
    inputs, names = held.inputs, held.names
    shape = tuple(inputs.shape[1:])
    if isinstance(bounds, Domain):
        return bounds
    if bounds is not None:
        first, last = _ends(bounds)
        return Domain(shape, first, last, names=names)
    if not np.isfinite(inputs).all():
        raise InputError(f"{what} holds values that are not finite; drop or mend such items")
    low, high = float(inputs.min()), float(inputs.max())
    if low >= 0 and high <= 1:
        return Domain(shape, names=names)
    if len(shape) == 1:
        least, most = (torch.tensor(end).float() for end in (inputs.min(0), inputs.max(0)))
        most = torch.where(most > least, most, least + 1)
        return Domain(shape, least, most, names=names)
    if low >= 0 and 1 < high <= 255 and inputs.dtype.kind in "iu":
        return Domain(shape, 0.0, 255.0, names=names)
    raise InputError(
        f"{what} holds values from {low:.4g} to {high:.4g}, and it is not plain what the bounds of "
        "valid inputs are. If they are normalised (mean and standard deviation), give plain inputs "
        "and put the normalisation inside the student: an eps would mean another size than it "
        "says. Otherwise give --bounds LOW,HIGH."
    )


def _ends(bounds: object) -> tuple[torch.Tensor, torch.Tensor] | tuple[float, float]:
    """Low and high: numbers, or a tensor each."""
    parts = bounds.split(",") if isinstance(bounds, str) else bounds
    wrong = InputError(f"--bounds {bounds!r}: write LOW,HIGH, for example 0,1")
    if not isinstance(parts, Sequence) or len(parts) != 2:
        raise wrong
    try:
        if all(np.ndim(part) == 0 for part in parts):
            return float(parts[0]), float(parts[1])
        return torch.as_tensor(parts[0]).float(), torch.as_tensor(parts[1]).float()
    except (TypeError, ValueError, RuntimeError) as error:
        raise wrong from error


def label_names(names: Sequence[str], data: Data) -> tuple[str, ...]:
    """What the labels are called: as ``--classes`` says, else as the problem does; may be empty."""
    if len(names) == 1 and names[0].isdigit():
        return ()
    return tuple(names) or (data.problem.classes if data.problem is not None else ())
