"""What changed between two texts, word by word."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from preceptor.core.text_distances import word_edits
from preceptor.core.text_words import pieces_of

AROUND: Final = 60
"""Words and spaces that are shown beside a change; what lies farther away is left out."""

_UNSEEN: Final = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)


@dataclass(frozen=True)
class DiffPiece:
    """A stretch of text.

    Attributes:
        kind: in both texts, only in the first, or only in the second.
        text: itself. In what changed, characters that nobody sees are written as ``<U+200B>``.
    """

    kind: Literal["same", "gone", "new"]
    text: str


def diff_words(clean: str, moved: str, around: int = AROUND) -> tuple[DiffPiece, ...]:
    """The pieces of both texts in order: what is gone before what is new in its place.

    >>> " ".join(f"{one.kind}:{one.text}" for one in diff_words("a good film", "a bad film"))
    'same:a  gone:good new:bad same: film'

    Args:
        clean: the first text.
        moved: the second.
        around: pieces shown beside a change; an ellipsis stands for those that are farther away.
    """
    first, second = pieces_of(clean), pieces_of(moved)
    if first == second:
        return (DiffPiece("same", _short(first, around, begins=True, ends=False)),)
    found: list[DiffPiece] = []
    for same, a, b, c, d in word_edits(first, second):
        if same:
            begins, ends = a == 0, b == len(first)
            found.append(DiffPiece("same", _short(first[a:b], around, begins=begins, ends=ends)))
            continue
        if b > a:
            found.append(DiffPiece("gone", visible("".join(first[a:b]))))
        if d > c:
            found.append(DiffPiece("new", visible("".join(second[c:d]))))
    return tuple(found)


def diff_line(clean: str, moved: str, around: int = 12) -> str:
    """The same in one line: ``a [-good-]{+bad+} film``."""
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    pieces = diff_words(clean, moved, around)
    return " ".join("".join(marks[one.kind].format(one.text) for one in pieces).split())


def visible(text: str) -> str:
    """A text with the characters that nobody sees written as their numbers, and letters that look
    like Latin ones marked as such.
    """
    shown = _UNSEEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)
    if re.search("[a-zA-Z]", shown) and re.search("[\u0400-\u04ff]", shown):
        others = [sign for sign in shown if "\u0400" <= sign <= "\u04ff"]
        name = unicodedata.name(others[0], "").partition(" ")[0].title()
        shown = f"{shown} <{name}: {' '.join(others)}>"
    return shown


def _short(pieces: Sequence[str], around: int, *, begins: bool, ends: bool) -> str:
    """Pieces with the middle left out, or the end that is no neighbour of a change."""
    keep_first = 0 if begins else around
    keep_last = 0 if ends else around
    if begins and ends:
        keep_first = around
    if len(pieces) <= keep_first + keep_last + 1:
        return "".join(pieces)
    last = "".join(pieces[len(pieces) - keep_last :]) if keep_last else ""
    return f"{''.join(pieces[:keep_first])} \u2026 {last}"
