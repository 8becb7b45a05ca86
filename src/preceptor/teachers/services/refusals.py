"""What a service says where it gives no answer: not now, not this question, or never."""

import json
from typing import Any, Final

from preceptor.core import ServiceError

AGAIN: Final = (408, 409, 425, 429, 500, 502, 503, 504, 529)
"""Answers of HTTP after which the same question may be put again."""

TOO_LONG: Final = (
    "context_length",
    "exceed_context",
    "context size",
    "maximum context",
    "too long",
)
FILTERED: Final = ("content_filter", "content_policy", "content management policy", "safety system")
NO_CREDIT: Final = ("insufficient_quota", "billing", "credit")


class OverloadedError(Exception):
    """The service takes no question now; whoever asks waits, see :mod:`preceptor.asking.pace`.

    Attributes:
        status: of HTTP.
        retry_after: seconds, if it says so.
    """

    def __init__(self, status: int, retry_after: float | None) -> None:
        super().__init__(f"the service answered {status}: too many calls")
        self.status, self.retry_after = status, retry_after


class RefusedQuestionError(Exception):
    """The service refuses a question for what stands in it: an answer, of a kind.

    Attributes:
        kind: ``too long`` or ``refused``.
    """

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind


def refusal(
    status: int, text: str, host: str, key_env: str
) -> ServiceError | RefusedQuestionError | None:
    """What an answer of HTTP that is an error means; ``None`` where trying again may help.

    Args:
        status: of HTTP.
        text: the answer, without the key.
        host: who answered.
        key_env: the variable that holds the key; empty for none.
    """
    said = _said(text)
    low = said.lower()
    if status == 429:
        found = any(word in low for word in NO_CREDIT)
        advice = "see to the account there"
        return _stop(host, status, said, advice) if found else None
    if status in (400, 413, 422):
        if status == 413 or any(word in low for word in TOO_LONG):
            return RefusedQuestionError("too long", said)
        if any(word in low for word in FILTERED):
            return RefusedQuestionError("refused", said)
    if status in AGAIN or status >= 500:
        return None
    return _stop(host, status, said, _advice(status, key_env))


def _stop(host: str, status: int, said: str, advice: str) -> ServiceError:
    return ServiceError(
        f"{host} answered {status} ({said}); {advice}, and run the same again: nothing is asked twice"
    )


def _advice(status: int, key_env: str) -> str:
    if status in (401, 403):
        if not key_env:
            return 'it wants a key: put it into an environment variable and name that, key_env = "NAME"'
        return f"the key in {key_env} is wrong or may not do this: mend it"
    if status == 402:
        return "see to the account there"
    if status in (404, 405):
        return (
            "see that url ends where the service begins (such as /v1) and model is one that it has"
        )
    return "it does not understand the request: see model, template and extra"


def _said(text: str) -> str:
    """The message in an error, with its code; the text where there is none."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    if isinstance(found, dict):
        found = found.get("error", found.get("detail", found))
    if isinstance(found, dict):
        parts = [found.get(name) for name in ("message", "code", "type")]
        found = ", ".join(str(part) for part in parts if part) or found
    flat = " ".join(str(found).split())
    return flat if len(flat) <= 300 else f"{flat[:297]}..."
