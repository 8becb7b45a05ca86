"""Declared changes of texts that leave the teacher's answer as it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, get_args

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from preceptor.core import UNCERTAIN, AnyTrainable, InputError, ItemRng, TextDomain, Texts
from preceptor.core.checks import positive
from preceptor.core.inputs import put
from preceptor.lessons.invariances import Hold, Search
from preceptor.lessons.losses import alike, divergence, draw, nothing, right
from preceptor.lessons.price import BYTE, Price, word_bits
from preceptor.lessons.weighted import WeightedExamples
from preceptor.transforms.hypotheses import NUMBER
from preceptor.transforms.texts import TEXT_CHANGES, TextTransform, WordsAlike

HUNDREDTHS: Final = 100
"""Shares of the words that are members of the library: hundredths."""


@dataclass(frozen=True, eq=False)
class TextInvariances:
    """Changes of texts, such as other names or typing errors, that do not change what the teacher says.

    Each is done to a ``share`` of the texts by draws of its own, one after another; a change that is
    declared alone is done to all. As :class:`preceptor.lessons.Invariances`: held to the label, random,
    is augmentation; to its own answer, consistency; ``worst`` takes of ``tries`` random changes the one
    at which the loss is largest.

    Price: one item a declaration, and its bits (:func:`declared_text_bits`). ``assumed`` ones cost nothing
    and say so: nobody was asked.

    Attributes:
        texts: where the student has to obey.
        domain: of the texts.
        changes: what is declared.
        labels: ``Int64[texts]``, paid for elsewhere; uncertain ones are left out. Needed to hold the
            student to them.
        hold: to what the student is held.
        search: which changes.
        assumed: whether the student guessed them rather than was told.
        share: of the texts to which each change is done, above 0 and at most 1.
        tries: random changes of which the worst is taken.
        cost: of all declarations, in the teacher's unit.
        weight: of the loss.
        batch: texts in one step.

    Raises:
        InputError: nothing declared, no texts, or labels that are needed and missing.
    """

    texts: Texts
    domain: TextDomain
    changes: tuple[TextTransform, ...]
    labels: Int64[Tensor, " texts"] | None = None
    hold: Hold = "label"
    search: Search = "random"
    assumed: bool = False
    share: float = 0.7
    tries: int = 3
    cost: float = 0.0
    weight: float = 1.0
    batch: int = 64

    kind: ClassVar[str] = "text invariances"

    def __post_init__(self) -> None:
        if not self.changes or len(self.texts) == 0:
            raise InputError("a lesson of invariances on texts needs texts and at least one change")
        if self.hold == "label" and self.labels is None:
            raise InputError(
                "to hold the student to labels a lesson of invariances needs them; give labels, or "
                "hold='answer'"
            )
        if self.labels is not None and len(self.labels) != len(self.texts):
            raise InputError(f"{len(self.labels)} labels for {len(self.texts)} texts")
        if self.hold not in get_args(Hold) or self.search not in get_args(Search):
            raise InputError(
                f"text invariances: hold is {' or '.join(get_args(Hold))}, search "
                f"{' or '.join(get_args(Search))}; got {self.hold!r}, {self.search!r}"
            )
        if not 0 < self.share <= 1:
            raise InputError(f"text invariances: share is above 0 and at most 1; got {self.share}")
        positive(self.kind, weight=self.weight, tries=self.tries, batch=self.batch)

    @property
    def price(self) -> Price:
        """See the class."""
        if self.assumed:
            return Price()
        bits = sum(declared_text_bits(one) for one in self.changes)
        return Price(len(self.changes), bits, self.cost)

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        useful = torch.arange(len(self.texts))
        labels = self.labels if self.hold == "label" else None
        if labels is not None:
            useful = (labels != UNCERTAIN).nonzero()[:, 0]
        if len(useful) == 0:
            return nothing(student)
        rows = useful[draw(len(useful), self.batch, rng)]
        here = self.texts[rows]
        goal = None if labels is None else labels[rows].to(student.device)
        there = self._moved(student, here, goal, rng)
        if goal is not None:
            return self.weight * right(student(there), goal)
        return self.weight * alike(student(here), student(there))

    def weighted(self, rng: np.random.Generator) -> WeightedExamples | None:
        """Each text with a label as often as is tried, changed at random, all together of weight 1.

        Raises:
            InputError: there are no labels.
        """
        if self.labels is None:
            raise InputError(
                "invariances without labels say nothing to a student that learns from examples alone; "
                "give labels"
            )
        drawn = [self._changed(self.texts, rng) for _ in range(self.tries)]
        every = Texts(tuple(row for one in drawn for row in one.rows), self.texts.fields)
        return WeightedExamples.of(every, self.labels.repeat(self.tries), self.weight / self.tries)

    def _moved(
        self,
        student: AnyTrainable,
        here: Texts,
        labels: Tensor | None,
        rng: np.random.Generator,
    ) -> Texts:
        if self.search == "random":
            return self._changed(here, rng)
        with torch.no_grad():
            own = student(here)
            there, worst = here, torch.full((len(here),), -torch.inf, device=own.device)
            for _ in range(self.tries):
                moved = self._changed(here, rng)
                said = student(moved)
                loss = divergence(own, said)
                if labels is not None:
                    loss = F.cross_entropy(said, labels, reduction="none")
                better = (loss > worst).nonzero()[:, 0]
                found = put(there, better, moved[better])
                assert isinstance(found, Texts)  # noqa: S101 - as the inputs are
                there, worst = found, torch.maximum(worst, loss)
        return there

    def _changed(self, texts: Texts, rng: np.random.Generator) -> Texts:
        """Texts under the changes, in their order."""
        return changed_texts(texts, self.changes, self.domain, rng, self.share)


def changed_texts(
    texts: Texts,
    changes: Sequence[TextTransform],
    domain: TextDomain,
    rng: np.random.Generator,
    share: float = 1.0,
) -> Texts:
    """Texts under several changes, each done to a share of them; to all, if it is the only one."""
    moved = texts
    for change in changes:
        rows = torch.arange(len(texts))
        if share < 1 and len(changes) > 1:
            rows = torch.from_numpy(np.flatnonzero(rng.random(len(texts)) < share))
        some = moved[rows]
        new = change(some, domain=domain, rng=ItemRng([rng] * len(some)))
        found = put(moved, rows, new)
        assert isinstance(found, Texts)  # noqa: S101 - as the inputs are
        moved = found
    return moved


def declared_text_bits(change: TextTransform) -> float:
    """What it costs to declare a change of texts.

    Which of the library's changes, or that it is none of them; a share of the words on a grid of
    hundredths, or 32 bits where it is on none; words that are named, log2(20,000) each; names and
    sentences of one's own, 8 bits a byte.
    """
    bits = math.log2(len(TEXT_CHANGES) + 1)
    for field in fields(_plain(change)):
        value = getattr(change, field.name)
        if field.name == "share":
            on_grid = abs(value * HUNDREDTHS - round(value * HUNDREDTHS)) < 1e-6
            bits += math.log2(HUNDREDTHS) if on_grid else NUMBER
        elif isinstance(change, WordsAlike):
            bits += sum(map(len, value)) * word_bits()
        else:
            bits += BYTE * sum(len(one.encode()) for one in value)
    return bits


def _plain(change: TextTransform) -> Any:
    """The same, as the dataclass that all of them are."""
    return change
