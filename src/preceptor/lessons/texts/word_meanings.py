"""Words with the side on which people put them: a lexicon."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, AnyTrainable, InputError, Texts, nonsense
from preceptor.core.checks import at_least, positive
from preceptor.lessons.losses import draw, nothing, right
from preceptor.lessons.price import Price, word_bits
from preceptor.lessons.weighted import WeightedExamples


@dataclass(frozen=True, eq=False)
class WordMeanings:
    """What single words speak for, such as *superb* for a good review.

    Each word is a text of its own for the student: the loss is the mean cross-entropy there. With
    ``bag`` above 1 up to so many words of one label stand side by side, so that a student that reads
    pairs or averages meets them together too.

    Price: one answer for each rater of each word; in bits what was said of each word once,
    log2(levels + 1), and log2(20,000) to say which word where the teacher chose them.

    Attributes:
        words: as they are written; with fields, inputs whose parts are words or empty.
        labels: ``Int64[words]``; ``UNCERTAIN`` where people are, and those teach nothing.
        classes: labels are ``0 .. classes - 1``.
        raters: people who answered for each word.
        levels: answers that they chose among; the classes unless given.
        chosen: whether the teacher chose the words, and so says which they are.
        bag: words side by side, at most.
        cost: in the teacher's unit.
        weight: of the loss.
        batch: words in one step.

    Raises:
        InputError: no words, another number of labels, or an option below 1.
    """

    words: Texts
    labels: Int64[Tensor, " words"]
    classes: int
    raters: int = 1
    levels: int | None = None
    chosen: bool = True
    bag: int = 1
    cost: float = 0.0
    weight: float = 1.0
    batch: int = 64

    kind: ClassVar[str] = "word meanings"

    def __post_init__(self) -> None:
        if len(self.words) == 0 or len(self.labels) != len(self.words):
            raise InputError(
                f"a lesson of words needs one or more, each with a label; got {len(self.words)} words "
                f"and {len(self.labels)} labels"
            )
        if bool(nonsense(self.labels, self.classes).any()):
            raise InputError(f"words: labels lie in 0 .. {self.classes - 1}, or are -1")
        at_least(1, self.kind, raters=self.raters, levels=self.levels or 1, bag=self.bag)
        positive(self.kind, weight=self.weight, batch=self.batch)

    @property
    def price(self) -> Price:
        """See the class."""
        each = math.log2((self.levels or self.classes) + 1) + (word_bits() if self.chosen else 0.0)
        many = len(self.words)
        return Price(many * self.raters, many * each, self.cost)

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        useful = (self.labels != UNCERTAIN).nonzero()[:, 0]
        if len(useful) == 0:
            return nothing(student)
        rows = useful[draw(len(useful), self.batch, rng)]
        texts = self.words[rows] if self.bag == 1 else self._bags(rows, rng)
        return self.weight * right(student(texts), self.labels[rows].to(student.device))

    def weighted(self, rng: np.random.Generator) -> WeightedExamples | None:
        """Each word an example."""
        del rng
        return WeightedExamples.of(self.words, self.labels, self.weight)

    def _bags(self, rows: Tensor, rng: np.random.Generator) -> Texts:
        """Each word with others of its label before it."""
        found = []
        parts = self.words.parts
        for row in rows.tolist():
            same = (self.labels == self.labels[row]).nonzero()[:, 0]
            some = same[torch.from_numpy(rng.integers(len(same), size=int(rng.integers(self.bag))))]
            chosen = [parts[i] for i in (*some.tolist(), row)]
            found.append(tuple(" ".join(filter(None, one)) for one in zip(*chosen, strict=True)))
        return self.words.with_parts(found)
