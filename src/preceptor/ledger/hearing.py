"""Answers as the ledger keeps them, row by row; and what many calls said, gathered."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat

import torch

from preceptor.asking import ADVICE, Gap, Replies, flaws, on_cpu
from preceptor.core import (
    MISSING,
    Answers,
    BudgetError,
    InputError,
    UnansweredError,
    blank,
    check_answers,
)
from preceptor.core.label_sets import acceptable_of, plain_sets
from preceptor.ledger.answer_rows import KeptAnswer
from preceptor.ledger.question_keys import Batch


def check_import(answers: Answers, batch: int, *, name: str, classes: int) -> list[KeptAnswer]:
    """Answers obtained elsewhere, all of them.

    Raises:
        InputError: wrong type or length, or some are no answers.
    """
    typed = on_cpu(check_answers(answers, batch, name))
    bad = flaws(typed, classes)
    if bad:
        some = "; ".join(f"row {row}: {why}" for row, why in list(bad.items())[:3])
        raise InputError(
            f"{len(bad)} of {batch} answers of {name!r} are no answers ({some}); nothing was "
            "stored. Leave these rows out, or use UNCERTAIN (-1) where the teacher was uncertain"
        )
    return _rows(typed)


def said_in(replies: Replies) -> dict[int, KeptAnswer]:
    """The answers there are, by row."""
    rows = enumerate(_rows(replies.answers))
    return {row: one for row, one in rows if row not in replies.gaps}


def _rows(answers: Answers) -> list[KeptAnswer]:
    labels, costs = answers.labels.tolist(), answers.cost.double().tolist()
    if answers.votes is None and answers.sets is None:
        return list(map(KeptAnswer, labels, costs, repeat(None)))
    nothing = [None] * len(labels)
    votes = nothing if answers.votes is None else map(_given, answers.votes.tolist())
    among: list[tuple[int, ...] | None] = [None] * len(labels)
    if answers.sets is not None:
        for row in answers.partial.nonzero()[:, 0].tolist():
            among[row] = acceptable_of(answers.sets[row].tolist())
    return list(map(KeptAnswer, labels, costs, votes, among))


def _given(votes: list[int]) -> tuple[int, ...]:
    """The votes without what only fills the row up, since others have more voters."""
    end = len(votes)
    while end and votes[end - 1] == MISSING:
        end -= 1
    return tuple(votes[:end])


@dataclass(frozen=True)
class BatchAnswers:
    """What is known so far of a batch's slots. Grows while the batch is being asked.

    Attributes:
        said: answers, by slot.
        gaps: why there is none, by slot.
    """

    said: dict[int, KeptAnswer] = field(default_factory=dict)
    gaps: dict[int, Gap] = field(default_factory=dict)

    def hear(self, slots: Sequence[int], replies: Replies) -> None:
        """Take over what came of asking these slots, the rows of one call."""
        self.said.update((slots[row], said) for row, said in said_in(replies).items())
        self.gaps.update((slots[row], gap) for row, gap in replies.gaps.items())

    def refuse(self, slots: Sequence[int], budget: str) -> None:
        """These slots are beyond the budget."""
        why = Gap(f"not asked: the budget of {budget} is spent", BudgetError)
        self.gaps.update(dict.fromkeys(slots, why))

    def give_up(self, slots: Sequence[int], why: str) -> None:
        """These slots cannot be asked about."""
        self.gaps.update(dict.fromkeys(slots, Gap(f"not asked: {why}", UnansweredError)))

    def replies(self, batch: Batch, classes: int) -> Replies:
        """The whole batch's, float32 costs and all on the CPU; of a teacher of so many classes."""
        answers = _assemble([self.said.get(slot) for slot in batch.slots], classes)
        gaps = {row: self.gaps[slot] for row, slot in enumerate(batch.slots) if slot in self.gaps}
        if len(gaps) < len(batch.slots):  # there are answers, so there is hope
            gaps = {row: gap.mild() for row, gap in gaps.items()}
        return Replies(answers, gaps)


def answers_of(replies: Replies, who: str, version: str) -> Answers:
    """All answers of a batch.

    Raises:
        IncompleteError: for some rows there is none; the class that fits: ``BudgetError``
            before ``TeacherError`` before ``UnansweredError``.
    """
    if not replies.gaps:
        return replies.answers
    gaps, fault = replies.gaps, replies.fault
    row = next(row for row, gap in gaps.items() if issubclass(gap.fault, fault))
    advice = "give keep() a larger budget and run again to go on"
    raise fault(
        f"{who} version {version!r} has no answer to {len(gaps)} of {len(replies)} inputs; first, "
        f"row {row}: {gaps[row].why}. The {len(replies) - len(gaps)} answers are kept and travel "
        f"with this error; {advice if fault is BudgetError else ADVICE[fault]}",
        replies.answers,
        replies.answered,
        {number: gap.why for number, gap in gaps.items()},
    )


def _assemble(said: Sequence[KeptAnswer | None], classes: int) -> Answers:
    """Answers in order; ``UNCERTAIN`` at cost 0 where there is none.

    Rows of votes that are shorter than others are filled up with ``MISSING``.
    """
    given = [one for one in said if one is not None]
    votes = [one.votes for one in given if one.votes is not None]
    members = max(map(len, votes)) if given and len(votes) == len(given) else None
    answers = blank(len(said), members)
    if not given:
        return answers
    rows = torch.tensor([row for row, one in enumerate(said) if one is not None])
    answers.labels[rows] = torch.tensor([one.label for one in given])
    answers.cost[rows] = torch.tensor([one.cost for one in given], dtype=torch.float32)
    if answers.votes is not None and members is not None:
        filled = [(*row, *[MISSING] * (members - len(row))) for row in votes]
        answers.votes[rows] = torch.tensor(filled, dtype=torch.int64).reshape(len(rows), members)
    among = [(row, one.acceptable) for row, one in enumerate(said) if one and one.acceptable]
    if among:
        sets = plain_sets(answers.labels, classes)
        for row, labels in among:
            sets[row] = False
            sets[row, list(labels)] = True
        return replace(answers, sets=sets)
    return answers
