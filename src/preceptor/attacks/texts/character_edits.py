"""Characters changed as people mistype, or so that no reader notices: typos, case, spacing, looks."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import Field, dataclass
from typing import Any, ClassVar

import numpy as np

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.texts.text_edits import WordPlace, greedy
from preceptor.attacks.texts.text_search import search_texts
from preceptor.core import Goal, InputError, ItemRng, Student, TextDomain, Texts
from preceptor.core.checks import at_least
from preceptor.transforms.texts.letter_changes import (
    KINDS,
    mistyped,
    recased,
    resembling,
    spaced,
    with_widthless,
)


class CharacterEdits:
    """What attacks on the letters of words share: they differ in what a word may become.

    Each is a dataclass with ``edits`` and ``queries`` among its options.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    edits: int
    queries: int

    goal: ClassVar[Goal] = "flip"
    family: ClassVar[str]
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, self.family, edits=self.edits, queries=self.queries)

    @property
    def name(self) -> str:
        """Its family and ``edits``, and every option that is not the default."""
        return name_of(self, self.family, "edits")

    @property
    def size(self) -> float:
        """``edits``."""
        return float(self.edits)

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        return search_texts(
            student,
            inputs,
            lambda item: greedy(item, self.candidates, edits=self.edits, queries=self.queries),
            domain=domain,
            rng=rng,
        )

    @abstractmethod
    def candidates(self, place: WordPlace, rng: np.random.Generator, /) -> Sequence[str]:
        """What a word may become."""


@dataclass(frozen=True)
class Typos(CharacterEdits):
    """Typing errors inside words, one a word, never in its first letter.

    People read most of such words without effort: the teacher can be asked. Words of fewer than four
    letters and whatever holds a digit stay.

    Attributes:
        edits: words with an error at most.
        kinds: of errors, among ``keys``, ``swap``, ``drop`` and ``double``.
        tries: errors tried in each word at most, drawn at random.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: an option that makes no sense.
    """

    edits: int = 2
    kinds: tuple[str, ...] = KINDS
    tries: int = 12
    queries: int = 300

    family: ClassVar[str] = "typos"

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(1, "typos", tries=self.tries)
        unknown = set(self.kinds) - set(KINDS)
        if unknown or not self.kinds:
            raise InputError(
                f"typos: kinds must be among {'/'.join(KINDS)}; got {'/'.join(self.kinds)}"
            )

    def candidates(self, place: WordPlace, rng: np.random.Generator, /) -> list[str]:
        """Words with one error."""
        found = mistyped(place.word, self.kinds)
        chosen = rng.permutation(len(found))[: self.tries]
        return [found[i] for i in chosen.tolist()]


@dataclass(frozen=True)
class LetterCase(CharacterEdits):
    """Words in capitals, in small letters or with a capital first.

    Attributes:
        edits: words changed at most.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: a number below 1.
    """

    edits: int = 4
    queries: int = 200

    family: ClassVar[str] = "case"

    def candidates(self, place: WordPlace, _: np.random.Generator, /) -> list[str]:
        """What a word may become."""
        return recased(place.word)


@dataclass(frozen=True)
class Spacing(CharacterEdits):
    """Words taken apart by a space, letter by letter, or by hyphens.

    Attributes:
        edits: words changed at most.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: a number below 1.
    """

    edits: int = 2
    queries: int = 300

    family: ClassVar[str] = "spacing"

    def candidates(self, place: WordPlace, _: np.random.Generator, /) -> list[str]:
        """What a word may become."""
        return spaced(place.word)


@dataclass(frozen=True)
class Lookalikes(CharacterEdits):
    """Latin letters replaced by Cyrillic ones that look the same.

    Attributes:
        edits: words changed at most.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: a number below 1.
    """

    edits: int = 2
    queries: int = 200

    family: ClassVar[str] = "lookalikes"

    def candidates(self, place: WordPlace, _: np.random.Generator, /) -> list[str]:
        """What a word may become."""
        return resembling(place.word)


@dataclass(frozen=True)
class Invisible(CharacterEdits):
    """Characters without width inside words: a reader sees the same text.

    Attributes:
        edits: words changed at most.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: a number below 1.
    """

    edits: int = 2
    queries: int = 200

    family: ClassVar[str] = "invisible"

    def candidates(self, place: WordPlace, _: np.random.Generator, /) -> list[str]:
        """What a word may become."""
        return with_widthless(place.word)
