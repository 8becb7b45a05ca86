"""What the words on the command line stand for: data, teachers, attacks."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from preceptor.attacks import parse
from preceptor.cli.recorded import columns_in, read_named, sample
from preceptor.cli.recorded import parse as parse_recorded
from preceptor.cli.scale import scaled
from preceptor.core import ArraySource, Attack, Domain, InputError, Teacher, check_float32
from preceptor.core.csv_tables import read_ids
from preceptor.core.running import taken
from preceptor.ledger import Ledger
from preceptor.people import Human, Settings, Studies
from preceptor.problems import PROBLEMS, Problem, problem
from preceptor.teachers import careful, check_version, soft

QUICK_BATCH = 256
"""Questions at once to models and panels of models, which compute here and cost nothing. Others (a
function may call whom it likes) get the ledger's 64: a crash loses the answers in flight, and
``--timeout`` is for one call."""

POOL = 1000
"""Items towards which the ``keep`` attack may walk."""


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
    """

    source: ArraySource
    problem: Problem | None
    whole: int
    rows: np.ndarray
    named: bool
    file: Path | None = None


@dataclass(frozen=True, eq=False)
class Arrays:
    """What a file of inputs holds.

    Attributes:
        inputs: ``[items, *shape]``, real numbers.
        ids: one for each item, if the file has them.
        names: of the features, if the file has them.
    """

    inputs: np.ndarray
    ids: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()


def read_data(
    spec: str,
    *,
    bounds: str | None = None,
    scale: str | None = None,
    items: int | None = None,
    seed: int = 0,
) -> Data:
    """A problem by name, or inputs from ``.npz`` (``inputs``, optional ``ids`` and ``names``) or
    ``.npy``.

    Raises:
        InputError: neither a problem nor a file that can be read.
    """
    if spec in PROBLEMS:
        if scale is not None:
            raise InputError(
                f"--scale is for data of your own: the problem {spec} says itself what its sizes "
                "mean. Leave it out."
            )
        found = problem(spec)
        source = found.source if items is None else found.take(items)
        return Data(source, found, len(found.source), np.arange(len(source)), named=True)
    held = read_arrays(Path(spec), what=f"file {spec!r} and no problem of that name")
    inputs, ids = held.inputs, held.ids
    domain = scaled(_domain(held, bounds, spec), scale, inputs)
    rows = np.arange(len(inputs))
    if items is not None:
        if not 1 <= items <= len(inputs):
            raise InputError(f"--items {items}, but {spec} holds {len(inputs)} items")
        rows = np.sort(sample(seed, len(inputs), items))
        inputs = inputs[rows]
    names = tuple(ids[row] for row in rows) if ids is not None else tuple(map(str, rows.tolist()))
    path = Path(spec)
    source = ArraySource(inputs, domain, names, path.stem, columns_in(path, rows))
    return Data(source, None, len(held.inputs), rows, ids is not None, path)


def read_arrays(path: Path, *, what: str) -> Arrays:
    """Inputs from ``.npz`` or ``.npy``.

    Args:
        path: the file.
        what: what is missing if it is not there, for the message.

    Raises:
        InputError: no such file, one of another form, or numbers that float32 cannot hold.
    """
    if not path.is_file():
        raise InputError(
            f"there is no {what}. Give a .npz file with an array 'inputs' (and 'ids', if they have "
            f"any), or a .npy file; for --data also one of: {', '.join(PROBLEMS)}."
        )
    try:
        if path.suffix == ".npy":
            return Arrays(_real(np.load(path, mmap_mode="r", allow_pickle=False), path))
        with np.load(path, allow_pickle=False) as found:
            if "inputs" not in found:
                raise InputError(
                    f"{path} holds the arrays {', '.join(found) or '(none)'}; expected 'inputs', "
                    "[items, *shape], and optionally 'ids' (of the items) and 'names' (of the "
                    "features)."
                )
            names = read_ids(np.asarray(found["names"])) if "names" in found else ()
            inputs = _real(found["inputs"], path, names)
            ids = np.asarray(found["ids"]) if "ids" in found else None
            if ids is not None and ids.shape != (len(inputs),):
                raise InputError(
                    f"{path} holds ids of shape {ids.shape} for {len(inputs)} items; expected one "
                    f"for each, ({len(inputs)},)"
                )
            return Arrays(inputs, None if ids is None else read_ids(ids), names)
    except InputError:
        raise
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        why = "it is none, or it holds Python objects" if "pickle" in str(error) else str(error)
        raise InputError(
            f"{path} cannot be read as .npz or .npy: {why}. Write plain numbers with "
            "numpy.savez(file, inputs=...) or numpy.save(file, inputs)"
        ) from error


