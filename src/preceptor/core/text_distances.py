"""How far apart two texts lie: the characters and the words that it takes to change."""

from collections.abc import Sequence
from typing import Any

from preceptor.core.errors import InputError
from preceptor.core.text_words import words_of


def text_distances(moved: Sequence[str], clean: Sequence[str]) -> tuple[float, float, float]:
    """Levenshtein's distance in characters and in words, and the words' share of the longer text.

    A word that changed its case or a letter is one word changed. Of inputs with several parts, the
    sums over the parts. The first is 0 exactly where nothing changed.

    Args:
        moved: the parts of the one.
        clean: of the other, as many.

    Raises:
        InputError: rapidfuzz is not installed.
    """
    if tuple(moved) == tuple(clean):
        return 0.0, 0.0, 0.0
    distance = _levenshtein()
    characters = words = longer = 0
    for one, other in zip(moved, clean, strict=True):
        first, second = words_of(one), words_of(other)
        characters += distance(one, other) if one != other else 0
        words += distance(first, second) if first != second else 0
        longer += max(len(first), len(second))
    return float(characters), float(words), words / longer if longer else 0.0


def _levenshtein() -> Any:
    try:
        from rapidfuzz.distance import Levenshtein  # see docs/decisions/0010
    except ImportError as error:
        raise InputError("distances between texts need rapidfuzz: pip install rapidfuzz") from error
    return Levenshtein.distance
