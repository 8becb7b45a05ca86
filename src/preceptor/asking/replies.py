"""What came of asking: for each question an answer, or the reason why there is none."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Bool
from torch import Tensor

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    BudgetError,
    HopelessError,
    IncompleteError,
    TeacherError,
    UnansweredError,
    blank,
)
from preceptor.core.label_sets import joined_sets, kept_sets

Fault = type[IncompleteError]

BUDGET = "the budget of questions is used up"
"""The reason of every question that a budget does not cover, whoever keeps the budget."""

_FIRST: Sequence[Fault] = (BudgetError, TeacherError, UnansweredError, IncompleteError)


@dataclass(frozen=True)
class Gap:
    """Why a question has no answer.

    Attributes:
        why: in words.
        fault: the error that fits.
        kind: the class of the exception, where the question was put alone and failed.
    """

    why: str
    fault: Fault = TeacherError
    kind: str = ""

    @property
    def waits(self) -> bool:
        """Whether there may be an answer when the same is run again: a person has not answered
        yet, or the budget has ended.
        """
        return issubclass(self.fault, BudgetError | UnansweredError)

    def mild(self) -> "Gap":
        """The same, where other questions do have answers."""
        return Gap(self.why) if self.fault is HopelessError else self


@dataclass(frozen=True, eq=False)
class Replies:
    """What came of a batch of questions. *Unanswered* is never *uncertain*.

    Attributes:
        answers: on the CPU, ``UNCERTAIN`` at cost 0 with ``MISSING`` votes where there is none.
        gaps: why there is none, by row.
        error: what the teacher raised, where it was one call that raised.
    """

    answers: Answers
    gaps: Mapping[int, Gap] = field(default_factory=dict)
    error: Exception | None = None

    def __len__(self) -> int:
        return len(self.answers)

    @classmethod
    def none(cls, batch: int, gap: Gap, error: Exception | None = None) -> "Replies":
        """No answer, for one reason."""
        return cls(blank(batch), dict.fromkeys(range(batch), gap), error)

    @classmethod
    def of(cls, answers: Answers, gaps: Mapping[int, Gap]) -> "Replies":
        """Answers, blank where there is a gap."""
        if not gaps:
            return cls(answers)
        there = _there(len(answers), gaps)
        votes = answers.votes
        kept = Answers(
            torch.where(there, answers.labels, UNCERTAIN),
            torch.where(there, answers.cost, torch.zeros_like(answers.cost)),
            None if votes is None else torch.where(there[:, None], votes, MISSING),
            None if answers.sets is None else kept_sets(answers.sets | ~there[:, None]),
        )
        return cls(kept, dict(gaps))

    @classmethod
    def join(cls, batch: int, parts: Iterable[tuple[Tensor, "Replies"]]) -> "Replies":
        """One batch out of parts.

        Args:
            batch: how many questions there are.
            parts: rows ``Int64[part]`` and what came of them; together every row once.
        """
        labels, gaps = torch.full((batch,), UNCERTAIN), dict[int, Gap]()
        cost = torch.zeros(batch, dtype=torch.float64)
        votes: Tensor | None = None
        sets: list[tuple[Tensor, Tensor | None]] = []
        for rows, part in parts:
            sets.append((rows, part.answers.sets))
            labels[rows], cost[rows] = part.answers.labels, part.answers.cost.double()
            if part.answers.votes is not None:
                votes = _wide(votes, batch, part.answers.votes.shape[1])
                votes[rows, : part.answers.votes.shape[1]] = part.answers.votes
            numbers = rows.tolist()
            gaps.update((numbers[row], gap) for row, gap in part.gaps.items())
        return cls(Answers(labels, cost, votes, joined_sets(labels, sets)), gaps)

    @cached_property
    def answered(self) -> Bool[Tensor, " batch"]:
        """Where there is an answer."""
        return _there(len(self), self.gaps)

    @property
    def reasons(self) -> dict[str, int]:
        """How many questions have no answer, by reason."""
        return dict(Counter(gap.why for _, gap in sorted(self.gaps.items())))

    @property
    def end(self) -> int | None:
        """The first row that the budget did not cover; ``None`` if it covered all."""
        refused = (row for row, gap in self.gaps.items() if gap.fault is BudgetError)
        return min(refused, default=None)

    @property
    def waiting(self) -> bool:
        """Whether questions wait for people: a teacher that is silent, but not broken."""
        return any(gap.fault is UnansweredError for gap in self.gaps.values())

    @property
    def hopeless(self) -> bool:
        """Whether there are several questions and all failed alike, together and alone."""
        faults = {(gap.fault, gap.kind) for gap in self.gaps.values()}
        alike = len(faults) == 1 and next(iter(faults))[0] is HopelessError
        return alike and 1 < len(self) == len(self.gaps)

    @property
    def fault(self) -> Fault:
        """The error that fits all gaps together; ``BudgetError`` before ``TeacherError`` and so on."""
        if self.hopeless:
            return HopelessError
        found = [gap.fault for gap in self.gaps.values()]
        return next(one for one in _FIRST if any(issubclass(fault, one) for fault in found))

    def take(self, rows: Tensor) -> "Replies":
        """Those of some rows, ``Int64[rows]``."""
        numbers = rows.tolist()
        gaps = {i: self.gaps[row] for i, row in enumerate(numbers) if row in self.gaps}
        return Replies(self.answers.take(rows), gaps)

    def raise_failures(self, who: str) -> None:
        """Raise what is missing for another reason than the budget, with the answers there are.

        Raises:
            IncompleteError: of the class that fits, if there is any such gap.
        """
        failed = {row: gap for row, gap in self.gaps.items() if gap.fault is not BudgetError}
        if not failed:
            return
        fault, row = Replies(self.answers, failed).fault, min(failed)
        raise fault(
            f"teacher {who!r} gave no answer to {len(self.gaps)} of {len(self)} questions; row "
            f"{row}: {self.gaps[row].why}. The {len(self) - len(self.gaps)} answers travel with "
            f"this error; {ADVICE[fault]}",
            self.answers,
            self.answered,
            {number: gap.why for number, gap in sorted(self.gaps.items())},
        )


ADVICE: dict[Fault, str] = {
    BudgetError: "give a larger budget and run again to go on",
    TeacherError: "mend the teacher and run again: only what is missing is asked",
    HopelessError: "mend the teacher and run again",
    UnansweredError: "run again when the answers have been given",
    IncompleteError: "run again: only what is missing is asked",
}
"""What to do, by fault."""


def fault_of(error: IncompleteError) -> Fault:
    """The class of this tree to which an error belongs."""
    kinds: Sequence[Fault] = (BudgetError, UnansweredError, HopelessError, TeacherError)
    return next((kind for kind in kinds if isinstance(error, kind)), IncompleteError)


def _there(batch: int, gaps: Mapping[int, Gap]) -> Tensor:
    there = torch.ones(batch, dtype=torch.bool)
    there[list(gaps)] = False
    return there


def _wide(votes: Tensor | None, batch: int, members: int) -> Tensor:
    """Room for the votes of so many members, ``MISSING`` where nothing was said."""
    if votes is not None and votes.shape[1] >= members:
        return votes
    wide = torch.full((batch, members), MISSING)
    if votes is not None:
        wide[:, : votes.shape[1]] = votes
    return wide
