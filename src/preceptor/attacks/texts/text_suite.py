"""The strong suite for texts as one attack: one question an item, and mild changes first."""

from dataclasses import dataclass, field
from typing import ClassVar

import torch

from preceptor.attacks.attack_options import name_of
from preceptor.attacks.predictions import CleanPrediction, doubt, logits_of
from preceptor.attacks.texts.character_edits import LetterCase, Lookalikes, Spacing, Typos
from preceptor.attacks.texts.filler import Filler
from preceptor.attacks.texts.word_exchange import Details, WordExchange
from preceptor.core import Goal, ItemRng, Student, TextDomain, Texts
from preceptor.core.checks import at_least
from preceptor.core.inputs import put


@dataclass(frozen=True, eq=False)
class TextSuite:
    """One attack after another on what has not flipped yet: letter case, a sentence that says nothing,
    names and numbers, typing errors, spacing, letters that look alike, and words.

    The order goes from what people hardly mind to what may change the meaning, so that the teacher
    is asked about the mildest change that works. Where nothing works, the text that shook the
    student most comes back.

    Attributes:
        pool: texts without labels, from which names and neighbours of words are taken.
        edits: words changed at most by the attacks on characters.
        share: of the words exchanged at most by the attack on words.
        queries: texts the student is asked about at most by each attack, for each item.

    Raises:
        InputError: an option that makes no sense.
    """

    pool: Texts = field(repr=False)
    edits: int = 3
    share: float = 0.2
    queries: int = 300

    goal: ClassVar[Goal] = "flip"
    family: ClassVar[str] = "standard"
    needs_gradients: ClassVar[bool] = False

    def __post_init__(self) -> None:
        at_least(1, "standard", edits=self.edits, queries=self.queries)
        WordExchange(self.pool, self.share)

    @property
    def name(self) -> str:
        """``standard edits=3 share=0.2``, and every option that is not the default."""
        return name_of(self, self.family, "edits", "share", leave_out=("pool",))

    @property
    def size(self) -> float:
        """``share``."""
        return self.share

    def __call__(
        self, student: Student[Texts], inputs: Texts, *, domain: TextDomain, rng: ItemRng
    ) -> Texts:
        moved = inputs
        if len(inputs) == 0:
            return moved
        own = CleanPrediction.of(student, inputs)
        best = torch.full((len(inputs),), -torch.inf, device=own.labels.device)
        rows = torch.arange(len(inputs), device=own.labels.device)
        for attack in (
            LetterCase(self.edits, self.queries),
            Filler(),
            Details(self.pool, self.edits, queries=self.queries),
            Typos(self.edits, queries=self.queries),
            Spacing(self.edits, self.queries),
            Lookalikes(self.edits, self.queries),
            WordExchange(self.pool, self.share, queries=self.queries),
        ):
            tried = attack(student, inputs[rows], domain=domain, rng=rng.take(rows))
            doubted = doubt(student, logits_of(student, tried), own.take(rows)).to(best)
            better = (doubted > best[rows]).nonzero()[:, 0]
            found = put(moved, rows[better], tried[better])
            assert isinstance(found, Texts)  # noqa: S101 - as the inputs are
            moved = found
            best[rows[better]] = doubted[better]
            rows = rows[~doubted.isposinf()]
            if len(rows) == 0:
                break
        return moved
