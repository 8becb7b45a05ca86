"""How an audit ends: what was to be decided, and what has no answer; and the whole of it as data."""

from collections.abc import Sequence
from typing import Any, Final

from preceptor.audit.gate import gate
from preceptor.audit.record import Record
from preceptor.core.ending import RESULTS, Ending

SCHEMA: Final = "preceptor/audit/1"
"""Of what ``preceptor audit --json`` prints."""


def ending(record: Record, fail_under: float | None) -> Ending:
    """What ``--until`` and ``--fail-under`` decided, and what is missing for it."""
    codes, why, left = [], [], unanswered(record)
    stopping = record.facts.get("stopping")
    if stopping is not None:
        codes.append({"refuted": 1, "undecided": 3}.get(stopping["claim"], 0))
        if codes[0]:
            why.append(f"--until: {stopping['claim']} after {stopping['used']} items.")
    if fail_under is not None:
        found = gate(record, fail_under)
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


def unanswered(record: Record) -> int:
    """How many questions have no answer."""
    left: int = record.facts["questions"]["asked"] - record.facts["questions"]["answered"]
    return left


def who_and_how(record: Record, end: Ending) -> dict[str, Any]:
    """What ``preceptor audit --json`` says beside the rates: who took part, and how it ended."""
    facts = record.facts
    return {
        "schema": SCHEMA,
        "folder": str(record.folder),
        "digest": record.digest,
        "student": facts["student"],
        "teacher": facts["teacher"],
        "source": {"name": facts["source"]["name"], "items": facts["source"]["items"]},
        "findings": record.findings,
        "questions": facts["questions"],
        "unanswered": unanswered(record),
        "outcome": end.describe(),
    }
