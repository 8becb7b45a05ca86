"""ONNX files of every form: each is read rightly, or refused with what to write instead."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper, save
from sklearn.datasets import make_blobs
from sklearn.svm import SVC

from preceptor.core import InputError
from preceptor.students import OnnxStudent, load_student

FLOAT, DOUBLE, INT64, UINT8 = (
    TensorProto.FLOAT,
    TensorProto.DOUBLE,
    TensorProto.INT64,
    TensorProto.UINT8,
)
WEIGHTS = np.array([[-8.0, 8.0], [0.0, 0.0]], np.float32)
"""Class 1 from 0.5 on in the first feature."""

ITEMS = torch.rand(40, 2, generator=torch.Generator().manual_seed(0))
TRUTH = (ITEMS[:, 0] > 0.5).long()


def value(name: str, dtype: int, shape: Sequence[object]):
    return helper.make_tensor_value_info(name, dtype, list(shape))


def write(
    path: Path, nodes, outputs, entry=("x", FLOAT, ["n", 2]), weights=WEIGHTS, more=()
) -> Path:
    bias = np.array([4.0, -4.0], weights.dtype)
    constants = [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b"), *more]
    graph = helper.make_graph(nodes, "g", [value(*entry)], [value(*o) for o in outputs], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def node(kind: str, inputs: str, output: str, **more: object):
    return helper.make_node(kind, inputs.split(), [output], **more)


GEMM = node("Gemm", "x w b", "y")
LABEL = node("ArgMax", "y", "label", axis=1, keepdims=0)
SCORES = ("y", FLOAT, ["n", 2])


def says(student: OnnxStudent, items: torch.Tensor = ITEMS) -> list[int]:
    return student.decide(student(items)).tolist()


@pytest.mark.parametrize("batch", [1, 7, -1, "n", None])
def test_any_stated_batch(tmp_path: Path, batch: object) -> None:
    file = write(tmp_path / "m.onnx", [GEMM], [("y", FLOAT, [batch, 2])], ("x", FLOAT, [batch, 2]))
    assert says(OnnxStudent(file, classes=2, items=ITEMS)) == TRUTH.tolist()


def test_a_batch_of_zero_says_what_to_do(tmp_path: Path) -> None:
    file = write(tmp_path / "m.onnx", [GEMM], [("y", FLOAT, [0, 2])], ("x", FLOAT, [0, 2]))
    with pytest.raises(InputError, match=r"m\.onnx states an input of shape .*Export it again"):
        OnnxStudent(file, classes=2, items=ITEMS)


def test_doubles(tmp_path: Path) -> None:
    file = write(
        tmp_path / "m.onnx",
        [GEMM],
        [("y", DOUBLE, ["n", 2])],
        ("x", DOUBLE, ["n", 2]),
        WEIGHTS.astype(np.float64),
    )
    assert says(OnnxStudent(file, items=ITEMS)) == TRUTH.tolist()


def pixels(tmp_path: Path) -> Path:
    nodes = [node("Cast", "x", "f", to=FLOAT), node("Gemm", "f w b", "y")]
    bias = WEIGHTS / 255
    return write(tmp_path / "u8.onnx", nodes, [SCORES], ("x", UINT8, ["n", 2]), bias)


def test_pixels_of_uint8_are_rounded_and_said_so(tmp_path: Path) -> None:
    whole = (ITEMS * 255).round()
    student = OnnxStudent(pixels(tmp_path), classes=2, items=whole)
    assert says(student, whole) == TRUTH.tolist()
    assert torch.equal(student(whole + 0.4), student(whole))
    assert [one.code for one in student.remarks] == ["rounded-inputs"]
    with pytest.raises(InputError, match=r"uint8, 0 to 255; it was given values from -"):
        student(whole - 300)


def test_numbers_that_uint8_cannot_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"takes whole numbers \(uint8\); the data hold others"):
        OnnxStudent(pixels(tmp_path), classes=2, items=ITEMS)


def test_an_embedding_as_wide_as_the_scores_has_to_be_told_apart(tmp_path: Path) -> None:
    embedding = node("Identity", "x", "embedding")
    file = write(tmp_path / "m.onnx", [embedding, GEMM], [("embedding", FLOAT, ["n", 2]), SCORES])
    with pytest.raises(InputError, match=r"m\.onnx:output=embedding or m\.onnx:output=y"):
        OnnxStudent(file, classes=2, items=ITEMS)
    with pytest.raises(InputError, match="output="):  # not tried: all the less
        OnnxStudent(file, classes=2)
    chosen = load_student(f"{file}:output=y", classes=2, items=ITEMS)
    assert says(chosen) == TRUTH.tolist()


def test_an_embedding_of_another_width_is_passed_over_and_named(tmp_path: Path) -> None:
    wide = node("Concat", "x x", "embedding", axis=1)
    file = write(tmp_path / "m.onnx", [wide, GEMM], [("embedding", FLOAT, ["n", 4]), SCORES])
    student = OnnxStudent(file, classes=2, items=ITEMS)
    assert says(student) == TRUTH.tolist()
    assert "'y' is read (embedding not)" in student.remarks[0].message


def test_scores_and_their_softmax_agree_so_the_first_is_read(tmp_path: Path) -> None:
    soft = node("Softmax", "y", "p", axis=1)
    file = write(tmp_path / "m.onnx", [GEMM, soft], [("p", FLOAT, ["n", 2]), SCORES])
    student = OnnxStudent(file, classes=2, items=ITEMS)
    assert (student.kind, says(student)) == ("probabilities", TRUTH.tolist())


@pytest.mark.parametrize("name", ["label", "l"])
def test_labels_alone_are_enough(tmp_path: Path, name: str) -> None:
    last = node("ArgMax", "y", name, axis=1, keepdims=0)
    student = OnnxStudent(
        write(tmp_path / "m.onnx", [GEMM, last], [(name, INT64, ["n"])]), classes=2, items=ITEMS
    )
    assert (student.kind, says(student)) == ("labels", TRUTH.tolist())


def test_labels_decide_where_the_scores_are_turned_round(tmp_path: Path) -> None:
    turned = node("Neg", "y", "scores")
    file = write(
        tmp_path / "m.onnx",
        [GEMM, LABEL, turned],
        [("label", INT64, ["n"]), ("scores", FLOAT, ["n", 2])],
    )
    student = OnnxStudent(file, classes=2, items=ITEMS)
    assert says(student) == TRUTH.tolist()
    plain = OnnxStudent(write(tmp_path / "p.onnx", [GEMM], [SCORES]), items=ITEMS)
    assert torch.allclose(student(ITEMS), plain(ITEMS))
    assert "the least being best" in student.remarks[0].message


def test_a_threshold_inside_the_file_decides(tmp_path: Path) -> None:
    """Labels at 0.45 of the first feature, scores at 0.5: they differ at a few inputs."""
    first = node("Gather", "x zero", "first", axis=1)
    nodes = [GEMM, first, node("Greater", "first limit", "g"), node("Cast", "g", "label", to=INT64)]
    more = [
        numpy_helper.from_array(np.array(0), "zero"),
        numpy_helper.from_array(np.array(0.45, np.float32), "limit"),
    ]
    file = write(tmp_path / "m.onnx", nodes, [("label", INT64, ["n"]), SCORES], more=more)
    student = OnnxStudent(file, classes=2, items=ITEMS)
    wanted = (ITEMS[:, 0] > 0.45).long()
    assert not torch.equal(wanted, TRUTH)
    assert says(student) == wanted.tolist()
    assert [one.code for one in student.remarks] == ["labels-decide"]
    alone = OnnxStudent(file, classes=2, items=ITEMS, output="y")
    assert says(alone) == TRUTH.tolist()


def unrelated(tmp_path: Path, name: str) -> Path:
    """Labels by the second feature, scores by the first."""
    nodes = [GEMM, node("ArgMax", "x", name, axis=1, keepdims=0)]
    return write(tmp_path / "m.onnx", nodes, [SCORES, (name, INT64, ["n"])])


def test_labels_that_no_reading_of_the_scores_gives(tmp_path: Path) -> None:
    student = OnnxStudent(unrelated(tmp_path, "output_label"), classes=2, items=ITEMS)
    assert says(student) == ITEMS.argmax(1).tolist()
    assert [one.level for one in student.remarks] == ["warning"]
    with pytest.raises(InputError, match=r"m\.onnx:output=index or m\.onnx:output=y"):
        OnnxStudent(unrelated(tmp_path, "index"), classes=2, items=ITEMS)


def test_votes_of_pairs_are_read_as_scikit_learn_reads_them(tmp_path: Path) -> None:
    """A one-versus-one SVC of three classes: three scores that are no scores of classes."""
    rows, classes = make_blobs(120, centers=3, random_state=1, cluster_std=4.0)
    machine = SVC(kernel="linear", decision_function_shape="ovo").fit(rows, classes)
    weights, bias = machine.coef_.T.astype(np.float32), machine.intercept_.astype(np.float32)
    pairs = [node("MatMul", "x v", "s"), node("Add", "s c", "scores")]
    # labels by votes, computed in the file as well: of pair (i, j) a positive score is one for i
    votes = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]], np.float32)
    against = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 1]], np.float32)
    more = [
        numpy_helper.from_array(array, name)
        for name, array in (
            ("v", weights),
            ("c", bias),
            ("for", votes.T.copy()),
            ("anti", against.T.copy()),
            ("zero", np.array(0, np.float32)),
        )
    ]
    count = [
        *pairs,
        node("Greater", "scores zero", "g"),
        node("Cast", "g", "gf", to=FLOAT),
        node("Not", "g", "ng"),
        node("Cast", "ng", "ngf", to=FLOAT),
        node("MatMul", "gf for", "vf"),
        node("MatMul", "ngf anti", "va"),
        node("Add", "vf va", "total"),
        node("ArgMax", "total", "label", axis=1, keepdims=0),
    ]
    outputs = [("label", INT64, ["n"]), ("scores", FLOAT, ["n", 3])]
    items = torch.tensor(rows).float()
    student = OnnxStudent(
        write(tmp_path / "m.onnx", count, outputs, more=more), classes=3, items=items
    )
    assert (np.array(says(student, items)) == machine.predict(rows)).mean() > 0.98
    assert "votes of pairs" in student.remarks[0].message
    wide = SVC(kernel="linear", decision_function_shape="ovr").fit(rows, classes)
    assert np.allclose(student(items).numpy(), wide.decision_function(rows), atol=0.02)


@pytest.mark.parametrize(("said", "labels"), [("1/2", TRUTH), ("2/1", 1 - TRUTH)])
def test_labels_from_one_on(tmp_path: Path, said: str, labels: torch.Tensor) -> None:
    nodes = [GEMM, node("ArgMax", "y", "l", axis=1, keepdims=0), node("Add", "l one", "label")]
    more = [numpy_helper.from_array(np.array(1), "one")]
    file = write(tmp_path / "m.onnx", nodes, [("label", INT64, ["n"]), SCORES], more=more)
    with pytest.raises(InputError, match=r"m\.onnx:labels=1/2"):
        OnnxStudent(file, classes=2, items=ITEMS)
    student = load_student(f"{file}:labels={said}", classes=2, items=ITEMS)
    assert says(student) == labels.tolist()
    assert [one.code for one in student.remarks] == []  # the scores follow the labels


def test_words_for_labels(tmp_path: Path) -> None:
    words = np.array(["cat", "dog"], dtype=object)
    nodes = [GEMM, LABEL, node("Gather", "words label", "word", axis=0)]
    more = [helper.make_tensor("words", TensorProto.STRING, [2], [w.encode() for w in words])]
    outputs = [("word", TensorProto.STRING, ["n"]), SCORES]
    file = write(tmp_path / "m.onnx", nodes, outputs, more=more)
    for names, labels in ((("cat", "dog"), TRUTH), (("dog", "cat"), 1 - TRUTH)):
        student = OnnxStudent(file, classes=2, items=ITEMS, names=names)
        assert says(student) == labels.tolist()
        assert student.reading.scores is not None
    with pytest.raises(InputError, match="labels=cat/dog"):
        OnnxStudent(file, classes=2, items=ITEMS)


def test_two_outputs_of_labels_have_to_be_told_apart(tmp_path: Path) -> None:
    nodes = [GEMM, LABEL, node("ArgMin", "y", "worst", axis=1, keepdims=0)]
    file = write(tmp_path / "m.onnx", nodes, [("label", INT64, ["n"]), ("worst", INT64, ["n"])])
    with pytest.raises(InputError, match=r"output=label or m\.onnx:output=worst"):
        OnnxStudent(file, classes=2, items=ITEMS)
    assert says(OnnxStudent(file, classes=2, items=ITEMS, output="label")) == TRUTH.tolist()
