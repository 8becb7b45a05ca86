"""The forms of what people teach. Bodies are plain data, arrays are numpy's.

``mask``
    What of an image matters. Body: ``every`` (true if it holds for every input), else ``input`` (the
    key of the one it was drawn on); ``painted``, ``matters`` or ``ignored``, how it was drawn.
    Array ``mask``: ``Bool[height, width]``, true where it matters, however it was drawn.
``features``
    Which features of a row matter. Body: ``features`` (their indices), ``every``, ``input``.
``invariance``
    What does not change the answer. Body: ``change`` (of :data:`preceptor.people.changes.CHANGES`),
    ``range``, ``confirmed`` and ``refused``: the examples on which it was tried, each with
    ``input``, ``range`` and ``label`` (what the person says of it, ``null`` if they never said).
    Array ``region``, for the change of this name: ``Bool[height, width]`` or ``Bool[features]``.
``pair``
    An input, and the same changed until the answer is another. Body: ``input``, ``before`` and
    ``after``, the labels. Array ``changed``: ``Float32[*shape]``.
``example``
    An input that the person made. Body: ``label``; ``input`` if it was made from one of the study's;
    ``made``, ``drawn`` or ``uploaded``. Array ``made``: ``Float32[*shape]``.

On texts other things are taught, or in other forms: :mod:`preceptor.people.text_forms`. Each may hold a ``note``. Labels are ``0 .. classes - 1`` or ``UNCERTAIN``.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from preceptor.core import InputError, TableDomain
from preceptor.core.written_rows import need_row
from preceptor.people.answering import LONGEST_NOTE
from preceptor.people.arrays import MOST_BYTES
from preceptor.people.changes import need_range
from preceptor.people.database import Session
from preceptor.people.form_checks import (
    LEAST_EXAMPLES,
    Body,
    Plain,
    is_whole,
    known_key,
    many_questions,
    need_label,
    tried_on,
    where_it_holds,
)
from preceptor.people.settings import Settings
from preceptor.people.studies import Study
from preceptor.people.text_forms import TEXT_FORMS

Arrays = Mapping[str, np.ndarray]
Made = dict[str, np.ndarray]


def checked(db: Session, study: Study, kind: str, body: Body, arrays: Arrays) -> tuple[Plain, Made]:
    """Body and arrays as they are kept: whole, of the right shapes and nothing else.

    Raises:
        InputError: they do not fit the form of the kind, or the study. Says what was expected.
    """
    forms = TEXT_FORMS if study.settings.is_text else FORMS
    if kind not in forms:
        raise InputError(
            f"no kind {kind!r} of teaching on such inputs; there are: {', '.join(forms)}"
        )
    check, fields, names = forms[kind]
    extra = sorted((set(body) - fields - {"note"}) | (set(arrays) - names))
    if extra:
        raise InputError(f"{kind}: unknown {', '.join(map(str, extra))[:80]}")
    if sum(array.nbytes for array in arrays.values()) > MOST_BYTES:
        raise InputError(f"{kind}: the arrays hold more than {MOST_BYTES:,} bytes")
    plain, made = check(db, study, body, arrays)
    note = body.get("note", "")
    if not isinstance(note, str) or len(note) > LONGEST_NOTE or "\x00" in note:
        raise InputError(f"note: expected a text of at most {LONGEST_NOTE} characters")
    return plain | ({"note": note} if note else {}), made


def _mask(db: Session, study: Study, body: Body, arrays: Arrays) -> tuple[Plain, Made]:
    settings = study.settings
    if not settings.is_image or settings.is_pair:
        raise InputError("mask: expected a study of single images; of rows, say features")
    painted = body.get("painted", "matters")
    if painted not in ("matters", "ignored"):
        raise InputError("painted: expected 'matters' or 'ignored'")
    mask = _bools(arrays, "mask", settings.shape[1:])
    _leaves(mask)
    return {**where_it_holds(db, study, body), "painted": painted}, {"mask": mask}


def _features(db: Session, study: Study, body: Body, _: Arrays) -> tuple[Plain, Made]:
    settings = study.settings
    if settings.is_image:
        raise InputError("features: expected a study of rows; of images, give a mask")
    d = math.prod(settings.shape)
    found = body.get("features")
    if not isinstance(found, list) or not all(is_whole(i, 0, d - 1) for i in found):
        raise InputError(f"features: expected a list of whole numbers from 0 to {d - 1}")
    mask = np.zeros(d, bool)
    mask[found] = True
    _leaves(mask)
    return {**where_it_holds(db, study, body), "features": np.flatnonzero(mask).tolist()}, {}


def _invariance(db: Session, study: Study, body: Body, arrays: Arrays) -> tuple[Plain, Made]:
    settings = study.settings
    kind, amount = body.get("change"), body.get("range")
    if not isinstance(kind, str):
        raise InputError("change: expected its name")
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not math.isfinite(amount):
        raise InputError("range: expected a number")
    need_range(settings, kind, amount)
    tried = {
        name: tried_on(db, study, name, body.get(name, [])) for name in ("confirmed", "refused")
    }
    for one in tried["confirmed"]:
        if one["range"] < amount - 1e-9:
            raise InputError(f"confirmed: an example up to {one['range']:g} says nothing of more")
    if len({one["input"] for one in tried["confirmed"]}) < min(
        LEAST_EXAMPLES, many_questions(db, study)
    ):
        raise InputError(f"confirmed: expected at least {LEAST_EXAMPLES} different examples")
    for one in tried["refused"]:
        if one["range"] <= amount + 1e-9:
            raise InputError(
                f"refused: an example changes its answer at {one['range']:g}, so {amount:g} cannot "
                "be declared; make the range smaller"
            )
    made = {}
    if kind == "region":
        shape = settings.shape[1:] if settings.is_image else settings.shape
        made["region"] = _bools(arrays, "region", shape)
        _leaves(made["region"])
    elif arrays:
        raise InputError(f"{kind}: has no region")
    return {"change": kind, "range": float(amount), **tried}, made


def _pair(db: Session, study: Study, body: Body, arrays: Arrays) -> tuple[Plain, Made]:
    key = known_key(db, study, body.get("input"))
    labels = {name: need_label(study, name, body.get(name)) for name in ("before", "after")}
    found = db.all("SELECT bytes FROM desk_inputs WHERE key = :key", key=key)
    was = np.frombuffer(bytes(found[0][0]), "<f4").reshape(study.settings.shape)
    changed = _input(arrays, "changed", study.settings, was)
    if changed.tobytes() == was.tobytes():
        raise InputError("changed: it is the input as it was; change something")
    return {"input": key, **labels}, {"changed": changed}


def _example(db: Session, study: Study, body: Body, arrays: Arrays) -> tuple[Plain, Made]:
    made = _input(arrays, "made", study.settings)
    plain: Plain = {"label": need_label(study, "label", body.get("label"))}
    if body.get("input") is not None:
        plain["input"] = known_key(db, study, body["input"])
    plain["made"] = body.get("made", "drawn")
    if plain["made"] not in ("drawn", "uploaded"):
        raise InputError("made: expected 'drawn' or 'uploaded'")
    return plain, {"made": made}


Check = Callable[[Session, Study, Body, Arrays], tuple[Plain, Made]]

FORMS: Final[dict[str, tuple[Check, frozenset[str], frozenset[str]]]] = {
    "mask": (_mask, frozenset({"every", "input", "painted"}), frozenset({"mask"})),
    "features": (_features, frozenset({"every", "input", "features"}), frozenset()),
    "invariance": (
        _invariance,
        frozenset({"change", "range", "confirmed", "refused"}),
        frozenset({"region"}),
    ),
    "pair": (_pair, frozenset({"input", "before", "after"}), frozenset({"changed"})),
    "example": (_example, frozenset({"label", "input", "made"}), frozenset({"made"})),
}
"""Each kind: its check, and the names of its fields and arrays."""


def _bools(arrays: Arrays, name: str, shape: tuple[int, ...]) -> np.ndarray:
    found = _array(arrays, name, shape)
    if found.dtype != np.bool_:
        raise InputError(f"{name}: expected booleans; got {found.dtype}")
    return found


def _input(
    arrays: Arrays, name: str, settings: Settings, was: np.ndarray | None = None
) -> np.ndarray:
    """Values within the bounds. What is as it was keeps its bits, even if it lay out of bounds."""
    found = _array(arrays, name, settings.shape)
    if found.dtype.kind != "f":
        raise InputError(f"{name}: expected real numbers; got {found.dtype}")
    with np.errstate(over="ignore"):
        values = found.astype("<f4")
    if not np.isfinite(values).all():
        raise InputError(f"{name}: expected finite numbers")
    if settings.table:
        if was is None or values.tobytes() != was.tobytes():
            need_row(TableDomain.read(settings.domain), values)
        return values
    low, high = (
        np.asarray(bound, np.float32).reshape(settings.shape if isinstance(bound, tuple) else ())
        for bound in (settings.low, settings.high)
    )
    slack = 1e-5 * (high - low)
    same = np.zeros(values.shape, bool) if was is None else values == was
    if bool((~same & ((values < low - slack) | (values > high + slack))).any()):
        raise InputError(f"{name}: expected values between the study's bounds")
    clipped: np.ndarray = np.clip(values, low, high)
    return clipped if was is None else np.where(same, was, clipped)


def _array(arrays: Arrays, name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name not in arrays:
        raise InputError(f"{name}: missing; expected an array of shape {list(shape)}")
    if arrays[name].shape != shape:
        raise InputError(
            f"{name}: expected an array of shape {list(shape)}; got {list(arrays[name].shape)}"
        )
    return arrays[name]


def _leaves(mask: np.ndarray) -> None:
    if bool(mask.all()) or not bool(mask.any()):
        raise InputError("mark something, and leave something out: all or nothing says nothing")
