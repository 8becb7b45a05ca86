"""How people saw the pictures that they answered: how large, and whether smoothed.

A picture of 8x8 cells blown up to a screen's height is read worse than the same at 200 pixels, and what
people cannot tell becomes void. So each answer keeps how its picture was shown.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from preceptor.core import InputError
from preceptor.people.database import Session
from preceptor.people.study_questions import excluded

LARGEST: Final = 20_000
"""The widest that a screen shows a picture, in CSS pixels."""

_KEPT: Final = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4}) (smooth|pixels)")


@dataclass(frozen=True)
class Viewing:
    """How one picture was shown; of a pair, each of the two.

    Attributes:
        width: on the screen, CSS pixels.
        height: likewise.
        smooth: whether it was smoothed; else each of its cells was a square.

    Raises:
        InputError: no screen shows that.
    """

    width: int
    height: int
    smooth: bool

    def __post_init__(self) -> None:
        if not (1 <= self.width <= LARGEST and 1 <= self.height <= LARGEST):
            raise InputError(
                f"viewing: {self.width}x{self.height}; expected 1 to {LARGEST} pixels each way"
            )

    def __str__(self) -> str:
        return f"{self.width}x{self.height} {'smooth' if self.smooth else 'pixels'}"

    @classmethod
    def read(cls, text: str) -> "Viewing":
        """The inverse of ``str``.

        Raises:
            InputError: no such text.
        """
        found = _KEPT.fullmatch(text)
        if found is None:
            raise InputError(
                f"viewing {text[:40]!r}: expected such as '224x224 pixels' or '224x224 smooth'"
            )
        return cls(int(found[1]), int(found[2]), found[3] == "smooth")


def viewing_of(db: Session, study: int) -> dict[str, Any]:
    """How the answers of a study that count were seen, as plain data; empty where no answer says.

    ``sentence`` says it, ``width``, ``height`` and ``smooth`` are what most answers say, ``answers``
    is how many say anything, and ``others`` how many say nothing.
    """
    return picture_part(seen_by(db, study))


def picture_part(counts: Mapping[str | None, int]) -> dict[str, Any]:
    """:func:`viewing_of`, of answers that were counted."""
    others = counts.get(None, 0)
    seen = {Viewing.read(text): times for text, times in counts.items() if text is not None}
    if not seen:
        return {}
    most = max(seen, key=lambda one: (seen[one], one.width, one.smooth))
    return {
        "sentence": _sentence(seen, most, others),
        "width": most.width,
        "height": most.height,
        "smooth": most.smooth,
        "answers": sum(seen.values()),
        "others": others,
    }


def seen_by(db: Session, study: int) -> Counter[str | None]:
    """How the answers of a study that count were seen, in the words that are kept, with their numbers;
    ``None`` for those that do not say.
    """
    left_out = excluded(db, study)
    rows = db.all(
        "SELECT a.person, a.viewing, COUNT(*) FROM desk_answers a "
        "JOIN desk_questions q ON q.id = a.question WHERE q.study = :study AND a.label IS NOT NULL "
        "AND a.kind IN ('ask', 'again') AND NOT EXISTS (SELECT 1 FROM desk_answers b "
        "WHERE b.question = a.question AND b.person = a.person AND b.kind = a.kind AND b.id > a.id) "
        "GROUP BY a.person, a.viewing",
        study=study,
    )
    counts: Counter[str | None] = Counter()
    for person, text, times in rows:
        if person not in left_out:
            counts[text] += times
    return counts


def _sentence(seen: dict[Viewing, int], most: Viewing, others: int) -> str:
    answers = sum(seen.values())
    widths = [one.width for one in seen]
    size = f"{most.width} px"
    if min(widths) < max(widths):
        same = sum(times for one, times in seen.items() if one.width == most.width)
        size = (
            f"{min(widths)} to {max(widths)} px, most often {most.width} px "
            f"({same} of {answers} answers)"
        )
    smooth = sum(times for one, times in seen.items() if one.smooth)
    how = "pixels not smoothed" if smooth == 0 else "smoothed"
    if 0 < smooth < answers:
        how = f"smoothed in {smooth} of {answers} answers"
    rest = "" if not others else f"; {others} answers do not say how"
    return f"People saw the pictures at {size}, {how}{rest}."
