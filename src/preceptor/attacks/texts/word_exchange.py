"""Words exchanged for others: for those that stand in the same places, and names and numbers."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.texts.text_edits import WordPlace, greedy, word_places
from preceptor.attacks.texts.text_search import Search, TextItem, search_texts
from preceptor.core import Goal, InputError, ItemRng, Student, TextDomain, Texts
from preceptor.core.checks import at_least, positive
from preceptor.transforms.texts.names_and_numbers import names_in, other_digits
from preceptor.transforms.texts.word_lists import cased_as, others_of, read_word_list
from preceptor.transforms.texts.word_neighbours import WordNeighbours


@dataclass(frozen=True, eq=False)
class WordExchange:
    """Words exchanged for others that stand in the same places of the user's own texts.

    Or for those of a list: a line for each group, ``good/fine/nice``.

    Attributes:
        pool: texts without labels, from which neighbours are learned.
        share: of the words that may be exchanged, at least one.
        neighbours: candidates for each word.
        likeness: the least cosine of a neighbour; see
            :mod:`preceptor.transforms.texts.word_neighbours`.
        words: a file of words that may be exchanged for each other, instead of neighbours.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: an option that makes no sense, or a list that cannot be read.
    """

    pool: Texts = field(repr=False)
    share: float = 0.2
    neighbours: int = 8
    likeness: float = 0.2
    words: str | None = None
    queries: int = 400

    goal: ClassVar[Goal] = "flip"
    family: ClassVar[str] = "words"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        positive("words", share=self.share)
        at_least(1, "words", neighbours=self.neighbours, queries=self.queries)
        if self.share > 1:
            raise InputError(f"words: share is a share of the words, at most 1; got {self.share}")
        if self.words is not None:
            read_word_list(self.words, "words")

    @property
    def name(self) -> str:
        """``words share=0.2``, and every option that is not the default."""
        return name_of(self, self.family, "share", leave_out=("pool",))

    @property
    def size(self) -> float:
        """``share``."""
        return self.share

    @cached_property
    def _listed(self) -> dict[str, list[str]] | None:
        return None if self.words is None else others_of(read_word_list(self.words, "words"))

    @cached_property
    def _learned(self) -> WordNeighbours:
        return WordNeighbours.learn(self.pool)

    @cached_property
    def _known(self) -> dict[str, list[str]]:
        return {}

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        def search(item: TextItem) -> Search:
            edits = max(1, int(self.share * len(word_places(item))))
            return greedy(item, self._others, edits=edits, queries=self.queries)

        return search_texts(student, inputs, search, domain=domain, rng=rng)

    def _others(self, place: WordPlace, _: np.random.Generator) -> list[str]:
        word = place.word.casefold()
        if self._listed is not None:
            found = self._listed.get(word, [])
        elif word in self._known:
            found = self._known[word]
        else:
            near = self._learned.of(word, self.neighbours, self.likeness)
            found = self._known[word] = [one for one, _ in near]
        return [cased_as(one, place.word) for one in found]


@dataclass(frozen=True, eq=False)
class Details:
    """Names and numbers exchanged for others: what should not matter, where the text is about else.

    Numbers get other digits, as many; a word with a capital that stands behind a word without one
    gets another such word of the pool.

    Attributes:
        pool: texts without labels, from which names are taken.
        edits: names and numbers exchanged at most.
        tries: candidates for each.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: a number below 1.
    """

    pool: Texts = field(repr=False)
    edits: int = 3
    tries: int = 8
    queries: int = 200

    goal: ClassVar[Goal] = "flip"
    family: ClassVar[str] = "details"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, "details", edits=self.edits, tries=self.tries, queries=self.queries)

    @property
    def name(self) -> str:
        """``details edits=3``, and every option that is not the default."""
        return name_of(self, self.family, "edits", leave_out=("pool",))

    @property
    def size(self) -> float:
        """``edits``."""
        return float(self.edits)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the pool, the most frequent first."""
        found: Counter[str] = Counter()
        for parts in self.pool.parts:
            for part in parts:
                found.update(names_in(part).values())
        return tuple(name for name, _ in found.most_common(500))

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        def search(item: TextItem) -> Search:
            named = {
                (number, start): name
                for number, part in enumerate(item.clean)
                for start, name in names_in(part).items()
            }

            def others(place: WordPlace, draws: np.random.Generator) -> list[str]:
                word = place.word
                if any(sign.isdigit() for sign in word):
                    return [other_digits(word, draws) for _ in range(self.tries)]
                if (place.part, place.start) not in named or not self.names:
                    return []
                some = draws.permutation(len(self.names))[: self.tries]
                return [self.names[i] for i in some.tolist()]

            return greedy(item, others, edits=self.edits, queries=self.queries)

        return search_texts(student, inputs, search, domain=domain, rng=rng)
