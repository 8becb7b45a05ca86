"""What a search tells whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SearchProgress:
    """How far a search is.

    Attributes:
        stage: ``look`` (anywhere for witnesses), ``test`` (suspicions of faults) or ``estimate``.
        done: questions put so far in all.
        total: the budget.
        witnesses: distinct ones so far.
    """

    stage: Literal["look", "test", "estimate"]
    done: int
    total: int
    witnesses: int


Watcher = Callable[[SearchProgress], None]
