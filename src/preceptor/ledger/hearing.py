"""Ask a teacher and hear only what is an answer; gather what many calls said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import torch
from torch import Tensor

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    BudgetError,
    HopelessError,
    IncompleteError,
    InconsistentTeacherError,
    InputError,
    LedgerError,
    Teacher,
    TeacherError,
    UnansweredError,
    blank,
    check_answers,
    nonsense,
)
from preceptor.ledger.keys import Batch
from preceptor.ledger.rows import Said

Fault = type[IncompleteError]


@dataclass(frozen=True)
class Missing:
    """Why a question has no answer.

    Attributes:
        why: in words.
        fault: the error that fits.
    """

    why: str
    fault: Fault

    def mild(self) -> "Missing":
        """The same, where other questions do have answers."""
        return Missing(self.why, TeacherError) if self.fault is HopelessError else self


@dataclass(frozen=True)
class Heard:
    """What came of one call: each row is in exactly one of the two.

    Attributes:
        said: answers, by row.
        missing: why there is none, by row.
    """

    said: Mapping[int, Said]
    missing: Mapping[int, Missing]


def hear(ask: Callable[[Tensor], Answers], inputs: Tensor, *, name: str, classes: int) -> Heard:
    """Ask, and sort the rows into answers and gaps.

    Only interrupts, ledger errors and inconsistent teachers get out.

    An answer is a label in ``0 .. classes - 1`` or ``UNCERTAIN``, at a finite cost of at least 0.
    """
    batch = len(inputs)
    missing: dict[int, Missing] = {}
    try:
        try:
            answers = _typed(ask(inputs), batch, name)
        except IncompleteError as error:
            answers = _typed(error.answers, batch, name)
            missing = _gaps(error, batch)
    except (LedgerError, InconsistentTeacherError):
        raise
    except Exception as error:  # the teacher is foreign code: whatever it raises is a gap
        reason = Missing(f"{type(error).__name__}: {error}", TeacherError)
        return Heard({}, dict.fromkeys(range(batch), reason))
    for row, why in _not_answers(answers, classes).items():
        missing.setdefault(row, Missing(why, TeacherError))
    everything = _rows(answers)
    said = {row: one for row, one in enumerate(everything) if row not in missing}
    return Heard(said, missing)


def fault_of(error: IncompleteError) -> Fault:
    """The class of this tree to which an error belongs."""
    kinds: Sequence[Fault] = (BudgetError, UnansweredError, HopelessError, TeacherError)
    return next((kind for kind in kinds if isinstance(error, kind)), IncompleteError)


def check_import(answers: Answers, batch: int, *, name: str, classes: int) -> list[Said]:
    """Answers obtained elsewhere, all of them.

    Raises:
        InputError: wrong type or length, or some are no answers.
    """
    typed = _typed(answers, batch, name)
    bad = _not_answers(typed, classes)
    if bad:
        some = "; ".join(f"row {row}: {why}" for row, why in list(bad.items())[:3])
        raise InputError(
            f"{len(bad)} of {batch} answers of {name!r} are no answers ({some}); nothing was "
            "stored. Leave these rows out, or use UNCERTAIN (-1) where the teacher was uncertain"
        )
    return _rows(typed)


def _rows(answers: Answers) -> list[Said]:
    labels, costs = answers.labels.tolist(), answers.cost.tolist()
    if answers.votes is None:
        return list(map(Said, labels, costs, repeat(None)))
    rows = zip(labels, costs, answers.votes.tolist(), strict=True)
    return [Said(label, cost, _given(votes)) for label, cost, votes in rows]


def _given(votes: list[int]) -> tuple[int, ...]:
    """The votes without what only fills the row up, since others have more voters."""
    end = len(votes)
    while end and votes[end - 1] == MISSING:
        end -= 1
    return tuple(votes[:end])


def _typed(answers: object, batch: int, name: str) -> Answers:
    """The answers on the CPU, if they have the right types and shapes."""
    checked = check_answers(answers, batch, name)
    labels, cost, votes = checked.labels, checked.cost, checked.votes
    if cost.dtype.is_complex or cost.dtype == torch.bool:
        raise InputError(f"teacher {name!r} returned costs of {cost.dtype}; expected float32")
    if votes is not None and (votes.ndim != 2 or len(votes) != batch or votes.is_floating_point()):
        raise InputError(
            f"teacher {name!r} returned votes of {votes.dtype} and shape {tuple(votes.shape)}; "
            f"expected int64 and ({batch}, members)"
        )
    return Answers(
        labels.detach().cpu().long(),
        cost.detach().cpu().double(),
        None if votes is None else votes.detach().cpu().long(),
    )


def _gaps(error: IncompleteError, batch: int) -> dict[int, Missing]:
    answered = error.answered
    if tuple(answered.shape) != (batch,):
        raise InputError(
            f"{type(error).__name__} carries a mask of shape {tuple(answered.shape)} for "
            f"{batch} questions ({error})"
        )
    rows = (~answered.cpu().bool()).nonzero()[:, 0].tolist()
    fault = fault_of(error)
    return {row: Missing(error.reasons.get(row, str(error)), fault) for row in rows}


def _not_answers(answers: Answers, classes: int) -> dict[int, str]:
    """The rows that are no answers, and why."""
    bad: dict[int, str] = {}
    for row in nonsense(answers.labels, classes).nonzero()[:, 0].tolist():
        bad[row] = (
            f"label {int(answers.labels[row])} is neither UNCERTAIN ({UNCERTAIN}) nor in "
            f"0 .. {classes - 1}"
        )
    fair = answers.cost.isfinite() & (answers.cost >= 0)
    for row in (~fair).nonzero()[:, 0].tolist():
        cost = float(answers.cost[row])
        bad.setdefault(row, f"cost {cost} is not a finite number of at least 0")
    if answers.votes is not None:
        wrong = nonsense(answers.votes.flatten(), classes).view_as(answers.votes)
        wrong &= answers.votes != MISSING
        if wrong.numel():
            for row in wrong.any(1).nonzero()[:, 0].tolist():
                bad.setdefault(
                    row,
                    f"votes {answers.votes[row].tolist()} hold a label outside 0 .. {classes - 1}",
                )
    return bad


@dataclass(frozen=True)
class Gathered:
    """What is known so far of a batch's slots. Grows while the batch is being asked.

    Attributes:
        said: answers, by slot.
        missing: why there is none, by slot.
    """

    said: dict[int, Said] = field(default_factory=dict)
    missing: dict[int, Missing] = field(default_factory=dict)

    def hear(self, slots: Sequence[int], heard: Heard) -> None:
        """Take over what came of asking these slots, the rows of one call."""
        self.said.update((slots[row], said) for row, said in heard.said.items())
        self.missing.update((slots[row], why) for row, why in heard.missing.items())

    def refuse(self, slots: Sequence[int], budget: int | None) -> None:
        """These slots are beyond the budget."""
        why = Missing(f"not asked: the budget of {budget} questions is spent", BudgetError)
        self.missing.update(dict.fromkeys(slots, why))

    def give_up(self, slots: Sequence[int], why: str) -> None:
        """These slots cannot be asked about."""
        self.missing.update(dict.fromkeys(slots, Missing(f"not asked: {why}", UnansweredError)))

    def answers(self, batch: Batch, who: str, teacher: Teacher) -> Answers:
        """The whole batch's answers, float32 costs and all on the CPU.

        Raises:
            IncompleteError: for some rows there is none; the class that fits: ``BudgetError``
                before ``TeacherError`` before ``UnansweredError``.
        """
        answers = _assemble([self.said.get(slot) for slot in batch.slots])
        if not self.missing:
            return answers
        gaps = {
            row: self.missing[slot] for row, slot in enumerate(batch.slots) if slot in self.missing
        }
        if len(gaps) < len(batch.slots):  # there are answers, so there is hope
            gaps = {row: gap.mild() for row, gap in gaps.items()}
        faults = {gap.fault for gap in gaps.values()}
        order = (BudgetError, TeacherError, HopelessError, UnansweredError, IncompleteError)
        fault = next(kind for kind in order if kind in faults)
        row = next(row for row, gap in gaps.items() if gap.fault is fault)
        answered = torch.ones(len(batch.slots), dtype=torch.bool)
        answered[list(gaps)] = False
        raise fault(
            f"{who} version {teacher.version!r} has no answer to {len(gaps)} of {len(batch.slots)} inputs; first, row {row}: "
            f"{gaps[row].why}. The {len(batch.slots) - len(gaps)} answers are kept and travel "
            f"with this error; {_ADVICE[fault]}",
            answers,
            answered,
            {row: gap.why for row, gap in gaps.items()},
        )


_ADVICE: dict[Fault, str] = {
    BudgetError: "give keep() a larger budget and run again to go on",
    TeacherError: "mend the teacher and run again: only what is missing is asked",
    HopelessError: "mend the teacher and run again",
    UnansweredError: "run again when the answers have been given",
    IncompleteError: "run again: only what is missing is asked",
}


def _assemble(said: Sequence[Said | None]) -> Answers:
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
    return answers