def _real(array: np.ndarray, path: Path, names: tuple[str, ...] = ()) -> np.ndarray:
    if array.dtype.kind not in "biuf" or array.ndim < 2:
        raise InputError(
            f"{path} holds inputs of dtype {array.dtype} and shape {array.shape}; expected real "
            "numbers of shape [items, *shape]."
        )
    if not array.size:
        raise InputError(
            f"{path} holds inputs of shape {array.shape}: there is nothing in it. Expected at "
            "least one item."
        )
    if names and (len(names) != np.prod(array.shape[1:]) or len(set(names)) != len(names)):
        raise InputError(
            f"{path} holds {len(names)} names for inputs of shape {array.shape[1:]}; expected "
            "another one for each feature"
        )
    check_float32(array, str(path), names)
    return array


def _domain(held: Arrays, bounds: str | None, spec: str) -> Domain:
    """Bounds as given; else 0 to 1, or 0 to 255 for whole pixels, or each feature's own range."""
    inputs, names = held.inputs, held.names
    shape = tuple(inputs.shape[1:])
    if bounds is not None:
        try:
            low, high = (float(part) for part in bounds.split(","))
        except ValueError as error:
            raise InputError(f"--bounds {bounds!r}: write LOW,HIGH, for example 0,1") from error
        return Domain(shape, low, high, names=names)
    if not np.isfinite(inputs).all():
        raise InputError(f"{spec} holds values that are not finite; drop or mend such items")
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
        f"{spec} holds values from {low:.4g} to {high:.4g}, and it is not plain what the bounds of "
        "valid inputs are. If they are normalised (mean and standard deviation), give plain inputs "
        "and put the normalisation inside the student: an eps would mean another size than it "
        "says. Otherwise give --bounds LOW,HIGH."
    )


def read_teacher(spec: str | None, data: Data, classes: list[str], ledger: Path) -> Teacher:
    """The problem's own teacher, ``human:STUDY``, votes or known labels in a table, or
    ``file.py:name``.

    A study lies in the ledger's file, or in a database: ``human:STUDY@postgresql://...``.

    Raises:
        InputError: none of these.
    """
    if spec is None:
        if data.problem is None:
            raise InputError(
                "no --teacher given. For your own data, name who labels it: file.py:name (a "
                "teacher, or a function that returns one), human:STUDY for people at the desk, "
                "votes:FILE.csv for votes gathered elsewhere, or truth:FILE.csv for known labels."
            )
        return data.problem.teacher
    if spec in PROBLEMS:
        return problem(spec).teacher
    if spec.startswith("human:"):
        return read_human(spec.removeprefix("human:"), data, classes, ledger)
    named = parse_recorded(spec)
    if named is not None:
        return read_named(named, data.source, data.file, classes)
    with taken(*_file_and_name(spec)) as found:
        made = _made(found, spec) if callable(found) and not isinstance(found, Teacher) else found
    if not isinstance(made, Teacher):
        raise InputError(
            f"{spec} is of type {type(made).__name__}, no teacher. Give a teacher or a function without "
            "arguments that returns one; wrap a labelling function as "
            "preceptor.teachers.Rule(function, name=..., classes=...)."
        )
    check_version(made)  # the file may have gone on after it was made
    return made


def _made(function: Callable[[], object], spec: str) -> object:
    try:
        return function()
    except InputError:
        raise
    except Exception as error:  # a user's code
        raise InputError(
            f"{spec} was called without arguments to make a teacher, and failed: "
            f"{type(error).__name__}: {error}. A function that labels inputs is no teacher yet: "
            "give one that returns preceptor.teachers.Rule(function, name=..., classes=...)."
        ) from error


