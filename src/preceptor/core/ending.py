"""How a piece of work ends: in a word, as an exit code, and why."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Result = Literal["pass", "fail", "open", "done"]

RESULTS: Final[dict[int, Result]] = {0: "pass", 1: "fail", 3: "open"}


@dataclass(frozen=True)
class Ending:
    """How it ends.

    Attributes:
        result: ``pass`` or ``fail`` where something was to be decided and is; ``open`` where it is
            not, or where questions have no answer; ``done`` where nothing was to be decided.
        code: the exit code.
        why: in words, one entry for each reason.
    """

    result: Result
    code: int
    why: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {"result": self.result, "exit_code": self.code, "why": list(self.why)}
