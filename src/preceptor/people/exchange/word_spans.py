"""Words that people marked, as Label Studio's labels on stretches of text, and back.

Label Studio counts places in code points today and counted UTF-16 units before (its issue 1347), so a
stretch is believed where the words that it carries stand.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from preceptor.core import InputError
from preceptor.people.exchange.taught_rows import LessonRow

LABELS: Final = "words"
TEXT: Final = "text"
WORDS: Final = {"matters": "matters", "ignored": "does not matter"}
"""The label of a stretch, by how it was meant."""


def numbered(name: str, part: int) -> str:
    """What belongs to a part of a text: ``text``, ``text2``, ``text3``."""
    return name if part == 0 else f"{name}{part + 1}"


def of_one_text(row: LessonRow) -> bool:
    """Whether it is words marked in a text, and stands."""
    return row.stands and row.kind == "words"


def span_annotation(number: int, row: LessonRow, parts: Sequence[str]) -> dict[str, Any]:
    """An annotation for such words: a region for each stretch."""
    result = [
        {
            "id": f"s{number}-{count}",
            "type": "labels",
            "from_name": numbered(LABELS, part),
            "to_name": numbered(TEXT, part),
            "origin": "manual",
            "value": {
                "start": start,
                "end": end,
                "text": parts[part][start:end],
                "labels": [WORDS[row.body["painted"]]],
            },
        }
        for count, (part, start, end) in enumerate(row.body["spans"], 1)
    ]
    result[0]["meta"] = {
        "preceptor": {
            "lesson": row.token,
            "person": row.person,
            "seconds": row.seconds,
            "taught_at": row.taught_at,
            "note": row.body.get("note", ""),
        }
    }
    return {
        "id": number,
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": row.seconds,
        "created_at": row.taught_at,
        "result": result,
    }


def regions_of(result: Sequence[Mapping[str, Any]], parts: int) -> list[Mapping[str, Any]]:
    """The stretches that were labelled with our control, one for each part of the text.

    Raises:
        InputError: some were labelled, but all with controls of others.
    """
    said = [one for one in result if one.get("type") == "labels"]
    ours = {numbered(LABELS, part) for part in range(parts)}
    found = [one for one in said if one.get("from_name", LABELS) in ours]
    if said and not found:
        others = ", ".join(sorted({repr(str(one.get("from_name"))[:60]) for one in said}))
        raise InputError(
            f"it labels stretches with the control {others}, which is none of this study's "
            f"({LABELS!r}), so they do not say what matters. Call the control {LABELS!r}, with the labels "
            f"{' and '.join(map(repr, WORDS.values()))}, as in the .xml file beside exported tasks"
        )
    return found


def words_of_regions(
    digest: str,
    regions: Sequence[Mapping[str, Any]],
    parts: Sequence[str],
    said: tuple[str, float, str],
) -> Iterator[LessonRow]:
    """What one annotation marks: a row for what matters, and one for what does not.

    Args:
        digest: of the input.
        regions: the annotation's results of type ``labels``.
        parts: of the text.
        said: who marked it, how long it took and when, unless it is one of ours and says so itself.

    Raises:
        InputError: no proper stretch of this text, or another label.
    """
    spans: dict[str, list[list[int]]] = {}
    meta = regions[0].get("meta")
    ours = meta.get("preceptor") if isinstance(meta, dict) else None
    for region in regions:
        value = region.get("value")
        if not isinstance(value, dict):
            raise InputError("a labelled stretch without a value")
        names = value.get("labels")
        meant = [how for how, word in WORDS.items() if names == [word]]
        if not meant:
            raise InputError(
                f"the label {str(names)[:60]} of a stretch: expected one of "
                f"{', '.join(WORDS.values())}"
            )
        part = _part(region, len(parts))
        spans.setdefault(meant[0], []).append(
            [part, *place_in(parts[part], value, ours=isinstance(ours, dict))]
        )
    for how, marked in spans.items():
        body: dict[str, Any] = {"every": False, "input": digest, "painted": how, "spans": marked}
        if not isinstance(ours, dict):
            made = hashlib.sha256(repr((digest, how, marked, said)).encode()).hexdigest()[:32]
            yield LessonRow(f"file-{made}", said[0], "words", body, b"", said[1], said[2])
            continue
        if len(spans) > 1:
            raise InputError("one annotation of ours marks both what matters and what does not")
        if ours.get("note"):
            body["note"] = ours["note"]
        texts = [ours.get(name) for name in ("lesson", "person", "taught_at")]
        seconds = ours.get("seconds")
        if not all(isinstance(one, str) for one in texts) or not isinstance(seconds, int | float):
            raise InputError("the marks of ours (meta, preceptor) were changed")
        token, person, at = map(str, texts)
        yield LessonRow(token, person, "words", body, b"", float(seconds), at)


def place_in(text: str, value: Mapping[str, Any], *, ours: bool = False) -> tuple[int, int]:
    """Where a stretch begins and ends in a text, in code points.

    Of the two ways of counting the one counts by which the stretch holds the words that it carries.

    Args:
        text: in which it lies.
        value: of the region: ``start``, ``end`` and mostly ``text``.
        ours: whether we wrote it, in code points; then these count where both would do.

    Raises:
        InputError: neither does, or both do and mean two places.
    """
    start, end, words = (value.get(name) for name in ("start", "end", "text"))
    if type(start) is not int or type(end) is not int:
        raise InputError(
            f"a stretch from {str(start)[:20]} to {str(end)[:20]}; expected whole numbers"
        )
    plain = (start, end)
    ways = [one for one in (plain, _from_units(text, *plain)) if one is not None]
    ways = [one for one in dict.fromkeys(ways) if 0 <= one[0] < one[1] <= len(text)]
    if isinstance(words, str):
        held = [one for one in ways if text[one[0] : one[1]].split() == words.split()]
        exact = [one for one in held if text[one[0] : one[1]] == words]
        ways = exact or held
    if not ways:
        raise InputError(
            f"a stretch from {start} to {end} that holds {str(words)[:40]!r} is nowhere in its text; it "
            "was annotated on another text"
        )
    if len(ways) > 1 and not (ours and isinstance(words, str) and plain in ways):
        raise InputError(
            f"the stretch from {start} to {end} may mean two places: characters of two UTF-16 units "
            "stand before it, and its words are missing or stand at both. Export it with its text "
            "(saveTextResult), or mark more than that"
        )
    return ways[0]


def _from_units(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Places counted in UTF-16 units as code points; ``None`` where one lies inside a character."""
    found = []
    for units in (start, end):
        raw = text.encode("utf-16-le")[: 2 * max(units, 0)]
        if len(raw) != 2 * units:
            return None
        try:
            found.append(len(raw.decode("utf-16-le")))
        except UnicodeDecodeError:
            return None
    return found[0], found[1]


def _part(region: Mapping[str, Any], parts: int) -> int:
    to = region.get("to_name", TEXT)
    for part in range(parts):
        if to == numbered(TEXT, part):
            return part
    raise InputError(f"a stretch of {str(to)[:40]!r}, which is no text of this study's tasks")
