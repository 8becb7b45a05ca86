"""Each student's own ways: modes, forms, abstentions, broken logits, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, save
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.svm import SVC, LinearSVC
from torch import Tensor, nn

from preceptor.core import ABSTAINED, BROKEN, InputError
from preceptor.students import (
    Abstaining,
    FunctionStudent,
    OnnxStudent,
    SklearnStudent,
    TorchStudent,
)

NAN, INF = float("nan"), float("inf")


class Fixed(nn.Module):
    """Gives the same outputs whatever it is asked."""

    def __init__(self, outputs: object) -> None:
        super().__init__()
        self.outputs = outputs

    def forward(self, inputs: Tensor) -> object:
        return self.outputs


def test_training_mode_is_left_and_remembered() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    student = TorchStudent(module, classes=2)
    assert student.was_training
    assert not module.training
    assert torch.equal(student(torch.ones(4, 2))[0], student(torch.ones(4, 2))[3])
    assert not TorchStudent(module, classes=2).was_training
    module[1].train()
    assert TorchStudent(module, classes=2).was_training, "one part is enough"


def test_parameters_are_not_touched() -> None:
    module = nn.Linear(2, 2)
    student = TorchStudent(module, classes=2)
    assert student.module is module
    assert all(parameter.requires_grad for parameter in module.parameters())
    torch.autograd.grad(student(torch.ones(1, 2, requires_grad=True)).sum(), module.weight)


@pytest.mark.parametrize("form", [(3,), (3, 1)])
def test_one_logit_is_two_classes(form: tuple[int, ...]) -> None:
    outputs = torch.tensor([-2.0, 0.5, 3.0])
    student = TorchStudent(Fixed(outputs.reshape(form)), classes=2)
    logits = student(torch.zeros(3, 1))
    assert logits.tolist() == [[1.0, -1.0], [-0.25, 0.25], [-1.5, 1.5]]
    assert torch.allclose(logits.softmax(1)[:, 1], outputs.sigmoid())


@pytest.mark.parametrize("form", [(2,), (2, 1)])
def test_one_probability_is_that_of_class_1(form: tuple[int, ...]) -> None:
    outputs = torch.tensor([0.3, 1.0]).reshape(form)
    student = TorchStudent(Fixed(outputs), classes=2, kind="probabilities")
    logits = student(torch.zeros(2, 1))
    assert torch.allclose(logits.softmax(1)[:, 1], torch.tensor([0.3, 1.0]))
    assert logits.isfinite().all()


def test_broken_logits_are_no_decision() -> None:
    outputs = torch.tensor([[1.0, 2.0], [NAN, 2.0], [1.0, INF], [-INF, 0.0], [-INF, -INF]])
    student = TorchStudent(Fixed(outputs), classes=2)
    said = student.decide(student(torch.zeros(5, 1)))
    assert said.tolist() == [1, BROKEN, BROKEN, BROKEN, BROKEN]
    wrapped = Abstaining(student, confidence=0.99)
    assert wrapped.decide(outputs).tolist() == [ABSTAINED] + [BROKEN] * 4
    broken = TorchStudent(Fixed(torch.tensor([[NAN, 0.5]])), classes=2, kind="probabilities")
    assert broken.decide(broken(torch.zeros(1, 1))).tolist() == [BROKEN]


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (torch.zeros(2, 4), r"of shape \(2, 4\) for 2 inputs; expected \(2, 3\)"),
        (torch.zeros(3, 3), r"\(3, 3\) for 2 inputs"),
        (torch.zeros(2, 3, 1), r"\(2, 3, 1\)"),
        ((torch.zeros(2, 3),), "returned a tuple"),
    ],
)
def test_outputs_of_another_form(outputs: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        TorchStudent(Fixed(outputs), classes=3)(torch.zeros(2, 1))


def test_what_torch_students_refuse() -> None:
    with pytest.raises(InputError, match=r"say it .--classes; in Python, classes=, or shape="):
        TorchStudent(nn.Linear(2, 2))
    with pytest.raises(InputError, match=r"fails on one input of shape \(3,\)"):
        TorchStudent(nn.Linear(2, 2), shape=(3,))
    with pytest.raises(InputError, match="has two classes"):
        TorchStudent(nn.Linear(2, 1), classes=1)
    with pytest.raises(InputError, match="FunctionStudent"):
        TorchStudent(nn.Linear(2, 2), classes=2, kind="labels")


@pytest.mark.parametrize(
    "said",
    [[1, None, 0], [1, -1, 0], np.array([1, -1, 0]), torch.tensor([1.0, -1.0, 0.0])],
    ids=str,
)
def test_labels_and_abstentions(said: object) -> None:
    student = FunctionStudent(lambda _: said, classes=2)
    logits = student(torch.zeros(3, 1))
    assert student.decide(logits).tolist() == [1, ABSTAINED, 0]
    assert logits.softmax(1)[1].tolist() == [0.5, 0.5]
    assert Abstaining(student, 0.9).decide(logits).tolist() == [1, ABSTAINED, 0]


def test_level_logits_are_no_abstention_of_other_functions() -> None:
    student = FunctionStudent(lambda x: x * 0, classes=2, kind="logits")
    assert student.decide(student(torch.ones(1, 2))).tolist() == [0]
    broken = FunctionStudent(lambda x: x * NAN, classes=2, kind="logits")
    assert broken.decide(broken(torch.ones(1, 2))).tolist() == [BROKEN]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([0, 1], r"shape \(2,\) for 3 inputs"),
        ([0, 1, 2], "whole numbers 0 .. 1"),
        ([0, 1, -2], "whole numbers 0 .. 1"),
        ([0, 1, 0.5], "whole numbers 0 .. 1"),
        ([0, 1, NAN], "whole numbers 0 .. 1"),
        (["a", "b", "c"], "classes a, b, c; expected whole numbers 0 .. 1"),
        ([[1], [2, 3], []], "no array of numbers"),
        (object(), "no array of numbers"),
    ],
)
def test_labels_that_are_none(said: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        FunctionStudent(lambda _: said, classes=2)(torch.zeros(3, 1))


def test_gradients_of_labels_or_arrays_do_not_exist() -> None:
    for more in ({"kind": "labels"}, {"kind": "logits", "arrays": True}):
        with pytest.raises(InputError, match="cannot be differentiable"):
            FunctionStudent(len, classes=2, differentiable=True, **more)  # type: ignore[arg-type]


def test_abstains_below_its_confidence_only() -> None:
    logits = torch.tensor([[0.0, 3.0], [0.0, 1.0], [2.0, 0.0]])
    student = Abstaining(TorchStudent(Fixed(logits), classes=2), confidence=0.8)
    assert student.decide(student(torch.zeros(3, 1))).tolist() == [1, ABSTAINED, 0]
    assert student.name == "Fixed, abstains below 0.8"
    with pytest.raises(InputError, match="expected a probability"):
        Abstaining(TorchStudent(Fixed(logits), classes=2), confidence=80)


ROWS = np.random.default_rng(0).random((80, 3))
LABELS = (ROWS[:, 0] * 3).astype(int)
PROBED = torch.tensor(ROWS[:20], dtype=torch.float32)


def decisions(student: SklearnStudent) -> list[int]:
    return student.decide(student(PROBED)).tolist()


class OnlyPredicts:
    classes_ = np.array([0, 1, 2])

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return (rows[:, 0] * 3).astype(int)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression().fit(ROWS, LABELS),
        LinearSVC().fit(ROWS, LABELS),
        SVC().fit(ROWS, LABELS),
        SVC(decision_function_shape="ovo").fit(ROWS, LABELS),
        LinearSVC().fit(ROWS, LABELS > 0),
        LogisticRegression().fit(ROWS, (LABELS > 0).astype(int)),
        FixedThresholdClassifier(LogisticRegression(), threshold=0.2).fit(ROWS, LABELS > 0),
        GridSearchCV(SVC(decision_function_shape="ovo"), {"C": [1.0]}).fit(ROWS, LABELS),
        OnlyPredicts(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_decides_as_the_estimator_predicts(estimator: object) -> None:
    booleans = estimator.classes_.dtype == bool  # type: ignore[attr-defined]
    student = SklearnStudent(estimator, labels={False: 0, True: 1} if booleans else None)
    expected = estimator.predict(PROBED.numpy().astype(np.float64))  # type: ignore[attr-defined]
    assert decisions(student) == expected.astype(int).tolist()


def test_probability_zero_is_finite() -> None:
    student = SklearnStudent(DummyClassifier().fit(ROWS[:3], [0, 0, 1]))
    certain = SklearnStudent(DummyClassifier(strategy="constant", constant=1).fit(ROWS, LABELS))
    assert student(PROBED).isfinite().all()
    assert certain(PROBED).isfinite().all()
    assert set(decisions(certain)) == {1}


def test_names_are_mapped_to_labels() -> None:
    names = np.array(["owl", "cat", "dog"])
    estimator = LogisticRegression().fit(ROWS, names[LABELS])
    plain = LogisticRegression().fit(ROWS, LABELS)
    student = SklearnStudent(estimator, labels={"owl": 0, "cat": 1, "dog": 2})
    assert torch.allclose(student(PROBED), SklearnStudent(plain)(PROBED), atol=1e-3)
    with pytest.raises(InputError, match=r"labels=cat/dog/owl"):
        SklearnStudent(estimator)
    with pytest.raises(InputError, match=r"not among those that labels= says .cat, dog.: owl"):
        SklearnStudent(estimator, labels={"cat": 0, "dog": 1})
    with pytest.raises(InputError, match="another label for each"):
        SklearnStudent(estimator, labels={"owl": 0, "cat": 1, "dog": 1})


def test_classes_it_never_saw() -> None:
    estimator = LogisticRegression().fit(ROWS, LABELS * 2)
    with pytest.raises(InputError, match=r"only the labels \[0, 2, 4\]; say how many"):
        SklearnStudent(estimator)
    student = SklearnStudent(estimator, classes=6)
    logits = student(PROBED)
    assert logits.shape == (20, 6)
    assert (logits[:, [1, 3, 5]] < logits[:, [0, 2, 4]].amin(1, keepdim=True)).all()
    assert decisions(student) == estimator.predict(PROBED.double().numpy()).tolist()
    with pytest.raises(InputError, match=r"classes 0, 2, 4; expected whole numbers 0 \.\. 3"):
        SklearnStudent(estimator, classes=4)


def test_what_sklearn_students_refuse() -> None:
    for unfit in (LogisticRegression(), LinearRegression().fit(ROWS, LABELS)):
        with pytest.raises(InputError, match="has been fitted"):
            SklearnStudent(unfit)
    student = SklearnStudent(LogisticRegression().fit(ROWS, LABELS))
    with pytest.raises(InputError, match=r"refuses inputs of shape \(2, 5\)"):
        student(torch.zeros(2, 5))


def onnx_file(path: Path, node: str, kinds: tuple[int, int], inputs: int = 1) -> Path:
    names = [f"x{i}" for i in range(inputs)]
    graph = helper.make_graph(
        [helper.make_node(node, names, ["y"], **({"to": kinds[1]} if node == "Cast" else {}))],
        "g",
        [helper.make_tensor_value_info(name, kinds[0], ["n", 2]) for name in names],
        [helper.make_tensor_value_info("y", kinds[1], ["n", 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    save(model, path)
    return path


def test_onnx_dtypes_and_outputs(tmp_path: Path) -> None:
    real, double, whole = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64
    student = OnnxStudent(onnx_file(tmp_path / "d.onnx", "Neg", (double, double)))
    assert student(torch.tensor([[1.0, 2.0]])).tolist() == [[-1.0, -2.0]]
    with pytest.raises(InputError, match=r"gives \(y: tensor\(int64\)\)"):
        OnnxStudent(onnx_file(tmp_path / "i.onnx", "Cast", (real, whole)), classes=2)
    with pytest.raises(InputError, match="expected one input"):
        OnnxStudent(onnx_file(tmp_path / "two.onnx", "Add", (real, real), inputs=2))
    with pytest.raises(InputError, match="refuses inputs"):
        student(torch.zeros(1, 3))
    with pytest.raises(InputError, match=r"no output .z.; it has y: tensor.double"):
        OnnxStudent(tmp_path / "d.onnx", output="z")


def test_onnx_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        OnnxStudent(tmp_path / "absent.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="cannot be read as ONNX"):
        OnnxStudent(tmp_path / "bad.onnx")


def test_without_onnxruntime_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"pip install '.\[onnx\]'"):
        OnnxStudent(tmp_path / "absent.onnx")
