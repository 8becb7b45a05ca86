"""The tools on whose pages an input is edited: *change it* and *write your own*."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from starlette.responses import JSONResponse, Response

from preceptor.core import TableDomain
from preceptor.core.columns import GAP, code_of
from preceptor.core.shown_rows import MISSING, TRUTH
from preceptor.desk.guard import MOST_UPLOAD
from preceptor.desk.requests import Call
from preceptor.desk.shortcuts import keys_of
from preceptor.desk.tools.tool import Tool
from preceptor.people import Settings, Study

MOST_NUMBERS: Final = (MOST_UPLOAD - 16 * 1024) * 3 // 16
"""The most numbers of an input that can be edited: four bytes each, sent in base64."""

Choices = list[tuple[float, str]] | None


def _fits(settings: Settings) -> bool:
    return not settings.is_text and math.prod(settings.shape) <= MOST_NUMBERS


def _facts(study: Study) -> Mapping[str, Any]:
    settings = study.settings
    keys = keys_of(settings.classes)
    return {
        "low": settings.low,
        "high": settings.high,
        "choices": choices_of(settings),
        "keys": {"labels": keys.labels, "cannotTell": keys.cannot_tell},
        "mostUpload": MOST_UPLOAD,
    }


def choices_of(settings: Settings) -> list[Choices]:
    """What each coordinate of a table's row is chosen from: values with their words; ``None`` for a
    number. That a value is missing stands behind it, as ``missing`` and ``given``. Empty without a table.
    """
    found: list[Choices] = []
    for column in TableDomain.read(settings.domain).columns if settings.table else ():
        words: Choices = [(float(code_of(word)), str(word)) for word in column.words]
        if column.words and column.missing != "none":
            words = [*(words or ()), (float(GAP), MISSING)]
        if column.kind == "boolean":
            said = ("False", "True") if column.dtype in TRUTH else ("0", "1")
            words = [(0.0, said[0]), (1.0, said[1])]
        found.append(words or None)
        if column.gaps:
            found.append([(0.0, "given"), (1.0, MISSING)])
    return found


def _write_facts(study: Study) -> Mapping[str, Any]:
    """Nothing that is there already is written anew."""
    return {**_facts(study), "examples": []}


def values(call: Call) -> Response:
    """The exact values of an input on which this person may teach: float32, little-endian.

    Raises:
        NotFoundError: this person may not.
    """
    found = np.ascontiguousarray(call.teachable(call.place("question")), "<f4")
    return Response(found.tobytes(), media_type="application/octet-stream")


def pool(call: Call) -> Response:
    """How many inputs the study has: a pair is told as one of them and what was changed."""
    with call.desk.studies.database.read() as db:
        found = db.all(
            "SELECT COUNT(*) FROM desk_questions WHERE study = :study", study=call.study.number
        )
    return JSONResponse({"pool": int(found[0][0])})


CHANGE = Tool(
    name="change",
    title="Change it",
    line="Alter an input by the least that makes it something else.",
    kinds=("pair",),
    fits=_fits,
    facts=_facts,
    gets={"values/{question:int}": values, "pool": pool},
)

WRITE = Tool(
    name="write",
    title="Write your own",
    line="Draw or upload an input, and say what it is.",
    kinds=("example",),
    fits=_fits,
    facts=_write_facts,
)
