"""What is said before the first question: how many there are, and what they are likely to cost."""

from dataclasses import asdict
from typing import Any

from preceptor.api.given_services import missing_keys
from preceptor.cli.console import err
from preceptor.core import AnyTeacher
from preceptor.teachers.services import ExpectedPrice


def say_price(who: AnyTeacher, price: ExpectedPrice | None) -> None:
    """What a service is likely to cost; and which key it will lack."""
    if price is not None:
        err.print(price.words, highlight=False)
    for name in missing_keys(who):
        err.print(f"{name}, which should hold its key, is not set.", highlight=False)


def expected_questions(questions: int, known: int, price: ExpectedPrice | None) -> dict[str, Any]:
    """What ``--dry-run --json`` prints."""
    said = {"schema": "preceptor/dry-run/1", "questions": questions, "known": known}
    return said if price is None else {**said, "expected": asdict(price)}
