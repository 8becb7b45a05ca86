"""What a teacher says of each input: a label, ``UNCERTAIN`` or a set of labels; and what it cost."""

from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core.errors import InputError
from preceptor.core.label_sets import is_partial, kept_sets, plain_sets, settled

UNCERTAIN: Final = -1
"""The teacher's answer where no label is right. Never an index, never in a loss or an average."""

ABSTAINED: Final = -2
"""The student's answer where it declines to give one. A label of the student's side only."""

BROKEN: Final = -3
"""The student's answer where its logits are not finite: no label at all, so never right."""


MISSING: Final = -4
"""In a table of votes: this voter was never asked. Not an answer, and not an abstention."""


@dataclass(frozen=True)
class Answers:
    """The answers to a batch of questions.

    Attributes:
        labels: ``Int64[batch]``, each in ``0 .. classes - 1`` or ``UNCERTAIN``.
        cost: ``Float[batch]``, in the teacher's own unit (money, or seconds of a person's time).
        votes: ``Int64[batch, members]`` for a panel, each member's own answer, ``MISSING`` where
            a member was not asked; else ``None``.
        sets: ``Bool[batch, classes]``, the acceptable labels of each input, where an answer is
            *partial*: several labels, and not all. A set of one is that label in ``labels``, every
            other is ``UNCERTAIN`` there. ``None`` where no answer is partial.
    """

    labels: Int64[Tensor, " batch"]
    cost: Float[Tensor, " batch"]
    votes: Int64[Tensor, "batch members"] | None = None
    sets: Bool[Tensor, "batch classes"] | None = None

    @classmethod
    def of_sets(
        cls,
        sets: Bool[Tensor, "batch classes"],
        cost: Float[Tensor, " batch"],
        votes: Int64[Tensor, "batch members"] | None = None,
    ) -> "Answers":
        """Answers that are sets of acceptable labels, of which no row is empty."""
        return cls(settled(sets), cost, votes, kept_sets(sets))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def certain(self) -> Bool[Tensor, " batch"]:
        """True where the teacher gave a label."""
        return self.labels != UNCERTAIN

    @property
    def partial(self) -> Bool[Tensor, " batch"]:
        """True where it named several labels, and not all."""
        if self.sets is None:
            return torch.zeros(len(self), dtype=torch.bool)
        return is_partial(self.sets)

    def acceptable(self, classes: int) -> Bool[Tensor, "batch classes"]:
        """The acceptable labels of each input: one, several, or all where it was uncertain."""
        return plain_sets(self.labels, classes) if self.sets is None else self.sets

    def take(self, rows: Tensor) -> "Answers":
        """The answers of some rows, by index ``Int64[rows]`` or by mask ``Bool[batch]``."""
        votes = None if self.votes is None else self.votes[rows]
        sets = None if self.sets is None else kept_sets(self.sets[rows])
        return Answers(self.labels[rows], self.cost[rows], votes, sets)


def blank(batch: int, members: int | None = None) -> Answers:
    """``batch`` rows of ``UNCERTAIN`` at cost 0, to be filled in."""
    votes = None if members is None else torch.full((batch, members), UNCERTAIN)
    return Answers(torch.full((batch,), UNCERTAIN), torch.zeros(batch), votes)


def nonsense(labels: Int64[Tensor, " batch"], classes: int) -> Bool[Tensor, " batch"]:
    """True where a label is neither ``UNCERTAIN`` nor in ``0 .. classes - 1``."""
    return (labels < UNCERTAIN) | (labels >= classes)


def check_answers(answers: object, batch: int, who: str) -> Answers:
    """The answers, if they have the right type and length.

    Raises:
        InputError: ``who`` returned something else.
    """
    if not isinstance(answers, Answers):
        raise InputError(
            f"teacher {who!r} returned {type(answers).__name__}; expected Answers(labels, cost). "
            "Wrap a plain function with preceptor.teachers.Rule."
        )
    if answers.labels.is_floating_point() or answers.labels.dtype == torch.bool:
        raise InputError(
            f"teacher {who!r} returned labels of {answers.labels.dtype}; expected whole numbers"
        )
    wrong = [
        f"{name} of shape {tuple(value.shape)}"
        for name, value in (("labels", answers.labels), ("cost", answers.cost))
        if value.shape != (batch,)
    ]
    if wrong:
        raise InputError(
            f"teacher {who!r} was asked {batch} questions and returned {', '.join(wrong)}; "
            f"expected one answer for each question, shape ({batch},)."
        )
    if answers.cost.dtype.is_complex or answers.cost.dtype == torch.bool:
        raise InputError(
            f"teacher {who!r} returned costs of {answers.cost.dtype}; expected float32"
        )
    votes = answers.votes
    if votes is not None and (
        votes.ndim != 2
        or len(votes) != batch
        or votes.is_floating_point()
        or votes.dtype == torch.bool
    ):
        raise InputError(
            f"teacher {who!r} returned votes of {votes.dtype} and shape {tuple(votes.shape)}; "
            f"expected int64 and ({batch}, members)"
        )
    sets = answers.sets
    if sets is not None and (sets.ndim != 2 or len(sets) != batch or sets.dtype != torch.bool):
        raise InputError(
            f"teacher {who!r} returned sets of {sets.dtype} and shape {tuple(sets.shape)}; "
            f"expected bool and ({batch}, classes), true where a label is acceptable"
        )
    return answers
