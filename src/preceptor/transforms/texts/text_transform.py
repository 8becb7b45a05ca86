"""What every change of texts is: what explanations try, searches move by and lessons declare."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar, Final, Protocol, runtime_checkable

import numpy as np

from preceptor.core import ItemRng, TextDomain, Texts
from preceptor.core.text_words import WORD

LONGEST_WORD: Final = 60
"""Characters of a word; what is longer is no word, and each of its letters could be mistyped."""


@runtime_checkable
class TextTransform(Protocol):
    """Changes texts at random, each by draws of its own.

    Attributes:
        kind: what it does, one word, such as ``names``.
        name: the kind with its options.
    """

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...

    def __call__(self, inputs: Texts, *, domain: TextDomain, rng: ItemRng) -> Texts:
        """Changed texts, valid in the domain; a text in which there is nothing to change stays.

        Args:
            inputs: valid texts.
            domain: what of them may change.
            rng: one stream for each text.
        """
        ...


@dataclass(frozen=True)
class FreeWord:
    """A word that may change.

    Attributes:
        start: its first character in its part of the text.
        end: behind its last.
        text: itself.
        first: whether it is the first word of its part.
    """

    start: int
    end: int
    text: str
    first: bool


class PartChange(ABC):
    """A change of each part of a text by itself: a dataclass that says its kind and what it does."""

    kind: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def name(self) -> str:
        """The kind, and every option that is not the default."""
        parts = [self.kind]
        for option in fields(self):
            value = getattr(self, option.name)
            if value != option.default:
                words = f"{len(value)} given" if isinstance(value, tuple) else f"{value:g}"
                parts.append(f"{option.name}={words}")
        return " ".join(parts)

    def __call__(self, inputs: Texts, *, domain: TextDomain, rng: ItemRng) -> Texts:
        moved = []
        for parts, draws in zip(inputs.parts, rng.generators, strict=True):
            new = list(parts)
            for place in domain.changeable:
                new[place] = self.rewrite(parts[place], domain.spans(parts[place]), draws)
            moved.append(tuple(new))
        return domain.project(inputs.with_parts(moved), inputs)

    @abstractmethod
    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        """A part of a text, changed.

        Args:
            part: as it was.
            kept: where nothing may change: first character and end.
            rng: the text's own draws.
        """


class WordwiseChange(PartChange):
    """A change of single words."""

    def rewrite(self, part: str, kept: Sequence[tuple[int, int]], rng: np.random.Generator) -> str:
        words = free_words(part, kept)
        new = self.replace(part, words, rng)
        for number in sorted(new, reverse=True):
            word = words[number]
            part = part[: word.start] + new[number] + part[word.end :]
        return part

    @abstractmethod
    def replace(
        self, part: str, words: Sequence[FreeWord], rng: np.random.Generator
    ) -> dict[int, str]:
        """What stands in place of some words, by their number."""


def free_words(part: str, kept: Sequence[tuple[int, int]] = ()) -> list[FreeWord]:
    """The words of a part of a text that may change, in order."""
    found = []
    for number, match in enumerate(WORD.finditer(part)):
        start, end = match.span()
        if end - start > LONGEST_WORD or any(a < end and start < b for a, b in kept):
            continue
        found.append(FreeWord(start, end, match.group(), number == 0))
    return found


def some_of(numbers: Sequence[int], share: float, rng: np.random.Generator) -> list[int]:
    """A random part of some numbers: from one to such a share, drawn too; none of none."""
    if not numbers:
        return []
    most = max(1, round(share * len(numbers)))
    many = int(rng.integers(1, most + 1))
    chosen = rng.permutation(len(numbers))[:many]
    return sorted(numbers[i] for i in chosen.tolist())
