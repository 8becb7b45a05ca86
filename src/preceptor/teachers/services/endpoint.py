"""One address on the network: a question goes there, and what came back is checked and cleaned.

The key is read from the environment when a question is put, and from nowhere else. It stands in one
header of the request; whatever comes back is searched for it before anybody sees it. Redirects are
not followed: the key would go to whoever the server names.
"""

import json
import os
import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from preceptor.asking.pace import retry_after
from preceptor.core import InputError, ServiceError
from preceptor.core.extras import install
from preceptor.teachers.services.refusals import (
    AGAIN,
    OverloadedError,
    RefusedQuestionError,
    refusal,
)

LARGEST: Final = 8 * 2**20
"""Bytes of an answer; whatever is longer is none."""

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0

KEY: Final = "[key]"
"""What stands where a service sent the key back."""

LOCAL: Final = ("localhost", "127.0.0.1", "::1")

_draw = random.Random()  # noqa: S311 - jitter; of its own, so that no user's stream is touched


class NoAnswerError(Exception):
    """A service did not answer a question: it was slow, broke off, or sent what is no answer."""


@dataclass
class _Open:
    """The connections of one endpoint, made when the first question is put; and whether any was answered."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    client: Any = None
    answered: bool = False


@dataclass(frozen=True)
class Endpoint:
    """Where a service listens, and how it is asked.

    Attributes:
        url: of the service; ``http`` or ``https``, without user name and password.
        key_env: the environment variable that holds the key; empty for none.
        key_header: the header that carries it; ``Authorization`` gets ``Bearer`` before it.
        headers: further headers; none that names a key.
        timeout: seconds for one answer, from first to last byte.
        retries: how often a question is put again after a failure of the service (5xx, no answer in
            time, a connection that broke).
        plain_http: whether the key may go to another machine unencrypted.

    Raises:
        InputError: an address that is none or holds a password, a key in the headers, or a limit out
            of range.
    """

    url: str
    key_env: str = ""
    key_header: str = "Authorization"
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 60.0
    retries: int = 4
    plain_http: bool = False
    _open: _Open = field(default_factory=_Open, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            there = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            there = False
        if not there:
            raise InputError(
                f"url = {self.url!r} is no address of a service; expected such as "
                "http://127.0.0.1:8080/v1"
            )
        if parts.username or parts.password or "key=" in parts.query.lower():
            raise InputError(
                "the url holds a password or key, which would stand in every record. Put it into an "
                'environment variable and name that: key_env = "NAME"'
            )
        known = {"authorization", self.key_header.lower(), "api-key", "x-api-key"}
        secret = [name for name in self.headers if name.lower() in known]
        if secret:
            raise InputError(
                f"headers: {secret[0]} would stand in this file and in every record. Put the key into "
                f'an environment variable and name that: key_env = "NAME", key_header = "{secret[0]}"'
            )
        if not self.timeout > 0 or self.retries < 0:
            raise InputError(
                f"timeout = {self.timeout}, retries = {self.retries}: expected seconds above 0, and a "
                "number of at least 0"
            )
        open_ = parts.scheme == "http" and parts.hostname not in LOCAL
        if self.key_env and open_ and not self.plain_http:
            raise InputError(
                f"the key in {self.key_env} would go to {parts.hostname} unencrypted. Write https, "
                "or plain_http = true where nobody can listen"
            )

    @property
    def host(self) -> str:
        """Which machine it is, with the port."""
        return urlsplit(self.url).netloc

    @property
    def missing(self) -> str:
        """The environment variable that should hold the key and is not set; empty otherwise."""
        return "" if not self.key_env or os.environ.get(self.key_env, "").strip() else self.key_env

    def key(self) -> str:
        """The key; empty for none.

        Raises:
            ServiceError: the environment does not have it.
        """
        if not self.key_env:
            return ""
        found = os.environ.get(self.key_env, "").strip()
        if not found:
            raise ServiceError(
                f"the environment variable {self.key_env} is not set, which holds the key of "
                f"{self.host}. Set it (read -rs {self.key_env}; export {self.key_env}), and run the "
                "same again"
            )
        if not (found.isascii() and found.isprintable()):
            raise ServiceError(
                f"the environment variable {self.key_env} holds what no header can carry; expected "
                "the key alone, in ASCII"
            )
        return found

    def ask(self, path: str, body: object, method: str = "POST") -> dict[str, Any]:
        """What the service says to one question.

        Args:
            path: behind the address; may be empty.
            body: plain data.
            method: of HTTP.

        Raises:
            ServiceError: it refuses every question, or cannot be reached at all.
            RefusedQuestionError: it refuses this question, for what stands in it.
            OverloadedError: not now; says when.
            NoAnswerError: it failed, time and again.
        """
        for before in range(self.retries + 1):
            try:
                found = self._once(path, body, method)
            except NoAnswerError:
                if before == self.retries:
                    raise
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**before)
                time.sleep(pause * (0.5 + _draw.random() / 2))
            else:
                self._open.answered = True
                return found
        raise AssertionError

    def _once(self, path: str, body: object, method: str) -> dict[str, Any]:
        key = self.key()
        httpx = _httpx()
        clean = partial(_without, key=key)
        try:
            status, headers, data = self._exchange(path, body, method, key)
        except httpx.ConnectError as error:
            words = f"nothing answers at {self.host} ({clean(str(error))})"
            if not self._open.answered:
                raise ServiceError(
                    f"{words}. Start the service, or mend url; then run the same again"
                ) from None
            raise NoAnswerError(words) from None
        except httpx.TimeoutException as error:
            words = f"no answer from {self.host} within {self.timeout:g} s"
            raise NoAnswerError(f"{words} ({type(error).__name__})") from None
        except httpx.InvalidURL as error:
            raise ServiceError(f"url: {clean(str(error))}") from None
        except httpx.HTTPError as error:
            words = f"{self.host} broke off: {type(error).__name__}: {clean(str(error))}"
            raise NoAnswerError(words) from None
        text = _HALVES.sub(_whole, data.decode("utf-8", "replace"))
        return self._read(status, headers, clean(text), clean)

    def _exchange(
        self, path: str, body: object, method: str, key: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body; within the time limit, however slowly they drip."""
        address = self.url.rstrip("/") + path
        headers = {**self.headers, "Content-Type": "application/json"}
        if key:
            bearer = self.key_header.lower() == "authorization"
            headers[self.key_header] = f"Bearer {key}" if bearer else key
        sent = None if method == "GET" else json.dumps(body, ensure_ascii=False).encode()
        ends = time.monotonic() + self.timeout
        data = bytearray()
        with self._client().stream(method, address, content=sent, headers=headers) as answer:
            for part in answer.iter_bytes():
                data += part
                if len(data) > LARGEST:
                    raise NoAnswerError(f"{self.host} sent more than {LARGEST >> 20} MiB")
                if time.monotonic() > ends:
                    raise NoAnswerError(f"no answer from {self.host} within {self.timeout:g} s")
            return answer.status_code, answer.headers, bytes(data)

    def _client(self) -> Any:
        with self._open.lock:
            if self._open.client is None:
                # proxies from the environment; no redirect is followed, see above
                client = _httpx().Client(timeout=self.timeout, follow_redirects=False)
                weakref.finalize(self._open, client.close)
                self._open.client = client
            return self._open.client

    def _read(
        self, status: int, headers: Mapping[str, str], text: str, clean: Callable[[str], str]
    ) -> dict[str, Any]:
        if 300 <= status < 400:
            place = clean(str(headers.get("location", "(nowhere)")))[:200]
            raise ServiceError(
                f"{self.host} sends on to {place}, where the key would go too; that is not "
                "followed. If you trust that address, write it as url"
            )
        if status in AGAIN:
            said = OverloadedError(status, retry_after(_Stated(headers)))
            if said.retry_after is not None or status == 429:
                stop = refusal(status, text, self.host, self.key_env)
                raise stop if isinstance(stop, ServiceError) else said
            raise NoAnswerError(f"{self.host} answered {status}: {_short(text)}")
        if status >= 400:
            raise refusal(status, text, self.host, self.key_env) or NoAnswerError(
                f"{self.host} answered {status}: {_short(text)}"
            )
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise NoAnswerError(f"{self.host} sent no JSON: {_short(text)}") from None
        if not isinstance(found, dict):
            raise NoAnswerError(f"{self.host} sent no JSON object: {_short(text)}")
        return found


