"""Words of a text, in scripts of many kinds, and what lies between them."""

import re
from typing import Final

_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0730-\u074a\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u200b-\u200f\u2060\ufeff\u00ad"
)
"""Vowel signs and accents that no letter is without, whole scripts in which they stand, and
characters of no width: inside a word."""

_ALONE: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts without spaces, in which a character counts as a word."""

WORD: Final = re.compile(
    rf"[{_ALONE}]|(?:(?![{_ALONE}])[\w{_MARKS}])+(?:['\u2019.-](?:(?![{_ALONE}])[\w{_MARKS}])+)*"
)
"""A word: letters, digits and marks, also with an apostrophe, hyphen or point inside."""

_PIECE: Final = re.compile(rf"{WORD.pattern}|\s+|[^\w\s]", re.DOTALL)


def words_of(text: str) -> list[str]:
    """The words of a text and its marks of punctuation, in order; without spaces.

    >>> words_of("It isn't good, e.g. 3.5 of 10!")
    ['It', "isn't", 'good', ',', 'e.g', '.', '3.5', 'of', '10', '!']
    """
    return [piece for piece in pieces_of(text) if not piece.isspace()]


def pieces_of(text: str) -> list[str]:
    """Words, single other characters and runs of spaces; joined they are the text."""
    found: list[str] = []
    end = 0
    for match in _PIECE.finditer(text):
        if match.start() > end:
            found.append(text[end : match.start()])
        found.append(match.group())
        end = match.end()
    if end < len(text):
        found.append(text[end:])
    return found
