"""Tables of others: what an empty cell means, what is refused, and what ids are called."""

from pathlib import Path

import numpy as np
import pytest

from preceptor.core import UNCERTAIN, InputError
from preceptor.core.csv_tables import read_csv, read_ids, read_label

FORM = "item,label"


@pytest.mark.parametrize("cell", ["", "na", "NA", "N/A", "nan", "NaN", "None", "null"])
def test_one_meaning_of_saying_nothing(cell: str) -> None:
    assert read_label(cell, 3, "here") is None
    assert read_label(cell, ["cat", "dog"], "here") is None


@pytest.mark.parametrize("cell", ["-1", "-1.0", "can't tell", "Uncertain"])
def test_could_not_tell_is_an_answer(cell: str) -> None:
    assert read_label(cell, 3, "here") == UNCERTAIN


def test_a_class_of_that_name_comes_first() -> None:
    classes = ["cat", "none", "uncertain"]
    assert [read_label(word, classes, "here") for word in ("none", "uncertain")] == [1, 2]


@pytest.mark.parametrize(("cell", "label"), [("2", 2), ("2.0", 2), ("0", 0)])
def test_whole_numbers_in_either_form(cell: str, label: int) -> None:
    assert read_label(cell, 3, "here") == label


@pytest.mark.parametrize("cell", ["3", "2.5", "-2", "cat", "1e0"])
def test_anything_else_is_no_label(cell: str) -> None:
    with pytest.raises(InputError, match=r"here: label .* expected 0 \.\. 2"):
        read_label(cell, 3, "here")


def test_blank_lines_are_passed_over_and_marks_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffitem, label \r\na, 1\r\n,\r\n\r\nb,2\r\n".encode())
    header, lines = read_csv(path, ["item", "label"], FORM)
    assert header == ("item", "label")
    assert [(line.cells["item"], line.cells["label"]) for line in lines] == [("a", "1"), ("b", "2")]
    assert lines[1].where.endswith("line 5")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"item,label,label\na,1,0\n", "column name.* stand twice, such as 'label'"),
        (b"item,x, x\na,1,0\n", "such as 'x'"),
        (b"item;label\na;1\n", "separated by ';'; write commas"),
        (b"item\tlabel\na\t1\n", "separated by"),
        (b"item\na\n", "lacks label; expected item,label"),
        (b"", "lacks item, label"),
        (b"item,label\na\n", "line 2: expected 2 fields"),
        ("item,label\né,1\n".encode("latin-1"), "not in UTF-8"),
        ("item,label\na,1\n".encode("utf-16"), "not in UTF-8"),
        (b'item,label\na,"1\n', "no CSV"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_csv(path, ["item", "label"], FORM)
    assert str(path) in str(caught.value)


def test_ids_are_text_however_they_were_kept() -> None:
    assert read_ids(np.array([b"i0", "é".encode()])) == ("i0", "é")
    assert read_ids(np.array([0.0, 12.0])) == ("0", "12")
    assert read_ids(np.array([0.5, 1.0])) == ("0.5", "1.0")
    assert read_ids(np.array(["a", "1"])) == ("a", "1")
    with pytest.raises(InputError, match="UTF-8"):
        read_ids(np.array([b"\xff"]))
