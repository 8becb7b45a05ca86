"""A service on this machine that answers like a language model, and misbehaves where told to."""

import atexit
import functools
import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Belief = Mapping[str, float]
"""Tokens with their probabilities."""


@dataclass
class Sent:
    """What one call gets.

    Attributes:
        body: bytes, or plain data that is sent as JSON.
        status: of HTTP.
        headers: further ones.
        wait: seconds before anything is sent.
        drip: seconds between bytes.
        cut: after so many bytes the connection is closed.
    """

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: float = 0.0
    cut: int | None = None


@dataclass
class Heard:
    """What one call brought."""

    path: str
    headers: Mapping[str, str]
    body: Body


@dataclass
class Loopback:
    """The service.

    Attributes:
        url: with ``/v1``.
        say: what each call gets, by what it brought and its number from 0.
        heard: all calls.
        most: how many were ever under way at once.
    """

    url: str
    say: Callable[[Heard, int], Sent]
    heard: list[Heard] = field(default_factory=list)
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    now: int = 0


def question_of(body: Body) -> str:
    """What stands in the last fence of a request."""
    if "prompt" in body:
        text = str(body["prompt"])
    else:
        content = body["messages"][-1]["content"]
        text = content if isinstance(content, str) else content[-1]["text"]
    found = re.findall(r"<(data-\w+)>\n(.*?)\n</\1>", text, re.DOTALL)
    return found[-1][1] if found else text


def completion(
    text: str, belief: Belief | None = None, *, model: str = "loop-1", **more: Any
) -> Body:
    """An answer of the OpenAI shape."""
    choice: Body = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    if belief is not None:
        top = [{"token": t, "logprob": math.log(p)} for t, p in belief.items() if p > 0]
        first = {"token": text, "logprob": math.log(max(belief.get(text, 1e-9), 1e-9))}
        choice["logprobs"] = {"content": [{**first, "top_logprobs": top}]}
    usage = {"prompt_tokens": 100, "completion_tokens": 1}
    return {
        "model": model,
        "system_fingerprint": "fp_a",
        "choices": [choice],
        "usage": usage,
        **more,
    }


def by_words(body: Body) -> tuple[str, Belief]:
    """A judge of moods: ``good`` is positive, ``bad`` negative, neither cannot be told."""
    text = question_of(body).casefold()
    good, bad = text.count("good"), text.count("bad")
    if good == bad:
        return "cannot", {"cannot": 0.7, "positive": 0.16, "negative": 0.14}
    liked, other = ("positive", "negative") if good > bad else ("negative", "positive")
    return liked, {liked: 0.6, liked.title(): 0.2, f" {liked}": 0.15, other: 0.03, "unsure": 0.02}


def honest(heard: Heard, number: int) -> Sent:
    """Answers by words, with the probabilities of tokens if these are asked for."""
    text, belief = by_words(heard.body)
    return Sent(completion(text, belief if "logprobs" in heard.body else None))


@contextmanager
def loopback(say: Callable[[Heard, int], Sent] = honest) -> Iterator[Loopback]:
    """The service while the block lasts."""
    service = Loopback("", say)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard = Heard(self.path, dict(self.headers), json.loads(data or b"{}"))
            with service.lock:
                number = len(service.heard)
                service.heard.append(heard)
                service.now += 1
                service.most = max(service.most, service.now)
            try:
                self.send(service.say(heard, number))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with service.lock:
                    service.now -= 1

        do_GET = do_POST  # noqa: N815

        def send(self, sent: Sent) -> None:
            time.sleep(sent.wait)
            body = sent.body if isinstance(sent.body, bytes) else json.dumps(sent.body).encode()
            self.send_response(sent.status)
            for name, value in {"Content-Type": "application/json", **sent.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if sent.cut is not None:
                self.wfile.write(body[: sent.cut])
                self.wfile.flush()
                self.close_connection = True
                return
            if not sent.drip:
                self.wfile.write(body)
                return
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
                time.sleep(sent.drip)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@functools.cache
def standing(say: Callable[[Heard, int], Sent]) -> Loopback:
    """A service that stays as long as the tests last."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(loopback(say))
