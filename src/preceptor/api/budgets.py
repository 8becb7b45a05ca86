"""``--budget``: how many questions may be asked, or what they may cost."""

import math
from dataclasses import dataclass

from preceptor.api.words import whole_number
from preceptor.core import InputError


@dataclass(frozen=True)
class SpendingLimit:
    """The most that an audit may ever spend, re-runs included.

    Attributes:
        questions: new ones; ``None`` for no limit.
        cost: in the teacher's own unit; ``None`` for no limit.
    """

    questions: int | None = None
    cost: float | None = None


def read_budget(said: object) -> SpendingLimit:
    """``100`` questions, or ``cost=5`` in the teacher's own unit; ``None`` for no limit.

    Raises:
        InputError: anything else.
    """
    if said is None:
        return SpendingLimit()
    text = said.strip() if isinstance(said, str) else said
    if isinstance(text, str) and text.startswith("cost="):
        try:
            cost = float(text.removeprefix("cost="))
        except ValueError:
            cost = math.nan
        if not 0 <= cost < math.inf:
            raise InputError(
                f"--budget {said!r}: expected an amount of at least 0 in the teacher's own unit, such as "
                "cost=5"
            )
        return SpendingLimit(cost=cost)
    if isinstance(text, str):
        try:
            text = int(text)
        except ValueError:
            raise InputError(
                f"--budget {said!r}: expected a whole number of questions, or what they may cost in the "
                "teacher's own unit, such as cost=5"
            ) from None
    whole_number("budget", text, 0)
    assert isinstance(text, int)  # noqa: S101 - it is one
    return SpendingLimit(text)
