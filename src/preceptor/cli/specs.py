"""What the words on the command line stand for: data, teachers, attacks."""

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from preceptor.attacks import parse
from preceptor.core import ArraySource, Attack, Domain, InputError, ItemRng, Teacher, check_float32
from preceptor.ledger import Ledger
from preceptor.people import Human, Settings, Studies
from preceptor.problems import PROBLEMS, Problem, problem
from preceptor.teachers import RecordedVotes, careful, soft

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
    """

    source: ArraySource
    problem: Problem | None
    whole: int
    rows: np.ndarray
    named: bool


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
    spec: str, *, bounds: str | None = None, items: int | None = None, seed: int = 0
) -> Data:
    """A problem by name, or inputs from ``.npz`` (``inputs``, optional ``ids`` and ``names``) or
    ``.npy``.

    Raises:
        InputError: neither a problem nor a file that can be read.
    """
    if spec in PROBLEMS:
        found = problem(spec)
        source = found.source if items is None else found.take(items)
        return Data(source, found, len(found.source), np.arange(len(source)), True)
    held = read_arrays(Path(spec), what=f"file {spec!r} and no problem of that name")
    inputs = held.inputs
    domain = _domain(held, bounds, spec)
    rows = np.arange(len(inputs))
    if items is not None:
        if not 1 <= items <= len(inputs):
            raise InputError(f"--items {items}, but {spec} holds {len(inputs)} items")
        rows = np.sort(_sample(seed, len(inputs), items))
        inputs = inputs[rows]
    ids = tuple(map(str, range(len(held.inputs)))) if held.ids is None else held.ids
    taken = tuple(ids[row] for row in rows)
    source = ArraySource(inputs, domain, taken, Path(spec).stem)
    return Data(source, None, len(held.inputs), rows, held.ids is not None)


def _sample(seed: int, n: int, items: int) -> np.ndarray:
    rng = ItemRng.named(seed, "items", ["sample"]).generators[0]
    return rng.permutation(n)[:items]


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
            names = _words(found["names"]) if "names" in found else ()
            inputs = _real(found["inputs"], path, names)
            ids = _words(found["ids"]) if "ids" in found else None
            if ids is not None and len(ids) != len(inputs):
                raise InputError(
                    f"{path} holds {len(ids)} ids for {len(inputs)} items; expected one for each"
                )
            return Arrays(inputs, ids, names)
    except InputError:
        raise
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        why = "it is none, or it holds Python objects" if "pickle" in str(error) else str(error)
        raise InputError(
            f"{path} cannot be read as .npz or .npy: {why}. Write plain numbers with "
            "numpy.savez(file, inputs=...) or numpy.save(file, inputs)"
        ) from error


def _words(array: np.ndarray) -> tuple[str, ...]:
    """Ids or names as text: ``7`` for 7 and 7.0, and bytes decoded."""
    flat = np.asarray(array).reshape(-1)
    if flat.dtype.kind == "S":
        return tuple(word.decode(errors="replace") for word in flat.tolist())
    return tuple(
        str(int(word)) if isinstance(word, float) and word.is_integer() else str(word)
        for word in flat.tolist()
    )


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
    """The problem's own teacher, ``human:STUDY``, ``votes:VOTES,INPUTS.npz``, or ``file.py:name``.

    A study lies in the ledger's file, or in a database: ``human:STUDY@postgresql://...``.

    Raises:
        InputError: none of these.
    """
    if spec is None:
        if data.problem is None:
            raise InputError(
                "no --teacher given. For your own data, name who labels it: file.py:name (a "
                "teacher, or a function that returns one), human:STUDY for people at the desk, or "
                "votes:VOTES.csv,INPUTS.npz."
            )
        return data.problem.teacher
    if spec in PROBLEMS:
        return problem(spec).teacher
    if spec.startswith("human:"):
        return read_human(spec.removeprefix("human:"), data, classes, ledger)
    if spec.startswith("votes:"):
        votes, comma, inputs = spec.removeprefix("votes:").partition(",")
        if not comma:
            raise InputError(f"--teacher {spec}: write votes:VOTES.csv,INPUTS.npz")
        if not classes:
            raise InputError("recorded votes need the labels' names or count: give --classes")
        known: int | list[str] = classes
        if len(classes) == 1 and classes[0].isdigit():
            known = int(classes[0])
        return RecordedVotes.read(votes, inputs, name=Path(votes).stem, classes=known)
    found = _from_python(spec)
    made = _made(found, spec) if callable(found) and not isinstance(found, Teacher) else found
    if not isinstance(made, Teacher):
        raise InputError(
            f"{spec} is of type {type(made).__name__}, no teacher. Give a teacher or a function without "
            "arguments that returns one; wrap a labelling function as "
            "preceptor.teachers.Rule(function, name=..., classes=...)."
        )
    return made


def _made(function: Callable[[], object], spec: str) -> object:
    try:
        return function()
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
    """The people of a study, which is made if it is not there yet.

    Raises:
        InputError: the labels' names are not known, or the study is about something else.
    """
    name, _, url = spec.partition("@")
    if not name:
        raise InputError("human: lacks the study's name; write human:STUDY, for example human:ann")
    studies = Studies(url or ledger)
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
    return Human(studies, studies.make(name, Settings.of(data.source.domain, names)))


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


def _from_python(spec: str) -> object:
    file, colon, name = spec.rpartition(":")
    path = Path(file)
    if not colon or path.suffix != ".py":
        raise InputError(
            f"{spec!r} names no teacher: write file.py:name, human:STUDY, "
            "votes:VOTES.csv,INPUTS.npz, or one of "
            f"{', '.join(PROBLEMS)}"
        )
    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}")
    module_spec = importlib.util.spec_from_file_location(path.stem, path)
    if module_spec is None or module_spec.loader is None:
        raise InputError(f"{path} cannot be read as Python")
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        module_spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{path} failed while it ran: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    if name not in vars(module):
        own = [other for other in vars(module) if not other.startswith("_")]
        raise InputError(f"{path} has no {name!r}; it has {', '.join(own) or 'no public names'}")
    found: object = vars(module)[name]
    return found


def read_attacks(specs: list[str], data: Data) -> tuple[Attack, ...]:
    """Attacks as written, or the strong suite with three others; all work without gradients."""
    pool = _pool(data)
    width = data.source.domain.width
    if not specs:
        size = f"{0.1 * width:g}"
        specs = [f"standard:eps={size}", "rotate", f"noise:size={size}"]
        specs += [f"keep:eps={3 * float(size):g}"]
    return tuple(parse(spec, pool=pool) for spec in specs)


def _pool(data: Data) -> Tensor:
    """Other inputs to walk towards: training inputs where there are any, else the items."""
    if data.problem is not None:
        return data.problem.train_inputs[:POOL]
    return data.source.read(0, min(POOL, len(data.source)))
