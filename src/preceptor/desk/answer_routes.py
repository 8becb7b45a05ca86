"""Answering: the page, the next questions, and the answers as they come in."""

import hashlib
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from preceptor.core import InputError
from preceptor.desk.own_views import fault_of, parts_of
from preceptor.desk.question_pictures import cells, png
from preceptor.desk.requests import Call, NotFoundError
from preceptor.desk.shortcuts import keys_of
from preceptor.desk.shown_texts import excerpt, shown_text
from preceptor.people import Study, answering, assign, practice
from preceptor.people.own_viewing import OwnViewing
from preceptor.people.text_viewing import TextViewing
from preceptor.people.viewing import Viewing

MOST_AHEAD: Final = 10
"""The most questions that a page gets at once."""

MOST_HELD: Final = 60
"""The most questions that a page says it has, unsent answers among them."""

MISSING: Final = object()

HISTORY: Final = 50
"""So many of their own answers can be gone back to after the page was loaded anew."""


def show(call: Call) -> Response:
    """The page on which questions are answered."""
    study = call.study
    settings = study.settings
    keys = keys_of(settings.classes, settings.keys)
    facts = {
        "study": study.number,
        "person": call.person.number,
        "classes": settings.classes,
        "several": len(settings.classes) > 2,
        "keys": {
            "labels": keys.labels,
            "cannotTell": keys.cannot_tell,
            "skip": keys.skip,
            "note": keys.note,
            "smooth": keys.smooth,
        },
        "kind": settings.kind,
        "own": call.desk.own.hook(study) is not None,
        "size": list(settings.shape[-2:]) if settings.is_image else [],
    }
    with call.desk.studies.database.read() as db:
        practised = practice.has_examples(db, study.number)
    return call.desk.pages.render(
        "answer.html.j2",
        call.person,
        title=study.name,
        practice=practised,
        study=study,
        settings=settings,
        keys=keys,
        facts=facts,
        hooked=facts["own"],
    )


def following(call: Call) -> Response:
    """The next questions for this person, and how far they are.

    Raises:
        InputError: no whole number of them.
    """
    study, query = call.study, call.request.query_params
    held = [ticket for ticket in query.get("held", "").split(",") if ticket][:MOST_HELD]
    wanted = _count(query.get("wanted", "1"))
    with call.desk.studies.database.write(lasting=False) as db:
        leases = assign.take(db, study, call.person.number, wanted, held)
        asked = assign.asked(db, study.number, call.person.number)
    with call.desk.studies.database.read() as db:  # while others write
        far = answering.progress(db, study.number, call.person.number)
    return JSONResponse(
        {
            "items": [_item(call, study, one.ticket, one.question) for one in leases],
            "done": far.done,
            "total": far.total,
            "needed": far.needed,
            "paused": not asked,
        }
    )


def given(call: Call) -> Response:
    """This person's last answers, to look at again and correct."""
    study = call.study
    with call.desk.studies.database.read() as db:
        found = answering.given(db, study.number, call.person.number, HISTORY)
    items = [
        {
            **_item(call, study, one.ticket, one.question),
            "label": one.label,
            "acceptable": list(one.acceptable),
            "note": one.note,
            "instead": one.token,
        }
        for one in found
    ]
    return JSONResponse({"items": items})


def answer(call: Call) -> Response:
    """An answer, a correction, or one that is taken back.

    Raises:
        InputError: what was sent is no answer.
        ConflictError: it would stand over one that the page does not know of.
    """
    study = call.study
    instead = call.body.get("instead")
    reply = answering.Reply(
        ticket=call.text("ticket", 64),
        token=call.text("token", 64),
        label=_label(call.body.get("label", MISSING)),
        seconds=max(0.0, call.number("seconds")),
        note=call.text("note", answering.LONGEST_NOTE, ""),
        instead=None if instead is None else call.text("instead", 64),
        viewing=_viewing(call),
        acceptable=_acceptable(call.body.get("acceptable")),
    )
    if len(reply.token) < 16:
        raise InputError("token: expected at least 16 characters")
    with call.desk.studies.database.write() as db:
        answering.answer(db, study, call.person.number, reply)
    return JSONResponse({"kept": reply.token})


def skip(call: Call) -> Response:
    """A question that is put aside for now."""
    study = call.study
    with call.desk.studies.database.write() as db:
        answering.skip(
            db,
            study,
            call.person.number,
            call.text("ticket", 64),
            call.number("seconds"),
        )
    return JSONResponse({"kept": call.text("token", 64, "")})


