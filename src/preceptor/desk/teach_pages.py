"""Teaching: the list of tools and of what was taught, the tools' pages, and what they send."""

import io
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PIL import Image
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from preceptor.core import InputError
from preceptor.desk import requests
from preceptor.desk.question_pictures import features, png
from preceptor.desk.requests import Call, Desk, NotFoundError, api, page
from preceptor.desk.shown_texts import shown_text
from preceptor.desk.taught_texts import diff_of, said_on_text
from preceptor.desk.tools import TOOLS, Tool
from preceptor.desk.tools.wire import arrays_of
from preceptor.people import Study, offering, taught_items
from preceptor.people.changes import CHANGES
from preceptor.people.lessons import price_of
from preceptor.people.taught_items import Draft, TaughtItem

AT: Final = "/study/{study:int}/teach"


def routes(desk: Desk) -> list[Route]:
    """Every address of teaching."""
    found = [
        Route("/teach", page(desk, _which)),
        Route(AT, page(desk, show)),
        Route(f"{AT}/withdraw", api(desk, withdraw), methods=["POST"]),
        Route(f"{AT}/picture/{{question:int}}.png", requests.picture(desk, picture)),
        Route(f"{AT}/row/{{question:int}}", api(desk, row)),
        Route(f"{AT}/text/{{question:int}}", api(desk, text)),
        Route(f"{AT}/taught/{{number:int}}.png", requests.picture(desk, thumbnail)),
    ]
    for tool in TOOLS:
        found += [
            Route(f"{AT}/{tool.name}", page(desk, _page(tool))),
            Route(f"{AT}/{tool.name}/give", api(desk, _give(tool)), methods=["POST"]),
            *(
                Route(f"{AT}/{tool.name}/{path}", api(desk, _fitting(tool, work)))
                for path, work in tool.gets.items()
            ),
            *(
                Route(
                    f"{AT}/{tool.name}/{path}",
                    api(desk, _fitting(tool, work), writes=False, heavy=True),
                    methods=["POST"],
                )
                for path, work in tool.asks.items()
            ),
        ]
    return found


def _which(call: Call) -> Response:
    found = call.studies
    return RedirectResponse(f"/study/{found[0].number}/teach" if len(found) == 1 else "/", 303)


def show(call: Call) -> Response:
    """What can be taught, and what was."""
    study = call.study
    whose = None if call.person.role == "owner" else call.person.number
    with call.desk.studies.database.read() as db:
        found = taught_items.taught(db, study.number, person=whose)
        examples = len(offering.offers(db, study.number, call.person.number))
    rows = [_line(call, study, one) for one in reversed(found)]
    standing = [one for one in rows if not one["withdrawn"]]
    return call.desk.pages.render(
        "teach.html.j2",
        call.person,
        title=f"{study.name}: teach",
        study=study,
        tools=[tool for tool in TOOLS if tool.fits(study.settings)],
        rows=rows,
        examples=examples,
        seconds=sum(one["seconds"] for one in standing),
        bits=sum(one["bits"] for one in standing),
        standing=len(standing),
    )


def withdraw(call: Call) -> Response:
    """Something taught is taken back."""
    number = call.whole("number")
    with call.desk.studies.database.write() as db:
        taught_items.withdraw(db, call.study, call.person, number, call.text("token", 64))
    return JSONResponse({"kept": True})


def picture(call: Call) -> Response:
    """An input on which this person may teach.

    Raises:
        NotFoundError: it is no picture, or not theirs to see.
    """
    study, question = call.study, call.place("question")
    if not study.settings.is_image:
        raise NotFoundError
    part = 1 if call.request.query_params.get("part") == "1" and study.settings.is_pair else 0
    return _png(png(call.teachable(question), study.settings, part))


def row(call: Call) -> Response:
    """A row on which this person may teach.

    Raises:
        NotFoundError: it is no row, or not theirs to see.
    """
    study = call.study
    if study.settings.kind != "row":
        raise NotFoundError
    values = call.teachable(call.place("question"))
    return JSONResponse({"features": features(values, study.settings)})


def text(call: Call) -> Response:
    """A text on which this person may teach; with ``?words=1`` cut into words.

    Raises:
        NotFoundError: it is no text, or not theirs to see.
    """
    study = call.study
    if not study.settings.is_text:
        raise NotFoundError
    parts = call.teachable_text(call.place("question"))
    words = call.request.query_params.get("words") == "1"
    return JSONResponse({"parts": shown_text(parts, study.settings, words=words)})


def thumbnail(call: Call) -> Response:
    """A picture of something taught.

    Raises:
        NotFoundError: there is no such thing, or this person may not see it.
    """
    study, number = call.study, call.place("number")
    with call.desk.studies.database.read() as db:
        one = taught_items.find(db, study.number, number)
        if one is None or not (call.person.role == "owner" or one.person == call.person.number):
            raise NotFoundError
        key = one.body.get("input")
        raw = db.one("SELECT bytes FROM desk_inputs WHERE key = :key", key=key) if key else None
    if not study.settings.is_image:
        raise NotFoundError
    for name in ("changed", "made"):
        if name in one.arrays:
            return _png(png(one.arrays[name], study.settings, 0))
    mask = one.arrays.get("mask", one.arrays.get("region"))
    if mask is None:
        raise NotFoundError
    under = np.full((*mask.shape, 1), 200, np.uint8)
    if raw is not None:
        values = np.frombuffer(raw[0], "<f4").reshape(study.settings.shape)
        under = np.asarray(Image.open(io.BytesIO(png(values, study.settings, 0))).convert("RGB"))
    return _png(_veiled(under, mask))


