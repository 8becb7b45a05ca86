"""What an audit tells whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class AuditProgress:
    """How far an audit is.

    Attributes:
        stage: ``attack`` (inputs are moved) or ``ask`` (the teacher answers).
        done: items moved, or questions put, so far.
        total: of how many.
        what: the attack at work, or the teacher.
    """

    stage: Literal["attack", "ask"]
    done: int
    total: int
    what: str


Watcher = Callable[[AuditProgress], None]
