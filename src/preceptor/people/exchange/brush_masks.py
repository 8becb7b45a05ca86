"""Masks that people drew, as Label Studio's brush annotations and back."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from preceptor.core import InputError
from preceptor.people.arrays import pack, unpack
from preceptor.people.exchange import brush
from preceptor.people.exchange.taught_rows import LessonRow
from preceptor.people.settings import Settings

BRUSH: Final = "mask"
WORDS: Final = {"matters": "matters", "ignored": "does not matter"}
"""The brush's label, by how the mask was painted."""


def of_one_input(row: LessonRow) -> bool:
    """Whether it is a mask, stands, and was drawn for a single input: others belong to no task."""
    return row.stands and row.kind == "mask" and not row.body["every"]


def annotation(number: int, row: LessonRow) -> dict[str, Any]:
    """An annotation for such a mask; what was painted is what the brush covers."""
    mask = unpack(row.arrays)["mask"]
    painted = row.body["painted"]
    height, width = mask.shape
    return {
        "id": number,
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": row.seconds,
        "created_at": row.taught_at,
        "result": [
            {
                "id": f"b{number}",
                "type": "brushlabels",
                "from_name": BRUSH,
                "to_name": "image",
                "origin": "manual",
                "image_rotation": 0,
                "original_width": width,
                "original_height": height,
                "value": {
                    "format": "rle",
                    "rle": brush.encode(mask if painted == "matters" else ~mask),
                    "brushlabels": [WORDS[painted]],
                },
                "meta": {
                    "preceptor": {
                        "lesson": row.token,
                        "person": row.person,
                        "seconds": row.seconds,
                        "taught_at": row.taught_at,
                        "note": row.body.get("note", ""),
                    }
                },
            }
        ],
    }


def mask_of(
    digest: str,
    regions: Sequence[Mapping[str, Any]],
    settings: Settings,
    said: tuple[str, float, str],
) -> LessonRow:
    """What the brush of one annotation covers, as a mask.

    Args:
        digest: of the input.
        regions: the annotation's results of type ``brushlabels``, at least one.
        settings: of the study.
        said: who drew it, how long it took and when, unless it is one of ours and says so itself.

    Raises:
        InputError: no proper mask for such inputs, or two ways of painting at once.
    """
    if not settings.is_image or settings.is_pair:
        raise InputError("a brush mask needs a study of single images")
    height, width = settings.shape[1:]
    covered, painted = np.zeros((height, width), bool), set()
    for region in regions:
        value = region.get("value")
        if not isinstance(value, dict) or value.get("format") != "rle":
            raise InputError("a brush mask whose format is not 'rle'")
        size = (region.get("original_height"), region.get("original_width"))
        if size != (height, width):
            raise InputError(f"a brush mask of {size[0]} x {size[1]}; expected {height} x {width}")
        names = value.get("brushlabels")
        names = names if isinstance(names, list) else [names]
        found = [how for how, word in WORDS.items() if names == [word]]
        if not found:
            raise InputError(
                f"the brush's label {str(names)[:60]}: expected one of {', '.join(WORDS.values())}"
            )
        painted.add(found[0])
        covered |= brush.decode(value.get("rle"), height, width)
    if len(painted) > 1:
        raise InputError("one annotation paints both what matters and what does not; split it")
    how = painted.pop()
    body: dict[str, Any] = {"every": False, "input": digest, "painted": how}
    arrays = pack({"mask": covered if how == "matters" else ~covered})
    meta = regions[0].get("meta")
    ours = meta.get("preceptor") if isinstance(meta, dict) else None
    if not isinstance(ours, dict):
        made = hashlib.sha256(repr((digest, how, arrays, said)).encode()).hexdigest()[:32]
        return LessonRow(f"file-{made}", said[0], "mask", body, arrays, said[1], said[2])
    if ours.get("note"):
        body["note"] = ours["note"]
    texts = [ours.get(name) for name in ("lesson", "person", "taught_at")]
    seconds = ours.get("seconds")
    if not all(isinstance(one, str) for one in texts) or not isinstance(seconds, int | float):
        raise InputError("the mask's own marks (meta, preceptor) were changed")
    return LessonRow(
        str(texts[0]), str(texts[1]), "mask", body, arrays, float(seconds), str(texts[2])
    )
