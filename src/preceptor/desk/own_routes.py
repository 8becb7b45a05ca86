"""Pictures and framed pages of inputs as the user's own function shows them: to who was asked, to owners, to practise."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from preceptor.desk.own_views import fault_of, parts_of, sent
from preceptor.desk.requests import Call, Desk, NotFoundError, picture
from preceptor.people import Study, assign, practice


def routes(desk: Desk) -> list[Route]:
    """Their addresses."""
    at = "/study/{study:int}"
    end = "{question:int}/own/{part:int}"
    return [
        Route(f"{at}/own/{{ticket}}/{{part:int}}", picture(desk, asked)),
        Route(f"{at}/items/{end}", picture(desk, any_question, owner=True)),
        Route(f"{at}/practice/{end}", picture(desk, example)),
    ]


def asked(call: Call) -> Response:
    """Of a question that was given to this person in this study.

    Raises:
        NotFoundError: it was not given, or is shown in another way.
    """
    study, ticket = call.study, call.request.path_params["ticket"]
    with call.desk.studies.database.read() as db:
        lease = assign.lease_of(db, ticket, call.person.number, study.number)
    if lease is None:
        raise NotFoundError
    return _sent(call, lease.question)


def any_question(call: Call) -> Response:
    """Of any question, for owners.

    Raises:
        NotFoundError: it is shown in another way.
    """
    return _sent(call, call.place("question"))


def example(call: Call) -> Response:
    """Of an example to practise on.

    Raises:
        NotFoundError: it is none, or is shown in another way.
    """
    with call.desk.studies.database.read() as db:
        if not practice.is_example(db, call.study.number, call.place("question")):
            raise NotFoundError
    return _sent(call, call.place("question"))


def own_parts(call: Call, study: Study, question: int, where: str) -> dict[str, Any]:
    """A question for a page: ``own``, the parts that its function shows, and ``finding``, why there are none
    though there is a function.

    Args:
        call: for the page.
        study: that asks it.
        question: its number.
        where: ``items`` or ``practice``, under which its pictures lie.
    """
    views = call.desk.own.of(call.desk.studies, study, question)
    if fault_of(views):
        return {"own": [], "finding": fault_of(views)}
    at = f"/study/{study.number}/{where}/{question}/own"
    return {"own": parts_of(views, at), "finding": ""}


def _sent(call: Call, question: int) -> Response:
    found = sent(call.desk.own.of(call.desk.studies, call.study, question), call.place("part"))
    if found is None:
        raise NotFoundError
    return found
