"""Changes of texts: what searches move by, explanations try and lessons declare."""

from preceptor.transforms.texts.other_meaning import (
    Degrees,
    Negated,
    Opposed,
    Shortened,
    Shuffled,
    WordsLeftOut,
)
from preceptor.transforms.texts.same_meaning import (
    Mistyped,
    OtherNames,
    OtherNumbers,
    Padded,
    Recased,
    Repunctuated,
    Resembling,
    Respaced,
    Unseen,
    WordsAlike,
)
from preceptor.transforms.texts.text_grammar import TextGrammar
from preceptor.transforms.texts.text_transform import TextTransform

TEXT_CHANGES: tuple[TextTransform, ...] = (
    OtherNames(),
    OtherNumbers(),
    Mistyped(),
    Recased(),
    Respaced(),
    Resembling(),
    Unseen(),
    Repunctuated(),
    Padded(),
)
"""What can be declared harmless, each with its usual range; :class:`WordsAlike` needs its words."""

__all__ = [
    "TEXT_CHANGES",
    "Degrees",
    "Mistyped",
    "Negated",
    "Opposed",
    "OtherNames",
    "OtherNumbers",
    "Padded",
    "Recased",
    "Repunctuated",
    "Resembling",
    "Respaced",
    "Shortened",
    "Shuffled",
    "TextGrammar",
    "TextTransform",
    "Unseen",
    "WordsAlike",
    "WordsLeftOut",
]
