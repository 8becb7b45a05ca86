"""Film reviews in a small language whose truth is known: negation, contrast, degrees and irony."""

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Texts, TextSource
from preceptor.lessons import Tutor
from preceptor.problems.review_grammar import worth
from preceptor.problems.review_rules import review_grammar
from preceptor.problems.review_tutors import (
    TellsRevisions,
    TellsTextInvariances,
    TellsWordMarks,
    TellsWords,
)
from preceptor.problems.review_words import LEAST, PLACES
from preceptor.problems.review_writer import Law, ReviewWriter
from preceptor.problems.text_problem import TextProblem
from preceptor.problems.tutoring import Curates
from preceptor.teachers import Rule
from preceptor.transforms.texts import WordsAlike

CLASSES: Final = ("negative", "positive")
TRAIN, HELD_OUT = 2000, 1000
LAW: Final = Law(places=0.85)
"""Of training and held-out reviews alike: few negations, and the place where a film was seen goes with the
label in 85 of 100 reviews that name one. The teacher does not read places.
"""

ANYTHING: Final = Law(negation=0.4, contrast=0.4, irony=0.15, places=0.5)
"""Every kind of sentence often, and places that go with nothing."""

LAWS: Final = {
    "as the data": LAW,
    "negated": Law(negation=0.6, contrast=0.1, irony=0.0),
    "contrasts": Law(contrast=0.8, irony=0.0),
    "ironic": Law(irony=0.3),
    "misleading places": Law(neutral=0.9, places=0.15),
}
"""The laws of strong accuracy: reviews as there are few of in the data."""


def read_reviews(texts: list[str]) -> Tensor:
    """What the grammar reads in texts, ``Int64[batch]``: ``UNCERTAIN`` where it reads nothing, or both."""
    found = [worth(text) for text in texts]
    labels = [
        UNCERTAIN if value is None or abs(value) <= LEAST else int(value > 0) for value in found
    ]
    return torch.tensor(labels, dtype=torch.int64)


def draw_reviews(items: int, law: Law, rng: np.random.Generator) -> tuple[Texts, Tensor]:
    """Reviews by a law, and what each set out to say, ``Int64[items]``."""
    writer = ReviewWriter(law, rng)
    drawn = [writer.review() for _ in range(items)]
    return Texts(tuple(text for text, _ in drawn)), torch.tensor([int(sense) for _, sense in drawn])


def sentences() -> TextProblem:
    """The problem; the same reviews each time."""
    rng = np.random.default_rng(20261129)
    train, train_labels = draw_reviews(TRAIN, LAW, rng)
    held_out, labels = draw_reviews(HELD_OUT, LAW, rng)
    teacher = Rule(
        read_reviews,
        classes=2,
        name="review-grammar",
        certainty="Certain where it can read the text by its grammar and the text leans to one side by more "
        f"than {LEAST:g}. It reads through capitals, spaces, letters that look alike, characters that nobody "
        "sees, and a single wrong letter in a word of five letters or more; sentences about other things "
        "say nothing to it.",
    )
    tutors: dict[str, Tutor] = {
        "pairs": TellsRevisions(train, teacher),
        "relevant words": TellsWordMarks(train, train_labels),
        "words": TellsWords(),
        "wrong: words turned": TellsWords(turned=True),
        "places": TellsTextInvariances(train, train_labels, (WordsAlike((PLACES,), 1.0),)),
        "curated": Curates(_law(ANYTHING), teacher),
    }
    return TextProblem(
        name="sentences",
        about="Short film reviews in a small language with negation, contrast, degrees and irony; where a "
        "film was seen goes with the label, and means nothing.",
        source=TextSource(held_out, name="sentences"),
        labels=labels,
        train_texts=train,
        train_labels=train_labels,
        teacher=teacher,
        classes=CLASSES,
        tutors=tutors,
        grammar=review_grammar(),
        probes={name: _law(law) for name, law in LAWS.items()},
    )


def _law(law: Law) -> Callable[[int, np.random.Generator], Texts]:
    """Draws of reviews by a law."""

    def draw(n: int, rng: np.random.Generator) -> Texts:
        return draw_reviews(n, law, rng)[0]

    return draw
