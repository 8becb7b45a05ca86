"""The JUnit file: what fails in it, what is not known, and that any parser reads it."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

import preceptor as pr
from preceptor.audit import Record, junit
from preceptor.core import InputError
from preceptor.teachers import Rule

X = np.random.default_rng(0).random((80, 2)).astype(np.float32)


def says(points: torch.Tensor) -> torch.Tensor:
    return (points[:, 0] > 0.5).long()


def blind(points: torch.Tensor) -> torch.Tensor:
    return (points[:, 1] > 0.5).long()


def audit(student: object, **more: object) -> Record:
    teacher = Rule(says, name="side <1> \x01 & more", classes=2)
    return pr.audit(student, X, teacher, "noise:size=0.001,tries=1", ledger=":memory:", **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def good() -> Record:
    return audit(says)


def cases(text: str) -> dict[str, str]:
    """By name, how each test case ended."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    found = root.findall("testsuite/testcase")
    ends = {str(case.get("name")): next((part.tag for part in case), "passed") for case in found}
    assert int(root.get("tests", 0)) == len(found)
    for key, tag in (("failures", "failure"), ("errors", "error")):
        assert int(root.get(key, -1)) == list(ends.values()).count(tag)
    return ends


def test_a_threshold_that_holds_passes(good: Record) -> None:
    assert cases(junit([good], 0.9)) == {"at least 90 %": "passed", "findings": "passed"}
    suite = ElementTree.fromstring(junit([good], 0.9))[0]
    said = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert said["digest"] == good.digest
    assert said["rate: no attack"] == "100\u00a0% [95.5-100.0] of 80 certain, 0.0 % void"
    assert said["teacher"].startswith("side <1> \ufffd & more ")


def test_a_threshold_that_does_not_hold_is_a_failure_with_its_sentence() -> None:
    text = junit([audit(blind)], 0.9)
    found = cases(text)
    assert found["at least 90 %"] == "failure"
    assert found["finding student-near-chance"] == "failure"
    failure = next(ElementTree.fromstring(text).iter("failure"))
    assert str(failure.get("message")).startswith("Surely less than 90 %")


def test_missing_answers_are_an_error() -> None:
    waiting = audit(says, budget=20)
    assert cases(junit([waiting], 0.9))["at least 90 %"] == "error"
    assert cases(junit([waiting]))["answers"] == "error"


def test_a_stopping_rule_is_a_test_case() -> None:
    assert cases(junit([audit(says, until=">=0.8 of items")]))["until"] == "passed"


def test_each_student_has_a_suite(good: Record) -> None:
    root = ElementTree.fromstring(junit([good, good]))
    assert [suite.get("name") for suite in root] == ["preceptor.says"] * 2


def test_a_threshold_is_a_share(good: Record) -> None:
    with pytest.raises(InputError, match="a share between 0 and 1"):
        junit([good], 90)


def test_a_file_of_an_earlier_run_goes_first(tmp_path: Path) -> None:
    from preceptor.cli.thresholds import clear, write

    file = tmp_path / "new/audit.xml"
    write(file, [], None)
    assert file.exists()
    clear(file)
    assert not file.exists()
    (tmp_path / "model.py").write_text("net = 1")
    with pytest.raises(InputError, match=r"ends in \.xml"):
        clear(tmp_path / "model.py")
    assert (tmp_path / "model.py").exists()
