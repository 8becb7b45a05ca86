"""How a command ends: its exit code, and why, for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from preceptor import audit as audits
from preceptor.cli.console import err

SCHEMA: Final = "preceptor/audit/1"
"""Of what ``preceptor audit --json`` prints."""

Result = Literal["pass", "fail", "open", "done"]

RESULTS: Final[dict[int, Result]] = {0: "pass", 1: "fail", 3: "open"}


@dataclass(frozen=True)
class Ending:
    """How an audit ends.

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


def ending(record: audits.Record, fail_under: float | None) -> Ending:
    """What ``--until`` and ``--fail-under`` decided, and what is missing for it."""
    codes, why, left = [], [], unanswered(record)
    stopping = record.facts.get("stopping")
    if stopping is not None:
        codes.append({"refuted": 1, "undecided": 3}.get(stopping["claim"], 0))
        if codes[0]:
            why.append(f"--until: {stopping['claim']} after {stopping['used']} items.")
    if fail_under is not None:
        found = audits.gate(record, fail_under)
        codes.append({"passed": 0, "waiting": 3}.get(found.standing, 1))
        if found.standing != "passed":
            why.append(found.why)
    if left and (stopping is None or 3 in codes):
        reasons = "; ".join(
            f"{count} x {reason}"
            for reason, count in record.facts["questions"]["unanswered"].items()
        )
        why.append(f"{left} questions have no answer: {reasons}")
    if not codes:
        return Ending("open" if left else "done", 3 if left else 0, tuple(why))
    code = 1 if 1 in codes else max(codes)
    return Ending(RESULTS[code], code, tuple(why))


def together(ends: Sequence[Ending]) -> Ending:
    """How an audit of several students ends: badly if one does."""
    if len(ends) == 1:
        return ends[0]
    worst = next((one for one in ends if one.code == 1), max(ends, key=lambda one: one.code))
    return Ending(worst.result, worst.code, tuple(words for one in ends for words in one.why))


def say_why(end: Ending) -> None:
    """The reasons, on standard error."""
    for words in end.why:
        err.print(words, highlight=False, markup=False)


def unanswered(record: audits.Record) -> int:
    """How many questions have no answer."""
    left: int = record.facts["questions"]["asked"] - record.facts["questions"]["answered"]
    return left


def told(record: audits.Record, end: Ending) -> dict[str, Any]:
    """What ``preceptor audit --json`` says beside the rates: who took part, and how it ended."""
    facts = record.facts
    return {
        "schema": SCHEMA,
        "folder": str(record.folder),
        "digest": record.digest,
        "student": facts["student"],
        "teacher": facts["teacher"],
        "source": {"name": facts["source"]["name"], "items": facts["source"]["items"]},
        "findings": facts["findings"],
        "questions": facts["questions"],
        "unanswered": unanswered(record),
        "outcome": end.describe(),
    }
