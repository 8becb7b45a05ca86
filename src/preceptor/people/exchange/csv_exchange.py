"""Studies as CSV and as JSON lines.

CSV has a row for each answer, and one for each question without any; it opens in a spreadsheet and
does not hold the inputs, but for texts. JSON lines hold everything: the settings, the inputs bit by bit, what the
questions were filed for, known items, every answer and everything taught.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

import torch

from preceptor.core import InputError, Inputs, Texts
from preceptor.core.csv_tables import says_nothing
from preceptor.core.label_sets import SEPARATOR
from preceptor.people.exchange.exchange_checks import check_table, plain_settings
from preceptor.people.exchange.exchange_rows import (
    ExchangedAnswer,
    QuestionRow,
    from_text,
    said_of,
    to_text,
    word_of,
)
from preceptor.people.exchange.led_rows import LedRow, led_record
from preceptor.people.exchange.taught_rows import LessonRow, lesson_record
from preceptor.people.exchange.text_columns import key_of_parts, long_cells, text_columns
from preceptor.people.settings import Settings, admit

COLUMNS: Final = (
    *("question", "input", "answer", "person", "kind", "label", "label_number", "seconds"),
    *("note", "answered_at", "supersedes", "stands", "viewing"),
)
"""Of the CSV. To be read again a table needs ``input``, ``person`` and ``label``."""

FORMAT: Final = "preceptor study 1"

_FORMULA: Final = re.compile(r"\s*[=+\-@|%'\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How a cell begins that a spreadsheet might run, or that our own mark would be mistaken in."""


def neutral(text: str) -> str:
    """A cell that no spreadsheet runs as a formula: with an apostrophe before it if it might."""
    return f"'{text}" if _FORMULA.match(text) else text


def _plain(cell: str) -> str:
    """A cell as it is written: a whole number such as -1 is no formula."""
    return cell if cell.removeprefix("-").isdecimal() else neutral(cell)