def read_names(text: str | None) -> list[str]:
    """The labels' names, or their number as one word, from ``--classes``; empty if not given.

    Raises:
        InputError: a name that is empty, stands twice or is no text.
    """
    # another locale hands over the bytes of a word; in UTF-8 they say what was typed
    plain = None if text is None else os.fsencode(text).decode("utf-8", "surrogateescape")
    names = [] if plain is None else [part.strip() for part in plain.split(",")]
    if any(not name for name in names) or len(set(names)) != len(names):
        raise InputError(
            f"--classes {text!r}: expected each label's name once, separated by commas, for example "
            "--classes cat,dog; or how many labels there are"
        )
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"--classes: the name {name!a} is no UTF-8 text. Set the terminal to UTF-8 (for "
                "example export LC_ALL=C.UTF-8), or write it in ASCII"
            ) from error
    return names


def label_names(names: list[str], data: Data) -> tuple[str, ...]:
    """What the labels are called: as ``--classes`` says, else as the problem does; may be empty."""
    if len(names) == 1 and names[0].isdigit():
        return ()
    return tuple(names) or (data.problem.classes if data.problem is not None else ())


def check_names(names: list[str], who: Teacher) -> None:
    """See that ``--classes`` says as many labels as the teacher has.

    Raises:
        InputError: it does not.
    """
    said = int(names[0]) if len(names) == 1 and names[0].isdigit() else len(names)
    if names and said != who.classes:
        raise InputError(
            f"--classes {','.join(names)}: {said} labels, but the teacher {who.name!r} has "
            f"{who.classes}"
        )


def read_human(spec: str, data: Data, classes: list[str], ledger: Path) -> Human:
    """The people of a study; if it is not there, it is made when its first question is filed.

    Raises:
        InputError: the labels' names are not known, or the study is about something else.
    """
    name, _, url = spec.partition("@")
    if not name:
        raise InputError("human: lacks the study's name; write human:STUDY, for example human:ann")
    studies = Studies(url or ledger, create="later")
    study = studies.find(name)
    names = tuple(classes)
    if not names and data.problem is not None:
        names = data.problem.classes
    if len(names) == 1 and names[0].isdigit():
        names = tuple(map(str, range(int(names[0]))))
    if not names and study is None:
        raise InputError(
            "people need to know the labels: give their names with --classes, for example "
            "--classes cat,dog,bird"
        )
    if study is not None and not names:
        names = study.settings.classes
    return Human(studies, studies.plan(name, Settings.of(data.source.domain, names)))


def keep(
    book: Ledger, who: Teacher, budget: int | None, purpose: str, timeout: float | None = None
) -> Teacher:
    """A teacher with memory and budget: the ledger's, or that of people, who keep their own."""
    if isinstance(who, Human):  # a ledger would go on giving the first answer after a correction
        return replace(who, budget=budget, purpose=purpose)
    asked = careful(who, timeout=timeout)
    if soft(who) is None:
        return book.keep(asked, budget=budget, purpose=purpose)
    return book.keep(asked, budget=budget, purpose=purpose, batch=QUICK_BATCH)


def _file_and_name(spec: str) -> tuple[Path, str]:
    file, colon, name = spec.rpartition(":")
    if not colon or Path(file).suffix != ".py":
        raise InputError(
            f"{spec!r} names no teacher: write file.py:name, human:STUDY, "
            "votes:FILE.csv, truth:FILE.csv, or one of "
            f"{', '.join(PROBLEMS)}"
        )
    return Path(file), name


def read_attacks(specs: list[str], data: Data) -> tuple[Attack, ...]:
    """Attacks as written, ``none``, or the strong suite with others, which need no gradients.

    Sizes are shares of the narrowest feature's range. Only images are turned: two columns of a
    table do not span a plane.

    Raises:
        InputError: ``none`` beside another.
    """
    if "none" in specs:
        if len(specs) > 1:
            raise InputError("--attack none stands alone: no input is attacked then")
        return ()
    pool = _pool(data)
    domain = data.source.domain
    if not specs:
        size = f"{0.1 * domain.narrowest:g}"
        turns = ["rotate"] if domain.is_image else []
        specs = [f"standard:eps={size}", *turns, f"noise:size={size}"]
        specs += [f"keep:eps={3 * float(size):g}"]
    return tuple(parse(spec, pool=pool) for spec in specs)


def _pool(data: Data) -> Tensor:
    """Other inputs to walk towards: training inputs where there are any, else the items."""
    if data.problem is not None:
        return data.problem.train_inputs[:POOL]
    return data.source.read(0, min(POOL, len(data.source)))
