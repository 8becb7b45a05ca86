"""The sentences at the top, for every sort of record."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from report_records import Blend, Noise, Sign, digits, digits_record, with_teacher

from preceptor.audit import Record, summarise
from preceptor.audit.headline import ReadingGap, answer
from preceptor.audit.headline import gap as gap_of
from preceptor.outcome import Rate
from preceptor.outcome.wording import interval, number, percent, rate, seconds, setting


def sentences(record: Record) -> str:
    found = answer(record, summarise(record))
    return " ".join([found.sentence, *found.then]).replace("\u00a0", " ")


def gap(record: Record) -> ReadingGap:
    return gap_of(record, summarise(record))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return digits_record(tmp_path_factory.mktemp("one"), items=60, attacks=(Sign(0.2),))


def test_several_attacks(digits: Record) -> None:
    said, row = sentences(digits), summarise(digits).headline
    assert said.startswith(
        "Where its teacher is certain, linear student is right on 11 % of inputs"
    )
    assert percent(row.relative.value, row.relative.certain) == "11\u00a0%"
    ends = interval(summarise(digits).least.interval, row.relative.certain).replace("\u00a0", " ")
    assert f"under the worst of 6 attacks (95 % interval {ends})" in said
    assert f"That is over {row.relative.certain} items." in said
    assert row.verdicts["VOID"] == 0
    assert "It is the least of 7 rates, each attack's own and that of the worst case" in said
    assert "The conventional reading, which takes the label of the clean input for granted" in said
    assert "Without an attack it is right on 94 % (8" in said


def test_one_attack_is_called_by_its_name(one: Record) -> None:
    summary = summarise(one)
    assert summary.headline is summary.attacks[0]
    value = percent(summary.attacks[0].relative.value, 60).replace("\u00a0", " ")
    assert f"is right on {value} of inputs when inputs are moved by sign eps=0.2 (" in sentences(
        one
    )
    assert "worst" not in sentences(one)


def test_no_attack(tmp_path: Path) -> None:
    said = sentences(digits_record(tmp_path, items=40, attacks=()))
    assert "of inputs without any attack (" in said
    assert "No attack was run, so this says nothing about robustness." in said
    assert "conventional" not in said


def test_nothing_certain(one: Record) -> None:
    said = sentences(with_teacher(one, 1, None))
    assert said.startswith(
        "When inputs are moved by sign eps=0.2, the accuracy of linear student is undefined: its"
    )
    assert "uncertain of all 60 inputs" in said
    assert " 0 %" not in said.split(".")[0]


def test_nothing_answered(one: Record) -> None:
    said = sentences(with_teacher(one, 1, None, asked=False))
    assert "nothing is known yet of linear student" in said
    assert "60 inputs of 60 have none at all" in said


def test_a_teacher_that_knows_no_clean_input(one: Record) -> None:
    said = sentences(with_teacher(one, 0, None))
    assert "The conventional reading" in said
    assert "is undefined here: the teacher is certain of no clean input" in said


def test_chosen_questions_give_bounds_and_no_number(tmp_path: Path) -> None:
    record = digits_record(tmp_path, items=60, ask="flips", attacks=(Sign(0.1), Noise(0.2)))
    row = summarise(record).headline
    assert row.relative.value is None
    low, high = row.relative.bounds
    most = row.relative.certain + row.relative.unasked
    said = sentences(record)
    expected = f"between {percent(low, most)} and {percent(high, most)} of {most} inputs"
    assert expected.replace("\u00a0", " ") in said
    assert "only where an attack reached its goal" in said


def test_some_unanswered_questions_widen_the_interval(one: Record) -> None:
    said = one.moved[0]
    asked = torch.arange(60) < 45
    sheet = replace(said.sheet, asked=asked)
    record = replace(one, moved=(replace(said, sheet=sheet),))
    unasked = summarise(record).attacks[0].relative.unasked
    assert unasked == 15
    assert "15 inputs of 60 are undecided, since not every question has an answer yet" in sentences(
        record
    )
    assert "undecided" not in sentences(one)


def test_false_alarms_are_counted_as_in_the_summary(one: Record, digits: Record) -> None:
    found, row = gap(one), summarise(one).attacks[0]
    assert found.alarms == row.splits["FALSE_ALARM"] > 0
    assert found.failures == row.conventional_failures
    assert found.gone + found.followed == found.alarms
    assert f"{found.alarms} are false alarms" in sentences(one)
    assert gap(digits).failures == summarise(digits).worst.conventional_failures


def test_invariance_errors_are_named(tmp_path: Path) -> None:
    pool = digits()[0][600:900]
    record = digits_record(tmp_path, items=80, attacks=(Blend(pool),))
    found = gap(record)
    assert 0 < found.missed <= summarise(record).attacks[0].splits["INVARIANCE"]
    assert f"{found.missed} inputs that it counts as right are wrong" in sentences(record)


def test_no_difference_is_said_too(one: Record) -> None:
    """A teacher that never changes its answer makes every conventional failure a real one."""
    clean = one.clean.sheet.student.tolist()  # right before the attack
    record = with_teacher(with_teacher(one, 0, clean), 1, clean)
    found = gap(record)
    assert (found.alarms, found.missed) == (0, 0)
    assert "Every conventional failure is a real one here" in sentences(record)
    assert "false alarm" not in sentences(record)
    two = {**record.facts["plan"], "attacks": [*record.attacks, {**record.attacks[0], "name": "b"}]}
    label, even = torch.tensor(clean), torch.arange(len(clean)) % 2 == 0
    halves = tuple(
        replace(said, sheet=replace(said.sheet, student=torch.where(part, (label + 1) % 10, label)))
        for said, part in zip(record.moved * 2, (even, ~even), strict=True)
    )
    twice = replace(record, facts={**record.facts, "plan": two}, moved=halves)
    assert summarise(twice).headline is not summarise(twice).attacks[0]
    assert "wrong as the teacher sees it too, under one attack or another" in sentences(twice)


def test_what_was_wrong_before_any_attack_is_no_false_alarm(one: Record) -> None:
    """The student was wrong at all clean inputs; the teacher gives up on all moved ones."""
    wrong = ((one.clean.sheet.student + 1) % 10).tolist()
    record = with_teacher(with_teacher(one, 0, wrong), 1, None)
    summary = summarise(record)
    assert summary.attacks[0].splits["UNDONE"] == len(wrong)
    assert summary.attacks[0].splits["FALSE_ALARM"] == gap(record).alarms == 0
    assert "false alarm" not in sentences(record)
    assert f"Of the failures, {len(wrong)} were wrong before any attack" in sentences(record)


def test_an_attack_that_voids_most_says_so_at_the_top(one: Record) -> None:
    few = [label if i < 10 else -1 for i, label in enumerate(one.clean.sheet.teacher.tolist())]
    record = with_teacher(one, 1, few)
    row = summarise(record).attacks[0]
    said = sentences(record)
    assert (
        f"That is over {row.relative.certain} moved inputs; of {row.verdicts['VOID']} more" in said
    )


def test_the_most_striking_attack_is_singled_out(digits: Record) -> None:
    said, rows = sentences(digits), summarise(digits).attacks
    most = max(rows, key=lambda row: row.splits["FALSE_ALARM"])
    alarms = most.splits["FALSE_ALARM"]
    assert (
        f"When inputs are moved by {most.name}, {alarms} of {most.conventional_failures} conventional failures "
        "are false alarms." in said
    )
    blend = next(row for row in rows if row.name == "blend")
    errors, of = blend.splits["INVARIANCE"], blend.items
    assert ("moved by blend, there are" in said) == (errors >= of / 10)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 5000), st.data())
def test_all_and_none_are_said_of_all_and_none_only(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    text = percent(hits / of, of)
    shown = float(text.removesuffix("\u00a0%"))
    assert (shown == 100) == (hits == of)
    assert (shown == 0) == (hits == 0)
    assert abs(shown - 100 * hits / of) <= (0.05 if of >= 200 else 0.5) + 1e-9


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Rate(55, 35), "61 %"),
        (Rate(612, 388), "61.2 %"),
        (Rate(1000, 0), "100 %"),
        (Rate(0, 1000), "0 %"),
        (Rate(99999, 1), "99.999 %"),
        (Rate(0, 0, void=4), "undefined"),
        (Rate(1, 1, unasked=2, chosen=True), "between 25 and 75 %"),
        (Rate(0, 0, unasked=5), "between 0 and 100 %"),
    ],
)
def test_rates(given: Rate, expected: str) -> None:
    assert rate(given).replace("\u00a0", " ") == expected


def test_small_words() -> None:
    assert interval((0.5714, 0.652), 200) == "57.1 to 65.2\u00a0%"
    assert [number(v) for v in (None, 0.0, 3.0, 0.12345, 1234.5)] == [
        "\u2013",
        "0",
        "3",
        "0.123",
        "1,234",
    ]
    assert [seconds(v) for v in (0.01, 2.34, 12.3, 200)] == [
        "less than 0.1\u00a0s",
        "2.3\u00a0s",
        "12\u00a0s",
        "3\u00a0min 20\u00a0s",
    ]
    assert setting({"shape": [5, 2], "sha256": "a" * 64}) == f"array 5 \u00d7 2, sha256 {'a' * 12}"
    assert setting(True) == "yes"
    assert setting(list(range(10))) == "10 values"
