"""What may stand behind a student's file: ``model.onnx:output=y,kind=logits``."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from preceptor.core.specs import options_of, parts_of
from preceptor.students.logits import Kind


@dataclass(frozen=True)
class ReadingOptions:
    """How a student is to be read, where that cannot be found out.

    Attributes:
        kind: what it gives.
        output: which output of an ONNX file.
        labels: its own classes, in the order of the teacher's labels.
        batch: how many inputs it is given at a time; 1 asks each alone.
        normalise: what stands between plain inputs and the student, ``MEAN:STD`` or a word.
    """

    kind: Kind | None = None
    output: str | None = None
    labels: tuple[str, ...] = ()
    batch: int | None = None
    normalise: str | None = None


KEYS: Final = tuple(one.name for one in fields(ReadingOptions))

_FIRST: Final = re.compile(rf":(?=(?:{'|'.join(KEYS)})=)")
_NEXT: Final = re.compile(rf",(?=(?:{'|'.join(KEYS)})=)")


def split(spec: str) -> tuple[str, ReadingOptions]:
    """A student as it was written: the file (and the name in it), and the options behind it.

    Options are ``kind=labels|probabilities|logits``, ``output=NAME``, ``labels=CLASS/CLASS/...``,
    ``batch=N`` and ``normalise=MEAN:STD``, separated by commas, behind a colon.

    Raises:
        InputError: an option twice, or a value that is none.
    """
    if Path(spec).is_file():
        return spec, ReadingOptions()
    place = _FIRST.search(spec)
    if place is None:
        return spec, ReadingOptions()
    said = parts_of(_NEXT.split(spec[place.end() :]), spec, "", "student")
    options = ReadingOptions(**said.read(options_of(ReadingOptions)))
    if options.batch is not None and options.batch < 1:
        raise said.wrong(f"batch must be a whole number from 1; got {options.batch}")
    return spec[: place.start()], options
