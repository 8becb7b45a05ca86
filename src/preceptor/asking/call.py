"""One call of a teacher with one validation: whatever goes wrong, some questions have no answer.

Every engine asks through here, so that the same teacher is heard alike by all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from preceptor.asking.pace import Pace, back_off, pace_of
from preceptor.asking.replies import Gap, Replies, fault_of
from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    AnyTeacher,
    BudgetError,
    IncompleteError,
    InconsistentTeacherError,
    InputError,
    Inputs,
    LedgerError,
    OutOfMemoryError,
    ServiceError,
    Teacher,
    TeacherError,
    check_answers,
    nonsense,
)
from preceptor.core.label_sets import acceptable_of, kept_sets, set_words, settled
from preceptor.core.out_of_memory import is_out_of_memory


@runtime_checkable
class Keyed(Teacher[Any], Protocol):
    """A teacher that knows questions by their key, so that no input need be hashed twice."""

    def replies(self, inputs: Inputs, keys: Sequence[str]) -> Replies:
        """What came of questions with these keys (see ``input_keys``).

        Raises:
            LedgerError: the ledger failed.
            InconsistentTeacherError: the ledger says so.
        """
        ...

    def knows(self, keys: Sequence[str]) -> Sequence[bool]:
        """For each key, whether there is an answer already, which costs nothing."""
        ...


def call(
    ask: Callable[[Any], object],
    inputs: Inputs,
    *,
    name: str,
    classes: int,
    pace: Pace | None = None,
) -> Replies:
    """One call, and what came of each question.

    An answer is a label in ``0 .. classes - 1`` or ``UNCERTAIN``, at a finite cost of at least 0,
    with votes that are labels, ``UNCERTAIN`` or ``MISSING``. What is of the wrong type or length is
    no answer to any question. A call that the other side refused for now (``Retry-After``, too many
    calls) is made again after a wait.

    Args:
        ask: the teacher, or what stands for it: its ``again``, a call with a timeout.
        inputs: a batch, of any kind.
        name: of the teacher.
        classes: of the teacher.
        pace: holds calls back; ``None`` for one of this call's own.

    Raises:
        LedgerError: the ledger failed.
        InconsistentTeacherError: the ledger says so.
        ServiceError: the teacher is a service that refuses every question.
        Exception: memory ran out, see :func:`preceptor.core.out_of_memory.is_out_of_memory`.
    """
    batch, pace, refused = len(inputs), pace or Pace(), 0
    while True:
        pace.turn()
        try:
            return _heard(ask, inputs, name, classes)
        except (LedgerError, InconsistentTeacherError, ServiceError, OutOfMemoryError):
            raise
        except InputError as error:  # ours, in plain words
            if is_out_of_memory(error):
                raise
            return Replies.none(batch, Gap(str(error)), error)
        except Exception as error:  # the teacher is foreign code: whatever it raises is a gap
            if is_out_of_memory(error):  # as would be every other batch of this length
                raise
            wait = back_off(error, refused)
            if wait is None:
                return Replies.none(batch, Gap(f"{type(error).__name__}: {error}"), error)
            refused += 1
            pace.hold(wait)


def call_teacher(teacher: AnyTeacher, inputs: Inputs) -> Replies:
    """:func:`call` at a teacher's own pace."""
    return call(teacher, inputs, name=teacher.name, classes=teacher.classes, pace=pace_of(teacher))


def _heard(ask: Callable[[Any], object], inputs: Inputs, name: str, classes: int) -> Replies:
    batch, gaps, raised = len(inputs), dict[int, Gap](), None
    try:
        said = ask(inputs)
    except IncompleteError as error:
        said, gaps, raised = error.answers, _gaps(error, batch), error
    answers = on_cpu(check_answers(said, batch, name))
    for row, why in flaws(answers, classes).items():
        gaps.setdefault(row, Gap(why))
    if answers.sets is not None:
        answers = replace(answers, sets=kept_sets(answers.sets))
    found = Replies.of(answers, gaps)
    return Replies(found.answers, found.gaps, raised)


def on_cpu(answers: Answers) -> Answers:
    """Checked answers on the CPU: labels and votes int64, costs floating."""
    cost = answers.cost.detach().cpu()
    return Answers(
        answers.labels.detach().cpu().long(),
        cost if cost.dtype in (torch.float32, torch.float64) else cost.double(),
        None if answers.votes is None else answers.votes.detach().cpu().long(),
        None if answers.sets is None else answers.sets.detach().cpu(),
    )


def flaws(answers: Answers, classes: int) -> dict[int, str]:
    """The rows of checked answers that are no answers, and why."""
    found: dict[int, str] = {}
    expected = f"expected 0 to {classes - 1}, or {UNCERTAIN} for uncertain"
    for row in nonsense(answers.labels, classes).nonzero()[:, 0].tolist():
        found[row] = f"answered {int(answers.labels[row])}, which is no label: {expected}"
    for row in (~(answers.cost.isfinite() & (answers.cost >= 0))).nonzero()[:, 0].tolist():
        words = f"stated a cost of {float(answers.cost[row]):g}; expected a number >= 0"
        found.setdefault(row, words)
    if answers.votes is not None and answers.votes.numel():
        wrong = nonsense(answers.votes.flatten(), classes).view_as(answers.votes)
        wrong &= answers.votes != MISSING
        for row in wrong.any(1).nonzero()[:, 0].tolist():
            words = f"gave votes {answers.votes[row].tolist()}; {expected} ({MISSING}: not asked)"
            found.setdefault(row, words)
    if answers.sets is not None:
        found.update(_set_flaws(answers, answers.sets, classes, found))
    return found


def _set_flaws(
    answers: Answers, sets: Tensor, classes: int, known: Mapping[int, str]
) -> dict[int, str]:
    """The rows whose set of labels is no answer, beside those that are none anyhow."""
    if sets.shape[1] != classes:
        words = f"gave sets of {sets.shape[1]} labels; it has {classes}"
        return {row: words for row in range(len(sets)) if row not in known}
    found: dict[int, str] = {}
    empty, other = ~sets.any(1), settled(sets) != answers.labels
    for row in (empty | other).nonzero()[:, 0].tolist():
        words = (
            "gave a set without a label; expected one or more, or all for uncertain"
            if empty[row]
            else f"answered {int(answers.labels[row])} and the set "
            f"{set_words(acceptable_of(sets[row].tolist()))}; expected the label of a set of one, "
            f"and {UNCERTAIN} beside every other set"
        )
        if row not in known:
            found[row] = words
    return found


def _gaps(error: IncompleteError, batch: int) -> dict[int, Gap]:
    """The rows to which an error carries no answer."""
    answered, fault = error.answered, fault_of(error)
    if tuple(answered.shape) != (batch,) or answered.dtype != torch.bool:
        raise InputError(
            f"{type(error).__name__} carries a mask of shape {tuple(answered.shape)} and "
            f"{answered.dtype} for {batch} questions ({error}); expected one bool for each"
        )
    rows = (~answered.cpu()).nonzero()[:, 0].tolist()
    kind = error.kind if isinstance(error, TeacherError) else ""
    gaps = {row: Gap(error.reasons.get(row, str(error)), fault, kind) for row in rows}
    if fault is BudgetError and rows:  # the last was refused; others may have failed before
        refused = gaps[rows[-1]].why
        for row, gap in gaps.items():
            gaps[row] = gap if gap.why == refused else Gap(gap.why)
    return gaps
