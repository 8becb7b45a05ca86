"""A language model as a teacher: any endpoint of the OpenAI shape, local or hosted.

How sure it is comes from the probabilities of the label words' first tokens, added up over the words of
each label and normalised over the labels and *cannot tell*; or from several seeded answers as votes.
Where asked for, each label's probability is first divided by what it gets where there is nothing to
judge (Zhao et al., Calibrate Before Use, 2021; difference: *cannot tell* keeps its share). It is certain
from a threshold on: 0.8 unless set, better what ``preceptor calibrate`` found that people would choose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import torch

from preceptor.asking import input_keys
from preceptor.core import UNCERTAIN, Answers, InputError, Inputs, Journal
from preceptor.core.hashing import LENGTH
from preceptor.teachers.services.completions import Completions, Decoding
from preceptor.teachers.services.endpoint import Endpoint
from preceptor.teachers.services.kept_replies import KeptReplies, request_key
from preceptor.teachers.services.label_words import LabelWords
from preceptor.teachers.services.model_replies import (
    BeliefReading,
    ModelReply,
    read_probabilities,
    read_text,
)
from preceptor.teachers.services.prompts import Prompt, centred
from preceptor.teachers.services.service_files import read_llm
from preceptor.teachers.services.service_role import ExpectedPrice, SaidOfInput
from preceptor.teachers.services.shares import LESS, decided, votes_of
from preceptor.teachers.services.shown_inputs import SentInput, Show
from preceptor.teachers.services.token_prices import TokenPrices

PARSER: Final = "2"
"""Of the code that turns replies into answers; part of the version."""


@dataclass(frozen=True, eq=False)
class LLM:
    """A language model that labels texts, pictures and rows of tables.

    >>> judge = LLM(
    ...     Endpoint("http://127.0.0.1:8080/v1"),
    ...     "smollm2",
    ...     Prompt("Is this film review favourable?", LabelWords({"no": ("no",), "yes": ("yes",)})),
    ... )
    >>> judge.certainty
    'Certain where one label has at least 80 % of the probability (threshold = 0.8).'

    Its version is a hash of model, prompt, label words, decoding, how inputs are shown and read, and the
    threshold; never of the key or the address. ``Answers.votes`` holds the belief as a hundred shares,
    each for a label or ``UNCERTAIN``; or one vote for each sample.

    Attributes:
        endpoint: where it listens.
        model: its id there.
        prompt: what it is asked.
        decoding: how it writes, and how its belief is told.
        threshold: the share of the belief from which it is certain.
        centre: texts without content, such as ``N/A``, by whose answers beliefs are centred; none for
            not.
        prior: in place of ``centre``, the mean belief in each label by name over inputs like these, as
            ``run.heard`` of an audit tells it: it is divided out (Zhou et al., Batch Calibration, 2023).
        least: the share of the probability that must lie on words of labels.
        prices: of tokens.
        name: who it is; the model's id unless given.
        concurrency: how many calls it takes at once.
        rate: calls a second at most; ``None`` for no limit.
        show: how inputs are shown.

    Raises:
        InputError: an option out of range.
    """

    endpoint: Endpoint
    model: str
    prompt: Prompt
    decoding: Decoding = Decoding()  # noqa: RUF009 - frozen
    threshold: float = 0.8
    centre: tuple[str, ...] = ()
    prior: Mapping[str, float] = field(default_factory=dict)
    least: float = 0.2
    prices: TokenPrices = TokenPrices()  # noqa: RUF009 - frozen
    name: str = ""
    concurrency: int = 4
    rate: float | None = None
    show: Show = field(default_factory=Show)
    kept: KeptReplies = field(default_factory=KeptReplies, repr=False)

    def __post_init__(self) -> None:
        if not self.model:
            raise InputError("model is missing: its id at the service")
        if not 0 < self.threshold <= 1:
            raise InputError(f"threshold = {self.threshold}: expected a share above 0, at most 1")
        if not 0 <= self.least < 1:
            raise InputError(f"least = {self.least}: expected a share from 0, below 1")
        if self.centre and self.decoding.certainty != "probabilities":
            raise InputError(
                "centre is for certainty = 'probabilities'; samples have none to divide"
            )
        if self.prior:
            self._check_prior()
        if not self.name:
            object.__setattr__(self, "name", self.model)

    def _check_prior(self) -> None:
        if self.centre or self.decoding.certainty != "probabilities":
            raise InputError("prior is for certainty = 'probabilities', and in place of centre")
        names = self.prompt.words.names
        if sorted(self.prior) != sorted(names) or not all(0 < p < 1 for p in self.prior.values()):
            raise InputError(
                f"prior = {dict(self.prior)}: expected a share between 0 and 1 for each of "
                f"{', '.join(names)}"
            )

    @classmethod
    def read(cls, file: str | Path) -> "LLM":
        """A teacher as a TOML file describes it: see ``docs/how-to/judges.md``.

        Raises:
            InputError: no such file, or something in it that means nothing.
        """
        said = read_llm(Path(file))
        return cls(
            Endpoint(**said.endpoint),
            prompt=Prompt(words=LabelWords(**said.words), **said.prompt),
            decoding=Decoding(**said.decoding),
            prices=TokenPrices(**said.prices),
            show=Show(**said.show),
            **said.own,
        )

    @property
    def classes(self) -> int:
        """As many as there are labels."""
        return len(self.prompt.words.names)

    @property
    def deterministic(self) -> bool:
        """No: services answer otherwise now and then, whatever the seed."""
        return False

    @property
    def certainty(self) -> str:
        """One sentence."""
        percent = f"{100 * self.threshold:.6g} % of"
        if self.decoding.certainty == "samples":
            what = f"its {self.decoding.samples} answers (threshold = {self.threshold:g})"
        else:
            what = f"the probability (threshold = {self.threshold:g})"
        return f"Certain where one label has at least {percent} {what}."

    @cached_property
    def version(self) -> str:
        """A hash of all that decides an answer, beside the service itself."""
        parts: list[object] = [self._asks(), self.threshold, self.centre, self.least, PARSER]
        parts += [dict(self.prior)] if self.prior else []
        words = self.prompt.words
        return request_key(*parts, dict(words.forms), words.names, words.cannot_tell)[:LENGTH]

    def _asks(self) -> list[object]:
        """All that decides a request, beside the input."""
        asks = self.prompt
        return [
            [
                self.model,
                self.decoding.describe(),
                asks.task,
                asks.template,
                asks.example,
                asks.order,
            ],
            [asks.seed, [(one.text, one.label) for one in asks.examples], self.show.decides()],
        ]

    @property
    def missing(self) -> str:
        """See :class:`ServiceTeacher`."""
        return self.endpoint.missing

    def about(self, show: Show, names: Sequence[str]) -> "LLM":
        """See :class:`ServiceTeacher`."""
        words = self.prompt.words.in_order(names)
        shown = Show(show.domain, self.show.enlarge)
        if self.decoding.api == "completion" and shown.pictures(
            tuple(shown.domain.get("shape", ()))
        ):
            raise InputError(
                f"{self.name} is asked for completions, which see no pictures; api = 'chat'"
            )
        return replace(self, prompt=replace(self.prompt, words=words), show=shown)

    def keeping(self, journal: Journal) -> "LLM":
        """See :class:`ServiceTeacher`."""
        return replace(self, kept=KeptReplies(journal))

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch; replies that are kept are read, the others asked for.

        Raises:
            ServiceError: the service refuses every question.
            InputError: numbers that are not finite.
            Exception: it failed on a question, or takes none now.
        """
        return self._answers(inputs, anew=False)

    def again(self, inputs: Inputs) -> Answers:
        """Ask anew, whatever was said before."""
        return self._answers(inputs, anew=True)

    def said(self, inputs: Inputs) -> list[SaidOfInput | None]:
        """See :class:`ServiceTeacher`."""
        found: list[SaidOfInput | None] = []
        for key, shown in zip(input_keys(inputs), self.show.each(inputs), strict=True):
            replies = self._calls.kept_replies(key, shown)
            if replies is None:
                found.append(None)
                continue
            shares, fault = self._read(replies, key, ask=False)
            found.append(self._told(shares, fault, replies, key))
        return found

    def expected(self, inputs: Inputs) -> ExpectedPrice:
        """See :class:`ServiceTeacher`."""
        keys = input_keys(inputs)
        return self._calls.expected(list(zip(keys, self.show.each(inputs), strict=True)))

    @cached_property
    def _calls(self) -> Completions:
        return Completions(
            self.endpoint,
            self.model,
            self.prompt,
            self.decoding,
            self.prices,
            self.kept,
            self.version,
            "" if self.name == self.model else self.name,
        )

    def _answers(self, inputs: Inputs, *, anew: bool) -> Answers:
        keys, shown = input_keys(inputs), self.show.each(inputs)
        labels = torch.full((len(inputs),), UNCERTAIN)
        cost, votes = torch.zeros(len(inputs)), []
        for row, (key, one) in enumerate(zip(keys, shown, strict=True)):
            replies, paid = self._calls.ask(key, one, anew=anew)
            shares, _ = self._read(replies, key, ask=True)
            said = votes_of(shares, self.decoding.votes)
            labels[row] = decided(said, self.classes, self.threshold)
            cost[row] = paid
            votes.append(said)
        table = torch.tensor(votes, dtype=torch.int64).reshape(len(votes), self.decoding.votes)
        return Answers(labels, cost, table)

    def _read(
        self, replies: Sequence[ModelReply], key: str, *, ask: bool
    ) -> tuple[np.ndarray, str]:
        """``Float[labels + 1]``, the belief, and why nothing can be read."""
        words = self.prompt.words
        if self.decoding.certainty == "samples":
            shares, faults = np.zeros(self.classes + 1), []
            for one in replies:
                label = read_text(one, words)
                faults += [label] if isinstance(label, str) else []
                shares[UNCERTAIN if isinstance(label, str) else label] += 1 / len(replies)
            return shares, faults[0] if len(faults) == len(replies) else ""
        found: BeliefReading = read_probabilities(replies[0], words, self.least)
        if found.fault or not (self.centre or self.prior):
            return found.shares, found.fault
        if self.prior:
            mean = np.array([*(self.prior[name] for name in words.names), 0.0])
            return centred(found.shares, mean), ""
        return centred(found.shares, self._neutral(key, ask=ask)), ""

    def _neutral(self, key: str, *, ask: bool) -> np.ndarray:
        """The mean belief where there is nothing to judge, with the labels in this question's order."""
        order, found = self.prompt.order_of(key), []
        for text in self.centre:
            replies = self._calls.in_order(order, SentInput(text), ask=ask)
            if replies is not None:
                reading = read_probabilities(replies[0], self.prompt.words, 0.0)
                found += [] if reading.fault else [reading.shares]
        return np.mean(found, 0) if found else np.ones(self.classes + 1)

    def _told(
        self, shares: np.ndarray, fault: str, replies: Sequence[ModelReply], key: str
    ) -> SaidOfInput:
        said = votes_of(shares, self.decoding.votes)
        label = decided(said, self.classes, self.threshold)
        reason = fault if label == UNCERTAIN else ""
        if label == UNCERTAIN and not reason:
            reason = "cannot tell" if shares.argmax() == self.classes else LESS
        last = replies[-1]
        model = " ".join(filter(None, (last.model, last.fingerprint)))
        counted = [one for one in replies if one.prompt is not None]
        tokens = None
        if len(counted) == len(replies):
            tokens = sum(one.prompt or 0 for one in counted), sum(one.written for one in counted)
        first = None
        if self.decoding.certainty != "samples" and self.prompt.order == "permuted" and not fault:
            first = int(shares[:-1].argmax()) == self.prompt.order_of(key)[0]
        belief = None
        if self.decoding.certainty != "samples" and not fault:
            raw = read_probabilities(replies[0], self.prompt.words, self.least).shares
            belief = dict(zip(self.prompt.words.names, raw.tolist(), strict=False))
        return SaidOfInput(reason, model, last.at, tokens, first, belief)
