"""What every student keeps: one row for each implementation."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import TensorProto, checker, helper, numpy_helper, save
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from torch import Tensor, nn

from preceptor.core import ABSTAINED, Student
from preceptor.students import (
    Abstaining,
    FunctionStudent,
    OnnxStudent,
    SklearnStudent,
    TorchStudent,
)

CLASSES = 3
SHAPE = (2, 2)
ITEMS = 9


def inputs() -> Tensor:
    return torch.rand(ITEMS, *SHAPE, generator=torch.Generator().manual_seed(2))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(4, CLASSES), nn.Dropout(0.5))


def one_logit() -> nn.Module:
    linear = nn.Linear(4, 1, bias=False)
    linear.weight.data = torch.tensor([[3.0, -3.0, 3.0, -3.0]])
    return nn.Sequential(nn.Flatten(), linear)


def fitted(estimator: object) -> object:
    chance = np.random.default_rng(0)
    rows = chance.random((60, 4))
    return estimator.fit(rows, (rows[:, 0] * CLASSES).astype(int))  # type: ignore[attr-defined]


def onnx_file(path: Path, batch: int | str) -> Path:
    weight = np.random.default_rng(1).normal(size=(4, CLASSES)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["x"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["y"]),
        ],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *SHAPE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, CLASSES])],
        [numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(model)
    save(model, path)
    return path


def labels(x: Tensor) -> list[int | None]:
    return [None if m < 0.35 else int(m * CLASSES) for m in x.flatten(1).mean(1).tolist()]


def probabilities(x: np.ndarray) -> np.ndarray:
    flat = x.reshape(len(x), -1)[:, :CLASSES]
    return flat / flat.sum(1, keepdims=True)


STUDENTS: dict[str, Callable[[Path], Student]] = {
    "torch": lambda _: TorchStudent(network(), classes=CLASSES),
    "torch, counted": lambda _: TorchStudent(network(), shape=SHAPE),
    "torch, one logit": lambda _: TorchStudent(one_logit(), shape=SHAPE),
    "torch, float64": lambda _: TorchStudent(network().double(), shape=SHAPE),
    "torch, probabilities": lambda _: TorchStudent(
        nn.Sequential(network(), nn.Softmax(1)), shape=SHAPE, kind="probabilities"
    ),
    "torch, fixed batch": lambda _: TorchStudent(network(), shape=SHAPE, batch=4),
    "function, labels": lambda _: FunctionStudent(labels, classes=CLASSES),
    "function, arrays": lambda _: FunctionStudent(
        probabilities, classes=CLASSES, kind="probabilities", arrays=True
    ),
    "function, logits": lambda _: FunctionStudent(
        lambda x: x.flatten(1)[:, :3] * 4, classes=3, kind="logits", differentiable=True
    ),
    "sklearn, probabilities": lambda _: SklearnStudent(fitted(LogisticRegression())),
    "sklearn, scores": lambda _: SklearnStudent(fitted(LinearSVC())),
    "onnx": lambda tmp: OnnxStudent(onnx_file(tmp / "free.onnx", "batch")),
    "onnx, one at a time": lambda tmp: OnnxStudent(onnx_file(tmp / "one.onnx", 1)),
    "onnx, four at a time": lambda tmp: OnnxStudent(onnx_file(tmp / "four.onnx", 4)),
    "abstaining": lambda _: Abstaining(TorchStudent(network(), shape=SHAPE), confidence=0.45),
    "abstaining, labels": lambda _: Abstaining(
        FunctionStudent(labels, classes=CLASSES), confidence=0.5
    ),
}


@pytest.fixture(params=STUDENTS.values(), ids=STUDENTS.keys())
def student(request: pytest.FixtureRequest, tmp_path: Path) -> Student:
    return request.param(tmp_path)


def test_plays_the_role(student: Student) -> None:
    assert isinstance(student, Student)
    assert student.name
    assert student.classes >= 2
    assert isinstance(student.differentiable, bool)
    assert student.device == torch.device("cpu")


def test_logits_and_decisions_have_the_right_form(student: Student) -> None:
    logits = student(inputs())
    said = student.decide(logits)
    assert logits.shape == (ITEMS, student.classes)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()
    assert said.shape == (ITEMS,)
    assert said.dtype == torch.int64
    assert ((said == ABSTAINED) | ((said >= 0) & (said < student.classes))).all()
    assert len(set(said.tolist())) > 1


def test_the_order_of_inputs_does_not_matter(student: Student) -> None:
    order = torch.randperm(ITEMS, generator=torch.Generator().manual_seed(1))
    one, other = student(inputs()[order]), student(inputs())[order]
    assert torch.allclose(one, other, atol=1e-6)
    assert torch.equal(student.decide(one), student.decide(other))


@pytest.mark.parametrize("size", [1, 4])
def test_batch_size_does_not_matter(student: Student, size: int) -> None:
    parts = torch.cat([student(part) for part in torch.split(inputs(), size)])
    assert torch.allclose(parts, student(inputs()), atol=1e-6)
    assert torch.equal(student.decide(parts), student.decide(student(inputs())))


def test_an_empty_batch(student: Student) -> None:
    logits = student(inputs()[:0])
    assert logits.shape == (0, student.classes)
    assert student.decide(logits).shape == (0,)


def test_gradients_flow_if_it_says_so(student: Student) -> None:
    asked = inputs().requires_grad_()
    logits = student(asked)
    assert logits.requires_grad == student.differentiable
    if student.differentiable:
        (slope,) = torch.autograd.grad(logits[:, 0].sum(), asked)
        assert (slope != 0).flatten(1).any(1).all()


def test_the_inputs_stay_as_they_are(student: Student) -> None:
    asked = inputs()
    student(asked)
    assert torch.equal(asked, inputs())
