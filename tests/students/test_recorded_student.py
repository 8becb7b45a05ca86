"""Predictions in a table as a student."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.core import ABSTAINED, ArraySource, Domain, IdSource, InputError, id_inputs
from preceptor.core.identity import identify_student
from preceptor.students import RecordedStudent, load_student, read_predictions

NAMES = ["cat", "dog", "owl"]


def written(folder: Path, text: str) -> Path:
    path = folder / "net.csv"
    path.write_text(text)
    return path


def said(folder: Path, text: str, ids: list[str], classes: int | list[str] = NAMES) -> list[int]:
    read = read_predictions(written(folder, text), classes)
    student = RecordedStudent(read, IdSource(ids))
    return student.decide(student(id_inputs(ids))).tolist()


def test_labels_and_abstentions(tmp_path: Path) -> None:
    text = "item,label\na,owl\nb,cat\nc,\nd,na\ne,-1\n"
    assert said(tmp_path, text, ["b", "a", "c", "d", "e"]) == [0, 2, *[ABSTAINED] * 3]


def test_probabilities_in_any_order_of_columns(tmp_path: Path) -> None:
    text = "item,owl,cat,dog,source\na,.7,.2,.1,web\nb,.1,.2,.7,lab\nc,na,na,na,lab\n"
    assert said(tmp_path, text, ["a", "b", "c"]) == [2, 1, ABSTAINED]
    read = read_predictions(tmp_path / "net.csv", NAMES)
    assert read.columns == {"source": {"a": "web", "b": "lab", "c": "lab"}}
    assert read.name == "net"
    assert torch.allclose(read.logits[0].softmax(0), torch.tensor([0.2, 0.1, 0.7]))


def test_numbered_classes(tmp_path: Path) -> None:
    assert said(tmp_path, "item,0,1\na,0.25,0.75\n", ["a"], 2) == [1]
    assert said(tmp_path, "item,label\na,1.0\n", ["a"], 2) == [1]


def test_a_label_beside_probabilities_must_agree(tmp_path: Path) -> None:
    assert said(tmp_path, "item,label,cat,dog,owl\na,dog,.4,.4,.2\n", ["a"]) == [1], "of equals"
    with pytest.raises(InputError, match="the most probable class is 'cat'"):
        said(tmp_path, "item,label,cat,dog,owl\na,dog,.5,.3,.2\n", ["a"])


def test_an_abstention_beside_probabilities_is_one_whatever_is_most_probable(
    tmp_path: Path,
) -> None:
    text = "item,label,cat,dog,owl\na,-1,.5,.3,.2\nb,-1,.1,.7,.2\nc,,.1,.2,.7\nd,-1,,,\n"
    assert said(tmp_path, text, ["a", "b", "c", "d"]) == [ABSTAINED] * 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item,label\na,cat\na,cat\n", "line 3: item 'a' stands twice"),
        ("item,label\n,cat\n", "line 2: item '' is empty"),
        ("item,label\na,fox\n", "label 'fox'; expected one of cat, dog, owl"),
        ("item,cat,dog\na,.5,.5\n", "none of probabilities for 'owl'; it has 'cat', 'dog'"),
        ("item,cat,dog,owl\na,.5,.1,.1\n", "add up to 0.7; expected 1"),
        ("item,cat,dog,owl\na,5,-3,-1\n", "probability '5'"),
        ("item,cat,dog,owl\na,.5,nan,.5\n", "probability 'nan'"),
        ("item,label\n", "no prediction in it"),
        ("item,label,label\na,cat,dog\n", "twice"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_predictions(written(tmp_path, text), NAMES)


def test_an_item_without_a_prediction_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no prediction of 1 of the 2 items, such as 'z'"):
        said(tmp_path, "item,label\na,cat\n", ["a", "z"])


def test_it_knows_nothing_of_moved_inputs(tmp_path: Path) -> None:
    read = read_predictions(written(tmp_path, "item,label\na,cat\n"), NAMES)
    student = RecordedStudent(read, IdSource(["a"]))
    with pytest.raises(InputError, match="knows nothing of moved inputs"):
        student(id_inputs(["a"]) + 1)


def test_real_inputs_are_looked_up_by_content(tmp_path: Path) -> None:
    inputs = np.array([[0.1], [0.2], [0.1]], np.float32)
    source = ArraySource(inputs, Domain((1,)), ("a", "b", "c"))
    read = read_predictions(written(tmp_path, "item,label\na,cat\nb,dog\nc,cat\n"), NAMES)
    student = RecordedStudent(read, source)
    assert student.decide(student(torch.tensor([[0.2], [0.1]]))).tolist() == [1, 0]
    other = read_predictions(written(tmp_path, "item,label\na,cat\nb,dog\nc,owl\n"), NAMES)
    with pytest.raises(InputError, match="'a' and 'c' are the same input"):
        RecordedStudent(other, source)


def test_another_table_is_another_student(tmp_path: Path) -> None:
    source = IdSource(["a", "b"])

    def digest(text: str) -> str:
        found = identify_student(
            RecordedStudent(read_predictions(written(tmp_path, text), 2), source)
        )
        assert not found.unknown
        return found.digest

    one = digest("item,label\na,1\nb,0\n")
    assert one == digest("item,label\nb,0\na,1\n"), "in another order"
    assert len({one, digest("item,label\na,1\nb,1\n"), digest("item,label\na,1\nb,na\n")}) == 3


def test_only_an_audit_takes_a_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only `preceptor audit` takes it"):
        load_student(written(tmp_path, "item,label\na,cat\n"))