def _fitting(tool: Tool, work: Callable[[Call], Response]) -> Callable[[Call], Response]:
    """The same, for studies on which the tool can be used."""

    def done(call: Call) -> Response:
        _need(tool, call.study)
        return work(call)

    return done


def _page(tool: Tool) -> Callable[[Call], Response]:
    def shown(call: Call) -> Response:
        study = call.study
        _need(tool, study)
        return call.desk.pages.render(
            f"teach-{tool.name}.html.j2",
            call.person,
            title=f"{study.name}: {tool.title.lower()}",
            study=study,
            settings=study.settings,
            tool=tool,
            facts=facts_of(call, study, tool),
        )

    return shown


def facts_of(call: Call, study: Study, tool: Tool) -> dict[str, Any]:
    """What a tool's page knows from the start."""
    settings = study.settings
    with call.desk.studies.database.read() as db:
        examples = offering.offers(db, study.number, call.person.number)
    words = [*settings.classes, "Can't tell"]
    return {
        "study": study.number,
        "person": call.person.number,
        "tool": tool.name,
        "classes": settings.classes,
        "kind": settings.kind,
        "shape": list(settings.shape),
        "names": names_of(study) if not settings.is_image else [],
        "examples": [
            {
                "question": one.question,
                "input": one.key,
                "label": one.label,
                "word": None if one.label is None else words[one.label],
                "offered": one.offered,
            }
            for one in examples
        ],
        **tool.facts(study),
    }


def _give(tool: Tool) -> Callable[[Call], Response]:
    def given(call: Call) -> Response:
        study = call.study
        _need(tool, study)
        kind, body = call.text("kind", 40), call.body.get("body")
        if kind not in tool.kinds:
            raise InputError(f"kind: this tool gives {' or '.join(tool.kinds)}")
        if not isinstance(body, dict):
            raise InputError("body: expected an object")
        tool.refuse(call, kind, body)
        draft = Draft(
            token=call.text("token", 64),
            kind=kind,
            body=body,
            seconds=max(0.0, call.number("seconds")),
            arrays=arrays_of(call.body.get("arrays", {})),
        )
        with call.desk.studies.database.write() as db:
            taught_items.give(db, study, call.person.number, draft, paced=True)
        return JSONResponse({"kept": draft.token})

    return given


def _need(tool: Tool, study: Study) -> None:
    if not tool.fits(study.settings):
        settings = study.settings
        what = "texts" if settings.is_text else f"inputs of shape {settings.shape}"
        raise InputError(f"{tool.title!r} cannot be used on {what}")


def _line(call: Call, study: Study, one: TaughtItem) -> dict[str, Any]:
    """A line of the list of what was taught."""
    price = price_of(call.desk.studies, study, one)
    shown = study.settings.is_image and bool(one.arrays)
    return {
        "number": one.number,
        "what": said(study, one) if not study.settings.is_text else said_on_text(call, one),
        "diff": diff_of(call, one),
        "note": one.body.get("note", ""),
        "by": one.by,
        "mine": one.person == call.person.number,
        "when": one.taught_at[:16].replace("T", " "),
        "seconds": one.seconds,
        "bits": price.bits,
        "withdrawn": one.withdrawn,
        "picture": f"/study/{study.number}/teach/taught/{one.number}.png" if shown else None,
    }


def said(study: Study, one: TaughtItem) -> str:
    """What was taught, in words."""
    words = [*study.settings.classes, "can't tell"]
    body = one.body
    every = "every input" if body.get("every") else "one input"
    if one.kind == "mask":
        mask = one.arrays["mask"]
        return f"What matters, for {every}: {int(mask.sum())} of {mask.size} pixels"
    if one.kind == "features":
        names = names_of(study)
        return f"What matters, for {every}: " + ", ".join(names[i] for i in body["features"])
    if one.kind == "pair":
        return f"Changed from {words[body['before']]} to {words[body['after']]}"
    if one.kind == "example":
        return f"An example of {words[body['label']]}, {body['made']}"
    change = CHANGES[body["change"]]
    share = change.unit.startswith("of")
    size = f"{body['range']:.0%}" if share else f"{body['range']:g}"
    reach = f" up to {size} {change.unit}" if change.make else ""
    return f"{change.word}{reach} does not change the answer ({len(body['confirmed'])} examples)"


def names_of(study: Study) -> tuple[str, ...]:
    """The names of a row's features."""
    return study.settings.feature_names


def _veiled(under: np.ndarray, mask: np.ndarray) -> bytes:
    """A picture with all that does not matter faded to grey."""
    pixels = np.broadcast_to(under, (*mask.shape, 3)).astype(np.float32)
    faded = 0.2 * pixels + 0.8 * 150
    file = io.BytesIO()
    Image.fromarray(np.where(mask[..., None], pixels, faded).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def _png(data: bytes) -> Response:
    headers = {"cache-control": "private, max-age=3600, immutable"}
    return Response(data, media_type="image/png", headers=headers)
