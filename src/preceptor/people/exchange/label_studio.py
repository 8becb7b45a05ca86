"""A study as Label Studio's tasks, and what was annotated there as answers.

Each question is a task: its picture as PNG in a ``data:`` address (or the row's features), and in
``preceptor_input`` the digest of the input, by which an answer finds its question again: floating
point values do not survive eight bits. Each answer that stands is an annotation with a *choice*;
*can't tell* is a choice of its own, since skipping a task says nothing. Who answered, and the
answer's own token, travel in the ``meta`` of the choice, where Label Studio leaves them alone;
accounts cannot travel, as it refuses those it does not know.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from preceptor.core import UNCERTAIN, InputError
from preceptor.people.exchange import masks
from preceptor.people.exchange.rows import CANNOT_TELL, AnswerRow, QuestionRow
from preceptor.people.exchange.taught import LessonRow
from preceptor.people.pictures import png
from preceptor.people.settings import Settings

CHOICE: Final = "label"
NOTE: Final = "note"
OURS: Final = "preceptor"


def cannot_tell(settings: Settings) -> str:
    """The choice that means *can't tell*: a word that is no label of the study."""
    word = CANNOT_TELL
    while word in settings.classes:
        word = f"{word} (no answer is right)"
    return word


def config(settings: Settings) -> str:
    """The labeling configuration that a project in Label Studio needs for these tasks."""
    names = ["image", "second"][: 1 + settings.is_pair] if settings.is_image else ["row"]
    tag = "Image" if settings.is_image else "Table"
    shown = [f'  <{tag} name="{name}" value="${name}"/>' for name in names]
    words = [*settings.classes, cannot_tell(settings)]
    choices = [f"    <Choice value={quoteattr(word)}/>" for word in words]
    return "\n".join(
        [
            "<View>",
            f"  <Header value={quoteattr(settings.instructions)}/>",
            *shown,
            f'  <Choices name="{CHOICE}" toName="{names[0]}" choice="single" required="true">',
            *choices,
            "  </Choices>",
            f'  <TextArea name="{NOTE}" toName="{names[0]}" maxSubmissions="1"/>',
            *_brush(settings),
            "</View>",
            "",
        ]
    )


def tasks(
    study: str,
    settings: Settings,
    questions: Iterable[QuestionRow],
    answers: Iterable[AnswerRow],
    lessons: Iterable[LessonRow] = (),
) -> Iterator[dict[str, Any]]:
    """A task for each question, with an annotation for each answer and each mask that stands."""
    said: dict[str, list[AnswerRow]] = {}
    drawn: dict[str, list[LessonRow]] = {}
    for lesson in filter(masks.of_one_input, lessons):
        drawn.setdefault(lesson.body["input"], []).append(lesson)
    for row in answers:
        if row.stands:
            said.setdefault(row.input, []).append(row)
    number = 0
    for question in questions:
        annotations = []
        for row in said.get(question.input, ()):
            number += 1
            annotations.append(_annotation(number, row, settings))
        for lesson in drawn.get(question.input, ()):
            number += 1
            annotations.append(masks.annotation(number, lesson))
        yield {
            "id": question.number,
            "data": {
                **_shown(question, settings),
                "preceptor_study": study,
                "preceptor_input": question.input,
            },
            "annotations": annotations,
            "predictions": [],
        }


def read_tasks(
    found: object, settings: Settings, person: str | None = None
) -> Iterator[tuple[str, AnswerRow | LessonRow | InputError | None]]:
    """Each answer and each mask of an export, with where it stands, or what is wrong with it;
    ``None`` where nothing was said.

    Args:
        found: the JSON.
        settings: of the study.
        person: who gave annotations that name nobody.

    Raises:
        InputError: no list of tasks.
    """
    if not isinstance(found, list):
        raise InputError(
            "Label Studio's export is a list of tasks (choose JSON when you export, not JSON-MIN)"
        )
    for index, task in enumerate(found, 1):
        where = f"task {index}"
        try:
            digest, annotations = _task(task)
        except InputError as error:
            yield where, error
            continue
        if not annotations:
            yield where, None
        for place, annotation in enumerate(annotations, 1):
            there = f"{where}, annotation {place}"
            try:
                row = _row(digest, annotation, settings, person)
                mask = _mask(digest, annotation, settings, person)
            except InputError as error:
                yield there, error
                continue
            if row is not None or mask is None:
                yield there, row
            if mask is not None:
                yield there, mask


def _shown(question: QuestionRow, settings: Settings) -> dict[str, Any]:
    """What is looked at."""
    if settings.is_image:
        names = ["image", "second"][: 1 + settings.is_pair]
        pictures = [png(question.values, settings, part) for part in range(len(names))]
        return {
            name: "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
            for name, picture in zip(names, pictures, strict=True)
        }
    names = list(settings.names) or [f"feature {i + 1}" for i in range(question.values.size)]
    values = question.values.flatten().tolist()
    return {"row": dict(zip(names, values, strict=True))}


