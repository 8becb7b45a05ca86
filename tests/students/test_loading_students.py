"""Students from files and objects: every form, every guess, and the refusal to unpickle."""

import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, save
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from preceptor.core import ABSTAINED, InputError
from preceptor.students import (
    FunctionStudent,
    OnnxStudent,
    SklearnStudent,
    TorchStudent,
    as_student,
    guess_kind,
    load_student,
)

SHAPE = (2, 2)

SOURCE = """
import numpy as np
import torch
from torch import nn
from sklearn.linear_model import LogisticRegression
from neighbour import CLASSES

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self, hidden=5):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(4, hidden), nn.Linear(hidden, CLASSES))
    def forward(self, x):
        return self.layers(x)

class Needy(nn.Module):
    def __init__(self, size):
        super().__init__()

net = Net()

def make(path=None):
    return Net()

def estimator():
    rows = np.random.default_rng(0).random((30, 4))
    return LogisticRegression().fit(rows, (rows[:, 0] * 3).astype(int))

def labels(x):
    return (x.flatten(1).mean(1) * 3).long()

def abstains(x):
    return [None] * len(x)

def probabilities(x):
    return net(x).softmax(1)

def logits(x):
    return net(x)

def cut(x):
    return net(x.detach())

def numpy_logits(x):
    return np.stack([x.reshape(len(x), -1)[:, i].astype("float64") for i in range(3)], 1)

def annotated(x: np.ndarray):
    return x.std(axis=(1, 2)) > 0.3

def scores(x):
    return x.flatten(1).mean(1)

def broken(x):
    raise KeyError("weights")

def fails():
    raise OSError("no weights here")

nothing = 7
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("student")
    (path / "neighbour.py").write_text("CLASSES = 3\n")
    (path / "mine.py").write_text(SOURCE)
    return path


@pytest.mark.parametrize(
    ("name", "kind", "differentiable", "more"),
    [
        ("net", TorchStudent, True, {}),
        ("Net", TorchStudent, True, {}),
        ("make", TorchStudent, True, {}),
        ("estimator", SklearnStudent, False, {}),
        ("labels", FunctionStudent, False, {"classes": 3}),
        ("abstains", FunctionStudent, False, {"classes": 3}),
        ("probabilities", FunctionStudent, True, {}),
        ("logits", FunctionStudent, True, {}),
        ("cut", FunctionStudent, False, {}),
        ("numpy_logits", FunctionStudent, False, {}),
        ("annotated", FunctionStudent, False, {"classes": 3}),
        ("scores", FunctionStudent, True, {"kind": "logits", "classes": 2}),
    ],
)
def test_from_a_python_file(
    folder: Path, name: str, kind: type, differentiable: bool, more: dict[str, object]
) -> None:
    path = list(sys.path)
    student = load_student(f"{folder / 'mine.py'}:{name}", shape=SHAPE, **more)  # type: ignore[arg-type]
    assert isinstance(student, kind)
    assert student.name == f"mine.py:{name}"
    assert student.differentiable == differentiable
    assert student.classes == more.get("classes", 3)
    assert student(torch.rand(5, *SHAPE)).shape == (5, student.classes)
    assert sys.path == path


def test_what_a_function_gives_is_found_out(folder: Path) -> None:
    def kind_of(name: str) -> str:
        student = load_student(f"{folder / 'mine.py'}:{name}", shape=SHAPE, classes=3)
        assert isinstance(student, FunctionStudent)
        return f"{student.kind}{' of arrays' if student.arrays else ''}"

    assert kind_of("labels") == "labels"
    assert kind_of("abstains") == "labels"
    assert kind_of("probabilities") == "probabilities"
    assert kind_of("logits") == "logits"
    assert kind_of("numpy_logits") == "logits of arrays"
    assert kind_of("annotated") == "labels of arrays"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent", "has no 'absent'; it has .*Net, Needy, net"),
        ("nothing", "an int is no student"),
        ("Needy", "was called without arguments .* missing 1 required"),
        ("fails", "OSError: no weights here"),
        ("broken", r"fails on a batch of shape \(4, 2, 2\).*KeyError"),
        ("labels", "say how many classes there are"),
        ("scores", "labels, probabilities or logits. Say it:.*mine.py:scores:kind=logits"),
    ],
)
def test_names_that_are_no_students(folder: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_student(f"{folder / 'mine.py'}:{name}", shape=SHAPE)


def test_a_function_needs_a_shape_to_be_tried(folder: Path) -> None:
    with pytest.raises(InputError, match="give items="):
        load_student(f"{folder / 'mine.py'}:labels", classes=3)


def test_files_that_cannot_be_run(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("import nothing_of_the_kind\n")
    with pytest.raises(InputError, match="ModuleNotFoundError"):
        load_student(f"{path}:net")
    path.write_text("def f(:\n")
    with pytest.raises(InputError, match="SyntaxError"):
        load_student(f"{path}:f")
    with pytest.raises(InputError, match="there is no file"):
        load_student(f"{tmp_path / 'absent.py'}:f")
    with pytest.raises(InputError, match=r"say which one, as .*bad\.py:name"):
        load_student(path)


class Trap:
    """Leaves a mark when unpickled."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path(self.mark),)


