"""What an explanation tells whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ExplainProgress:
    """How far an explanation is.

    Attributes:
        stage: ``try`` (the student answers changed inputs), ``ask`` (the teacher does) or
            ``siblings`` (other students answer).
        done: factors tried, questions put or siblings heard so far.
        total: of how many.
        what: the factor, the teacher or the sibling at work.
    """

    stage: Literal["try", "ask", "siblings"]
    done: int
    total: int
    what: str


Watcher = Callable[[ExplainProgress], None]
