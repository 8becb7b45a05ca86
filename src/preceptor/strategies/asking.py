"""How strategies ask: what is answered becomes a lesson, and nothing is asked twice."""

from collections.abc import Sequence
from hashlib import sha256

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import BudgetError, InputError, Teacher, Trainable
from preceptor.lessons import Examples, Lesson, Origin


def ask(
    teacher: Teacher,
    inputs: Float[Tensor, "batch *shape"],
    *,
    origin: Origin = "asked",
    doubt: float = 0.0,
    pool: int | None = None,
) -> Examples | None:
    """The teacher's answers as a lesson.

    Where the budget does not cover them all, the lesson holds those that it covers; ``None`` if
    there are none. ``pool`` says out of how many shared inputs they were picked.

    Raises:
        IncompleteError: answers are missing for another reason; carries the rest.
    """
    if len(inputs) == 0:
        return None
    inputs = inputs.detach().cpu()
    try:
        answers = teacher(inputs)
    except BudgetError as error:
        if not bool(error.answered.any()):
            return None
        inputs, answers = inputs[error.answered], error.answers.take(error.answered)
    return Examples.of(inputs, answers, teacher.classes, origin=origin, doubt=doubt, pool=pool)


def fresh(pool: Float[Tensor, "pool *shape"], past: Sequence[Lesson]) -> Int64[Tensor, " rows"]:
    """The rows of a pool that stand in no past lesson of examples, each input once."""
    seen: set[bytes] = set()
    for lesson in past:
        if isinstance(lesson, Examples):
            seen.update(_keys(lesson.inputs))
    rows = []
    for row, key in enumerate(_keys(pool)):
        if key not in seen:
            seen.add(key)
            rows.append(row)
    return torch.tensor(rows, dtype=torch.int64)


def beliefs(
    student: Trainable, inputs: Float[Tensor, "batch *shape"], batch: int = 1024
) -> Float[Tensor, "batch classes"]:
    """The student's class probabilities, on the CPU, without a graph."""
    with torch.no_grad():
        parts = [student(part).softmax(1).cpu() for part in torch.split(inputs, batch)]
    return torch.cat(parts)


def check_pool(pool: Tensor, what: str) -> None:
    """Check that there is something to choose from.

    Raises:
        InputError: there is nothing.
    """
    if len(pool) == 0:
        raise InputError(f"{what}: the pool is empty; give inputs [pool, *shape]")


def _keys(inputs: Tensor) -> list[bytes]:
    flat = inputs.detach().to("cpu", torch.float32).flatten(1).contiguous().numpy()
    return [sha256(row.tobytes()).digest()[:16] for row in flat]
