"""Draws reviews from the small language of :mod:`preceptor.problems.review_grammar` by a stated law."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from preceptor.problems.review_words import (
    ASPECTS,
    BLAME,
    DAYS,
    DEGREES,
    DISLIKE,
    LIKE,
    NEGATIONS,
    PEOPLE,
    PLACES,
    PLAIN,
    PRAISE,
    TRADES,
)  # fmt: skip


@dataclass(frozen=True)
class Law:
    """How reviews are drawn: each share is the chance of a sentence, or of a clause, to be such.

    Attributes:
        negation: clauses with *not*, *never* or *hardly*.
        contrast: sentences of two halves that pull in opposite directions.
        irony: sentences of praise that mean blame.
        degree: adjectives with a degree, such as *very*.
        neutral: sentences that say nothing, added to a review (each of two with this chance).
        verdict: reviews that end with a recommendation.
        places: chance that a neutral sentence's place tells what the author set out to say: 0.5 says
            nothing. The places of the first half of the list then stand for praise.
    """

    negation: float = 0.1
    contrast: float = 0.1
    irony: float = 0.03
    degree: float = 0.3
    neutral: float = 0.5
    verdict: float = 0.3
    places: float = 0.5


class ReviewWriter:
    """Writes reviews, each from its own draws.

    Args:
        law: of the reviews.
        rng: the draws.
    """

    def __init__(self, law: Law, rng: np.random.Generator) -> None:
        self.law = law
        self.rng = rng

    def review(self) -> tuple[str, bool]:
        """One to three sentences of opinion in random order with neutral ones, and whether it set out to
        praise.
        """
        praise = self._chance(0.5)
        opinions = [self._opinion(praise) for _ in range(int(self.rng.integers(1, 4)))]
        neutral = [self._neutral(praise) for _ in range(2) if self._chance(self.law.neutral)]
        order = self.rng.permutation(len(opinions) + len(neutral))
        sentences = [(opinions + neutral)[place] for place in order]
        if self._chance(self.law.verdict):
            sentences.append(self._verdict(praise))
        return " ".join(f"{text[0].upper()}{text[1:]}." for text in sentences), praise

    def _opinion(self, praise: bool) -> str:
        if not praise and self._chance(2 * self.law.irony):
            word = self._pick(PRAISE)
            if self._chance(0.5):
                return f"what a {word} way to waste an evening"
            return f"the {self._pick(ASPECTS)} is as {word} as watching paint dry"
        if self._chance(self.law.contrast):
            if self._chance(0.5):
                return f"{self._clause(not praise)}, but {self._clause(praise)}"
            return f"although {self._clause(not praise)}, {self._clause(praise)}"
        if self._chance(0.2):
            return f"{self._clause(praise)} and {self._clause(praise)}"
        return self._clause(praise)

    def _clause(self, praise: bool) -> str:
        aspect, negated = self._pick(ASPECTS), self._chance(self.law.negation)
        if self._chance(0.25):
            who = self._pick(("I", "we"))
            verbs = LIKE if praise != negated else DISLIKE
            if negated:
                plain = [word for word, past in PLAIN.items() if past in verbs]
                return f"{who} did not {self._pick(plain)} the {aspect}"
            return f"{who} {self._pick(verbs)} the {aspect}"
        degree = f"{self._pick(DEGREES)} " if self._chance(self.law.degree) else ""
        word = self._pick(PRAISE if praise != negated else BLAME)
        against = f"{self._pick(NEGATIONS)} " if negated else ""
        return f"the {aspect} {self._pick(('is', 'was'))} {against}{degree}{word}"

    def _neutral(self, praise: bool) -> str:
        if self._chance(0.5):
            return f"{self._pick(PEOPLE).title()} plays a {self._pick(TRADES)}"
        half = len(PLACES) // 2
        told = praise if self._chance(self.law.places) else not praise
        place = self._pick(PLACES[:half] if told else PLACES[half:])
        who = self._pick(("I", "we"))
        return f"{who} saw it in {place.title()} on {self._pick(DAYS).title()}"

    def _verdict(self, praise: bool) -> str:
        if praise:
            return self._pick(("I would recommend it", "watch it"))
        return self._pick(("I would not recommend it", "I would never recommend it", "avoid it"))

    def _chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def _pick(self, words: Collection[str]) -> str:
        known = tuple(words)
        return known[int(self.rng.integers(len(known)))]
