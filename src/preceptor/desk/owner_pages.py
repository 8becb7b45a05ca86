"""What owners do: invite people, change a study's settings, see how far it is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from starlette.responses import JSONResponse, Response

from preceptor.core import InputError, for_people
from preceptor.desk.own_routes import own_parts
from preceptor.desk.requests import Call, NotFoundError
from preceptor.desk.shown_texts import excerpt
from preceptor.people import Settings, access, agreement, goals, persons
from preceptor.people.coefficients import in_words
from preceptor.people.lesson_pictures import png
from preceptor.people.settings import LONGEST_TEXT


def invite(call: Call) -> Response:
    """A link for a person, by name, which lets them into this study; it works once.

    Raises:
        InputError: the name is that of an owner, or of someone who was removed: those links are made
            at the page of all people, where it stands what they open.
    """
    study, name = call.study, call.text("name", persons.LONGEST_NAME)
    with call.desk.studies.database.write() as db:
        before = persons.find(db, name)
        if before is not None and before.role == "owner":
            raise InputError(
                f"{before.name} is an owner of this desk: whoever opens a link under this name can "
                "see and change everything. If you mean that, make the link at People; if this is "
                "somebody else, choose another name"
            )
        person = persons.enroll(db, name)
        access.join(db, study.number, person)
        token = persons.invite(db, person)
    known = (
        "" if before is None else f"{person.name} is known here already; this is the same person."
    )
    return JSONResponse({"name": person.name, "link": f"/in#{token}", "known": known})


def people(call: Call) -> Response:
    """Everybody: what they may do, and by what they can come in."""
    with call.desk.studies.database.read() as db:
        found = access.everybody(db)
    return call.desk.pages.render(
        "people.html.j2",
        call.person,
        title="People",
        people=found,
        studies=call.studies,
        moment=lambda one: f"{datetime.fromtimestamp(one, UTC):%Y-%m-%d %H:%M}",
    )


def change_person(call: Call) -> Response:
    """A link for somebody who is known, or another right.

    Raises:
        NotFoundError: there is no such person.
        InputError: nothing of the kind can be done, or not with this person.
    """
    what, number, told = call.text("do", 20), call.place("person"), {}
    with call.desk.studies.database.write() as db:
        person = next((one for one in persons.everyone(db) if one.number == number), None)
        if person is None:
            raise NotFoundError
        if what == "link":
            told = {"link": f"/in#{persons.invite(db, person)}"}
        elif what == "end":
            access.end(db, person)
        elif what == "remove":
            access.remove(db, person)
        elif what == "restore":
            access.restore(db, person)
        elif what in ("owner", "member"):
            access.set_role(db, person, "owner" if what == "owner" else "member")
        elif what in ("join", "leave"):
            (access.join if what == "join" else access.leave)(db, _study_of(call), person)
        else:
            raise InputError(f"do: {what!r} is nothing that can be done")
    return JSONResponse({"name": person.name, **told})


def _study_of(call: Call) -> int:
    number = call.whole("study")
    if all(one.number != number for one in call.studies):
        raise InputError(f"there is no study {number}")
    return number


def change(call: Call) -> Response:
    """Other instructions, another overlap.

    Raises:
        InputError: an overlap that is no whole number.
    """
    instructions = call.text("instructions", LONGEST_TEXT)
    overlap = call.number("overlap")
    if overlap != int(overlap):
        raise InputError("overlap: expected a whole number")

    def changed(old: Settings) -> Settings:
        rule = old.rule
        if int(overlap) != old.overlap:
            rule = for_people(rule, int(overlap))
        return replace(old, instructions=instructions, overlap=int(overlap), rule=rule)

    study = call.desk.studies.change(call.study.name, changed, call.person.number)
    return JSONResponse({"kept": True, "certainty": study.settings.rule.sentence})


SHOWN: Final = {
    "disputed": "People differ",
    "uncertain": "Uncertain",
    "open": "Open",
    "decided": "Decided by an owner",
    "all": "All",
}
"""Which questions the overview can list."""

PAGE: Final = 24
"""So many questions it lists at once."""


def overview(call: Call) -> Response:
    """How far the study is, who answered what, and where people disagree."""
    study = call.study
    with call.desk.studies.database.read() as db:
        found = agreement.overview(db, study)
        every = agreement.items(db, study)
        aims = goals.goals(db, study.number)
        numbers = {one.name: one.number for one in persons.everyone(db)}
    kinds = {
        "disputed": [one for one in every if len(one.said) > 1],
        "uncertain": [one for one in every if one.outcome == "uncertain"],
        "open": [one for one in every if one.outcome == "open"],
        "decided": [one for one in every if one.decided is not None],
        "all": every,
    }
    asked = call.request.query_params.get("show", "")
    shown = asked if asked in kinds else next((k for k, some in kinds.items() if some), "all")
    first = _start(call.request.query_params.get("from", "0"))
    items = kinds[shown][first : first + PAGE]
    studies, texts = call.desk.studies, study.settings.is_text
    own = {o.question: own_parts(call, study, o.question, "items") for o in items}
    excerpts = {o.question: excerpt(studies.text(study, o.question)) for o in items if texts}
    return call.desk.pages.render(
        "overview.html.j2",
        call.person,
        title=f"{study.name}: overview",
        study=study,
        found=found,
        aims=aims,
        numbers=numbers,
        kinds=[(kind, SHOWN[kind], len(some)) for kind, some in kinds.items()],
        shown=shown,
        items=items,
        excerpts=excerpts,
        own=own,
        first=first,
        many=len(kinds[shown]),
        page=PAGE,
        in_words=in_words,
        left=None if found.pace is None else found.pace * found.needed,
    )


def _start(text: str) -> int:
    """From which question on a list is shown; anything odd means the first."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def thumbnail(call: Call) -> Response:
    """The picture of any question, for owners.

    Raises:
        NotFoundError: it is no picture.
    """
    study, part = call.study, call.place("part")
    settings = study.settings
    if not settings.is_image or part not in range(1 + settings.is_pair):
        raise NotFoundError
    values = call.desk.studies.input(study, call.place("question"))
    return Response(png(values, settings, part), media_type="image/png")
