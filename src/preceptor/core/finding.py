"""What was found about a set-up, and should be known to whoever reads its numbers."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """Something about the set-up that makes numbers doubtful, and how to mend it.

    Attributes:
        code: a word for programs, such as ``train-mode``.
        level: how doubtful.
        message: what was found.
        fix: what to do about it.
    """

    code: str
    level: Literal["warning", "note"]
    message: str
    fix: str

    def describe(self) -> dict[str, str]:
        """Plain data."""
        return asdict(self)
