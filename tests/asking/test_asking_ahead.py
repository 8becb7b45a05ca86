"""Questions asked ahead: within what the teacher takes, kept when they come, dropped when not needed."""

import importlib
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from asking_worlds import BATCH, Pupil, Push, Seer, drawn, honest, world
from torch import Tensor

from preceptor.asking import Questions, Queue
from preceptor.audit import Plan, audit
from preceptor.core import Answers, InconsistentTeacherError, Teacher
from preceptor.ledger import Ledger
from preceptor.search import SearchPlan, search
from preceptor.sequential import StoppingRule
from preceptor.teachers import Panel, Unanimous

INPUTS = torch.rand(30, 2, generator=torch.Generator().manual_seed(5))


class Counting:
    """Says the truth after a while, and counts its calls."""

    def __init__(self, pause: float = 0.02) -> None:
        self.pause, self.gate = pause, threading.Lock()
        self.now = self.most = self.ended = 0

    def __call__(self, inputs: Tensor) -> Answers:
        with self.gate:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.pause)
        with self.gate:
            self.now -= 1
            self.ended += len(inputs)
        return honest(inputs)


def answers_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT COUNT(*) FROM answers").fetchone()[0])


def engine(name: str, teacher: Teacher, folder: Path) -> str:
    if name == "search":
        plan = SearchPlan(80, first=10, round=10)
        return search(Pupil(), teacher, world(), plan, out=folder).digest
    plan = Plan((Push(),), batch=BATCH, until=StoppingRule(least=0.85))
    with drawn():
        return audit(Pupil(), teacher, world(), plan, folder).digest


@pytest.mark.parametrize("name", ["search", "audit --until"])
@pytest.mark.parametrize("panel", [False, True], ids=["one", "panel"])
def test_all_batches_together_make_no_more_calls_than_the_teacher_takes(
    name: str, panel: bool, tmp_path: Path
) -> None:
    fast, slow = Counting(), Counting()
    teacher: Teacher = Seer(fast, name="a", concurrency=6)
    if panel:
        teacher = Panel([teacher, Seer(slow, name="b")], "panel", Unanimous(2))
    with Ledger(tmp_path / "book") as ledger:
        engine(name, ledger.keep(teacher), tmp_path / "out")
    assert fast.most == 6
    assert slow.most == int(panel), "a member that takes one call at a time"


OURS = {
    "search": "preceptor.search.rounds._tallies",
    "audit --until": "preceptor.audit.run_sequential._needed",
}
"""What goes on while calls are under way."""


@pytest.mark.parametrize("name", OURS)
def test_an_interrupt_in_our_own_work_keeps_what_had_arrived(name: str, tmp_path: Path) -> None:
    count = Counting(0.01)

    def stops(*given: object) -> int:
        if count.ended >= 25:
            time.sleep(0.1)  # meanwhile more comes
            raise KeyboardInterrupt
        return real(*given)

    package, _, function = OURS[name].rpartition(".")
    real = getattr(importlib.import_module(package), function)
    with patch(OURS[name], stops), Ledger(tmp_path / "book") as ledger:
        with pytest.raises(KeyboardInterrupt):
            engine(name, ledger.keep(Seer(count, concurrency=4)), tmp_path / "out")
        done = count.ended
    kept = answers_in(tmp_path / "book")
    assert done >= 25
    assert done - 4 <= kept <= done + 4, "but for what was in flight"
    with Ledger(tmp_path / "book") as ledger:
        after = engine(name, ledger.keep(Seer(count, concurrency=4)), tmp_path / "out")
    assert after == engine(name, Seer(), tmp_path / "plain")


def test_what_nobody_needs_is_not_asked_and_what_was_asked_is_kept(tmp_path: Path) -> None:
    count = Counting(0.05)
    with Ledger(tmp_path / "book") as ledger:
        with Queue(ledger.keep(Seer(count, concurrency=2))) as queue:
            queue.begin(Questions.of(INPUTS))
            first = queue.put(Questions.of(INPUTS[:4])) if queue.begun else None
            queue.begin(Questions.of(INPUTS[4:8] + 1))
        assert first is not None
        assert not first.gaps
        assert answers_in(tmp_path / "book") == count.ended
    assert len(queue.unused) == count.ended - 4, "asked, and never put"


def test_dropped_questions_are_put_again_if_they_come_up(tmp_path: Path) -> None:
    """A gap of a call that was not made is never taken for an answer."""
    seer = Seer(Counting(0.05), concurrency=2)
    with Ledger(tmp_path / "book") as ledger:
        kept = ledger.keep(seer)
        with Queue(kept) as queue:
            queue.begin(Questions.of(INPUTS))
        assert len(queue.unused) < len(INPUTS)
        found = Queue(kept).put(Questions.of(INPUTS))
    assert not found.gaps
    assert torch.equal(found.answers.labels, honest(INPUTS).labels)
    assert len(seer.asked) == len(set(seer.asked)) == len(INPUTS)


def test_what_goes_wrong_ahead_is_said_when_it_is_put_or_at_the_end() -> None:
    def contradicts(inputs: Tensor) -> Answers:
        raise InconsistentTeacherError("two answers to one question")

    queue = Queue(Seer(contradicts, concurrency=3))
    with queue:
        queue.begin(Questions.of(INPUTS[:3]))
        with pytest.raises(InconsistentTeacherError, match="two answers"):
            queue.put(Questions.of(INPUTS[:3]))
    queue = Queue(Seer(contradicts, concurrency=3))
    queue.begin(Questions.of(INPUTS[3:6]))
    time.sleep(0.2)
    with pytest.raises(InconsistentTeacherError, match="two answers"):
        queue.__exit__(None, None, None)


def test_a_teacher_that_takes_one_call_at_a_time_is_not_asked_ahead() -> None:
    seer = Seer()
    with Queue(seer) as queue:
        queue.begin(Questions.of(INPUTS))
    assert not seer.asked
    assert not queue.unused
