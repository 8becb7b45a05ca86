"""Simulated annotators who talk to a real desk as its page does, and the server that they talk to.

Used by ``desk_crowd.py``. Each annotator signs in by a link, keeps four questions with their
pictures ready, thinks, answers, and sends answers in the background, again and again until they are
acknowledged, with the page's own pauses. Each comes from a loopback address of its own, since tries
to sign in are limited by address.
"""

import asyncio
import json
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AHEAD = 4
"""Questions that the page keeps ready."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds that the page waits at most before it sends again; each time twice as long."""

CLASSES = tuple("0123456789")

COMMAND = "from preceptor.cli import main; main()"


@dataclass(frozen=True)
class Crowd:
    """What is simulated.

    Attributes:
        people: how many annotators.
        seconds: how long they answer.
        kills: how often the server is killed meanwhile, at random moments.
        think: least and most seconds from seeing a question to its answer, uniform.
        seed: of moments, labels and thinking; which questions come is the desk's own chance.
    """

    people: int
    seconds: float
    kills: int
    think: tuple[float, float]
    seed: int


@dataclass
class Heard:
    """What happened, as the annotators saw it.

    Attributes:
        served: when each request that the server answered was sent, and the seconds that it took,
            by kind of request.
        waited: seconds from when an answer was given until it was acknowledged, restarts included.
        kept: what was acknowledged: token to (ticket, label).
        retried: answers that were sent more than once.
        broken: requests that got no reply, by kind of request.
        refused: replies that were neither a success nor a passing failure.
        busy: replies that said to come again, of a desk that was waiting for its database.
        failed: other replies of 500 and above.
        lag: by how much the driver's own clock ticks came too late, in seconds.
        dry: times that an annotator had to wait for a next question.
    """

    served: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    kept: dict[str, tuple[str, int]] = field(default_factory=dict)
    retried: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    busy: int = 0
    failed: list[str] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)
    dry: int = 0


class Server:
    """The real command, in a process of its own, always at the same port."""

    def __init__(self, where: str, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._where = where
        self._log = log.open("a")
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> float:
        """Start it; returns the seconds until it took a connection."""
        begin = time.perf_counter()
        words = ["desk", self._where, "--as", "owner", "--no-open", "--port", str(self.port)]
        self._process = subprocess.Popen([sys.executable, "-c", COMMAND, *words], stderr=self._log)
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return time.perf_counter() - begin
            except OSError:
                assert self._process.poll() is None, "the desk ended by itself; see its log"
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


class Line:
    """One connection, as a browser keeps it: used again until it breaks."""

    def __init__(self, port: int, address: str, heard: Heard) -> None:
        self.port, self.address, self.heard = port, address, heard
        self.cookie = self.key = ""
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, kind: str, path: str, body: object = None) -> tuple[int, bytes]:
        """A request and its reply.

        Raises:
            OSError: there was no whole reply.
        """
        begin = time.perf_counter()
        try:
            status, content = await self._asked(path, body)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            self.heard.broken[kind] += 1
            raise OSError(f"no reply: {error}") from error
        took = time.perf_counter() - begin
        self.heard.served.setdefault(kind, []).append((begin, took))
        if status == 503:
            self.heard.busy += 1
        elif status >= 500:
            self.heard.failed.append(f"{kind}: {status} {content[:200]!r}")
        elif status >= 400:
            self.heard.refused.append(f"{kind}: {status} {content[:200]!r}")
        return status, content

    async def _asked(self, path: str, body: object) -> tuple[int, bytes]:
        if self._open is None:
            here = (self.address, 0)
            self._open = await asyncio.open_connection("127.0.0.1", self.port, local_addr=here)
        reader, writer = self._open
        host = f"127.0.0.1:{self.port}"
        head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nhost: {host}\r\n"
        if self.cookie:
            head += f"cookie: {self.cookie}\r\nx-preceptor-key: {self.key}\r\n"
        content = b""
        if body is not None:
            content = json.dumps(body).encode()
            head += f"origin: http://{host}\r\ncontent-type: application/json\r\n"
            head += f"content-length: {len(content)}\r\n"
        writer.write(head.encode() + b"\r\n" + content)
        await writer.drain()
        said = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {k.lower(): v for k, _, v in (line.partition(": ") for line in said[1:])}
        if "set-cookie" in fields:
            self.cookie = fields["set-cookie"].partition(";")[0]
        found = await reader.readexactly(int(fields["content-length"]))
        return int(said[0].split()[1]), found

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


