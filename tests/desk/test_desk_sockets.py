"""The desk over real sockets of loopback: who is slow, half there or in the way holds nobody up."""

import http.client
import json
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import torch
from commands import PROGRAM
from desk_page import served

from preceptor.core import LedgerError
from preceptor.desk import connections, guard
from preceptor.desk.serve import addresses
from preceptor.people import Settings, Studies, access, persons

sys.path.insert(0, str(Path(__file__).parents[1] / "people"))

import people_postgres

FIRST = 5.0
"""Seconds within which a socket is told something, or the desk hangs."""


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Visitor:
    """Someone who talks to a desk; a new connection for each request."""

    host: str
    cookie: str = ""
    key: str = ""

    def ask(self, method: str, path: str, body: object = None, **more: str) -> Reply:
        line = http.client.HTTPConnection(self.host, timeout=20)
        headers = {"cookie": self.cookie, "x-preceptor-key": self.key}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        content = None
        if body is not None:
            headers |= {"content-type": "application/json"}
            headers.setdefault("origin", f"http://{self.host}")
            content = json.dumps(body)
        try:
            line.request(method, path, content, headers)
            reply = line.getresponse()
            given = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, given, reply.read())
        finally:
            line.close()

    def get(self, path: str, **more: str) -> Reply:
        return self.ask("GET", path, **more)

    def enter(self, token: str) -> "Visitor":
        reply = self.ask("POST", "/in", {"token": token})
        assert reply.status == 200, reply.body
        self.cookie = reply.headers["set-cookie"].partition(";")[0]
        self.key = json.loads(reply.body)["key"]
        return self

    def answer(self, ticket: str) -> Reply:
        body = {"ticket": ticket, "token": uuid4().hex, "label": 1, "seconds": 1.0, "note": ""}
        return self.ask("POST", "/study/1/answer", body)

    def tickets(self, count: int) -> list[str]:
        found = json.loads(self.get(f"/study/1/next?wanted={count}").body)["items"]
        return [item["ticket"] for item in found]


def made(where: str, items: int = 60) -> Studies:
    studies = Studies(where, patience=1.0)
    studies.make("t", Settings(("a", "b"), (3,), again=0.0, known=0.0))
    studies.file("t", torch.rand(items, 3), "x")
    return studies


def link(studies: Studies, name: str) -> str:
    with studies.database.write() as db:
        person = persons.enroll(db, name)
        access.join(db, 1, person)
        return persons.invite(db, person)


@pytest.fixture
def studies(tmp_path: Path) -> Iterator[Studies]:
    with made(str(tmp_path / "s.db")) as found:
        yield found


@pytest.fixture
def host(studies: Studies) -> Iterator[str]:
    with served(studies) as address:
        yield address.partition("://")[2]


def knock(host: str, words: bytes = b"") -> socket.socket:
    """A connection that says something and waits."""
    name, port = host.rsplit(":", 1)
    line = socket.create_connection((name, int(port)), timeout=20)
    line.sendall(words)
    return line


def ended(line: socket.socket) -> bytes:
    """What a connection said until the desk closed it."""
    said = b""
    try:
        while more := line.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    line.close()
    return said


HALF = b"GET /in HTTP/1.1\r\nhost: "


@pytest.mark.parametrize("words", [b"", HALF, b"GET /in HTTP/1.1\r\nx: y\r\n"])
def test_whoever_sends_no_whole_request_is_given_up(
    host: str, words: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.LIMITS, "silent", 0.5)
    assert ended(knock(host, words)) == b""


def test_a_second_request_that_stays_half_is_given_up(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.LIMITS, "silent", 0.5)
    whole = f"GET /in HTTP/1.1\r\nhost: {host}\r\n\r\n".encode()
    said = ended(knock(host, whole + HALF))
    assert said.startswith(b"HTTP/1.1 200")


def test_a_body_that_does_not_come_is_refused_in_words(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.5)
    monkeypatch.setitem(connections.LIMITS, "body", 2.0)
    head = (
        f"POST /in HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\n"
        "content-type: application/json\r\ncontent-length: 100\r\n\r\n{"
    )
    said = ended(knock(host, head.encode()))
    assert said.startswith(b"HTTP/1.1 408")
    assert b"x-preceptor: 1" in said


