"""An audit of texts: the ledger, batches, cuts, stopping, side by side, moved texts and votes."""

from pathlib import Path

import pytest
import torch

from preceptor.attacks.texts import Negate, Typos
from preceptor.audit import MovedInputs, Plan, Record, audit, side_by_side
from preceptor.audit.audit_progress import AuditProgress
from preceptor.audit.input_rows import TextRows, save_rows
from preceptor.core import Answers, InputError, TextDomain, Texts, TextSource, Votes
from preceptor.ledger import Ledger
from preceptor.report import render, render_side_by_side
from preceptor.sequential import StoppingRule
from preceptor.students import FunctionStudent
from preceptor.teachers import RecordedVotes, Truth, Vote

WORDS = ("good", "great", "bad", "dull")
TEXTS = Texts(tuple(f"No. {i}: this is {WORDS[i % 4]}.\n\u00e9\u597d" for i in range(30)))
SOURCE = TextSource(TEXTS, ids=tuple(f"t{i}" for i in range(30)), columns={"odd": ("a", "b") * 15})
PLAN = Plan((Typos(edits=1), Negate()))


def says(texts: list[str]) -> list[int]:
    return [int("good" in text or "great" in text) for text in texts]


STUDENT = FunctionStudent(says, classes=2, name="says")


class Reader:
    """Reads through typing errors; *not* turns the answer round. Counts what it is asked."""

    name, version, classes, deterministic = "reader", "1", 2, True
    certainty = "Always."

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, inputs: Texts) -> Answers:
        self.asked += [str(row) for row in inputs]
        number = [int(str(row).split(":")[0].split()[-1]) for row in inputs]
        labels = [
            int(i % 4 < 2) ^ (" not " in str(row)) for i, row in zip(number, inputs, strict=True)
        ]
        return Answers(torch.tensor(labels), torch.ones(len(labels)))


def run(folder: Path, plan: Plan = PLAN, **more: object) -> tuple[Record, Reader]:
    folder.mkdir(exist_ok=True)
    reader = Reader()
    with Ledger(folder / "ledger") as ledger:
        kept = ledger.keep(reader, purpose="texts")
        record = audit(STUDENT, kept, SOURCE, plan, folder / "out", **more)
        assert ledger.check() == []
    return record, reader


def test_errors_are_found_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    record, reader = run(tmp_path)
    assert len(set(reader.asked)) == len(reader.asked)
    assert record.texts(0, [3]) == TEXTS[3:4]
    moved = record.texts(2, list(range(30)))
    assert all(" not " in row for row in moved.rows)
    assert record.moved[1].distances[:, 1].tolist() == [1.0] * 30
    summary = record.to_dict()
    assert summary["attacks"][1]["splits"]["INVARIANCE"] == 30
    assert Record.load(tmp_path / "out").digest == record.digest
    again, second = run(tmp_path)
    assert second.asked == []
    assert again.digest == record.digest
    with pytest.raises(InputError, match=r"record\.texts"):
        record.inputs(0, [0])


@pytest.mark.parametrize("batch", [1, 7])
def test_the_batch_changes_nothing(tmp_path: Path, batch: int) -> None:
    whole, _ = run(tmp_path / "a")
    parts, _ = run(tmp_path / "b", Plan(PLAN.attacks, batch=batch))
    assert parts.digest == whole.digest


class Cut(BaseException):
    """As a kill would, at this moment."""


@pytest.mark.parametrize("stage", ["attack", "ask"])
def test_cut_off_and_run_again(tmp_path: Path, stage: str) -> None:
    plan = Plan(PLAN.attacks, batch=4)
    whole, _ = run(tmp_path / "whole", plan)
    steps = 0

    def cut(step: AuditProgress) -> None:
        nonlocal steps
        steps += step.stage == stage
        if steps == 5:
            raise Cut

    with pytest.raises(Cut):
        run(tmp_path / "cut", plan, watch=cut)
    if stage == "attack":  # a kill may leave bytes that no index knows, and half a line
        with (tmp_path / "cut/out/inputs/moved-0.utf8").open("ab") as file:
            file.write(b"\xe5\xa5")
    again, _ = run(tmp_path / "cut", plan)
    assert again.digest == whole.digest
    rows = list(range(30))
    assert again.texts(1, rows) == whole.texts(1, rows)


