"""Texts with what people said of them, and two students that learn from texts, for people_teach.py.

A student here takes whatever a way of teaching gives it: texts with labels and weights. Text ``i`` of the
store :class:`Store` is read once; a student sees rows of it.
"""

import csv
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

CERTAIN = 2 / 3
"""The share of raters on one side from which people are certain."""

NEGATIVE, POSITIVE, UNSURE = 0, 1, -1
WORD = re.compile(r"(?u)\b\w[\w']*\b")


@dataclass(frozen=True)
class Rated:
    """Texts of one kind, each with every rater's answer.

    Attributes:
        texts: as people read them.
        ratings: of each text, from -4 to 4.
    """

    texts: tuple[str, ...]
    ratings: tuple[tuple[int, ...], ...]

    @cached_property
    def labels(self) -> np.ndarray:
        """``Int64[texts]``: the side on which two thirds of the raters are, else ``UNSURE``."""
        return np.array([_side(ratings) for ratings in self.ratings])

    def certain(self) -> "Rated":
        """Those of which people are certain."""
        return self.take(np.flatnonzero(self.labels != UNSURE))

    def take(self, rows: np.ndarray) -> "Rated":
        """Some of the texts."""
        return Rated(
            tuple(self.texts[row] for row in rows), tuple(self.ratings[row] for row in rows)
        )


def _side(ratings: Sequence[int]) -> int:
    for label, many in (
        (POSITIVE, sum(r > 0 for r in ratings)),
        (NEGATIVE, sum(r < 0 for r in ratings)),
    ):
        if many >= CERTAIN * len(ratings):
            return label
    return UNSURE


@dataclass(frozen=True)
class Revised:
    """Reviews, each with its revision by a person that turns its sentiment around."""

    originals: tuple[str, ...]
    labels: np.ndarray
    revisions: tuple[str, ...]


