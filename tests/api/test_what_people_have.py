"""Whatever somebody holds at hand is taken as data, as a student and as a teacher."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset

import preceptor as pr
from preceptor.api.data import as_data
from preceptor.api.given_student import as_given
from preceptor.api.given_teacher import as_teacher
from preceptor.api.progress_bars import bars
from preceptor.core import Answers, InputError
from preceptor.teachers import Model, Rule

X = np.random.default_rng(0).uniform(size=(12, 3)).astype("float32")
Y = (X.sum(1) > 1.5).astype(np.int64)
FRAME = pd.DataFrame(X, columns=["age", "income", "debt"])


def law(points: Tensor) -> Tensor:
    return (points.sum(1) > 1.5).long()


def student(points: Tensor) -> Tensor:
    return (points[:, 0] > 0.5).long()


class Pairs(Dataset[Any]):
    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        return torch.tensor(X[row]), int(Y[row])


FORMS: dict[str, object] = {
    "array": X,
    "tensor": torch.tensor(X),
    "a tensor with gradients": torch.tensor(X, requires_grad=True),
    "list": X.tolist(),
    "frame": FRAME,
    "dataset": Pairs(),
    "tensor dataset": TensorDataset(torch.tensor(X), torch.tensor(Y)),
    "loader": DataLoader(Pairs(), batch_size=5),
    "a loader of a tensor dataset": DataLoader(TensorDataset(torch.tensor(X)), batch_size=5),
    "mapping": {"inputs": X, "labels": Y},
    "source": pr.ArraySource(X, pr.Domain((3,))),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_inputs_in_every_form(form: str) -> None:
    found = as_data(FORMS[form])
    assert torch.equal(found.source.read(0, len(X)), torch.tensor(X))
    assert found.source.domain.shape == (3,)
    if "dataset" in form or form == "mapping" or form == "loader":
        assert (found.labels is None) == (form == "a loader of a tensor dataset")


@pytest.mark.parametrize("form", ["array", "frame", "dataset", "mapping", "source"])
def test_a_sample_is_the_same_in_every_form(form: str) -> None:
    plain, found = (as_data(given, items=5, seed=2).source for given in (X, FORMS[form]))
    assert list(found.ids) == list(plain.ids)
    assert torch.equal(found.read(0, 5), plain.read(0, 5))


def test_a_frame_names_features_and_items() -> None:
    found = as_data(FRAME.set_index(pd.Index([f"p{i}" for i in range(12)])))
    assert list(found.source.ids)[:2] == ["p0", "p1"]
    assert found.source.domain.names == ("age", "income", "debt")
    assert as_data(FRAME.iloc[4:]).source.ids[0] == "4"
    assert as_data(FRAME).named is False


def test_pictures_of_a_dataset_get_their_channels_first() -> None:
    class Pictures(Dataset[Any]):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, row: int) -> tuple[Image.Image, int]:
            pixels = np.full((4, 5, 3), 100 + row, dtype=np.uint8)
            return Image.fromarray(pixels), 0

    source = as_data(Pictures()).source
    assert source.domain.shape == (3, 4, 5)
    assert float(source.domain.high) == 1, "as pictures in files"
    assert torch.equal(source.read(2, 3).unique(), torch.tensor([102 / 255]))


def test_a_pipeline_fitted_on_a_frame_gets_its_columns() -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, Y)
    record = pr.audit(pipeline, FRAME, law, "none", classes=["no", "yes"])
    assert record.facts["student"]["name"] == "Pipeline"
    said = record.to_pandas("items")["student"] == "yes"
    assert said.tolist() == pipeline.predict(FRAME).astype(bool).tolist()


def test_moved_inputs_by_name() -> None:
    record = pr.audit(student, X, law, moved={"shifted": np.clip(X + 0.1, 0, 1)}, classes=2)
    assert [one["name"] for one in record.attacks] == ["shifted"]


def test_columns_of_moved_inputs_are_found_by_their_names() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    moved = (frame + 0.1).clip(0, 1)
    for order in (["a", "b", "c"], ["c", "b", "a"]):
        record = pr.audit(student, frame, law, moved={"shifted": moved[order]}, classes=2)
        assert np.array_equal(record.inputs(1, list(range(len(X)))), moved.to_numpy(np.float32))
    with pytest.raises(pr.InputError, match=r"columns a, b, and the data have a, b, c"):
        pr.audit(student, frame, law, moved={"shifted": moved[["a", "b"]]}, classes=2)


def test_a_teacher_that_answers_in_words_is_told_so_at_once() -> None:
    def words(inputs: torch.Tensor) -> list[str]:
        return ["yes" if bool(one[0] > 0.5) else "no" for one in inputs]

    with pytest.raises(pr.InputError, match="returned words as labels"):
        pr.audit(student, X, words, "none", classes=["no", "yes"])


def test_a_teacher_that_a_notebook_changed_after_it_was_made_is_refused() -> None:
    source = "T = 0.5\ndef make():\n    return lambda x: (x[:, 0] > T).long()\n"
    cell: dict[str, Any] = {}
    exec(compile(source, "<cell>", "exec"), cell)
    rule = Rule(cell["make"](), name="law", classes=2)
    assert as_teacher(rule, as_data(X), [], None) is rule
    cell["T"] = 0.8  # under the version of before the ledger would answer for another teacher
    with pytest.raises(pr.InputError, match="changed after it was made"):
        pr.audit(student, X, rule, "none")


def test_every_second_row_of_a_frame_keeps_its_number() -> None:
    assert as_data(FRAME.iloc[::2]).source.ids[:3] == ("0", "2", "4")
    assert as_data(FRAME.iloc[:3]).source.ids == ("0", "1", "2")


def test_labels_that_are_none_are_named_where_the_record_is_shown() -> None:
    record = pr.audit(student, X, lambda x: (x[:, 0] > 0.5).long() + 1, "none", classes=2)
    wrong = int((X[:, 0] > 0.5).sum())
    assert f"have no answer: {wrong} x answered 2, which is no label: expected 0 to 1" in repr(
        record
    )


TEACHERS: dict[str, tuple[object, type]] = {
    "function": (law, Rule),
    "lambda": (lambda x: (x.sum(1) > 1.5).long(), Rule),
    "module": (torch.nn.Linear(3, 2), Model),
    "classifier": (LogisticRegression(C=1e4).fit(X, Y), Model),
    "classifier without probabilities": (LinearSVC().fit(X, Y), Rule),
    "teacher": (Rule(law, name="law", classes=2), Rule),
}


@pytest.mark.parametrize("form", TEACHERS)
def test_teachers(form: str) -> None:
    given, kind = TEACHERS[form]
    made = as_teacher(given, as_data(X), [], None, student=student_of_two())
    assert isinstance(made, kind)
    assert made.classes == 2
    answers = made(torch.tensor(X))
    assert isinstance(answers, Answers)
    assert made.version == as_teacher(given, as_data(X), [], None, student=student_of_two()).version
    if "classifier" in form:
        sure = answers.certain.numpy()
        assert (answers.labels.numpy()[sure] == given.predict(X)[sure]).all()  # type: ignore[attr-defined]


def student_of_two() -> torch.nn.Module:
    return torch.nn.Linear(3, 2)


def test_the_number_of_labels_is_the_students_unless_said() -> None:
    three = torch.nn.Linear(3, 3)
    assert as_teacher(law, as_data(X), [], None, student=three).classes == 3
    assert as_teacher(law, as_data(X), ["2"], None, student=three).classes == 2


@pytest.mark.parametrize("classes", [None, 2])
def test_looking_for_the_number_of_labels_hides_no_finding(classes: int | None) -> None:
    """The look puts the network into evaluation mode; that it came in training mode is still told."""
    net = torch.nn.Sequential(student_of_two(), torch.nn.Dropout())
    record = pr.audit(net, X, law, "none", classes=classes)
    assert all(part.training for part in net.modules()), "it is given back as it came"
    assert "train-mode" in [one["code"] for one in record.facts["findings"]]


def test_what_is_wrong_with_the_student_comes_first() -> None:
    with pytest.raises(InputError, match=r"^student 'Linear' fails on one input of shape \(3,\)"):
        pr.audit(torch.nn.Linear(2, 2), X, law, "none")


@pytest.mark.parametrize("thing", [torch.nn.Linear(3, 2), student, LogisticRegression().fit(X, Y)])
def test_students(thing: object) -> None:
    made = as_given(thing, as_data(X).source, 2, ())
    assert made.classes == 2
    assert as_given(made, as_data(X).source, 2, ()) is made


def test_a_session_asks_nothing_twice() -> None:
    asked = []

    def counted(points: Tensor) -> Tensor:
        asked.append(len(points))
        return law(points)

    teacher = Rule(counted, name="counted in a session", classes=2, version="1")
    first = pr.audit(student, X, teacher, "none")
    once = sum(asked)
    second = pr.audit(student, X, teacher, "none")
    assert once == 12
    assert sum(asked) == once
    assert second.digest == first.digest
    assert second.run["new_answers"] == 0


def test_a_ledger_is_used_and_left_open(tmp_path: Path) -> None:
    with pr.Ledger(tmp_path / "answers.db") as ledger:
        pr.audit(student, X, Rule(law, name="law", classes=2), "none", ledger=ledger)
        assert sum(1 for _ in ledger.answers()) == 12
        kept = ledger.keep(Rule(law, name="law", classes=2), budget=0)
        again = pr.audit(student, X, kept, "none")
        assert again.facts["questions"]["answered"] == 12


def test_a_temporary_folder_gets_no_page_and_another_does(tmp_path: Path) -> None:
    record = pr.audit(student, X, law, "none", classes=2)
    assert (record.folder / "record.json").exists()
    assert not (record.folder / "report.html").exists()
    assert record.to_dict()["report"] is None
    named = pr.audit(student, X, law, "none", classes=2, out=tmp_path / "kept")
    assert named.to_dict()["report"] == str(tmp_path / "kept" / "report.html")


def test_a_bar_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class ZMQInteractiveShell:
        pass

    display = SimpleNamespace(
        HTML=lambda text: text,
        display=lambda text, display_id: SimpleNamespace(update=seen.append),
    )
    ipython = ModuleType("IPython")
    ipython.get_ipython = ZMQInteractiveShell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)  # type: ignore[arg-type]
    with bars(None) as show:
        show("ask", "<questions> asked", 3, 12)
    assert 'value="3" max="12"' in seen[0]
    assert "&lt;questions&gt; asked 3/12" in seen[0]
    assert seen[-1] == ""
    seen.clear()
    with bars(False) as show:
        show("ask", "asked", 3, 12)
    assert not seen


def test_before_says_how_many_questions_there_are_and_may_stop() -> None:
    class EnoughError(Exception):
        pass

    def before(questions: int, known: int) -> None:
        raise EnoughError(questions, known)

    with pytest.raises(EnoughError) as caught:
        pr.audit(student, X + 0, law, "none", classes=2, before=before, ledger=":memory:")
    assert caught.value.args == (12, 0)


def test_people_are_asked_and_the_caller_is_told_where(tmp_path: Path) -> None:
    ledger = tmp_path / "answers.db"
    with pytest.warns(UserWarning, match="preceptor desk .*answers.db") as told:
        record = pr.audit(student, X, "human:ann", "none", classes=["no", "yes"], ledger=ledger)
    assert "run the same call again" in str(told[0].message)
    assert record.facts["questions"]["answered"] == 0
    assert "Waiting for 12 answers" in repr(record)


def test_a_made_up_folder_is_no_name_of_a_student(tmp_path: Path) -> None:
    """Two networks of one class in a notebook: told apart by number, or by the folders that were named."""
    loose = [pr.audit(student, X, law, "none", classes=2) for _ in range(2)]
    assert [side.name for side in pr.side_by_side(*loose).sides] == ["student #1", "student #2"]
    named = pr.audit(student, X, law, "none", classes=2, out=tmp_path / "second")
    assert pr.side_by_side(loose[0], named).sides[1].name == "student (second)"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("until", [None, "+-0.2 of items"])
def test_a_teacher_whose_labels_begin_at_1_is_a_finding(until: str | None) -> None:
    def from_one(inputs: torch.Tensor) -> torch.Tensor:
        return 1 + (inputs.sum(1) > 1.5).long()

    record = pr.audit(student, X, from_one, "noise:size=0.1", classes=2, until=until)
    (found,) = [one for one in record.facts["findings"] if one["code"] == "teacher-labels"]
    assert "are no label of 2 classes" in found["message"]
    assert "subtract 1" in found["fix"]
