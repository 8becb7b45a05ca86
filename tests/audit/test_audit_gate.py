"""What a threshold may say: void saves nobody, and an answer that is missing is no failure yet."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from audit_fakes import SQUARE, Pupil, run

from preceptor.audit import MovedInputs, Plan, Record, gate, summarise
from preceptor.core import ArraySource, InputError
from preceptor.sequential import StoppingRule


def clean(items: int) -> torch.Tensor:
    """The student is right on every one."""
    side = torch.arange(items) % 2
    return torch.stack([side, side], 1).float()


def moved(letters: str) -> torch.Tensor:
    """R right, W wrong, V void; each moved a little at least. ``=`` is the clean input itself."""
    found = clean(len(letters))
    for row, letter in zip(found, letters, strict=True):
        if letter != "=":
            row[1] += 0.25 if row[1] == 0 else -0.25
        if letter == "W":
            row[1] = 1 - row[1]
        if letter == "V":
            row[0] = 0.5
    return found


def audited(folder: Path, *letters: str, ask: str = "all", **more: object) -> Record:
    """Attacks a, b, ... that do so to the items."""
    given = tuple(MovedInputs("abc"[i], moved(one)) for i, one in enumerate(letters))
    source = ArraySource(clean(len(letters[0]) if letters else 40), SQUARE, name="made")
    return run(folder, student=Pupil(), source=source, plan=Plan((), given, ask=ask, **more))  # type: ignore[arg-type]


def hidden(record: Record, sheet: int, rows: range) -> Record:
    """The same before these questions had their answers."""
    said = [record.clean, *record.moved]
    asked = said[sheet].sheet.asked.clone()
    asked[list(rows)] = False
    said[sheet] = replace(said[sheet], sheet=replace(said[sheet].sheet, asked=asked))
    questions = record.facts["questions"]
    left = {**questions, "answered": questions["answered"] - len(rows)}
    facts = {**record.facts, "questions": left}
    return replace(record, facts=facts, clean=said[0], moved=tuple(said[1:]))


def test_wrong_wherever_it_counts_passes_no_threshold_however_much_is_void(tmp_path: Path) -> None:
    record = audited(tmp_path, "V" * 243 + "W" * 57)
    assert summarise(record).never_wrong.value == 0.81
    for threshold, standing in ((0.7, "refuted"), (0.07, "refuted"), (0.01, "open")):
        found = gate(record, threshold)
        assert found.standing == standing
        assert "under a right on 0 of 57 certain, 81% of 300 void" in found.why


def test_one_attack_that_fails_is_not_saved_by_another(tmp_path: Path) -> None:
    record = audited(tmp_path, "V" * 36 + "W" * 4, "R" * 40)
    summary = summarise(record)
    assert summary.worst.relative.value == 0.9
    assert (summary.least.name, summary.least.rate.value) == ("a", 0.0)
    assert gate(record, 0.7).standing == "refuted"
    assert "the least of 3 rates" in gate(record, 0.7).why


def test_a_student_that_is_right_everywhere_passes(tmp_path: Path) -> None:
    record = audited(tmp_path, "R" * 80, "R" * 70 + "V" * 10)
    assert gate(record, 0.9).standing == "passed"
    assert gate(record, 0.99).standing == "open", "too few items"


def test_an_audit_without_attacks_has_a_gate_too(tmp_path: Path) -> None:
    record = audited(tmp_path)
    summary = summarise(record)
    assert [row.name for row in summary.rows] == ["no attack"]
    assert summary.headline is summary.clean is summary.worst
    assert gate(record, 0.9).standing == "passed"
    assert "without any attack right on 40 of 40 certain" in gate(record, 0.95).why


def test_where_nothing_is_certain_nothing_passes(tmp_path: Path) -> None:
    record = audited(tmp_path, "V" * 60, "R" * 60)
    for threshold in (0.0, 0.5):
        found = gate(record, threshold)
        assert found.standing == "open"
        assert "Under 'a' the teacher is certain of no input" in found.why
    alone = audited(tmp_path / "alone", "V" * 60)
    assert summarise(alone).least.rate.value is None
    assert gate(alone, 0.0).standing == "open"


def test_a_threshold_missed_only_for_missing_answers_waits_for_them(tmp_path: Path) -> None:
    whole = audited(tmp_path, "R" * 60, "R" * 60)
    part = hidden(whole, 1, range(40))
    assert gate(whole, 0.9).standing == "passed"
    assert gate(part, 0.9).standing == "waiting"
    assert "since answers are missing" in gate(part, 0.9).why
    # even with all of them right it could not be reached
    assert gate(part, 0.99).standing == "open"
    # and here it holds whatever they say
    assert gate(hidden(whole, 2, range(2)), 0.8).standing == "passed"


def test_what_is_wrong_already_does_not_wait(tmp_path: Path) -> None:
    part = hidden(audited(tmp_path, "W" * 10 + "R" * 50), 1, range(30, 60))
    assert gate(part, 0.9).standing == "open"
    assert gate(part, 0.7).standing == "waiting"


def test_nothing_certain_yet_is_not_nothing_certain(tmp_path: Path) -> None:
    record = audited(tmp_path, "R" * 60)
    assert gate(hidden(record, 1, range(60)), 0.9).standing == "waiting"


def test_what_the_plan_never_asks_is_not_waited_for(tmp_path: Path) -> None:
    """With ``flips`` the inputs at which the student keeps its answer stay unasked for good."""
    letters = "R" * 40 + "=" * 20  # "=" is the clean question
    record = audited(tmp_path, letters, ask="flips")
    assert summarise(record).attacks[0].relative.unasked == 40
    assert gate(record, 0.9).standing == "open"
    assert gate(hidden(record, 0, range(5)), 0.9).standing == "open"
    flipped = audited(tmp_path / "flipped", "W" * 2 + "=" * 98, ask="flips")
    waits = hidden(flipped, 1, range(50, 90))
    assert gate(flipped, 0.9).standing == "passed"
    assert gate(waits, 0.9).standing == "waiting"


def test_a_student_that_abstains_is_not_hoped_right(tmp_path: Path) -> None:
    record = audited(tmp_path, "R" * 60)
    shy = record.moved[0].sheet.student.clone()
    shy[:] = -2
    said = replace(record.moved[0], sheet=replace(record.moved[0].sheet, student=shy))
    silent = hidden(replace(record, moved=(said,)), 1, range(60))
    assert gate(silent, 0.5).standing == "open", "at best all are void, and that passes nothing"


def test_a_threshold_is_a_share(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        gate(audited(tmp_path), 90)


def test_names_of_rows_are_no_names_of_attacks() -> None:
    for name in ("all attacks", "no attack"):
        with pytest.raises(InputError, match="the name of a row"):
            Plan((), (MovedInputs(name, clean(3)),))


def test_an_attack_that_voids_most_of_what_it_moves_is_a_finding(tmp_path: Path) -> None:
    record = audited(tmp_path, "V" * 21 + "R" * 19, "V" * 20 + "R" * 20, "V" * 6 + "=" * 34)
    found = [one for one in record.facts["findings"] if one["code"] == "mostly-void"]
    assert [one["message"].split()[0] for one in found] == ["a", "c"]
    assert found[0]["message"].startswith("a turned 21 of the 40 inputs void that it moved")
    assert found[0]["message"].endswith("over 19 of 40 inputs.")
    assert found[1]["message"].startswith("c turned 6 of the 6 inputs void that it moved")


def test_void_before_is_not_made_void_by_the_attack(tmp_path: Path) -> None:
    inputs = clean(40)
    inputs[:30, 0] = 0.5  # the teacher knows ten of them
    given = MovedInputs("a", moved("V" * 30 + "R" * 10))
    source = ArraySource(inputs, SQUARE, name="made")
    record = run(tmp_path, student=Pupil(), source=source, plan=Plan((), (given,)))
    codes = [one["code"] for one in record.facts["findings"]]
    assert "uncertain-teacher" in codes
    assert "mostly-void" not in codes


def test_the_finding_is_there_where_asking_stops_by_a_rule(tmp_path: Path) -> None:
    rule = StoppingRule(least=0.5, of="items")
    record = audited(tmp_path, "V" * 40, until=rule)
    assert "mostly-void" in [one["code"] for one in record.facts["findings"]]
