"""Any interleaving of asking, failing, interrupting and reopening equals a dictionary."""

import shutil
import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from ledger_fakes import CLASSES, Fake, honest, label_of, number, numbered
from torch import Tensor

from preceptor.core import Answers, BudgetError, TeacherError
from preceptor.ledger import Ledger

BATCH = 3
BUDGETS: dict[str, int | None] = {"free": None, "tight": 4, "wide": 9}
NUMBERS = st.integers(0, 11)
BATCHES = st.lists(NUMBERS, max_size=9)
PURPOSES = st.sampled_from(sorted(BUDGETS))


class Memory(RuleBasedStateMachine):
    """The ledger beside its model: who knows what, and who asked what."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.known: set[int] = set()
        self.put: dict[str, set[int]] = {purpose: set() for purpose in BUDGETS}
        self.anew: dict[str, int] = dict.fromkeys(BUDGETS, 0)
        self.repeats: dict[int, int] = {}
        self.broken: set[int] = {2, 5, 8}
        self.calls_left = 10**6
        self.teacher = Fake(self.say)
        self.ledger = Ledger(self.folder / "l")

    def say(self, inputs: Tensor) -> Answers:
        if self.calls_left == 0:
            raise KeyboardInterrupt
        self.calls_left -= 1
        said = honest(inputs)
        for row, one in enumerate(inputs):
            if number(one) in self.broken:
                said.labels[row] = CLASSES
        return said

    def room(self, purpose: str) -> int:
        budget = BUDGETS[purpose]
        return 10**6 if budget is None else budget - len(self.put[purpose]) - self.anew[purpose]

    def answer(self, n: int) -> None:
        self.known.add(n)
        self.repeats[n] = self.repeats.get(n, 0) + 1

    def expect(self, numbers: list[int], purpose: str, calls: int) -> bool:
        """Move the model; whether the call is interrupted."""
        missing = [n for n in dict.fromkeys(numbers) if n not in self.known]
        for start in range(0, len(missing), BATCH):
            window = missing[start : start + BATCH]
            new = [n for n in window if n not in self.put[purpose]]
            refused = new[max(0, self.room(purpose)) :]
            mine = [n for n in window if n not in refused]
            self.put[purpose].update(mine)
            if mine and calls == 0:
                return True
            calls -= bool(mine)
            for n in mine:
                if n not in self.broken:
                    self.answer(n)
        return False

    @rule(numbers=BATCHES, purpose=PURPOSES, calls=st.sampled_from([0, 1, 2, 99, 99, 99]))
    def ask(self, numbers: list[int], purpose: str, calls: int) -> None:
        kept = self.ledger.keep(self.teacher, BUDGETS[purpose], purpose, batch=BATCH)
        self.calls_left = calls
        before = len(self.teacher.asked)
        first = set(self.known)
        if self.expect(numbers, purpose, calls):
            with pytest.raises(KeyboardInterrupt):
                kept(numbered(*numbers))
            return
        answered = [n in self.known for n in numbers]
        if all(answered):
            answers = kept(numbered(*numbers))
        else:
            refused = any(n not in self.known | self.put[purpose] for n in numbers)
            with pytest.raises(BudgetError if refused else TeacherError) as caught:
                kept(numbered(*numbers))
            assert caught.value.answered.tolist() == answered
            assert set(caught.value.reasons) == {i for i, a in enumerate(answered) if not a}
            answers = caught.value.answers
        labels = [label_of(n) if n in self.known else -1 for n in numbers]
        assert answers.labels.tolist() == labels
        assert not first & set(self.teacher.asked[before:])

    @rule(numbers=BATCHES, purpose=PURPOSES)
    def again(self, numbers: list[int], purpose: str) -> None:
        kept = self.ledger.keep(self.teacher, BUDGETS[purpose], purpose, batch=BATCH)
        self.calls_left = 10**6
        covered = numbers[: max(0, self.room(purpose))]
        self.anew[purpose] += len(covered)
        good = [n for n in covered if n not in self.broken]
        for n in good:
            self.answer(n)
        if len(good) == len(numbers):
            assert kept.again(numbered(*numbers)).labels.tolist() == [label_of(n) for n in numbers]
            return
        with pytest.raises((BudgetError, TeacherError)) as caught:
            kept.again(numbered(*numbers))
        assert int(caught.value.answered.sum()) == len(good)

    @rule(numbers=BATCHES)
    def add(self, numbers: list[int]) -> None:
        inputs = numbered(*numbers)
        new = set(numbers) - self.known
        assert self.ledger.add(self.teacher, inputs, honest(inputs)).stored == len(new)
        for n in new:
            self.answer(n)

    @rule(numbers=st.sets(NUMBERS, max_size=3))
    def change_what_breaks(self, numbers: set[int]) -> None:
        self.broken = numbers

    @rule()
    def reopen(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.folder / "l")

    @invariant()
    def the_ledger_equals_the_model(self) -> None:
        everything = torch.arange(12).tolist()
        for purpose, budget in BUDGETS.items():
            kept = self.ledger.keep(self.teacher, budget, purpose)
            assert kept.spent == len(self.put[purpose]) + self.anew[purpose]
            assert budget is None or kept.spent <= budget
        known = kept.known(numbered(*everything)).tolist()
        assert known == [n in self.known for n in everything]
        assert sum(self.repeats.values()) == sum(1 for _ in self.ledger.answers())

    def teardown(self) -> None:
        assert self.ledger.check() == []
        self.ledger.close()
        shutil.rmtree(self.folder)


TestMemory = Memory.TestCase
TestMemory.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, derandomize=True
)