@pytest.mark.parametrize("suffix", [".pkl", ".pickle", ".joblib", ".pt", ".pth", ".pt2"])
def test_nothing_is_unpickled_unbidden(tmp_path: Path, suffix: str) -> None:
    mark, path = tmp_path / "mark", tmp_path / f"trap{suffix}"
    if suffix in (".pt", ".pth"):
        torch.save(Trap(str(mark)), path)
    else:
        path.write_bytes(pickle.dumps(Trap(str(mark))))
    with pytest.raises(InputError, match=r"can run code .*trust_pickle.*\.onnx"):
        load_student(path)
    assert not mark.exists()


def test_the_trap_is_one(tmp_path: Path) -> None:
    mark, path = tmp_path / "mark", tmp_path / "trap.pkl"
    path.write_bytes(pickle.dumps(Trap(str(mark))))
    with pytest.raises(InputError, match="is no student"):
        load_student(path, trust_pickle=True)
    assert mark.exists()


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 3))


@pytest.fixture(scope="module")
def estimator() -> LogisticRegression:
    rows = np.random.default_rng(0).random((30, 4))
    return LogisticRegression().fit(rows, (rows[:, 0] * 3).astype(int))


@pytest.mark.parametrize("suffix", [".pkl", ".joblib"])
def test_trusted_estimators(tmp_path: Path, suffix: str, estimator: LogisticRegression) -> None:
    path = tmp_path / f"model{suffix}"
    if suffix == ".joblib":
        joblib.dump(estimator, path)
    else:
        path.write_bytes(pickle.dumps(estimator))
    student = load_student(path, trust_pickle=True)
    assert isinstance(student, SklearnStudent)
    assert student.name == path.name
    rows = torch.rand(6, 4)
    assert student.decide(student(rows)).tolist() == estimator.predict(rows.numpy()).tolist()


