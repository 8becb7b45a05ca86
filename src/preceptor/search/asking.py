"""Putting questions: never more than the budget, never one twice, and each answer judged at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from preceptor.asking import NOT_TRIED, Questions, Queue
from preceptor.attacks.predictions import logits_of
from preceptor.core import Teacher
from preceptor.search.asked_inputs import NO_ROW
from preceptor.search.asked_inputs import AskedInputs as Asked
from preceptor.search.clusters import Clusters
from preceptor.search.context import AppliedTransform, Proposals, SearchContext


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
        reasons: how many questions have no answer, by reason.
    """

    ground: SearchContext
    queue: Queue
    budget: int
    asked: Asked
    clusters: Clusters
    changes: list[AppliedTransform | None] = field(default_factory=list)
    over: bool = False
    reasons: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def nothing_yet(cls, ground: SearchContext, teacher: Teacher, budget: int) -> "SearchQueue":
        """Before the first question."""
        values = ground.domain.measured(ground.pool[:1]).numel()
        clusters = Clusters.none(ground.scale, values)
        return cls(ground, Queue(teacher), budget, Asked.none(ground.domain.shape), clusters)

    @property
    def left(self) -> int:
        """Questions that may still be put."""
        return 0 if self.over else self.budget - len(self.asked)

    def fresh(self, keys: Sequence[str]) -> Tensor:
        """``Bool[batch]``: which inputs were not asked yet, each of several same ones once."""
        known = set(self._seen)
        new = []
        for key in keys:
            new.append(key not in known)
            known.add(key)
        return torch.tensor(new, dtype=torch.bool)

    def put(self, proposals: list[tuple[int, Proposals]]) -> Tensor:
        """Ask about proposals, with the numbers of their generators; what was asked is left out.

        Returns:
            ``Int64[questions]``, the rows of ``asked`` that are new.
        """
        parts = [(number, one) for number, one in proposals if len(one)]
        before = len(self.asked)
        if not parts or self.left <= 0:
            return torch.arange(before, before)
        keys = [key for _, one in parts for key in one.keys]
        rows = self.fresh(keys).nonzero()[:, 0][: self.left]
        if len(rows) == 0:
            return rows
        inputs = torch.cat([one.inputs for _, one in parts]).detach()[rows].contiguous()
        keys = [keys[row] for row in rows.tolist()]
        self._seen.update(keys)
        changes = [change for _, one in parts for change in one.changes]
        self.changes += [changes[row] for row in rows.tolist()]
        generator = torch.cat([torch.full((len(one),), number) for number, one in parts])[rows]
        parent = torch.cat([one.parent for _, one in parts])[rows]
        self._hear(inputs, keys, generator, parent)
        return torch.arange(before, len(self.asked))

    def _hear(self, inputs: Tensor, keys: Sequence[str], generator: Tensor, parent: Tensor) -> None:
        logits = logits_of(self.ground.student, inputs)
        replies = self.queue.put(Questions.of(inputs, keys))
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
            generator,
            parent,
            torch.full((len(inputs),), NO_ROW),
        )
        wrong = said.wrong.nonzero()[:, 0]
        self.clusters, numbers = self.clusters.add(
            self.ground.domain.measured(inputs[wrong]), said.teacher[wrong], said.student[wrong]
        )
        said.found[wrong] = numbers
        self.asked = self.asked.and_then(said)
        # what is asked next depends on what people, or a larger budget, will say to these
        self.over = self.over or self.queue.ended or replies.waiting
        if self.queue.gave_up:
            self.reasons[NOT_TRIED] += self.left
            self.over = True