def test_a_body_that_nobody_waits_for_is_given_up(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused at the head, and the body drips on."""
    monkeypatch.setitem(connections.LIMITS, "silent", 0.5)
    head = f"POST /out HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncontent-length: 999\r\n"
    line = knock(host, f"{head}\r\n".encode())
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        try:
            line.sendall(b"x")
        except OSError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the desk still takes a body that it has refused")
    line.close()


def test_whoever_does_not_read_is_given_up(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.LIMITS, "reading", 0.5)
    one = f"GET /static/desk.css HTTP/1.1\r\nhost: {host}\r\n\r\n".encode()
    line = knock(host)
    line.setblocking(False)
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:  # never read, until the desk hangs up
        try:
            line.send(one * 100)
        except BlockingIOError:
            time.sleep(0.05)
        except OSError:
            break
    else:
        pytest.fail("the desk still holds a connection that reads nothing")
    line.close()


def test_silent_connections_make_room_for_whoever_speaks(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "most_connections", lambda: 20)
    lines = [knock(host, HALF) for _ in range(60)]
    assert [Visitor(host).get("/in").status for _ in range(5)] == [200] * 5
    for line in lines:
        line.close()


@contextmanager
def command(path: Path, *more: str, files: int = 1024) -> Iterator[tuple[str, Path]]:
    """The real command; its port, and what it says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = path.with_suffix(".log")
    words = [*PROGRAM, "desk", str(path), "--as", "olga", "--no-open", "--port", str(port), *more]
    limited = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *words]
    with log.open("w") as out, subprocess.Popen(limited, stderr=out) as server:
        try:
            give_up = time.monotonic() + 60
            while not re.search(r"http\S+#\S+", log.read_text()):
                assert time.monotonic() < give_up, log.read_text()
                assert server.poll() is None, log.read_text()
                time.sleep(0.05)
            yield str(port), log
        finally:
            server.terminate()


def test_more_half_requests_than_descriptors_keep_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    made(str(path)).close()
    with command(path, files=256) as (port, log):
        host = f"127.0.0.1:{port}"
        assert Visitor(host).get("/in").status == 200
        lines = [knock(host, HALF) for _ in range(300)]
        assert [Visitor(host).get("/in").status for _ in range(3)] == [200] * 3
        for line in lines:
            line.close()
    assert "out of system resource" not in log.read_text()


def test_tries_are_counted_by_who_connects_and_not_by_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with made(str(path)) as studies:
        good = link(studies, "ann")
    with command(path) as (port, _):
        eve = Visitor(f"127.0.0.1:{port}")
        tries = [
            eve.ask("POST", "/in", {"token": "x"}, x_forwarded_for=f"192.0.2.{n}").status
            for n in range(11)
        ]
        assert tries == [403] * 10 + [429]
        eve.enter(good)


