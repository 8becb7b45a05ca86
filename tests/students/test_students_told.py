"""What cannot be found out of a student is said behind its file; what can, is found on the data."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from preceptor.core import InputError, Student
from preceptor.students import FunctionStudent, SklearnStudent, as_student, load_student
from preceptor.students.reading_options import ReadingOptions, split
from preceptor.students.vocabulary import vocabulary

PIXELS = torch.randint(0, 256, (30, 3), generator=torch.Generator().manual_seed(0)).float()
UNIT = torch.rand(30, 2, generator=torch.Generator().manual_seed(1))


def says(student: Student, items: Tensor) -> list[int]:
    return student.decide(student(items)).tolist()


@pytest.mark.parametrize(
    ("spec", "file", "options"),
    [
        ("m.py:net", "m.py:net", ReadingOptions()),
        ("m.py:net:kind=logits", "m.py:net", ReadingOptions(kind="logits")),
        ("m.onnx:output=Identity:0", "m.onnx", ReadingOptions(output="Identity:0")),
        ("m.onnx:output=a,b,kind=logits", "m.onnx", ReadingOptions(kind="logits", output="a,b")),
        ("a=1/m.py:net:labels=-1/1", "a=1/m.py:net", ReadingOptions(labels=("-1", "1"))),
        ("C:/m.onnx:batch=1", "C:/m.onnx", ReadingOptions(batch=1)),
        ("m.py:kind", "m.py:kind", ReadingOptions()),
    ],
)
def test_options_stand_behind_the_file(spec: str, file: str, options: ReadingOptions) -> None:
    assert split(spec) == (file, options)


def test_a_file_of_that_very_name_is_a_file(tmp_path: Path) -> None:
    odd = tmp_path / "m.onnx:kind=logits"
    odd.write_bytes(b"")
    assert split(str(odd)) == (str(odd), ReadingOptions())


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("m.py:f:kind=scores", "kind must be one of labels, probabilities, logits; got 'scores'"),
        ("m.py:f:kind=", "kind= has no value"),
        ("m.py:f:kind=logits,kind=labels", "kind= stands twice"),
        ("m.py:f:batch=0", "batch must be a whole number from 1; got 0"),
        ("m.py:f:batch=1.5", "batch must be a whole number; got '1.5'"),
        ("m.py:f:labels=cat/cat", "each of the student's own classes once"),
        ("m.py:f:output=y", r"an output of an \.onnx file"),
        ("m.npz:out=y", r"behind it may stand :kind=logits .*:output=NAME"),
    ],
)
def test_options_that_are_none(tmp_path: Path, spec: str, words: str) -> None:
    (tmp_path / "m.py").write_text("def f(x):\n    return x\n")
    with pytest.raises(InputError, match=words):
        load_student(f"{tmp_path}/{spec}", items=UNIT)


class Low(nn.Module):
    """One logit, which lies in [0, 1] while the pixels do."""

    def forward(self, x: Tensor) -> Tensor:
        return 0.3 + x[:, :1] / 255 * 4 - 2 * (x[:, 1:2] > 100).float()


def strict(x: Tensor) -> Tensor:
    if float(x.max()) <= 1:
        raise ValueError("pixels from 0 to 255 expected")
    return torch.stack([128 - x[:, 0], x[:, 0] - 128], 1)


class Coded(nn.Module):
    """A column of codes 0 to 255, each with scores of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scores = nn.Embedding(256, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.scores(x[:, 0].long())


def halves(x: Tensor) -> Tensor:
    """Logits that look like probabilities where all values lie in [0, 1]."""
    return torch.stack([x[:, 0].clamp(0, 1), 1 - x[:, 0].clamp(0, 1)], 1) + (x[:, :1] > 1) * 3


@pytest.mark.parametrize(
    "thing", [Low(), strict, Coded(), halves], ids=["low", "strict", "coded", "halves"]
)
def test_students_are_tried_on_the_data(thing: object) -> None:
    student = as_student(thing, classes=2, items=PIXELS)
    assert student.kind == "logits"
    assert len(says(student, PIXELS)) == 30


def test_without_data_they_are_tried_on_made_up_inputs() -> None:
    with pytest.raises(InputError, match="pixels from 0 to 255 expected"):
        as_student(strict, classes=2, shape=(3,))


def test_one_item_is_enough_to_try() -> None:
    assert as_student(strict, classes=2, items=PIXELS[:1]).kind == "logits"


def test_what_stays_open_is_said_with_an_option_that_works(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def f(x):\n    return x[:, :1]\n")
    with pytest.raises(InputError, match=r"m\.py:f:kind=logits"):
        load_student(f"{tmp_path}/m.py:f", classes=2, items=UNIT)
    student = load_student(f"{tmp_path}/m.py:f:kind=probabilities", classes=2, items=UNIT)
    assert says(student, UNIT) == (UNIT[:, 0] > 0.5).long().tolist()


def words(x: Tensor) -> np.ndarray:
    return np.where(x[:, 0].numpy() > 0.5, "dog", "cat")


TRUTH = (UNIT[:, 0] > 0.5).long()


def test_words_become_labels_by_the_names() -> None:
    assert (
        says(as_student(words, classes=2, items=UNIT, names=("cat", "dog")), UNIT) == TRUTH.tolist()
    )
    turned = as_student(words, classes=2, items=UNIT, names=("dog", "cat"))
    assert says(turned, UNIT) == (1 - TRUTH).tolist()
    some = FunctionStudent(
        lambda x: ["cat", None, "dog"], classes=2, vocabulary=vocabulary(None, ("cat", "dog"))
    )
    assert says(some, UNIT[:3]) == [0, -2, 1]
    with pytest.raises(InputError, match="words:labels=cat/dog"):
        says(as_student(words, classes=2, items=UNIT), UNIT)


def fitted(y: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=1e6).fit(UNIT.double().numpy(), y)


@pytest.mark.parametrize(
    ("own", "options"),
    [
        (np.array(["cat", "dog"]), {"names": ("cat", "dog")}),
        (np.array(["cat", "dog"]), {"labels": ("cat", "dog")}),
        (np.array([0.0, 1.0]), {}),
        (np.array([False, True]), {}),
        (np.array([1, 2]), {"labels": ("1", "2")}),
        (np.array([1, 2]), {"names": ("1", "2")}),
        (np.array([-1, 1]), {"labels": ("-1", "1")}),
        (np.array([-1.0, 1.0]), {"labels": (-1, 1)}),
        (np.array(["0", "1"]), {"labels": ("0", "1")}),
    ],
)
def test_classes_of_every_kind(own: np.ndarray, options: dict) -> None:
    student = SklearnStudent(fitted(own[TRUTH.numpy()]), classes=2, **options)
    assert says(student, UNIT) == TRUTH.tolist()


@pytest.mark.parametrize(
    ("own", "names", "hint"),
    [
        (["cat", "dog"], (), "labels=cat/dog"),
        (["cat", "dog"], ("katze", "dog"), "labels=cat/dog"),
        ([1, 2], (), "labels=1/2"),
        ([-1, 1], ("no", "yes"), "labels=-1/1"),
        ([0, 1], ("1", "0"), "the label of that name"),
    ],
)
def test_classes_that_could_mean_anything_are_refused(own: list, names: tuple, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        SklearnStudent(fitted(np.array(own)[TRUTH.numpy()]), classes=2, names=names)


def by_name() -> object:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(UNIT.double().numpy(), columns=["a", "b"])
    parts = ColumnTransformer([("a", StandardScaler(), ["a"]), ("b", "drop", ["b"])])
    return make_pipeline(parts, LogisticRegression(C=1e6)).fit(table, TRUTH.numpy())


def test_a_pipeline_fitted_on_named_columns_gets_them_by_name() -> None:
    student = SklearnStudent(by_name(), columns=("b", "c", "a"))
    seen = torch.stack([UNIT[:, 1], torch.zeros(30), UNIT[:, 0]], 1)
    assert says(student, seen) == TRUTH.tolist()
    assert student.remarks == ()


def test_columns_without_names_are_taken_in_order_and_said_so() -> None:
    student = SklearnStudent(by_name())
    assert says(student, UNIT) == TRUTH.tolist()
    assert [one.code for one in student.remarks] == ["unnamed-columns"]
    with pytest.raises(InputError, match="fitted on the columns a, b"):
        student(torch.zeros(2, 3))


def test_columns_of_other_names_are_refused() -> None:
    with pytest.raises(InputError, match="fitted on the columns a, b; the data have a, c"):
        SklearnStudent(by_name(), columns=("a", "c"))
