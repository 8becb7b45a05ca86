"""The practice round: examples of each class, and some to try oneself on; nothing of it is kept."""

import random
from typing import Any

from starlette.responses import Response

from preceptor.desk.own_routes import own_parts
from preceptor.desk.question_pictures import cells, png
from preceptor.desk.requests import Call, NotFoundError
from preceptor.desk.shown_texts import shown_text
from preceptor.people import Study, practice
from preceptor.people.practice import PracticeExample


def show(call: Call) -> Response:
    """Examples with their labels, then others in an order by chance, whose labels are folded away."""
    study = call.study
    with call.desk.studies.database.read() as db:
        found = practice.examples(db, study.number)
    if not found:
        raise NotFoundError
    tries = [one for some in found.values() for one in some[practice.SHOWN :]]
    random.SystemRandom().shuffle(tries)
    return call.desk.pages.render(
        "practice.html.j2",
        call.person,
        title=f"{study.name}: practice",
        study=study,
        settings=study.settings,
        classes=[
            (_word(study, label), [_shown(call, study, one) for one in some[: practice.SHOWN]])
            for label, some in found.items()
        ],
        tries=[_shown(call, study, one) for one in tries],
    )


def picture(call: Call) -> Response:
    """The picture of an example.

    Raises:
        NotFoundError: it is none, or no picture.
    """
    study, part, question = call.study, call.place("part"), call.place("question")
    settings = study.settings
    if not settings.is_image or part not in range(1 + settings.is_pair):
        raise NotFoundError
    with call.desk.studies.database.read() as db:
        if not practice.is_example(db, study.number, question):
            raise NotFoundError
    values = call.desk.studies.input(study, question)
    return Response(png(values, settings, part), media_type="image/png")


def _shown(call: Call, study: Study, one: PracticeExample) -> dict[str, Any]:
    settings, row, parts = study.settings, [], []
    if settings.is_text:
        parts = shown_text(call.desk.studies.text(study, one.question), settings)
    elif not settings.is_image:
        row = cells(call.desk.studies.input(study, one.question), settings)
    word = _word(study, one.label)
    return {
        "question": one.question,
        "word": word,
        "row": row,
        "parts": parts,
        **own_parts(call, study, one.question, "practice"),
    }


def _word(study: Study, label: int) -> str:
    return "can't tell" if label < 0 else study.settings.classes[label]
