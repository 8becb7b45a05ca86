"""The words of a text that its label hangs on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, AnyTrainable, InputError, Texts, nonsense
from preceptor.core.checks import positive
from preceptor.lessons.losses import alike, draw, nothing, right, unsure
from preceptor.lessons.price import Price, subset_bits
from preceptor.lessons.weighted import WeightedExamples
from preceptor.transforms.texts.other_meaning import without_words
from preceptor.transforms.texts.text_transform import FreeWord, free_words

WordSpan = tuple[int, int, int]
"""A stretch of a text that was marked: which part of the input (0 where it is one text), its first
character and the one behind its last, both counted in code points, as Python counts them.
"""

MarkWay = Literal["drop", "exchange"]
"""What is done to the words that were not marked."""


@dataclass(frozen=True, eq=False)
class RelevantWords:
    """Of these texts only the marked words matter; the others may go, or be others.

    - ``exchange``: words that were not marked become such words of other texts of the lesson.
    - ``drop``: they are left out.

    Of each text a random share of them, up to all. The student is held to the label where there is
    one, and else to what it says of the text as it is (mean KL divergence). ``contrast`` adds that the
    student should be unsure of the text *without* the marked words, after Zaidan et al. (2007, contrast
    examples), who ask for a margin instead.

    Price: one item a text; in bits which of its words are marked, log2 C(words, marked).

    Attributes:
        texts: that were marked.
        spans: of each text what was marked; a word counts as marked that a span touches.
        labels: ``Int64[texts]`` or ``None``; paid for elsewhere. Uncertain ones are left out.
        classes: labels are ``0 .. classes - 1``.
        way: what is done to the other words.
        contrast: weight of being unsure without the marked words.
        cost: in the teacher's unit.
        weight: of the loss.
        batch: texts in one step.

    Raises:
        InputError: no texts, another number of marks or labels, a span that lies outside its text or
            touches no word, or an option that makes no sense.
    """

    texts: Texts
    spans: tuple[tuple[WordSpan, ...], ...]
    labels: Int64[Tensor, " texts"] | None = None
    classes: int = 2
    way: MarkWay = "exchange"
    contrast: float = 0.0
    cost: float = 0.0
    weight: float = 1.0
    batch: int = 64

    kind: ClassVar[str] = "relevant words"

    def __post_init__(self) -> None:
        if len(self.texts) == 0 or len(self.spans) != len(self.texts):
            raise InputError(
                f"a lesson of relevant words needs texts and marks for each; got {len(self.texts)} "
                f"texts and {len(self.spans)} sets of marks"
            )
        if self.labels is not None and (
            len(self.labels) != len(self.texts) or bool(nonsense(self.labels, self.classes).any())
        ):
            raise InputError(
                f"relevant words: one label in 0 .. {self.classes - 1}, or -1, for each text"
            )
        if self.way not in get_args(MarkWay) or self.contrast < 0:
            raise InputError(
                f"relevant words: way is {' or '.join(get_args(MarkWay))} and contrast at least 0; got "
                f"{self.way!r} and {self.contrast}"
            )
        for number, (parts, spans) in enumerate(zip(self.texts.parts, self.spans, strict=True)):
            for part, start, end in spans:
                if not (0 <= part < len(parts) and 0 <= start < end <= len(parts[part])):
                    raise InputError(
                        f"relevant words: the mark ({part}, {start}, {end}) lies outside of text "
                        f"{number}, whose parts have {', '.join(str(len(p)) for p in parts)} characters"
                    )
        positive(self.kind, weight=self.weight, batch=self.batch)

    @cached_property
    def _words(self) -> list[list[tuple[list[FreeWord], list[bool]]]]:
        """Of each text and part its words, and which are marked."""
        found = []
        for parts, spans in zip(self.texts.parts, self.spans, strict=True):
            row = []
            for place, text in enumerate(parts):
                words = free_words(text)
                here = [(a, b) for part, a, b in spans if part == place]
                marked = [any(a < w.end and w.start < b for a, b in here) for w in words]
                row.append((words, marked))
            found.append(row)
        return found

    @property
    def price(self) -> Price:
        """See the class."""
        bits = 0.0
        for row in self._words:
            marks = [mark for _, marked in row for mark in marked]
            bits += subset_bits(len(marks), sum(marks))
        return Price(len(self.texts), bits, self.cost)

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        useful = torch.arange(len(self.texts))
        if self.labels is not None:
            useful = (self.labels != UNCERTAIN).nonzero()[:, 0]
        if len(useful) == 0:
            return nothing(student)
        rows = useful[draw(len(useful), self.batch, rng)]
        there = student(self._moved(rows.tolist(), rng))
        if self.labels is not None:
            loss = right(there, self.labels[rows].to(student.device))
        else:
            loss = alike(student(self.texts[rows]), there)
        if self.contrast:
            loss = loss + self.contrast * unsure(student(self._erased(rows.tolist())))
        return self.weight * loss

    def weighted(self, rng: np.random.Generator) -> WeightedExamples | None:
        """Each text with a label once changed, and once with its marked words alone.

        Raises:
            InputError: there are no labels.
        """
        if self.labels is None:
            raise InputError(
                "relevant words without labels say nothing to a student that learns from examples "
                "alone; give labels"
            )
        rows = range(len(self.texts))
        moved = self._moved(rows, rng)
        alone = self.texts.with_parts([self._without(row, marked=False) for row in rows])
        both = Texts((*moved.rows, *alone.rows), self.texts.fields)
        return WeightedExamples.of(both, self.labels.repeat(2), self.weight / 2)

    def _erased(self, rows: Sequence[int]) -> Texts:
        return self.texts.with_parts([self._without(row, marked=True) for row in rows])

    def _without(self, row: int, *, marked: bool) -> tuple[str, ...]:
        """A text without its marked words, or without all others."""
        return tuple(
            without_words(text, [w for w, m in zip(words, marks, strict=True) if m == marked])
            for text, (words, marks) in zip(self.texts.parts[row], self._words[row], strict=True)
        )

    @cached_property
    def _donors(self) -> list[str]:
        """Words that were not marked."""
        return [
            word.text
            for row in self._words
            for words, marks in row
            for word, marked in zip(words, marks, strict=True)
            if not marked
        ]

    def _moved(self, rows: Sequence[int], rng: np.random.Generator) -> Texts:
        """Texts in which a share of the words that were not marked is gone, or others."""
        parts = self.texts.parts
        return self.texts.with_parts(
            [
                tuple(
                    self._change(text, words, marks, rng)
                    for text, (words, marks) in zip(parts[row], self._words[row], strict=True)
                )
                for row in rows
            ]
        )

    def _change(
        self,
        text: str,
        words: Sequence[FreeWord],
        marks: Sequence[bool],
        rng: np.random.Generator,
    ) -> str:
        free = [word for word, marked in zip(words, marks, strict=True) if not marked]
        chosen = rng.random(len(free)) < rng.random()
        gone = [word for word, go in zip(free, chosen, strict=True) if go]
        if self.way == "drop" or not self._donors:
            return without_words(text, gone)
        for word in reversed(gone):
            new = self._donors[int(rng.integers(len(self._donors)))]
            text = text[: word.start] + new + text[word.end :]
        return text
