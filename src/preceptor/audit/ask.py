"""The second stage of an audit: the questions, all known beforehand, are put to the teacher.

Questions with the same content are one question. They are asked in a random order, so that what
is asked when the budget ends, or somebody interrupts, is a random sample. Answers that were known
before are used also where the budget does not reach; then it is no such sample, and the record says
so.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from preceptor.audit.move import Stage
from preceptor.audit.plan import Plan
from preceptor.audit.progress import Progress, Watcher
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
    Remembers,
    Teacher,
    UnansweredError,
    blank,
    check_answers,
    generator,
    nonsense,
)

BUDGET = "the budget of questions is used up"

GIVE_UP = 5
"""After so many batches in a row without one answer, the teacher is left alone."""

TEACHER_BATCH = 256


@dataclass(frozen=True)
class Questions:
    """Which inputs the teacher is to be asked about, and in which order.

    Attributes:
        sheet: ``[questions]``, 0 for the clean sheet, ``k`` for the ``k``-th attack's.
        row: ``[questions]``, the item.
        same_as: ``[sheets, items]``, the question that settles each input; -1 if none does.
    """

    sheet: np.ndarray
    row: np.ndarray
    same_as: np.ndarray

    def __len__(self) -> int:
        return len(self.row)


def questions(stages: list[Stage], plan: Plan) -> Questions:
    """All the questions of a plan, before the first is asked."""
    n = stages[0].student.shape[0]
    keys = np.empty((len(stages), n), dtype="S16")
    for sheet, stage in enumerate(stages):
        for start in range(0, n, plan.batch):
            stop = min(start + plan.batch, n)
            rows = stage.inputs.read(start, stop)
            keys[sheet, start:stop] = [
                blake2b(row.tobytes(), digest_size=16).digest() for row in rows
            ]
    wanted = np.stack([_wanted(stages, sheet, plan) for sheet in range(len(stages))])
    flat = keys.reshape(-1)
    asked = np.flatnonzero(wanted.reshape(-1))
    unique, first = np.unique(flat[asked], return_index=True)
    order = generator(plan.seed, "ask").permutation(len(unique))
    rank = np.empty(len(unique), dtype=np.int64)
    rank[order] = np.arange(len(unique))
    place = np.searchsorted(unique, flat).clip(max=len(unique) - 1)  # the clean ones are in it
    same_as = np.where(unique[place] == flat, rank[place], -1)
    same_as[np.concatenate([stage.failed.all() for stage in stages])] = -1  # clean ones stand in
    where = asked[first][order]
    return Questions(where // n, where % n, same_as.reshape(len(stages), n))


def _wanted(stages: list[Stage], sheet: int, plan: Plan) -> NDArray[np.bool_]:
    stage = stages[sheet]
    wanted: NDArray[np.bool_] = np.logical_not(stage.failed.all())
    # where nothing moved, the clean input is the same question anyhow
    if sheet and plan.ask == "flips" and plan.moves[sheet - 1].goal == "flip":
        wanted &= stage.student.all() != stages[0].student.all()
    return wanted


@dataclass(frozen=True)
class Asked:
    """What came of the questions.

    Attributes:
        answers: one for each question; ``UNCERTAIN`` where there is none.
        answered: ``Bool[questions]``.
        reasons: how many questions have no answer, by reason.
        beyond: how many were answered beyond the first that the budget did not cover.
    """

    answers: Answers
    answered: Tensor
    reasons: dict[str, int]
    beyond: int


def ask(
    teacher: Teacher,
    todo: Questions,
    stages: list[Stage],
    there: NDArray[np.bool_],
    batch: int,
    watch: Watcher,
) -> Asked:
    """Put the questions; whatever goes wrong with some of them never touches the others.

    Where the budget has ended, only what is ``there`` already (see :func:`known`) is looked up.
    """
    labels, cost = np.full(len(todo), UNCERTAIN), np.zeros(len(todo), np.float32)
    answered, votes = np.zeros(len(todo), np.bool_), None
    reasons: Counter[str] = Counter()
    end, silent_batches = len(todo), 0
    for start in range(0, len(todo), batch):
        rows = np.arange(start, min(start + batch, len(todo)))
        left = len(todo) - int(rows[-1]) - 1
        if end < len(todo):
            reasons[BUDGET] += int((~there[rows]).sum())
            rows = rows[there[rows]]
        if len(rows):
            inputs = fetch(stages, todo, rows)
            heard = hear(teacher, inputs, teacher)
            if heard.hopeless and not (answered.any() or there.any()):
                raise InputError(_hopeless(teacher, inputs, heard.reasons[0]))
            labels[rows], cost[rows] = heard.answers.labels.numpy(), heard.answers.cost.numpy()
            answered[rows] = heard.answered.numpy()
            reasons.update(heard.reasons.values())
            if heard.answers.votes is not None:
                votes = _wide(votes, len(todo), heard.answers.votes.shape[1])
                votes[rows, : heard.answers.votes.shape[1]] = heard.answers.votes.numpy()
            if heard.end is not None:
                end = min(end, int(rows[heard.end]))
            silent = not heard.waiting and not bool(heard.answered.any())
            silent_batches = silent_batches + 1 if silent else 0
        watch(Progress("ask", len(todo) - left, len(todo), teacher.name))
        if silent_batches == GIVE_UP and left and end == len(todo):
            reasons[f"not tried, after {GIVE_UP} batches in a row without an answer"] += left
            break
    tensors = (torch.from_numpy(labels), torch.from_numpy(cost))
    kept = Answers(*tensors, None if votes is None else torch.from_numpy(votes))
    beyond = int(answered[end:].sum())
    return Asked(kept, torch.from_numpy(answered), dict(reasons), beyond)


@dataclass(frozen=True)
class Heard:
    """What came of one call.

    Attributes:
        answers: on the CPU, ``UNCERTAIN`` at cost 0 where there is none.
        answered: ``Bool[batch]``.
        reasons: why not, for each row without an answer.
        end: the first row that the budget did not cover; ``None`` if it covered all.
        hopeless: whether all failed alike, together and alone.
        waiting: the questions now wait for people: a teacher that is silent, but not broken.
    """

    answers: Answers
    answered: Tensor
    reasons: dict[int, str]
    end: int | None = None
    hopeless: bool = False
    waiting: bool = False


def hear(call: Callable[[Tensor], object], inputs: Tensor, teacher: Teacher) -> Heard:
    """One batch to the teacher; a plain exception or nonsense leaves questions unanswered.

    Raises:
        LedgerError: the ledger failed.
        InconsistentTeacherError: the ledger says so.
    """
    n = len(inputs)
    refused: list[int] = []
    reasons: dict[int, str] = {}
    hopeless = False
    waiting = False
    try:
        try:
            answers = check_answers(call(inputs), n, teacher.name)
            there = torch.ones(n, dtype=torch.bool)
        except IncompleteError as error:
            answers, there = (
                check_answers(error.answers, n, teacher.name),
                error.answered.cpu().clone(),
            )
            missing = (~there).nonzero()[:, 0].tolist()
            reasons = {row: error.reasons.get(row, str(error)) for row in missing}
            hopeless = isinstance(error, HopelessError) and len(missing) == n
            waiting = isinstance(error, UnansweredError)
            if isinstance(error, BudgetError) and missing:  # the last one was refused, not failed
                refused = [row for row in missing if reasons[row] == reasons[missing[-1]]]
                reasons.update(dict.fromkeys(refused, BUDGET))
        if there.shape != (n,) or (answers.votes is not None and len(answers.votes) != n):
            raise InputError(f"it answered {n} questions with masks or votes of another length")
    except (LedgerError, InconsistentTeacherError):
        raise
    except Exception as error:
        why = f"the teacher raised {type(error).__name__}: {error}"
        return Heard(blank(n), torch.zeros(n, dtype=torch.bool), dict.fromkeys(range(n), why))
    answers = Answers(
        answers.labels.detach().cpu().long(),
        answers.cost.detach().cpu().float(),
        None if answers.votes is None else answers.votes.detach().cpu().long(),
    )
    for row, why in _nonsense(answers, there, teacher.classes).items():
        reasons[row], there[row] = why, False
    end = min(refused, default=None)
    return Heard(_masked(answers, there), there, reasons, end, hopeless, waiting)


def _hopeless(teacher: Teacher, inputs: Tensor, reason: str) -> str:
    """What to say of a teacher that fails on every question alike."""
    low, high = (float(value) for value in inputs.aminmax())
    return (
        f"teacher {teacher.name!r} has answered nothing: it failed on the first {len(inputs)} "
        f"questions, together and one by one, always alike ({reason}). It was given a batch of "
        f"shape {list(inputs.shape)}, {str(inputs.dtype).removeprefix('torch.')}, with values "
        f"from {low:g} to {high:g}. Call it in Python with such a batch, or with "
        f"{list(inputs.shape[1:])} if it takes one input at a time (then "
        "Rule(..., batched=False)); if it is a service, see that it runs. Then run the same "
        "again: nothing is lost"
    )


def _nonsense(answers: Answers, there: Tensor, classes: int) -> dict[int, str]:
    """The rows whose answer is none, and why."""
    found: dict[int, str] = {}
    bad_cost = ~(answers.cost.isfinite() & (answers.cost >= 0))
    for row in (there & bad_cost).nonzero()[:, 0].tolist():
        found[row] = f"the teacher stated a cost of {answers.cost[row]}; expected a number >= 0"
    for row in (there & nonsense(answers.labels, classes)).nonzero()[:, 0].tolist():
        found[row] = (
            f"the teacher answered {answers.labels[row]}, which is no label: expected 0 to "
            f"{classes - 1}, or {UNCERTAIN} for uncertain"
        )
    return found


def _masked(answers: Answers, there: Tensor) -> Answers:
    votes = answers.votes
    return Answers(
        torch.where(there, answers.labels, UNCERTAIN),
        torch.where(there, answers.cost, 0.0),
        None if votes is None else torch.where(there[:, None], votes, MISSING),
    )


def fetch(stages: list[Stage], todo: Questions, rows: np.ndarray) -> Tensor:
    """The inputs of some questions, ``Float32[batch, *shape]``."""
    out = np.empty((len(rows), *stages[0].inputs.shape[1:]), np.float32)
    for sheet in np.unique(todo.sheet[rows]):
        here = todo.sheet[rows] == sheet
        out[here] = stages[sheet].inputs.take(todo.row[rows][here])
    return torch.from_numpy(out)


def known(teacher: Teacher, todo: Questions, stages: list[Stage], batch: int) -> NDArray[np.bool_]:
    """``[questions]``, true where the answer is there already and costs nothing."""
    found = np.zeros(len(todo), np.bool_)
    if isinstance(teacher, Remembers):
        for start in range(0, len(todo), batch):
            rows = np.arange(start, min(start + batch, len(todo)))
            found[rows] = teacher.known(fetch(stages, todo, rows)).numpy()
    return found


def _wide(votes: np.ndarray | None, questions: int, members: int) -> np.ndarray:
    """Room for the votes of so many members, ``MISSING`` where nothing was said."""
    if votes is not None and votes.shape[1] >= members:
        return votes
    wide = np.full((questions, members), MISSING)
    if votes is not None:
        wide[:, : votes.shape[1]] = votes
    return wide
