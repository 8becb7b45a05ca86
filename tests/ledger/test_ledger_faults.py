"""Teachers that fail, lie or contradict themselves: nothing valid is lost, nothing invalid kept."""

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import torch
from ledger_fakes import CLASSES, Fake, Unanimous, honest, label_of, number, numbered, panel_of
from torch import Tensor

from preceptor.core import (
    Answers,
    BudgetError,
    IncompleteError,
    InconsistentTeacherError,
    LedgerError,
    TeacherError,
    UnansweredError,
)
from preceptor.ledger import Ledger

BAD = 3


def spoiled(field: str, value: float) -> Callable[[Tensor], Answers]:
    """Honest, but for input ``BAD`` in one field."""

    def say(inputs: Tensor) -> Answers:
        said = honest(inputs)
        for row, one in enumerate(inputs):
            if number(one) == BAD:
                getattr(said, field)[row] = value
        return said

    return say


def bad_votes(inputs: Tensor) -> Answers:
    said = honest(inputs)
    votes = said.labels[:, None].repeat(1, 2)
    votes[[number(one) == BAD for one in inputs]] = CLASSES
    return Answers(said.labels, said.cost, votes)


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (spoiled("labels", CLASSES), "answered 5"),
        (spoiled("labels", -2), "answered -2"),
        (spoiled("cost", math.nan), "cost of nan"),
        (spoiled("cost", math.inf), "cost of inf"),
        (spoiled("cost", -1.0), "cost of -1"),
        (bad_votes, "votes"),
    ],
)
def test_an_answer_that_is_none_costs_only_itself(
    say: Callable[[Tensor], Answers], why: str
) -> None:
    with Ledger(":memory:") as ledger:
        with pytest.raises(TeacherError, match=why) as caught:
            ledger.keep(Fake(say))(numbered(1, BAD, 2, BAD))
        assert caught.value.answered.tolist() == [True, False, True, False]
        assert caught.value.answers.labels.tolist() == [0, -1, 1, -1]
        assert set(caught.value.reasons) == {1, 3}
        assert [row.label for row in ledger.answers()] == [0, 1]
        assert ledger.check() == []


def raising(error: BaseException) -> Callable[[Tensor], Answers]:
    def say(inputs: Tensor) -> Answers:
        if any(number(one) == BAD for one in inputs):
            raise error
        return honest(inputs)

    return say


def untyped(inputs: Tensor) -> Answers:
    wrong = honest(inputs)
    object.__setattr__(wrong, "labels", wrong.labels.float())
    return wrong


def unpaired(inputs: Tensor) -> Answers:
    return honest(inputs[1:])


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (raising(ValueError("no signal")), "ValueError: no signal"),
        (untyped, "labels of torch.float32"),
        (unpaired, "asked 2 questions"),
        (lambda inputs: [0] * len(inputs), "returned list"),
    ],
)
def test_a_failed_call_costs_only_its_sub_batch(say: Callable[[Tensor], Answers], why: str) -> None:
    def sometimes(inputs: Tensor) -> Answers:
        return say(inputs) if any(number(one) == BAD for one in inputs) else honest(inputs)

    fake = Fake(sometimes)
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(fake, batch=2)
        with pytest.raises(TeacherError, match=why) as caught:
            kept(numbered(1, 2, BAD, 4, 6))
        assert caught.value.answered.tolist() == [True, True, False, False, True]
        fake.say = honest
        assert kept(numbered(1, 2, BAD, 4, 6)).labels.tolist() == [0, 1, 2, 3, 0]
        assert kept.spent == 5
    assert fake.calls == [[1, 2], [BAD, 4], [6], [BAD, 4]]


@pytest.mark.parametrize("panel", [False, True])
def test_a_failed_question_may_be_put_again_within_a_spent_budget(panel: bool) -> None:
    fake = Fake(raising(ValueError("no signal")))
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(panel_of(fake, Fake(name="other")) if panel else fake, budget=1)
        with pytest.raises(TeacherError):
            kept(numbered(BAD))
        assert kept.remaining == 0
        fake.say = honest
        assert kept(numbered(BAD)).labels.tolist() == [label_of(BAD)]
        assert kept.spent == 1
        with pytest.raises(BudgetError):
            kept(numbered(1))


def incomplete(kind: type[IncompleteError]) -> Callable[[Tensor], Answers]:
    def say(inputs: Tensor) -> Answers:
        answered = torch.tensor([number(one) != BAD for one in inputs])
        if answered.all():
            return honest(inputs)
        raise kind("wait", honest(inputs), answered, {int((~answered).nonzero()[0]): "asleep"})

    return say


@pytest.mark.parametrize("kind", [IncompleteError, UnansweredError, TeacherError, BudgetError])
def test_what_an_incomplete_answer_carries_is_kept(kind: type[IncompleteError]) -> None:
    fake = Fake(incomplete(kind))
    with Ledger(":memory:") as ledger:
        with pytest.raises(kind) as caught:
            ledger.keep(fake, batch=2)(numbered(1, BAD, 2))
        assert type(caught.value) is kind
        assert caught.value.answered.tolist() == [True, False, True]
        assert caught.value.reasons == {1: "asleep"}
        assert [row.label for row in ledger.answers()] == [0, 1]
    assert fake.calls == [[1, BAD], [2]]


def test_a_mask_of_the_wrong_length_is_no_answer() -> None:
    def say(inputs: Tensor) -> Answers:
        raise UnansweredError("wait", honest(inputs), torch.ones(len(inputs) + 1).bool())

    with Ledger(":memory:") as ledger:
        with pytest.raises(TeacherError, match="mask of shape"):
            ledger.keep(Fake(say))(numbered(1))
        assert not list(ledger.answers())


