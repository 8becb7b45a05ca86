"""Which key gives which answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Final

CANNOT_TELL: Final = ("u", ".")
SKIP: Final = ("s", ">")
NOTE: Final = ("n", ",")
SMOOTH: Final = ("z", ";")
"""The key, and the one that stands in where a label's own character is the first. No label has ``+``,
``-`` or ``?``, which make pictures larger and smaller and show all keys."""


@dataclass(frozen=True)
class Keys:
    """Keys of a page.

    Attributes:
        labels: one for each class, in order; empty where there are more classes than keys.
        cannot_tell: the key of *can't tell*.
        skip: of skipping.
        note: of going to the note.
        smooth: of smoothing pictures, or not.
    """

    labels: tuple[str, ...]
    cannot_tell: str
    skip: str
    note: str
    smooth: str


def keys_of(classes: Sequence[str], chosen: Sequence[str] = ()) -> Keys:
    """The keys chosen for the study, else the labels' own characters where each is a single one,
    else 1 to 9 and then letters.
    """
    own = tuple(name.lower() for name in chosen or classes)
    if not all(len(name) == 1 and name.isalnum() for name in own) or len(set(own)) < len(own):
        reserved = {keys[0] for keys in (CANNOT_TELL, SKIP, NOTE, SMOOTH)}
        pool = digits[1:] + "".join(letter for letter in ascii_lowercase if letter not in reserved)
        own = (*pool[: len(classes)], *[""] * (len(classes) - len(pool)))
    pairs = (CANNOT_TELL, SKIP, NOTE, SMOOTH)
    rest = [first if first not in own else second for first, second in pairs]
    return Keys(own, *rest)