def _brush(settings: Settings) -> list[str]:
    """Lines of the configuration: a brush, for single images."""
    if not settings.is_image or settings.is_pair:
        return []
    labels = [f"    <Label value={quoteattr(word)}/>" for word in masks.WORDS.values()]
    return [f'  <BrushLabels name="{masks.BRUSH}" toName="image">', *labels, "  </BrushLabels>"]


def _annotation(number: int, row: AnswerRow, settings: Settings) -> dict[str, Any]:
    word = cannot_tell(settings) if row.label == UNCERTAIN else settings.classes[row.label or 0]
    to = "image" if settings.is_image else "row"
    ours = {"answer": row.token, "person": row.person, "kind": row.kind, "note": row.note}
    result: list[dict[str, Any]] = [
        {
            "id": f"c{number}",
            "type": "choices",
            "from_name": CHOICE,
            "to_name": to,
            "origin": "manual",
            "value": {"choices": [word]},
            "meta": {OURS: {**ours, "seconds": row.seconds, "answered_at": row.answered_at}},
        }
    ]
    if row.note:
        result.append(
            {
                "id": f"n{number}",
                "type": "textarea",
                "from_name": NOTE,
                "to_name": to,
                "origin": "manual",
                "value": {"text": [row.note]},
            }
        )
    return {
        "id": number,
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": row.seconds,
        "created_at": row.answered_at,
        "result": result,
    }


def _task(task: object) -> tuple[str, list[dict[str, Any]]]:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(task, dict) or not isinstance(data, dict):
        raise InputError("a task is an object with 'data' and 'annotations'")
    digest = data.get("preceptor_input")
    if not isinstance(digest, str) or not digest:
        raise InputError(
            "no 'preceptor_input' in its data, the digest by which an answer finds its question. "
            "Annotate tasks that 'preceptor study export --format label-studio' wrote"
        )
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
        raise InputError("'annotations' is a list of objects")
    return digest, annotations


def _mask(
    digest: str, annotation: Mapping[str, Any], settings: Settings, person: str | None
) -> LessonRow | None:
    """What the brush of an annotation covers; ``None`` if it was not used."""
    regions = [one for one in annotation.get("result") or [] if one.get("type") == "brushlabels"]
    if annotation.get("was_cancelled") or not regions:
        return None
    at = _text(annotation, "created_at")
    said = (_who(annotation, person), _number(annotation.get("lead_time")), at)
    return masks.mask_of(digest, regions, settings, said)


def _row(
    digest: str, annotation: Mapping[str, Any], settings: Settings, person: str | None
) -> AnswerRow | None:
    """An annotation as an answer; ``None`` for one that was skipped or says nothing."""
    result = annotation.get("result") or []
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        raise InputError("'result' is a list of objects")
    chosen = [one for one in result if one.get("type") == "choices"]
    if annotation.get("was_cancelled") or not chosen:
        return None
    label = _label(chosen, settings)
    meta = chosen[0].get("meta")
    ours = meta.get(OURS) if isinstance(meta, dict) else None
    if isinstance(ours, dict):
        return AnswerRow(
            token=_text(ours, "answer"),
            input=digest,
            person=_text(ours, "person"),
            kind=_text(ours, "kind") or "ask",
            label=label,
            seconds=_number(ours.get("seconds")),
            note=_text(ours, "note"),
            answered_at=_text(ours, "answered_at"),
        )
    return AnswerRow(
        token="",
        input=digest,
        person=_who(annotation, person),
        kind="ask",
        label=label,
        seconds=_number(annotation.get("lead_time")),
        note=_note(result),
        answered_at=_text(annotation, "created_at"),
    )


def _label(chosen: list[dict[str, Any]], settings: Settings) -> int:
    value = chosen[0].get("value")
    words = value.get("choices") if isinstance(value, dict) else None
    if len(chosen) != 1 or not isinstance(words, list) or len(words) != 1:
        raise InputError(
            f"expected one choice; to say that no answer is right choose {cannot_tell(settings)!r}"
        )
    if words[0] == cannot_tell(settings):
        return UNCERTAIN
    if words[0] not in settings.classes:
        raise InputError(
            f"the choice {str(words[0])[:60]!r} is no label of this study; it has "
            f"{', '.join(map(repr, settings.classes[:9]))} and {cannot_tell(settings)!r}"
        )
    return settings.classes.index(words[0])


def _who(annotation: Mapping[str, Any], person: str | None) -> str:
    """Who made an annotation in Label Studio: by e-mail, else by number; or as the caller says."""
    if person is not None:
        return person
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    if isinstance(who, int) and not isinstance(who, bool):
        return f"Label Studio user {who}"
    return who if isinstance(who, str) else ""


def _note(result: list[dict[str, Any]]) -> str:
    texts = [one.get("value") for one in result if one.get("type") == "textarea"]
    lines = [value.get("text") for value in texts if isinstance(value, dict)]
    return "\n".join(
        str(part) for text in lines for part in (text if isinstance(text, list) else [text]) if part
    )


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name) or ""
    if not isinstance(value, str):
        raise InputError(f"{name}: expected a text; got {json.dumps(value)[:40]}")
    return value


def _number(value: object) -> float:
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"the time taken is {str(value)[:40]!r}; expected seconds")
    return float(value)
