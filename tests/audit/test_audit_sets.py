"""Audits with a teacher whose answers are sets of labels."""

import hashlib
import json
from pathlib import Path

import torch
from set_worlds import ITEMS, LABELS, Quarters, Reader, audited, in_sets, partly, plainly, source

from preceptor.audit import Plan, Record, gate, partial_sentence, summarise
from preceptor.core import UNCERTAIN, Answers
from preceptor.ledger import Ledger
from preceptor.outcome import Verdict, judge

BEFORE = (
    "ce088ef05e37ce2a63d0d6ccf531b6cda25397e14fb914342d7a349503a7038d",
    "67cb0d29f8ff0abc990f2963993babfa23f3df9fd5b3c941fff77d89977bc6d5",
)
"""Digest and summary of the audit of plain answers, as the software before sets made them."""


def told(record: Record) -> tuple[str, str]:
    summary = json.dumps(summarise(record).describe(), sort_keys=True)
    return record.digest, hashlib.sha256(summary.encode()).hexdigest()


def test_plain_answers_give_the_record_that_they_gave_before_there_were_sets(
    tmp_path: Path,
) -> None:
    assert told(audited(plainly, tmp_path)) == BEFORE


def test_sets_of_one_and_of_all_give_the_very_same_record(tmp_path: Path) -> None:
    record = audited(in_sets, tmp_path)
    assert told(record) == BEFORE
    assert record.clean.sheet.sets is None
    assert not any("sets" in name for name in record._arrays())


def test_a_record_keeps_sets_and_says_both_readings(tmp_path: Path) -> None:
    record = Record.load(audited(partly, tmp_path).folder)
    sheet = record.clean.sheet
    answers = partly(source().read(0, len(record.ids)))
    assert sheet.sets is not None
    assert torch.equal(sheet.sets, answers.acceptable(LABELS))
    summary = summarise(record)
    rate = summary.clean.relative
    verdicts = judge(sheet)
    assert rate.uncontradicted == int((verdicts == Verdict.UNCONTRADICTED).sum()) > 0
    assert summary.clean.describe()["verdicts"]["UNCONTRADICTED"] == rate.uncontradicted
    row = record.to_pandas("rates").iloc[0]
    assert row["uncontradicted"] == rate.uncontradicted
    assert row["accepting"] == rate.accepting
    assert "not contradicted" in partial_sentence(summary)
    assert "not contradicted" in gate(record, 0.5).why
    items = record.to_pandas("items")
    assert "0 or 1" in set(items["teacher"])


def test_whatever_the_sets_stand_for_the_interval_holds(tmp_path: Path) -> None:
    whole = summarise(audited(partly, tmp_path / "sets")).least

    def settled(last: bool) -> Record:
        def say(inputs: torch.Tensor) -> Answers:
            found = partly(inputs)
            sets = found.acceptable(LABELS)
            ends = sets.long().cumsum(1).argmax(1) if last else sets.long().argmax(1)
            return Answers(torch.where(sets.all(1), UNCERTAIN, ends), found.cost)

        return audited(say, tmp_path / str(last))

    for last in (True, False):
        low, high = summarise(settled(last)).least.interval
        assert whole.interval[0] <= low <= high <= whole.interval[1]


def test_a_ledger_keeps_sets_and_a_second_run_asks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sets.db"
    reader = Reader(partly)
    inputs = source().read(0, ITEMS)
    with Ledger(path) as ledger:
        first = ledger.keep(reader)(inputs)
    with Ledger(path) as ledger:
        again = ledger.keep(reader)(inputs)
        assert ledger.check() == []
        kept = [row.acceptable for row in ledger.answers() if row.acceptable]
    assert reader.asked == len(inputs)
    assert torch.equal(first.acceptable(LABELS), partly(inputs).acceptable(LABELS))
    assert first.sets is not None
    assert again.sets is not None
    assert torch.equal(first.sets, again.sets)
    assert set(kept) == {(0, 1), (1, 2), (2, 3)}


def test_a_teacher_that_gives_another_set_contradicts_itself(tmp_path: Path) -> None:
    turns: list[int] = []

    def say(inputs: torch.Tensor) -> Answers:
        turns.append(1)
        sets = torch.zeros(len(inputs), LABELS, dtype=torch.bool)
        sets[:, [0, len(turns)]] = True
        return Answers.of_sets(sets, torch.zeros(len(inputs)))

    record = audited(say, tmp_path, plan=Plan((), repeats=5))
    assert any("gave another answer to 5 of 5" in one["message"] for one in record.findings)


def test_the_students_classes_are_those_of_the_sets() -> None:
    assert Quarters().classes == LABELS
