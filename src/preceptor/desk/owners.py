"""What owners do: invite people, change a study's settings, see how far it is."""

from dataclasses import replace

from starlette.responses import JSONResponse, Response

from preceptor.core import InputError
from preceptor.desk.calls import Call, NotFoundError
from preceptor.people import Settings, agreement, goals, persons
from preceptor.people.pictures import png
from preceptor.people.settings import LONGEST_TEXT


def invite(call: Call) -> Response:
    """A link for a person; it works once."""
    with call.desk.studies.database.write() as db:
        person = persons.enroll(db, call.text("name", persons.LONGEST_NAME))
        token = persons.invite(db, person)
    return JSONResponse({"name": person.name, "link": f"/in#{token}"})


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
            rule = replace(rule, least=int(overlap))  # type: ignore[type-var]
        return replace(old, instructions=instructions, overlap=int(overlap), rule=rule)

    study = call.desk.studies.change(call.study.name, changed, call.person.number)
    return JSONResponse({"kept": True, "certainty": study.settings.rule.sentence})


def overview(call: Call) -> Response:
    """How far the study is, who answered what, and where people disagree."""
    study = call.study
    with call.desk.studies.database.read() as db:
        found = agreement.overview(db, study)
        people = persons.everyone(db)
        aims = goals.goals(db, study.number)
    return call.desk.pages.render(
        "overview.html.j2",
        call.person,
        title=f"{study.name}: overview",
        study=study,
        found=found,
        people=people,
        aims=aims,
    )


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
