"""The data: whatever a user has, as a source of items with a domain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from preceptor.api.channel_order import channels_first
from preceptor.api.given_arrays import Arrays, arrays_of, is_frame, read_arrays
from preceptor.api.given_bounds import Bounds, domain_of_arrays, ends_of
from preceptor.api.given_tables import NO_WORDS, SUFFIXES, TableWords, read_frame, read_table
from preceptor.api.picture_folders import Resize, read_folder
from preceptor.api.picture_source import PictureSource, Pixels
from preceptor.api.recorded_tables import sample
from preceptor.api.scaling import Scale, scaled
from preceptor.api.text_files import GivenTexts, TextReading, given_texts
from preceptor.api.text_labels import labels_beside
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
from preceptor.core.table_frames import pandas_module
from preceptor.problems import PROBLEMS, TEXT_PROBLEMS, Problem, TextProblem, problem

NO_TEXTS: Final = (
    "this command",
    "With texts work `preceptor audit`, `search`, `explain`, `teach`, `compare`, `calibrate` and "
    "`report`.",
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
        classes: the labels' names in their order, if the data say them.
        remarks: what was made of the data, as what the columns of a table were taken, and what is odd about
            texts, for the record.
    """

    source: AnySource
    problem: Problem | TextProblem | None
    whole: int
    rows: np.ndarray
    named: bool
    file: Path | None = None
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    remarks: tuple[Finding, ...] = ()

    @property
    def what(self) -> str:
        """The data, in a message."""
        return "the data set" if self.file is None else str(self.file)

    def say_remarks(self, say: Callable[[str], None], *, notes: bool) -> None:
        """Say what was made of the data, where no record will.

        Args:
            say: to the user; in Python that is a warning, so notes are left out there.
            notes: whether notes are said too.
        """
        for remark in self.remarks:
            if notes or remark.level != "note":
                say(f"{remark.message} {remark.fix}")


def as_data(
    thing: object,
    *,
    bounds: Bounds | None = None,
    scale: Scale | None = None,
    items: int | None = None,
    seed: int = 0,
    resize: Resize | None = None,
    channels: str | None = None,
    classes: Sequence[str] = (),
    words: TableWords = NO_WORDS,
    texts: TextReading | None = None,
) -> Data:
    """Whatever a user has: the forms are :data:`preceptor.api.given_arrays.FORMS`, a problem or a source.

    Args:
        thing: the data.
        bounds: of valid inputs; found out unless given.
        scale: what a size of 1 means in each feature.
        items: how many to sample; all unless given.
        seed: of the sample.
        resize: of pictures in files.
        channels: ``first`` or ``last``, where the shape of pictures does not say it.
        classes: the labels' names, or their number as one word; may be empty.
        words: what is said of a table's columns.
        texts: how texts are read; where they are not understood, they are refused.

    Raises:
        InputError: data that cannot be used; says what to write instead.
    """
    own = _problem_of(thing)
    if own is not None:
        if texts is None:
            need_tensors(own.source.domain, *NO_TEXTS)
        return _of_problem(own, scale, words, items)
    if isinstance(thing, Source) and not isinstance(thing, type):
        _refuse_words(words, f"the source {thing.name!r}")
        if texts is None:
            need_tensors(thing.domain, *NO_TEXTS)
        return _of_source(thing, bounds, scale, items, seed)
    wanted = _Wanted(bounds, scale, items, seed)
    told = None if words.table else given_texts(thing, texts or TextReading())
    if told is not None:
        if texts is None:
            need_tensors(told.texts, *NO_TEXTS)
        return _of_texts(told, wanted, texts or TextReading(), words.label, _plain(classes))
    path = Path(thing) if isinstance(thing, str | Path) else None
    if path is not None and path.is_dir():
        _refuse_words(words, f"the folder {path}")
        return _of_folder(path, resize, classes, wanted)
    what = "the data set" if path is None else str(path)
    held = _held(thing, path, bounds, words, what)
    if resize is not None:
        raise InputError("--resize is for a folder of pictures; these inputs stay as they are")
    return _of_arrays(held, path, channels, wanted)


