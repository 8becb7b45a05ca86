"""From a request to a function, and from its result or error to a reply."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from preceptor.core import InputError, LedgerError
from preceptor.desk.bodies import read_json
from preceptor.desk.guard import Limiter, RateLimit
from preceptor.desk.lanes import READERS, WRITERS, BusyError, Lane
from preceptor.desk.own_views import OwnViews
from preceptor.desk.pages import Pages
from preceptor.people import Studies, Study, access, offering, persons
from preceptor.people.answering import ConflictError
from preceptor.people.persons import Person
from preceptor.people.taught_items import PaceError

LARGEST: Final = 2**31 - 1
"""The largest number of a row that both databases hold."""

TOUCH_SECONDS: Final = 60.0
"""How often it is written down that a session is in use."""

COME_AGAIN: Final = {"retry-after": "5"}

MOST_A_MINUTE: Final = 1200
"""The most that one person may send to be written down: ten times what the quickest click, and
little enough that one person cannot fill a disk in a day."""

KEY, STORE, PERSON = "x-preceptor-key", "x-preceptor-store", "x-preceptor-person"
"""What our scripts send along: the half of a session that no cookie holds, and for which store and
which person their page was made."""

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
        store: tells this store from every other.
        reads: threads for what changes nothing.
        writes: threads for what does.
        noting: sessions of which it is being written down that they are in use.
        pace: of what people send.
        own: inputs as the user's own functions show them.
        turns: of each person, for work that is heavy: what one person asks for is done one after
            another, so that others wait for one piece of it at most.
    """

    studies: Studies
    pages: Pages
    limiter: Limiter
    cookie: str
    secure: bool
    store: str
    reads: Lane = field(default_factory=lambda: Lane(READERS))
    writes: Lane = field(default_factory=lambda: Lane(WRITERS))
    noting: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    own: OwnViews = field(default_factory=OwnViews)
    pace: RateLimit = field(default_factory=lambda: RateLimit(MOST_A_MINUTE))
    turns: defaultdict[int, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))


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

    @cached_property
    def study(self) -> Study:
        """The study in the path. Every address of a study asks here, so nobody sees one by another
        way.

        Raises:
            InputError: there is none, or the person does not belong to it.
        """
        number = self.request.path_params["study"]
        for study in self.studies:
            if study.number == number:
                return study
        raise InputError(
            f"there is no study {number} for {self.person.name}. If you were let into another study "
            "or this one was deleted, ask the owner of the desk"
        )

    @cached_property
    def studies(self) -> list[Study]:
        """The studies that this person may see."""
        found = self.desk.studies.all()
        with self.desk.studies.database.read() as db:
            return [one for one in found if access.belongs(db, one.number, self.person)]

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
        self._need_teachable(question)
        return self.desk.studies.input(self.study, question)

    def teachable_text(self, question: int) -> tuple[str, ...]:
        """The parts of a text on which this person may teach.

        Raises:
            NotFoundError: they may not, or there is none.
        """
        self._need_teachable(question)
        return self.desk.studies.text(self.study, question)

    def _need_teachable(self, question: int) -> None:
        with self.desk.studies.database.read() as db:
            if not offering.may_see(db, self.study.number, self.person.number, question):
                raise NotFoundError


class NotFoundError(Exception):
    """There is nothing here for this person."""


class NobodyError(Exception):
    """Whoever makes a request is not signed in, or as somebody else than the page believes."""


class OtherDeskError(Exception):
    """The page was made by the desk of another store."""


def page(desk: Desk, work: Callable[[Call], Response], *, owner: bool = False) -> Endpoint:
    """An endpoint for a page: whoever is not signed in is sent to the door."""

    async def endpoint(request: Request) -> Response:
        return await _answered(desk, request, work, owner, html=True, lane=desk.reads)

    return endpoint


def picture(desk: Desk, work: Callable[[Call], Response], *, owner: bool = False) -> Endpoint:
    """An endpoint for a picture in a page, which the browser gets without our scripts."""

    async def endpoint(request: Request) -> Response:
        return await _answered(desk, request, work, owner, html=False, lane=desk.reads)

    return endpoint


def api(
    desk: Desk,
    work: Callable[[Call], Response],
    *,
    owner: bool = False,
    writes: bool | None = None,
    heavy: bool = False,
) -> Endpoint:
    """An endpoint for our scripts: JSON in, JSON out.

    Args:
        desk: what it belongs to.
        work: what it does.
        owner: whether only owners may ask for it.
        writes: whether it changes the store; taken from the method unless given.
        heavy: whether it takes long, so that each person has one at a time.
    """

    async def endpoint(request: Request) -> Response:
        lane = desk.writes if (request.method == "POST" if writes is None else writes) else None
        lane = lane or desk.reads
        return await _answered(
            desk, request, work, owner, html=False, lane=lane, keyed=True, heavy=heavy
        )

    return endpoint