class Annotator:
    """One person at one page."""

    def __init__(self, number: int, port: int, study: int, crowd: Crowd, heard: Heard) -> None:
        address = f"127.0.1.{1 + number}"
        self.sends, self.fetches = (Line(port, address, heard) for _ in range(2))
        self.at = f"/study/{study}"
        self.heard = heard
        self.ready: deque[dict[str, Any]] = deque()
        self.outbox: deque[dict[str, Any]] = deque()
        self.draw = random.Random(crowd.seed * 1000 + number)
        self.think = crowd.think
        self.over = False

    async def enter(self, token: str) -> None:
        """Sign in by a link's token."""
        status, said = await self.sends.ask("sign in", "/in", {"token": token})
        assert status == 200, said
        self.sends.key = self.fetches.key = json.loads(said)["key"]
        self.fetches.cookie = self.sends.cookie

    async def work(self, until: float) -> None:
        """Answer until the time is over, then wait until every answer was acknowledged."""
        background = [asyncio.create_task(task()) for task in (self._fill, self._send)]
        while time.perf_counter() < until:
            if not self.ready:
                self.heard.dry += 1
                while not self.ready and time.perf_counter() < until:
                    await asyncio.sleep(0.02)
                continue
            thought = self.draw.uniform(*self.think)
            await asyncio.sleep(thought)
            item = self.ready.popleft()
            body = {"ticket": item["ticket"], "token": secrets.token_hex(16), "seconds": thought}
            body |= {"label": self.draw.randrange(-1, len(CLASSES)), "note": ""}
            self.outbox.append({"body": body, "at": time.perf_counter(), "sent": 0})
        self.over = True
        await asyncio.gather(*background)
        for line in (self.sends, self.fetches):
            line.close()

    async def _fill(self) -> None:
        """Keep questions and their pictures ready, as the page does."""
        while not self.over:
            if len(self.ready) >= AHEAD:
                await asyncio.sleep(0.01)
                continue
            sending = [one["body"]["ticket"] for one in self.outbox]
            held = [*(item["ticket"] for item in self.ready), *sending][:50]
            wanted = AHEAD - len(self.ready)
            try:
                path = f"{self.at}/next?wanted={wanted}&held={','.join(held)}"
                status, said = await self.fetches.ask("next", path)
                items = json.loads(said)["items"] if status == 200 else []
                for item in items:
                    for picture in item["pictures"]:
                        await self.fetches.ask("picture", picture)
                    self.ready.append(item)
            except OSError:
                await asyncio.sleep(self.draw.uniform(0.5, 1.5))
                continue
            if not items:
                await asyncio.sleep(1.0)

    async def _send(self) -> None:
        """Send answers one after another, each until it is acknowledged."""
        pause = FIRST_PAUSE
        while not self.over or self.outbox:
            if not self.outbox:
                await asyncio.sleep(0.005)
                continue
            one = self.outbox[0]
            one["sent"] += 1
            try:
                status, said = await self.sends.ask("answer", f"{self.at}/answer", one["body"])
            except OSError:
                status, said = 0, b""
            if status not in (200, 400, 409):
                await asyncio.sleep(pause * self.draw.uniform(0.5, 1.0))
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            if status == 200:
                body = one["body"]
                assert json.loads(said)["kept"] == body["token"]
                self.heard.kept[body["token"]] = (body["ticket"], body["label"])
                self.heard.waited.append(time.perf_counter() - one["at"])
            self.heard.retried += one["sent"] > 1
            self.outbox.popleft()
            pause = FIRST_PAUSE
