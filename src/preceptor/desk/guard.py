"""The guard at the door: which requests are let through at all, and with which headers.

Host names are checked, so that no other site can point its own name at this server; whatever
changes something must come from our own pages; bodies are bounded; every reply forbids scripts
that are not ours, frames, sniffing and outside requests.
"""

import threading
import time
from collections import OrderedDict
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 64 * 1024
"""The largest body, but for uploads."""

MOST_UPLOAD: Final = 4 * 1024 * 1024
"""The largest upload."""

UPLOADS: Final = ("/upload", "/give", "/try")
"""How the path of an upload ends, of something taught, or of a change that is tried: these may
hold images."""

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Refuses what cannot be right, before anything else looks at it.

    Args:
        app: what it guards.
        hosts: the values of the header ``Host`` under which the desk is reached.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        limit = MOST_UPLOAD if scope["path"].endswith(UPLOADS) else MOST_BYTES
        length = Headers(scope=scope).get("content-length", "0")
        if refusal is None and (not length.isdigit() or int(length) > limit):
            refusal = PlainTextResponse(f"at most {limit} bytes", 413)
        out = _with_headers(send)
        if refusal is not None:
            await refusal(scope, receive, out)
            return
        await self.app(scope, _bounded(receive, limit), out)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self.hosts:
            return PlainTextResponse("This desk is not reached under this name; see --name.", 421)
        if scope["method"] in ("GET", "HEAD"):
            return None
        if scope["method"] != "POST":
            return PlainTextResponse("only GET and POST", 405)
        origin = urlsplit(headers.get("origin", ""))
        if origin.scheme not in ("http", "https") or origin.netloc.lower() != host:
            return PlainTextResponse("this request does not come from the desk's own pages", 403)
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse("this request does not come from the desk's own pages", 403)
        return None


class TooLargeError(Exception):
    """The body went on beyond its limit."""


def _bounded(receive: Receive, limit: int) -> Receive:
    """The same body, up to a limit, whatever its announced length."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLargeError
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            if "cache-control" not in headers:
                headers["cache-control"] = "no-store"
        await send(message)

    return sending


class Limiter:
    """At most so many tries in so many seconds from one address, and ten times that in all.

    Safe with threads. Remembers the last ``MOST`` addresses.
    """

    MOST: Final = 10_000

    def __init__(self, tries: int = 10, seconds: float = 60.0) -> None:
        self.tries = tries
        self.seconds = seconds
        self._seen: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str) -> float:
        """Counts a try; returns 0, or the seconds until the next one is allowed."""
        moment = time.monotonic()
        with self._lock:
            for name, most in ((address, self.tries), ("", 10 * self.tries)):
                times = [t for t in self._seen.get(name, ()) if moment - t < self.seconds]
                if len(times) >= most:
                    return self.seconds - (moment - times[0])
                self._seen[name] = times
            for name in (address, ""):
                self._seen[name].append(moment)
                self._seen.move_to_end(name)
            while len(self._seen) > self.MOST:
                self._seen.popitem(last=False)
        return 0.0
