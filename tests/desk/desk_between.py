"""What may stand between a browser and its desk: it passes requests on, until it does not."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Says:
    """A reply that does not come from the desk; none at all without a status."""

    status: int
    body: str = "<!doctype html><title>Sorry</title>Not now."
    kind: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


class Between:
    """A proxy at an address of its own.

    Attributes:
        desk: where requests go.
        instead: what posts get instead of the desk's reply; ``None`` while it behaves.
        everything: whether the same goes for what is got.
        ending: only posts whose path ends so get it.
        posts: how many it has seen.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.desk = ""
        self.instead: Says | None = None
        self.everything = False
        self.ending = ""
        self.posts = 0

    @property
    def name(self) -> str:
        """The value of the header ``Host``."""
        return self.address.partition("://")[2]


class Handler(BaseHTTPRequestHandler):
    """Passes one connection's requests on."""

    protocol_version = "HTTP/1.1"
    found: Between

    def do_GET(self) -> None:
        self._answer(self.found.instead if self.found.everything else None)

    def do_POST(self) -> None:
        self.found.posts += 1
        self._answer(self.found.instead if self.path.endswith(self.found.ending) else None)

    def _answer(self, instead: Says | None) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if instead is None:
            self._pass(body)
        elif instead.status:
            more = {"content-type": instead.kind, **instead.headers}
            self._reply(instead.status, more, instead.body.encode())
        else:
            self.close_connection = True

    def _pass(self, body: bytes) -> None:
        there = http.client.HTTPConnection(urlsplit(self.found.desk).netloc, timeout=30)
        try:
            there.request(self.command, self.path, body or None, dict(self.headers))
            reply = there.getresponse()
            self._reply(reply.status, dict(reply.getheaders()), reply.read())
        except OSError:
            self._reply(502, {"content-type": "text/html"}, b"Bad gateway")
        finally:
            there.close()

    def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def between() -> Iterator[Between]:
    """A proxy, serving until the end."""
    handler = type("Handler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    found = handler.found = Between(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
