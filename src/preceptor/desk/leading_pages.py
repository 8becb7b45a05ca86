"""What owners do while a study runs: look into a question, decide it, pause or exclude a person, take
the answers home.
"""

import tempfile
import zipfile
from pathlib import Path
from typing import Final

from starlette.responses import JSONResponse, Response

from preceptor.core import UNCERTAIN, InputError
from preceptor.desk.own_routes import own_parts
from preceptor.desk.question_pictures import cells
from preceptor.desk.requests import Call, NotFoundError
from preceptor.desk.shown_texts import shown_text
from preceptor.people import adjudication, agreement, participation, persons, study_questions
from preceptor.people.adjudication import LONGEST_REASON
from preceptor.people.answer_sets import Acceptable, in_words
from preceptor.people.exchange import FORMATS, Format, write
from preceptor.people.item_history import history_of

SUFFIXES: Final[dict[Format, str]] = {"csv": ".csv", "jsonl": ".jsonl", "label-studio": ".json"}

KINDS: Final = {"ask": "", "again": "asked again", "known": "as an attention check"}


def item(call: Call) -> Response:
    """Who said what of one question, and what an owner can do about it."""
    study, question = call.study, call.place("question")
    settings = study.settings
    with call.desk.studies.database.read() as db:
        found = history_of(db, study, question)
    row, parts = None, None
    if settings.is_text:
        parts = shown_text(call.desk.studies.text(study, question), settings)
    elif not settings.is_image:
        row = cells(call.desk.studies.input(study, question), settings)
    decided = found.decisions[-1] if found.decisions else None
    return call.desk.pages.render(
        "item.html.j2",
        call.person,
        title=f"{study.name}: question {question}",
        study=study,
        question=question,
        found=found,
        decided=decided if decided is not None and decided.label is not None else None,
        row=row,
        parts=parts,
        shown=own_parts(call, study, question, "items"),
        kinds=KINDS,
        word=lambda label, acceptable=(): (
            "taken back" if label is None else _word(call, label, acceptable)
        ),
        labels=[*enumerate(settings.classes), (UNCERTAIN, "can't tell")],
    )


def decide(call: Call) -> Response:
    """Decide a question, leave it to the votes again, or ask one more person.

    Raises:
        InputError: the study asks no such question, or nothing of the kind can be done.
    """
    study, question, what = call.study, call.place("question"), call.text("do", 20)
    token = call.text("token", 64)
    if len(token) < 16:
        raise InputError("token: expected at least 16 characters")
    with call.desk.studies.database.write() as db:
        if what == "more":
            wanted = adjudication.ask_more(db, study.number, question, call.person, token)
            return JSONResponse({"kept": token, "wanted": wanted})
        if what not in ("decide", "reopen"):
            raise InputError(f"do: {what[:20]!r} is nothing that can be done with a question")
        label = call.whole("label") if what == "decide" else None
        note = call.text("note", LONGEST_REASON, "")
        adjudication.decide(db, study.number, question, label, call.person, token, note)
    return JSONResponse({"kept": token})


def take_part(call: Call) -> Response:
    """Pause or exclude a person in this study, or let them take part again.

    Raises:
        NotFoundError: there is no such person.
        InputError: no such state.
    """
    study, number, word = call.study, call.whole("person"), call.text("state", 20)
    state = next((one for one in participation.STATES if one == word), None)
    if state is None:
        raise InputError(f"state: expected {', '.join(participation.STATES)}")
    note = call.text("note", participation.LONGEST_REASON, "")
    with call.desk.studies.database.write() as db:
        person = next((one for one in persons.everyone(db) if one.number == number), None)
        if person is None:
            raise NotFoundError
        participation.set_state(db, study.number, person, state, call.person, note)
    return JSONResponse({"name": person.name, "state": state})


def export(call: Call) -> Response:
    """The study as a file, as ``preceptor study export`` writes it; Label Studio's two as one zip.

    Raises:
        NotFoundError: no such format.
    """
    kind = next((one for one in FORMATS if one == call.request.path_params["format"]), None)
    if kind is None:
        raise NotFoundError
    study = call.study
    with tempfile.TemporaryDirectory() as folder:
        plain = (c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in study.name)
        stem = (
            "".join(plain).strip("_") or "study"
        )  # a name of 80 other letters is too long for a file
        files = write(call.desk.studies, study.name, Path(folder) / f"{stem}{SUFFIXES[kind]}", kind)
        whole = files[0]
        if len(files) > 1:
            whole = Path(folder) / f"{stem}.zip"
            with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
                for file in files:
                    packed.write(file, file.name)
        headers = {"x-preceptor-file": whole.name}
        return Response(whole.read_bytes(), media_type=_type(whole), headers=headers)


def _type(file: Path) -> str:
    kinds = {".csv": "text/csv", ".jsonl": "application/jsonl", ".zip": "application/zip"}
    return kinds[file.suffix]


def _word(call: Call, label: int, acceptable: Acceptable = ()) -> str:
    classes = call.study.settings.classes
    if acceptable:
        return in_words(label, acceptable, classes)
    if not study_questions.is_label(label, len(classes)):
        return f"label number {label}"
    return agreement.word(label, call.study)
