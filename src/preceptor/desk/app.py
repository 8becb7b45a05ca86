"""The web app: its addresses and what stands behind each."""

from collections.abc import Callable
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from preceptor.core import InputError, LedgerError
from preceptor.desk import answers, owners, teach, uploading
from preceptor.desk.calls import (
    COME_AGAIN,
    Call,
    Desk,
    Endpoint,
    api,
    page,
    picture,
    read_form,
    read_json,
    told,
)
from preceptor.desk.guard import Guard, Limiter
from preceptor.desk.lanes import BusyError
from preceptor.desk.pages import Pages
from preceptor.people import Studies, persons
from preceptor.people.persons import Entered
from preceptor.people.schema import identity

SPENT: Final = (
    "This link has been used, is too old, or is not whole. Ask the owner of the desk for a new one; "
    "whoever started it gets one from the command 'preceptor desk'."
)


def make_app(
    studies: Studies,
    hosts: frozenset[str],
    *,
    secure: bool = False,
    own: bool = False,
    limiter: Limiter | None = None,
) -> ASGIApp:
    """The desk over some studies.

    Args:
        studies: where questions and answers are kept.
        hosts: the values of the header ``Host`` under which it is reached, such as
            ``127.0.0.1:8000``; all others are refused.
        secure: whether it is reached by https.
        own: whether it is reached as well under every address of this machine at which it listens.
        limiter: of failed tries to sign in; ten a minute from one address unless given.

    Raises:
        LedgerError: the store cannot be read.
    """
    store = identity(studies.database)
    cookie = f"preceptor_desk_{store}"
    desk = Desk(studies, Pages(store), limiter or Limiter(), cookie, secure, store)
    routes = [
        Route("/in", _door(desk), methods=["GET"]),
        Route("/in", _sign_in(desk), methods=["POST"]),
        Route("/out", api(desk, _sign_out), methods=["POST"]),
        Route("/static/{name}", _static(desk)),
        Route("/", page(desk, _home)),
        *_study(desk),
        *teach.routes(desk),
        *uploading.routes(desk),
        Route("/picture/{ticket}/{part:int}.png", picture(desk, answers.picture)),
        Route("/people", api(desk, owners.invite, owner=True), methods=["POST"]),
    ]
    return Guard(Starlette(routes=routes), hosts, secure=secure, own=own)


def _study(desk: Desk) -> list[Route]:
    at = "/study/{study:int}"
    posts: dict[str, Callable[[Call], Response]] = {
        "/answer": answers.answer,
        "/skip": answers.skip,
    }
    return [
        Route(at, page(desk, answers.show)),
        Route(f"{at}/next", api(desk, answers.following, writes=True)),
        Route(f"{at}/given", api(desk, answers.given)),
        *(Route(at + path, api(desk, work), methods=["POST"]) for path, work in posts.items()),
        Route(f"{at}/overview", page(desk, owners.overview, owner=True)),
        Route(
            f"{at}/items/{{question:int}}/{{part:int}}.png",
            picture(desk, owners.thumbnail, owner=True),
        ),
        Route(f"{at}/settings", api(desk, owners.change, owner=True), methods=["POST"]),
    ]


def _home(call: Call) -> Response:
    found = call.desk.studies.all()
    if len(found) == 1:
        return RedirectResponse(f"/study/{found[0].number}", 303)
    rows = [answers.summary(call, study) for study in found]
    return call.desk.pages.render("home.html.j2", call.person, title="Studies", studies=rows)


def _door(desk: Desk) -> Endpoint:
    async def door(_: Request) -> Response:
        return desk.pages.render("door.html.j2", None, title="Sign in", message="")

    return door


def _sign_in(desk: Desk) -> Endpoint:
    """The token comes in the body, never in an address, so that no log or history holds it.

    Tries that fail are counted, and answered more slowly than they come when there are too many.
    A link that is good is good whatever others try.
    """

    async def sign_in(request: Request) -> Response:
        wants_json = "json" in request.headers.get("content-type", "")
        try:
            body = await read_json(request) if wants_json else await read_form(request)
            entered = await _entered(desk, body.get("token"))
        except (InputError, LedgerError, BusyError) as error:
            said, status = told(error)
            reply = _refused(desk, said, status, wants_json)
            if status == 503:
                reply.headers.update(COME_AGAIN)
            return reply
        if entered is None:
            wait = desk.limiter.wait(request.client.host if request.client else "")
            said = f"Too many tries. Wait {wait:.0f} seconds." if wait else SPENT
            reply = _refused(desk, said, 429 if wait else 403, wants_json)
            if wait:
                reply.headers["retry-after"] = f"{wait + 1:.0f}"
            return reply
        return _welcome(desk, entered, wants_json)

    return sign_in


async def _entered(desk: Desk, token: object) -> Entered | None:
    """A new session, if the token is good; looked up before anything is written."""
    if not (isinstance(token, str) and 0 < len(token) < 200):
        return None
    token = token.rpartition("#")[2].strip()
    if not await desk.reads.run(_can_enter, desk, token):
        return None
    return await desk.writes.run(_enter, desk, token)


def _welcome(desk: Desk, entered: Entered, wants_json: bool) -> Response:
    """Half of the session goes into a cookie, half to the page."""
    welcome: Response = RedirectResponse("/", 303)
    if wants_json:
        welcome = JSONResponse({"to": "/", "key": entered.key})
    welcome.set_cookie(
        desk.cookie,
        entered.secret,
        max_age=int(persons.SESSION_SECONDS),
        httponly=True,
        samesite="strict",
        secure=desk.secure,
    )
    return welcome


def _can_enter(desk: Desk, token: str) -> bool:
    with desk.studies.database.read() as db:
        return persons.can_enter(db, token)


def _enter(desk: Desk, token: str) -> Entered | None:
    with desk.studies.database.write() as db:
        return persons.sign_in(db, token)


def _refused(desk: Desk, message: str, status: int, as_json: bool) -> Response:
    if as_json:
        return JSONResponse({"error": message}, status)
    return desk.pages.render("door.html.j2", None, status, title="Sign in", message=message)


def _sign_out(call: Call) -> Response:
    with call.desk.studies.database.write() as db:
        persons.sign_out(db, call.request.cookies.get(call.desk.cookie, ""))
    gone = JSONResponse({"to": "/in"})
    gone.delete_cookie(call.desk.cookie, httponly=True, samesite="strict", secure=call.desk.secure)
    return gone


def _static(desk: Desk) -> Endpoint:
    """Only files that were read at the start exist here, so no path leads anywhere else."""

    async def static(request: Request) -> Response:
        file = desk.pages.files.get(request.path_params["name"])
        if file is None:
            return Response("nothing here", 404)
        headers = {"cache-control": "no-cache", "etag": file.tag}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers=headers, media_type=file.kind)

    return static
