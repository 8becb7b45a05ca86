"""What people teach about texts."""

from preceptor.lessons.texts.relevant_words import RelevantWords, WordSpan
from preceptor.lessons.texts.text_invariances import TextInvariances
from preceptor.lessons.texts.text_pairs import TextPairs
from preceptor.lessons.texts.word_meanings import WordMeanings

__all__ = ["RelevantWords", "TextInvariances", "TextPairs", "WordMeanings", "WordSpan"]
