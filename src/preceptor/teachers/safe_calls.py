"""Single calls of a teacher that may be slow, raise or say what is no answer, and what they bring."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from preceptor.asking import Gap, Replies
from preceptor.core import Answers, AnyTeacher, Inputs, TeacherError


class OutOfTimeError(Exception):
    """The call took longer than the timeout."""


def timed(teacher: AnyTeacher, inputs: Inputs, timeout: float | None) -> object:
    """What the teacher returns or raises, within so many seconds.

    Raises:
        OutOfTimeError: it took longer, and goes on in a thread of its own.
    """
    if timeout is None:
        return teacher(inputs)
    returned: list[object] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(teacher(inputs))
        except BaseException as error:
            raised.append(error)

    worker = threading.Thread(target=work, name=f"ask {teacher.name}", daemon=True)
    worker.start()
    worker.join(timeout)
    if raised:
        raise raised[0]
    if not returned:
        raise OutOfTimeError
    return returned[0]


@dataclass(frozen=True)
class Failure:
    """Why one call brought nothing.

    Attributes:
        kind: the exception's class.
        reason: in words.
        slow: whether time ran out.
    """

    kind: str
    reason: str
    slow: bool

    def like(self, other: "Failure | None") -> bool:
        """Whether both raised the same exception. Words may differ: they tell a batch's length."""
        return other is not None and not (self.slow or other.slow) and self.kind == other.kind


class PartialAnswers:
    """The answers so far. Grows while a batch is being asked.

    Args:
        batch: how many questions there are.

    Attributes:
        gaps: why there is no answer, by row.
    """

    def __init__(self, batch: int) -> None:
        self.gaps = dict.fromkeys(range(batch), Gap("no reason given"))
        self._batch = batch
        self._parts: list[tuple[Tensor, Replies]] = []

    @property
    def any(self) -> bool:
        """Whether there is an answer."""
        return len(self.gaps) < self._batch

    def enter(self, rows: Tensor, replies: Replies) -> None:
        """Keep what came of asking about ``rows``."""
        good = replies.answered.nonzero()[:, 0]
        self._parts.append((rows[good], replies.take(good)))
        for row in rows[good].tolist():
            self.gaps.pop(row, None)
        self.gaps.update((int(rows[row]), gap) for row, gap in replies.gaps.items())

    def fail(self, rows: Iterable[int], why: str) -> None:
        """Note why these rows have no answer."""
        self.gaps.update(dict.fromkeys(rows, Gap(why)))

    @property
    def answers(self) -> Answers:
        """Of the whole batch, ``UNCERTAIN`` at cost 0 where there is none."""
        found = Replies.join(self._batch, self._parts).answers
        return Answers(found.labels, found.cost.float(), found.votes, found.sets)

    def error(self, who: str, kind: type[TeacherError], failure: Failure | None) -> TeacherError:
        """What to raise for the rows without an answer."""
        first = min(self.gaps)
        error = kind(
            f"teacher {who!r} gave no answer to {len(self.gaps)} of {self._batch} questions; "
            f"row {first}: {self.gaps[first].why}. Run again to ask only these, or leave them unasked.",
            *self.carried,
        )
        if failure is not None and not self.any:
            error.kind = failure.kind
        return error

    @property
    def carried(self) -> tuple[Answers, Tensor, dict[int, str]]:
        """What an error carries: answers, where there are any, and why not."""
        answered = torch.ones(self._batch, dtype=torch.bool)
        answered[list(self.gaps)] = False
        return self.answers, answered, {row: gap.why for row, gap in sorted(self.gaps.items())}
