"""The guard at the door: which requests are let through at all, and with which headers.

Host names are checked, so that no other site can point its own name at this server; whatever
changes something must come from our own pages; bodies are bounded; every reply forbids scripts
that are not ours, frames, sniffing and outside requests.
"""

import asyncio
import ipaddress
import re
import threading
import time
from collections import OrderedDict
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 64 * 1024
"""The largest body, but for uploads."""

MOST_UPLOAD: Final = 4 * 1024 * 1024
"""The largest upload."""

BODY_SECONDS: Final = 30.0
"""A body has arrived after so long, or is refused."""

UPLOAD_SECONDS: Final = 300.0
"""The same for bodies that may be large: at 15 kB a second the largest arrives."""

LONGEST_PATH: Final = 1000
"""Characters of a path; numbers in it are then such that Python reads them."""

LONGEST_QUERY: Final = 8000
"""Bytes of what stands behind the path."""

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
        "frame-src 'self'",  # what the user's own function shows, under a policy of its own
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final = {
    "x-preceptor": "1",  # by which our pages know that it was the desk that answered
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
        secure: whether it is reached by https.
        own: whether every address of this machine to which somebody can connect is one of them.
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str], *, secure: bool = False, own: bool = False
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.scheme = "https" if secure else "http"
        self.own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        out = _with_headers(send)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, out)
            return
        large = scope["path"].endswith(UPLOADS)
        seconds = UPLOAD_SECONDS if large else BODY_SECONDS
        await self.app(scope, _bounded(receive, _most(scope), seconds), out)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self.hosts and not (self.own and host == _reached(scope)):
            return PlainTextResponse(_unknown(host, self.scheme), 421)
        if scope["method"] in ("GET", "HEAD"):
            foreign = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
            if foreign and headers.get("sec-fetch-dest", "empty") != "document":
                return PlainTextResponse(_FOREIGN, 403)
        elif scope["method"] != "POST":
            return PlainTextResponse("only GET and POST", 405)
        elif (
            headers.get("origin", "").lower() != f"{self.scheme}://{host}"
            or headers.get("sec-fetch-site", "same-origin") != "same-origin"
        ):
            return PlainTextResponse(_FOREIGN, 403)
        return _unreadable(scope)


_FOREIGN: Final = "this request does not come from the desk's own pages"

_HOST: Final = re.compile(r"[a-z0-9.:\[\]-]{1,100}")


def _unreadable(scope: Scope) -> PlainTextResponse | None:
    """A refusal of what no route, number or database could take."""
    if len(scope["path"]) > LONGEST_PATH or len(scope["query_string"]) > LONGEST_QUERY:
        return PlainTextResponse("this address is too long", 414)
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        return PlainTextResponse("nothing here", 404)
    length = Headers(scope=scope).get("content-length", "0")
    if not (length.isascii() and length.isdecimal()):
        return PlainTextResponse("the header content-length is no number", 400)
    limit = _most(scope)
    if len(length) > 18 or int(length) > limit:
        return PlainTextResponse(f"at most {limit} bytes", 413)
    return None


def _most(scope: Scope) -> int:
    return MOST_UPLOAD if scope["path"].endswith(UPLOADS) else MOST_BYTES


def _reached(scope: Scope) -> str:
    """The address of this machine to which this connection was made, as ``Host`` names it."""
    address, port = scope.get("server") or ("", 0)
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    return named(found, port)


def named(found: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int | None) -> str:
    """An address and a port as they stand in a URL."""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return named(found.ipv4_mapped, port)
        return f"[{found}]" if port == 80 else f"[{found}]:{port}"
    return str(found) if port == 80 else f"{found}:{port}"


def _unknown(host: str, scheme: str) -> str:
    """What is said to whoever comes under another name, and what is to be done."""
    if not _HOST.fullmatch(host):
        return "This desk is not reached under this name."
    return (
        f"This desk is not reached under the name {host}. Whoever started it can allow that name: "
        f"preceptor desk ... --url {scheme}://{host}"
    )


class TooLargeError(Exception):
    """The body went on beyond its limit."""


def _bounded(receive: Receive, limit: int, seconds: float) -> Receive:
    """The same body, up to a limit, whatever its announced length, and within some time."""
    seen = 0
    until = asyncio.get_running_loop().time() + seconds
    whole = False

    async def bounded() -> Message:
        nonlocal seen, whole
        if whole:  # what comes now is that somebody hung up, whenever they do
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, "the request took too long to arrive") from error
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLargeError
        whole = not message.get("more_body", False)
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                if name not in headers:
                    headers[name] = value
            if "cache-control" not in headers:
                headers["cache-control"] = "no-store"
        await send(message)

    return sending


class RateLimit:
    """So many at once, and no more than so many a minute from one person in the long run.

    The generic cell rate algorithm (ITU-T I.371): one number a person. Safe with threads.

    Args:
        most: so many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._next: dict[int, float] = {}
        self._lock = threading.Lock()

    def wait(self, person: int) -> float:
        """Counts one; returns 0, or the seconds until the next one is allowed."""
        each, moment = 60.0 / self._most, time.monotonic()
        with self._lock:
            due = max(self._next.get(person, 0.0), moment)
            wait = due + each - (moment + 60.0)
            if wait > 0:
                return wait
            self._next[person] = due + each
        return 0.0


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
