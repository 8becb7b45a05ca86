"""A study as Label Studio's tasks; ``annotated`` reads what was annotated there.

Each question is a task: its picture as PNG in a ``data:`` address (or the row's features, or the text), and in
``preceptor_input`` the digest of the input, by which an answer finds its question again: floating
point values do not survive eight bits. Each answer that stands is an annotation with a *choice*;
*can't tell* is a choice of its own, since skipping a task says nothing, and several choices are a
set of acceptable labels. Who answered, and the
answer's own token, travel in the ``meta`` of the choice, where Label Studio leaves them alone;
accounts cannot travel, as it refuses those it does not know.
"""

import base64
from collections.abc import Iterable, Iterator
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from preceptor.core import UNCERTAIN, Texts
from preceptor.people.exchange import brush_masks, word_spans
from preceptor.people.exchange.exchange_rows import (
    ADJUDICATION,
    CANNOT_TELL,
    ExchangedAnswer,
    QuestionRow,
)
from preceptor.people.exchange.taught_rows import LessonRow
from preceptor.people.lesson_pictures import png
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
    names = _names(settings)
    words = [*settings.classes, cannot_tell(settings)]
    choices = [f"    <Choice value={quoteattr(word)}/>" for word in words]
    return "\n".join(
        [
            "<View>",
            f"  <Header value={quoteattr(settings.instructions)}/>",
            *_objects(settings),
            f'  <Choices name="{CHOICE}" toName="{names[0]}" choice="multiple" required="true">',
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
    answers: Iterable[ExchangedAnswer],
    lessons: Iterable[LessonRow] = (),
) -> Iterator[dict[str, Any]]:
    """A task for each question, with an annotation for each answer and each mask that stands."""
    said: dict[str, list[ExchangedAnswer]] = {}
    drawn: dict[str, list[LessonRow]] = {}
    for lesson in lessons:
        if not (brush_masks.of_one_input(lesson) or word_spans.of_one_text(lesson)):
            continue
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
            if isinstance(question.inputs, Texts):
                parts = question.inputs.parts[0]
                annotations.append(word_spans.span_annotation(number, lesson, parts))
            else:
                annotations.append(brush_masks.annotation(number, lesson))
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


def _names(settings: Settings) -> list[str]:
    """What the things that are looked at are called."""
    if settings.is_text:
        many = max(1, len(settings.domain["fields"]))
        return [word_spans.numbered(word_spans.TEXT, part) for part in range(many)]
    return ["image", "second"][: 1 + settings.is_pair] if settings.is_image else ["row"]


def _objects(settings: Settings) -> list[str]:
    """Lines of the configuration: what is looked at."""
    names = _names(settings)
    if not settings.is_text:
        tag = "Image" if settings.is_image else "Table"
        return [f'  <{tag} name="{name}" value="${name}"/>' for name in names]
    lines = ["  <Style>.htx-text{ white-space: pre-wrap; }</Style>"]  # else spaces are trimmed
    for name, part in zip(names, settings.domain["fields"] or [""], strict=True):
        if part:
            lines.append(f'  <Header value={quoteattr(part)} size="5"/>')
        lines.append(f'  <Text name="{name}" value="${name}" valueType="text"/>')
    return lines


def _shown(question: QuestionRow, settings: Settings) -> dict[str, Any]:
    """What is looked at."""
    names, inputs = _names(settings), question.inputs
    if isinstance(inputs, Texts):
        return dict(zip(names, inputs.parts[0], strict=True))
    if settings.is_image:
        pictures = [png(inputs[0].numpy(), settings, part) for part in range(len(names))]
        return {
            name: "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
            for name, picture in zip(names, pictures, strict=True)
        }
    values = inputs.flatten().tolist()
    return {"row": dict(zip(settings.feature_names, values, strict=True))}


def _brush(settings: Settings) -> list[str]:
    """Lines of the configuration: a brush, for single images; labels of stretches, for texts."""
    if settings.is_text:
        lines = []
        for part, name in enumerate(_names(settings)):
            words = [f"    <Label value={quoteattr(word)}/>" for word in word_spans.WORDS.values()]
            control = word_spans.numbered(word_spans.LABELS, part)
            lines += [f'  <Labels name="{control}" toName="{name}">', *words, "  </Labels>"]
        return lines
    if not settings.is_image or settings.is_pair:
        return []
    labels = [f"    <Label value={quoteattr(word)}/>" for word in brush_masks.WORDS.values()]
    return [
        f'  <BrushLabels name="{brush_masks.BRUSH}" toName="image">',
        *labels,
        "  </BrushLabels>",
    ]


def _annotation(number: int, row: ExchangedAnswer, settings: Settings) -> dict[str, Any]:
    words = [settings.classes[label] for label in row.acceptable]
    if not words:
        told = cannot_tell(settings) if row.label == UNCERTAIN else settings.classes[row.label or 0]
        words = [told]
    to = _names(settings)[0]
    ours = {"answer": row.token, "person": row.person, "kind": row.kind, "note": row.note}
    if row.viewing:
        ours["viewing"] = row.viewing
    result: list[dict[str, Any]] = [
        {
            "id": f"c{number}",
            "type": "choices",
            "from_name": CHOICE,
            "to_name": to,
            "origin": "manual",
            "value": {"choices": words},
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
        "ground_truth": row.kind == ADJUDICATION,
        "lead_time": row.seconds,
        "created_at": row.answered_at,
        "result": result,
    }
