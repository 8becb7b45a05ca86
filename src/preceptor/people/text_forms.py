"""The forms of what people teach on texts. Bodies are plain data; there are no arrays.

``words``
    Which words of a text its answer hangs on. Body: ``input`` (the key); ``spans``, what was marked, as
    ``[part, start, end]``: the part of the input, from 0, and places between its characters, counted in
    code points; ``painted``, ``matters`` or ``ignored``, how it was meant.
``pair``
    A text, and the same revised until the answer is another. Body: ``input``, ``before`` and
    ``after``, the labels; ``changed``, the parts of the revision.
``example``
    A text that the person wrote. Body: ``label``; ``made``, its parts.
``invariance``
    What does not change the answer. Body: ``change`` (of :mod:`preceptor.people.declared_texts`),
    ``range``, ``confirmed`` and ``refused`` as of other inputs; ``groups`` of words that mean the same, for
    the change ``words``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from preceptor.core import InputError, Texts
from preceptor.core.inputs import unpack_texts
from preceptor.people.database import Session
from preceptor.people.declared_texts import WORDS, need_groups, need_text_range
from preceptor.people.form_checks import (
    LEAST_EXAMPLES,
    Body,
    Plain,
    is_whole,
    known_key,
    many_questions,
    need_label,
    tried_on,
)
from preceptor.people.settings import Settings
from preceptor.people.studies import Study
from preceptor.people.text_settings import LONGEST_SHOWN, text_domain_of

MOST_SPANS: Final = 10_000

Arrays = Mapping[str, np.ndarray]
Found = tuple[Plain, dict[str, np.ndarray]]


def _words(db: Session, study: Study, body: Body, _: Arrays) -> Found:
    key = known_key(db, study, body.get("input"))
    painted = body.get("painted", "matters")
    if painted not in ("matters", "ignored"):
        raise InputError("painted: expected 'matters' or 'ignored'")
    spans = spans_within(body.get("spans"), text_of(db, study, key))
    return {"input": key, "every": False, "painted": painted, "spans": spans}, {}


def _pair(db: Session, study: Study, body: Body, _: Arrays) -> Found:
    key = known_key(db, study, body.get("input"))
    labels = {name: need_label(study, name, body.get(name)) for name in ("before", "after")}
    was = text_of(db, study, key)
    new = need_parts(body.get("changed"), study.settings, "changed")
    if new == was:
        raise InputError("changed: it is the text as it was; change something")
    problem = why_not(new, was, study.settings)
    if problem:
        raise InputError(f"changed: {problem}")
    return {"input": key, **labels, "changed": list(new)}, {}


def _example(db: Session, study: Study, body: Body, _: Arrays) -> Found:
    del db
    made = need_parts(body.get("made"), study.settings, "made")
    if not any(part.strip() for part in made):
        raise InputError("made: it is empty; write something")
    problem = text_domain_of(study.settings.domain).why_outside(made)
    if problem:
        raise InputError(f"made: {problem}")
    return {"label": need_label(study, "label", body.get("label")), "made": list(made)}, {}


def _invariance(db: Session, study: Study, body: Body, _: Arrays) -> Found:
    kind, amount = body.get("change"), body.get("range")
    if not isinstance(kind, str):
        raise InputError("change: expected its name")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise InputError("range: expected a number")
    need_text_range(kind, amount)
    plain: Plain = {"change": kind, "range": float(amount)}
    if kind == WORDS:
        plain["groups"] = [list(one) for one in need_groups(body.get("groups"))]
    elif body.get("groups") is not None:
        raise InputError(f"groups: {kind} has none")
    tried = {
        name: tried_on(db, study, name, body.get(name, [])) for name in ("confirmed", "refused")
    }
    if any(one["range"] < amount - 1e-9 for one in tried["confirmed"]):
        raise InputError("confirmed: an example of less says nothing of more")
    if len({one["input"] for one in tried["confirmed"]}) < min(
        LEAST_EXAMPLES, many_questions(db, study)
    ):
        raise InputError(f"confirmed: expected at least {LEAST_EXAMPLES} different examples")
    if any(one["range"] <= amount + 1e-9 for one in tried["refused"]):
        raise InputError(
            "refused: the answer of an example changes at that much, so it cannot be declared; make it less"
        )
    return {**plain, **tried}, {}


Check = Callable[[Session, Study, Body, Arrays], Found]

TEXT_FORMS: Final[dict[str, tuple[Check, frozenset[str], frozenset[str]]]] = {
    "words": (_words, frozenset({"every", "input", "painted", "spans"}), frozenset()),
    "invariance": (
        _invariance,
        frozenset({"change", "range", "groups", "confirmed", "refused"}),
        frozenset(),
    ),
    "pair": (_pair, frozenset({"input", "before", "after", "changed"}), frozenset()),
    "example": (_example, frozenset({"label", "made"}), frozenset()),
}
"""Each kind: its check, and the names of its fields and (no) arrays."""


def text_of(db: Session, study: Study, key: str) -> tuple[str, ...]:
    """The parts of an input of the study, by its key."""
    found = db.all("SELECT bytes FROM desk_inputs WHERE key = :key", key=key)
    fields = tuple(study.settings.domain["fields"])
    return unpack_texts([bytes(found[0][0])], fields).parts[0]


def need_parts(found: object, settings: Settings, name: str) -> tuple[str, ...]:
    """The parts of a text that somebody wrote.

    Raises:
        InputError: another number of parts, or something that is no text or too long.
    """
    fields = tuple(settings.domain["fields"])
    if not isinstance(found, list) or len(found) != max(1, len(fields)):
        raise InputError(f"{name}: expected a list of {max(1, len(fields))} texts")
    if not all(isinstance(one, str) for one in found) or sum(map(len, found)) > LONGEST_SHOWN:
        raise InputError(f"{name}: expected texts of at most {LONGEST_SHOWN:,} characters together")
    return Texts((tuple(found) if fields else found[0],), fields).parts[0]


def why_not(new: Sequence[str], was: Sequence[str], settings: Settings) -> str:
    """Why a text may not be revised so, in words; empty if it may."""
    domain = text_domain_of(settings.domain)
    outside = domain.why_outside(tuple(new))
    if outside or domain.allows(tuple(new), tuple(was)):
        return outside
    for place, name in enumerate(domain.fields):
        if place not in domain.changeable and new[place] != was[place]:
            return f"{name} has to stay as it is"
    if any(old.strip() and not one.strip() for one, old in zip(new, was, strict=True)):
        return "nothing is left of it"
    if domain.protected and any(
        [one[a:b] for a, b in domain.spans(one)] != [old[a:b] for a, b in domain.spans(old)]
        for one, old in zip(new, was, strict=True)
    ):
        return "what is marked as protected has to stay, in the same order"
    return "it holds control characters that the text did not have"


def spans_within(found: object, parts: Sequence[str]) -> list[list[int]]:
    """Marked stretches in order, those that meet as one.

    Args:
        found: lists ``[part, start, end]``, in code points.
        parts: of the text.

    Raises:
        InputError: no such lists, outside of the text, nothing, or everything.
    """
    if not isinstance(found, list) or not 0 < len(found) <= MOST_SPANS:
        raise InputError(f"spans: mark something; expected 1 to {MOST_SPANS} of [part, start, end]")
    marks = [np.zeros(len(part), bool) for part in parts]
    for one in found:
        if not isinstance(one, list) or len(one) != 3 or not is_whole(one[0], 0, len(parts) - 1):
            raise InputError(f"spans: expected [part, start, end]; got {str(one)[:60]}")
        part, start, end = one
        size = len(parts[part])
        if not (is_whole(start, 0, size) and is_whole(end, 0, size)) or start >= end:
            raise InputError(f"spans: {one} lies outside of the {size} characters of its text")
        marks[part][start:end] = True
    if all(bool(mark.all()) for mark in marks):
        raise InputError("spans: leave something out; everything says nothing")
    return [[part, *span] for part, mark in enumerate(marks) for span in _runs(mark)]


def _runs(mark: np.ndarray) -> list[list[int]]:
    """Where it is true: first and end of each stretch."""
    edges: Any = np.flatnonzero(np.diff(np.concatenate([[0], mark.astype(np.int8), [0]])))
    return [[int(a), int(b)] for a, b in edges.reshape(-1, 2)]
