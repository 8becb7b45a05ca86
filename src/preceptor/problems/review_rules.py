"""The small language of reviews as a grammar that makes texts, every kind of sentence as often."""

from collections.abc import Iterable

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
)
from preceptor.transforms.texts import TextGrammar


def review_grammar() -> TextGrammar:
    """The grammar; :func:`preceptor.problems.review_grammar.worth` reads all that it makes."""
    adjectives, verbs = [*PRAISE, *BLAME], [*LIKE, *DISLIKE]
    return TextGrammar(
        {
            "review": (
                "{sentence}.",
                "{sentence}. {sentence}.",
                "{sentence}. {sentence}. {sentence}.",
                "{sentence}. {neutral}.",
                "{neutral}. {sentence}. {verdict}.",
            ),
            "sentence": (
                "{clause}",
                "{clause} and {clause}",
                "{clause}, but {clause}",
                "Although {clause}, {clause}",
                "{irony}",
                "{clause}",
            ),
            "clause": (
                "the {aspect} {is} {word}",
                "the {aspect} {is} {degree} {word}",
                "the {aspect} {is} {negation} {word}",
                "the {aspect} {is} {negation} {degree} {word}",
                "{who} {verb} the {aspect}",
                "{who} did not {plain} the {aspect}",
            ),
            "irony": (
                "What a {praise} way to waste an evening",
                "The {aspect} {is} as {praise} as watching paint dry",
            ),
            "neutral": (
                "{person} plays a {trade}",
                "{who} saw it in {place} on {day}",
            ),
            "verdict": ("I would recommend it", "I would not recommend it", "Avoid it", "Watch it"),
            "is": ("is", "was"),
            "who": ("I", "we"),
            "aspect": ASPECTS,
            "word": tuple(adjectives),
            "praise": tuple(PRAISE),
            "degree": tuple(DEGREES),
            "negation": NEGATIONS,
            "verb": tuple(verbs),
            "plain": tuple(PLAIN),
            "person": _titles(PEOPLE),
            "trade": TRADES,
            "place": _titles(PLACES),
            "day": _titles(DAYS),
        }
    )


def _titles(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.title() for word in words)
