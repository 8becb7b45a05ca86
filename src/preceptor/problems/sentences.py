"""Film reviews in a small language whose truth is known: negation, contrast, degrees and irony."""

from typing import Final

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Texts, TextSource
from preceptor.problems.review_grammar import worth
from preceptor.problems.review_words import LEAST
from preceptor.problems.review_writer import Law, ReviewWriter
from preceptor.problems.text_problem import TextProblem
from preceptor.teachers import Rule

CLASSES: Final = ("negative", "positive")
TRAIN, HELD_OUT = 2000, 1000
LAW: Final = Law(places=0.85)
"""Of training and held-out reviews alike: few negations, and the place where a film was seen goes with the
label in 85 of 100 reviews that name one. The teacher does not read places.
"""


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
    return TextProblem(
        name="sentences",
        about="Short film reviews in a small language with negation, contrast, degrees and irony; where a "
        "film was seen goes with the label, and means nothing.",
        source=TextSource(held_out, name="sentences"),
        labels=labels,
        train_texts=train,
        train_labels=train_labels,
        teacher=Rule(
            read_reviews,
            classes=2,
            name="review-grammar",
            certainty="Certain where it can read the text by its grammar and the text leans to one side by more "
            f"than {LEAST:g}. It reads through capitals, spaces, letters that look alike, characters that nobody "
            "sees, and a single wrong letter in a word of five letters or more; sentences about other things "
            "say nothing to it.",
        ),
        classes=CLASSES,
    )
