"""How the outputs of an ONNX file are read as logits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import InputError
from preceptor.students.vocabulary import Vocabulary

AGREED: Final = 0.9
"""The least share of probes on which scores must name the class of the labels to be read so. A
tuned threshold or Platt's probabilities differ from the labels at a few inputs."""

Way = Literal["plain", "negated", "pairs", "negated pairs"]

_SAYS: Final[Mapping[Way, str]] = {
    "plain": "they are",
    "negated": "negative scores, the least being best",
    "pairs": "votes of pairs of classes",
    "negated pairs": "votes of pairs of classes, the least being best",
}


FLOATS: Final[Mapping[str, np.dtype[Any]]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(double)": np.dtype(np.float64),
    "tensor(float16)": np.dtype(np.float16),
}

Form = Literal["floats", "maps", "labels", "other"]


@dataclass(frozen=True)
class Output:
    """An output as the file states it.

    Attributes:
        name: in the file.
        type: in onnxruntime's words.
        shape: as stated; names or ``None`` where it is free.
        form: ``floats``; ``maps`` for scikit-learn's dictionaries of scores; ``labels`` for whole
            numbers and words; ``other`` for what is neither.
    """

    name: str
    type: str
    shape: tuple[Any, ...]
    form: Form


@dataclass(frozen=True)
class Reading:
    """Which outputs are read, and how.

    Attributes:
        scores: the output with a score for each class, if it is read.
        labels: the output whose label decides, if there is one.
        way: what its scores are.
        order: the column of each label, where columns stand in another order.
    """

    scores: Output | None
    labels: Output | None
    way: Way = "plain"
    order: tuple[int, ...] | None = None

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Those that have to be computed."""
        return tuple(one for one in (self.scores, self.labels) if one is not None)

    @property
    def plain(self) -> bool:
        """Whether the scores are read as they are."""
        return self.way == "plain"

    @property
    def says(self) -> str:
        """What the scores are, in words."""
        return _SAYS[self.way]

    def read(self, scores: np.ndarray, classes: int) -> np.ndarray:
        """``Float32[batch, ...]``, higher being likelier."""
        found = -scores if self.way.startswith("negated") else scores
        if self.way.endswith("pairs"):
            found = _votes(found, classes)
        wide = found.ndim == 2 and found.shape[1] > 1
        return found[:, self.order] if self.order is not None and wide else found


def readings(
    scores: Output,
    labels: Output,
    values: np.ndarray,
    classes: int,
    order: tuple[int, ...] | None,
) -> Iterator[Reading]:
    """The ways in which an output of this form can be read, the simplest first."""
    one = values.ndim == 1 or values.shape[1:] == (1,)
    if (one and classes == 2) or values.shape[1:] == (classes,):
        yield Reading(scores, labels, order=order)
        yield Reading(scores, labels, "negated", order)
    if classes > 2 and values.shape[1:] == (classes * (classes - 1) // 2,):
        yield Reading(scores, labels, "pairs", order)
        yield Reading(scores, labels, "negated pairs", order)


def agreement(
    way: Reading, tried: Mapping[str, np.ndarray], labels: np.ndarray, classes: int
) -> float:
    """The share of inputs on which scores, read so, name the class of the label."""
    assert way.scores is not None  # noqa: S101 - only ways of reading scores are compared
    values = way.read(tried[way.scores.name], classes)
    if values.ndim == 1 or values.shape[1] == 1:
        flat = values.reshape(-1)
        middle = 0.5 if way.plain and ((flat >= 0) & (flat <= 1)).all() else 0.0
        return float(((flat > middle) == (labels == 1)).mean())
    return float((values.argmax(1) == labels).mean())


def order_of(vocabulary: Vocabulary, labels: np.ndarray, classes: int) -> tuple[int, ...] | None:
    """The column of each label, if the file's own classes are words: exporters sort them."""
    places: Mapping[str, int] = vocabulary.labels
    if not places and labels.dtype.kind in "OUS":
        places = {name: label for label, name in enumerate(vocabulary.names)}
    if len(places) != classes:
        return None
    numbers = all(word.lstrip("-").isdigit() for word in places)
    own = sorted(places, key=int if numbers else str)
    return tuple(own.index(word) for word, _ in sorted(places.items(), key=lambda pair: pair[1]))


def _votes(scores: np.ndarray, classes: int) -> np.ndarray:
    """A score for each class from one for each pair, positive for the first of the two.

    As scikit-learn's one-versus-one strategy does it: votes, and the sums of the scores, squeezed
    to less than half a vote, where votes are equal (``sklearn.utils.multiclass``).
    """
    votes = np.zeros((len(scores), classes), np.float32)
    sums = np.zeros_like(votes)
    for column, (first, second) in enumerate(combinations(range(classes), 2)):
        score = scores[:, column]
        votes[np.arange(len(scores)), np.where(score > 0, first, second)] += 1
        sums[:, first] += score
        sums[:, second] -= score
    found: np.ndarray = votes + sums / (3 * (np.abs(sums) + 1))
    return found


def labels_of(
    values: np.ndarray, batch: int, classes: int, vocabulary: Vocabulary, who: str
) -> Int64[Tensor, " batch"]:
    """The labels of an output of whole numbers or words.

    Raises:
        InputError: not one for each input, or one that stands for no label.
    """
    if values.size != batch:
        raise InputError(
            f"student {who!r} returned labels of shape {values.shape} for {batch} inputs; expected "
            f"({batch},)"
        )
    own, place = np.unique(values.reshape(-1), return_inverse=True)
    seen: Sequence[object] = own.tolist()
    said = np.array(vocabulary.read(seen, who, classes), dtype=np.int64)
    return torch.from_numpy(said[place])