def test_a_desk_on_the_network_answers_under_every_address_of_its_machine(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    made(str(path)).close()
    with command(path, "--host", "0.0.0.0") as (port, log):
        said = log.read_text()
        places = addresses("0.0.0.0", int(port))
        for place in places:
            assert f"http://{place}" in said
            assert Visitor(place).get("/in").status == 200
        assert re.search(rf"http://{re.escape(places[0])}/in#", said)
        there = Visitor("127.0.0.1:" + port)
        assert there.get("/in", host=f"127.0.0.9:{port}").status == 421  # not where this one came
        reply = there.get("/in", host="desk.example.org")
        assert reply.status == 421
        assert b"--url http://desk.example.org" in reply.body
        assert b"--name" not in reply.body
        token = re.search(r"#(\S+)", said)
        assert token
        Visitor(places[0]).enter(token.group(1))


def test_a_locked_database_holds_up_neither_door_nor_files_nor_readers(
    studies: Studies, host: str, tmp_path: Path
) -> None:
    crowd = [Visitor(host).enter(link(studies, f"person {n}")) for n in range(6)]
    tickets = [one.tickets(8) for one in crowd]
    other = sqlite3.connect(tmp_path / "s.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(48) as pool:
        sent = [
            pool.submit(one.answer, ticket)
            for one, some in zip(crowd, tickets, strict=True)
            for ticket in some
        ]
        time.sleep(0.3)  # every one of them is waiting
        for path in ("/in", "/static/desk.css", "/study/1", "/study/1/given"):
            assert crowd[0].get(path).status == 200, path
        assert other.in_transaction  # all the while
        replies = [one.result() for one in sent]
    assert {reply.status for reply in replies} == {503}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in replies)
    assert crowd[0].get("/study/1/next?wanted=1").status == 503
    other.execute("ROLLBACK")
    other.close()
    assert {one.answer(ticket).status for one in crowd[:1] for ticket in tickets[0]} == {200}


def test_a_locked_postgresql_is_told_and_holds_nobody_up() -> None:
    if people_postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed; run: apt-get install -y postgresql")
    import psycopg

    with (
        people_postgres.server() as url,
        made(url) as studies,
        served(studies) as address,
        psycopg.connect(url) as other,
    ):
        ann = Visitor(address.partition("://")[2]).enter(link(studies, "ann"))
        (ticket,) = ann.tickets(1)
        other.execute("LOCK TABLE desk_answers IN EXCLUSIVE MODE")
        reply = ann.answer(ticket)
        assert reply.status == 503
        assert b"another process holds it" in reply.body
        assert ann.get("/study/1").status == 200
        other.rollback()
        assert ann.answer(ticket).status == 200


@pytest.mark.parametrize("path", ["/study/1", "/study/1/given", "/study/1/next?wanted=1"])
def test_a_session_whose_use_cannot_be_noted_goes_on(
    studies: Studies, host: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a full disk: nothing that only reads fails since a note cannot be written."""
    ann = Visitor(host).enter(link(studies, "ann"))
    tried = threading.Event()

    def full(*_: object) -> None:
        tried.set()
        raise LedgerError("the study s.db: database or disk is full")

    monkeypatch.setattr(persons, "touch", full)
    monkeypatch.setattr("preceptor.desk.requests.TOUCH_SECONDS", -1.0)
    assert ann.get(path).status == 200
    assert tried.wait(FIRST)


def test_the_use_of_a_session_is_noted(
    studies: Studies, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = Visitor(host).enter(link(studies, "ann"))
    noted = threading.Event()
    real = persons.touch
    monkeypatch.setattr(persons, "touch", lambda *given: (real(*given), noted.set()))
    monkeypatch.setattr("preceptor.desk.requests.TOUCH_SECONDS", -1.0)
    assert ann.get("/study/1/given").status == 200
    assert noted.wait(FIRST)


def test_a_database_that_fails_is_told_at_the_door_and_everywhere(
    studies: Studies, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = Visitor(host).enter(link(studies, "ann"))
    token = link(studies, "ben")

    def full(*_: object) -> None:
        raise LedgerError("the study s.db: database or disk is full")

    monkeypatch.setattr(persons, "sign_in", full)
    reply = Visitor(host).ask("POST", "/in", {"token": token})
    assert (reply.status, reply.headers["retry-after"]) == (503, "5")
    assert b"cannot be kept at the moment" in reply.body
    monkeypatch.setattr(persons, "whose", full)
    for path in ("/study/1", "/study/1/given"):
        reply = ann.get(path)
        assert reply.status == 503
        assert b"cannot be kept at the moment" in reply.body
        assert reply.headers["x-preceptor"] == "1"


DIGITS = "1" * 5000

ODD = {
    "an origin": ("POST /in", {"origin": "http://["}, 403),
    "a study": (f"GET /study/{DIGITS}", {}, 414),
    "a picture": (f"GET /study/1/picture/x/{DIGITS}.png", {}, 414),
    "a study that Python reads": (f"GET /study/{DIGITS[:900]}", {}, 404),
    "a count": (f"GET /study/1/next?wanted={DIGITS}", {}, 400),
    "a long query": (f"GET /study/1/next?held={'x,' * 5000}", {}, 414),
    "a zero in a path": ("GET /study/1/picture/%00/0.png", {}, 404),
    "a zero in a query": ("GET /study/1/next?wanted=1&held=%00", {}, 404),
    "no text in a path": ("GET /study/1/picture/%ff%fe/0.png", {}, 404),
    "half an escape": ("GET /study/1/next?wanted=%", {}, 400),
    "other digits": ("GET /study/1/next?wanted=%C2%B2", {}, 400),
    "a host": ("GET /in", {"host": "["}, 421),
    "a key": ("GET /study/1/given", {"x-preceptor-key": "\xff"}, 401),
    "a person": ("GET /study/1/given", {"x-preceptor-person": DIGITS}, 401),
    "a store": ("GET /study/1/given", {"x-preceptor-store": "\xff"}, 421),
    "a tag": ("GET /static/desk.css", {"if-none-match": "\xff" * 100}, 200),
    "a type": ("POST /study/1/answer", {"content-type": "\xff/json"}, 400),
}


@pytest.mark.parametrize("case", ODD)
def test_what_cannot_be_read_is_refused_with_our_headers(
    studies: Studies, host: str, case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ann = Visitor(host).enter(link(studies, "ann"))
    line, headers, status = ODD[case]
    given = {
        "host": host,
        "origin": f"http://{host}",
        "cookie": ann.cookie,
        "x-preceptor-key": ann.key,
        "connection": "close",
        **({"content-length": "0"} if line.startswith("POST") else {}),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    said = ended(knock(host, f"{line} HTTP/1.1\r\n{head}\r\n".encode("latin-1")))
    assert said.startswith(f"HTTP/1.1 {status}".encode()), said[:300]
    assert b"x-preceptor: 1" in said
    assert b"content-security-policy" in said
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("length", ["\xb2", DIGITS, "-1", "1e3", ""])
def test_a_length_that_is_no_number_is_refused(
    studies: Studies, host: str, length: str, capfd: pytest.CaptureFixture[str]
) -> None:
    head = f"POST /in HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n"
    said = ended(knock(host, head.encode("latin-1")))
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 403", b"HTTP/1.1 413")), said
    assert "Traceback" not in capfd.readouterr().err
