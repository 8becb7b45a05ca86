"""The second stage of an audit: the questions, all known beforehand, are put to the teacher.

Questions with the same content are one question. They are asked in a random order, so that what
is asked when the budget ends, or somebody interrupts, is a random sample.
"""

from collections import Counter
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
    IncompleteError,
    InputError,
    Remembers,
    Teacher,
    blank,
    check_answers,
    generator,
    nonsense,
)

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
    place = np.searchsorted(unique, flat).clip(max=max(len(unique) - 1, 0))
    same_as = np.where(unique[place] == flat, place, -1) if len(unique) else np.full(len(flat), -1)
    order = generator(plan.seed, "ask").permutation(len(unique))
    rank = np.empty(len(unique), dtype=np.int64)
    rank[order] = np.arange(len(unique))
    same_as = np.where(same_as >= 0, rank[same_as.clip(min=0)], -1)
    where = asked[first][order]
    return Questions(where // n, where % n, same_as.reshape(len(stages), n))


def _wanted(stages: list[Stage], sheet: int, plan: Plan) -> NDArray[np.bool_]:
    stage = stages[sheet]
    wanted: NDArray[np.bool_] = np.logical_not(stage.failed.all())
    if sheet == 0 or plan.ask == "all":
        return wanted
    if plan.moves[sheet - 1].goal == "flip":
        wanted &= stage.student.all() != stages[0].student.all()
    else:
        wanted &= stage.distances.all()[:, 0] > 0
    return wanted


@dataclass(frozen=True)
class Asked:
    """What came of the questions.

    Attributes:
        answers: one for each question; ``UNCERTAIN`` where there is none.
        answered: ``Bool[questions]``.
        reasons: how many questions have no answer, by reason.
    """

    answers: Answers
    answered: Tensor
    reasons: dict[str, int]


def ask(
    teacher: Teacher, todo: Questions, stages: list[Stage], batch: int, watch: Watcher
) -> Asked:
    """Put the questions; whatever goes wrong with some of them never touches the others."""
    labels, cost = np.full(len(todo), UNCERTAIN), np.zeros(len(todo), np.float32)
    answered, votes = np.zeros(len(todo), np.bool_), None
    reasons: Counter[str] = Counter()
    silent_batches = 0
    for start in range(0, len(todo), batch):
        rows = np.arange(start, min(start + batch, len(todo)))
        try:
            got, there = _put(teacher, fetch(stages, todo, rows))
        except IncompleteError as error:
            got, there = error.answers, error.answered
            missing = len(rows) - int(there.sum())
            told = Counter(error.reasons.values()) if error.reasons else {str(error): missing}
            reasons.update(told)
            if isinstance(error, BudgetError):
                missing += len(todo) - rows[-1] - 1
                reasons = Counter({"the budget of questions is used up": missing})
        labels[rows], cost[rows] = got.labels.numpy(), got.cost.numpy()
        answered[rows] = there.numpy()
        if got.votes is not None:
            if votes is None or votes.shape[1] < got.votes.shape[1]:
                votes = _wider(votes, len(todo), got.votes.shape[1])
            votes[rows, : got.votes.shape[1]] = got.votes.numpy()
        watch(Progress("ask", int(rows[-1]) + 1, len(todo), teacher.name))
        silent_batches = 0 if bool(there.any()) else silent_batches + 1
        left = len(todo) - int(rows[-1]) - 1
        if "the budget of questions is used up" in reasons:
            break
        if silent_batches == GIVE_UP and left:
            reasons[f"not tried, after {GIVE_UP} batches in a row without an answer"] += left
            break
    tensors = (torch.from_numpy(labels), torch.from_numpy(cost))
    kept = Answers(*tensors, None if votes is None else torch.from_numpy(votes))
    return Asked(kept, torch.from_numpy(answered), dict(reasons))


def fetch(stages: list[Stage], todo: Questions, rows: np.ndarray) -> Tensor:
    """The inputs of some questions, ``Float32[batch, *shape]``."""
    out = np.empty((len(rows), *stages[0].inputs.shape[1:]), np.float32)
    for sheet in np.unique(todo.sheet[rows]):
        here = todo.sheet[rows] == sheet
        out[here] = stages[sheet].inputs.take(todo.row[rows][here])
    return torch.from_numpy(out)


def known(teacher: Teacher, todo: Questions, stages: list[Stage], batch: int) -> int:
    """How many of the questions have an answer already and cost nothing."""
    if not isinstance(teacher, Remembers):
        return 0
    count = 0
    for start in range(0, len(todo), batch):
        rows = np.arange(start, min(start + batch, len(todo)))
        count += int(teacher.known(fetch(stages, todo, rows)).sum())
    return count


def _put(teacher: Teacher, inputs: Tensor) -> tuple[Answers, Tensor]:
    """One batch to the teacher; a plain exception or nonsense leaves items unanswered."""
    try:
        answers = check_answers(teacher(inputs), len(inputs), teacher.name)
    except (IncompleteError, InputError):
        raise
    except Exception as error:
        none = torch.zeros(len(inputs), dtype=torch.bool)
        why = f"the teacher raised {type(error).__name__}: {error}"
        raise IncompleteError(why, blank(len(inputs)), none) from error
    bad = nonsense(answers.labels, teacher.classes)
    if bool(bad.any()):
        labels = torch.where(bad, UNCERTAIN, answers.labels)
        example = int(answers.labels[bad][0])
        raise IncompleteError(
            f"the teacher answered {example}, which is no label: expected 0 to "
            f"{teacher.classes - 1}, or {UNCERTAIN} for uncertain",
            Answers(labels, answers.cost, answers.votes),
            ~bad,
        )
    return answers, torch.ones(len(inputs), dtype=torch.bool)


def _wider(votes: np.ndarray | None, questions: int, members: int) -> np.ndarray:
    wide = np.full((questions, members), MISSING)
    if votes is not None:
        wide[:, : votes.shape[1]] = votes
    return wide
