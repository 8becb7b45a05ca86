"""A study to a file, and from a file."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TextIO, TypeVar, get_args

from preceptor.core import InputError
from preceptor.people.database import Session
from preceptor.people.exchange import annotated, csv_exchange, label_studio
from preceptor.people.exchange.exchange_rows import (
    ADJUDICATION,
    ExchangedAnswer,
    QuestionRow,
    answers_of,
    questions_of,
)
from preceptor.people.exchange.led_rows import (
    LedRow,
    adjudications_of,
    led_of,
    led_row,
    take_adjudications,
    take_led,
)
from preceptor.people.exchange.receipt import Receipt
from preceptor.people.exchange.take import take_answers, take_questions
from preceptor.people.exchange.taught_rows import LessonRow, lesson_of, lessons_of, take_lessons
from preceptor.people.settings import Settings
from preceptor.people.studies import Studies, Study

Format = Literal["csv", "jsonl", "label-studio"]

Row = TypeVar("Row")

Answers = list[tuple[str, ExchangedAnswer | InputError | None]]
Lessons = list[tuple[str, LessonRow | InputError]]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)


def write(
    studies: Studies,
    name: str,
    path: Path,
    kind: Format,
    *,
    items: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write a study to a file, or replace the file; returns the files written.

    ``csv``: a row for each answer, without the inputs; with ``items``, ids by the digest of the
    input, it has a column for these. ``jsonl``: everything. ``label-studio``: the
    tasks with the answers and masks that stand, and beside them ``.xml`` with the labeling configuration.

    Raises:
        InputError: no such study, or the file cannot be written.
    """
    study = studies.get(name)
    with studies.database.read() as db:
        questions = questions_of(db, study)
        answers = answers_of(db, study.number) + adjudications_of(db, study)
        lessons = lessons_of(db, study.number)
        led = led_of(db, study.number)
    settings = study.settings
    if kind == "csv":
        with _replacing(path) as file:
            csv_exchange.write_csv(file, settings, questions, answers, items)
        return [path]
    if kind == "jsonl":
        with _replacing(path) as file:
            csv_exchange.write_lines(file, name, settings, questions, answers, lessons, led)
        return [path]
    with _replacing(path) as file:
        found = label_studio.tasks(name, settings, questions, answers, lessons)
        for start, task in zip(_starts(), found, strict=False):
            file.write(start + json.dumps(task, ensure_ascii=False, allow_nan=False))
        file.write("\n]\n" if questions else "[]\n")
    configuration = path.with_suffix(".xml")
    with _replacing(configuration) as file:
        file.write(label_studio.config(settings))
    return [path, configuration]


def read(
    studies: Studies,
    path: Path,
    kind: Format,
    *,
    name: str | None = None,
    person: str | None = None,
) -> Receipt:
    """Take a file into a study. The same file again changes nothing.

    Args:
        studies: where to.
        path: the file.
        kind: its format.
        name: of the study; only JSON lines know it themselves, and make it if it is not there.
        person: who gave the annotations of Label Studio that name nobody.

    Raises:
        InputError: the file cannot be read as what it should be; then nothing was taken.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if kind == "jsonl":
        return _read_lines(studies, path, name)
    if name is None:
        raise InputError(f"a {kind} file does not say which study it belongs to; name it")
    study = studies.get(name)
    answers: Answers = []
    lessons: Lessons = []
    if kind == "csv":
        answers += csv_exchange.read_csv(path, study.settings)
    else:
        for where, row in annotated.read_tasks(_json(path), study.settings, person):
            if isinstance(row, LessonRow):
                lessons.append((where, row))
            else:
                answers.append((where, row))
    receipt = Receipt()
    with studies.database.write() as db:
        db.lock(study.number)
        _take(db, study, answers, receipt)
        take_lessons(db, study, lessons, receipt)
    return receipt


def _take(db: Session, study: Study, answers: Answers, receipt: Receipt) -> None:
    """Take answers, then what owners decided about them."""
    decided = [
        (where, row)
        for where, row in answers
        if isinstance(row, ExchangedAnswer) and row.kind == ADJUDICATION
    ]
    places = {where for where, _ in decided}
    said = [one for one in answers if one[0] not in places]
    take_answers(db, study, said, receipt)
    take_adjudications(db, study, decided, receipt)


def _read_lines(studies: Studies, path: Path, name: str | None) -> Receipt:
    lines = list(csv_exchange.read_lines(path))
    if not lines or lines[0][1]["record"] != "study":
        raise InputError(f"{path}, line 1: expected the study's own line, with its settings")
    said, settings = csv_exchange.study_of(lines[0][1], f"{path}, {lines[0][0]}")
    receipt = Receipt()
    study = studies.make(name or said, settings)
    if study.settings != settings:
        receipt.remarks.append(
            f"the study {study.name!r} keeps its own settings, which differ from the file's"
        )
    questions: list[tuple[str, QuestionRow | InputError]] = []
    answers: Answers = []
    lessons: Lessons = []
    led: list[tuple[str, LedRow | InputError]] = []
    for where, record in lines[1:]:
        if record["record"] == "question":
            questions.append((where, _tried(csv_exchange.question_of, record, study)))
        elif record["record"] == "answer":
            answers.append((where, _tried(csv_exchange.answer_of, record, study)))
        elif record["record"] == "lesson":
            lessons.append((where, _tried(lambda one, _: lesson_of(one), record, study)))
        elif record["record"] in ("participation", "request"):
            led.append((where, _tried(lambda one, _: led_row(one), record, study)))
        else:
            receipt.refused.append((where, f"no record of ours: {record['record'][:40]!r}"))
    with studies.database.write() as db:
        db.lock(study.number)
        take_questions(db, study, questions, receipt)
        _take(db, study, answers, receipt)
        take_led(db, study, led, receipt)
        take_lessons(db, study, lessons, receipt)
    return receipt


def _tried(
    make: Callable[[dict[str, Any], Settings], Row], record: dict[str, Any], study: Study
) -> Row | InputError:
    try:
        return make(record, study.settings)
    except InputError as error:
        return error


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: no JSON ({error.msg})") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no JSON in UTF-8 ({error})") from error


def _starts() -> Iterator[str]:
    yield "[\n"
    while True:
        yield ",\n"


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A file that is there whole or not at all."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=True)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
