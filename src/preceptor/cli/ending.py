"""How a command ends: its exit code, and why, for people and for programs."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from preceptor import audit as audits

SCHEMA: Final = "preceptor/audit/1"
"""Of what ``preceptor audit --json`` prints."""

Result = Literal["pass", "fail", "open", "done"]


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
    """What was decided, by ``--fail-under`` or else by ``--until``, and what is missing for it."""
    found = None if fail_under is None else audits.gate(record, fail_under)
    why = () if found is None or found.standing == "passed" else (found.why,)
    if found is not None and found.standing in ("refuted", "open"):
        return Ending("fail", 1, why)
    stopping = record.facts.get("stopping")
    if found is None and stopping is not None and stopping["claim"] != "undecided":
        refuted = stopping["claim"] == "refuted"
        words = (f"--until: {stopping['claim']} after {stopping['after']} items",)
        return Ending("fail", 1, words) if refuted else Ending("pass", 0, words)
    left = unanswered(record)
    if left:
        reasons = "; ".join(
            f"{count} x {reason}"
            for reason, count in record.facts["questions"]["unanswered"].items()
        )
        why = (*why, f"{left} questions have no answer: {reasons}")
    if found is not None and found.standing == "passed" and stopping is None:
        return Ending("pass", 0, why)
    if found is None and stopping is None and not left:
        return Ending("done", 0)
    return Ending("open", 3, why)


def reasons(record: audits.Record, end: Ending) -> tuple[str, ...]:
    """What stands on standard error: why it did not pass, or what is missing though it did."""
    return end.why if end.code or unanswered(record) else ()


def unanswered(record: audits.Record) -> int:
    """How many questions have no answer."""
    left: int = record.facts["questions"]["asked"] - record.facts["questions"]["answered"]
    return left


def told(record: audits.Record, summary: audits.Summary, page: str, end: Ending) -> dict[str, Any]:
    """What ``preceptor audit --json`` prints: who took part, what was found, and how it ended."""
    facts = record.facts
    return {
        "schema": SCHEMA,
        "folder": str(record.folder),
        "report": page,
        "digest": record.digest,
        "student": facts["student"],
        "teacher": facts["teacher"],
        "source": {"name": facts["source"]["name"], "items": facts["source"]["items"]},
        "findings": facts["findings"],
        "questions": facts["questions"],
        "unanswered": unanswered(record),
        "outcome": end.describe(),
        **summary.describe(),
    }
