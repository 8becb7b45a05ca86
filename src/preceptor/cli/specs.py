"""What the words on the command line stand for: data, teachers, attacks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from preceptor.attacks import parse
from preceptor.audit import Given
from preceptor.cli.recorded import columns_in, read_named, sample
from preceptor.cli.recorded import parse as parse_recorded
from preceptor.cli.scale import scaled
from preceptor.core import ArraySource, Attack, Domain, InputError, Teacher
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
    """What ``--data`` named: a source, the problem that it belongs to, or the file, if any."""

    source: ArraySource
    problem: Problem | None
    file: Path | None = None


def read_data(
    spec: str,
    *,
    bounds: str | None = None,
    scale: str | None = None,
    items: int | None = None,
    seed: int = 0,
) -> Data:
    """A problem by name, or inputs from ``.npz`` (``inputs``, optional ``ids``) or ``.npy``.

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
        return Data(found.source if items is None else found.take(items), found)
    inputs, ids = _arrays(Path(spec))
    domain = scaled(_domain(inputs, bounds, spec), scale, inputs)
    rows = np.arange(len(inputs))
    if items is not None:
        if not 1 <= items <= len(inputs):
            raise InputError(f"--items {items}, but {spec} holds {len(inputs)} items")
        rows = np.sort(sample(seed, len(inputs), items))
        inputs = inputs[rows]
    names = read_ids(ids[rows]) if ids is not None else tuple(map(str, rows.tolist()))
    path = Path(spec)
    return Data(ArraySource(inputs, domain, names, path.stem, columns_in(path, rows)), None, path)


def _arrays(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    if not path.is_file():
        raise InputError(
            f"there is no file {str(path)!r} and no problem of that name. Give a .npz file with an "
            f"array 'inputs' (and 'ids', if they have any), a .npy file, or one of: "
            f"{', '.join(PROBLEMS)}."
        )
    try:
        if path.suffix == ".npy":
            return _real(np.load(path, mmap_mode="r", allow_pickle=False), path), None
        with np.load(path, allow_pickle=False) as found:
            if "inputs" not in found:
                raise InputError(
                    f"{path} holds the arrays {', '.join(found) or '(none)'}; expected 'inputs', "
                    "[items, *shape], and optionally 'ids'."
                )
            inputs = _real(found["inputs"], path)
            ids = np.asarray(found["ids"]) if "ids" in found else None
            if ids is not None and ids.shape != (len(inputs),):
                raise InputError(
                    f"{path} holds ids of shape {ids.shape} for {len(inputs)} items; expected one "
                    f"for each, ({len(inputs)},)"
                )
            return inputs, ids
    except InputError:
        raise
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        why = "it is none, or it holds Python objects" if "pickle" in str(error) else str(error)
        raise InputError(
            f"{path} cannot be read as .npz or .npy: {why}. Write plain numbers with "
            "numpy.savez(file, inputs=...) or numpy.save(file, inputs)"
        ) from error


def _real(array: np.ndarray, path: Path) -> np.ndarray:
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
    return array


def _domain(inputs: np.ndarray, bounds: str | None, spec: str) -> Domain:
    """Bounds as given; else 0 to 1, or 0 to 255 for whole pixels, or each feature's own range."""
    shape = tuple(inputs.shape[1:])
    if bounds is not None:
        try:
            low, high = (float(part) for part in bounds.split(","))
        except ValueError as error:
            raise InputError(f"--bounds {bounds!r}: write LOW,HIGH, for example 0,1") from error
        return Domain(shape, low, high)
    if not np.isfinite(inputs).all():
        raise InputError(f"{spec} holds values that are not finite; drop or mend such items")
    low, high = float(inputs.min()), float(inputs.max())
    if low >= 0 and high <= 1:
        return Domain(shape)
    if len(shape) == 1:
        least, most = inputs.min(0), inputs.max(0)
        most = np.where(most > least, most, least + 1)
        return Domain(shape, torch.tensor(least).float(), torch.tensor(most).float())
    if low >= 0 and 1 < high <= 255 and inputs.dtype.kind in "iu":
        return Domain(shape, 0.0, 255.0)
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


def read_moved(specs: list[str]) -> tuple[Given, ...]:
    """Moved inputs made elsewhere, each ``NAME=FILE`` or ``FILE``."""
    given = []
    for spec in specs:
        name, equals, file = spec.partition("=")
        path = Path(file if equals else spec)
        inputs, ids = _arrays(path)
        names = () if ids is None else read_ids(ids)
        given.append(Given(name if equals else path.stem, inputs, names))
    return tuple(given)
