"""From whatever a user has to a student."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from preceptor.core import InputError, PreceptorError, Student
from preceptor.students.function_student import FunctionStudent
from preceptor.students.logits import Kind
from preceptor.students.onnx_student import OnnxStudent
from preceptor.students.probe import (
    PROBES,
    as_array,
    gradient_reaches,
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
    It counts as differentiable if its outputs for a tensor have a gradient at that tensor. A module
    is probed in the same way, and without ``shape`` taken to be differentiable and, unless ``kind``
    says otherwise, to give logits.

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
        if shape is not None:
            settle(student, shape, kind)
        return student
    if callable(getattr(thing, "predict", None)):
        return SklearnStudent(thing, classes=classes, name=name)
    if callable(thing):
        return _from_function(thing, classes, shape, name, kind, device)
    kind_ = type(thing).__name__
    raise InputError(
        f"a{'n' * (kind_[0].lower() in 'aeiou')} {kind_} is no student; expected a torch module, a "
        "scikit-learn classifier, a function of a batch, or an object with name, classes, "
        "differentiable, device, __call__ and decide"
    )


def settle(student: TorchStudent | OnnxStudent, shape: Sequence[int], kind: Kind | None) -> None:
    """Find out whether gradients reach a model's inputs and, if ``kind`` does not say it, whether
    it gives logits or probabilities.

    Raises:
        InputError: it cannot be told, or the model fails on inputs of this shape.
    """
    inputs = probe_inputs(shape).requires_grad_(student.differentiable)
    try:
        outputs = student.raw(inputs)
    except PreceptorError:
        raise
    except Exception as error:  # a model is foreign code
        raise InputError(
            f"student {student.name!r} fails on a batch of shape {list(inputs.shape)}, "
            f"{type(error).__name__}: {error}. It is tried on {PROBES} inputs of the data's shape; "
            "give data of the shape that it expects, or reshape inside it"
        ) from error
    if student.differentiable:
        student.differentiable = gradient_reaches(outputs, inputs)
    student.kind = kind or guess_model_kind(outputs, PROBES, student.name)


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
    tried = try_function(function, probe_inputs(shape, device), who)
    if kind is None:
        kind = guess_kind(tried.outputs, PROBES, who)
    if classes is None:
        if kind == "labels":
            raise InputError(f"student {who!r} gives labels: say how many classes= there are")
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
    )
