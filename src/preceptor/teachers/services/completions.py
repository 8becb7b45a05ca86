"""The calls that one question to a language model makes: what goes out, and what is kept of what comes."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from preceptor.core import InputError, ServiceError
from preceptor.teachers.services.endpoint import Endpoint
from preceptor.teachers.services.kept_replies import KeptReplies, request_key
from preceptor.teachers.services.model_replies import ModelReply, reply_of
from preceptor.teachers.services.prompts import Prompt
from preceptor.teachers.services.refusals import RefusedQuestionError
from preceptor.teachers.services.service_role import ExpectedPrice
from preceptor.teachers.services.shares import SHARES
from preceptor.teachers.services.shown_inputs import SentInput
from preceptor.teachers.services.token_prices import BYTES, TokenPrices

PATHS: Final = {"chat": "/chat/completions", "completion": "/completions"}

PICTURE: Final = 1000
"""Tokens that a picture is taken for, in an estimate."""

_OURS: Final = frozenset(
    (
        *("model", "messages", "prompt", "temperature", "max_tokens", "seed", "stream", "n"),
        *("logprobs", "top_logprobs"),
    )
)


@dataclass(frozen=True)
class Decoding:
    """How a model writes, and how its belief is told.

    Attributes:
        api: ``chat``, or ``completion`` for models that continue a text.
        certainty: ``probabilities`` of tokens, or ``samples``: several seeded answers as votes.
        samples: how many.
        temperature: of the writing; 0 for probabilities and 1 for samples unless given.
        max_tokens: the most that it writes.
        top: how many of the likeliest tokens it tells.
        seed: of the writing; sample ``i`` has ``seed + i``.
        extra: further fields of the request, such as ``reasoning_effort``.

    Raises:
        InputError: an option out of range.
    """

    api: str = "chat"
    certainty: str = "probabilities"
    samples: int = 5
    temperature: float | None = None
    max_tokens: int = 8
    top: int = 20
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.api not in PATHS:
            raise InputError(f"api = {self.api!r}: expected chat or completion")
        if self.certainty not in ("probabilities", "samples"):
            raise InputError(f"certainty = {self.certainty!r}: expected probabilities or samples")
        for name, least in (("samples", 1), ("max_tokens", 1), ("top", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if self.temperature is not None and not 0 <= self.temperature <= 5:
            raise InputError(f"temperature = {self.temperature}: expected a number from 0 to 5")
        taken = _OURS & set(self.extra)
        if taken:
            raise InputError(
                f"extra sets {', '.join(sorted(taken))}, which have options of their own"
            )
        try:
            json.dumps(self.extra)
        except (TypeError, ValueError) as error:
            raise InputError(f"extra holds what JSON cannot: {error}") from error

    @property
    def calls(self) -> int:
        """How many calls one question makes."""
        return self.samples if self.certainty == "samples" else 1

    @property
    def votes(self) -> int:
        """As how many votes a belief is told."""
        return self.samples if self.certainty == "samples" else SHARES

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        said = asdict(self)
        if self.certainty != "samples":
            said.pop("samples")
        return said

    def body(self, model: str, turn: int) -> dict[str, Any]:
        """All of a request but the question."""
        sampled = self.certainty == "samples"
        warm = 1.0 if sampled else 0.0
        found: dict[str, Any] = {
            "model": model,
            "temperature": warm if self.temperature is None else self.temperature,
            "max_tokens": self.max_tokens,
            "seed": self.seed + turn,
            **self.extra,
        }
        if not sampled and self.api == "chat":
            found |= {"logprobs": True, "top_logprobs": self.top}
        elif not sampled:
            found |= {"logprobs": self.top}
        return found


@dataclass(frozen=True, eq=False)
class Completions:
    """Puts questions to a model. Every reply is kept before it is used.

    Attributes:
        endpoint: where it listens.
        model: its id.
        prompt: what it is asked.
        decoding: how it writes.
        prices: of tokens.
        kept: what was sent before.
        by: version of the teacher that asks.
        name: that tells it from another model of the same id; empty where the id is enough.
    """

    endpoint: Endpoint
    model: str
    prompt: Prompt
    decoding: Decoding
    prices: TokenPrices
    kept: KeptReplies
    by: str
    name: str = ""

    def ask(self, key: str, shown: SentInput, *, anew: bool) -> tuple[list[ModelReply], float]:
        """All replies to one question, and what this teacher paid for them.

        Replies that another version of the teacher paid for (with another threshold, say) are free.

        Raises:
            ServiceError: the service refuses every question.
            Exception: it failed on this one, or takes none now.
        """
        found, paid = [], 0.0
        for turn in range(self.decoding.calls):
            body = self._body(self.prompt.order_of(key, turn), shown, turn)
            reply = self._reply(body, anew=anew)
            found.append(reply)
            paid += reply.cost if reply.by == self.by else 0.0
        return found, paid

    def in_order(
        self, order: Sequence[int], shown: SentInput, *, ask: bool
    ) -> list[ModelReply] | None:
        """The reply to a question whose labels stand in a given order; ``None`` if it may not be asked
        and is not kept.
        """
        body = self._body(order, shown, 0)
        if ask:
            return [self._reply(body, anew=False)]
        known = self._known(body)
        return None if known is None else [known]

    def kept_replies(self, key: str, shown: SentInput) -> list[ModelReply] | None:
        """All replies to one question, if all are kept. Asks nothing."""
        found = []
        for turn in range(self.decoding.calls):
            reply = self._known(self._body(self.prompt.order_of(key, turn), shown, turn))
            if reply is None:
                return None
            found.append(reply)
        return found

    def expected(self, questions: Sequence[tuple[str, SentInput]]) -> ExpectedPrice:
        """What these questions would cost, by the bytes of what goes out."""
        read = 0
        for key, shown in questions:
            for turn in range(self.decoding.calls):
                body = self._body(self.prompt.order_of(key, turn), replace(shown, image=""), turn)
                size = len(json.dumps(body, ensure_ascii=False).encode())
                read += -(-size // BYTES) + (PICTURE if shown.image else 0)
        calls = self.decoding.calls * len(questions)
        written = calls * self.decoding.max_tokens
        cost = self.prices.of(read, 0, written) if self.prices.given else None
        return ExpectedPrice(calls, (read, written), cost, self.prices.unit)

    def _body(self, order: Sequence[int], shown: SentInput, turn: int) -> dict[str, Any]:
        body = self.decoding.body(self.model, turn)
        if self.decoding.api == "chat":
            return body | {"messages": self.prompt.chat(shown, order)}
        return body | {"prompt": self.prompt.completion(shown, order)}

    def _known(self, body: Mapping[str, Any]) -> ModelReply | None:
        kept = self.kept.first(self._request(body))
        return None if kept is None else ModelReply.read(kept)

    def _request(self, body: Mapping[str, Any]) -> str:
        return request_key(self.decoding.api, body, *([self.name] if self.name else []))

    def _reply(self, body: Mapping[str, Any], *, anew: bool) -> ModelReply:
        """What is kept, or what comes now and is then kept."""
        with self.kept.alone(self._request(body)):  # asked once, however many ask it now
            known = None if anew else self._known(body)
            if known is not None:
                self._check(known)
                return known
            return self._fresh(body)

    def _fresh(self, body: Mapping[str, Any]) -> ModelReply:
        """What comes now; it is kept."""
        try:
            fresh = reply_of(self.endpoint.ask(PATHS[self.decoding.api], body))
        except RefusedQuestionError as error:
            fresh = ModelReply(refusal=str(error), kind=error.kind)
        reply = replace(fresh, at=time.time(), by=self.by)
        if not reply.kind and reply.prompt is None:  # it does not count
            size = -(-len(json.dumps(body, ensure_ascii=False).encode()) // BYTES)
            cost = self.prices.of(size, 0, -(-len(reply.text.encode()) // BYTES))
        else:
            cost = self.prices.of(reply.prompt or 0, reply.cached, reply.written)
        reply = replace(reply, cost=cost)
        self.kept.keep(self._request(body), reply.describe())  # paid for, so first it is kept
        self._check(reply)
        return reply

    def _check(self, reply: ModelReply) -> None:
        """See that probabilities came, where they are needed."""
        if self.decoding.certainty == "samples" or reply.kind or reply.top is not None:
            return
        if reply.text.strip():
            raise ServiceError(
                f"{self.endpoint.host} sent an answer without the probabilities of its tokens. Let it tell "
                'them (logprobs), or write certainty = "samples", samples = 5: several answers as votes'
            )
