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
    distance = _rapidfuzz().Levenshtein.distance
    characters = words = longer = 0
    for one, other in zip(moved, clean, strict=True):
        first, second = words_of(one), words_of(other)
        characters += distance(one, other) if one != other else 0
        words += distance(first, second) if first != second else 0
        longer += max(len(first), len(second))
    return float(characters), float(words), words / longer if longer else 0.0


def _rapidfuzz() -> Any:
    try:
        from rapidfuzz import distance  # see docs/decisions/0010
    except ImportError as error:
        raise InputError("distances between texts need rapidfuzz: pip install rapidfuzz") from error
    return distance


def word_edits(
    first: Sequence[str], second: Sequence[str]
) -> list[tuple[bool, int, int, int, int]]:
    """Stretches of two sequences in order: whether they are the same, and where each lies in both.

    Raises:
        InputError: rapidfuzz is not installed.
    """
    edits = _rapidfuzz().Levenshtein.opcodes(first, second)
    found: list[tuple[bool, int, int, int, int]] = []
    for one in edits:
        same = one.tag == "equal"
        if found and not same and not found[-1][0]:  # changes side by side are one
            found[-1] = (False, found[-1][1], one.src_end, found[-1][3], one.dest_end)
        else:
            found.append((same, one.src_start, one.src_end, one.dest_start, one.dest_end))
    return found
