"""How strategies ask: what is answered becomes a lesson, and nothing is asked twice."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.asking import BUDGET, Questions, Queue, Replies, distinct, input_keys
from preceptor.core import Answers, AnyTeacher, BudgetError, InputError, Inputs, Pupil
from preceptor.core.inputs import on_cpu, portions
from preceptor.lessons import Examples, InvarianceFindings, Lesson, Origin


@runtime_checkable
class AsksOfPool(Protocol):
    """A strategy that asks about inputs of a pool, which the teacher may have too (``shared``)."""

    @property
    def pool(self) -> Inputs: ...
    @property
    def teacher(self) -> AnyTeacher: ...
    @property
    def doubt(self) -> float: ...
    @property
    def shared(self) -> bool: ...


def ask(
    teacher: AnyTeacher,
    inputs: Inputs,
    *,
    origin: Origin = "asked",
    doubt: float = 0.0,
    pool: int | None = None,
) -> Examples | None:
    """The teacher's answers as a lesson.

    Where the budget does not cover them all, the lesson holds those that it covers; ``None`` if
    there are none. ``pool`` says out of how many shared inputs they were picked.

    Raises:
        InputError: nothing was ever answered, and all questions failed alike; says what to do.
        IncompleteError: answers are missing for another reason; carries the rest.
    """
    if len(inputs) == 0:
        return None
    inputs = inputs.detach().cpu()
    replies = _put(teacher, inputs)
    replies.raise_failures(teacher.name)
    there = replies.answered
    if not bool(there.any()):
        return None
    answers = replies.answers if not replies.gaps else replies.answers.take(there)
    return Examples.of(
        inputs[there], answers, teacher.classes, origin=origin, doubt=doubt, pool=pool
    )


def ask_all(teacher: AnyTeacher, inputs: Inputs) -> Answers:
    """The teacher's answers, if there is one to every input.

    Raises:
        IncompleteError: there is not; carries the rest.
    """
    replies = _put(teacher, inputs.detach().cpu())
    replies.raise_failures(teacher.name)
    if replies.gaps:
        raise BudgetError(
            f"{BUDGET}, and {len(replies.gaps)} of {len(replies)} questions to {teacher.name!r} are "
            "left; give a larger budget",
            replies.answers,
            replies.answered,
            dict.fromkeys(replies.gaps, BUDGET),
        )
    return replies.answers


def _put(teacher: AnyTeacher, inputs: Inputs) -> Replies:
    keys = input_keys(inputs)
    firsts, same_as = distinct(keys)
    found = Queue(teacher).put(Questions.of(inputs, keys).take(firsts))
    return found.take(torch.from_numpy(same_as))


def unseen(pool: Inputs, past: Sequence[Lesson]) -> Int64[Tensor, " rows"]:
    """The rows of a pool that stand in no past lesson of examples, each input once."""
    seen: set[str] = set()
    for lesson in past:
        if isinstance(lesson, Examples | InvarianceFindings):
            seen.update(input_keys(on_cpu(lesson.inputs)))
    rows = []
    for row, key in enumerate(input_keys(on_cpu(pool))):
        if key not in seen:
            seen.add(key)
            rows.append(row)
    return torch.tensor(rows, dtype=torch.int64)


def candidates(
    pool: Inputs,
    past: Sequence[Lesson],
    rng: np.random.Generator,
    most: int | None = None,
) -> Int64[Tensor, " rows"]:
    """What :func:`unseen` gives, in random order, so that equals have the same chance; at most so
    many.
    """
    rows = unseen(pool, past)
    return rows[torch.from_numpy(rng.permutation(len(rows))[:most])]


def ask_of_pool(asking: AsksOfPool, inputs: Inputs) -> Examples | None:
    """The answers to inputs of a strategy's pool; see :func:`ask`."""
    pool = len(asking.pool) if asking.shared else None
    return ask(asking.teacher, inputs, doubt=asking.doubt, pool=pool)


def beliefs(student: Pupil, inputs: Inputs, batch: int = 1024) -> Float[Tensor, "batch classes"]:
    """The student's class probabilities, on the CPU, without a graph."""
    with torch.no_grad():
        parts = [student(part).softmax(1).cpu() for part in portions(inputs, batch)]
    return torch.cat(parts) if parts else torch.zeros(0, student.classes)


def check_pool(pool: Inputs, what: str) -> None:
    """Check that there is something to choose from.

    Raises:
        InputError: there is nothing.
    """
    if len(pool) == 0:
        raise InputError(f"{what}: the pool is empty; give inputs [pool, *shape], or texts")


def ask_some(
    teacher: AnyTeacher,
    pool: Tensor,
    past: Sequence[Lesson],
    n: int,
    rng: np.random.Generator,
    *,
    doubt: float = 0.0,
) -> Examples | None:
    """Labels of at most ``n`` inputs of the pool that were not asked about, drawn evenly; as :func:`ask`."""
    rows = unseen(pool, past)
    rows = rows[torch.from_numpy(rng.permutation(len(rows))[:n])]
    return ask(teacher, pool[rows], doubt=doubt)
