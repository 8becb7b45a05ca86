"""Replies of a service, kept under what was asked: on disk before they are read, and never asked for twice.

A ledger keeps answers under a teacher's version. What a service sent is kept beside them under the
request itself. So another threshold, another reading or further samples cost nothing for what was sent
before, and an answer is computed from what is on disk.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from preceptor.core import Journal


@dataclass(frozen=True, eq=False)
class KeptReplies:
    """What was sent, by request. Safe with threads.

    Attributes:
        journal: where it is kept; ``None`` to remember it as long as this object lives.
    """

    journal: Journal | None = None
    _here: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asked: dict[str, tuple[threading.Lock, int]] = field(default_factory=dict, repr=False)

    @contextmanager
    def alone(self, request: str) -> Iterator[None]:
        """No other thread is in here with the same request: it is not asked twice at once."""
        with self._lock:
            lock, many = self._asked.get(request, (threading.Lock(), 0))
            self._asked[request] = lock, many + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, many = self._asked.pop(request)
                if many > 1:
                    self._asked[request] = lock, many - 1

    def first(self, request: str) -> dict[str, Any] | None:
        """The first reply to a request; ``None`` if there is none.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        found = self._all(request)
        return json.loads(found[0]) if found else None

    def every(self, request: str) -> list[dict[str, Any]]:
        """All of them, in the order in which they came."""
        return [json.loads(one) for one in self._all(request)]

    def keep(self, request: str, reply: Mapping[str, Any]) -> None:
        """Keep a further reply to a request; it is on disk when this returns.

        Raises:
            LedgerError: the ledger cannot be written.
        """
        text = json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
        if self.journal is None:
            with self._lock:
                self._here.setdefault(request, []).append(text)
            return
        while not self.journal.note(_topic(request), text, len(self._all(request))):
            pass  # somebody else wrote one meanwhile

    def _all(self, request: str) -> list[str]:
        if self.journal is None:
            with self._lock:
                return list(self._here.get(request, ()))
        return self.journal.notes(_topic(request))


def request_key(*parts: object) -> str:
    """The key of a request: a hash of all that is asked. No address and no key of a service in it."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _topic(request: str) -> str:
    return f"reply {request}"
