"""How people read the texts that they answered: in what letters, how long the lines were, and whether
characters that nobody sees were marked.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from preceptor.core import InputError
from preceptor.people.database import Session
from preceptor.people.viewing import LARGEST, seen_by

LETTERS: Final = (6, 200)
"""The smallest and the largest letters that are believed, in CSS pixels."""

_KEPT: Final = re.compile(r"letters ([1-9][0-9]{0,2}), lines ([1-9][0-9]{0,4}), (un)?marked")


@dataclass(frozen=True)
class TextViewing:
    """How one text was shown; of several parts, the first.

    Attributes:
        letters: their size, CSS pixels.
        width: of a line, likewise.
        marked: whether characters that nobody sees were marked.

    Raises:
        InputError: no screen shows that.
    """

    letters: int
    width: int
    marked: bool

    def __post_init__(self) -> None:
        if not (LETTERS[0] <= self.letters <= LETTERS[1] and 1 <= self.width <= LARGEST):
            raise InputError(
                f"viewing: letters of {self.letters} in lines of {self.width}; expected "
                f"{LETTERS[0]} to {LETTERS[1]}, and 1 to {LARGEST} pixels"
            )

    def __str__(self) -> str:
        marked = "marked" if self.marked else "unmarked"
        return f"letters {self.letters}, lines {self.width}, {marked}"

    @classmethod
    def read(cls, text: str) -> "TextViewing":
        """The inverse of ``str``.

        Raises:
            InputError: no such text.
        """
        found = _KEPT.fullmatch(text)
        if found is None:
            raise InputError(
                f"viewing {text[:40]!r}: expected such as 'letters 19, lines 590, marked'"
            )
        return cls(int(found[1]), int(found[2]), found[3] is None)


def text_viewing_of(db: Session, study: int) -> dict[str, Any]:
    """How the answers of a study of texts that count were read, as plain data; empty where no answer
    says.

    ``sentence`` says it, ``letters``, ``width`` and ``marked`` are what most answers say, ``answers``
    is how many say anything, and ``others`` how many say nothing.
    """
    return text_part(seen_by(db, study))


def text_part(counts: Mapping[str | None, int]) -> dict[str, Any]:
    """:func:`text_viewing_of`, of answers that were counted."""
    others = counts.get(None, 0)
    seen: Counter[TextViewing] = Counter()
    for text, times in counts.items():
        if text is not None:
            seen[TextViewing.read(text)] += times
    if not seen:
        return {}
    most = max(seen, key=lambda one: (seen[one], one.letters, one.width, one.marked))
    answers = sum(seen.values())
    sizes = [one.letters for one in seen]
    size = f"{most.letters} px"
    if min(sizes) < max(sizes):
        size = f"{min(sizes)} to {max(sizes)} px, most often {most.letters} px"
    marked = sum(times for one, times in seen.items() if one.marked)
    how = "marked" if marked == answers else f"marked in {marked} of {answers} answers"
    rest = "" if not others else f"; {others} answers do not say how"
    return {
        "sentence": f"People read the texts in letters of {size}, characters that nobody sees "
        f"{how}{rest}.",
        "letters": most.letters,
        "width": most.width,
        "marked": most.marked,
        "answers": answers,
        "others": others,
    }