def _problem_of(thing: object) -> Problem | TextProblem | None:
    """The problem that is named or given, if it is one."""
    if isinstance(thing, str) and thing in TEXT_PROBLEMS:
        return TEXT_PROBLEMS[thing]()
    if isinstance(thing, str) and thing in PROBLEMS:
        return problem(thing)
    return thing if isinstance(thing, Problem | TextProblem) else None


def _of_problem(
    own: Problem | TextProblem, scale: Scale | None, words: TableWords, items: int | None
) -> Data:
    if scale is not None:
        raise InputError(
            f"--scale is for data of your own: the problem {own.name} says itself what its "
            "sizes mean. Leave it out."
        )
    _refuse_words(words, f"the problem {own.name}")
    source = own.source if items is None else own.take(items)
    return Data(source, own, len(own.source), np.arange(len(source)), named=True)


def _refuse_words(words: TableWords, what: str) -> None:
    if words.given:
        raise InputError(
            f"--columns, --relation and --label are for tables of your own; {what} says itself what its "
            "inputs are. Leave them out."
        )


def _held(
    thing: object, path: Path | None, bounds: Bounds | None, words: TableWords, what: str
) -> Arrays:
    """Arrays, from a table with its domain or as they are."""
    frame = None
    if path is not None and path.suffix in SUFFIXES and path.is_file():
        frame = read_frame(path)
    elif is_frame(thing) and not isinstance(bounds, Domain):
        frame = thing
    if frame is not None:
        return _read(frame, words, bounds, what)
    missing = f"file {str(thing)!r} and no problem of that name"
    held = arrays_of(thing) if path is None else read_arrays(path, what=missing)
    if not words.given:
        return held
    if held.inputs.ndim != 2:
        raise InputError(
            f"--columns: {what} holds inputs of shape {held.inputs.shape[1:]}, which are no rows of a "
            "table"
        )
    names = held.names or tuple(f"feature {i}" for i in range(held.inputs.shape[1]))
    made = _read(pandas_module().DataFrame(held.inputs, columns=list(names)), words, bounds, what)
    along = {**held.columns, **made.columns}
    return replace(made, ids=held.ids or made.ids, labels=held.labels, columns=along)


def _read(frame: object, words: TableWords, bounds: Bounds | None, what: str) -> Arrays:
    if isinstance(bounds, Domain):
        raise InputError("bounds: give the domain, or say the columns; not both")
    table = read_table(frame, words, None if bounds is None else ends_of(bounds), what)
    return Arrays(
        table.inputs,
        table.ids,
        table.domain.names,
        table.labels,
        table.columns,
        domain=table.domain,
        remarks=table.remarks,
    )


@dataclass(frozen=True, eq=False)
class _Wanted:
    """How data are to be read, as :func:`as_data` was told."""

    bounds: Bounds | None
    scale: Scale | None
    items: int | None
    seed: int

    def unit(self, shape: tuple[int, ...], what: str) -> Domain:
        """The domain of pictures whose values are shares of white.

        Raises:
            InputError: other bounds or sizes.
        """
        if isinstance(self.bounds, Domain) and self.scale is None:
            return self.bounds
        if self.bounds is not None or self.scale is not None:
            raise InputError(
                f"--bounds and --scale: the pictures of {what} have values from 0 (black) to 1 (white), "
                "and sizes are counted in these; leave both out"
            )
        return Domain(shape)


