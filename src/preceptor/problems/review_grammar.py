"""A small language of film reviews, read by a grammar: what a sentence says for or against the film.

Sentences have negation, contrast, degrees and irony, and others say nothing (who plays, where it was
seen). Whatever the grammar cannot read has no truth here: :func:`worth` says ``None``.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from preceptor.problems.review_words import (
    AFTER_BUT,
    ASPECTS,
    BLAME,
    DAYS,
    DEGREES,
    DISLIKE,
    IRONY,
    LIKE,
    NEGATIONS,
    PEOPLE,
    PLACES,
    PLAIN,
    PRAISE,
    REVERSED,
    TRADES,
    VERDICT,
)  # fmt: skip

_ADJECTIVES: Final = {**PRAISE, **{word: -value for word, value in BLAME.items()}}
_VERBS: Final = {**LIKE, **{word: -value for word, value in DISLIKE.items()}}
_OTHERS: Final = (
    "the", "is", "was", "i", "we", "did", "would", "recommend", "it", "avoid", "watch", "but", "and",
    "although", "what", "a", "way", "to", "waste", "an", "evening", "as", "watching", "paint", "dry",
    "saw", "in", "on", "plays", "overall",
)  # fmt: skip
_WORDS: Final = frozenset(
    word
    for words in (ASPECTS, _ADJECTIVES, _VERBS, PLAIN, DEGREES, PEOPLE, PLACES, DAYS, TRADES)
    for word in (*words, *NEGATIONS, *_OTHERS)
)
_COMMON: Final = frozenset(
    [
        "the",
        "is",
        "was",
        "i",
        "we",
        "it",
        "and",
        "a",
        "an",
        "to",
        "as",
        "in",
        "on",
        "did",
        "would",
        "way",
        "what",
        "saw",
        "but",
    ]
) | frozenset(DAYS)
"""Words that any sentence may hold, whatever it is about."""
_SHORTENED: Final = {"isn't": "is not", "wasn't": "was not", "didn't": "did not"}
_LATIN: Final = str.maketrans(
    "\u0430\u0432\u0441\u0435\u043d\u043a\u043c\u043e\u0440\u0442\u0445\u0443\u0456\u0458\u0455",
    "abcehkmoptxyijs",
)
"""Cyrillic letters that look like Latin ones: a reader sees the same word."""

_SPELT: Final = 5
"""Letters that a word must have to be read although one of them is wrong: shorter words lie so close to
one another that a reader could not tell which was meant.
"""


class UnreadableError(Exception):
    """The grammar does not hold this text."""


def worth(text: str) -> float | None:
    """What a review says: above 0 for the film, below 0 against it.

    Read through: capitals, spacing, letters that look alike, characters that nobody sees, and one wrong
    letter in a word of five letters or more where one word of the language alone lies so near. A sentence
    with none of the language's words for films and opinions says nothing.

    Returns:
        The sum over its sentences, or ``None`` for what is no text of this language.
    """
    try:
        sentences = [part.split() for part in _sentences(text)]
        if not sentences:
            return None
        values = [_read(words) for words in sentences if _about_film(words)]
        return sum(values) if values else None
    except UnreadableError:
        return None


def _sentences(text: str) -> Iterator[str]:
    seen = "".join(
        c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf"
    )
    plain = seen.lower().translate(_LATIN).replace("\u2019", "'")
    for short, long in _SHORTENED.items():
        plain = plain.replace(short, long)
    for part in re.split(r"[.!]", plain):
        if part.strip():
            yield part.replace(",", " , ")


def _read(words: list[str]) -> float:
    return _Reader([_meant(word) for word in words]).sentence()


def _about_film(words: list[str]) -> bool:
    """Whether a sentence has a word that the language reads: spelt right, or one mistake away."""
    return any(word in _WORDS - _COMMON or _near(word) for word in words)


@lru_cache(maxsize=4096)
def _near(word: str) -> tuple[str, ...]:
    """Words of the language that are one mistake away."""
    if not word.isalpha():
        return ()
    return tuple(known for known in _WORDS if len(known) >= _SPELT and one_mistake(word, known))


@lru_cache(maxsize=4096)
def _meant(word: str) -> str:
    """The word itself, or the one word of the language that is a single mistake away."""
    if word in _WORDS or word == ",":
        return word
    near = _near(word)
    if len(near) != 1:
        raise UnreadableError(word)
    return near[0]


def one_mistake(word: str, known: str) -> bool:
    """Whether one letter was changed, left out or added, or two neighbours were exchanged."""
    if abs(len(word) - len(known)) > 1 or word == known:
        return False
    start = 0
    while start < min(len(word), len(known)) and word[start] == known[start]:
        start += 1
    rest, other = word[start:], known[start:]
    exchanged = len(rest) >= 2 and rest[1] + rest[0] + rest[2:] == other
    return exchanged or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


class _Reader:
    """Reads one sentence from its words, left to right."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0

    def sentence(self) -> float:
        for read in (self._nothing, self._irony, self._verdict, self._contrast):
            self.at = 0
            try:
                value = read()
            except UnreadableError:
                continue
            if self.at == len(self.words):
                return value
        raise UnreadableError(" ".join(self.words))

    def _nothing(self) -> float:
        if self._next() in PEOPLE:
            self._words("plays", "a")
            self._one_of(TRADES)
            return 0.0
        self.at = 0
        self._one_of(("i", "we"))
        self._words("saw", "it", "in")
        self._one_of(PLACES)
        self._words("on")
        self._one_of(DAYS)
        return 0.0

    def _irony(self) -> float:
        if self._next() == "what":
            self._words("a")
            self._one_of(PRAISE)
            self._words("way", "to", "waste", "an", "evening")
            return -IRONY
        self.at = 0
        self._subject()
        self._words("as")
        self._one_of(PRAISE)
        self._words("as", "watching", "paint", "dry")
        return -IRONY

    def _verdict(self) -> float:
        first = self._next()
        if first == "avoid":
            self._words("it")
            return -VERDICT
        if first == "watch":
            self._words("it")
            return VERDICT
        if first not in ("i", "we"):
            raise UnreadableError(first)
        self._words("would")
        against = self._skip("not") or self._skip("never")
        self._words("recommend", "it")
        return -VERDICT if against else VERDICT

    def _contrast(self) -> float:
        if self._skip("although"):
            first = self._clause()
            self._words(",")
            return first + AFTER_BUT * self._clause()
        self._skip("overall")
        self._skip(",")
        first = self._clause()
        if self.at == len(self.words):
            return first
        self._skip(",")
        if self._skip("but"):
            return first + AFTER_BUT * self._clause()
        self._words("and")
        return first + self._clause()

    def _clause(self) -> float:
        here = self.at
        if self._next() in ("i", "we"):
            if self._skip("did"):
                self._words("not")
                value = _VERBS[PLAIN[self._one_of(PLAIN)]]
                self._words("the")
                self._one_of(ASPECTS)
                return _reversed(value)
            value = _VERBS[self._one_of(_VERBS)]
            self._words("the")
            self._one_of(ASPECTS)
            return value
        self.at = here
        self._subject()
        against = any(self._skip(word) for word in NEGATIONS)
        degree = DEGREES[self._next()] if self._peek() in DEGREES else 1.0
        value = _ADJECTIVES[self._one_of(_ADJECTIVES)]
        return _reversed(value) if against else degree * value

    def _subject(self) -> None:
        self._words("the")
        self._one_of(ASPECTS)
        self._one_of(("is", "was"))

    def _peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def _next(self) -> str:
        word = self._peek()
        self.at += 1
        return word

    def _skip(self, word: str) -> bool:
        found = self._peek() == word
        self.at += found
        return found

    def _words(self, *words: str) -> None:
        for word in words:
            if self._next() != word:
                raise UnreadableError(word)

    def _one_of(self, words: Collection[str]) -> str:
        word = self._next()
        if word not in words:
            raise UnreadableError(word)
        return word


def _reversed(value: float) -> float:
    return -REVERSED if value > 0 else REVERSED
