"""From whatever a user has to a student."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor, nn

from preceptor.core import (
    AnyStudent,
    InputError,
    Inputs,
    PreceptorError,
    Student,
    TableDomain,
    Texts,
)
from preceptor.students.abstaining import Abstaining
from preceptor.students.function_student import FunctionStudent, as_array
from preceptor.students.logits import Kind
from preceptor.students.preprocessing import Preprocessing
from preceptor.students.probe import (
    ITEMS,
    gradient_reaches,
    guess_kind,
    guess_model_kind,
    probe_inputs,
    try_function,
)
from preceptor.students.sklearn_student import SklearnStudent
from preceptor.students.text_students import is_pipeline, of_transformers
from preceptor.students.torch_student import TorchStudent
from preceptor.students.vocabulary import Vocabulary, vocabulary

AT_ONCE: Final = 8
"""On so many inputs at a time a module is tried: how much memory one takes is not known yet."""


def as_student(
    thing: object,
    *,
    classes: int | None = None,
    shape: Sequence[int] | None = None,
    name: str | None = None,
    kind: Kind | None = None,
    device: str | torch.device = "cpu",
    items: Inputs | None = None,
    names: Sequence[str] = (),
    columns: Sequence[str] = (),
    labels: Sequence[Any] | Mapping[Any, int] | None = None,
    batch: int | None = None,
    preprocessing: Preprocessing | None = None,
    table: TableDomain | None = None,
) -> AnyStudent:
    """A student made of a student, a torch module, a scikit-learn estimator or a function.

    What a function gives is found out, if ``kind`` does not say it, from what it says of the first
    ``items``; without these, of four fixed inputs of ``shape``, uniform in [0, 1]: see
    :func:`guess_kind`. It is first handed a tensor, and if that fails a numpy array; an array at
    once if its parameter is annotated so. It counts as differentiable if its outputs for a tensor
    have a gradient at that tensor. A module is probed in the same way, and without ``items`` and
    ``shape`` taken to be differentiable and, unless ``kind`` says otherwise, to give logits.

    Args:
        thing: what there is. A student is returned as it is.
        classes: the number of classes; needed for functions that give labels.
        shape: of one input; not needed with ``items``.
        name: as it stands in the record.
        kind: what a function or module gives: labels, probabilities or logits.
        device: where modules, and functions of tensors, compute.
        items: inputs like those that it will meet, ``Float[n, *shape]`` or texts: some of the data.
        names: of the labels, in the teacher's order. A student that says words, such as ``cat``,
            is understood by them.
        columns: the names of the features of an input, for an estimator fitted on a named table.
        labels: the student's own classes in the order of the teacher's labels, or a mapping from
            each to its label, where it has others than whole numbers from 0.
        batch: how many inputs a function or module is given at a time.
        preprocessing: what a module or function meets inputs behind
            (:func:`preceptor.students.read_preprocessing`).
        table: what an input means, if it is the row of a table. Estimators, and functions whose
            parameter is not annotated as a tensor or an array, then get a DataFrame.

    Raises:
        InputError: nothing of the kind, or something that cannot be told without more being said.
    """
    if isinstance(thing, Student) and not isinstance(thing, type):
        return thing if preprocessing is None else behind(thing, preprocessing)
    _check_table(thing, table, name)
    if preprocessing is not None:
        name = name or str(getattr(thing, "__name__", type(thing).__name__))
        thing = _put_behind(thing, preprocessing.to(device))
    if isinstance(thing, type):
        raise InputError(f"{thing.__name__} is a class; expected an instance: {thing.__name__}()")
    check_device(device)
    said = vocabulary(labels, names)
    if isinstance(items, Texts):
        return _of_texts(thing, items, classes, name, kind, device, said, batch, labels, names)
    if items is not None:
        shape = tuple(items.shape[1:])
    if isinstance(thing, nn.Module) and kind != "labels":
        student = TorchStudent(
            thing,
            classes=classes,
            shape=shape,
            name=name,
            device=device,
            kind=kind or "logits",
            batch=batch,
        )
        if shape is not None:
            settle(student, probe_inputs(shape, items), kind)
        return student
    if not isinstance(thing, nn.Module) and callable(getattr(thing, "predict", None)):
        return SklearnStudent(
            thing,
            classes=classes,
            name=name,
            names=names,
            columns=columns,
            labels=labels,
            table=table,
        )
    if callable(thing):
        probes = None if shape is None else probe_inputs(shape, items, device)
        return _from_function(thing, classes, probes, name, kind, device, said, batch, table)
    kind_ = type(thing).__name__
    raise InputError(
        f"a{'n' * (kind_[0].lower() in 'aeiou')} {kind_} is no student; expected a torch module, a "
        "scikit-learn classifier, a function of a batch, or an object with name, classes, "
        "differentiable, device, __call__ and decide"
    )


def behind(student: Student, preprocessing: Preprocessing) -> Student:
    """A finished student of a module or function behind a preprocessing.

    Raises:
        InputError: a student of another kind.
    """
    if isinstance(student, TorchStudent):
        made = TorchStudent(
            preprocessing.before(student.module),
            classes=student.classes,
            name=student.name,
            device=student.device,
            kind=student.kind,
            batch=student.batch,
        )
        made.was_training, made.differentiable = student.was_training, student.differentiable
        return made
    if isinstance(student, FunctionStudent):
        return FunctionStudent(
            preprocessing.to(student.device).of_function(student.function),
            classes=student.classes,
            kind=student.kind,
            name=student.name,
            differentiable=student.differentiable,
            arrays=student.arrays,
            device=student.device,
            vocabulary=student.vocabulary,
            batch=student.batch,
        )
    if isinstance(student, Abstaining):
        return replace(student, student=behind(student.student, preprocessing))
    raise _no_place(type(student).__name__)


def _put_behind(thing: object, preprocessing: Preprocessing) -> object:
    """A module or function behind a preprocessing; what is neither is refused by what follows."""
    if isinstance(thing, nn.Module):
        return preprocessing.before(thing)
    if callable(getattr(thing, "predict", None)):
        raise _no_place(type(thing).__name__)
    if callable(thing) and not isinstance(thing, type):
        return preprocessing.of_function(thing)
    return thing


def _no_place(kind: str) -> InputError:
    return InputError(
        f"--normalise: a {kind} has no place for it; it is for torch modules, functions and ONNX "
        "files. Put the normalisation inside the student, such as a StandardScaler in a pipeline"
    )


def _check_table(thing: object, table: TableDomain | None, name: str | None) -> None:
    """Words have codes that no network was trained on, unless they are whole numbers themselves."""
    if table is None or not isinstance(thing, nn.Module):
        return
    who = name or type(thing).__name__
    strange = [
        column.name
        for column in table.columns
        if column.words and any(isinstance(word, str | bool) for word in column.words)
    ]
    if strange:
        raise InputError(
            f"student {who!r} is a torch module, and the columns {', '.join(strange[:9])} of the data "
            "hold words. Give a function of a DataFrame that encodes them as the network was trained"
        )


def _of_texts(
    thing: Any,
    items: Texts,
    classes: int | None,
    name: str | None,
    kind: Kind | None,
    device: str | torch.device,
    said: Vocabulary,
    batch: int | None,
    labels: Sequence[Any] | Mapping[Any, int] | None,
    names: Sequence[str],
) -> AnyStudent:
    """A student of texts: a pipeline of transformers or scikit-learn, or a function of a list."""
    if is_pipeline(thing):
        who = name or type(thing.model).__name__
        return of_transformers(
            thing.model,
            thing.tokenizer,
            name=who,
            said=said,
            classes=classes,
            device=device,
            batch=batch,
        )
    if isinstance(thing, nn.Module):
        thing.to(device).eval()
    elif callable(getattr(thing, "predict", None)):
        return SklearnStudent(thing, classes=classes, name=name, names=names, labels=labels)
    if not callable(thing):
        raise InputError(
            f"a {type(thing).__name__} is no student of texts; expected a function from a list of "
            "strings to labels, probabilities or logits, a scikit-learn or transformers pipeline, or "
            "TokenizedStudent(module, tokenizer, classes=...)"
        )
    return _from_function(thing, classes, items[:ITEMS], name, kind, device, said, batch, None)


def check_device(device: str | torch.device) -> None:
    """See that there is such a device here.

    Raises:
        InputError: there is not.
    """
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        why = str(error).splitlines()[0]
        raise InputError(
            f"device {str(device)!r} cannot be used here ({why}); write cpu, or the name of a device "
            "that this torch has, such as cuda or cuda:1"
        ) from error


def settle(student: TorchStudent, probes: Tensor, kind: Kind | None) -> None:
    """Find out whether gradients reach a model's inputs and, if ``kind`` does not say it, whether
    it gives logits or probabilities.

    Raises:
        InputError: it cannot be told, or the model fails on these inputs.
    """
    first = probes[:AT_ONCE].clone().requires_grad_(student.differentiable)
    try:
        outputs = student.raw(first)
        others = probes[:0] if kind else probes[AT_ONCE:]
        parts = torch.split(others, AT_ONCE) if len(others) else ()
        with torch.no_grad():
            rest = [student.raw(some) for some in parts]
    except PreceptorError:
        raise
    except Exception as error:  # a model is foreign code
        raise InputError(
            f"student {student.name!r} fails on a batch of shape {list(first.shape)}, "
            f"{type(error).__name__}: {error}. It is tried on inputs of the data's shape; "
            "give data of the shape that it expects, or reshape inside it"
        ) from error
    if student.differentiable:
        student.differentiable = gradient_reaches(outputs, first)
    if kind is None:
        whole, items = _joined([outputs, *rest], len(probes), len(first))
        kind = guess_model_kind(whole, items, student.name)
    student.kind = kind


def _joined(parts: Sequence[object], items: int, first: int) -> tuple[object, int]:
    """Outputs of parts of a batch as those of the whole; else those of the first part. And of how many."""
    found = [one.detach() for one in parts if isinstance(one, Tensor) and one.ndim]
    if len(found) == len(parts) and len({one.shape[1:] for one in found}) == 1:
        return torch.cat(found), items
    return parts[0], first


def _from_function(
    function: Callable[[Any], object],
    classes: int | None,
    probes: Inputs | None,
    name: str | None,
    kind: Kind | None,
    device: str | torch.device,
    said: Vocabulary,
    batch: int | None,
    table: TableDomain | None,
) -> FunctionStudent:
    who = name if name is not None else str(getattr(function, "__name__", type(function).__name__))
    if probes is None:
        raise InputError(
            f"what the function {who!r} gives is found out by trying it: give items=, some of the "
            "data, or shape= of one input. "
            "Or say everything with FunctionStudent(function, classes=..., kind=...)."
        )
    if batch is not None:
        probes = probes[:batch]
    tried = try_function(function, probes, who, table)
    if kind is None:
        kind = guess_kind(tried.outputs, len(probes), who)
    if classes is None:
        if kind == "labels":
            raise InputError(
                f"student {who!r} gives labels: say how many classes there are (--classes; in "
                "Python, classes=)"
            )
        form = as_array(tried.outputs, who).shape
        classes = 2 if len(form) < 2 or form[1] == 1 else int(form[1])
    return FunctionStudent(
        function,
        classes=classes,
        kind=kind,
        name=who,
        differentiable=tried.differentiable and kind != "labels",
        arrays=tried.arrays,
        device=device,
        vocabulary=said,
        batch=batch,
        table=table if tried.rows else None,
    )