def test_trusted_modules(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save(net(), path)
    student = load_student(path, trust_pickle=True, shape=SHAPE)
    inputs = torch.rand(4, *SHAPE)
    assert torch.equal(student(inputs), net()(inputs))
    assert not student.module.training  # type: ignore[attr-defined]


@pytest.mark.parametrize("trust", [False, True])
def test_weights_alone_are_no_student(tmp_path: Path, trust: bool) -> None:
    torch.save(net().state_dict(), tmp_path / "net.pth")
    with pytest.raises(InputError, match=r"holds a OrderedDict of weights, without a network"):
        load_student(tmp_path / "net.pth", trust_pickle=trust)
    save_file(net().state_dict(), tmp_path / "net.safetensors")
    with pytest.raises(InputError, match=r"safetensors\.torch\.load_file"):
        load_student(tmp_path / "net.safetensors", trust_pickle=trust)


def test_damaged_and_unknown_files(tmp_path: Path) -> None:
    for suffix in (".pkl", ".joblib", ".pt", ".pt2"):
        path = tmp_path / f"bad{suffix}"
        path.write_bytes(b"nothing of the kind")
        with pytest.raises(InputError, match="cannot be loaded"):
            load_student(path, trust_pickle=True)
    (tmp_path / "net.h5").write_bytes(b"")
    with pytest.raises(InputError, match=r"of no known form; expected file\.py:name"):
        load_student(tmp_path / "net.h5")
    with pytest.raises(InputError, match="there is no file"):
        load_student(tmp_path / "absent.onnx")


@pytest.mark.parametrize("fixed", [False, True])
def test_exported_programs(tmp_path: Path, fixed: bool) -> None:
    path, module = tmp_path / "net.pt2", net().eval()
    if fixed:
        program = torch.export.export(module, (torch.zeros(1, *SHAPE),))
    else:
        batch = {0: torch.export.Dim("batch")}
        program = torch.export.export(module, (torch.zeros(2, *SHAPE),), dynamic_shapes=(batch,))
    torch.export.save(program, path)
    student = load_student(path, trust_pickle=True)
    assert isinstance(student, TorchStudent)
    assert (student.classes, student.batch) == (3, 1 if fixed else None)
    assert not student.was_training
    inputs = torch.rand(5, *SHAPE, requires_grad=True)
    assert torch.allclose(student(inputs), module(inputs), atol=1e-6)
    assert student(inputs[:1]).shape == (1, 3)
    (slope,) = torch.autograd.grad(student(inputs)[:, 0].sum(), inputs)
    assert (slope != 0).all()


@pytest.mark.parametrize(("node", "kind"), [("Neg", "logits"), ("Softmax", "probabilities")])
def test_onnx_files(tmp_path: Path, node: str, kind: str) -> None:
    graph = helper.make_graph(
        [helper.make_node(node, ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "m"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    save(model, tmp_path / "m.onnx")
    student = load_student(tmp_path / "m.onnx", shape=(3,))
    assert isinstance(student, OnnxStudent)
    assert (student.kind, student.classes, student.name) == (kind, 3, "m.onnx")
    inputs = torch.rand(4, 3)
    expected = inputs.softmax(1) if node == "Softmax" else (-inputs).softmax(1)
    assert torch.allclose(student(inputs).softmax(1), expected, atol=1e-6)


def test_as_student_passes_students_through() -> None:
    student = FunctionStudent(len, classes=2)
    assert as_student(student) is student


def test_as_student_wraps(estimator: LogisticRegression) -> None:
    assert isinstance(as_student(net(), shape=SHAPE), TorchStudent)
    assert as_student(net(), classes=3).classes == 3
    assert isinstance(as_student(estimator), SklearnStudent)
    assert as_student(lambda x: x.flatten(1), shape=SHAPE).classes == 4
    with pytest.raises(InputError, match="is a class; expected an instance"):
        as_student(nn.Linear)
    with pytest.raises(InputError, match="a str is no student"):
        as_student("net.onnx")


def test_a_module_that_ends_in_softmax_is_read_as_such() -> None:
    module = nn.Sequential(net(), nn.Softmax(1))
    student = as_student(module, shape=SHAPE)
    assert isinstance(student, TorchStudent)
    assert student.kind == "probabilities"
    assert not module.training
    assert not student.was_training, "nothing in it hangs on the mode"
    inputs = torch.rand(4, *SHAPE)
    assert torch.allclose(student(inputs).softmax(1), net()(inputs).softmax(1), atol=1e-6)


def test_a_sigmoid_is_not_taken_for_a_logit() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 1), nn.Sigmoid())
    with pytest.raises(InputError, match="a logit, or the probability of class 1"):
        as_student(module, shape=SHAPE)
    student = as_student(module, shape=SHAPE, kind="probabilities")
    assert torch.allclose(
        student(torch.ones(1, *SHAPE)).softmax(1)[:, 1], module(torch.ones(1, *SHAPE))[:, 0]
    )


class Rounds(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x.flatten(1).detach())


def test_a_module_without_gradients_says_so() -> None:
    assert not as_student(Rounds(), shape=SHAPE).differentiable


def test_a_module_of_labels() -> None:
    class Labels(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.full((len(x),), -1)

    student = as_student(Labels(), shape=SHAPE, classes=3, kind="labels")
    assert student.decide(student(torch.zeros(2, *SHAPE))).tolist() == [ABSTAINED] * 2


@pytest.mark.parametrize(
    ("outputs", "kind"),
    [
        (torch.tensor([0, 1]), "labels"),
        ([0, None], "labels"),
        (np.array([True, False]), "labels"),
        (torch.tensor([[0.5, 0.5], [1.0, 0.0]]), "probabilities"),
        (np.array([[0.5, 0.6], [1.0, 0.0]]), "logits"),
        ([[1.5, -0.5], [1.0, 0.0]], "logits"),
    ],
    ids=str,
)
def test_guesses(outputs: object, kind: str) -> None:
    assert guess_kind(outputs, 2, "s") == kind


@pytest.mark.parametrize(
    "outputs",
    [
        torch.tensor([0.0, 1.0]),
        torch.tensor([[0.0], [1.0]]),
        torch.tensor([[0, 1], [1, 0]]),
        torch.zeros(3, 2),
        torch.tensor([0, 1, 2]),
        None,
    ],
    ids=str,
)
def test_what_is_not_guessed(outputs: object) -> None:
    with pytest.raises(InputError):
        guess_kind(outputs, 2, "s")
