"""Characters that nobody sees in a text, found so that a page can show them.

Some of them belong there: the joiners inside emoji and in scripts that are written with them, the
selectors behind emoji. These are left alone.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_SIGNS: Final = 2000
"""So many are shown of one text; a text of nothing else would hold up a page."""

_STRETCH: Final = 1000

_UNSEEN: Final = re.compile(
    "(?P<sign>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|\r(?!\n))(?P=sign)*"
)

_NAMES: Final = {
    0x00AD: "soft hyphen",
    0x034F: "joiner",
    0x061C: "ALM",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "line",
    0x2029: "paragraph",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0xFEFF: "BOM",
}
_TURNS: Final = frozenset(chr(one) for one in (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""They turn the direction of what follows: shown, and kept from doing it."""

_JOINED: Final = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefe]"
)
"""Letters of scripts in which joiners are spelling."""


@dataclass(frozen=True)
class SeenPiece:
    """A stretch of a text, as it can be shown.

    Attributes:
        text: itself, unchanged.
        sign: where nobody would see it, what it is: ``ZWSP``, ``U+0007``, ``ZWSP x3``.
        turns: whether something in it would turn the direction of what follows.
    """

    text: str
    sign: str = ""
    turns: bool = False


def seen_pieces(text: str, most: int = MOST_SIGNS) -> tuple[list[SeenPiece], bool]:
    r"""The pieces of a text in order; joined they are the text. Then whether all its signs are among
    them: no more than ``most`` are told apart.

    >>> [(one.text, one.sign) for one in seen_pieces("go\u200bod")[0]]
    [('go', ''), ('\u200b', 'ZWSP'), ('od', '')]
    """
    found: list[SeenPiece] = []
    end = count = 0
    for match in _UNSEEN.finditer(text):
        if _belongs(text, match.start(), match.end()):
            continue
        if count == most:
            return found + list(_rest(text[end:])), False
        count += 1
        if match.start() > end:
            found.append(SeenPiece(text[end : match.start()]))
        run = match.group()
        times = f" \u00d7{len(run)}" if len(run) > 1 else ""
        code = ord(run[0])
        sign = _NAMES.get(code, f"U+{code:04X}") + times
        found.append(SeenPiece(run, sign, run[0] in _TURNS))
        end = match.end()
    if end < len(text):
        found.append(SeenPiece(text[end:]))
    return found, True


def _rest(text: str) -> Iterator[SeenPiece]:
    """What is behind the last sign that is told: in stretches where something in it would turn, since
    browsers take minutes for ten thousand turns that nothing ends.
    """
    if not any(one in text for one in _TURNS):
        yield SeenPiece(text)
        return
    for start in range(0, len(text), _STRETCH):
        yield SeenPiece(text[start : start + _STRETCH], turns=True)


def _belongs(text: str, start: int, end: int) -> bool:
    """Whether a character that nobody sees is part of what is seen beside it."""
    if end - start > 1 and not text[start] >= "\U000e0000":
        return False
    sign, before, after = text[start], text[start - 1 : start], text[end : end + 1]
    if sign in "\u200c\u200d" and before and after:
        if _JOINED.match(before) and _JOINED.match(after):
            return True
        return sign == "\u200d" and _pictured(before) and _pictured(after)
    if "\ufe00" <= sign <= "\ufe0f":
        return bool(before) and (_pictured(before) or before in "#*0123456789" or _is_han(before))
    if "\U000e0100" <= sign <= "\U000e01ef":
        return end - start == 1 and bool(before) and _is_han(before)
    if "\U000e0020" <= sign <= "\U000e007f":  # the flags of regions
        return _in_flag(text, start)
    return False


def _pictured(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sm") or (
        character == "\ufe0f" or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


def _in_flag(text: str, place: int) -> bool:
    back = place
    while back > 0 and place - back < 8 and "\U000e0020" <= text[back] <= "\U000e007f":
        back -= 1
    return text[back] == "\U0001f3f4"
