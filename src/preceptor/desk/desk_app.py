"""The web app: its addresses and what stands behind each."""

from collections.abc import Callable, Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from preceptor.core import InputError, LedgerError
from preceptor.desk import (
    answer_routes,
    leading_pages,
    own_routes,
    owner_pages,
    practice_pages,
    teach_pages,
    uploading,
)
from preceptor.desk.bodies import read_form, read_json
from preceptor.desk.guard import Guard, Limiter
from preceptor.desk.lanes import BusyError
from preceptor.desk.own_views import OwnViews
from preceptor.desk.pages import Pages
from preceptor.desk.requests import (
    COME_AGAIN,
    Call,
    Desk,
    Endpoint,
    api,
    page,
    picture,
    told,
    whose,
)
from preceptor.people import Studies, persons
from preceptor.people.persons import NewSession, Person
from preceptor.people.study_schema import identity

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
    views: OwnViews | None = None,
) -> ASGIApp:
    """The desk over some studies.

    Args:
        studies: where questions and answers are kept.
        hosts: the values of the header ``Host`` under which it is reached, such as
            ``127.0.0.1:8000``; all others are refused.
        secure: whether it is reached by https.
        own: whether it is reached as well under every address of this machine at which it listens.
        limiter: of failed tries to sign in; ten a minute from one address unless given.
        views: inputs as the user's own functions show them.

    Raises:
        LedgerError: the store cannot be read.
    """
    store = identity(studies.database)
    cookie = f"preceptor_desk_{store}"
    desk = Desk(
        *(studies, Pages(store), limiter or Limiter(), cookie, secure, store),
        own=views or OwnViews(),
    )
    routes = [
        Route("/in", _door(desk), methods=["GET"]),
        Route("/in", _sign_in(desk), methods=["POST"]),
        Route("/out", api(desk, _sign_out), methods=["POST"]),
        Route("/static/{name}", _static(desk)),
        Route("/", page(desk, _home)),
        *_study(desk),
        *own_routes.routes(desk),
        *teach_pages.routes(desk),
        *uploading.routes(desk),
        Route("/people", page(desk, owner_pages.people, owner=True), methods=["GET"]),
        Route(
            "/people/{person:int}",
            api(desk, owner_pages.change_person, owner=True),
            methods=["POST"],
        ),
    ]
    return Guard(Starlette(routes=routes), hosts, secure=secure, own=own)


def _study(desk: Desk) -> list[Route]:
    at = "/study/{study:int}"
    posts: dict[str, Callable[[Call], Response]] = {
        "/answer": answer_routes.answer,
        "/skip": answer_routes.skip,
    }
    return [
        Route(at, page(desk, answer_routes.show)),
        Route(f"{at}/next", api(desk, answer_routes.following, writes=True)),
        Route(f"{at}/given", api(desk, answer_routes.given)),
        *(Route(at + path, api(desk, work), methods=["POST"]) for path, work in posts.items()),
        Route(f"{at}/practice", page(desk, practice_pages.show)),
        Route(
            f"{at}/practice/{{question:int}}/{{part:int}}.png",
            picture(desk, practice_pages.picture),
        ),
        Route(f"{at}/overview", page(desk, owner_pages.overview, owner=True)),
        Route(
            f"{at}/items/{{question:int}}/{{part:int}}.png",
            picture(desk, owner_pages.thumbnail, owner=True),
        ),
        Route(
            f"{at}/items/{{question:int}}",
            page(desk, leading_pages.item, owner=True),
            methods=["GET"],
        ),
        Route(
            f"{at}/items/{{question:int}}",
            api(desk, leading_pages.decide, owner=True),
            methods=["POST"],
        ),
        Route(
            f"{at}/participation",
            api(desk, leading_pages.take_part, owner=True),
            methods=["POST"],
        ),
        Route(
            f"{at}/export/{{format}}",
            api(desk, leading_pages.export, owner=True, heavy=True),
            methods=["GET"],
        ),
        Route(f"{at}/settings", api(desk, owner_pages.change, owner=True), methods=["POST"]),
        Route(f"{at}/people", api(desk, owner_pages.invite, owner=True), methods=["POST"]),
        Route(f"{at}/picture/{{ticket}}/{{part:int}}.png", picture(desk, answer_routes.picture)),
        Route(f"{at}/text/{{ticket}}", api(desk, answer_routes.text)),
    ]


def _home(call: Call) -> Response:
    found = call.studies
    if len(found) == 1:
        return RedirectResponse(f"/study/{found[0].number}", 303)
    rows = [answer_routes.summary(call, study) for study in found]
    return call.desk.pages.render("home.html.j2", call.person, title="Studies", studies=rows)


def _door(desk: Desk) -> Endpoint:
    async def door(_: Request) -> Response:
        return _door_page(desk, "", 200)

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
            entered = await _entered(desk, request, body)
        except SomebodyElseError as error:
            return _asked(desk, error, str(body["token"]), wants_json)
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


class SomebodyElseError(Exception):
    """A link was opened where somebody else is signed in; nothing has happened yet."""

    def __init__(self, here: str, guest: str) -> None:
        super().__init__(f"You are {here}. Go on as {guest}?")
        self.here = here
        self.guest = guest


async def _entered(desk: Desk, request: Request, body: Mapping[str, object]) -> NewSession | None:
    """A new session, if the token is good; looked up before anything is written.

    Raises:
        SomebodyElseError: another person is signed in here and did not say that they go: nobody
            becomes somebody else by following a link.
    """
    token = body.get("token")
    if not (isinstance(token, str) and 0 < len(token) < 200):
        return None
    token = token.rpartition("#")[2].strip()
    guest = await desk.reads.run(_guest, desk, token)
    if guest is None:
        return None
    secret = request.cookies.get(desk.cookie, "")
    here = await desk.reads.run(whose, desk, secret)
    if here is not None and here[0].number != guest.number and not body.get("leave"):
        raise SomebodyElseError(here[0].name, guest.name)
    return await desk.writes.run(_enter, desk, token, secret)


def _asked(desk: Desk, error: SomebodyElseError, token: str, as_json: bool) -> Response:
    if as_json:
        facts = {"error": str(error), "here": error.here, "guest": error.guest}
        return JSONResponse(facts, 409)
    return _door_page(desk, str(error), 409, error, token)


def _welcome(desk: Desk, entered: NewSession, wants_json: bool) -> Response:
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


def _guest(desk: Desk, token: str) -> Person | None:
    with desk.studies.database.read() as db:
        return persons.guest(db, token)


def _enter(desk: Desk, token: str, before: str) -> NewSession | None:
    """A new session; the one that this browser had before ends."""
    with desk.studies.database.write() as db:
        entered = persons.sign_in(db, token)
        if entered is not None:
            persons.sign_out(db, before)
        return entered


def _refused(desk: Desk, message: str, status: int, as_json: bool) -> Response:
    if as_json:
        return JSONResponse({"error": message}, status)
    return _door_page(desk, message, status)


def _door_page(
    desk: Desk, message: str, status: int, other: SomebodyElseError | None = None, token: str = ""
) -> Response:
    return desk.pages.render(
        "door.html.j2",
        None,
        status,
        title="Sign in",
        message=message,
        other=other,
        token=token,
    )


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