async def _answered(
    desk: Desk,
    request: Request,
    work: Callable[[Call], Response],
    owner: bool,
    *,
    html: bool,
    lane: Lane,
    keyed: bool = False,
    heavy: bool = False,
) -> Response:
    person = None
    more: dict[str, Any] = {}
    try:
        person = await signed_in(desk, request, keyed=keyed)
        if request.method == "POST":
            _keep_pace(desk, person)
        body = await read_json(request) if request.method == "POST" else {}
        if owner and person.role != "owner":
            said, status = "Only an owner of this desk can see this.", 403
        elif any(n > LARGEST for n in request.path_params.values() if isinstance(n, int)):
            said, status = _NOTHING, 404
        else:
            async with desk.turns[person.number] if heavy else nullcontext():
                return await lane.run(work, Call(desk, person, request, body))
    except NotFoundError:
        said, status = _NOTHING, 404
    except (InputError, LedgerError, BusyError, NobodyError, OtherDeskError) as error:
        if html and isinstance(error, NobodyError):
            return RedirectResponse("/in", 303)
        said, status = told(error)
        if isinstance(error, ConflictError) and error.instead is not None:
            more = error.stands
    reply: Response = JSONResponse({"error": said, **more}, status)
    if html:
        reply = desk.pages.error(said, status, person)
    if status in (429, 503):
        reply.headers.update(COME_AGAIN)
    return reply


def _keep_pace(desk: Desk, person: Person) -> None:
    """Count what a person sends.

    Raises:
        PaceError: it is too much.
    """
    wait = desk.pace.wait(person.number)
    if wait:
        raise PaceError(f"Too much at once. Wait {wait:.0f} seconds; nothing of it is lost.")


_NOTHING: Final = "There is nothing here."


def told(error: Exception) -> tuple[str, int]:
    """An error in words, and the status of the reply that brings them."""
    if isinstance(error, LedgerError):
        return f"The answers cannot be kept at the moment: {error}", 503
    if isinstance(error, BusyError):
        return "The desk is busy: its database is slow or held by another process.", 503
    statuses = {NobodyError: 401, OtherDeskError: 421, ConflictError: 409, PaceError: 429}
    status = statuses.get(type(error), 400)
    return str(error), status


async def signed_in(desk: Desk, request: Request, *, keyed: bool = True) -> Person:
    """Who makes a request.

    Args:
        desk: to which it came.
        request: as it came.
        keyed: whether the cookie is not enough. All web servers of a machine get the cookies of
            each other, so scripts send a key along that only pages of this one can read.

    Raises:
        NobodyError: nobody who is signed in, or somebody else than the page was made for.
        OtherDeskError: the page was made by another desk, which was here before.
        LedgerError: the store cannot be read.
        BusyError: too many others are waiting.
    """
    if request.headers.get(STORE, desk.store) != desk.store:
        raise OtherDeskError(
            "Another desk answers at this address now. Open the desk to which this page belongs."
        )
    secret = request.cookies.get(desk.cookie, "")
    if not secret or (keyed and not persons.unlocks(secret, request.headers.get(KEY, ""))):
        raise NobodyError("sign in again")
    found = await desk.reads.run(whose, desk, secret)
    if found is None:
        raise NobodyError("sign in again")
    person, seen = found
    if request.headers.get(PERSON, str(person.number)) != str(person.number):
        raise NobodyError(f"{person.name} is signed in in this browser now; sign in again")
    if time.time() - seen > TOUCH_SECONDS:
        _note(desk, secret)
    return person


def whose(desk: Desk, secret: str) -> tuple[Person, float] | None:
    """Who has a session, and when it was last seen; ``None`` if there is none."""
    with desk.studies.database.read() as db:
        return persons.whose(db, secret)


def _note(desk: Desk, secret: str) -> None:
    """Have it written down that a session is in use, while nobody waits for it."""

    def touch() -> None:
        with desk.studies.database.write(lasting=False) as db:
            persons.touch(db, secret)

    async def noted() -> None:
        try:
            await desk.writes.run(touch)
        except (LedgerError, BusyError):
            pass  # the next request tries again
        finally:
            del desk.noting[secret]

    if secret not in desk.noting and not desk.writes.full:
        desk.noting[secret] = asyncio.create_task(noted())
