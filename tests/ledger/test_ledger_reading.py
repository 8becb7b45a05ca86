"""Reading, importing, exporting."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_fakes import Fake, honest, label_of, numbered, panel_of, voting

from preceptor.core import Answers, InputError, LedgerError
from preceptor.ledger import AnswerRow, Conflict, ImportCounts, Ledger, Total, input_keys
from preceptor.ledger.question_keys import restore


def test_rows_say_who_what_when_and_what_for(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        ledger.keep(Fake(voting), purpose="audit")(numbered(1, 2))
        ledger.keep(Fake(version="2"), purpose="search")(numbered(1))
        rows = list(ledger.answers())
    assert [(row.teacher, row.version, row.purpose) for row in rows] == [
        ("fake", "1", "audit"),
        ("fake", "1", "audit"),
        ("fake", "2", "search"),
    ]
    key = input_keys(numbered(1))[0]
    first = rows[0]
    assert (first.input, first.repeat, first.label, first.cost) == (key, 0, label_of(1), 0.25)
    assert first.votes == (0, 0, -1)
    assert rows[2].votes is None
    assert first.seconds >= 0
    assert first.asked_at.endswith("+00:00")
    assert sorted(row.asked_at for row in rows) == [row.asked_at for row in rows]


def test_answers_filter_and_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preceptor.ledger.ledger._PAGE", 3)
    with Ledger(":memory:") as ledger:
        ledger.keep(Fake(name="ann"), purpose="a")(numbered(*range(7)))
        ledger.keep(Fake(name="ann"), purpose="b")(numbered(*range(9)))
        ledger.keep(Fake(name="bob"), purpose="b")(numbered(1))
        counts = [
            len(list(ledger.answers(teacher, purpose)))
            for teacher in (None, "ann", "bob", "nobody")
            for purpose in (None, "a", "b")
        ]
    assert counts == [10, 7, 3, 9, 7, 2, 1, 0, 1, 0, 0, 0]


def test_reading_while_writing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preceptor.ledger.ledger._PAGE", 2)
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(Fake())
        kept(numbered(0, 1, 2))
        rows = ledger.answers()
        first = next(rows)
        kept(numbered(3))
        assert [first.label, *(row.label for row in rows)] == [label_of(n) for n in range(4)]


def test_totals_by_teacher_and_purpose() -> None:
    with Ledger(":memory:") as ledger:
        ann, bob = Fake(name="ann"), Fake(name="bob")
        ledger.keep(ann, purpose="a")(numbered(1, 2))
        ledger.keep(panel_of(ann, bob), purpose="b")(numbered(2, 3))
        ledger.add(Fake(name="import"), numbered(1), honest(numbered(1)), "c")
        found = {
            (total.teacher, total.purpose): (total.questions, total.answers, total.cost)
            for total in ledger.totals()
        }
        assert all(isinstance(total, Total) and total.seconds >= 0 for total in ledger.totals())
        assert [one.name for one in ledger.teachers()] == ["ann", "panel", "bob", "import"]
        assert ledger.teachers()[0].certainty == ann.certainty
    assert found == {
        ("ann", "a"): (2, 2, 0.5),
        ("ann", "b"): (1, 1, 0.25),
        ("bob", "b"): (2, 2, 0.5),
        ("panel", "b"): (2, 2, 0.0),
        ("import", "c"): (0, 1, 0.25),
    }


def test_added_answers_are_never_asked_for() -> None:
    fake = Fake()
    with Ledger(":memory:") as ledger:
        inputs = numbered(1, 2, 1)
        assert ledger.add(fake, inputs, honest(inputs), "old") == ImportCounts(2, 1, ())
        assert ledger.add(fake, inputs, honest(inputs), "old") == ImportCounts(0, 3, ())
        kept = ledger.keep(fake, budget=0)
        assert kept(inputs).labels.tolist() == honest(inputs).labels.tolist()
        assert kept.spent == 0
    assert not fake.calls


def test_conflicting_imports_are_kept_and_reported() -> None:
    inputs = numbered(1, 2)
    other = Answers(torch.tensor([3, label_of(2)]), torch.zeros(2))
    conflict = Conflict(0, input_keys(inputs)[0], label_of(1), 3)
    with Ledger(":memory:") as ledger:
        ledger.keep(Fake())(inputs)
        assert ledger.add(Fake(), inputs, other) == ImportCounts(1, 1, (conflict,))
        assert ledger.add(Fake(), inputs, other) == ImportCounts(0, 2, (conflict,))
        assert [(row.label, row.repeat) for row in ledger.answers()] == [(0, 0), (1, 0), (3, 1)]
        assert ledger.keep(Fake())(inputs).labels.tolist() == [0, 1]
        assert ledger.check() == []


def test_other_votes_are_another_answer() -> None:
    inputs = numbered(1)
    with Ledger(":memory:") as ledger:
        assert ledger.add(Fake(), inputs, honest(inputs)).stored == 1
        assert ledger.add(Fake(), inputs, voting(inputs)) == ImportCounts(1, 0, ())


@pytest.mark.parametrize(
    ("labels", "cost"), [([0, 9], [0.0, 0.0]), ([0, 1], [0.0, float("nan")]), ([0], [0.0])]
)
def test_nonsense_is_not_imported(labels: list[int], cost: list[float]) -> None:
    answers = Answers(torch.tensor(labels), torch.tensor(cost))
    with Ledger(":memory:") as ledger:
        with pytest.raises(InputError):
            ledger.add(Fake(), numbered(1, 2), answers)
        assert not list(ledger.answers())


def test_a_panels_answers_are_not_imported() -> None:
    with Ledger(":memory:") as ledger, pytest.raises(InputError, match="is a panel"):
        ledger.add(panel_of(Fake()), numbered(1), honest(numbered(1)))


def test_export_writes_every_answer(tmp_path: Path) -> None:
    table, lines = tmp_path / "out.csv", tmp_path / "out.jsonl"
    with Ledger(tmp_path / "l") as ledger:
        ledger.keep(Fake(voting, name='a "name", with comma'), purpose="p")(numbered(1, 5))
        ledger.keep(Fake())(numbered(2))
        kept = list(ledger.answers())
        assert ledger.export(table) == ledger.export(lines) == 3
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["0", "-1", "1"]
    assert [row["votes"] for row in rows] == ["[0, 0, -1]", "[-1, -1, -1]", ""]
    assert rows[0]["teacher"] == 'a "name", with comma'
    read = [json.loads(line) for line in lines.read_text().splitlines()]
    for row in read:
        row["votes"] = None if row["votes"] is None else tuple(row["votes"])
    assert [AnswerRow(**row) for row in read] == kept
    assert sorted(p.name for p in tmp_path.glob("out*")) == ["out.csv", "out.jsonl"]


@pytest.mark.parametrize("name", ["out.xlsx", "out", "no/folder/out.csv"])
def test_export_refuses_other_suffixes_and_folders(tmp_path: Path, name: str) -> None:
    with Ledger(":memory:") as ledger, pytest.raises(InputError):
        ledger.export(tmp_path / name)


@given(
    dtype=st.sampled_from([torch.float32, torch.float64, torch.float16, torch.bfloat16]),
    shape=st.lists(st.integers(0, 3), max_size=3),
    batch=st.integers(0, 3),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_input_comes_back_as_it_went(
    dtype: torch.dtype, shape: list[int], batch: int, seed: int
) -> None:
    inputs = torch.randn(batch, *shape, generator=torch.Generator().manual_seed(seed)).to(dtype)
    with Ledger(":memory:") as ledger:
        ledger.add(Fake(), inputs, Answers(torch.zeros(batch).long(), torch.zeros(batch)))
        for row, key in zip(inputs, input_keys(inputs), strict=True):
            back = ledger.input(key)
            assert back.dtype == dtype
            assert torch.equal(back, row)


def test_a_key_is_a_hash_over_dtype_shape_and_bytes() -> None:
    row = torch.tensor([[1.5, -2.0]])
    expected = hashlib.sha256(b"float32[2]" + row.numpy().tobytes()).hexdigest()
    assert input_keys(row) == [expected]
    wide = torch.arange(24.0).reshape(2, 3, 4)
    strided = wide.transpose(1, 2)
    assert input_keys(strided) == input_keys(strided.contiguous())
    assert input_keys(strided) != input_keys(wide)


def test_only_batches_have_keys() -> None:
    with pytest.raises(InputError, match="without axes"):
        input_keys(torch.tensor(1.0))


def test_unknown_keys_and_damaged_bytes() -> None:
    with Ledger(":memory:") as ledger, pytest.raises(InputError, match="no input"):
        ledger.input("00")
    for dtype, shape, data in (("float32", "3", b"12345678"), ("Tensor", "2", b"12345678")):
        with pytest.raises(LedgerError, match="cannot be restored"):
            restore(dtype, shape, data)
