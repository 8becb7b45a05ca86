"""The queue of questions to one teacher: each once, in batches, within a budget, until it gives up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from preceptor.asking.ahead import AskedAhead
from preceptor.asking.call import Keyed
from preceptor.asking.keys import input_keys
from preceptor.asking.replies import BUDGET, Gap, Replies
from preceptor.asking.under_way import call_at_once, concurrency
from preceptor.core import (
    AnyTeacher,
    Budgeted,
    BudgetError,
    InputError,
    Inputs,
    Remembers,
    Texts,
)
from preceptor.core.inputs import in_words

GIVE_UP: Final = 5
"""After so many batches in a row without one answer, the teacher is left alone."""

NOT_TRIED: Final = f"not tried, after {GIVE_UP} batches in a row without an answer"

TEACHER_BATCH: Final = 256

ROUNDS: Final = 12
"""So many rounds of calls go together, where a teacher takes several at once: the last round of
each is seldom full."""

LOOKED_UP: Final = 4096
"""Keys at a time."""

Watch = Callable[[int], None]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Questions:
    """Inputs to be asked about, known by their keys.

    Attributes:
        keys: one for each, see :func:`preceptor.asking.input_keys`.
        fetch: the inputs of some, by number ``Int64[rows]``.
    """

    keys: Sequence[str]
    fetch: Callable[[Rows], Inputs]

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, inputs: Inputs, keys: Sequence[str] | None = None) -> "Questions":
        """Inputs that are in memory."""
        return cls(
            input_keys(inputs) if keys is None else keys,
            lambda rows: inputs[torch.from_numpy(rows)],
        )

    def take(self, rows: Rows) -> "Questions":
        """Some of them, by number."""
        return Questions(
            [self.keys[row] for row in rows.tolist()], lambda some: self.fetch(rows[some])
        )


def distinct(keys: Sequence[str]) -> tuple[Rows, Rows]:
    """The first question of each key, in order; and for each question, which of these it is."""
    place: dict[str, int] = {}
    same_as = np.array([place.setdefault(key, len(place)) for key in keys], np.int64)
    firsts = np.unique(same_as, return_index=True)[1].astype(np.int64)
    return firsts, same_as


class Queue:
    """Puts questions to a teacher, and knows when to stop.

    Whatever goes wrong with some questions touches no other. After a batch that the budget did not
    cover, only what has an answer already is looked up. After ``GIVE_UP`` batches in a row without
    any answer, nothing more is asked.

    A teacher that takes several calls at once gets several batches together; what a batch is, and
    hence the outcome, does not depend on that.

    Args:
        teacher: who is asked.
        batch: the most questions in a batch.

    Attributes:
        ended: whether the budget did not cover a question.
        gave_up: whether the teacher was left alone.
        unused: once its block has ended, the keys of questions that were begun, asked and never put.
    """

    def __init__(self, teacher: AnyTeacher, batch: int = TEACHER_BATCH) -> None:
        self.teacher, self.batch = teacher, min(batch, TEACHER_BATCH)
        self.many = concurrency(teacher)
        self.ended = self.gave_up = False
        self._silent, self._answered = 0, False
        self._ahead = AskedAhead()
        self.unused: set[str] = set()

    def __enter__(self) -> "Queue":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.unused = self._ahead.finish()
        else:
            self._ahead.cut()

    @property
    def begun(self) -> int:
        """How many questions were begun and not put yet."""
        return len(self._ahead)

    def has_begun(self, key: str) -> bool:
        """Whether this question was begun and not put yet."""
        return key in self._ahead

    @property
    def steady(self) -> bool:
        """Whether the teacher answers, as far as is known."""
        return self._answered and not (self._silent or self.ended or self.gave_up)

    def covers(self, questions: int) -> bool:
        """Whether a budget covers so many questions beside those begun."""
        remaining = self.teacher.remaining if isinstance(self.teacher, Budgeted) else None
        return remaining is None or remaining >= questions + self.begun

    def known(self, questions: Questions) -> Mask:
        """``Bool[questions]``, true where the answer is there already and costs nothing."""
        found = np.zeros(len(questions), np.bool_)
        if isinstance(self.teacher, Keyed):
            for start in range(0, len(questions), LOOKED_UP):
                some = slice(start, start + LOOKED_UP)
                found[some] = self.teacher.knows(questions.keys[some])
        elif isinstance(self.teacher, Remembers):
            for start in range(0, len(questions), self.batch):
                rows = np.arange(start, min(start + self.batch, len(questions)))
                found[rows] = self.teacher.known(questions.fetch(rows)).numpy()
        return found

    def put(
        self,
        questions: Questions,
        there: Mask | None = None,
        watch: Watch | None = None,
    ) -> Replies:
        """Put different questions in their order.

        Args:
            questions: no key twice.
            there: ``Bool[questions]``, where the answer is known already, if that was looked up.
            watch: told how many are done.

        Raises:
            InputError: nothing was ever answered, and all questions failed alike, together and
                alone; says what to do.
            LedgerError: the ledger failed.
            InconsistentTeacherError: the ledger says so.
        """
        parts: list[tuple[Tensor, Replies]] = []
        start = 0
        while start < len(questions) and not self.gave_up:
            rows = np.arange(start, min(start + self._portion(), len(questions)))
            parts += self._put(questions, rows, there)
            start = int(rows[-1]) + 1
            if watch is not None:
                watch(start)
        left = torch.ones(len(questions), dtype=torch.bool)
        for some, _ in parts:
            left[some] = False
        if bool(left.any()):
            some = left.nonzero()[:, 0]
            parts.append((some, Replies.none(len(some), Gap(NOT_TRIED))))
        return parts[0][1] if len(parts) == 1 else Replies.join(len(questions), parts)

    def begin(self, questions: Questions) -> None:
        """Ask questions that will be put, or may be, while something else is done.

        Does nothing where the teacher takes one call at a time. What is answered is remembered for
        :meth:`put`, which then judges it as if asked there. All calls together are never more than
        the teacher takes. For use in a block of this queue, which ends when they have ended:
        ``unused`` then holds the keys of those that were asked and never put.

        Args:
            questions: no key twice, and none that was begun or put.
        """
        if self.many == 1 or not len(questions):
            return
        inputs = questions.fetch(np.arange(len(questions)))
        self._ahead.begin(questions.keys, partial(call_keyed, self.teacher, inputs, questions.keys))

    def _portion(self) -> int:
        """How many questions go together: one batch, or several if many calls go at once."""
        if self.many == 1 or self._silent or not self._answered:
            return self.batch
        return self.batch * max(1, -(-ROUNDS * self.many // self.batch))

    def _put(
        self, questions: Questions, rows: Rows, there: Mask | None
    ) -> list[tuple[Tensor, Replies]]:
        """A portion; what came of it, batch by batch."""
        parts: list[tuple[Tensor, Replies]] = []
        if self.ended:
            known = self.known(questions.take(rows)) if there is None else there[rows]
            parts.append(_part(rows[~known], Replies.none(int((~known).sum()), _REFUSED)))
            rows = rows[known]
        if not len(rows):
            return parts
        replies = self._ask(questions.take(rows))
        if replies.hopeless and not self._knows(questions, there):
            raise InputError(hopeless(self.teacher, questions.fetch(rows), replies.gaps[0].why))
        for at in range(0, len(rows), self.batch):
            some = np.arange(at, min(at + self.batch, len(rows)))
            here = replies if len(some) == len(rows) else replies.take(torch.from_numpy(some))
            parts.append(_part(rows[some], here))
            if self._judge(here):
                break
        return parts

    def _ask(self, questions: Questions) -> Replies:
        """Ask about all that was not asked ahead."""
        parts = self._ahead.take(questions.keys)
        new = np.ones(len(questions), np.bool_)
        for rows, _ in parts:
            new[rows.numpy()] = False
        left = np.flatnonzero(new)
        if len(left):
            some = questions.take(left) if parts else questions
            with self._ahead.calls.inside():
                replies = call_keyed(self.teacher, some.fetch(np.arange(len(some))), some.keys)
            parts.append((torch.from_numpy(left), replies))
        return parts[0][1] if len(parts) == 1 else Replies.join(len(questions), parts)

    def _judge(self, replies: Replies) -> bool:
        """Take note of a batch; whether the teacher is left alone after it."""
        any_answer = len(replies.gaps) < len(replies)
        self._answered |= any_answer
        self.ended |= replies.end is not None
        silent = not (any_answer or replies.waiting or self.ended)
        self._silent = self._silent + 1 if silent else 0
        self.gave_up = self._silent == GIVE_UP
        return self.gave_up

    def _knows(self, questions: Questions, there: Mask | None) -> bool:
        """Whether anything was ever answered."""
        if self._answered:
            return True
        return bool((self.known(questions) if there is None else there).any())


_REFUSED = Gap(BUDGET, BudgetError)


def call_keyed(teacher: AnyTeacher, inputs: Inputs, keys: Sequence[str]) -> Replies:
    """A batch to a teacher that may know its questions by key; otherwise it is just called.

    What a budget refused has one reason, whoever keeps the budget.
    """
    if isinstance(teacher, Keyed):
        found = teacher.replies(inputs, keys)
    else:
        found = call_at_once(teacher, inputs)
    if found.end is None:
        return found
    gaps = {r: _REFUSED if gap.fault is BudgetError else gap for r, gap in found.gaps.items()}
    return Replies(found.answers, gaps)


def hopeless(teacher: AnyTeacher, inputs: Inputs, reason: str) -> str:
    """What to say of a teacher that fails on every question alike."""
    alone = "one text" if isinstance(inputs, Texts) else str(list(inputs.shape[1:]))
    return (
        f"teacher {teacher.name!r} has answered nothing: it failed on the first {len(inputs)} "
        f"questions together, and on each alone, always alike ({reason}). It was given "
        f"{in_words(inputs)}. Call it in Python with such a batch, or with "
        f"{alone} if it takes one input at a time (then "
        "Rule(..., batched=False)); if it is a service, see that it runs. Then run the same "
        "again: nothing is lost"
    )


def _part(rows: Rows, replies: Replies) -> tuple[Tensor, Replies]:
    return torch.from_numpy(rows), replies