def restored(cell: str) -> str:
    """The inverse of :func:`neutral`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def write_csv(
    file: TextIO,
    settings: Settings,
    questions: Iterable[QuestionRow],
    answers: Iterable[ExchangedAnswer],
    items: Mapping[str, str] | None = None,
) -> int:
    """Write a table; returns the number of its rows.

    Args:
        file: where to.
        settings: of the study.
        questions: each has a row at least.
        answers: to them.
        items: ids by the digest of the input, for a last column ``item``; ``None`` without one.
    """
    table = csv.writer(file, lineterminator="\r\n")  # so that a lone \r is quoted too
    texts = text_columns(settings, (*COLUMNS, "item"))
    table.writerow((*COLUMNS, *texts, *(() if items is None else ("item",))))
    said: dict[str, list[ExchangedAnswer]] = {}
    for row in answers:
        said.setdefault(row.input, []).append(row)
    count = 0
    for question in questions:
        start = [str(question.number), question.input]
        rows = [_cells(row, settings) for row in said.get(question.input, ())]
        for cells in rows or [[""] * (len(COLUMNS) - 2)]:
            end = list(question.inputs.parts[0]) if isinstance(question.inputs, Texts) else []
            end += [] if items is None else [items.get(question.input, "")]
            table.writerow([_plain(cell) for cell in start + cells + end])
            count += 1
    return count


def read_csv(
    path: Path, settings: Settings
) -> Iterator[tuple[str, ExchangedAnswer | InputError | None]]:
    """Each row of a table, with where it stands, or what is wrong with it; ``None`` for a question
    without an answer.

    Raises:
        InputError: no such table at all.
    """
    texts = text_columns(settings, (*COLUMNS, "item"))
    with path.open(encoding="utf-8-sig", newline="") as file, long_cells():
        table = csv.reader(file, strict=True)
        try:
            head = next(table, [])
            _check_columns(head, path, texts)
            for cells in table:
                where = f"line {table.line_num}"
                if not cells:
                    continue
                if len(cells) != len(head):
                    raise InputError(
                        f"{path}, {where}: {len(cells)} cells; the first line has {len(head)}"
                    )
                row = {name: restored(cell) for name, cell in zip(head, cells, strict=True)}
                try:
                    if texts and not row.get("input"):
                        row["input"] = key_of_parts([row.get(name, "") for name in texts], settings)
                    answer = _answer(row, settings)
                except InputError as error:
                    yield where, error
                else:
                    yield where, answer
        except (csv.Error, UnicodeDecodeError) as error:
            line = table.line_num + isinstance(error, UnicodeDecodeError)
            raise InputError(f"{path}, line {line}: no CSV in UTF-8 ({error})") from error


def write_lines(
    file: TextIO,
    name: str,
    settings: Settings,
    questions: Iterable[QuestionRow],
    answers: Iterable[ExchangedAnswer],
    lessons: Iterable[LessonRow] = (),
    led: Iterable[LedRow] = (),
) -> int:
    """Write JSON lines; returns their number."""
    count = 0
    head = {"record": "study", "format": FORMAT, "name": name, "settings": settings.describe()}
    for record in (
        head,
        *(_question_record(one) for one in questions),
        *(_answer_record(one, settings) for one in answers),
        *(lesson_record(one) for one in lessons),
        *(led_record(one) for one in led),
    ):
        file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
        count += 1
    return count


def read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line of a file of JSON lines, with where it stands.

    Raises:
        InputError: a line that is no JSON object, or has no ``record``.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"line {number}"
            if not line.strip():
                continue
            try:
                record = json.loads(line.decode("utf-8-sig"), parse_constant=_no_number)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}, {where}: no JSON ({error})") from error
            if not isinstance(record, dict) or not isinstance(record.get("record"), str):
                raise InputError(
                    f"{path}, {where}: expected an object with 'record': study, question, answer, lesson, ..."
                )
            yield where, record


def study_of(record: dict[str, Any], where: str) -> tuple[str, Settings]:
    """Name and settings from the line that begins a file.

    Raises:
        InputError: no such line, or settings that cannot be.
    """
    if record.get("format") != FORMAT:
        raise InputError(f"{where}: format {record.get('format')!r}; this version reads {FORMAT!r}")
    try:
        settings = Settings.read(json.dumps(plain_settings(record["settings"])))
        admit(settings)
        check_table(settings)
        return str(record["name"]), settings
    except (
        *(KeyError, TypeError, ValueError, AttributeError, OverflowError),
        RecursionError,
    ) as error:
        raise InputError(f"{where}: no settings of a study ({error})") from error


def question_of(record: dict[str, Any], settings: Settings) -> QuestionRow:
    """A question from its line.

    Raises:
        InputError: something is missing or is of another type.
    """
    try:
        return QuestionRow(
            number=int(record.get("number") or 0),
            input=str(record["input"]),
            inputs=_inputs_of(record, settings),
            filed_at=str(record["filed_at"]),
            purposes=tuple((str(name), str(at)) for name, at in record["purposes"]),
            known=tuple((int(label), str(at)) for label, at in record["known"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"no question ({type(error).__name__}: {error})") from error


def answer_of(record: dict[str, Any], settings: Settings) -> ExchangedAnswer:
    """An answer from its line.

    Raises:
        InputError: something is missing or is of another type.
    """
    texts = {}
    for name, default in (
        *(("answer", ""), ("input", None), ("person", ""), ("kind", "ask"), ("label", "")),
        *(("note", ""), ("answered_at", ""), ("supersedes", ""), ("viewing", "")),
    ):
        value = record.get(name, default)
        value = "" if value is None and default is not None else value
        if not isinstance(value, str):
            raise InputError(f"{name}: expected a text; got {str(value)[:40]!r}")
        texts[name] = value
    number, seconds = record.get("label_number"), record.get("seconds", 0.0)
    numbers = number if isinstance(number, list) else [0 if number is None else number]
    if any(isinstance(one, bool) or not isinstance(one, int) for one in numbers):
        raise InputError(
            f"label_number: expected a whole number, a list of several, or null; got "
            f"{str(number)[:40]!r}"
        )
    label, acceptable = said_of(texts["label"], number, settings)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise InputError(f"seconds: expected a number; got {str(seconds)[:40]!r}")
    return ExchangedAnswer(
        token=texts["answer"],
        input=texts["input"],
        person=texts["person"],
        kind=texts["kind"] or "ask",
        label=label,
        acceptable=acceptable,
        seconds=float(seconds),
        note=texts["note"],
        answered_at=texts["answered_at"],
        supersedes=texts["supersedes"] or None,
        viewing=texts["viewing"] or None,
    )


def _cells(row: ExchangedAnswer, settings: Settings) -> list[str]:
    label = "" if row.label is None else str(row.label)
    if row.acceptable:
        label = SEPARATOR.join(map(str, row.acceptable))
    return [
        *(row.token, row.person, row.kind, word_of(row.label, settings, row.acceptable), label),
        *(repr(row.seconds), row.note, row.answered_at, row.supersedes or ""),
        _standing(row),
        row.viewing or "",
    ]


def _standing(row: ExchangedAnswer) -> str:
    """Whether an answer counts, and if not, whether something else than its own person's doing is why."""
    if row.refused or row.excluded:
        return "refused" if row.refused else "excluded"
    return "yes" if row.stands else "no"


