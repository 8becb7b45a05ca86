"""Attacks, teachers and students that fail: a finding or a reason, and nobody else is touched."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from audit_fakes import (
    Jitter,
    Pupil,
    Push,
    Scripted,
    Seer,
    codes,
    honest,
    points,
    run,
    sees,
    world,
)
from torch import Tensor

from preceptor.audit import Plan, Record, summarise
from preceptor.core import (
    ABSTAINED,
    BROKEN,
    UNCERTAIN,
    Answers,
    ArraySource,
    Domain,
    InconsistentTeacherError,
    InputError,
    LedgerError,
    TeacherError,
    UnansweredError,
    blank,
)
from preceptor.ledger import Ledger
from preceptor.outcome import Verdict, judge
from preceptor.teachers import with_retries

N = 40
LOW = points(N)[:, 0] < 0.5
"""The items that the fakes below choke on."""


def raises_on_low(inputs: Tensor) -> Tensor:
    if bool((inputs[:, 0] < 0.5).any()):
        raise ArithmeticError("too low")
    return 1 - inputs


def nan_on_low(inputs: Tensor) -> Tensor:
    return torch.where(inputs[:, :1] < 0.5, torch.tensor([0.1, math.nan]), 1 - inputs)


def scribbles(inputs: Tensor) -> Tensor:
    inputs[:] = 1 - inputs
    raises_on_low(1 - inputs)
    return inputs


ON_SOME = {
    "raises": (raises_on_low, "ArithmeticError: too low"),
    "nan": (nan_on_low, "it returned values that are not finite"),
    "scribbles over the clean inputs": (scribbles, "ArithmeticError: too low"),
}


@pytest.mark.parametrize(("act", "why"), ON_SOME.values(), ids=list(ON_SOME))
@pytest.mark.parametrize("batch", [1, 16, 256])
def test_an_attack_that_fails_on_some_items_leaves_just_these_unasked(
    act: Callable, why: str, batch: int, tmp_path: Path
) -> None:
    plan = Plan((Scripted(act), Push((0.5, 0.0))), batch=batch)
    record = run(tmp_path, plan=plan)
    failed, fine = record.moved
    assert torch.equal(failed.failed, LOW)
    assert torch.equal(failed.sheet.asked, ~LOW)
    assert torch.equal(judge(failed.sheet) == Verdict.UNASKED, LOW)
    assert record.facts["failures"]["scripted"] == {
        str(i): why for i in LOW.nonzero()[:, 0].tolist()
    }
    assert record.facts["failures"]["push"] == {}
    (finding,) = [f for f in record.facts["findings"] if f["code"] == "attack-failed"]
    assert f"scripted failed on {int(LOW.sum())} of {N} items" in finding["message"]
    rows = list(range(N))
    expected = torch.where(LOW[:, None], points(N), 1 - points(N))
    assert torch.equal(torch.from_numpy(record.inputs(1, rows)), expected)
    assert torch.equal(torch.from_numpy(record.inputs(0, rows)), points(N))
    assert fine.sheet.asked.all()
    assert not fine.failed.any()
    assert summarise(record).attacks[0].relative.unasked == int(LOW.sum())
    assert Record.load(tmp_path).digest == record.digest


def raises(inputs: Tensor) -> Tensor:
    raise RuntimeError("broken\nfor good " + "x" * 9000)


ON_ALL = {
    "raises": (raises, "RuntimeError: broken"),
    "nan": (lambda inputs: inputs * math.nan, "not finite"),
    "another shape": (lambda inputs: inputs[:, :1], "ValueError: it returned shape (1, 1) for"),
    "no tensor": (lambda inputs: inputs.numpy(), "TypeError: it returned ndarray"),
    "nothing": (lambda inputs: None, "TypeError: it returned NoneType"),
}


@pytest.mark.parametrize(("act", "why"), ON_ALL.values(), ids=list(ON_ALL))
def test_an_attack_that_fails_on_all_items_is_a_finding_and_no_exception(
    act: Callable, why: str, tmp_path: Path
) -> None:
    records = [
        run(tmp_path / str(batch), plan=Plan((Scripted(act), Jitter(0.25)), batch=batch))
        for batch in (1, 7, 256)
    ]
    record = records[0]
    assert len({one.digest for one in records}) == 1
    assert not record.moved[0].sheet.asked.any()
    assert codes(record) == {"attack-failed"}
    assert all(why in one for one in record.facts["failures"]["scripted"].values())
    row, other = summarise(record).attacks
    assert row.relative.value is None
    assert row.relative.bounds == (0.0, 1.0)
    assert other.relative.unasked == 0


def test_an_attack_that_returns_too_few_rows_is_run_item_by_item(tmp_path: Path) -> None:
    record = run(tmp_path, plan=Plan((Scripted(lambda inputs: 1 - inputs[:5]),), batch=16))
    assert record.moved[0].sheet.asked.all()
    assert codes(record) == set()


def test_whatever_an_attack_returns_is_put_into_the_domain(tmp_path: Path) -> None:
    record = run(tmp_path, plan=Plan((Scripted(lambda inputs: (inputs * 9).double()),)))
    moved = torch.from_numpy(record.inputs(1, list(range(N))))
    assert torch.equal(moved, (points(N) * 9).clamp(0, 1))


def test_misuse_of_an_attack_is_an_error_at_once(tmp_path: Path) -> None:
    def misused(inputs: Tensor) -> Tensor:
        raise InputError("it needs gradients")

    seer = Seer()
    with pytest.raises(InputError, match="needs gradients"):
        run(tmp_path, teacher=seer, plan=Plan((Scripted(misused),)))
    assert seer.calls == []


def odd(inputs: Tensor) -> Tensor:
    """The questions on which the teachers below fail."""
    return (inputs[:, 1] * 16).long() % 2 == 1


def refuses_odd(inputs: Tensor) -> Answers:
    said = honest(inputs)
    if bool(odd(inputs).any()):
        there, rows = ~odd(inputs), odd(inputs).nonzero()[:, 0].tolist()
        labels = torch.where(there, said.labels, 77)
        raise UnansweredError(
            "waiting", Answers(labels, said.cost), there, dict.fromkeys(rows, "on holiday")
        )
    return said


def wrong_label(inputs: Tensor) -> Answers:
    said = honest(inputs)
    return Answers(torch.where(odd(inputs), 7, said.labels), said.cost)


def wrong_cost(inputs: Tensor) -> Answers:
    said = honest(inputs)
    return Answers(said.labels, torch.where(odd(inputs), math.nan, said.cost))


SOME_QUESTIONS = {
    "unanswered": (refuses_odd, "on holiday"),
    "no label": (
        wrong_label,
        "answered 7, which is no label: expected 0 to 1, or -1 for uncertain",
    ),
    "no cost": (wrong_cost, "stated a cost of nan; expected a number >= 0"),
}


@pytest.mark.parametrize(("say", "why"), SOME_QUESTIONS.values(), ids=list(SOME_QUESTIONS))
def test_questions_without_an_answer_touch_no_other(
    say: Callable, why: str, tmp_path: Path
) -> None:
    plan = Plan((Jitter(0.5), Push((0.5, 0.0))))
    records = [
        run(tmp_path / str(batch), teacher=Seer(say), plan=Plan(plan.attacks, batch=batch))
        for batch in (16, 256)
    ]
    assert len({record.digest for record in records}) == 1
    record = records[0]
    rows = list(range(N))
    for k, said in enumerate((record.clean, *record.moved)):
        inputs = torch.from_numpy(record.inputs(k, rows))
        assert torch.equal(said.sheet.asked, ~odd(inputs))
        told = [sees(a) for a in inputs[:, 0].tolist()]
        expected = torch.where(odd(inputs), UNCERTAIN, torch.tensor(told))
        assert torch.equal(said.sheet.teacher, expected)
        assert torch.equal(said.sheet.cost == 0, odd(inputs))
    asked, answered = (record.facts["questions"][word] for word in ("asked", "answered"))
    assert record.facts["questions"]["unanswered"] == {why: asked - answered}
    assert Record.load(tmp_path / "16").digest == record.digest


def silent(inputs: Tensor) -> Answers:
    raise ConnectionError("nobody there")


def short(inputs: Tensor) -> Answers:
    return Answers(torch.zeros(3, dtype=torch.int64), torch.zeros(3))


def floats(inputs: Tensor) -> Answers:
    said = honest(inputs)
    object.__setattr__(said, "labels", said.labels + 0.5)
    return said


def bad_gap(inputs: Tensor) -> Answers:
    raise TeacherError("half", blank(2), torch.tensor([True, False]))


ALL_QUESTIONS = {
    "raises": (silent, "ConnectionError: nobody there"),
    "wrong length": (short, "asked 8 questions and returned labels of shape"),
    "not answers": (lambda inputs: "yes", "returned str; expected Answers"),
    "half labels": (floats, "returned labels of torch.float32; expected whole numbers"),
    "gaps of another length": (bad_gap, "carries a mask of shape (2,)"),
}


@pytest.mark.parametrize(("say", "why"), ALL_QUESTIONS.values(), ids=list(ALL_QUESTIONS))
@pytest.mark.parametrize("kept", [False, True])
def test_a_teacher_that_never_answers_is_left_alone_after_five_batches(
    say: Callable, why: str, kept: bool, tmp_path: Path
) -> None:
    seer = Seer(say)
    with Ledger(tmp_path / "ledger") as ledger:
        teacher = ledger.keep(seer, purpose="audit") if kept else seer
        record = run(tmp_path / "out", teacher=teacher, plan=Plan((Jitter(0.5),), batch=8))
    assert len(seer.calls) == 5
    questions = record.facts["questions"]
    assert questions["answered"] == 0
    reasons = dict(questions["unanswered"])
    left = questions["asked"] - 40
    assert reasons.pop("not tried, after 5 batches in a row without an answer") == left
    assert sum(reasons.values()) == 40
    assert all(why in reason for reason in reasons)
    assert not record.clean.sheet.asked.any()
    summary = summarise(record)
    assert all(row.relative.value is None for row in summary.rows)
    assert all(row.conventional.value is None for row in summary.rows)
    assert Record.load(tmp_path / "out").digest == record.digest


def test_a_teacher_that_comes_back_is_asked_on(tmp_path: Path) -> None:
    """Four silent batches, an answer, four more: it is not left alone."""

    def say(inputs: Tensor) -> Answers:
        if len(seer.calls) % 5:
            raise ConnectionError("nobody there")
        return honest(inputs)

    seer = Seer(say)
    record = run(tmp_path, teacher=seer, plan=Plan((Jitter(0.5), Jitter(0.25)), batch=4))
    assert len(seer.asked) == record.facts["questions"]["asked"]
    assert record.facts["questions"]["answered"] > 0


def test_a_re_run_asks_what_is_missing_and_attacks_nothing_again(tmp_path: Path) -> None:
    seer, push = Seer(refuses_odd, deterministic=False), Push((0.5, 0.0))
    plan = Plan((push, Jitter(0.25)))
    with Ledger(tmp_path / "ledger") as ledger:
        kept = ledger.keep(seer, purpose="audit")
        first = run(tmp_path / "out", teacher=kept, plan=plan)
        calls, asked = list(push.calls), set(seer.asked)
        seer.say = honest
        seer.calls.clear()
        second = run(tmp_path / "out", teacher=kept, plan=plan)
    assert push.calls == calls
    assert len(seer.asked) == sum(first.facts["questions"]["unanswered"].values())
    assert set(seer.asked) < asked
    assert second.digest == run(tmp_path / "plain", plan=plan).digest
    assert second.digest != first.digest


def test_a_teacher_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    def say(inputs: Tensor) -> Answers:
        if bool(odd(inputs).any()):
            time.sleep(0.5)
        return honest(inputs)

    slow = with_retries(Seer(say), timeout=0.2, retries=0, pause=0.0)
    record = run(tmp_path, teacher=slow, source=world(12), plan=Plan(batch=4))
    unanswered = record.facts["questions"]["unanswered"]
    assert any("no answer within 0.2 s" in reason for reason in unanswered)
    inputs = torch.from_numpy(record.inputs(0, list(range(12))))
    assert not record.clean.sheet.asked[odd(inputs)].any()
    assert record.clean.sheet.asked.any()


@pytest.mark.parametrize("error", [LedgerError("disk full"), InconsistentTeacherError("two")])
def test_the_ledgers_own_troubles_end_the_audit(error: Exception, tmp_path: Path) -> None:
    def say(inputs: Tensor) -> Answers:
        raise error

    with pytest.raises(type(error), match=str(error)):
        run(tmp_path, teacher=Seer(say))
    assert not (tmp_path / "record.json").exists()


def think_nan(seen: Tensor) -> Tensor:
    logits = torch.stack([0.5 - seen, seen - 0.5], 1) * 8
    return torch.where((seen > 0.75)[:, None], math.nan, logits)


def test_a_student_with_broken_logits_is_wrong_wherever_the_teacher_is_certain(
    tmp_path: Path,
) -> None:
    records = [
        run(tmp_path / str(b), student=Pupil(think_nan), plan=Plan((Push((0.0, 0.5)),), batch=b))
        for b in (1, 256)
    ]
    record = records[0]
    assert len({one.digest for one in records}) == 1
    assert codes(record) == {"nan-logits"}
    broken = record.moved[0].sheet.student == BROKEN
    assert torch.equal(broken, torch.from_numpy(record.inputs(1, list(range(N)))[:, 1]) > 0.75)
    assert not (judge(record.moved[0].sheet)[broken] == Verdict.AGREE).any()
    assert Record.load(tmp_path / "1").digest == record.digest


def test_a_student_that_abstains_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    record = run(tmp_path, student=Pupil(shy=4.0), plan=Plan((Push((0.0, 0.5)),)))
    verdicts = judge(record.clean.sheet)
    abstains = record.clean.sheet.student == ABSTAINED
    certain = record.clean.sheet.teacher != UNCERTAIN
    assert torch.equal(verdicts == Verdict.ABSTAIN, abstains & certain)
    row = summarise(record).clean
    assert row.verdicts["ABSTAIN"] > 0
    assert row.relative.misses == row.verdicts["ABSTAIN"] + row.verdicts["ERROR"]


def test_a_domain_with_fixed_and_whole_features_is_kept_to(tmp_path: Path) -> None:
    mask = torch.tensor([True, False])
    for name in ("fixed", "whole"):
        domain = Domain((2,), **{name: mask})
        rows = torch.tensor([[0.0, 0.25], [1.0, 0.75], [1.0, 0.5]])
        source = ArraySource(rows, domain)
        record = run(tmp_path / name, source=source, plan=Plan((Push((0.75, 0.5)),)))
        moved = record.inputs(1, [0, 1, 2])
        wanted = [0.0, 1.0, 1.0] if name == "fixed" else [1.0, 1.0, 1.0]
        assert moved[:, 0].tolist() == wanted
        assert moved[:, 1].tolist() == [0.75, 1.0, 1.0]
