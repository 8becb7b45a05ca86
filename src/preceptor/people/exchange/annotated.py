"""What was annotated in Label Studio as answers, masks and marked words: the way back from ``label_studio``."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from preceptor.core import UNCERTAIN, InputError
from preceptor.people.answer_sets import Acceptable, as_answer
from preceptor.people.exchange import brush_masks, word_spans
from preceptor.people.exchange.exchange_checks import moment_of
from preceptor.people.exchange.exchange_rows import Annotation, ExchangedAnswer
from preceptor.people.exchange.label_studio import CHOICE, OURS, cannot_tell
from preceptor.people.exchange.taught_rows import LessonRow
from preceptor.people.exchange.text_columns import digest_of_task, need_same_text
from preceptor.people.settings import Settings

CONTROLS: Final = (CHOICE, "answer", "choice")
"""What the control may be called in which the question is answered: as we write it, or as in
configurations made by hand (``choice`` is the name in Label Studio's own templates). With any other
name it may ask something else."""


def read_tasks(
    found: object, settings: Settings, person: str | None = None
) -> Iterator[tuple[str, ExchangedAnswer | LessonRow | InputError | None]]:
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
            digest, annotations, data = _task(task, settings)
        except InputError as error:
            yield where, error
            continue
        if not annotations:
            yield where, None
        for place, annotation in _oldest_first(annotations):
            there = f"{where}, annotation {place}"
            row = _tried(_row, digest, annotation, settings, person)
            if settings.is_text:
                marked = _tried(partial(_marks, data), digest, annotation, settings, person)
                lessons: list[LessonRow | InputError] = []
                lessons += [marked] if isinstance(marked, InputError) else marked or []
            else:
                mask = _tried(_mask, digest, annotation, settings, person)
                lessons = [] if mask is None else [mask]
            if row is not None or not lessons:
                yield there, row
            for lesson in lessons:
                yield there, lesson


_Read = TypeVar("_Read")


def _tried(
    read: Callable[[str, Mapping[str, Any], Settings, str | None], _Read],
    digest: str,
    annotation: Mapping[str, Any],
    settings: Settings,
    person: str | None,
) -> _Read | InputError:
    """What one part of an annotation says, or what is wrong with it: no part takes the other."""
    try:
        return read(digest, annotation, settings, person)
    except InputError as error:
        return error


def _oldest_first(annotations: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Annotations with their places, in the order of their last change: the latest stands."""

    def last(pair: tuple[int, dict[str, Any]]) -> str:
        try:
            return _changed(pair[1])
        except InputError:  # refused where it is read
            return ""

    return sorted(enumerate(annotations, 1), key=last)


def _changed(annotation: Mapping[str, Any]) -> str:
    """When an annotation was last changed, UTC; empty if it does not say."""
    moments = [_text(annotation, name) for name in ("created_at", "updated_at")]
    return max((moment_of(moment) for moment in moments if moment), default="")


def _task(task: object, settings: Settings) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(task, dict) or not isinstance(data, dict):
        raise InputError("a task is an object with 'data' and 'annotations'")
    digest = data.get("preceptor_input")
    if digest is None and settings.is_text:  # a text is its own digest
        digest = digest_of_task(data, settings)
    if not isinstance(digest, str) or not digest:
        raise InputError(
            "no 'preceptor_input' in its data, the digest by which an answer finds its question. "
            "Annotate tasks that 'preceptor study export --format label-studio' wrote"
        )
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
        raise InputError("'annotations' is a list of objects")
    return digest, annotations, data


def _marks(
    data: Mapping[str, Any],
    digest: str,
    annotation: Mapping[str, Any],
    settings: Settings,
    person: str | None,
) -> list[LessonRow] | None:
    """The words that an annotation marks; ``None`` if it marks none."""
    many = max(1, len(settings.domain["fields"]))
    regions = word_spans.regions_of(_results(annotation), many)
    if annotation.get("was_cancelled") or not regions:
        return None
    parts = need_same_text(data, digest, settings)
    at = _text(annotation, "created_at")
    said = (_who(annotation, person), _number(annotation.get("lead_time")), at)
    return list(word_spans.words_of_regions(digest, regions, parts, said))


def _mask(
    digest: str, annotation: Mapping[str, Any], settings: Settings, person: str | None
) -> LessonRow | None:
    """What the brush of an annotation covers; ``None`` if it was not used."""
    regions = _ours(_results(annotation), "brushlabels", (brush_masks.BRUSH,))
    if annotation.get("was_cancelled") or not regions:
        return None
    at = _text(annotation, "created_at")
    said = (_who(annotation, person), _number(annotation.get("lead_time")), at)
    return brush_masks.mask_of(digest, regions, settings, said)


def _row(
    digest: str, annotation: Mapping[str, Any], settings: Settings, person: str | None
) -> ExchangedAnswer | None:
    """An annotation as an answer; ``None`` for one that was skipped or says nothing."""
    result = _results(annotation)
    chosen = _ours(result, "choices", CONTROLS)
    if annotation.get("was_cancelled") or not chosen:
        return None
    label, acceptable = _label(chosen, settings)
    meta = chosen[0].get("meta")
    ours = meta.get(OURS) if isinstance(meta, dict) else None
    if isinstance(ours, dict):
        return ExchangedAnswer(
            token=_text(ours, "answer"),
            input=digest,
            person=_text(ours, "person"),
            kind=_text(ours, "kind") or "ask",
            label=label,
            seconds=_number(ours.get("seconds")),
            note=_text(ours, "note"),
            answered_at=_text(ours, "answered_at"),
            viewing=_text(ours, "viewing") or None,
            acceptable=acceptable,
        )
    made = _text(annotation, "created_at")
    begun = moment_of(made) if made else ""
    number = annotation.get("unique_id") or f"{annotation.get('id')} of {begun}"
    return ExchangedAnswer(
        token="",
        input=digest,
        person=_who(annotation, person),
        kind="ask",
        label=label,
        seconds=_number(annotation.get("lead_time")),
        note=_note(result),
        answered_at=_changed(annotation),
        annotation=Annotation(f"{digest} {number}", begun),
        acceptable=acceptable,
    )


def _results(annotation: Mapping[str, Any]) -> list[dict[str, Any]]:
    result = annotation.get("result") or []
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        raise InputError("'result' is a list of objects")
    return result


def _ours(
    result: list[dict[str, Any]], kind: str, controls: tuple[str, ...]
) -> list[dict[str, Any]]:
    """What was said with our control, the first of its names that was used; one without a name is.

    Raises:
        InputError: something was said of this kind, but all of it with controls of others.
    """
    said = [one for one in result if one.get("type") == kind]
    for name in controls:
        found = [one for one in said if one.get("from_name", controls[0]) == name]
        if found:
            return found
    if said:
        others = ", ".join(sorted({repr(str(one.get("from_name"))[:60]) for one in said}))
        raise InputError(
            f"it says something with the control {others}, which is none of this study's "
            f"({controls[0]!r}), so it is no answer to its question. If that is where it was "
            f"answered, call the control {controls[0]!r} in Label Studio's labeling interface (the "
            ".xml file beside the exported tasks has it) and export again"
        )
    return []


def _label(chosen: list[dict[str, Any]], settings: Settings) -> tuple[int, Acceptable]:
    """The label, or the set that several choices are."""
    value = chosen[0].get("value")
    words = value.get("choices") if isinstance(value, dict) else None
    if len(chosen) != 1 or not isinstance(words, list) or not words:
        raise InputError(
            f"expected a choice; to say that no answer is right choose {cannot_tell(settings)!r}"
        )
    if words == [cannot_tell(settings)]:
        return UNCERTAIN, ()
    for word in words:
        if word == cannot_tell(settings):
            raise InputError(
                f"{word!r} was chosen beside labels; choose it alone, or the labels that are "
                "acceptable"
            )
        if word not in settings.classes:
            raise InputError(
                f"the choice {str(word)[:60]!r} is no label of this study; it has "
                f"{', '.join(map(repr, settings.classes[:9]))} and {cannot_tell(settings)!r}"
            )
    return as_answer([settings.classes.index(word) for word in words], len(settings.classes))


def _who(annotation: Mapping[str, Any], person: str | None) -> str:
    """Who made an annotation in Label Studio: by e-mail, else by number; or as the caller says."""
    if person is not None:
        return person
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    if isinstance(who, float) and who.is_integer():
        who = int(who)
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
