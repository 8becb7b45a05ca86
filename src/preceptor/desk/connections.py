"""Connections that end: nobody holds one by sending nothing, or by reading nothing.

uvicorn waits for ever for the rest of a request, and for whoever does not read a reply. Here each
connection may stay so long in one state; and where there are more than the process can hold, the
one that has said nothing for longest makes room.
"""

import asyncio
from typing import Final, Literal

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

try:
    import resource
except ImportError:  # Windows, which counts no descriptors
    resource = None  # type: ignore[assignment]

State = Literal["silent", "body", "working", "reading"]

LIMITS: Final[dict[State, float]] = {
    "silent": 10.0,
    "body": 310.0,
    "working": float("inf"),
    "reading": 60.0,
}
"""Seconds for which a connection may wait: for the head of a request, for the rest of its body
(the guard refuses it before, in words), for us, for whoever reads a reply."""

MOST: Final = 512
"""So many connections are held."""

OURS: Final = 160
"""So many descriptors are left to the database, the files, and connections that just come."""

TICK: Final = 1.0


def most_connections() -> int:
    """How many connections this process can hold beside what it needs itself."""
    if resource is None:
        return MOST
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(16, min(MOST, soft - OURS))


class WatchedConnection(H11Protocol):
    """One connection, given up when it stays in one state for too long."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._before = self._moment()
        self._since = self.loop.time()
        self._timer = self.loop.call_later(TICK, self._watch)
        if sum(not one.transport.is_closing() for one in self.connections) > most_connections():
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    @property
    def state(self) -> State:
        """What this connection waits for."""
        if self.transport.get_write_buffer_size():
            return "reading"
        if self.cycle is None or self.cycle.response_complete:
            return "silent"
        return "body" if self.conn.their_state is h11.SEND_BODY else "working"

    def _moment(self) -> tuple[State, int]:
        """The state, and of which request."""
        return self.state, id(self.cycle)

    def _watch(self) -> None:
        now, moment = self.loop.time(), self._moment()
        if moment != self._before:
            self._before, self._since = moment, now
        elif now - self._since > LIMITS[moment[0]]:
            self.transport.abort()
            return
        self._timer = self.loop.call_later(TICK, self._watch)

    def _make_room(self) -> None:
        """Give up the connection that has been silent for longest; this one if all are at work."""
        others = [
            one
            for one in self.connections
            if isinstance(one, WatchedConnection) and one is not self
        ]
        silent = [one for one in others if one.state == "silent" and not one.transport.is_closing()]
        oldest = min(silent, key=lambda one: one._since, default=self)
        oldest.transport.abort()
