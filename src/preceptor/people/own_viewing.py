"""Answers to what the user's own function showed: which function it was, and how large it was seen.

Another function shows another thing: who saw "income 21,080" and who saw a chart of the same row were asked two
different questions. So each answer keeps the identity of the function, as it keeps how large a picture was.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from preceptor.core import InputError
from preceptor.people.database import Session
from preceptor.people.settings import Settings
from preceptor.people.text_viewing import TextViewing, text_part
from preceptor.people.viewing import Viewing, picture_part, seen_by

VERSION: Final = re.compile(r"[0-9a-f]{8,64}")
"""How the identity of a function is written (:func:`preceptor.core.identity.identify`)."""

_KEPT: Final = re.compile(r"own ([0-9a-f]{8,64})(?:, (.+))?")


@dataclass(frozen=True)
class OwnViewing:
    """How one input was shown by the user's own function.

    Attributes:
        version: identity of the function: changes with its source and with what it uses.
        how: how large its picture, or in what letters its text; ``None`` for rows and HTML.

    Raises:
        InputError: no such version.
    """

    version: str
    how: Viewing | TextViewing | None = None

    def __post_init__(self) -> None:
        if VERSION.fullmatch(self.version) is None:
            raise InputError(
                f"viewing: {self.version[:80]!r} is no version of a function; expected 8 to 64 "
                "hexadecimal digits"
            )

    def __str__(self) -> str:
        return f"own {self.version}" + ("" if self.how is None else f", {self.how}")

    @classmethod
    def read(cls, text: str) -> "OwnViewing":
        """The inverse of ``str``.

        Raises:
            InputError: no such text.
        """
        found = _KEPT.fullmatch(text)
        if found is None:
            raise InputError(f"viewing {text[:40]!r}: expected such as 'own 1f2e3d4c5b6a'")
        how = found[2]
        if how is None:
            return cls(found[1])
        return cls(found[1], (TextViewing if how.startswith("letters") else Viewing).read(how))


def is_own(text: str | None) -> bool:
    """Whether what is kept with an answer says that a function showed the input."""
    return text is not None and text.startswith("own ")


def own_part(counts: Counter[str | None]) -> dict[str, Any]:
    """What the answers say of functions that showed the inputs, as plain data; empty where none does.

    ``sentence`` says it; ``own`` is how many answers each version has.

    Args:
        counts: how the answers were seen, as :func:`preceptor.people.viewing.seen_by` counts them.
    """
    own: Counter[str] = Counter()
    for text, times in counts.items():
        if text is not None and is_own(text):
            own[OwnViewing.read(text).version] += times
    if not own:
        return {}
    which = ", ".join(f"version {name}: {times} answers" for name, times in own.most_common())
    return {
        "sentence": "People saw the inputs as the study's own function shows them "
        f"({which}, of {sum(counts.values())}).",
        "own": dict(own.most_common()),
    }


def read_viewing(text: str, settings: Settings) -> Viewing | TextViewing | OwnViewing:
    """How an input was shown, from the words in which it is kept.

    Raises:
        InputError: no such words, or of other inputs than the study's.
    """
    if is_own(text):
        return OwnViewing.read(text)
    return TextViewing.read(text) if settings.is_text else Viewing.read(text)


def seen_how(db: Session, study: int, settings: Settings) -> dict[str, Any]:
    """How the answers of a study that count were seen, as plain data; empty where no answer says.

    Of pictures as :func:`preceptor.people.viewing.viewing_of`, of texts as
    :func:`preceptor.people.text_viewing.text_viewing_of`. Where a function of the user showed inputs, with
    ``own`` as in :func:`own_part`; answers to its pictures do not count among the sizes of plain ones.
    """
    counts = seen_by(db, study)
    own = own_part(counts)
    plain = {text: times for text, times in counts.items() if not is_own(text)}
    found: dict[str, Any] = {}
    if settings.kind != "row":
        found = (text_part if settings.is_text else picture_part)(plain)
    if not own:
        return found
    if not found:
        return own
    return {**found, **own, "sentence": f"{own['sentence']} {found['sentence']}"}
