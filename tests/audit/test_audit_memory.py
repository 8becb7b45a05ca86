"""Passes keep within the batch, and memory that runs out is told, with nothing lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from audit_fakes import Jitter, Pupil, Push, Scripted, Seer, codes, honest, inputs_of, run, world
from torch import Tensor, nn

from preceptor.attacks import parse
from preceptor.audit import Plan
from preceptor.audit.audit_progress import AuditProgress
from preceptor.core import ArraySource, Domain, InputError, OutOfMemoryError
from preceptor.core.out_of_memory import is_out_of_memory
from preceptor.core.passes import at_most, within
from preceptor.ledger import Ledger
from preceptor.students import TorchStudent
from preceptor.teachers import Rule, with_retries

SQUARES = torch.rand(24, 1, 6, 6, generator=torch.Generator().manual_seed(0))
HUNGRY = ("standard:eps=0.1", "noise:size=0.1,tries=2", "keep", "rotate", "apgd:eps=0.1,targets=1")

RAN_OUT: dict[str, Callable[[], Exception]] = {
    "torch on a processor": lambda: RuntimeError(
        "[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory: you tried to "
        "allocate 9000000000 bytes."
    ),
    "torch on another system": lambda: RuntimeError(
        "not enough memory: you tried to allocate 9 bytes"
    ),
    "CUDA": lambda: torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    "Python": MemoryError,
    "C++": lambda: RuntimeError("std::bad_alloc"),
}


@dataclass
class Counted:
    """A network whose passes are counted."""

    inner: TorchStudent
    passes: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __call__(self, inputs: Tensor) -> Tensor:
        self.passes.append(len(inputs))
        return self.inner(inputs)


def network() -> Counted:
    torch.manual_seed(0)
    layers = nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)
    return Counted(TorchStudent(nn.Sequential(*layers).double(), classes=3, name="net"))


def rows(inputs: Tensor) -> Tensor:
    return inputs.mean((1, 3)).topk(1, 1).indices[:, 0] // 2


def hungry(batch: int) -> Plan:
    attacks = tuple(parse(one, pool=SQUARES) for one in HUNGRY)
    return Plan(attacks, seed=3, batch=batch)


@pytest.mark.parametrize("batch", [3, 5])
def test_no_pass_takes_more_than_the_batch_and_the_record_is_the_same(
    tmp_path: Path, batch: int
) -> None:
    source = ArraySource(SQUARES, Domain((1, 6, 6)), name="squares")
    teacher = Rule(rows, name="rows", classes=3)
    few, many = network(), network()
    small = run(tmp_path / "few", student=few, teacher=teacher, source=source, plan=hungry(batch))
    large = run(tmp_path / "many", student=many, teacher=teacher, source=source, plan=hungry(64))
    assert max(few.passes) == batch
    assert max(many.passes) > len(SQUARES)  # what keeps it small is the batch, not the attacks
    for record in (small, large):
        record.facts.pop("student")  # known by all that it holds, and it holds its passes
    assert small.facts == large.facts
    for one, other in zip(small.moved, large.moved, strict=True):
        assert torch.equal(one.sheet.student, other.sheet.student)
        assert torch.equal(one.sheet.teacher, other.sheet.teacher)
    assert (small.run["batch"], large.run["batch"]) == (batch, 64)


def test_bounds_within_bounds() -> None:
    assert within(9) == 9
    with at_most(4), at_most(7):
        assert within(9) == 4
    assert within(9) == 9


@dataclass
class Heavy(Pupil):
    """The pupil; it fails on passes of more than so many."""

    fails: Callable[[], Exception] = MemoryError
    most: int = 4

    def __call__(self, inputs: Tensor) -> Tensor:
        if len(inputs) > self.most:
            raise self.fails()
        return super().__call__(inputs)


@pytest.mark.parametrize("fails", RAN_OUT.values(), ids=RAN_OUT)
def test_a_student_for_which_memory_runs_out_is_told_with_the_remedy(
    tmp_path: Path, fails: Callable[[], Exception]
) -> None:
    with pytest.raises(OutOfMemoryError, match=r"--batch 8 .*'pupil'.* with --batch 4"):
        run(tmp_path, student=Heavy(fails=fails), plan=Plan((Jitter(0.75),), batch=8))
    record = run(tmp_path, student=Heavy(fails=fails), plan=Plan((Jitter(0.75),), batch=4))
    plain = run(tmp_path / "plain", plan=Plan((Jitter(0.75),)))
    assert codes(record) == codes(plain)
    assert inputs_of(record) == inputs_of(plain)


def test_where_a_single_item_does_not_fit_the_remedy_is_no_batch(tmp_path: Path) -> None:
    with pytest.raises(OutOfMemoryError, match="One item at a time does not fit either"):
        run(tmp_path, student=Heavy(most=0), plan=Plan(batch=1))


def test_an_attack_that_runs_out_of_memory_is_no_attack_that_failed_on_items(
    tmp_path: Path,
) -> None:
    def runs_out(inputs: Tensor) -> Tensor:
        raise MemoryError

    with pytest.raises(OutOfMemoryError):
        run(tmp_path, plan=Plan((Scripted(runs_out),), batch=8))


def test_what_was_moved_in_one_batch_is_found_in_another(tmp_path: Path) -> None:
    def ends(step: AuditProgress) -> None:
        if step.done == 16:
            raise MemoryError

    first, second = (Push((0.0, 0.5), "up") for _ in range(2))
    with pytest.raises(OutOfMemoryError):
        run(tmp_path, plan=Plan((first,), batch=8), watch=ends)
    record = run(tmp_path, plan=Plan((second,), batch=5))
    assert first.calls == [8, 8]
    assert second.calls == [5] * 5  # items 15 to 39
    plain = run(tmp_path / "plain", plan=Plan((Push((0.0, 0.5), "up"),)))
    assert inputs_of(record) == inputs_of(plain)


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("kept", [False, True])
def test_a_teacher_for_which_memory_runs_out_leaves_no_gap_and_loses_no_answer(
    tmp_path: Path, careful: bool, kept: bool
) -> None:
    calls: list[int] = []

    def say(inputs: Tensor) -> Any:
        calls.append(len(inputs))
        if len(calls) == 3:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return honest(inputs)

    with Ledger(tmp_path / "ledger") as book:
        seer = Seer(say)
        who = with_retries(seer) if careful else seer
        teacher = book.keep(who, purpose="audit") if kept else who
        with pytest.raises(OutOfMemoryError, match="'seer'"):
            run(tmp_path / "audit", teacher=teacher, plan=Plan(batch=8))
        assert calls == [8, 8, 8]
        record = run(tmp_path / "audit", teacher=teacher, plan=Plan(batch=4))
    several = len({row.numpy().tobytes() for row in world().inputs})
    assert sum(calls[3:]) == (several - 16 if kept else several)  # 16 were answered, and kept
    assert record.facts["questions"]["answered"] == several


def test_what_a_message_was_raised_from_counts_and_other_errors_do_not() -> None:
    told = InputError("the student fails")
    assert not is_out_of_memory(told)
    told.__cause__ = MemoryError()
    assert is_out_of_memory(told)
    for other in (ValueError("out of memory"), RuntimeError("shape"), InputError("bad_alloc")):
        assert not is_out_of_memory(other)
