"""Verdicts and splits against their definitions, over everything that can be said."""

import pytest
import torch
from hypothesis import given
from sheets import SEEDED, every_pair, sheet_of, tables

from preceptor.core import ABSTAINED, BROKEN, UNCERTAIN, InputError
from preceptor.outcome import (
    ERROR_SPLITS,
    Outcome,
    Sheet,
    Split,
    Verdict,
    anchored,
    changes,
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


U, A = UNCERTAIN, ABSTAINED

PAIRS = [
    # student and teacher at the clean input, at the moved one
    ((0, 0), (1, 0), Split.SENSITIVITY),
    ((0, 0), (0, 1), Split.INVARIANCE),
    ((0, 0), (1, 2), Split.BOTH),
    ((1, 0), (1, 0), Split.STANDING),
    ((A, 0), (1, 0), Split.SENSITIVITY),
    # the teacher changed from nothing: no invariance, no sensitivity error
    ((0, U), (0, 1), Split.FROM_VOID),
    ((0, U), (1, 0), Split.FROM_VOID),
    ((0, U), (0, 0), Split.NONE),
    # right before; no longer the clean label; and yet no error
    ((0, 0), (1, 1), Split.FALSE_ALARM),
    ((0, 0), (1, U), Split.FALSE_ALARM),
    ((0, 0), (A, U), Split.FALSE_ALARM),
    ((0, 0), (0, U), Split.NONE),
    ((0, 0), (0, 0), Split.NONE),
    # wrong before, as students are: no attack raised any alarm
    ((1, 0), (1, U), Split.UNDONE),
    ((1, 0), (1, 1), Split.UNDONE),
    ((1, 0), (0, 0), Split.UNDONE),
    ((A, 0), (1, 1), Split.UNDONE),
    # the teacher was not certain of the clean input: the l_p reading has no label to hold
    ((1, U), (1, U), Split.NONE),
    ((1, U), (1, 1), Split.NONE),
    # an abstention is no error
    ((0, 0), (A, 0), Split.NONE),
    ((0, 0), (A, 1), Split.NONE),
]


@pytest.mark.parametrize(("clean", "moved", "wanted"), PAIRS)
def test_a_pair_is_what_a_person_would_call_it(
    clean: tuple[int, int], moved: tuple[int, int], wanted: Split
) -> None:
    sheets = [sheet_of([student], [teacher], [True]) for student, teacher in (clean, moved)]
    assert Split(int(split(Outcome("turn", *sheets)))) == wanted


def test_nothing_is_said_of_a_change_where_one_of_the_two_was_not_asked() -> None:
    for clean, moved, _ in PAIRS:
        there, gone = [sheet_of([s], [t], [True]) for s, t in (clean, moved)]
        unasked = [sheet_of([s], [t], [False]) for s, t in (clean, moved)]
        assert int(split(Outcome("turn", there, unasked[1]))) == Split.NONE
        wrong = int(judge(gone)) == Verdict.ERROR
        wanted = Split.UNSPLIT if wrong else Split.NONE
        assert int(split(Outcome("turn", unasked[0], gone))) == wanted


def test_the_error_splits_part_the_errors_and_no_other_verdict() -> None:
    outcome = every_pair()
    error = judge(outcome.moved) == Verdict.ERROR
    found = split(outcome)
    assert {int(s) for s in found[error].unique()} == set(ERROR_SPLITS)
    assert {int(s) for s in found[~error].unique()} == {
        Split.NONE,
        Split.FALSE_ALARM,
        Split.UNDONE,
    }


def test_a_conventional_failure_is_wrong_or_unasked_or_a_false_alarm_or_undone() -> None:
    """Every item that the l_p reading counts as wrong is accounted for, and by one word."""
    outcome = every_pair()
    verdict, found = judge(outcome.moved), split(outcome)
    wrong = (verdict == Verdict.ERROR) | (verdict == Verdict.ABSTAIN)
    calm = (found == Split.FALSE_ALARM) | (found == Split.UNDONE)
    assert not (calm & wrong).any()
    fails = fails_conventionally(outcome)
    assert (calm | wrong | (verdict == Verdict.UNASKED))[fails].all()
    assert fails[calm].all()


def test_an_error_where_the_teacher_was_not_certain_before_is_neither_of_the_two() -> None:
    outcome = every_pair()
    found, before = split(outcome), outcome.clean
    for one in (Split.SENSITIVITY, Split.INVARIANCE, Split.BOTH, Split.STANDING):
        assert (before.teacher[found == one] != UNCERTAIN).all()
        assert before.asked[found == one].all()


def test_what_the_teacher_changed_does_not_hang_on_the_student() -> None:
    clean = [(0, True), (0, True), (0, True), (U, True), (0, False), (0, True)]
    moved = [(0, True), (2, True), (U, True), (1, True), (1, True), (1, False)]

    def sheet(rows: list[tuple[int, bool]], student: int) -> Sheet:
        return sheet_of([student] * len(rows), [t for t, _ in rows], [a for _, a in rows])

    for student in (0, 1, A):
        found = changes(Outcome("turn", sheet(clean, student), sheet(moved, 1 - student % 2)))
        assert (found.kept, found.relabelled, found.doubted, found.of) == (1, 1, 1, 3)
        assert found.describe() == {"relabelled": 1, "doubted": 1, "kept": 1, "of": 3}


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
