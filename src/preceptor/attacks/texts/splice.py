"""Parts of texts of other classes put in, while the student holds its answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.predictions import logits_of
from preceptor.attacks.texts.text_edits import farthest_held
from preceptor.attacks.texts.text_search import Parts, Search, TextItem, search_texts
from preceptor.core import Goal, InputError, ItemRng, Student, TextDomain, Texts
from preceptor.core.checks import at_least
from preceptor.transforms.texts.other_meaning import SENTENCE

_SHARES: Final = (1.0, 0.75, 0.5, 0.34, 0.25)
"""How much of a text is replaced, tried in this order."""


@dataclass(frozen=True, eq=False)
class Splice:
    """Sentences of a text replaced by those of a text that the student answers otherwise, as many as
    possible while it holds its answer. In a text of one sentence, words are replaced.

    The classes are the student's own, for an attack knows no label.

    Attributes:
        pool: texts without labels. The student is asked about all of them once a call.
        guides: texts of other classes tried for each item, drawn at random.
        share: of the sentences replaced at most.

    Raises:
        InputError: an empty pool, other fields than the inputs', or an option that makes no sense.
    """

    pool: Texts = field(repr=False)
    guides: int = 8
    share: float = 0.75

    goal: ClassVar[Goal] = "keep"
    family: ClassVar[str] = "splice"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, "splice", guides=self.guides)
        if not 0 < self.share <= 1:
            raise InputError(f"splice: share is above 0 and at most 1; got {self.share}")
        if len(self.pool) == 0:
            raise InputError("splice: the pool is empty; give texts, such as the audited ones")

    @property
    def name(self) -> str:
        """``splice share=0.75``, and every option that is not the default."""
        return name_of(self, self.family, "share", leave_out=("pool",))

    @property
    def size(self) -> float:
        """``share``."""
        return self.share

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        if self.pool.fields != inputs.fields:
            raise InputError(
                f"splice: the pool has the fields {self.pool.fields}, the texts {inputs.fields}"
            )
        if len(inputs) == 0:
            return inputs
        labels = logits_of(student, self.pool).argmax(1).tolist()
        guides = self.pool.parts

        def search(item: TextItem) -> Search:
            other = [i for i, label in enumerate(labels) if label != item.own]
            some = item.rng.permutation(len(other))[: self.guides]
            chosen = [guides[other[i]] for i in some.tolist()]
            tried = [
                _spliced(item, guide, share)
                for share in _SHARES
                if share <= self.share
                for guide in chosen
            ]
            return farthest_held(item, tried or [_spliced(item, one, self.share) for one in chosen])

        return search_texts(student, inputs, search, domain=domain, rng=rng)


def _spliced(item: TextItem, guide: Parts, share: float) -> Parts:
    """The input with its last sentences, such a share of them, replaced by the guide's last ones."""
    parts = list(item.clean)
    for number in item.domain.changeable:
        mine, theirs = _pieces(parts[number], guide[number])
        many = max(1, int(share * len(mine) + 1e-9))  # at most the share
        parts[number] = "".join([*mine[: len(mine) - many], *theirs[-many:]]).rstrip()
    return tuple(parts)


def _pieces(mine: str, theirs: str) -> tuple[Sequence[str], Sequence[str]]:
    """Sentences of both; words, where the first text has but one sentence."""
    found = SENTENCE.findall(mine)
    if len(found) > 1:
        last = found[-1]
        found[-1] = last if last[-1:].isspace() else f"{last} "
        return found, SENTENCE.findall(theirs)
    return re.findall(r"\S+\s*", mine) or [mine], re.findall(r"\S+\s*", theirs)
