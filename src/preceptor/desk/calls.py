"""From a request to a function, and from its result or error to a reply."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from preceptor.core import InputError, LedgerError
from preceptor.desk.guard import Limiter, TooLargeError
from preceptor.desk.pages import Pages
from preceptor.people import Studies, Study, offering, persons
from preceptor.people.persons import Person

LARGEST: Final = 2**31 - 1
"""The largest number of a row that both databases hold."""

TOUCH_SECONDS: Final = 60.0
"""How often it is written down that a session is in use."""

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Desk:
    """What every request can reach.

    Attributes:
        studies: where everything is kept.
        pages: the templates.
        limiter: of tries to sign in.
        cookie: name of the session's cookie; one for each store, since all ports of a host share
            their cookies.
        secure: whether the desk is reached by https, so that the cookie never travels otherwise.
    """

    studies: Studies
    pages: Pages
    limiter: Limiter
    cookie: str
    secure: bool


@dataclass(frozen=True)
class Call:
    """A request of someone who is signed in.

    Attributes:
        desk: what it came to.
        person: who sent it.
        request: as it came.
        body: the JSON in it; empty if there was none.
    """

    desk: Desk
    person: Person
    request: Request
    body: Mapping[str, Any]

    @property
    def study(self) -> Study:
        """The study in the path.

        Raises:
            InputError: there is none.
        """
        number = self.request.path_params["study"]
        for study in self.desk.studies.all():
            if study.number == number:
                return study
        raise InputError(f"there is no study {number}")

    def text(self, name: str, most: int, default: str | None = None) -> str:
        """A text of the body.

        Raises:
            InputError: it is missing, no text, or too long.
        """
        value = self.body.get(name, default)
        if not isinstance(value, str) or len(value) > most or "\x00" in value:
            raise InputError(f"{name}: expected a text of at most {most} characters")
        return value

    def number(self, name: str) -> float:
        """A number of the body.

        Raises:
            InputError: it is missing, or no finite number.
        """
        value = self.body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            raise InputError(f"{name}: expected a number")
        return float(value)

    def whole(self, name: str) -> int:
        """A whole number of the body.

        Raises:
            InputError: it is missing, or no whole number of at most twelve digits.
        """
        value = self.number(name)
        if value != int(value):
            raise InputError(f"{name}: expected a whole number")
        return int(value)

    def place(self, name: str) -> int:
        """A row's number in the path.

        Raises:
            NotFoundError: larger than any row's number.
        """
        number = int(self.request.path_params[name])
        if number > LARGEST:
            raise NotFoundError
        return number

    def teachable(self, question: int) -> np.ndarray:
        """``Float32[*shape]`` of an input on which this person may teach.

        Raises:
            NotFoundError: they may not, or there is none.
        """
        study = self.study
        with self.desk.studies.database.read() as db:
            if not offering.may_see(db, study.number, self.person.number, question):
                raise NotFoundError
        return self.desk.studies.input(study, question)


class NotFoundError(Exception):
    """There is nothing here for this person."""


def page(desk: Desk, work: Callable[[Call], Response], *, owner: bool = False) -> Endpoint:
    """An endpoint for a page: whoever is not signed in is sent to the door."""

    async def endpoint(request: Request) -> Response:
        found = await run_in_threadpool(who, desk, request)
        if found is None:
            return RedirectResponse("/in", 303)
        return await _answered(Call(desk, found, request, {}), work, owner, html=True)

    return endpoint


def api(desk: Desk, work: Callable[[Call], Response], *, owner: bool = False) -> Endpoint:
    """An endpoint for our scripts: JSON in, JSON out."""

    async def endpoint(request: Request) -> Response:
        found = await run_in_threadpool(who, desk, request)
        if found is None:
            return JSONResponse({"error": "sign in again"}, 401)
        try:
            body = await read_json(request) if request.method == "POST" else {}
        except InputError as error:
            return JSONResponse({"error": str(error)}, 400)
        return await _answered(Call(desk, found, request, body), work, owner, html=False)

    return endpoint


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        InputError: there is none, or it is too large.
    """
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise InputError("expected content-type application/json")
    try:
        text = await request.body()
        body = json.loads(text, parse_constant=_no_constant)
        if b"\\ud" in text.lower():
            body = _whole(body)
    except (ValueError, RecursionError) as error:
        raise InputError("the body is no JSON") from error
    except TooLargeError as error:
        raise InputError("the body is too large") from error
    if not isinstance(body, dict):
        raise InputError("expected a JSON object")
    return body


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a plain form."""
    try:
        text = (await request.body()).decode()
    except (UnicodeDecodeError, TooLargeError):
        return {}
    return dict(parse_qsl(text, max_num_fields=20)) if text.count("&") < 20 else {}


async def _answered(
    call: Call, work: Callable[[Call], Response], owner: bool, *, html: bool
) -> Response:
    if owner and call.person.role != "owner":
        return _error(call, "Only an owner of this desk can see this.", 403, html)
    numbers = (one for one in call.request.path_params.values() if isinstance(one, int))
    if any(number > LARGEST for number in numbers):
        return _error(call, "There is nothing here.", 404, html)
    try:
        return await run_in_threadpool(work, call)
    except InputError as error:
        return _error(call, str(error), 400, html)
    except NotFoundError:
        return _error(call, "There is nothing here.", 404, html)
    except LedgerError as error:
        return _error(call, f"The answers cannot be kept at the moment: {error}", 503, html)


def _error(call: Call, message: str, status: int, html: bool) -> Response:
    if html:
        return call.desk.pages.error(message, status, call.person)
    return JSONResponse({"error": message}, status)


def who(desk: Desk, request: Request) -> Person | None:
    """Who makes a request, by the session's cookie; the session is marked as used."""
    secret = request.cookies.get(desk.cookie, "")
    if not secret:
        return None
    with desk.studies.database.read() as db:
        found = persons.whose(db, secret)
    if found is None:
        return None
    person, seen = found
    if time.time() - seen > TOUCH_SECONDS:
        with desk.studies.database.write(lasting=False) as db:
            persons.touch(db, secret)
    return person


def _whole(body: object) -> object:
    """The same with ``?`` for each half of a character, which no database takes.

    A page sends one when it cuts a text in the middle of an emoji.
    """
    return json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))


def _no_constant(name: str) -> float:
    raise ValueError(f"no number: {name}")
