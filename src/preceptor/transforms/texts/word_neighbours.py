"""Words that stand where another one stands: learned from the user's own texts.

A word is described by the frequent words one and two places before and behind it, weighted by
positive pointwise mutual information (Church & Hanks 1990; Bullinaria & Levy 2007), and words are
compared by the cosine. WordNeighbours found so fit the sentence; they may well mean the opposite (*good*,
*bad*), which is why the teacher is asked.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from preceptor.core import Texts
from preceptor.core.text_words import WORD

CONTEXTS: Final = 1000
"""The most frequent words that describe others."""

MOST_KNOWN: Final = 20_000
"""Words that are described at most, the most frequent ones."""

LEAST_SEEN: Final = 3
"""A word that was seen less often is not described."""

_OFFSETS: Final = (-2, -1, 1, 2)


@dataclass(frozen=True, eq=False)
class WordNeighbours:
    """Words by their neighbours.

    Attributes:
        place: of each word that is known, in small letters.
        words: by place.
        vectors: ``Float[words, features]``, rows of length 1.
    """

    place: dict[str, int]
    words: tuple[str, ...]
    vectors: sparse.csr_matrix

    @classmethod
    def learn(cls, texts: Texts) -> "WordNeighbours":
        """Learn from texts."""
        lines = [
            [word.casefold() for word in WORD.findall(part)]
            for parts in texts.parts
            for part in parts
        ]
        times = Counter(word for line in lines for word in line)
        words = [w for w, count in times.most_common(MOST_KNOWN) if count >= LEAST_SEEN]
        place = {word: i for i, word in enumerate(words)}
        many = min(CONTEXTS, len(words))
        rows, columns = [], []
        for line in lines:
            numbers = [place.get(word, -1) for word in line]
            for at, number in enumerate(numbers):
                for k, offset in enumerate(_OFFSETS):
                    other = numbers[at + offset] if 0 <= at + offset < len(numbers) else -1
                    if number >= 0 and 0 <= other < many:
                        rows.append(number)
                        columns.append(k * many + other)
        shape = (len(words), max(1, many * len(_OFFSETS)))
        counts = sparse.csr_matrix(
            (np.ones(len(rows)), (np.array(rows, int), np.array(columns, int))), shape=shape
        )
        return cls(place, tuple(words), _weighted(counts))

    def of(self, word: str, many: int, least: float) -> list[tuple[str, float]]:
        """The nearest words and their cosines, at least ``least``; none for an unknown word."""
        number = self.place.get(word.casefold())
        if number is None:
            return []
        cosines = np.asarray((self.vectors @ self.vectors[number].T).todense()).ravel()
        cosines[number] = -1.0
        nearest = np.argsort(-cosines, kind="stable")[:many]
        return [(self.words[i], float(cosines[i])) for i in nearest.tolist() if cosines[i] >= least]


def _weighted(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information, rows of length 1."""
    counts.sum_duplicates()
    table = counts.tocoo()
    total = max(1.0, float(counts.sum()))
    of_row = np.asarray(counts.sum(1)).ravel()
    of_column = np.asarray(counts.sum(0)).ravel()
    expected = of_row[table.row] * of_column[table.col] / total
    values = np.maximum(np.log(table.data / np.maximum(expected, 1e-12)), 0.0)
    weighted = sparse.csr_matrix((values, (table.row, table.col)), shape=counts.shape)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
    found: sparse.csr_matrix = sparse.diags(1 / np.maximum(lengths, 1e-12)) @ weighted
    return found.tocsr()
