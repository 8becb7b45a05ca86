"""Threads for what waits: each kind of work has its own, so that one cannot starve another.

A database that is locked, full or far away holds whoever talks to it. Writers wait for each other
and readers do not, so they have threads apart; the door and the files of the pages need none at
all. Nobody waits for a thread for long: whoever gets none in time is told to come again, and holds
nothing meanwhile.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, ParamSpec, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 16
WRITERS: Final = 8

PATIENCE: Final = 2.0
"""Seconds for which a request waits for a thread; work of ours takes milliseconds."""


class BusyError(Exception):
    """Every thread for this work is taken, and stayed so."""


class Lane:
    """Some threads of one kind.

    Args:
        threads: so many.
        patience: seconds that a request waits for one.
    """

    def __init__(self, threads: int, patience: float = PATIENCE) -> None:
        self._gate = CapacityLimiter(threads)
        self._patience = patience

    @property
    def full(self) -> bool:
        """Whether the next one would have to wait."""
        return self._gate.available_tokens <= 0

    async def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """The result of some work in a thread.

        Raises:
            BusyError: no thread was free in time. The work was not begun.
        """
        place = object()
        try:
            with anyio.fail_after(self._patience):
                await self._gate.acquire_on_behalf_of(place)
        except TimeoutError as error:
            raise BusyError from error
        try:
            alone = CapacityLimiter(1)  # the place is taken already
            return await to_thread.run_sync(partial(work, *given, **named), limiter=alone)
        finally:
            self._gate.release_on_behalf_of(place)
