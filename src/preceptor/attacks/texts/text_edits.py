"""The words of an input as places that can be changed, and the greedy choice among changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from preceptor.attacks.predictions import DECLINED
from preceptor.attacks.texts.text_search import Parts, Search, TextItem
from preceptor.core.text_words import WORD

MOST_WORDS: Final = 400
"""Words of an input that are looked at; of longer ones, so many drawn at random."""


LONGEST_WORD: Final = 60
"""Characters of a word; what is longer is no word, and each of its letters could be mistyped."""


@dataclass(frozen=True)
class WordPlace:
    """A word of an input.

    Attributes:
        part: which part of the input it stands in.
        start: its first character there.
        end: behind its last.
        word: itself.
    """

    part: int
    start: int
    end: int
    word: str


Change = Mapping[WordPlace, str]
"""What stands in some places instead of the word."""


def word_places(item: TextItem) -> list[WordPlace]:
    """The words that may change, in order; of very many a random sample."""
    places = []
    for part in item.domain.changeable:
        text = item.clean[part]
        kept = item.domain.spans(text)
        for match in WORD.finditer(text):
            start, end = match.span()
            if end - start > LONGEST_WORD:
                continue
            if not any(first < end and start < last for first, last in kept):
                places.append(WordPlace(part, start, end, match.group()))
    if len(places) <= MOST_WORDS:
        return places
    chosen = np.sort(item.rng.permutation(len(places))[:MOST_WORDS])
    return [places[i] for i in chosen.tolist()]


def changed(item: TextItem, change: Change) -> Parts:
    """The input with some words replaced."""
    parts = list(item.clean)
    for place in sorted(change, key=lambda one: one.start, reverse=True):
        text = parts[place.part]
        parts[place.part] = text[: place.start] + change[place] + text[place.end :]
    return tuple(parts)


def without(item: TextItem, gone: Sequence[WordPlace]) -> Parts:
    """The input without some words, and without the space that each leaves behind."""
    parts = list(item.clean)
    for place in sorted(gone, key=lambda one: one.start, reverse=True):
        text = parts[place.part]
        before, after = text[: place.start], text[place.end :]
        if after[:1].isspace() and (not before or before[-1].isspace()):
            after = after[1:]
        parts[place.part] = before + after
    return tuple(parts)


def greedy(
    item: TextItem,
    candidates: Callable[[WordPlace, np.random.Generator], Sequence[str]],
    *,
    edits: int,
    queries: int,
) -> Search:
    """Change one word after another, the most important first, until the student gives another label.

    How important a word is, the student says without it (Jin et al. 2020, *Is BERT really robust?*,
    step 1; the words of a text are all ranked by one look at each). In each place the candidate is
    taken that shakes the student most. Once it gives another label, every change is undone that
    this does not need, so that little of the text is lost. Where nothing flips it, the text that
    shook it most comes back.

    Args:
        item: the input.
        candidates: what may stand in a place.
        edits: words changed at most.
        queries: texts the student is asked about at most.
    """
    places = word_places(item)
    if len(places) > max(1, queries // 2):
        some = np.sort(item.rng.permutation(len(places))[: max(1, queries // 2)])
        places = [places[i] for i in some.tolist()]
    if not places:
        return item.clean
    heard = yield [without(item, [place]) for place in places]
    left = queries - len(places)
    ranks = np.nan_to_num(heard.doubt, posinf=2 * DECLINED)
    order = np.lexsort((item.rng.permutation(len(places)), -ranks))
    taken: dict[WordPlace, str] = {}
    best, most = item.clean, -np.inf
    for number in order.tolist():
        if left <= 0 or len(taken) >= edits:
            break
        place = places[number]
        options = [word for word in candidates(place, item.rng) if word != place.word]
        tried = {changed(item, {**taken, place: word}): word for word in options}
        valid = item.valid([*tried])[:left]
        if not valid:
            continue
        said = yield valid
        left -= len(valid)
        top = int(np.argmax(said.doubt))
        if said.doubt[top] < most:
            continue
        best, most, taken[place] = valid[top], said.doubt[top], tried[valid[top]]
        if np.isposinf(most):
            break
    if np.isposinf(most) and len(taken) > 1:
        best = yield from _undo(item, taken, best)
    return best


def _undo(item: TextItem, taken: dict[WordPlace, str], best: Parts) -> Search:
    """Undo the changes that another label does not need, the first made last."""
    for place in [*taken][:-1]:
        fewer = {one: word for one, word in taken.items() if one != place}
        tried = item.valid([changed(item, fewer)])
        if not tried:
            continue
        said = yield tried
        if np.isposinf(said.doubt[0]):
            taken, best = fewer, tried[0]
    return best


def worst(item: TextItem, tried: Sequence[Parts]) -> Search:
    """The first of some texts that gets another label, else the one that shakes the student most."""
    valid = item.valid(tried)
    if not valid:
        return item.clean
    said = yield valid
    return valid[int(np.argmax(said.doubt))]


def farthest_held(item: TextItem, tried: Sequence[Parts]) -> Search:
    """The first of some texts, the farthest first, at which the student holds its answer."""
    valid = item.valid(tried)
    if not valid:
        return item.clean
    said = yield valid
    held = np.flatnonzero(said.holds)
    return valid[int(held[0])] if len(held) else item.clean