def test_stops_when_it_is_decided_and_sets_side_by_side(tmp_path: Path) -> None:
    stopped = Plan((Typos(edits=1),), until=StoppingRule.parse(">=0.6"))
    record, _ = run(tmp_path, stopped)
    assert record.facts["stopping"]["used"] <= 30
    first = record.texts(0, [0]).rows[0]
    assert first == TEXTS.rows[int(record.ids[0][1:])]
    again, second = run(tmp_path, stopped)
    assert second.asked == []
    assert again.digest == record.digest
    one, _ = run(tmp_path / "one")
    other = audit(
        FunctionStudent(lambda t: [0] * len(t), classes=2, name="zero"),
        Reader(),
        SOURCE,
        PLAN,
        tmp_path / "two",
    )
    found = side_by_side([one, other])
    assert found.ids == SOURCE.ids
    page = render_side_by_side(found)
    assert "<ins>" in page
    changed = TextSource(TEXTS[torch.arange(29, -1, -1)], ids=SOURCE.ids, columns=SOURCE.columns)
    mixed = audit(STUDENT, Reader(), changed, PLAN, tmp_path / "three")
    with pytest.raises(InputError, match="the same id stands for different items"):
        side_by_side([one, mixed])


def test_the_page_shows_what_changed(tmp_path: Path) -> None:
    record, _ = run(tmp_path)
    page = render(record, by=["odd"])
    assert '<p dir="auto">' in page
    assert "<ins>not </ins>" in page or "<ins> not</ins>" in page
    assert "words changed" in page
    script = TextSource(Texts(("<script>alert(1)</script> good",) * 3), ids=("a", "b", "c"))
    moved = MovedInputs("x", Texts(("<script>alert(2)</script> bad",) * 3))
    bad = audit(STUDENT, _ones(), script, Plan(given=(moved,)), tmp_path / "script")
    assert "<script>alert" not in render(bad)


def _ones() -> object:
    from preceptor.teachers import Rule

    return Rule(lambda texts: [1] * len(texts), name="ones", classes=2, version="1")


def test_moved_texts_made_elsewhere_must_fit(tmp_path: Path) -> None:
    given = MovedInputs("upper", Texts(tuple(str(row).upper() for row in TEXTS)))
    record, _ = run(tmp_path, Plan(given=(given,)))
    assert record.texts(1, [2]).rows[0] == TEXTS.rows[2].upper()
    for wrong in (Texts(("a",)), torch.zeros(30, 2)):
        with pytest.raises(InputError, match="moved inputs 'upper'"):
            run(tmp_path / "b", Plan(given=(MovedInputs("upper", wrong),)))


def test_recorded_votes_and_known_labels_by_content() -> None:
    votes = [Vote(f"t{i}", who, int(i % 4 < 2)) for i in range(3) for who in "xyz"]
    said = RecordedVotes(
        votes, TEXTS[:3], SOURCE.ids[:3], name="people", classes=2, rule=Votes(least=3)
    )
    assert said(TEXTS[:3]).labels.tolist() == [1, 1, 0]
    truth = Truth({"t0": 1, "t1": 0}, TEXTS, SOURCE.ids, name="truth", classes=2)
    assert truth(TEXTS[:2]).labels.tolist() == [1, 0]
    with pytest.raises(InputError, match="shape"):
        said(torch.zeros(2, 3))


def test_texts_outside_the_domain_are_told(tmp_path: Path) -> None:
    for domain, words in ((TextDomain(longest=5), "at most 5"), (TextDomain(empty=False), "empty")):
        source = TextSource(Texts(("", "longer text")), domain)
        with pytest.raises(InputError, match=words):
            audit(STUDENT, Reader(), source, Plan(), tmp_path)


def test_rows_of_texts_on_disk(tmp_path: Path) -> None:
    fields = ("a", "b")
    texts = Texts((("x", ""), ("\u597d\n", "y"), ("", "")), fields)
    rows = TextRows(tmp_path / "t", 3, fields)
    assert rows.read(0, 1).rows == (("", ""),)
    rows.write(1, texts[1:])
    rows.write(0, texts[:1])
    rows.write(1, texts[1:2])
    assert rows.read(0, 3) == texts
    save_rows(tmp_path / "saved", rows, torch.tensor([2, 0]).numpy(), 1)
    rows.close()
    again = TextRows(tmp_path / "saved", 2, fields)
    assert again.take(torch.tensor([1, 0]).numpy()) == texts[torch.tensor([0, 2])]
    again.close()


def test_the_first_screen_shows_a_text_and_what_changed_in_it(tmp_path: Path) -> None:
    record, _ = run(tmp_path, Plan((Typos(edits=1),)))
    first = render(record).split("What the words mean")[0]
    assert "<ins>" in first
    assert "<del>" in first
