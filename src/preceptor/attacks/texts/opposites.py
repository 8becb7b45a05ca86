"""Words exchanged for their opposites, while the student holds its answer."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.texts.text_edits import WordPlace, changed, word_places
from preceptor.attacks.texts.text_search import Parts, Search, TextItem, search_texts
from preceptor.core import Goal, ItemRng, Student, TextDomain, Texts
from preceptor.core.checks import at_least
from preceptor.transforms.texts.word_lists import OPPOSITES, cased_as, others_of, read_word_list


@dataclass(frozen=True)
class Opposites:
    """As many words as possible exchanged for their opposites, one after another, while the student
    holds its answer: first those that it minds least.

    Attributes:
        edits: words exchanged at most.
        words: a file of opposites, ``good/bad`` on each line; some English ones unless given.

    Raises:
        InputError: a number below 1, or a list that cannot be read.
    """

    edits: int = 3
    words: str | None = None

    goal: ClassVar[Goal] = "keep"
    family: ClassVar[str] = "opposites"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, "opposites", edits=self.edits)
        if self.words is not None:
            read_word_list(self.words, "opposites")

    @property
    def name(self) -> str:
        """``opposites edits=3``, and the list if one was given."""
        return name_of(self, self.family, "edits")

    @property
    def size(self) -> float:
        """``edits``."""
        return float(self.edits)

    @cached_property
    def _others(self) -> dict[str, list[str]]:
        groups = OPPOSITES if self.words is None else read_word_list(self.words, "opposites")
        return others_of(groups)

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        return search_texts(student, inputs, self._search, domain=domain, rng=rng)

    def _search(self, item: TextItem) -> Search:
        taken: dict[WordPlace, str] = {}
        best = item.clean
        left = [place for place in word_places(item) if place.word.casefold() in self._others]
        for _ in range(self.edits):
            tried: dict[Parts, tuple[WordPlace, str]] = {}
            for place in left:
                for word in self._others[place.word.casefold()]:
                    new = cased_as(word, place.word)
                    tried[changed(item, {**taken, place: new})] = place, new
            valid = item.valid([*tried])
            if not valid:
                break
            said = yield valid
            held = [i for i in range(len(valid)) if said.holds[i]]
            if not held:
                break
            best = valid[min(held, key=lambda i: float(said.doubt[i]))]
            place, new = tried[best]
            taken[place] = new
            left = [one for one in left if one != place]
        return best
