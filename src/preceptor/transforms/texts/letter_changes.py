"""What a word becomes where its letters change: typing errors, case, spacing, looks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

KEYBOARD: Final = {
    letter: "".join(
        other
        for r, keys in enumerate(_ROWS)
        for k, other in enumerate(keys)
        if other != letter and abs(r - row) <= 1 and abs(k + r / 2 - column - row / 2) <= 1
    )
    for row, line in enumerate(_ROWS)
    for column, letter in enumerate(line)
}
"""The keys beside each key, on a keyboard that begins with QWERTY."""

LOOKALIKES: Final = dict(
    zip(
        "aceopxyijsABCEHKMOPTXYI",
        "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0410\u0412\u0421\u0415\u041d"
        "\u041a\u041c\u041e\u0420\u0422\u0425\u0423\u0406",
        strict=True,
    )
)
"""Latin letters, and Cyrillic ones that look the same."""

WIDTHLESS: Final = ("\u200b", "\u200c", "\u2060", "\u00ad")
"""Characters that no reader sees: spaces without width, joiners, the soft hyphen."""

KINDS: Final = ("keys", "swap", "drop", "double")
"""Typing errors: a neighbouring key, two letters exchanged, one left out, one typed twice."""


def mistyped(word: str, kinds: Sequence[str] = KINDS) -> list[str]:
    """Words with one typing error, never in the first letter; none of fewer than four letters, or
    of what holds anything else than letters.
    """
    if len(word) < 4 or not word.isalpha():
        return []
    found = []
    for at in range(1, len(word)):
        before, letter, after = word[:at], word[at], word[at + 1 :]
        if "keys" in kinds:
            for key in KEYBOARD.get(letter.lower(), ""):
                found.append(before + (key.upper() if letter.isupper() else key) + after)
        if "swap" in kinds and after and after[0] != letter:
            found.append(before + after[0] + letter + after[1:])
        if "drop" in kinds:
            found.append(before + after)
        if "double" in kinds:
            found.append(before + letter + letter + after)
    return found


def recased(word: str) -> list[str]:
    """The word in capitals, in small letters, and with a capital first."""
    return [word.upper(), word.lower(), word.capitalize()]


def spaced(word: str) -> list[str]:
    """The word taken apart: by a space at each of the first ten places, letter by letter, by hyphens."""
    if len(word) < 4 or not word.isalpha():
        return []
    split = [f"{word[:at]} {word[at:]}" for at in range(1, len(word))]
    return [*split[:10], " ".join(word), "-".join(word)]


def resembling(word: str) -> list[str]:
    """The word with one of its first letters, or all, exchanged for others that look the same."""
    at = [i for i, letter in enumerate(word) if letter in LOOKALIKES]
    single = [word[:i] + LOOKALIKES[word[i]] + word[i + 1 :] for i in at[:4]]
    every = "".join(LOOKALIKES.get(letter, letter) for letter in word)
    return [*single, every] if at else []


def with_widthless(word: str) -> list[str]:
    """The word with a character in its middle that nobody sees."""
    middle = len(word) // 2
    if len(word) < 2:
        return []
    return [word[:middle] + sign + word[middle:] for sign in WIDTHLESS]


SPELLINGS: Final[Mapping[str, Callable[[str], Sequence[str]]]] = {
    "typos": mistyped,
    "case": recased,
    "spacing": spaced,
    "lookalikes": resembling,
    "invisible": with_widthless,
}
"""By name, what a word may become while it stays the same word."""
