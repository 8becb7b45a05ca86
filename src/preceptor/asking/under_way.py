"""Many calls at once: so many under way as the teacher says it takes.

Threads call the teacher and nothing else; whoever asked takes what has arrived, keeps it and uses
it, in one thread. Threads are daemons: a call that nobody waits for any more does not keep the
process alive.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

import torch
from torch import Tensor

from preceptor.asking.call import Keyed, call
from preceptor.asking.pace import pace_of
from preceptor.asking.replies import Gap, Replies
from preceptor.asking.shared_calls import shared_calls
from preceptor.core import AnyTeacher, Composite, InputError, Inputs, TeacherError

PATIENCE: Final = 3
"""After so many rounds of calls in a row that all ran out of time, the rest is not asked."""

SETTLING: Final = 0.01
"""Seconds between looks at whether calls are still under way."""

OUT_OF_TIME: Final = "OutOfTimeError"

DROPPED: Final = Gap("not asked: nobody waits for it any more", TeacherError)
"""The reason of questions asked ahead whose call was not made."""


@dataclass(frozen=True)
class Arrival:
    """What one call brought.

    Attributes:
        rows: ``Int64[call]``, of the batch.
        replies: to these rows.
        seconds: that the call took.
    """

    rows: Tensor
    replies: Replies
    seconds: float


def concurrency(teacher: AnyTeacher) -> int:
    """How many calls a teacher takes at once; of a panel, the most that a member takes.

    Raises:
        InputError: it says so in something else than a whole number from 1.
    """
    if isinstance(teacher, Composite):
        return max(map(concurrency, teacher.members))
    return _count(teacher, "concurrency")


def check_concurrency(teacher: AnyTeacher) -> None:
    """See that what a teacher says of calls at once can be used.

    Raises:
        InputError: it cannot.
    """
    concurrency(teacher)
    per_call(teacher)
    pace_of(teacher)


def per_call(teacher: AnyTeacher) -> int:
    """How many questions a call gets, of a teacher that takes several at once.

    Raises:
        InputError: as of :func:`concurrency`.
    """
    return _count(teacher, "per_call")


def _count(teacher: AnyTeacher, attribute: str) -> int:
    found = getattr(teacher, attribute, 1)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise InputError(
            f"teacher {teacher.name!r} has {attribute}={found!r}; expected a whole number from 1"
        )
    return found


class Calls:
    """The calls that answer one batch.

    A teacher that takes one call at a time gets the batch as it is, in this thread. One that takes
    several gets ``per_call`` questions at a time. Leaving the block hands out no further call, and
    waits for none. Batches that are under way at the same time share the calls that a teacher takes.

    Args:
        teacher: who is called; its concurrency counts.
        inputs: a batch, of any kind.
        ask: what to call instead of the teacher itself.
    """

    def __init__(
        self, teacher: AnyTeacher, inputs: Inputs, ask: Callable[[Any], object] | None = None
    ) -> None:
        many = 1 if isinstance(teacher, Composite | Keyed) else _count(teacher, "concurrency")
        rows = torch.arange(len(inputs))
        size = len(inputs) if many == 1 else per_call(teacher)
        parts = torch.split(rows, size) if len(inputs) else (rows,)
        self._teacher, self._inputs, self._ask = teacher, inputs, ask or teacher
        self._pace, self._many = pace_of(teacher), min(many, len(parts))
        self._shared = shared_calls()
        self._slot = self._shared.slot(teacher, many)
        self._waiting = deque(parts)
        self._left, self._slow, self._stopped = len(parts), 0, False
        self._busy = 0
        self._found: list[Arrival] = []
        self._lock = threading.Lock()
        self._done: queue.SimpleQueue[Arrival | BaseException] = queue.SimpleQueue()

    def __enter__(self) -> "Calls":
        self._shared.enter(self)
        if self._many > 1:
            for number in range(self._many):
                who = f"ask {self._teacher.name} {number}"
                threading.Thread(target=self._work, name=who, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._shared.leave(self)

    def stop(self) -> None:
        """Hand out no further call."""
        with self._lock:
            self._stopped = True

    def drop(self) -> None:
        """Hand out no further call; nothing came of the others. Safe from another thread."""
        for rows in self._take_all():
            self._done.put(Arrival(rows, Replies.none(len(rows), DROPPED), 0.0))

    def cut(self) -> None:
        """Whoever waits for something to arrive is interrupted. Safe from another thread."""
        self.stop()
        self._done.put(KeyboardInterrupt())

    @property
    def left(self) -> int:
        """How many calls have not been taken yet."""
        return self._left

    def arrived(self) -> list[Arrival]:
        """What has arrived and was not taken yet; waits for something, if anything is to come.

        Raises:
            LedgerError, InconsistentTeacherError: a call raised it.
        """
        if self._many == 1 and self._done.empty():
            with self._slot:
                rows = self._next()
                self._found = [] if rows is None else [self._call(rows)]
            if self._found:
                return self._taken(self._found)
        found = self._found = []  # an interrupt may come before anybody has it
        while self._left > len(found) and not (found and self._done.empty()):
            one = self._done.get()
            if isinstance(one, BaseException):
                if not found:
                    raise one
                self._done.put(one)  # first what arrived before it
                break
            found.append(one)
        return self._taken(found)

    def finished(self) -> list[Arrival]:
        """What has arrived, for whoever stops early; waits for nothing, and hands out no further call.

        What :meth:`arrived` brought last is among it.
        """
        self.stop()
        found = list(self._found)
        while not self._done.empty():
            one = self._done.get()
            found += [one] if isinstance(one, Arrival) else []
        return found

    def settled(self) -> list[Arrival]:
        """What arrives of the calls that are under way, once all have; hands out no further call.

        For whoever stops for good: a service that was asked will be paid. What :meth:`arrived` brought
        last is among it.
        """
        self.stop()
        while self._busy_now():
            time.sleep(SETTLING)
        return self.finished()

    def _busy_now(self) -> bool:
        with self._lock:
            return self._busy > 0

    def _taken(self, found: list[Arrival]) -> list[Arrival]:
        self._left -= len(found)
        for one in found:
            slow = {gap.kind for gap in one.replies.gaps.values()} == {OUT_OF_TIME}
            self._slow = self._slow + 1 if slow else 0
        if self._slow >= PATIENCE * self._many and self._left:
            found += self._give_up()
        return found

    def _give_up(self) -> list[Arrival]:
        """The calls that are not made any more."""
        rows = self._take_all()
        self._left -= len(rows)
        gap = Gap(
            f"not asked, after {self._slow} calls in a row that ran out of time", TeacherError
        )
        return [Arrival(some, Replies.none(len(some), gap), 0.0) for some in rows]

    def _take_all(self) -> list[Tensor]:
        with self._lock:
            rows, self._waiting = list(self._waiting), deque()
        return rows

    def _next(self, *, count: bool = False) -> Tensor | None:
        with self._lock:
            if self._stopped or not self._waiting:
                return None
            self._busy += count
            return self._waiting.popleft()

    def _work(self) -> None:
        while True:
            with self._slot:
                rows = self._next(count=True)
                if rows is None:
                    return
                try:
                    self._done.put(self._call(rows))
                except BaseException as error:
                    self._done.put(error)
                    return
                finally:
                    with self._lock:
                        self._busy -= 1

    def _call(self, rows: Tensor) -> Arrival:
        began = time.monotonic()
        replies = call(
            self._ask,
            self._inputs[rows],
            name=self._teacher.name,
            classes=self._teacher.classes,
            pace=self._pace,
        )
        return Arrival(rows, replies, time.monotonic() - began)


def call_at_once(
    teacher: AnyTeacher, inputs: Inputs, ask: Callable[[Any], object] | None = None
) -> Replies:
    """A batch to a teacher, with as many calls under way as it takes."""
    parts: list[tuple[Tensor, Replies]] = []
    with Calls(teacher, inputs, ask) as calls:
        while calls.left:
            parts += [(one.rows, one.replies) for one in calls.arrived()]
    return parts[0][1] if len(parts) == 1 else Replies.join(len(inputs), parts)
