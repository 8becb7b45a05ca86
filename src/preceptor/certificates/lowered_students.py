"""A student as a piecewise-linear network, or as polyhedra with labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.certificates.float_rounding import UNIT
from preceptor.certificates.joint_problem import INPUTS, Inequality, WrongWay
from preceptor.certificates.lowering import lower_module
from preceptor.certificates.module_scrutiny import check_own_methods
from preceptor.certificates.piecewise import PiecewiseNet, dense
from preceptor.core import AnyStudent, InputError
from preceptor.students import SklearnStudent, TorchStudent
from preceptor.students.logits import Kind
from preceptor.students.torch_student import has_modes
from preceptor.teachers import LinearCase
from preceptor.teachers.linear_rules import tree_cases

ESTIMATORS = (
    "DecisionTreeClassifier, MLPClassifier(activation='relu'), linear classifiers with coef_ and intercept_, "
    "behind StandardScaler, MinMaxScaler or MaxAbsScaler in a pipeline"
)


@dataclass(frozen=True, eq=False)
class LoweredClassifier:
    """A classifier in one of two forms.

    Attributes:
        net: inputs to logits, one for each class; ``None`` if it is polyhedra.
        parts: polyhedra with their labels; empty if it is a network.
        single: whether it runs in float32.
    """

    net: PiecewiseNet | None
    parts: tuple[LinearCase, ...] = ()
    single: bool = True


def lower_student(student: AnyStudent, shape: tuple[int, ...]) -> LoweredClassifier:
    """A student's form.

    Args:
        student: a torch module or a scikit-learn classifier as a student.
        shape: of one input.

    Raises:
        InputError: a student that is not known to be piecewise linear.
    """
    who = f"student {student.name!r}"
    if isinstance(student, TorchStudent):
        return lower_torch_student(student, shape, student.classes, who, softmax=True)
    if isinstance(student, SklearnStudent):
        check_own_methods(student, SklearnStudent, ("__call__", "decide"), who)
        return lower_sklearn(student, int(torch.Size(shape).numel()), who)
    raise InputError(
        f"{who} is a {type(student).__name__}: a certificate needs its layers. Give the torch module "
        f"itself, or one of scikit-learn's {ESTIMATORS}"
    )


def lower_torch_student(
    student: TorchStudent, shape: tuple[int, ...], classes: int, who: str, *, softmax: bool
) -> LoweredClassifier:
    """A student's module, read as the student reads it.

    Raises:
        InputError: as of :func:`lower_torch`, or a module in training mode.
    """
    check_own_methods(student, TorchStudent, ("__call__", "decide", "raw"), who)
    if any(part.training and has_modes(part) for part in student.module.modules()):
        raise InputError(
            f"{who} was put into training mode after it was wrapped, and answers so; call its eval() first"
        )
    return lower_torch(student.module, shape, classes, who, softmax=softmax, kind=student.kind)


def lower_torch(
    module: nn.Module,
    shape: tuple[int, ...],
    classes: int,
    who: str,
    *,
    softmax: bool,
    kind: Kind = "logits",
) -> LoweredClassifier:
    """A torch module with ``classes`` logits, or with one that stands for two classes.

    Args:
        module: which.
        shape: of one input.
        classes: its outputs.
        who: for messages.
        softmax: whether it may end in a softmax, or one output in a sigmoid.
        kind: what its outputs are read as.

    Raises:
        InputError: as of :func:`lower_module`, another number of outputs, or outputs that are not what
            they are read as.
    """
    net = lower_module(module, shape, who, softmax=softmax)
    one = net.outputs == 1
    if net.ending == "sigmoid" and not (one and kind == "probabilities"):
        raise InputError(
            f"{who} ends in a sigmoid of {'logits' if one else 'several outputs'}: read as {kind}, its label is "
            "not that of what the sigmoid gets. Leave the sigmoid out"
            + (", or say kind='probabilities'" if one else "")
        )
    if kind == "probabilities" and net.ending != ("sigmoid" if one else "softmax"):
        raise InputError(
            f"{who} is said to give probabilities and does not end in a softmax, or a sigmoid of one output; a "
            "certificate needs one to know the logits behind them"
        )
    if net.outputs == 1 and classes == 2:  # as preceptor.students.logits reads it
        net = net.then(torch.tensor([[-0.5], [0.5]]).double(), torch.zeros(2).double())
    if net.outputs != classes:
        raise InputError(f"{who} has {net.outputs} outputs; expected {classes}")
    numbers = [
        one for one in chain(module.parameters(), module.buffers()) if one.is_floating_point()
    ]
    single = not numbers or any(one.dtype != torch.float64 for one in numbers)
    return LoweredClassifier(net, single=single)


def lower_sklearn(student: SklearnStudent, features: int, who: str) -> LoweredClassifier:
    """A scikit-learn classifier.

    Raises:
        InputError: an estimator of another kind, or one that reads a table.
    """
    if student.rows is not None or (
        student.table is not None and student.table.order.tolist() != list(range(features))
    ):
        raise InputError(
            f"{who} reads the rows of a table; a certificate needs one of plain vectors"
        )
    steps = [step for _, step in getattr(student.estimator, "steps", [("", student.estimator)])]
    weight, bias = torch.eye(features).double(), torch.zeros(features).double()
    for step in steps[:-1]:
        scale, shift = _scaling(step, who)
        weight, bias = scale[:, None] * weight, scale * bias + shift
    last, labels = steps[-1], student.columns
    if getattr(last, "tree_", None) is not None and last.tree_.n_outputs == 1:
        blur = 2 * UNIT if len(steps) > 1 else 0.0  # it rounds what scalers give to float32
        parts = [
            LinearCase(
                part.label,
                part.rows @ weight,
                part.rows @ bias + part.offsets + blur * part.offsets.abs(),
            )
            for part in tree_cases(last.tree_, labels)
        ]
        return LoweredClassifier(None, tuple(parts), single=False)
    layers = _layers(last, who)
    if layers[-1][0].shape[0] == 1:  # the logit of the second class
        one, shift = layers[-1]
        layers[-1] = (torch.cat([0 * one, one]), torch.cat([0 * shift, shift]))
    first, offset = layers[0]
    layers[0] = (first @ weight, first @ bias + offset)
    spread = torch.zeros(student.classes, len(labels), dtype=torch.float64)
    spread[labels, range(len(labels))] = 1.0
    if len(labels) != student.classes:
        raise InputError(f"{who} never saw some of the {student.classes} classes; fit it on all")
    net = dense([one for one, _ in layers], [one for _, one in layers], merged=len(steps) > 1)
    return LoweredClassifier(net.then(spread, torch.zeros(student.classes).double()), single=False)


def _scaling(step: Any, who: str) -> tuple[Tensor, Tensor]:
    """A scaler as ``scale * x + shift``."""
    kind = type(step).__name__
    if kind == "StandardScaler":
        scale = 1.0 if step.scale_ is None else step.scale_
        mean = np.zeros(step.n_features_in_) if step.mean_ is None else step.mean_
        factor = np.ones_like(mean) / scale
        return torch.as_tensor(factor).double(), torch.as_tensor(-mean * factor).double()
    if kind == "MinMaxScaler" and not step.clip:
        return torch.as_tensor(step.scale_).double(), torch.as_tensor(step.min_).double()
    if kind == "MaxAbsScaler":
        factor = torch.as_tensor(1 / np.asarray(step.scale_)).double()
        return factor, torch.zeros_like(factor)
    raise InputError(f"{who}: the step {kind} has no place in a certificate; it takes {ESTIMATORS}")


def _layers(last: Any, who: str) -> list[tuple[Tensor, Tensor]]:
    kind = type(last).__name__
    if kind == "MLPClassifier" and last.activation in ("relu", "identity"):
        if last.activation == "relu":
            pairs = zip(last.coefs_, last.intercepts_, strict=True)
            return [(torch.as_tensor(w.T).double(), torch.as_tensor(b).double()) for w, b in pairs]
    elif getattr(last, "coef_", None) is not None and callable(
        getattr(last, "decision_function", None)
    ):
        weight = np.atleast_2d(np.asarray(last.coef_, dtype=np.float64))
        bias = np.broadcast_to(np.atleast_1d(last.intercept_), (len(weight),)).astype(np.float64)
        ovo = kind in ("SVC", "NuSVC") and len(last.classes_) > 2
        if not ovo:
            return [(torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy()))]
    raise InputError(f"{who}: a {kind} has no place in a certificate; it takes {ESTIMATORS}")


def wrong_ways(lowered: LoweredClassifier, net: int, classes: int) -> Sequence[WrongWay]:
    """Every way in which a classifier can give another label than one that is asked for.

    Args:
        lowered: the classifier.
        net: the number of its network.
        classes: how many labels there are.
    """
    found = []
    for label in range(classes):
        if lowered.net is None:
            for part in lowered.parts:
                if part.label != label:
                    held = zip(part.rows, part.offsets.tolist(), strict=True)
                    conditions = tuple(Inequality(INPUTS, row, edge) for row, edge in held)
                    found.append(WrongWay(label, part.label, conditions))
            continue
        for other in range(classes):
            if other != label:
                row = torch.zeros(classes, dtype=torch.float64)
                row[other], row[label] = 1.0, -1.0
                found.append(WrongWay(label, other, (Inequality(net, row, 0.0),)))
    return found
