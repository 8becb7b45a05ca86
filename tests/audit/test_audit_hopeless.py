"""A teacher that fails on every question alike is left at once, with words that help."""

import re
import time
from pathlib import Path

import pytest
import torch
from audit_fakes import Jitter, run
from torch import Tensor, nn

from preceptor.audit import Plan
from preceptor.core import UNCERTAIN, HopelessError, InputError, Teacher, TeacherError
from preceptor.ledger import Ledger
from preceptor.teachers import Careful, Model, Panel, Rule, with_retries

ITEMS = torch.rand(20, 3, generator=torch.Generator().manual_seed(0))


def of_pictures(inputs: Tensor) -> Tensor:
    """Expects another shape than it gets."""
    return inputs.mean((1, 2, 3)).long()


def rule(function: object = of_pictures, name: str = "rule") -> Rule:
    return Rule(function, name=name, classes=2, version="1")  # type: ignore[arg-type]


def panel() -> Panel:
    """Four members that could answer, and one network with a layer for another width."""
    good = [rule(lambda inputs: inputs[:, 0].long(), f"good {i}") for i in range(4)]
    torch.manual_seed(0)
    return Panel([*good, Model(nn.Linear(64, 2), name="narrow", classes=2)], name="panel")


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(
    ("make", "why"), [(rule, "IndexError: "), (panel, "narrow: .*RuntimeError: ")]
)
def test_an_audit_stops_at_once_and_says_what_was_asked(
    make: object, why: str, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher: Teacher = with_retries(make(), pause=0.05)  # type: ignore[operator]
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with Ledger(tmp_path / "ledger") as ledger:
        if kept:
            teacher = ledger.keep(teacher, purpose="audit", batch=8)
        with pytest.raises(InputError) as caught:
            run(tmp_path / "out", teacher=teacher, plan=Plan((Jitter(0.5),), batch=16))
    assert len(slept) <= 40, "a few retries, not some for each of the questions"
    words = str(caught.value)
    assert re.search(rf"has answered nothing.*always alike \(.*{why}", words)
    assert re.search(r"batch of shape \[16, .*\], float32, with values from \S+ to \S+\.", words)
    assert "Then run the same again" in words


def of_one(inputs: Tensor) -> int:
    """Written for one input; of a batch it is another exception than of a batch of one."""
    return int(inputs[0] > inputs[1])


def in_words(inputs: Tensor) -> list[str]:
    return ["yes" if row[0] > 0.5 else "no" for row in inputs]


@pytest.mark.parametrize(
    ("function", "why"),
    [(of_one, r"IndexError.*then Rule\(..., batched=False\)"), (in_words, "class numbers from 0")],
)
def test_a_function_of_one_input_and_one_of_words_are_told_at_once(
    function: object, why: str, tmp_path: Path
) -> None:
    teacher = with_retries(rule(function), pause=0)
    with pytest.raises(InputError, match=f"has answered nothing.*{why}"):
        run(tmp_path / "out", teacher=teacher, plan=Plan((Jitter(0.5),), batch=16))


def test_no_question_is_tried_again_and_later_batches_are_sampled() -> None:
    calls: list[int] = []

    def broken(inputs: Tensor) -> Tensor:
        calls.append(len(inputs))
        raise ValueError(f"no room for {len(inputs)}")

    teacher = Careful(rule(broken), pause=0)
    with pytest.raises(HopelessError, match="no answer to 20 of 20 questions; row 0: ValueError"):
        teacher(ITEMS)
    assert calls == [20] * 3 + [1] * 20
    calls.clear()
    with pytest.raises(HopelessError):
        teacher(ITEMS)
    assert calls == [20, 1, 1, 1]


def test_one_answer_gives_hope() -> None:
    """Sampled questions that are answered, or fail in another way, bring back the full care."""
    down = True

    def moody(inputs: Tensor) -> Tensor:
        if down or float(inputs[:, 0].min()) < 0.2:
            raise ValueError("no")
        return torch.zeros(len(inputs), dtype=torch.int64)

    teacher = Careful(rule(moody), pause=0)
    with pytest.raises(HopelessError):
        teacher(ITEMS)
    down = False
    with pytest.raises(TeacherError) as caught:
        teacher(ITEMS)
    assert not isinstance(caught.value, HopelessError)
    assert torch.equal(caught.value.answered, ITEMS[:, 0] >= 0.2)
    with pytest.raises(TeacherError) as again:  # the teacher has answered before
        teacher(ITEMS[ITEMS[:, 0] < 0.2])
    assert (again.value.answers.labels == UNCERTAIN).all()


def test_failures_that_differ_are_no_sign() -> None:
    def picky(inputs: Tensor) -> Tensor:
        raise (KeyError if len(inputs) == 1 and inputs[0, 0] < 0.5 else ValueError)("no")

    with pytest.raises(TeacherError) as caught:
        Careful(rule(picky), pause=0)(ITEMS)
    assert not isinstance(caught.value, HopelessError)


def test_an_audit_with_answers_goes_on(tmp_path: Path) -> None:
    """Where a ledger knows some answers, the rest that fail alike are unanswered, as ever."""
    with Ledger(tmp_path / "ledger") as ledger:
        teacher = rule(lambda inputs: torch.zeros(len(inputs), dtype=torch.int64))
        kept = ledger.keep(teacher, budget=9, purpose="audit")
        plan = Plan((Jitter(0.5),), batch=16)
        run(tmp_path / "out", teacher=kept, plan=plan)
        broken = ledger.keep(with_retries(rule(), pause=0), purpose="audit")
        record = run(tmp_path / "out", teacher=broken, plan=plan)
    assert record.facts["questions"]["answered"] == 9
