"""Who is asking: the owner of a claim, and whether it still lives.

A claim says "this question is being asked at this moment". Its owner is one call in one process.
On the same host the process table tells whether it lives; the start time tells a process from a
later one with the same number. Elsewhere, or where the system does not tell, the claim lapses
when its lease ends.
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_calls: Final[set[str]] = set()
_calls_lock: Final = threading.Lock()


@dataclass(frozen=True)
class QuestionClaim:
    """One question being asked.

    Attributes:
        token: names the call that asks.
        host: machine, boot and process namespace.
        pid: process number there.
        started: start time of that process as the system tells it; empty if it does not.
        until: end of the lease, seconds since 1970.
    """

    token: str
    host: str
    pid: int
    started: str
    until: float

    @property
    def alive(self) -> bool:
        """Whether its owner may still bring the answer."""
        if self.host != this_host():
            return time.time() < self.until
        if self.pid == os.getpid() and self.started == start_of(self.pid):
            return self.token in _calls
        if not self.started:
            return time.time() < self.until
        return start_of(self.pid) == self.started


@contextmanager
def calling(lease: float) -> Iterator[QuestionClaim]:
    """A claim for one call of this process, alive until the block ends."""
    token = uuid.uuid4().hex
    pid = os.getpid()
    with _calls_lock:
        _calls.add(token)
    try:
        yield QuestionClaim(token, this_host(), pid, start_of(pid), time.time() + lease)
    finally:
        with _calls_lock:
            _calls.discard(token)


@cache
def this_host() -> str:
    """The machine, its boot and the process namespace: where a process number has a meaning."""
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        pass
    return " ".join(parts)


def start_of(pid: int) -> str:
    """The start time of a living process in the system's own unit; empty if dead or unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The second field is the program's name in brackets and may hold anything.
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]
