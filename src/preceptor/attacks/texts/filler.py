"""A sentence added that says nothing."""

from dataclasses import dataclass
from typing import ClassVar

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.texts.text_edits import worst
from preceptor.attacks.texts.text_search import Parts, Search, TextItem, search_texts
from preceptor.core import Goal, InputError, ItemRng, Student, TextDomain, Texts
from preceptor.transforms.texts.word_lists import FILLERS


@dataclass(frozen=True)
class Filler:
    """A sentence that says nothing, put before or behind the text: of some, the worst.

    Attributes:
        sentence: to be added; some English ones unless given.

    Raises:
        InputError: an empty sentence.
    """

    sentence: str | None = None

    goal: ClassVar[Goal] = "flip"
    family: ClassVar[str] = "filler"
    size: ClassVar[None] = None
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.sentence is not None and not self.sentence.strip():
            raise InputError("filler: the sentence is empty")

    @property
    def name(self) -> str:
        """``filler``, and the sentence if it was given."""
        return name_of(self, self.family)

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        return search_texts(student, inputs, self._search, domain=domain, rng=rng)

    def _search(self, item: TextItem) -> Search:
        said = FILLERS if self.sentence is None else (self.sentence,)
        tried: list[Parts] = []
        for sentence in said:
            for part in item.domain.changeable:
                text = item.clean[part]
                for new in (f"{text} {sentence}", f"{sentence} {text}"):
                    tried.append((*item.clean[:part], new, *item.clean[part + 1 :]))
        return worst(item, tried)
