"""From whatever a user has to a student."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from preceptor.core import InputError, Student
from preceptor.students.function_student import FunctionStudent
from preceptor.students.logits import Kind
from preceptor.students.onnx_student import OnnxStudent
from preceptor.students.probe import (
    PROBES,
    as_array,
    guess_kind,
    guess_model_kind,
    probe_inputs,
    try_function,
)
from preceptor.students.sklearn_student import SklearnStudent
from preceptor.students.torch_student import TorchStudent


def as_student(
    thing: object,
    *,
    classes: int | None = None,
    shape: Sequence[int] | None = None,
    name: str | None = None,
    kind: Kind | None = None,
    device: str | torch.device = "cpu",
) -> Student:
    """A student made of a student, a torch module, a scikit-learn estimator or a function.

    What a function gives is found out with ``shape``, if ``kind`` does not say it, from what it
    says of four fixed inputs, uniform in [0, 1]: see :func:`guess_kind`. It is first handed a
    tensor, and if that fails a numpy array; an array at once if its parameter is annotated so.
    It counts as differentiable if its outputs for a tensor carry a gradient. A module without
    ``kind`` is probed in the same way, and taken to give logits if there is no ``shape``.

    Args:
        thing: what there is. A student is returned as it is.
        classes: the number of classes; needed for functions that give labels.
        shape: of one input.
        name: as it stands in the record.
        kind: what a function or module gives: labels, probabilities or logits.
        device: where modules, and functions of tensors, compute.

    Raises:
        InputError: nothing of the kind, or something that cannot be told without more being said.
    """
    if isinstance(thing, Student) and not isinstance(thing, type):
        return thing
    if isinstance(thing, type):
        raise InputError(f"{thing.__name__} is a class; expected an instance: {thing.__name__}()")
    if isinstance(thing, nn.Module):
        if kind == "labels":
            return _from_function(thing, classes, shape, name, kind, device)
        student = TorchStudent(
            thing, classes=classes, shape=shape, name=name, device=device, kind=kind or "logits"
        )
        if kind is None and shape is not None:
            settle_kind(student, shape)
        return student
    if callable(getattr(thing, "predict", None)):
        return SklearnStudent(thing, classes=classes, name=name)
    if callable(thing):
        return _from_function(thing, classes, shape, name, kind, device)
    raise InputError(
        f"a {type(thing).__name__} is no student; expected a torch module, a scikit-learn "
        "classifier, a function of a batch, or an object with name, classes, differentiable, "
        "device, __call__ and decide"
    )


def settle_kind(student: TorchStudent | OnnxStudent, shape: Sequence[int]) -> None:
    """Find out whether a model gives logits or probabilities, and read it so from now on.

    Raises:
        InputError: it cannot be told.
    """
    with torch.no_grad():
        outputs = student.raw(probe_inputs(shape))
    student.kind = guess_model_kind(outputs, PROBES, student.name)


def _from_function(
    function: Callable[[Any], object],
    classes: int | None,
    shape: Sequence[int] | None,
    name: str | None,
    kind: Kind | None,
    device: str | torch.device,
) -> FunctionStudent:
    who = name if name is not None else str(getattr(function, "__name__", type(function).__name__))
    if shape is None:
        raise InputError(
            f"what the function {who!r} gives is found out by trying it: give shape= of one input. "
            "Or say everything with FunctionStudent(function, classes=..., kind=...)."
        )
    outputs, arrays = try_function(function, probe_inputs(shape, device), who)
    if kind is None:
        kind = guess_kind(outputs, PROBES, who)
    if classes is None:
        if kind == "labels":
            raise InputError(f"student {who!r} gives labels: say how many classes= there are")
        form = as_array(outputs, who).shape
        classes = 2 if len(form) < 2 or form[1] == 1 else int(form[1])
    gradient = isinstance(outputs, Tensor) and outputs.requires_grad and not arrays
    return FunctionStudent(
        function,
        classes=classes,
        kind=kind,
        name=who,
        differentiable=gradient and kind != "labels",
        arrays=arrays,
        device=device,
    )
