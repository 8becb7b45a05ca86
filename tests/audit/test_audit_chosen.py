"""Coming back with fewer rows, under another name of the same thing; and two audits at once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import SQUARE, Jitter, Push, Seer, points, run, world
from torch import Tensor

from preceptor.audit import Plan, check_decision
from preceptor.core import Answers, ArraySource, InputError, UnansweredError
from preceptor.ledger import Ledger
from preceptor.sequential import StoppingRule

ATTACKS = (Push((0.0, 0.125), "up"), Jitter(0.25))
OPEN = StoppingRule(least=0.62)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger") as made:
        yield made


def without(rows: Tensor, gone: set[int]) -> ArraySource:
    there = [row for row in range(len(rows)) if row not in gone]
    return ArraySource(rows[there], SQUARE, [str(row) for row in there], "world")


@pytest.mark.parametrize(
    "plan",
    [
        Plan((Push((0.0, 0.1250001), "up"), Jitter(0.25)), until=OPEN),
        Plan(ATTACKS[:1], until=OPEN),
        Plan(ATTACKS, until=OPEN),
    ],
    ids=["attack-changed", "attack-left-out", "of-items-then-source"],
)
def test_what_was_asked_about_in_another_attempt_cannot_be_left_out(
    tmp_path: Path, book: Ledger, plan: Plan
) -> None:
    """Else whoever has seen which items are wrong asks anew, of the others."""
    kept, rows = book.keep(Seer()), points(100)
    of = StoppingRule(least=0.62, of="items")
    made = run(tmp_path / "a", teacher=kept, source=world(100), plan=Plan(ATTACKS, until=of))
    alone = [item for item in made.ids if int((rows == rows[int(item)]).all(1).sum()) == 1]
    gone = {int(item) for item in alone[:5]}
    with pytest.raises(InputError, match=r"lack 5 of the \d+ items that somebody was asked about"):
        run(tmp_path / "b", teacher=kept, source=without(rows, gone), plan=plan)
    whole = run(tmp_path / "c", teacher=kept, source=world(100), plan=plan)
    assert check_decision(whole) == []


def test_a_proxy_keeps_no_places_but_what_was_asked_about_stays(
    tmp_path: Path, book: Ledger
) -> None:
    kept, rows = book.keep(Seer()), points(100)
    plan = Plan(ATTACKS, until=OPEN)
    made = run(tmp_path / "a", teacher=kept, source=world(100), plan=plan, proxy=Seer(name="guess"))
    asked = {int(item) for item in made.ids}
    alone = [row for row in range(100) if int((rows == rows[row]).all(1).sum()) == 1]
    inside = next(row for row in alone if row in asked)
    spare = next(row for row in alone if row not in asked)
    with pytest.raises(InputError, match=r"lack 1 of the \d+ items that somebody"):
        run(tmp_path / "b", teacher=kept, source=without(rows, {inside}), plan=plan)
    run(tmp_path / "c", teacher=kept, source=without(rows, {spare}), plan=plan)


def test_a_question_that_is_withheld_cannot_be_left_out(tmp_path: Path, book: Ledger) -> None:
    """A person who knows what the student says there answers nothing, and the row is taken out."""
    rows = points(100)
    seen: list[Tensor] = []

    class Silent(Seer):
        def __call__(self, inputs: Tensor) -> Answers:
            seen.append(inputs)
            labels, cost = torch.full((len(inputs),), -1), torch.zeros(len(inputs))
            raise UnansweredError("later", Answers(labels, cost), labels > -1)

    plan = Plan(ATTACKS, until=OPEN)
    run(tmp_path / "a", teacher=book.keep(Silent()), source=world(100), plan=plan)
    first = seen[0][0]
    gone = {int(row) for row in np.flatnonzero((rows == first).all(1).numpy())}
    assert gone
    with pytest.raises(InputError, match="answered or not"):
        run(tmp_path / "b", teacher=book.keep(Seer()), source=without(rows, gone), plan=plan)


def test_two_at_once_do_not_bet_one_stake_twice(tmp_path: Path, book: Ledger) -> None:
    """While one audit asks, another begins with another proxy; then a third comes."""
    rule = Plan(ATTACKS, until=StoppingRule(least=0.7))
    told = {"source": world(80), "plan": rule}

    class Meeting(Seer):
        met = False
        journal = book.keep(Seer()).journal  # a ledger lets one ask at a time

        def __call__(self, inputs: Tensor) -> Answers:
            if not self.met:
                self.met = True
                found.append(
                    run(
                        tmp_path / "b",
                        teacher=book.keep(Seer()),
                        proxy=Seer(name="other"),
                        nonce="b",
                        **told,
                    )
                )
            return super().__call__(inputs)

    found: list = []
    with pytest.raises(InputError, match="ran at the same time"):
        run(tmp_path / "a", teacher=Meeting(), proxy=Seer(name="guess"), **told)
    assert check_decision(found[0]) == []
    third = run(
        tmp_path / "c", teacher=book.keep(Seer()), proxy=Seer(name="third"), nonce="c", **told
    )
    assert third.facts["stopping"]["attempt"]["legs"] == 3
    assert check_decision(third) == []


def test_two_at_once_with_two_files_keep_to_one_order(tmp_path: Path, book: Ledger) -> None:
    rows = points(150)
    plan = Plan(ATTACKS, until=StoppingRule(within=0.05))
    found: list = []

    class Meeting(Seer):
        turn = 0
        journal = book.keep(Seer()).journal

        def __call__(self, inputs: Tensor) -> Answers:
            self.turn += 1
            if self.turn == 1:
                larger = ArraySource(rows, SQUARE, list(map(str, range(150))), "world")
                kept = book.keep(Seer())
                found.append(run(tmp_path / "b", teacher=kept, source=larger, plan=plan, nonce="b"))
            return super().__call__(inputs)

    smaller = ArraySource(rows[:60], SQUARE, list(map(str, range(60))), "world")
    with pytest.raises(InputError, match="ran at the same time"):
        run(tmp_path / "a", teacher=Meeting(), source=smaller, plan=plan)
    again = run(tmp_path / "c", teacher=book.keep(Seer()), source=world(150), plan=plan, nonce="c")
    assert again.facts["stopping"]["process"] == found[0].facts["stopping"]["process"]
    assert torch.equal(again.moved[0].sheet.student, found[0].moved[0].sheet.student)
