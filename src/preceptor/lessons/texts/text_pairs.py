"""Pairs of texts, one the revision of the other."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, AnyTrainable, InputError, Texts, nonsense
from preceptor.core.checks import positive
from preceptor.core.inputs import join
from preceptor.core.text_distances import word_edits
from preceptor.core.text_words import words_of
from preceptor.lessons.losses import alike, draw, right
from preceptor.lessons.price import Price, label_bits, raw_bits, word_bits
from preceptor.lessons.weighted import WeightedExamples


@dataclass(frozen=True, eq=False)
class TextPairs:
    """Texts with their revisions, such as the least that turns the teacher's answer around.

    The loss is the mean cross-entropy at both ends (uncertain ends left out), plus ``keep`` times the
    KL divergence of the student's beliefs where the teacher's labels are the same, since the change
    did nothing. Counterfactually revised texts as in Kaushik et al. (2020), who train on both ends and
    add no term for changes without effect.

    Price: one item a pair. In bits, two labels; the first text raw (8 bits a byte of UTF-8) or
    log2(pool) where both sides have the pool; the second raw or as an edit, whichever is shorter: for
    each place that changed, 2 log2(words + 1) bits say where it begins and ends, and each word put in
    costs log2(20,000), as out of a vocabulary.

    Attributes:
        first: the texts as they were.
        second: the revisions, with the same fields.
        first_labels: ``Int64[pairs]``, ``UNCERTAIN`` among them.
        second_labels: ``Int64[pairs]``, likewise.
        classes: labels are ``0 .. classes - 1``.
        pool: how many texts both sides have, of which the first ends are some; ``None`` if the
            teacher sends them raw.
        cost: in the teacher's unit, such as the seconds that the revisions took.
        keep: weight of changes that did nothing.
        weight: of the loss.
        batch: pairs in one step.

    Raises:
        InputError: no pairs, another number of revisions or other fields, or labels that are none.
    """

    first: Texts
    second: Texts
    first_labels: Int64[Tensor, " pairs"]
    second_labels: Int64[Tensor, " pairs"]
    classes: int
    pool: int | None = None
    cost: float = 0.0
    keep: float = 1.0
    weight: float = 1.0
    batch: int = 64

    kind: ClassVar[str] = "text pairs"

    def __post_init__(self) -> None:
        sizes = {len(one) for one in (self.second, self.first_labels, self.second_labels)}
        if len(self.first) == 0 or sizes != {len(self.first)}:
            raise InputError(
                f"a lesson of text pairs needs one or more, each with a revision and two labels; got "
                f"{len(self.first)} texts, {len(self.second)} revisions, {len(self.first_labels)} and "
                f"{len(self.second_labels)} labels"
            )
        if self.first.fields != self.second.fields:
            raise InputError(
                f"text pairs: the texts have the fields {self.first.fields}, the revisions "
                f"{self.second.fields}"
            )
        for labels in (self.first_labels, self.second_labels):
            if bool(nonsense(labels, self.classes).any()):
                raise InputError(f"text pairs: labels lie in 0 .. {self.classes - 1}, or are -1")
        if self.keep < 0:
            raise InputError(f"text pairs: keep must be at least 0; got {self.keep}")
        positive(self.kind, weight=self.weight, batch=self.batch)

    @property
    def price(self) -> Price:
        """See the class."""
        many = len(self.first)
        firsts = raw_bits(self.first) if self.pool is None else many * math.log2(self.pool)
        seconds = sum(
            min(raw, edit_bits(old, new))
            for old, new, raw in zip(
                self.first.parts,
                self.second.parts,
                (raw_bits(self.second[i : i + 1]) for i in range(many)),
                strict=True,
            )
        )
        return Price(many, 2 * many * label_bits(self.classes) + firsts + seconds, self.cost)

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        rows = draw(len(self.first), self.batch, rng)
        before = self.first_labels[rows].to(student.device)
        after = self.second_labels[rows].to(student.device)
        logits = student(join([self.first[rows], self.second[rows]]))
        here, there = logits[: len(rows)], logits[len(rows) :]
        loss = (right(here, before) + right(there, after)) / 2
        same = (before == after) & (before != UNCERTAIN)
        if self.keep and bool(same.any()):
            share = int(same.sum()) / len(rows)
            loss = loss + self.keep * share * alike(here[same], there[same])
        return self.weight * loss

    def weighted(self, rng: np.random.Generator) -> WeightedExamples | None:
        """Both ends, each a certain example of half the weight."""
        del rng
        ends = join([self.first, self.second])
        return WeightedExamples.of(
            ends, torch.cat([self.first_labels, self.second_labels]), self.weight / 2
        )


def edit_bits(old: tuple[str, ...], new: tuple[str, ...]) -> float:
    """Bits that say how a text was revised, word by word; see :class:`TextPairs`.

    Endless where only spaces changed, which words do not say.
    """
    bits = 0.0
    for before, after in zip(old, new, strict=True):
        first, second = words_of(before), words_of(after)
        if first == second and before != after:
            return math.inf
        for same, _, _, start, end in word_edits(first, second):
            if not same:
                bits += 2 * math.log2(len(first) + 1) + (end - start) * word_bits()
    return bits
