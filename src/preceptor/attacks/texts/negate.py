"""A negation put in or taken out, while the student holds its answer."""

from dataclasses import dataclass
from typing import ClassVar

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.texts.text_edits import (
    Change,
    WordPlace,
    changed,
    farthest_held,
    without,
    word_places,
)
from preceptor.attacks.texts.text_search import Parts, Search, TextItem, search_texts
from preceptor.core import Goal, ItemRng, Student, TextDomain, Texts
from preceptor.transforms.texts.word_lists import CONTRACTIONS, NEGATABLE, NEGATIONS, cased_as


@dataclass(frozen=True)
class Negate:
    """English sentences that say the opposite, by one negation, where the student does not notice.

    *not* behind a verb such as *is* or *did*, or a negation taken out; of all such texts at which the
    student holds its answer, one is taken at random. Where there is none, the text stays.
    """

    goal: ClassVar[Goal] = "keep"
    family: ClassVar[str] = "negate"
    size: ClassVar[None] = None
    needs_gradients: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """``negate``."""
        return name_of(self, self.family)

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        return search_texts(student, inputs, _search, domain=domain, rng=rng)


def _search(item: TextItem) -> Search:
    tried = [one for place in word_places(item) for one in _negated(item, place)]
    order = item.rng.permutation(len(tried))
    return farthest_held(item, [tried[i] for i in order.tolist()])


def _negated(item: TextItem, place: WordPlace) -> list[Parts]:
    word = place.word.replace("\u2019", "'").casefold()
    if word in CONTRACTIONS:
        plain: Change = {place: cased_as(CONTRACTIONS[word], place.word)}
        return [changed(item, plain)]
    if word in NEGATIONS:
        return [without(item, [place])]
    behind = item.clean[place.part][place.end :].split(maxsplit=1)
    if word in NEGATABLE and (not behind or behind[0].casefold() not in NEGATIONS):
        return [changed(item, {place: f"{place.word} not"})]
    return []
