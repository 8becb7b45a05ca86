"""One batch to the teacher; what was answered survives whatever goes wrong with the rest."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    BudgetError,
    IncompleteError,
    InconsistentTeacherError,
    LedgerError,
    Teacher,
    UnansweredError,
    blank,
    check_answers,
    nonsense,
)


@dataclass(frozen=True)
class Heard:
    """What came of one call.

    Attributes:
        answers: on the CPU, ``UNCERTAIN`` at cost 0 where there is none.
        answered: ``Bool[batch]``.
        why: why the rest is unanswered; empty if nothing is.
        over: whether the search has to stop: the budget is used up, or the questions wait for a
            person and what to ask next depends on what that person says.
    """

    answers: Answers
    answered: Bool[Tensor, " batch"]
    why: str = ""
    over: bool = False


def hear(teacher: Teacher, inputs: Float[Tensor, "batch *shape"]) -> Heard:
    """Put a batch of questions.

    Raises:
        LedgerError: the ledger failed.
        InconsistentTeacherError: the ledger says so.
    """
    n, why, over = len(inputs), "", False
    there = torch.ones(n, dtype=torch.bool)
    try:
        answers = check_answers(teacher(inputs), n, teacher.name)
    except IncompleteError as error:
        answers, there = check_answers(error.answers, n, teacher.name), error.answered.cpu().clone()
        why = "; ".join(dict.fromkeys(error.reasons.values())) or str(error)
        over = isinstance(error, BudgetError | UnansweredError)
    except (LedgerError, InconsistentTeacherError):
        raise
    except Exception as error:
        why = f"the teacher raised {type(error).__name__}: {error}"
        return Heard(blank(n), torch.zeros(n, dtype=torch.bool), why)
    labels, cost = answers.labels.detach().cpu().long(), answers.cost.detach().cpu().float()
    wrong = there & (nonsense(labels, teacher.classes) | ~(cost.isfinite() & (cost >= 0)))
    if bool(wrong.any()):
        row = int(wrong.nonzero()[0, 0])
        why = (
            f"the teacher answered {int(labels[row])} at a cost of {float(cost[row]):g}; expected a "
            f"label 0 to {teacher.classes - 1}, or {UNCERTAIN}, and a cost of at least 0"
        )
        there = there & ~wrong
    votes = answers.votes
    if votes is not None:
        votes = torch.where(there[:, None], votes.detach().cpu().long(), MISSING)
    kept = Answers(torch.where(there, labels, UNCERTAIN), torch.where(there, cost, 0.0), votes)
    return Heard(kept, there, why, over)