def _of_folder(
    folder: Path, resize: Resize | None, classes: Sequence[str], wanted: _Wanted
) -> Data:
    """Pictures in files; of a sample only its own are decoded."""
    found = read_folder(folder, resize, _plain(classes))
    rows = _sampled(len(found.names), wanted.items, wanted.seed, str(folder))
    source = PictureSource(
        found.take(rows),
        wanted.unit(found.pixels.shape[1:], str(folder)),
        tuple(found.names[row] for row in rows.tolist()),
        folder.resolve().name,
        {} if found.labels is None else {"labels": _words(found.labels[rows], found.classes)},
    )
    return Data(
        source,
        None,
        len(found.names),
        rows,
        named=True,
        file=folder,
        labels=found.labels,
        classes=found.classes,
        remarks=found.remarks,
    )


def _words(labels: np.ndarray, classes: Sequence[str]) -> tuple[str, ...]:
    """Labels by their names, if they have any."""
    return tuple(classes[one] if classes else str(one) for one in labels.tolist())


def _of_arrays(held: Arrays, path: Path | None, channels: str | None, wanted: _Wanted) -> Data:
    what = "the data set" if path is None else str(path)
    name = "data" if path is None else path.stem
    inputs, remarks = channels_first(held.inputs, channels, what)
    ids = held.ids
    rows = _sampled(len(inputs), wanted.items, wanted.seed, what)
    part = inputs if wanted.items is None else inputs[rows]
    names = tuple(ids[row] for row in rows) if ids is not None else tuple(map(str, rows.tolist()))
    columns = {name: read_ids(array[rows]) for name, array in held.columns.items()}
    source: Source
    if held.pictures:
        pixels: Pixels = part
        shape = tuple(inputs.shape[1:])
        source = PictureSource(pixels, wanted.unit(shape, what), names, name, columns)
    else:
        domain = held.domain or domain_of_arrays(inputs, held.names, wanted.bounds, what)
        domain = scaled(domain, wanted.scale, inputs)
        source = ArraySource(part, domain, names, name, columns)
    return Data(
        source,
        None,
        len(inputs),
        rows,
        ids is not None,
        path,
        held.labels,
        held.classes,
        (*remarks, *held.remarks),
    )


def _of_texts(
    told: GivenTexts,
    wanted: "_Wanted",
    reading: TextReading,
    label: str | None,
    classes: Sequence[str],
) -> Data:
    bounds = wanted.bounds
    if wanted.scale is not None:
        raise InputError("--scale is for numbers: of texts characters and words are counted")
    if bounds is not None and not isinstance(bounds, TextDomain):
        raise InputError(
            "--bounds is for numbers; what of texts may change says --protect, and in Python "
            "bounds=TextDomain(longest=..., protected=...)"
        )
    texts = told.texts
    domain = bounds or TextDomain(fields=texts.fields, protected=reading.protect)
    rows = _sampled(len(texts), wanted.items, wanted.seed, told.what)
    labels, called = labels_beside(told, label, classes)
    names = told.ids or tuple(map(str, range(len(texts))))
    source = TextSource(
        texts[rows],
        domain,
        tuple(names[row] for row in rows.tolist()),
        "texts" if told.path is None else told.path.stem,
        {name: tuple(cells[row] for row in rows.tolist()) for name, cells in told.columns.items()},
    )
    return Data(
        source,
        None,
        len(texts),
        rows,
        bool(told.ids),
        told.path,
        labels,
        called,
        remarks=tuple(told.remarks),
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


def label_names(names: Sequence[str], data: Data, many: int | None = None) -> tuple[str, ...]:
    """What the labels are called: as ``--classes`` says, else as the problem or the data do; may be
    empty.

    Args:
        names: as ``--classes`` says.
        data: of which the labels are.
        many: how many labels there are, if that is known: names of another number are none of them.
    """
    if names:
        return _plain(names)
    if data.problem is not None:
        return tuple(data.problem.classes)
    return data.classes if many in (None, len(data.classes)) else ()


def _plain(names: Sequence[str]) -> tuple[str, ...]:
    """Names, and not their number as one word."""
    return () if len(names) == 1 and names[0].isdigit() else tuple(names)
