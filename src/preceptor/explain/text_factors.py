"""Factors of texts: classes of words, words on which the student leans, form, details and length."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import torch

from preceptor.core import AnyStudent, Texts
from preceptor.core.inputs import portions
from preceptor.explain.factors import Factor, Family
from preceptor.transforms.texts import (
    Degrees,
    Mistyped,
    Negated,
    Opposed,
    OtherNames,
    OtherNumbers,
    Padded,
    Recased,
    Repunctuated,
    Resembling,
    Respaced,
    Shortened,
    Shuffled,
    TextTransform,
    Unseen,
    WordsAlike,
    WordsLeftOut,
)
from preceptor.transforms.texts.other_meaning import without_words
from preceptor.transforms.texts.text_transform import free_words
from preceptor.transforms.texts.word_lists import cased_as
from preceptor.transforms.texts.word_neighbours import WordNeighbours

GIVEN: Final[tuple[tuple[str, Family, TextTransform], ...]] = (
    ("a negation put in or taken out", "word class", Negated()),
    ("words exchanged for their opposites", "word class", Opposed()),
    ("a word of degree exchanged or left out", "word class", Degrees()),
    ("names", "detail", OtherNames()),
    ("numbers", "detail", OtherNumbers()),
    ("typing errors", "form", Mistyped()),
    ("letter case", "form", Recased()),
    ("words taken apart", "form", Respaced()),
    ("letters that look alike", "form", Resembling()),
    ("characters that nobody sees", "form", Unseen()),
    ("punctuation", "form", Repunctuated()),
    ("a sentence added that says nothing", "length", Padded()),
    ("sentences left out", "length", Shortened()),
    ("the order of the sentences", "length", Shuffled()),
    ("any words left out", "length", WordsLeftOut()),
)
"""Factors that are looked at in every language, as far as they apply: those of negation, opposites and
degrees are English."""

LEANT_ON: Final = 12
"""Words, and groups of words, on which the student leans most."""

KNOWN: Final = 200
"""The most frequent words of the pool, which are tried."""

ALIKE: Final = 8
"""Words that stand where another one stands, at most."""

LIKENESS: Final = 0.4
"""The least cosine of these; see :mod:`preceptor.transforms.texts.word_neighbours`."""

EXCHANGED: Final = 3
"""Others for which a word is exchanged to see how much the student leans on it."""

PER_TEXT: Final = 40
"""Different words tried in one text, the first ones."""


def given_factors() -> tuple[Factor, ...]:
    """The factors that hang neither on the data nor on the student."""
    return tuple(Factor(name, family, transform) for name, family, transform in GIVEN)


def word_factors(student: AnyStudent, spare: Texts, pool: Texts, batch: int) -> tuple[Factor, ...]:
    """The words on which the student leans most, each left out; and exchanged for words that stand in
    the same places, where the pool knows some.

    Which words these are is seen on the spare texts alone, on which nothing is measured. Words of a group are
    exchanged among each other, so that the sentence stays one.

    Args:
        student: may be asked freely.
        spare: texts on which nothing is measured.
        pool: from which it is learned which words stand in the same places.
        batch: texts at a time.
    """
    if len(spare) == 0:
        return ()
    near = WordNeighbours.learn(pool)
    others = {
        word: [other for other, _ in near.of(word, ALIKE, LIKENESS)] for word in frequent(pool)
    }
    leant = leaning(student, spare, others, batch)[:LEANT_ON]
    groups: list[tuple[str, ...]] = []
    for word in leant:
        group = (word, *others[word])
        if len(group) > 1 and not any(_overlap(group, known) > 0.5 for known in groups):
            groups.append(group)
    left_out = [
        Factor(f"the word {word!r} left out", "word", WordsLeftOut(1.0, (word,))) for word in leant
    ]
    exchanged = [
        Factor(f"{_some(group)} exchanged for one another", "word", WordsAlike((group,), 1.0))
        for group in groups
    ]
    return (*exchanged, *left_out)


def frequent(pool: Texts) -> list[str]:
    """The most frequent words of some texts, in small letters."""
    times: Counter[str] = Counter()
    for parts in pool.parts:
        times.update({word.text.casefold() for part in parts for word in free_words(part)})
    return [word for word, count in times.most_common(KNOWN) if count >= 3]


def leaning(
    student: AnyStudent, texts: Texts, others: Mapping[str, Sequence[str]], batch: int
) -> list[str]:
    """Those words, the one first on which the student leans most.

    A word counts by how much the student's belief in its own answer moves where the word is left out, or
    exchanged for another that stands in the same places, whichever moves it more; summed over the texts.

    Args:
        student: may be asked freely.
        texts: in which the words are looked for.
        others: of each word that is tried, in small letters, others that stand in the same places.
        batch: texts at a time.
    """
    tried: list[tuple[str, ...]] = []
    of: list[tuple[int, str]] = []
    for row, parts in enumerate(texts.parts):
        there = {w.text.casefold(): None for part in parts for w in free_words(part)}
        for word in [one for one in there if one in others][:PER_TEXT]:
            for new in ("", *others[word][:EXCHANGED]):
                tried.append(tuple(_with(part, word, new) for part in parts))
                of.append((row, word))
    if not tried:
        return []
    before = _beliefs(student, texts, batch)
    after = _beliefs(student, texts.with_parts(tried), batch)
    own = before.argmax(1)
    most: dict[tuple[int, str], float] = defaultdict(float)
    for place, one in enumerate(of):
        label = int(own[one[0]])
        by = abs(float(after[place, label] - before[one[0], label]))
        most[one] = max(most[one], by)
    moved: dict[str, float] = defaultdict(float)
    for (_, word), by in most.items():
        moved[word] += by
    return [word for word, much in sorted(moved.items(), key=lambda one: -one[1]) if much > 0]


def _with(part: str, word: str, new: str) -> str:
    """A part of a text with every such word another one; left out, if that is empty."""
    places = [w for w in free_words(part) if w.text.casefold() == word]
    if not new:
        return without_words(part, places)
    for place in reversed(places):
        part = part[: place.start] + cased_as(new, place.text) + part[place.end :]
    return part


def _beliefs(student: AnyStudent, texts: Texts, batch: int) -> torch.Tensor:
    with torch.no_grad():
        parts = [student(part).softmax(1).cpu() for part in portions(texts, batch)]
    return torch.cat(parts).nan_to_num(0.0)


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    return len({*one} & {*other}) / min(len(one), len(other))


def _some(group: Sequence[str]) -> str:
    shown = ", ".join(repr(word) for word in group[:4])
    return shown + (", ..." if len(group) > 4 else "")
