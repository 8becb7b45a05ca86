"""What may stand behind a student's file: ``model.onnx:output=y,kind=logits``."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from preceptor.core import InputError
from preceptor.students.logits import Kind

KEYS: Final = ("kind", "output", "labels", "batch")

_FIRST: Final = re.compile(rf":(?=(?:{'|'.join(KEYS)})=)")
_NEXT: Final = re.compile(rf",(?=(?:{'|'.join(KEYS)})=)")


@dataclass(frozen=True)
class Options:
    """How a student is to be read, where that cannot be found out.

    Attributes:
        kind: what it gives.
        output: which output of an ONNX file.
        labels: its own classes, in the order of the teacher's labels.
        batch: how many inputs it is given at a time; 1 asks each alone.
    """

    kind: Kind | None = None
    output: str | None = None
    labels: tuple[str, ...] = ()
    batch: int | None = None


def split(spec: str) -> tuple[str, Options]:
    """A student as it was written: the file (and the name in it), and the options behind it.

    Options are ``kind=labels|probabilities|logits``, ``output=NAME``, ``labels=CLASS/CLASS/...``
    and ``batch=N``, separated by commas, behind a colon.

    Raises:
        InputError: an option twice, or a value that is none.
    """
    if Path(spec).is_file():
        return spec, Options()
    place = _FIRST.search(spec)
    if place is None:
        return spec, Options()
    said: dict[str, str] = {}
    for part in _NEXT.split(spec[place.end() :]):
        key, _, value = part.partition("=")
        if key in said or not value:
            raise InputError(f"student {spec!r}: write {key}= once, with a value")
        said[key] = value
    return spec[: place.start()], Options(
        kind=_kind(said.get("kind"), spec),
        output=said.get("output"),
        labels=tuple(word.strip() for word in said["labels"].split("/"))
        if "labels" in said
        else (),
        batch=_count(said.get("batch"), spec),
    )


def _kind(word: str | None, spec: str) -> Kind | None:
    for kind in get_args(Kind):
        if word == kind:
            return kind  # type: ignore[no-any-return]
    if word is None:
        return None
    raise InputError(f"student {spec!r}: kind={word}; expected {', '.join(get_args(Kind))}")


def _count(word: str | None, spec: str) -> int | None:
    if word is None:
        return None
    if not word.isascii() or not word.isdigit() or int(word) < 1:
        raise InputError(f"student {spec!r}: batch={word}; expected a whole number from 1")
    return int(word)