def _answer(row: dict[str, str], settings: Settings) -> ExchangedAnswer | None:
    """An answer from the cells of a row; ``None`` where it holds none.

    A label that says nothing (empty, na, nan, none, null, unless a label is called so) is no
    answer, except in a row of an export, which takes an earlier answer back.

    Raises:
        InputError: a cell that cannot be read.
    """
    empty = [
        name
        for name in ("label", "label_number", "seconds")
        if says_nothing(row.get(name, "")) and row.get(name) not in settings.classes
    ]
    row = {**row, **dict.fromkeys(empty, "")}
    if not any(row.get(name) for name in ("answer", "label", "label_number", "supersedes")):
        return None
    record: dict[str, Any] = {name: row.get(name, "") for name in COLUMNS}
    for name, kind in (("label_number", _whole), ("seconds", float)):
        cell = row.get(name, "").strip()
        try:
            record[name] = kind(cell) if cell else (None if kind is _whole else 0.0)
        except ValueError as error:
            raise InputError(f"{name} is {cell[:40]!r}, no number") from error
    return answer_of(record, settings)


def _whole(cell: str) -> int | list[int]:
    """A number, or several between bars."""
    found = [int(part) for part in cell.split(SEPARATOR)]
    return found if len(found) > 1 else found[0]


def _question_record(row: QuestionRow) -> dict[str, Any]:
    return {
        "record": "question",
        "number": row.number,
        "input": row.input,
        "filed_at": row.filed_at,
        "purposes": [list(one) for one in row.purposes],
        "known": [list(one) for one in row.known],
        **_content(row),
    }


def _content(row: QuestionRow) -> dict[str, Any]:
    """The input: base64 of numbers, or a text (a list of texts, where it has parts)."""
    if isinstance(row.inputs, Texts):
        (text,) = row.inputs.rows
        return {"text": text}
    return {"values": to_text(row.inputs[0].numpy())}


def _inputs_of(record: dict[str, Any], settings: Settings) -> Inputs:
    if not settings.is_text:
        return torch.from_numpy(from_text(record["values"], settings.shape))[None]
    text, fields = record["text"], tuple(settings.domain["fields"])
    return Texts((tuple(text) if isinstance(text, list) else text,), fields)


def _answer_record(row: ExchangedAnswer, settings: Settings) -> dict[str, Any]:
    return {
        "record": "answer",
        "answer": row.token,
        "input": row.input,
        "person": row.person,
        "kind": row.kind,
        "label": word_of(row.label, settings, row.acceptable),
        "label_number": list(row.acceptable) if row.acceptable else row.label,
        "seconds": row.seconds,
        "note": row.note,
        "answered_at": row.answered_at,
        "supersedes": row.supersedes,
        "stands": row.stands,
        **({"refused": True} if row.refused else {}),
        **({"excluded": True} if row.excluded else {}),
        **({"viewing": row.viewing} if row.viewing else {}),
    }


def _check_columns(head: list[str], path: Path, texts: Sequence[str]) -> None:
    """See that a table names its columns; a text stands for the digest of its input."""
    needed = ["input", "person", "label"]
    if texts and "input" not in head:
        needed = [*texts, *needed[1:]]
    missing = [name for name in needed if name not in head]
    if missing or len(set(head)) != len(head):
        raise InputError(
            f"{path}, line 1: the first line names the columns, each once; missing: "
            f"{', '.join(missing) or 'none'}. An export has {', '.join(COLUMNS)}"
        )


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")
