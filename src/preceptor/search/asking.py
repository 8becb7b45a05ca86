"""Putting questions: never more than the budget, never one twice, and each answer judged at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from preceptor.asking import NOT_TRIED, Questions, Queue
from preceptor.attacks.predictions import logits_of
from preceptor.core import AnyTeacher, Inputs
from preceptor.core.inputs import join
from preceptor.search.asked_inputs import NO_ROW
from preceptor.search.asked_inputs import AskedInputs as Asked
from preceptor.search.clusters import Clusters
from preceptor.search.context import AppliedTransform, Proposals, SearchContext


@dataclass(frozen=True, eq=False)
class PendingQuestions:
    """Questions that were chosen, and of which the answers may be under way.

    Attributes:
        inputs: ``Float[questions, *shape]``, or texts.
        keys: theirs.
        changes: what was done to the item that each was made from.
        generator: ``Int64[questions]``, who proposed them.
        parent: ``Int64[questions]``, the row of the pool each was made from.
    """

    inputs: Inputs
    keys: Sequence[str]
    changes: Sequence[AppliedTransform | None]
    generator: Tensor
    parent: Tensor

    def __len__(self) -> int:
        return len(self.keys)


@dataclass
class SearchQueue:
    """The one place where the teacher is asked; what it knows only grows.

    Attributes:
        ground: student and data.
        queue: to who is asked.
        budget: questions that may be put in all.
        asked: all questions so far, answered or not.
        clusters: of the witnesses.
        changes: for each question, what was done to the item that it was made from.
        over: whether nothing more can be asked.
        pending: how many questions were chosen and not heard yet.
        reasons: how many questions have no answer, by reason.
        parents: the rows of the pool from which something chosen was made.
    """

    ground: SearchContext
    queue: Queue
    budget: int
    asked: Asked
    clusters: Clusters
    changes: list[AppliedTransform | None] = field(default_factory=list)
    over: bool = False
    pending: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    parents: set[int] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def nothing_yet(cls, ground: SearchContext, teacher: AnyTeacher, budget: int) -> "SearchQueue":
        """Before the first question."""
        values = ground.measured(ground.pool[:1]).numel()
        clusters = Clusters.none(ground.scale, values)
        return cls(ground, Queue(teacher), budget, Asked.none(ground.pool), clusters)

    @property
    def left(self) -> int:
        """Questions that may still be chosen."""
        return 0 if self.over else self.budget - len(self.asked) - self.pending

    def fresh(self, keys: Sequence[str]) -> Tensor:
        """``Bool[batch]``: which inputs were not asked yet, each of several same ones once."""
        known = set(self._seen)
        new = []
        for key in keys:
            new.append(key not in known)
            known.add(key)
        return torch.tensor(new, dtype=torch.bool)

    def begin(self, proposals: list[tuple[int, Proposals]]) -> PendingQuestions | None:
        """Choose proposals, with the numbers of their generators, and have them asked.

        What was asked or chosen before is left out. A teacher that takes many calls at once is
        called meanwhile, where it answers and its budget is not about to end.

        Returns:
            the questions, for :meth:`hear`; ``None`` where there are none.
        """
        parts = [(number, one) for number, one in proposals if len(one)]
        if not parts or self.left <= 0:
            return None
        keys = [key for _, one in parts for key in one.keys]
        rows = self.fresh(keys).nonzero()[:, 0][: self.left]
        if len(rows) == 0:
            return None
        numbers = rows.tolist()
        inputs = join([one.inputs for _, one in parts]).detach()[rows]
        changes = [change for _, one in parts for change in one.changes]
        chosen = PendingQuestions(
            inputs,
            [keys[row] for row in numbers],
            [changes[row] for row in numbers],
            torch.cat([torch.full((len(one),), number) for number, one in parts])[rows],
            torch.cat([one.parent for _, one in parts])[rows],
        )
        self._seen.update(chosen.keys)
        self.parents.update(chosen.parent.tolist())
        self.pending += len(chosen)
        self.ahead(chosen)
        return chosen

    def ahead(self, chosen: PendingQuestions | None) -> None:
        """Call the teacher about chosen questions, if it is not done already and can be."""
        queue = self.queue
        if chosen is None or queue.has_begun(chosen.keys[0]) or not queue.covers(len(chosen)):
            return
        if queue.steady or not (queue.begun or len(self.asked)):
            queue.begin(Questions.of(chosen.inputs, chosen.keys))

    def hear(self, chosen: PendingQuestions | None) -> Tensor:
        """Wait for the answers to chosen questions, in the order in which they were chosen.

        Nothing comes of them once it is over.

        Returns:
            ``Int64[questions]``, the rows of ``asked`` that are new.
        """
        before = len(self.asked)
        if chosen is not None:
            self.pending -= len(chosen)
            if not self.over:
                self.changes += chosen.changes
                self._hear(chosen)
        return torch.arange(before, len(self.asked))

    def put(self, proposals: list[tuple[int, Proposals]]) -> Tensor:
        """Choose proposals and wait for the answers; see :meth:`begin` and :meth:`hear`."""
        return self.hear(self.begin(proposals))

    def _hear(self, chosen: PendingQuestions) -> None:
        inputs = chosen.inputs
        logits = logits_of(self.ground.student, inputs)
        replies = self.queue.put(Questions.of(inputs, chosen.keys))
        self.reasons.update(replies.reasons)
        answers = replies.answers
        said = Asked(
            inputs,
            self.ground.student.decide(logits),
            logits.softmax(1).amax(1).float(),
            answers.labels,
            replies.answered,
            answers.cost.float(),
            answers.votes,
            chosen.generator,
            chosen.parent,
            torch.full((len(inputs),), NO_ROW),
            answers.sets,
        )
        wrong = said.wrong.nonzero()[:, 0]
        self.clusters, numbers = self.clusters.add(
            self.ground.measured(inputs[wrong]), said.teacher[wrong], said.student[wrong]
        )
        said.found[wrong] = numbers
        self.asked = self.asked.and_then(said)
        # what is asked next depends on what people, or a larger budget, will say to these
        self.over = self.over or self.queue.ended or replies.waiting
        if self.queue.gave_up:
            self.reasons[NOT_TRIED] += self.left
            self.over = True
