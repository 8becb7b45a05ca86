"""How fast a teacher may be called: a rate, waits that a service asks for, and back-off.

``Retry-After`` as RFC 9110 (2022), section 10.2.3, has it: seconds or a date. Back-off doubles, with
full jitter (M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog 2015), so that calls
that were refused together do not come back together. Differences: a wait that the service states is
taken as it is, with at most a tenth more; and it holds back all calls of the teacher, not only the
one that was refused.
"""

import math
import random
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from preceptor.core import AnyTeacher, InputError

OVERLOADED: Final = (429, 503, 529)
"""Answers of HTTP that say: not now. The question was not taken, so it may be put again."""

LONGEST: Final = 600.0
"""Seconds; a service that wants a longer wait is taken as failed."""

WAITS: Final = 8
"""After so many refusals in a row a call counts as failed."""

FIRST: Final = 1.0
"""Seconds of the first back-off, where the service does not say how long."""

_draw = random.Random()  # noqa: S311 - jitter; of its own, so that no user's stream is touched


class Pace:
    """When the next call of one teacher may begin. Safe with threads.

    Args:
        rate: calls a second at most; ``None`` for no limit.
    """

    def __init__(self, rate: float | None = None) -> None:
        self._gap = 0.0 if rate is None else 1 / rate
        self._next = 0.0
        self._lock = threading.Lock()

    def turn(self) -> None:
        """Wait until a call may begin."""
        while True:
            with self._lock:
                now = time.monotonic()
                if now >= self._next:
                    self._next = now + self._gap if self._gap else self._next
                    return
                wait = self._next - now
            time.sleep(wait + (0.1 * wait * _draw.random() if not self._gap else 0.0))

    def hold(self, seconds: float) -> None:
        """Let no call begin for so long."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


_paces: dict[int, tuple[weakref.ref[AnyTeacher], Pace]] = {}
"""By the teacher itself, not by its value: it need not be hashable."""

_paces_lock = threading.RLock()  # a teacher may be collected while it is held


def pace_of(teacher: AnyTeacher) -> Pace:
    """The pace of a teacher, the same at every call: of calls a second, its ``rate``.

    Raises:
        InputError: a rate that is no positive number.
    """
    rate = getattr(teacher, "rate", None)
    if rate is not None and not (isinstance(rate, int | float) and 0 < rate < math.inf):
        raise InputError(
            f"teacher {teacher.name!r} has rate={rate!r}; expected calls a second, a number above "
            "0, or None for no limit"
        )
    number = id(teacher)

    def forget(_: object) -> None:
        with _paces_lock:
            _paces.pop(number, None)

    with _paces_lock:
        if number in _paces and _paces[number][0]() is teacher:
            return _paces[number][1]
        pace = Pace(rate)
        with suppress(TypeError):  # it has slots and no place for this: each call is the first
            _paces[number] = weakref.ref(teacher, forget), pace
        return pace


def back_off(error: Exception, before: int) -> float | None:
    """Seconds to wait before a refused call is made again; ``None`` where it was not refused.

    Args:
        error: what the call raised.
        before: how often it was refused before.
    """
    stated = retry_after(error)
    if stated is not None:
        return stated if before < WAITS and stated <= LONGEST else None
    if before < WAITS and _status(error) in OVERLOADED:
        return min(LONGEST, FIRST * 2.0**before) * _draw.random()
    return None


def retry_after(error: Exception) -> float | None:
    """The seconds that an exception asks to wait: its ``retry_after``, or the header of its answer.

    Headers are looked for where ``urllib``, ``requests``, ``httpx`` and most SDKs keep them:
    ``error.headers`` and ``error.response.headers``.
    """
    said: object = getattr(error, "retry_after", None)
    for holder in (error, getattr(error, "response", None)):
        headers = getattr(holder, "headers", None)
        if said is None and headers is not None:
            said = _header(headers)
    return None if said is None else _seconds(said)


def _header(headers: object) -> object:
    if isinstance(headers, Mapping):
        named = {str(name).lower(): value for name, value in headers.items()}
        return named.get("retry-after")
    get = getattr(headers, "get", None)  # email.message.Message, which is no Mapping
    return get("Retry-After") if callable(get) else None


def _seconds(said: object) -> float | None:
    try:
        found = float(str(said))
    except ValueError:
        try:
            when = parsedate_to_datetime(str(said))
        except ValueError:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    return max(0.0, found) if math.isfinite(found) else None


def _status(error: Exception) -> object:
    """The status of HTTP that an exception carries, by the names that libraries give it."""
    response = getattr(error, "response", None)
    for holder, name in (
        (error, "status_code"),
        (error, "status"),
        (error, "code"),
        (response, "status_code"),
        (response, "status"),
    ):
        found = getattr(holder, name, None)
        if isinstance(found, int):
            return found
    return None
