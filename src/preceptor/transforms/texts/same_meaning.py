"""Changes of texts that people mostly read through: names, numbers, spelling, case, punctuation, filler."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

import numpy as np

from preceptor.core import InputError
from preceptor.transforms.texts.letter_changes import SPELLINGS
from preceptor.transforms.texts.names_and_numbers import NAMES, names_in, other_digits
from preceptor.transforms.texts.text_transform import (
    FreeWord,
    PartChange,
    WordwiseChange,
    some_of,
)
from preceptor.transforms.texts.word_lists import FILLERS, cased_as, others_of


@dataclass(frozen=True)
class OtherNames(WordwiseChange):
    """Every name becomes another one, the same name the same one all through a part.

    A name is a word with a capital behind a word without one, so a name that begins a sentence stays.

    Attributes:
        names: those put in; some that come with preceptor unless given.
    """

    names: tuple[str, ...] = ()

    kind: ClassVar[str] = "names"

    def replace(
        self, part: str, words: Sequence[FreeWord], rng: np.random.Generator
    ) -> dict[int, str]:
        known, there = self.names or NAMES, names_in(part)
        new: dict[str, str] = {}
        found = {}
        for number, word in enumerate(words):
            if word.start in there:
                if word.text not in new:
                    new[word.text] = known[int(rng.integers(len(known)))]
                found[number] = new[word.text]
        return found


@dataclass(frozen=True)
class OtherNumbers(WordwiseChange):
    """Every word with digits gets others, as many."""

    kind: ClassVar[str] = "numbers"

    def replace(
        self, part: str, words: Sequence[FreeWord], rng: np.random.Generator
    ) -> dict[int, str]:
        return {
            number: other_digits(word.text, rng)
            for number, word in enumerate(words)
            if any(sign.isdigit() for sign in word.text)
        }


class _Spelling(WordwiseChange):
    """The same word written otherwise, in some of the words."""

    share: float

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"{self.kind}: share is above 0 and at most 1; got {self.share}")

    def replace(
        self, part: str, words: Sequence[FreeWord], rng: np.random.Generator
    ) -> dict[int, str]:
        del part
        written: Callable[[str], Sequence[str]] = SPELLINGS[self.kind]
        ways = {
            number: [one for one in written(word.text) if one != word.text]
            for number, word in enumerate(words)
        }
        chosen = some_of([number for number, way in ways.items() if way], self.share, rng)
        return {number: ways[number][int(rng.integers(len(ways[number])))] for number in chosen}


@dataclass(frozen=True)
class Mistyped(_Spelling):
    """A typing error in some words of four letters or more, never in the first letter.

    Attributes:
        share: of these words, at most.

    Raises:
        InputError: no share.
    """

    share: float = 0.2

    kind: ClassVar[str] = "typos"


@dataclass(frozen=True)
class Recased(_Spelling):
    """Some words in capitals, in small letters or with a capital first.

    Attributes:
        share: of the words, at most.

    Raises:
        InputError: no share.
    """

    share: float = 0.5

    kind: ClassVar[str] = "case"


@dataclass(frozen=True)
class Respaced(_Spelling):
    """Some words of four letters or more taken apart by spaces or hyphens.

    Attributes:
        share: of these words, at most.

    Raises:
        InputError: no share.
    """

    share: float = 0.2

    kind: ClassVar[str] = "spacing"


@dataclass(frozen=True)
class Resembling(_Spelling):
    """Latin letters of some words exchanged for Cyrillic ones that look the same.

    Attributes:
        share: of the words, at most.

    Raises:
        InputError: no share.
    """

    share: float = 0.2

    kind: ClassVar[str] = "lookalikes"


@dataclass(frozen=True)
class Unseen(_Spelling):
    """Characters without width inside some words: a reader sees the same text.

    Attributes:
        share: of the words, at most.

    Raises:
        InputError: no share.
    """

    share: float = 0.2

    kind: ClassVar[str] = "invisible"


_MARKS: Final = re.compile(r"[.!;:,]+(?=\s|$)")


@dataclass(frozen=True)
class Repunctuated(PartChange):
    """Points, commas, colons and exclamation marks at the ends of words exchanged or left out.

    Question marks and whatever stands inside a word or a number stay.
    """

    kind: ClassVar[str] = "punctuation"

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        places = [
            found.span()
            for found in _MARKS.finditer(part)
            if not any(a < found.end() and found.start() < b for a, b in kept)
        ]
        for number in reversed(some_of(range(len(places)), 1.0, rng)):
            start, end = places[number]
            ways = [one for one in ("", ".", "!", ",", "...") if one != part[start:end]]
            part = part[:start] + ways[int(rng.integers(len(ways)))] + part[end:]
        return part


@dataclass(frozen=True)
class WordsAlike(WordwiseChange):
    """Words exchanged within groups that whoever declares it takes to mean the same.

    Attributes:
        groups: of words that may stand for one another, such as ``(("film", "movie"),)``.
        share: of the words that have others, at most.

    Raises:
        InputError: no group, or one of fewer than two words.
    """

    groups: tuple[tuple[str, ...], ...]
    share: float = 0.5

    kind: ClassVar[str] = "words"

    def __post_init__(self) -> None:
        if not self.groups or any(len(group) < 2 for group in self.groups):
            raise InputError(
                "words: give groups of two words or more that mean the same, such as "
                "(('film', 'movie'),)"
            )

    @cached_property
    def _others(self) -> dict[str, list[str]]:
        return others_of(self.groups)

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
class Padded(PartChange):
    """A sentence that says nothing, before the text or behind it.

    Attributes:
        sentences: of which one is put in; some English ones unless given.
    """

    sentences: tuple[str, ...] = ()

    kind: ClassVar[str] = "filler"

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        known = self.sentences or FILLERS
        sentence = known[int(rng.integers(len(known)))]
        if rng.random() < 0.5 and not (kept and kept[0][0] == 0):
            return f"{sentence} {part}".rstrip()
        return f"{part} {sentence}".lstrip() if not part else f"{part} {sentence}"