def test_the_budget_error_comes_first_and_tells_the_other_reasons_too() -> None:
    with Ledger(":memory:") as ledger:
        with pytest.raises(BudgetError) as caught:
            ledger.keep(Fake(spoiled("labels", 9)), budget=2)(numbered(BAD, 1, 2))
        assert caught.value.answered.tolist() == [False, True, False]
        assert "answered 9" in caught.value.reasons[0]
        assert "budget" in caught.value.reasons[2]


def test_an_interrupt_passes_through_and_loses_nothing(tmp_path: Path) -> None:
    fake = Fake(raising(KeyboardInterrupt()))
    with Ledger(tmp_path / "l") as ledger:
        kept = ledger.keep(fake, batch=2)
        with pytest.raises(KeyboardInterrupt):
            kept(numbered(1, 2, BAD, 4))
        assert kept.known(numbered(1, 2, BAD, 4)).tolist() == [True, True, False, False]
        with closing(sqlite3.connect(tmp_path / "l")) as db:
            assert db.execute("SELECT COUNT(*) FROM calls").fetchone() == (0,)
        fake.say = honest
        assert kept(numbered(1, 2, BAD, 4)).labels.tolist() == [0, 1, 2, 3]
        assert kept.spent == 4


def test_a_deterministic_teacher_that_changes_its_mind_is_named() -> None:
    fake = Fake()
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(fake)
        kept(numbered(1, 2))
        fake.say = spoiled("labels", 0)
        kept.again(numbered(1, 2))
        fake.say = lambda inputs: Answers(torch.full((len(inputs),), 3), torch.zeros(len(inputs)))
        key = next(ledger.answers()).input
        with pytest.raises(InconsistentTeacherError, match=f"{key}.*first 0, now 3"):
            kept.again(numbered(1, 2))
        assert [row.label for row in ledger.answers()] == [0, 1, 0, 1, 3, 3]
        assert kept(numbered(1)).labels.tolist() == [0]


def test_any_other_teacher_may_change_its_mind() -> None:
    fake = Fake(deterministic=False)
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(fake)
        kept(numbered(1))
        fake.say = lambda inputs: Answers(torch.full((len(inputs),), 3), torch.zeros(len(inputs)))
        assert kept.again(numbered(1)).labels.tolist() == [3]
        assert kept(numbered(1)).labels.tolist() == [0]


@pytest.mark.parametrize("deterministic", [True, False])
def test_an_answer_that_came_in_between_stays_the_first(deterministic: bool) -> None:
    """Both are kept: an answer paid for is never thrown away."""
    with Ledger(":memory:") as ledger:

        def say(inputs: Tensor) -> Answers:
            ledger.add(fake, inputs, Answers(torch.full((len(inputs),), 3), torch.zeros(1)))
            return honest(inputs)

        fake = Fake(say, deterministic=deterministic)
        if deterministic:
            with pytest.raises(InconsistentTeacherError):
                ledger.keep(fake)(numbered(1))
        else:
            assert ledger.keep(fake)(numbered(1)).labels.tolist() == [3]
        assert ledger.keep(fake)(numbered(1)).labels.tolist() == [3]
        assert [(row.label, row.repeat) for row in ledger.answers()] == [(3, 0), (0, 1)]


def test_an_inconsistent_member_is_named_through_its_panel() -> None:
    ann, bob = Fake(name="ann"), Fake(name="bob")
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(panel_of(ann, bob))
        kept(numbered(1))
        bob.say = lambda inputs: Answers(torch.full((len(inputs),), 3), torch.zeros(len(inputs)))
        with pytest.raises(InconsistentTeacherError, match="bob"):
            kept.again(numbered(1))


def test_a_members_answers_never_pass_for_the_panels() -> None:
    """The rule of ``Unanimous`` lets a member's error through, with the member's answers in it."""
    ann = Fake(incomplete(UnansweredError), name="ann")
    bob = Fake(lambda inputs: Answers(honest(inputs).labels.clamp(max=1), honest(inputs).cost))
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(panel_of(ann, bob))
        with pytest.raises(UnansweredError) as caught:
            kept(numbered(1, BAD, 2, 4))
        assert caught.value.answered.tolist() == [True, False, True, True]
        assert caught.value.answers.labels.tolist() == [0, -1, 1, -1]
    assert ann.asked == bob.asked == [1, BAD, 2, 4]


def test_a_fault_in_asking_anew_gives_no_old_answer() -> None:
    ann, bob = Fake(name="ann"), Fake(name="bob")
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(panel_of(ann, bob))
        kept(numbered(1, BAD))
        ann.say = incomplete(TeacherError)
        with pytest.raises(TeacherError) as caught:
            kept.again(numbered(1, BAD))
        assert not caught.value.answered.any()


def test_a_fault_of_the_file_is_no_fault_of_the_teacher(tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other")
    kept_there = other.keep(Fake())
    other.close()
    with Ledger(tmp_path / "l") as ledger, pytest.raises(LedgerError, match="closed"):
        ledger.keep(kept_there)(numbered(1))


def test_panel_rules_change_without_a_question() -> None:
    ann, bob = Fake(name="ann"), Fake(name="bob")
    with Ledger(":memory:") as ledger:
        ledger.keep(Unanimous((ann, bob)), purpose="a")(numbered(1, 2))
        stricter = ledger.keep(Unanimous((bob, ann), version="2"), budget=0, purpose="a")
        assert stricter(numbered(2, 1)).labels.tolist() == [label_of(2), label_of(1)]
        panels = [row for row in ledger.answers() if row.teacher not in ("ann", "bob")]
        assert sorted(row.version for row in panels) == ["1", "1", "2", "2"]
        assert {row.cost for row in panels} == {0.0}
    assert len(ann.asked) == len(bob.asked) == 2
