"""What batches that are under way at the same time share: the calls a teacher takes, and the end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol, runtime_checkable

from preceptor.core import Teacher


@runtime_checkable
class OpenCalls(Protocol):
    """The calls of one batch."""

    def drop(self) -> None:
        """Make no further call; what is under way is waited for."""
        ...

    def cut(self) -> None:
        """Make no further call, and wait for none."""
        ...


class SharedCalls:
    """All calls of one queue. Safe with threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[int, tuple[Teacher, threading.Semaphore]] = {}
        self._open: set[OpenCalls] = set()
        self._dropped = self._was_cut = False

    def slot(self, teacher: Teacher, many: int) -> threading.Semaphore:
        """To be held during a call of this teacher, which takes so many at once."""
        with self._lock:
            # the teacher is kept beside it, so that no other gets its number meanwhile
            fresh = (teacher, threading.Semaphore(many))
            return self._slots.setdefault(id(teacher), fresh)[1]

    def enter(self, calls: OpenCalls) -> None:
        """From now on these calls end with all others."""
        with self._lock:
            self._open.add(calls)
            dropped, was_cut = self._dropped, self._was_cut
        if was_cut:
            calls.cut()
        elif dropped:
            calls.drop()

    def leave(self, calls: OpenCalls) -> None:
        """These calls are over."""
        with self._lock:
            self._open.discard(calls)

    def drop(self) -> None:
        """Make no further call; what is under way is waited for."""
        with self._lock:
            self._dropped, found = True, list(self._open)
        for calls in found:
            calls.drop()

    def cut(self) -> None:
        """Make no further call, and wait for none."""
        with self._lock:
            self._was_cut, found = True, list(self._open)
        for calls in found:
            calls.cut()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Calls that this thread makes in this block are among these."""
        token = _SHARED.set(self)
        try:
            yield
        finally:
            _SHARED.reset(token)


_SHARED: Final[ContextVar[SharedCalls | None]] = ContextVar("shared calls", default=None)


def shared_calls() -> SharedCalls:
    """To which the calls of this thread belong; new ones where nothing was said."""
    return _SHARED.get() or SharedCalls()
