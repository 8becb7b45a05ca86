"""Words dropped that the student does not need."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.texts.text_edits import WordPlace, without, word_places
from preceptor.attacks.texts.text_search import Search, TextItem, search_texts
from preceptor.core import Goal, ItemRng, Student, TextDomain, Texts
from preceptor.core.checks import at_least


@dataclass(frozen=True)
class DropWords:
    """As many words as possible left out while the student holds its answer, until few are left.

    After Feng et al. 2018, *Pathologies of neural models make interpretations difficult*: the word
    that the student minds least goes first. Differences: it is ranked once, and words go in
    portions that are halved where the answer would change. The teacher may be uncertain of what is
    left: then the student was sure of what nobody can read.

    Attributes:
        stay: words that are not dropped.
        queries: texts the student is asked about at most, for each item.

    Raises:
        InputError: a number below 1.
    """

    stay: int = 1
    queries: int = 300

    goal: ClassVar[Goal] = "keep"
    family: ClassVar[str] = "drop"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, "drop", stay=self.stay, queries=self.queries)

    @property
    def name(self) -> str:
        """``drop stay=1``, and every option that is not the default."""
        return name_of(self, self.family, "stay")

    @property
    def size(self) -> float:
        """``stay``."""
        return float(self.stay)

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        return search_texts(student, inputs, self._search, domain=domain, rng=rng)

    def _search(self, item: TextItem) -> Search:
        places = word_places(item)[: max(1, self.queries // 2)]
        if len(places) <= self.stay:
            return item.clean
        said = yield [without(item, [place]) for place in places]
        order = [places[i] for i in np.argsort(said.doubt, kind="stable").tolist()]
        left, best = self.queries - len(places), item.clean
        gone: list[WordPlace] = []
        waiting, size = order, max(1, len(order) // 2)
        while waiting and left > 0 and len(gone) < len(places) - self.stay:
            portion = waiting[: min(size, len(places) - self.stay - len(gone))]
            tried = item.valid([without(item, [*gone, *portion])])
            held = False
            if tried:
                said = yield tried
                held, left = bool(said.holds[0]), left - 1
            if held:
                best, gone = tried[0], [*gone, *portion]
            if held or size == 1:
                waiting = waiting[len(portion) :]
            else:
                size = max(1, size // 2)
        return best
