"""Students in files."""

import inspect
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from preceptor.core import AnyStudent, InputError, Inputs, Student, TableDomain, Texts
from preceptor.core.extras import install
from preceptor.core.running import beside, taken
from preceptor.students.hashed_texts import HASHED, hashed_texts, load_hashed
from preceptor.students.logits import Kind
from preceptor.students.onnx_student import OnnxStudent
from preceptor.students.preprocessing import Normalise, Preprocessing, read_preprocessing
from preceptor.students.probe import probe_inputs
from preceptor.students.reading_options import ReadingOptions, split
from preceptor.students.text_students import load_transformers
from preceptor.students.torch_student import TorchStudent
from preceptor.students.vocabulary import vocabulary
from preceptor.students.wrap import as_student, check_device, settle

_UNSAFE = (".pt2", ".pt", ".pth", ".joblib", ".pkl", ".pickle")
_FORMS = (
    "file.py:name, a .onnx file, a model folder of transformers, or (with trust_pickle) a file that ends in "
    f"{', '.join(_UNSAFE)}; behind it may stand :kind=logits (probabilities, labels), :output=NAME "
    "(of an .onnx file), :labels=CLASS/CLASS, :batch=N and :normalise=MEAN:STD"
)


@dataclass(frozen=True, eq=False)
class _Said:
    """What is known of a student besides its file."""

    classes: int | None
    shape: tuple[int, ...] | None
    items: Inputs | None
    names: tuple[str, ...]
    columns: tuple[str, ...]
    table: TableDomain | None
    device: str | torch.device
    options: ReadingOptions
    preprocessing: Preprocessing | None

    def wrap(self, thing: object, name: str) -> AnyStudent:
        """A student of whatever the file held."""
        return as_student(
            thing,
            classes=self.classes,
            shape=self.shape,
            name=name,
            kind=self.options.kind,
            device=self.device,
            items=self.items,
            names=self.names,
            columns=self.columns,
            table=self.table,
            labels=self.options.labels,
            batch=self.options.batch,
            preprocessing=self.preprocessing,
        )


def load_student(
    spec: str | Path,
    *,
    classes: int | None = None,
    trust_pickle: bool = False,
    device: str | torch.device = "cpu",
    shape: Sequence[int] | None = None,
    kind: Kind | None = None,
    items: Inputs | None = None,
    names: Sequence[str] = (),
    columns: Sequence[str] = (),
    normalise: Normalise | None = None,
    white: float = 1.0,
    table: TableDomain | None = None,
) -> AnyStudent:
    """A student from a file.

    ``file.py:name`` runs that file, which gets the modules beside it and no other file's of the
    same name, and takes ``name`` out of it: a student, a torch module, a scikit-learn classifier; a class or function
    without required parameters, which is called and must return one of these; or a function of
    one batch. What functions and modules give is found out as :func:`as_student` says.

    Behind the file may stand how to read it, ``model.onnx:output=y,kind=logits``: ``kind`` (what it
    gives), ``output`` (which output of an ONNX file), ``labels`` (the student's own classes in the
    order of the teacher's labels, ``labels=cat/dog``), ``batch`` (how many inputs it is given at
    a time) and ``normalise`` (``MEAN:STD``, what it meets plain inputs behind).

    ``.onnx`` files are safe to load. All of ``.pt2``, ``.pt``, ``.pth``, ``.joblib``, ``.pkl`` and
    ``.pickle`` can hold code that runs when they are loaded, and are refused without
    ``trust_pickle``. That holds for ``.pt2`` too: ``torch.export.load`` falls back to full
    unpickling of the sample inputs and constants, and evaluates expressions (torch 2.13).

    Args:
        spec: the file, and the name in it.
        classes: the number of classes, where it cannot be found out.
        trust_pickle: whether to load files that can run code.
        device: where torch modules compute.
        shape: of one input; not needed with ``items``.
        kind: what a function or module gives, where it cannot be told.
        items: inputs like those that it will meet, ``Float[n, *shape]`` or texts: some of the data.
        names: of the labels, in the teacher's order.
        columns: the names of the features of an input, if they have any.
        normalise: what it meets inputs behind, unless its own options say so.
        white: the greatest valid value, 1 or 255, in which a normalisation is counted.
        table: what an input means, if it is the row of a table; see :func:`as_student`.

    Raises:
        InputError: a file that is not there, cannot be loaded, may not be loaded, or holds no
            student.
    """
    check_device(device)
    text, options = split(str(spec))
    form = tuple(shape) if items is None and shape is not None else _shape(items)
    steps = options.normalise if options.normalise is not None else normalise
    said = _Said(
        classes=classes,
        shape=form,
        items=items,
        names=tuple(names),
        columns=tuple(columns),
        table=table,
        device=device,
        options=options if kind is None else replace(options, kind=kind),
        preprocessing=None if steps is None else read_preprocessing(steps, white=white, shape=form),
    )
    file, colon, name = text.rpartition(":")
    if options.output is not None and not text.lower().endswith(".onnx"):
        raise InputError(f"student {spec}: output= names an output of an .onnx file")
    if colon and file.endswith(".py"):
        return _from_python(Path(file), name, said)
    if text == HASHED and isinstance(items, Texts):
        if classes is None:
            raise InputError(f"student {HASHED}: say how many classes there are (--classes)")
        return hashed_texts(classes, device=device)
    path = Path(text)
    suffix = path.suffix.lower()
    if suffix == ".py":
        raise InputError(f"{path} may hold several things: say which one, as {path}:name")
    if path.is_dir() and (path / "config.json").is_file():
        return load_transformers(
            path,
            said=vocabulary(said.options.labels, said.names),
            classes=said.classes,
            device=device,
            batch=said.options.batch,
            trust_pickle=trust_pickle,
        )
    if not path.is_file():
        raise InputError(f"there is no file at {path}; expected {_FORMS}")
    if suffix == ".safetensors" and isinstance(items, Texts):
        read = load_hashed(path, device)
        if read is not None:
            return read
    _refuse_tables(path, suffix)
    return _from_file(path, suffix, said, trust_pickle)


