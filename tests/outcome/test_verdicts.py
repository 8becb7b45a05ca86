"""Verdicts and splits against their definitions, over everything that can be said."""

import pytest
import torch
from hypothesis import given
from sheets import SEEDED, every_pair, sheet_of, tables

from preceptor.core import ABSTAINED, BROKEN, UNCERTAIN, InputError
from preceptor.outcome import (
    Outcome,
    Sheet,
    Split,
    Verdict,
    anchored,
    fails_conventionally,
    judge,
    split,
)


def by_definition(student: int, teacher: int, asked: bool) -> set[Verdict]:
    """Every verdict whose sentence is true of an input: the table of the design, row by row."""
    certain = asked and teacher != UNCERTAIN
    true = {
        Verdict.AGREE: certain and student == teacher,
        Verdict.ERROR: certain and student != ABSTAINED and student != teacher,
        Verdict.ABSTAIN: certain and student == ABSTAINED,
        Verdict.VOID: asked and teacher == UNCERTAIN,
        Verdict.UNASKED: not asked,
    }
    return {verdict for verdict, holds in true.items() if holds}


def rows(sheet: Sheet) -> list[tuple[int, int, bool]]:
    columns = (sheet.student.tolist(), sheet.teacher.tolist(), sheet.asked.tolist())
    return list(zip(*columns, strict=True))


def test_every_input_has_exactly_the_one_verdict_that_is_true_of_it() -> None:
    sheet = every_pair().moved
    for row, verdict in zip(rows(sheet), judge(sheet).tolist(), strict=True):
        assert by_definition(*row) == {Verdict(verdict)}, row


def test_broken_logits_are_never_right() -> None:
    sheet = sheet_of([BROKEN] * 4, [0, 1, 2, UNCERTAIN], [True] * 4)
    assert judge(sheet).tolist() == [Verdict.ERROR] * 3 + [Verdict.VOID]


@SEEDED
@given(tables(sheets=1))
def test_judging_looks_at_each_item_alone_and_changes_nothing(table: list[Sheet]) -> None:
    (sheet,) = table
    before = rows(sheet)
    together = judge(sheet).tolist()
    alone = [
        judge(sheet_of(*([value] for value in row))).item()  # type: ignore[arg-type]
        for row in before
    ]
    assert together == alone
    assert rows(sheet) == before


def split_by_definition(clean: tuple, moved: tuple) -> Split:
    """The splits in plain words; at most one sentence is true."""
    (verdict,) = by_definition(*moved)
    student_changed, teacher_changed = clean[0] != moved[0], clean[1] != moved[1]
    l_p_fails = clean[2] and clean[1] != UNCERTAIN and moved[0] != clean[1]
    if verdict == Verdict.ERROR:
        if not clean[2]:
            return Split.UNSPLIT
        return {
            (True, False): Split.SENSITIVITY,
            (False, True): Split.INVARIANCE,
            (True, True): Split.BOTH,
            (False, False): Split.STANDING,
        }[student_changed, teacher_changed]
    if verdict in (Verdict.AGREE, Verdict.VOID) and l_p_fails:
        return Split.FALSE_ALARM
    return Split.NONE


def test_splits_are_as_defined_for_every_pair() -> None:
    outcome = every_pair()
    pairs = zip(rows(outcome.clean), rows(outcome.moved), split(outcome).tolist(), strict=True)
    for clean, moved, found in pairs:
        assert split_by_definition(clean, moved) == found, (clean, moved)


def test_five_splits_part_the_errors_and_no_other_verdict() -> None:
    outcome = every_pair()
    error = judge(outcome.moved) == Verdict.ERROR
    of_errors = {
        Split.SENSITIVITY,
        Split.INVARIANCE,
        Split.BOTH,
        Split.STANDING,
        Split.UNSPLIT,
    }
    found = split(outcome)
    assert {int(s) for s in found[error].unique()} == of_errors
    assert {int(s) for s in found[~error].unique()} == {Split.NONE, Split.FALSE_ALARM}


def test_false_alarms_are_where_the_l_p_reading_fails_among_agreement_and_void() -> None:
    outcome = every_pair()
    verdict, alarm = judge(outcome.moved), split(outcome) == Split.FALSE_ALARM
    calm = (verdict == Verdict.AGREE) | (verdict == Verdict.VOID)
    assert torch.equal(alarm, calm & fails_conventionally(outcome))
    assert alarm.any()


def test_the_l_p_reading_never_looks_at_the_moved_answer() -> None:
    outcome = every_pair()
    other = outcome.moved
    blind = Sheet(other.student, torch.zeros_like(other.teacher), ~other.asked, other.cost)
    seen = fails_conventionally(outcome)
    assert torch.equal(seen, fails_conventionally(Outcome("blind", outcome.clean, blind)))
    assert not seen[~anchored(outcome.clean)].any()


def test_an_unasked_teachers_label_means_nothing() -> None:
    outcome = every_pair()

    def scrambled(sheet: Sheet) -> Sheet:
        teacher = torch.where(sheet.asked, sheet.teacher, 77)
        return Sheet(sheet.student, teacher, sheet.asked, sheet.cost)

    other = Outcome("scrambled", scrambled(outcome.clean), scrambled(outcome.moved))
    assert torch.equal(split(outcome), split(other))
    assert torch.equal(judge(outcome.moved), judge(other.moved))


def test_sheets_that_do_not_fit_are_refused() -> None:
    short, long = sheet_of([0], [0], [True]), sheet_of([0, 1], [0, 1], [True, True])
    with pytest.raises(InputError, match="'turn': 1 clean and 2 moved"):
        Outcome("turn", short, long)
