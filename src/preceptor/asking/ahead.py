"""Questions that are asked while the one who asks works out something else.

A thread of their own puts them, keeps what arrives and waits for the rest; so an answer is on disk
when it has come, however long the work takes meanwhile.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor

from preceptor.asking.replies import Gap, Replies
from preceptor.asking.shared_calls import SharedCalls
from preceptor.asking.under_way import DROPPED

PATIENT: Final = 2.0
"""Seconds in which what has arrived is written, after an interrupt."""


@dataclass(eq=False)
class AskedAhead:
    """The questions of one queue that were begun and not put yet.

    Attributes:
        calls: to which all calls of the queue belong.
    """

    calls: SharedCalls = field(default_factory=SharedCalls)
    _begun: dict[str, tuple["Future[Replies]", int]] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._begun)

    def __contains__(self, key: str) -> bool:
        return key in self._begun

    def begin(self, keys: Sequence[str], ask: Callable[[], Replies]) -> None:
        """Have a thread ask these questions, of which none is begun."""
        future: Future[Replies] = Future()

        def work() -> None:
            try:
                with self.calls.inside():
                    future.set_result(ask())
            except BaseException as error:
                future.set_exception(error)

        thread = threading.Thread(target=work, name="ask ahead", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        self._begun.update((key, (future, row)) for row, key in enumerate(keys))
        thread.start()

    def take(self, keys: Sequence[str]) -> list[tuple[Tensor, Replies]]:
        """What came of those of these questions that were begun, with their places; waits for it.

        Left out where an answer has to be waited for: such a question is put again, in its turn.

        Raises:
            LedgerError, InconsistentTeacherError: asking raised it.
        """
        begun: dict[Future[Replies], list[tuple[int, int]]] = {}
        for place, key in enumerate(keys):
            if key in self._begun:
                future, row = self._begun.pop(key)
                begun.setdefault(future, []).append((place, row))
        parts = []
        for future, both in begun.items():
            replies = future.result()
            there = [(place, row) for place, row in both if _final(replies.gaps.get(row))]
            places, rows = torch.tensor(there, dtype=torch.int64).reshape(-1, 2).T
            if len(there):
                parts.append((places, replies.take(rows)))
        return parts

    def finish(self) -> set[str]:
        """Make no further call, wait for those under way; the questions asked and not put.

        Raises:
            LedgerError, InconsistentTeacherError: asking raised it.
        """
        self.calls.drop()
        asked = set()
        for key, (future, row) in self._begun.items():
            if future.result().gaps.get(row) != DROPPED:
                asked.add(key)
        return asked

    def cut(self) -> None:
        """Make no further call and wait for none; what has arrived is kept."""
        self.calls.cut()
        for thread in self._threads:
            thread.join(PATIENT)
        for future, _ in self._begun.values():
            with suppress(BaseException):
                future.cancel() or future.exception(0)


def _final(gap: Gap | None) -> bool:
    """Whether a question need not be put again."""
    return gap is None or not (gap.waits or gap == DROPPED)
