"""Changes of texts that may turn what they say: negation, opposites, degrees, words and sentences left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

import numpy as np

from preceptor.core import InputError
from preceptor.transforms.texts.text_transform import (
    FreeWord,
    PartChange,
    WordwiseChange,
    free_words,
    some_of,
)
from preceptor.transforms.texts.word_lists import (
    CONTRACTIONS,
    DEGREE_WORDS,
    NEGATABLE,
    NEGATIONS,
    OPPOSITES,
    cased_as,
    others_of,
)

SENTENCE: Final = re.compile(
    r".+?(?:[.!?\u3002\uff01\uff1f\u0964]+[\"')\u201d]*(?:\s+|$)|\n+|$)", re.S
)
"""A sentence with the space behind it."""


def negated(words: Sequence[FreeWord], number: int) -> str | None:
    """What stands in place of an English word where its sentence is negated there, or no longer is.

    ``None`` where neither can be. A word left out is the empty string.
    """
    plain = words[number].text.replace("\u2019", "'").casefold()
    if plain in CONTRACTIONS:
        return cased_as(CONTRACTIONS[plain], words[number].text)
    if plain in NEGATIONS:
        return ""
    after = words[number + 1].text.casefold() if number + 1 < len(words) else ""
    if plain in NEGATABLE and after not in NEGATIONS:
        return f"{words[number].text} not"
    return None


def without_words(part: str, gone: Sequence[FreeWord]) -> str:
    """A part of a text without some words, and without the space that each leaves behind."""
    for word in sorted(gone, key=lambda one: one.start, reverse=True):
        before, after = part[: word.start], part[word.end :]
        if after[:1].isspace() and (not before or before[-1].isspace()):
            after = after[1:]
        part = before + after
    return part


@dataclass(frozen=True)
class Negated(PartChange):
    """One negation put into an English text, or taken out."""

    kind: ClassVar[str] = "negation"

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        words = free_words(part, kept)
        ways = {i: new for i in range(len(words)) if (new := negated(words, i)) is not None}
        if not ways:
            return part
        number = [*ways][int(rng.integers(len(ways)))]
        word = words[number]
        if not ways[number]:
            return without_words(part, [word])
        return part[: word.start] + ways[number] + part[word.end :]


@dataclass(frozen=True)
class Opposed(WordwiseChange):
    """Words exchanged for their opposites.

    Attributes:
        groups: of opposites; some English ones unless given.
        share: of the words that have an opposite, at most.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    share: float = 1.0

    kind: ClassVar[str] = "opposites"

    @cached_property
    def _others(self) -> dict[str, list[str]]:
        return others_of(self.groups or OPPOSITES)

    def replace(
        self, part: str, words: Sequence[FreeWord], rng: np.random.Generator
    ) -> dict[int, str]:
        del part
        known = {i: self._others.get(word.text.casefold(), []) for i, word in enumerate(words)}
        chosen = some_of([i for i, others in known.items() if others], self.share, rng)
        return {
            i: cased_as(known[i][int(rng.integers(len(known[i])))], words[i].text) for i in chosen
        }


@dataclass(frozen=True)
class Degrees(PartChange):
    """English words of degree, such as *very* or *slightly*: one exchanged for another, or left out."""

    kind: ClassVar[str] = "degrees"

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        words = [word for word in free_words(part, kept) if word.text.casefold() in DEGREE_WORDS]
        if not words:
            return part
        word = words[int(rng.integers(len(words)))]
        others = [one for one in ("", *DEGREE_WORDS) if one != word.text.casefold()]
        new = others[int(rng.integers(len(others)))] if rng.random() < 0.5 else ""
        if not new:
            return without_words(part, [word])
        return part[: word.start] + cased_as(new, word.text) + part[word.end :]


@dataclass(frozen=True)
class WordsLeftOut(PartChange):
    """Some words left out, at least one staying.

    Attributes:
        share: of the words, at most.
        words: those that go, in small letters; any unless given.

    Raises:
        InputError: no share.
    """

    share: float = 0.3
    words: tuple[str, ...] = ()

    kind: ClassVar[str] = "drop"

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"drop: share is above 0 and at most 1; got {self.share}")

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        free = free_words(part, kept)
        places = [
            i for i, w in enumerate(free) if not self.words or w.text.casefold() in self.words
        ]
        gone = some_of(places, self.share, rng)
        if len(gone) == len(free):
            gone = gone[1:]
        return without_words(part, [free[i] for i in gone])


@dataclass(frozen=True)
class Shortened(PartChange):
    """Whole sentences left out, from the end or the beginning, at least one staying.

    In a text of one sentence, words from its end.
    """

    kind: ClassVar[str] = "shorter"

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        del kept  # what is protected and would go is seen by the domain
        pieces = SENTENCE.findall(part)
        if len(pieces) < 2:
            pieces = re.findall(r"\S+\s*", part)
        if len(pieces) < 2:
            return part
        stay = int(rng.integers(1, len(pieces)))
        first = int(rng.integers(2)) * (len(pieces) - stay)
        return "".join(pieces[first : first + stay]).rstrip()


@dataclass(frozen=True)
class Shuffled(PartChange):
    """Sentences in another order; words, in a text of one sentence."""

    kind: ClassVar[str] = "order"

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        del kept
        pieces = [piece.strip() for piece in SENTENCE.findall(part) if piece.strip()]
        if len(pieces) < 2:
            pieces = part.split()
        order = rng.permutation(len(pieces))
        return " ".join(pieces[i] for i in order.tolist())
