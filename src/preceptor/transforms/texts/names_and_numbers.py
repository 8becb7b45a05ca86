"""Names and numbers in texts, and others in their place."""

from typing import Final

import numpy as np

from preceptor.core.text_words import WORD

NAMES: Final = (
    "Alden", "Amara", "Bryce", "Carmen", "Chen", "Dorset", "Ellery", "Fatima", "Fenton", "Garrick",
    "Hollis", "Ingrid", "Jelena", "Kofi", "Lindqvist", "Marlow", "Nadia", "Okafor", "Priya", "Quentin",
    "Rosario", "Sato", "Tamsin", "Umar", "Verity", "Wilder", "Yusuf", "Zoltan",
)  # fmt: skip
"""Names that stand in place of others, where none are given."""


def names_in(part: str) -> dict[int, str]:
    """Words with a capital and small letters behind a word that ends in a small letter, by their place."""
    found = {}
    for match in WORD.finditer(part):
        word = match.group()
        before = part[: match.start()].rstrip(" ")
        within = bool(before) and (before[-1].islower() or before[-1] == ",")
        if within and word[:1].isupper() and word[1:].islower():
            found[match.start()] = word
    return found


def other_digits(word: str, rng: np.random.Generator) -> str:
    """The same with other digits, as many."""
    digits = iter(rng.integers(1, 10, len(word)).tolist())
    return "".join(str(next(digits)) if sign.isdigit() else sign for sign in word)
