"""What the forms of what people teach have in common."""

import math
from collections.abc import Mapping
from typing import Any, Final

from preceptor.core import InputError
from preceptor.people.database import Session
from preceptor.people.studies import Study

LEAST_EXAMPLES: Final = 3
"""A change is declared on the strength of so many examples, or of all where there are fewer."""

MOST_EXAMPLES: Final = 100

Body = Mapping[str, Any]
Plain = dict[str, Any]


def where_it_holds(db: Session, study: Study, body: Body) -> Plain:
    """For which inputs it holds: every one, or the one on which it was said."""
    every = body.get("every", False)
    if not isinstance(every, bool):
        raise InputError("every: expected true or false")
    key = body.get("input")
    if every and key is None:
        return {"every": True}
    return {"every": every, "input": known_key(db, study, key)}


def tried_on(db: Session, study: Study, name: str, found: object) -> list[Plain]:
    """The examples on which something was tried, as they are kept.

    Raises:
        InputError: no such examples.
    """
    if not isinstance(found, list) or len(found) > MOST_EXAMPLES:
        raise InputError(f"{name}: expected a list of at most {MOST_EXAMPLES} examples")
    examples = []
    for one in found:
        if not isinstance(one, Mapping) or set(one) - {"input", "range", "label"}:
            raise InputError(f"{name}: expected examples with input, range and label")
        amount, label = one.get("range"), one.get("label")
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            raise InputError(f"{name}: expected the range up to which an example was tried")
        if not math.isfinite(amount):
            raise InputError(f"{name}: expected a finite range")
        examples.append(
            {
                "input": known_key(db, study, one.get("input")),
                "range": float(amount),
                "label": None if label is None else need_label(study, "label", label),
            }
        )
    return examples


def known_key(db: Session, study: Study, key: object) -> str:
    """The key of one of the study's inputs.

    Raises:
        InputError: it is none.
    """
    if not isinstance(key, str) or len(key) > 200:
        raise InputError("input: expected the key of one of the study's inputs")
    if not db.one(
        "SELECT 1 FROM desk_questions WHERE study = :study AND input = :key",
        study=study.number,
        key=key,
    ):
        raise InputError(f"input: the study {study.name!r} has none with the key {key[:20]!r}")
    return key


def many_questions(db: Session, study: Study) -> int:
    """How many inputs a study has."""
    found = db.all("SELECT COUNT(*) FROM desk_questions WHERE study = :study", study=study.number)
    return int(found[0][0])


def need_label(study: Study, name: str, value: object) -> int:
    """A label, ``UNCERTAIN`` among them.

    Raises:
        InputError: it is none of the study's.
    """
    classes = len(study.settings.classes)
    if not is_whole(value, -1, classes - 1):
        raise InputError(f"{name}: expected -1 (can't tell) or 0 .. {classes - 1}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def is_whole(value: object, low: int, high: int) -> bool:
    """Whether something is a whole number within bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