def _from_file(path: Path, suffix: str, said: _Said, trust_pickle: bool) -> AnyStudent:
    if isinstance(said.items, Texts) and suffix in (".onnx", ".pt2"):
        raise InputError(
            f"{path} takes numbers, and the data are texts: write a function from a list of strings "
            "that tokenizes them and runs the model, and give file.py:function"
        )
    if suffix == ".onnx":
        return _from_onnx(path, said)
    if suffix not in _UNSAFE:
        raise InputError(f"{path} is of no known form; expected {_FORMS}")
    if suffix in (".pt", ".pth"):
        _refuse_weights(path)
    if not trust_pickle:
        raise InputError(
            f"loading {path} can run code that hides in the file, so it was not opened. If you "
            "trust whoever made it, say trust_pickle (--trust-pickle). Safer: keep the weights as "
            ".safetensors with a function that builds the network, and give file.py:function; or "
            "export the model to .onnx."
        )
    if suffix == ".pt2":
        return _from_export(path, said)
    with beside(path):  # where the classes of what was pickled may lie
        return said.wrap(_unpickle(path, suffix), path.name)


def _shape(items: Inputs | None) -> tuple[int, ...] | None:
    return tuple(items.shape[1:]) if isinstance(items, Tensor) else None


def _numbers(items: Inputs | None) -> Tensor | None:
    return items if isinstance(items, Tensor) else None


def _refuse_tables(path: Path, suffix: str) -> None:
    """Say of a file that is no model what it is."""
    if suffix == ".safetensors":
        raise InputError(
            f"{path} holds weights without a network. Write a function without parameters that "
            "builds the network, loads them with safetensors.torch.load_file and returns it, and "
            "give file.py:function."
        )
    if suffix == ".csv":
        raise InputError(
            f"{path} is a table of predictions: nothing can be moved, trained or asked further, so "
            "only `preceptor audit` takes it, without an attack. Give the model itself."
        )


def _from_python(path: Path, name: str, said: _Said) -> AnyStudent:
    with taken(path, name) as found:
        return said.wrap(_made(found, f"{path}:{name}"), f"{path.name}:{name}")


def _made(thing: object, where: str) -> object:
    """The thing itself, or what it makes if it is a class or a function without parameters."""
    finished = isinstance(thing, nn.Module) or (
        not isinstance(thing, type) and isinstance(thing, Student)
    )
    if finished or not callable(thing) or not (isinstance(thing, type) or _asks_nothing(thing)):
        return thing
    try:
        return thing()
    except Exception as error:
        raise InputError(
            f"{where} was called without arguments to make a student, and failed: "
            f"{type(error).__name__}: {error}"
        ) from error


def _asks_nothing(function: Any) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return all(
        parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD
        for parameter in parameters
    )


def _from_onnx(path: Path, said: _Said) -> OnnxStudent:
    return OnnxStudent(
        path,
        classes=said.classes,
        shape=said.shape,
        kind=said.options.kind,
        output=said.options.output,
        items=_numbers(said.items),
        labels=said.options.labels,
        names=said.names,
        batch=said.options.batch,
        preprocessing=said.preprocessing,
    )


def _from_export(path: Path, said: _Said) -> TorchStudent:
    """A program that torch.export saved; its batch size may be fixed."""
    try:
        program = torch.export.load(path)
    except Exception as error:
        raise InputError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    entries = program.graph_signature.user_inputs
    if len(entries) != 1:
        raise InputError(f"{path} takes {len(entries)} inputs; expected one")
    form = next(node.meta["val"].shape for node in program.graph.nodes if node.name == entries[0])
    batch = form[0] if isinstance(form[0], int) else None
    shape = said.shape if said.shape is not None else tuple(int(size) for size in form[1:])
    kind = said.options.kind
    steps = said.preprocessing
    student = TorchStudent(
        program.module() if steps is None else steps.before(program.module()),
        classes=said.classes,
        shape=shape,
        name=path.name,
        device=said.device,
        kind=kind or "logits",
        batch=batch or said.options.batch,
    )
    settle(student, probe_inputs(shape, _numbers(said.items)), kind)
    return student


def _refuse_weights(path: Path) -> None:
    """Say so if a torch file holds weights only. Loading weights only runs no code."""
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:
        return
    raise InputError(
        f"{path} holds a {type(loaded).__name__} of weights, without a network. Write a function "
        "without parameters that builds the network, loads them with "
        "torch.load(..., weights_only=True) and returns it, and give file.py:function."
    )


def _unpickle(path: Path, suffix: str) -> object:
    try:
        if suffix == ".joblib":
            try:
                import joblib
            except ImportError as error:
                raise InputError(f"reading {path} needs joblib: {install('sklearn')}") from error
            return joblib.load(path)
        if suffix in (".pt", ".pth"):
            return torch.load(path, map_location="cpu", weights_only=False)
        with path.open("rb") as file:
            return pickle.load(file)  # noqa: S301 - the user said trust_pickle
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
