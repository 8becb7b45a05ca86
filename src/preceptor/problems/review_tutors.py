"""What the grammar of reviews can volunteer: revisions, marks, words, what does not matter, texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import AnyTeacher, Pupil, TextDomain, Texts
from preceptor.core.inputs import join
from preceptor.lessons import Lesson, RelevantWords, TextInvariances, TextPairs, WordMeanings
from preceptor.problems.review_grammar import worth
from preceptor.problems.review_words import (
    BLAME,
    DEGREES,
    DISLIKE,
    LEAST,
    LIKE,
    NEGATIONS,
    PLAIN,
    PRAISE,
)
from preceptor.problems.tutoring import some
from preceptor.transforms.texts import TextTransform
from preceptor.transforms.texts.other_meaning import without_words
from preceptor.transforms.texts.text_transform import FreeWord, free_words

SIDES: Final = {
    **dict.fromkeys([*PRAISE, *LIKE], 1),
    **dict.fromkeys([*BLAME, *DISLIKE], 0),
}
"""Words that speak for a film, 1, or against it, 0."""

MOST_EDITS: Final = 6
"""Words that a revision changes at most."""

_TURNING: Final = frozenset(
    [*SIDES, *PLAIN, *NEGATIONS, *DEGREES, "but", "although", "recommend", "avoid", "watch", "waste",
     "watching", "paint", "dry"]
)  # fmt: skip
"""Words on which the value of a sentence hangs."""


@dataclass(frozen=True, eq=False)
class TellsRevisions:
    """``n`` reviews with their revision by the least that turns what the grammar reads.

    Attributes:
        texts: which student and teacher both have.
        teacher: labels both ends; what that costs is the lesson's cost.
    """

    texts: Texts
    teacher: AnyTeacher

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        first = self.texts[some(len(self.texts), n, rng)]
        second = first.with_parts([(revised(part, rng),) for (part,) in first.parts])
        answers = self.teacher(join([first, second]))
        labels, many = answers.labels, len(first)
        cost = float(answers.cost.double().sum())
        return TextPairs(
            first, second, labels[:many], labels[many:], 2, pool=len(self.texts), cost=cost
        )


@dataclass(frozen=True, eq=False)
class TellsWordMarks:
    """The words of ``n`` reviews on which their value hangs.

    Attributes:
        texts: which both have.
        labels: ``Int64[texts]`` to which the student is held; paid for before.
    """

    texts: Texts
    labels: Int64[Tensor, " texts"]

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        rows = some(len(self.texts), n, rng)
        texts = self.texts[rows]
        spans = tuple(
            tuple(
                (0, word.start, word.end)
                for word in free_words(part)
                if word.text.lower() in _TURNING
            )
            for (part,) in texts.parts
        )
        return RelevantWords(texts, spans, self.labels[rows], 2)


@dataclass(frozen=True, eq=False)
class TellsWords:
    """``n`` words of opinion with their side.

    Attributes:
        turned: whether the teacher tells the wrong side of each, on purpose.
    """

    turned: bool = False

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        words = [*SIDES]
        chosen = [words[i] for i in some(len(words), n, rng).tolist()]
        labels = torch.tensor([SIDES[word] for word in chosen])
        return WordMeanings(Texts(tuple(chosen)), 1 - labels if self.turned else labels, 2)


@dataclass(frozen=True, eq=False)
class TellsTextInvariances:
    """Declared changes of texts.

    Attributes:
        texts: on which the student exercises them.
        labels: ``Int64[texts]`` to which it is held.
        changes: what is declared.
    """

    texts: Texts
    labels: Int64[Tensor, " texts"]
    changes: tuple[TextTransform, ...]

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        return TextInvariances(self.texts, TextDomain(), self.changes[:n], self.labels)


def revised(text: str, rng: np.random.Generator) -> str:
    """A review that says the opposite, by as few words as a greedy search finds.

    Each word is tried: exchanged for one of the other side, a negation put in or taken out. Where no
    single change turns the review, the one that goes farthest is kept and the next is sought, at most
    ``MOST_EDITS``. The text itself, where the grammar reads nothing in it.
    """
    now = worth(text)
    if now is None or abs(now) <= LEAST:
        return text
    side = -1 if now > 0 else 1
    for _ in range(MOST_EDITS):
        tried = [(new, value) for new in _edits(text, rng) if (value := worth(new)) is not None]
        if not tried:
            break
        turned = [new for new, value in tried if side * value > LEAST]
        if turned:
            return turned[int(rng.integers(len(turned)))]
        best, value = max(tried, key=lambda one: side * one[1])
        if side * value <= side * (worth(text) or 0.0):
            break
        text = best
    return text


def _edits(text: str, rng: np.random.Generator) -> Iterator[str]:
    """The text with one word changed."""
    groups = [[*PRAISE], [*BLAME], [*LIKE], [*DISLIKE]]
    across = {0: 1, 1: 0, 2: 3, 3: 2}
    words = free_words(text)
    for number, word in enumerate(words):
        plain = word.text.lower()
        for place, group in enumerate(groups):
            if plain in group:
                others = groups[across[place]]
                yield _put(text, word, others[int(rng.integers(len(others)))])
        if plain in NEGATIONS:
            yield without_words(text, [word])
        before = words[number - 1].text.lower() if number else ""
        after = words[number + 1].text.lower() if number + 1 < len(words) else "not"
        if plain in ("is", "was") and after not in NEGATIONS:
            yield _put(text, word, f"{word.text} {NEGATIONS[int(rng.integers(len(NEGATIONS)))]}")
        if plain == "recommend" and before == "would":
            yield _put(text, word, "not recommend")


def _put(text: str, word: FreeWord, new: str) -> str:
    return text[: word.start] + new + text[word.end :]
