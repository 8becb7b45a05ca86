"""Items are put to a teacher in their order, input by input, each question once."""

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from preceptor.audit.ask import TEACHER_BATCH, hear
from preceptor.audit.queue import Codes, Queue
from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    BudgetError,
    IncompleteError,
    Remembers,
    Teacher,
    UnansweredError,
)
from preceptor.outcome import Sheet


@dataclass(frozen=True)
class Heard:
    """What came of one question.

    Attributes:
        label: the answer; ``UNCERTAIN`` if there is none.
        cost: of the answer.
        votes: of a panel's members.
        reason: why there is no answer; ``None`` if there is one.
        waits: there may be one when the audit is run again: a person has not answered yet, or the
            budget has ended. Else the teacher has failed.
        place: sheet and item at which the question came up first.
    """

    label: int
    cost: float
    votes: list[int] | None
    reason: str | None
    waits: bool
    place: tuple[int, int]


class Interview:
    """What a teacher said so far of the items of a queue.

    Args:
        teacher: who is asked.
        queue: the items.
        batch: the most questions at once; the same answers come of any.
    """

    def __init__(self, teacher: Teacher, queue: Queue, batch: int) -> None:
        sheets, items = len(queue.stages), len(queue.rows)
        self.teacher, self.queue, self.batch = teacher, queue, min(batch, TEACHER_BATCH)
        self.heard: dict[bytes, Heard] = {}
        self.known = 0
        """How many of the questions had an answer before they were put."""
        self.labels = np.full((sheets, items), UNCERTAIN)
        self.cost = np.zeros((sheets, items), np.float32)
        self.there = np.zeros((sheets, items), np.bool_)
        self.waits = np.zeros(items, np.bool_)
        self._votes: dict[tuple[int, int], list[int]] = {}

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(one.reason is None for one in self.heard.values())

    @property
    def reasons(self) -> dict[str, int]:
        """How many questions have no answer, by reason."""
        return dict(Counter(o.reason for o in self.heard.values() if o.reason is not None))

    def ask(self, items: Codes) -> None:
        """Put the inputs of some items, clean ones first, then attack by attack.

        An item that waits for an answer is asked about no further.
        """
        left = items
        for sheet in range(len(self.queue.stages)):
            self._put(sheet, left[~self.queue.failed(sheet, left)])
            left = left[~self.waits[left]]

    def put_all(self, items: Codes) -> None:
        """Put every input of some items."""
        for sheet in range(len(self.queue.stages)):
            self._put(sheet, items)

    def sheet(self, sheet: int, items: Codes) -> Sheet:
        """What was said of some items."""
        return Sheet(
            self.queue.student(sheet, items),
            torch.from_numpy(self.labels[sheet, items]),
            torch.from_numpy(self.there[sheet, items]),
            torch.from_numpy(self.cost[sheet, items]),
        )

    def votes(self, sheet: int, items: Codes) -> Tensor | None:
        """``Int64[items, members]`` of a panel, ``MISSING`` where nothing was said; else none."""
        if not self._votes:
            return None
        members = max(map(len, self._votes.values()))
        found = np.full((len(items), members), MISSING)
        for row, item in enumerate(items.tolist()):
            said = self._votes.get((sheet, item), [])
            found[row, : len(said)] = said
        return torch.from_numpy(found)

    def _put(self, sheet: int, items: Codes) -> None:
        """Ask about one input of each of these items, but for those with the same content."""
        if not len(items):
            return
        keys: list[bytes] = []
        new: dict[bytes, int] = {}
        for start in range(0, len(items), self.batch):
            for item, row in zip(
                items[start : start + self.batch].tolist(),
                self.queue.inputs(sheet, items[start : start + self.batch]),
                strict=True,
            ):
                keys.append(blake2b(row.tobytes(), digest_size=16).digest())
                if keys[-1] not in self.heard:
                    new.setdefault(keys[-1], item)
        fresh = list(new.items())
        for start in range(0, len(fresh), self.batch):
            self._hear(sheet, fresh[start : start + self.batch])
        for item, key in zip(items.tolist(), keys, strict=True):
            self._note(sheet, item, self.heard[key])

    def _hear(self, sheet: int, fresh: list[tuple[bytes, int]]) -> None:
        """One call of the teacher."""
        faults: list[IncompleteError] = []

        def call(inputs: Tensor) -> Answers:
            try:
                return self.teacher(inputs)
            except IncompleteError as error:
                faults.append(error)
                raise

        items = np.array([item for _, item in fresh], np.int64)
        inputs = torch.from_numpy(self.queue.inputs(sheet, items))
        if isinstance(self.teacher, Remembers):
            self.known += int(self.teacher.known(inputs).sum())
        heard = hear(call, inputs, self.teacher)
        waits = any(isinstance(error, BudgetError | UnansweredError) for error in faults)
        answers = heard.answers
        for row, (key, item) in enumerate(fresh):
            reason = None if bool(heard.answered[row]) else heard.reasons[row]
            self.heard[key] = Heard(
                label=int(answers.labels[row]),
                cost=float(answers.cost[row]),
                votes=None if answers.votes is None else answers.votes[row].tolist(),
                reason=reason,
                waits=waits and reason is not None,
                place=(sheet, item),
            )

    def _note(self, sheet: int, item: int, heard: Heard) -> None:
        self.labels[sheet, item] = heard.label
        self.cost[sheet, item] = heard.cost
        self.there[sheet, item] = heard.reason is None
        self.waits[item] |= heard.waits
        if heard.votes is not None and heard.reason is None:
            self._votes[sheet, item] = heard.votes


def there(interview: Interview) -> NDArray[np.int64]:
    """``Int64[questions, 2]``, sheet and item of every question that has an answer."""
    places = [one.place for one in interview.heard.values() if one.reason is None]
    return np.array(places, np.int64).reshape(-1, 2)