@dataclass(frozen=True)
class _Stated(Exception):  # noqa: N818 - holds headers for whoever reads what they state
    headers: Mapping[str, str]


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 200 else f"{flat[:197]}..."


def _without(text: str, key: str) -> str:
    """A text without the key, however JSON may have written it."""
    if not key:
        return text
    plain = _ESCAPED.sub(_unescaped, text)
    forms = (key, json.dumps(key)[1:-1])
    if not any(form in plain for form in forms):
        return text
    for form in forms:
        plain = plain.replace(form, KEY)
    return plain


_HALVES: Final = re.compile(
    r"\\(?:\\|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def _whole(found: re.Match[str]) -> str:
    """Half a character, which tokens may hold and no file can, as the sign for what cannot be read."""
    return "\ufffd" if len(found[0]) == 6 else found[0]


_ESCAPED: Final = re.compile(r"\\(?:\\|/|u00[2-7][0-9a-fA-F])")


def _unescaped(found: re.Match[str]) -> str:
    """What JSON need not have escaped, as it is; the rest stays."""
    said = found[0]
    sign = "/" if said == "\\/" else chr(int(said[2:], 16)) if len(said) == 6 else ""
    return said if sign in ("", '"', "\\", "\x7f") else sign


def _httpx() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise InputError(
            f"a teacher that is a service needs the package httpx; {install('llm')}"
        ) from error
    return httpx


__all__ = ["Endpoint", "NoAnswerError", "OverloadedError", "RefusedQuestionError"]
