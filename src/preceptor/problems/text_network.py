"""A small network trained to read the texts of a problem as hashed words and pairs of words."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final
from zlib import crc32

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.core import Texts
from preceptor.students import TokenizedStudent
from preceptor.students.hashed_texts import BUCKETS, HashedNet

_WORD: Final = re.compile(r"[\w']+|[^\w\s]")


@lru_cache(maxsize=10_000)
def _pieces(joined: str) -> list[int]:
    words = _WORD.findall(joined.lower())
    pieces = [*words, *(f"{a} {b}" for a, b in pairwise(words))]
    return [1 + crc32(piece.encode()) % (BUCKETS - 1) for piece in pieces]


def hashed_words(texts: Sequence[Any]) -> Tensor:
    """The buckets of each text's words and pairs of neighbours, ``Int64[texts, longest]``, 0 behind."""
    rows = []
    for text in texts:
        joined = text if isinstance(text, str) else " \u241e ".join(text)
        rows.append(_pieces(joined))
    found = torch.zeros((len(rows), max([1, *map(len, rows)])), dtype=torch.int64)
    for place, row in enumerate(rows):
        found[place, : len(row)] = torch.tensor(row, dtype=torch.int64)
    return found


def hashed_student(
    texts: Texts,
    labels: Tensor,
    *,
    classes: int,
    name: str = "hashed words",
    epochs: int = 8,
    seed: int = 0,
    watch: Callable[[int, float], None] | None = None,
) -> TokenizedStudent:
    """Train a :class:`HashedNet` from scratch.

    Args:
        texts: to learn from.
        labels: ``Int64[texts]``, none of them -1.
        classes: the number of labels.
        name: of the student.
        epochs: passes over the texts, 32 at a time, with Adam at 0.01.
        seed: of weights and order.
        watch: called after each epoch with its number and mean loss.
    """
    torch.manual_seed(seed)
    network, rng = HashedNet(classes), np.random.default_rng(seed)
    pieces = hashed_words(texts.rows)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.split(torch.from_numpy(rng.permutation(len(texts))), 32):
            loss = nn.functional.cross_entropy(network(pieces[rows]), labels[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        if watch is not None:
            watch(epoch + 1, total / len(texts))
    return TokenizedStudent(network.eval(), hashed_words, classes=classes, name=name)
