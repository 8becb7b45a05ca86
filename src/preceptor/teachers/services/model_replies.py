"""What a language model sent back, cut down to what is kept, and read as a belief in each label."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from preceptor.core.plain import read_fields
from preceptor.teachers.services.endpoint import NoAnswerError
from preceptor.teachers.services.label_words import NO_LABEL, LabelWords, bare

LONGEST_TEXT: Final = 2000
MOST_TOKENS: Final = 10**8

REFUSALS: Final = (
    *("i'm sorry", "i am sorry", "sorry", "i can't", "i cannot", "i won't", "i will not"),
    *("i'm unable", "i am unable", "as an ai", "i'm not able", "i am not able"),
)
"""How a text begins, without case, that declines to answer."""


@dataclass(frozen=True)
class ModelReply:
    """One reply of a language model, as it is kept.

    Attributes:
        text: what it wrote, at most the first 2,000 characters.
        top: the likeliest tokens, with the logarithm of the probability of each, where the answer
            begins; ``None`` where the service gave none.
        refusal: why it was declined, in the service's words; empty where it was not.
        kind: of a refusal: ``refused`` or ``too long``.
        model: that the service says has answered.
        fingerprint: of it, as the service says.
        prompt: tokens read; ``None`` where it was not said.
        cached: of these, those that the service remembered.
        written: tokens written.
        at: seconds since 1970.
        cost: what it cost.
        by: version of the teacher that asked.
    """

    text: str = ""
    top: tuple[tuple[str, float], ...] | None = None
    refusal: str = ""
    kind: str = ""
    model: str = ""
    fingerprint: str = ""
    prompt: int | None = None
    cached: int = 0
    written: int = 0
    at: float = 0.0
    cost: float = 0.0
    by: str = ""

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "ModelReply":
        """From plain data.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        found = read_fields(cls, said)
        top = found.top
        if top is not None and not all(isinstance(t, str) and isinstance(p, float) for t, p in top):
            raise TypeError("tokens without probabilities")
        return found


def reply_of(answer: Mapping[str, Any]) -> ModelReply:
    """A reply out of an answer of the OpenAI shape, of a chat or of a completion.

    Raises:
        NoAnswerError: it has not that shape.
    """
    try:
        choice = answer["choices"][0]
        message = choice.get("message") or {}
        text = message.get("content", choice.get("text"))
        if isinstance(text, list):  # parts
            text = "".join(part.get("text", "") for part in text)
        refusal = message.get("refusal") or ""
        if choice.get("finish_reason") == "content_filter":
            refusal = refusal or "content filter"
        if text is None and not refusal and message.get("reasoning_content") is None:
            raise TypeError("it holds no text")
        prompt, cached, written = _usage(answer.get("usage"))
        return ModelReply(
            str(text or "")[:LONGEST_TEXT],
            _top(choice.get("logprobs")),
            str(refusal)[:LONGEST_TEXT],
            "refused" if refusal else "",
            str(answer.get("model") or "")[:200],
            str(answer.get("system_fingerprint") or "")[:200],
            prompt,
            cached,
            written,
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise NoAnswerError(
            f"the service sent something else than a completion of the OpenAI shape ({error!r})"
        ) from None


def _top(logprobs: Any) -> tuple[tuple[str, float], ...] | None:
    """The likeliest tokens at the first place where something is written that can be seen.

    Both forms are read: a list of tokens, each with its rivals; and rivals by token, in the older one.
    """
    if not isinstance(logprobs, dict):
        return None
    places: list[tuple[str, list[tuple[str, float]]]] = []
    if isinstance(logprobs.get("content"), list):
        for one in logprobs["content"]:
            rivals = [(str(t["token"]), float(t["logprob"])) for t in one.get("top_logprobs") or ()]
            places.append((str(one["token"]), rivals))
    elif isinstance(logprobs.get("top_logprobs"), list):
        written = logprobs.get("tokens") or [""] * len(logprobs["top_logprobs"])
        for token, rivals in zip(written, logprobs["top_logprobs"], strict=False):
            found = rivals.items() if isinstance(rivals, dict) else ()
            places.append((str(token), [(str(t), float(p)) for t, p in found]))
    for token, top in places:
        if bare(token) and top:
            return tuple((t, p) for t, p in top if not math.isnan(p) and p <= 1e-6)
    return None


def _usage(said: Any) -> tuple[int | None, int, int]:
    """Tokens read, of these remembered, and written; ``None`` where there is no such count."""
    if not isinstance(said, dict):
        return None, 0, 0
    details = said.get("prompt_tokens_details")
    found = [
        said.get("prompt_tokens"),
        details.get("cached_tokens") if isinstance(details, dict) else 0,
        said.get("completion_tokens"),
    ]
    whole = [
        int(one) if isinstance(one, int | float) and 0 <= one <= MOST_TOKENS else None
        for one in found
    ]
    if whole[0] is None or whole[2] is None:
        return None, 0, 0
    return whole[0], min(whole[1] or 0, whole[0]), whole[2]


@dataclass(frozen=True, eq=False)
class BeliefReading:
    """What replies to one question say.

    Attributes:
        shares: ``Float[labels + 1]``, the belief in each label and last in *cannot tell*; sums to 1, or
            is all zeros where nothing can be read.
        fault: why nothing can be read: ``refused``, ``too long`` or ``unreadable``; else empty.
    """

    shares: np.ndarray
    fault: str = ""


def read_probabilities(reply: ModelReply, words: LabelWords, least: float) -> BeliefReading:
    """The belief that the probabilities of tokens say, added up over the words of each label.

    What lies on tokens that begin words of several labels counts for *cannot tell*; where that is the
    most, nothing can be read.

    Args:
        reply: with its likeliest tokens.
        words: of the labels.
        least: the share of the probability that must lie on words of labels.
    """
    nothing = np.zeros(len(words.names) + 1)
    if reply.kind:
        return BeliefReading(nothing, reply.kind)
    *masses, several = words.masses(reply.top or ())
    told = sum(masses)
    if told < least or told <= several:
        return BeliefReading(nothing, _fault(reply.text))
    masses[-1] += several  # whose it is nobody can tell
    return BeliefReading(np.array(masses) / sum(masses))


def read_text(reply: ModelReply, words: LabelWords) -> int | str:
    """The label that a text says, or why it says none."""
    if reply.kind:
        return reply.kind
    label = words.read(reply.text)
    return _fault(reply.text) if label == NO_LABEL else label


def _fault(text: str) -> str:
    return "refused" if bare(text).startswith(REFUSALS) else "unreadable"
