"""Attacks on texts: characters, words and sentences changed, chosen by what the student says."""

from preceptor.attacks.texts.character_edits import (
    Invisible,
    LetterCase,
    Lookalikes,
    Spacing,
    Typos,
)
from preceptor.attacks.texts.drop_words import DropWords
from preceptor.attacks.texts.filler import Filler
from preceptor.attacks.texts.negate import Negate
from preceptor.attacks.texts.opposites import Opposites
from preceptor.attacks.texts.splice import Splice
from preceptor.attacks.texts.text_suite import TextSuite
from preceptor.attacks.texts.word_exchange import Details, WordExchange

__all__ = [
    "Details",
    "DropWords",
    "Filler",
    "Invisible",
    "LetterCase",
    "Lookalikes",
    "Negate",
    "Opposites",
    "Spacing",
    "Splice",
    "TextSuite",
    "Typos",
    "WordExchange",
]