def picture(call: Call) -> Response:
    """The picture of a question that was given to this person in this study.

    Raises:
        NotFoundError: it was not given, or is no picture.
    """
    study, ticket = call.study, call.request.path_params["ticket"]
    with call.desk.studies.database.read() as db:
        lease = assign.lease_of(db, ticket, call.person.number, study.number)
    part = call.request.path_params["part"]
    if lease is None:
        raise NotFoundError
    if not study.settings.is_image or part not in range(1 + study.settings.is_pair):
        raise NotFoundError
    data = png(call.desk.studies.input(study, lease.question), study.settings, part)
    tag = hashlib.sha256(data).hexdigest()[:16]
    headers = {"cache-control": "private, max-age=3600, immutable", "etag": f'"{tag}"'}
    return Response(data, media_type="image/png", headers=headers)


def text(call: Call) -> Response:
    """The text of a question that was given to this person in this study.

    Raises:
        NotFoundError: it was not given, or is no text.
    """
    study, ticket = call.study, call.request.path_params["ticket"]
    with call.desk.studies.database.read() as db:
        lease = assign.lease_of(db, ticket, call.person.number, study.number)
    if lease is None or not study.settings.is_text:
        raise NotFoundError
    parts = call.desk.studies.text(study, lease.question)
    return JSONResponse({"parts": shown_text(parts, study.settings), "excerpt": excerpt(parts)})


def summary(call: Call, study: Study) -> dict[str, Any]:
    """A line of the list of studies."""
    with call.desk.studies.database.read() as db:
        far = answering.progress(db, study.number, call.person.number)
    return {"number": study.number, "name": study.name, "progress": far}


def _item(call: Call, study: Study, ticket: str, question: int) -> dict[str, Any]:
    own = call.desk.own.hook(study)
    if own is not None:
        views = call.desk.own.of(call.desk.studies, study, question)
        if not fault_of(views):
            at = f"/study/{study.number}/own/{ticket}"
            return {"ticket": ticket, "own": parts_of(views, at), "version": own.version}
        return {**_plain(call, study, ticket, question), "finding": fault_of(views)}
    return _plain(call, study, ticket, question)


def _plain(call: Call, study: Study, ticket: str, question: int) -> dict[str, Any]:
    settings = study.settings
    if settings.is_image:
        parts = range(1 + settings.is_pair)
        at = f"/study/{study.number}/picture/{ticket}"
        return {"ticket": ticket, "pictures": [f"{at}/{part}.png" for part in parts]}
    if settings.is_text:
        return {"ticket": ticket, "text": f"/study/{study.number}/text/{ticket}"}
    values = call.desk.studies.input(study, question)
    return {"ticket": ticket, "features": cells(values, settings)}


def _label(value: object) -> int | None:
    """A label that is not there is no withdrawal: only null, written out, takes an answer back."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError("label: expected a whole number, or null to take an answer back")
    return value


def _acceptable(value: object) -> tuple[int, ...]:
    """Several labels that a person chose, in rising order; nothing of an answer that is no set."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(type(one) is int for one in value):
        raise InputError("acceptable: expected a list of whole numbers")
    return tuple(sorted(set(value)))


def _viewing(call: Call) -> Viewing | TextViewing | OwnViewing | None:
    """How the input was shown, if the page says so; a plain row is shown in one way only.

    Raises:
        InputError: no screen shows it so.
    """
    seen = call.body.get("viewing")
    kind = call.study.settings.kind
    if isinstance(seen, dict) and "own" in seen:
        if not isinstance(seen["own"], str):
            raise InputError("viewing: own is the version of the function that showed the input")
        if "letters" in seen:
            return OwnViewing(seen["own"], _measured(seen, "text"))
        return OwnViewing(seen["own"], _measured(seen, "image") if "width" in seen else None)
    if seen is None or kind == "row":
        return None
    return _measured(seen if isinstance(seen, dict) else {}, kind)


def _measured(wanted: dict[str, Any], kind: str) -> Viewing | TextViewing:
    if kind == "text":
        letters, wide, marked = (wanted.get(name) for name in ("letters", "width", "marked"))
        if type(letters) is int and type(wide) is int and isinstance(marked, bool):
            return TextViewing(letters, wide, marked)
        raise InputError(
            "viewing: expected an object with whole numbers letters and width, and marked"
        )
    width, height, smooth = (wanted.get(name) for name in ("width", "height", "smooth"))
    if type(width) is int and type(height) is int and isinstance(smooth, bool):
        return Viewing(width, height, smooth)
    raise InputError("viewing: expected an object with whole numbers width and height, and smooth")


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 2 or not 0 < int(text) <= MOST_AHEAD:
        raise InputError(f"wanted: expected 1 to {MOST_AHEAD}")
    return int(text)