def read_snippets(folder: Path, name: str) -> Rated:
    """One file of ``snippets/``."""
    with (folder / "snippets" / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return Rated(
        tuple(row["text"] for row in rows),
        tuple(tuple(int(r) for r in row["ratings"].split()) for row in rows),
    )


def read_reviews(folder: Path, name: str) -> Revised:
    """One file of ``reviews/``."""
    with (folder / "reviews" / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    plain = [
        (row["original"].replace("<br />", " "), row["revised"].replace("<br />", " "))
        for row in rows
    ]
    labels = np.array([int(row["original_label"] == "positive") for row in rows])
    return Revised(tuple(a for a, _ in plain), labels, tuple(b for _, b in plain))


def words(text: str) -> list[str]:
    """The words of a text, as students see them."""
    return WORD.findall(text.lower())


@dataclass(eq=False)
class Store:
    """All texts that students are taught or tested on, each read once.

    Attributes:
        texts: in the order in which they were added.
    """

    texts: list[str] = field(default_factory=list)
    _rows: dict[str, int] = field(default_factory=dict)

    def add(self, texts: Sequence[str]) -> np.ndarray:
        """The texts' rows ``Int64[texts]``; the same text has one row."""
        for text in texts:
            if text not in self._rows:
                self._rows[text] = len(self.texts)
                self.texts.append(text)
        return np.array([self._rows[text] for text in texts], dtype=np.int64)

    @cached_property
    def counts(self) -> sparse.csr_matrix:
        """``Float64[texts, words and pairs of words]``: sublinear counts. Add nothing after this."""
        vectorizer = CountVectorizer(
            ngram_range=(1, 2), token_pattern=WORD.pattern, dtype=np.float64
        )
        counts = vectorizer.fit_transform(self.texts).tocsr()
        counts.data = 1 + np.log(counts.data)
        return counts

    @cached_property
    def hashed(self) -> list[np.ndarray]:
        """Of each text the buckets of its words, pairs of words and runs of four letters."""
        return [_buckets(words(text)) for text in self.texts]


BUCKETS = 1 << 15


def _buckets(found: Sequence[str]) -> np.ndarray:
    marked = [f"<{word}>" for word in found]
    pieces = [*marked, *(a + b for a, b in itertools.pairwise(marked))]
    pieces += [word[at : at + 4] for word in marked if len(word) > 5 for at in range(len(word) - 3)]
    return np.array(
        [1 + crc32(piece.encode()) % (BUCKETS - 1) for piece in pieces] or [0], dtype=np.int64
    )


@dataclass(eq=False)
class Linear:
    """Logistic regression on tf-idf of words and pairs of words.

    Attributes:
        strength: the inverse of the penalty.
    """

    strength: float = 10.0

    def fit(self, store: Store, rows: np.ndarray, labels: np.ndarray, seed: int) -> "Linear":
        """Learn from rows of the store; words that are not in them count for nothing."""
        chosen = store.counts[rows]
        self._columns = np.unique(chosen.indices)
        self._store, self._weights = store, TfidfTransformer()
        features = self._weights.fit_transform(chosen[:, self._columns])
        self._model = LogisticRegression(C=self.strength, max_iter=300, random_state=seed)
        self._model.fit(features, labels)
        return self

    def features(self, rows: np.ndarray) -> sparse.csr_matrix:
        """What the student makes of texts, ``Float64[rows, columns]``."""
        return self._weights.transform(self._store.counts[rows][:, self._columns])

    def odds(self, rows: np.ndarray) -> np.ndarray:
        """``Float64[rows]``: log-odds that a text is positive."""
        return np.asarray(self._model.decision_function(self.features(rows)))


class Bag(nn.Module):
    """The mean of embedded pieces, then one hidden layer."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.EmbeddingBag(BUCKETS, width, mode="mean", sparse=True)
        self.read = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
        )

    def forward(self, pieces: Tensor, starts: Tensor) -> Tensor:
        out: Tensor = self.read(self.embed(pieces, starts))
        return out[:, 0]


@dataclass(eq=False)
class Network:
    """A small network on hashed words, pairs of words and runs of letters.

    Attributes:
        steps: of Adam, whatever the number of texts.
    """

    steps: int = 400

    def fit(self, store: Store, rows: np.ndarray, labels: np.ndarray, seed: int) -> "Network":
        """Learn from rows of the store, 32 at a time."""
        torch.manual_seed(seed)
        rng = np.random.default_rng(seed)
        self._store, self._bag = store, Bag()
        rates: list[torch.optim.Optimizer] = [
            torch.optim.SparseAdam(self._bag.embed.parameters(), lr=0.01),
            torch.optim.Adam(self._bag.read.parameters(), lr=0.01),
        ]
        targets = torch.from_numpy(labels).float()
        for _ in range(self.steps):
            some = rng.integers(len(rows), size=min(32, len(rows)))
            loss = nn.functional.binary_cross_entropy_with_logits(
                self._bag(*self._bags(rows[some])), targets[some]
            )
            self._bag.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            for rate in rates:
                rate.step()
        self._bag.eval()
        return self

    def _bags(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        parts = [self._store.hashed[row] for row in rows]
        starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]])
        return torch.from_numpy(np.concatenate(parts)), torch.from_numpy(starts.astype(np.int64))

    def features(self, rows: np.ndarray) -> sparse.csr_matrix:
        """What the student makes of texts, ``Float64[rows, width]``."""
        with torch.no_grad():
            return sparse.csr_matrix(self._bag.embed(*self._bags(rows)).double().numpy())

    def odds(self, rows: np.ndarray) -> np.ndarray:
        """``Float64[rows]``: log-odds that a text is positive."""
        with torch.no_grad():
            return np.concatenate(
                [
                    self._bag(*self._bags(rows[at : at + 512])).double().numpy()
                    for at in range(0, len(rows), 512)
                ]
            )


Student = Linear | Network
