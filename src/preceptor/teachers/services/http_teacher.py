"""Any service that answers JSON over HTTP, as a teacher: a classifier behind an address, say."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from preceptor.asking import input_keys
from preceptor.core import UNCERTAIN, Answers, InputError, Inputs, Journal
from preceptor.core.hashing import LENGTH
from preceptor.teachers.services.answer_form import (
    AnswerForm,
    filled,
    found_at,
    number_at,
    places_in,
    shows,
)
from preceptor.teachers.services.endpoint import Endpoint, NoAnswerError
from preceptor.teachers.services.http_files import read_http
from preceptor.teachers.services.kept_replies import KeptReplies, request_key
from preceptor.teachers.services.refusals import RefusedQuestionError
from preceptor.teachers.services.service_role import ExpectedPrice, SaidOfInput
from preceptor.teachers.services.shares import LESS, SHARES, decided, votes_of
from preceptor.teachers.services.shown_inputs import SentInput, Show

PLACES: Final = ("{input}", "{text}", "{image}", "{row}")
"""What stands for the input in a body: as text, the same, as a PNG data URL, as an object of cells."""


@dataclass(frozen=True, eq=False)
class HTTPTeacher:
    """A service that is sent one input at a time, and answers JSON.

    Attributes:
        endpoint: where it listens.
        name: who it is.
        says: which version of the service this is, in your words; change it when the service does.
        labels: name of each label, with what the service calls it.
        body: of a request, as plain data, with ``{input}`` where the input stands.
        form: of an answer.
        method: of HTTP, ``POST`` or ``PUT``.
        concurrency: how many calls it takes at once.
        rate: calls a second at most; ``None`` for no limit.
        show: how inputs are shown.

    Raises:
        InputError: an option out of range, or a body without the input.
    """

    endpoint: Endpoint
    name: str
    says: str
    labels: Mapping[str, tuple[str, ...]]
    body: Mapping[str, Any]
    form: AnswerForm
    method: str = "POST"
    concurrency: int = 4
    rate: float | None = None
    show: Show = field(default_factory=Show)
    kept: KeptReplies = field(default_factory=KeptReplies, repr=False)

    def __post_init__(self) -> None:
        if len(self.labels) < 2:
            raise InputError(f"[labels] names {len(self.labels)} labels; expected two or more")
        if self.method not in ("POST", "PUT"):
            raise InputError(f"method = {self.method!r}: expected POST or PUT")
        places = places_in(self.body)
        if not places:
            raise InputError(
                f"[body] holds no input; write one of {', '.join(PLACES)} where it stands"
            )
        for place in places - set(PLACES):
            raise InputError(
                f"[body] has {place!r}: {{row}} is an object, and stands alone; {{input}} is a row as text"
            )

    @classmethod
    def read(cls, file: str | Path) -> "HTTPTeacher":
        """A teacher as a TOML file describes it: see ``docs/how-to/judges.md``.

        Raises:
            InputError: no such file, or something in it that means nothing.
        """
        said = read_http(Path(file))
        return cls(
            Endpoint(**said.endpoint),
            form=AnswerForm(**said.answer),
            show=Show(**said.show),
            **said.own,
        )

    @property
    def classes(self) -> int:
        """As many as there are labels."""
        return len(self.labels)

    @property
    def deterministic(self) -> bool:
        """Nobody knows of a service."""
        return False

    @property
    def certainty(self) -> str:
        """One sentence."""
        if not (self.form.score or self.form.scores):
            return "Certain where the service says a label."
        return (
            f"Certain where the service's belief in one label is at least {self.form.threshold:g} "
            f"(threshold = {self.form.threshold:g})."
        )

    @cached_property
    def version(self) -> str:
        """A hash of what is asked and how it is read, and of the version that was given."""
        form = {**asdict(self.form), "price": 0, "unit": "", "cost": ""}
        names = {name: list(words) for name, words in self.labels.items()}
        return request_key(self._asks(), form, names, list(names), "1")[:LENGTH]

    def _asks(self) -> list[object]:
        return [self.says, self.method, self.body, self.show.decides()]

    @property
    def missing(self) -> str:
        """See :class:`ServiceTeacher`."""
        return self.endpoint.missing

    def about(self, show: Show, names: Sequence[str]) -> "HTTPTeacher":
        """See :class:`ServiceTeacher`."""
        if names and sorted(names) != sorted(self.labels):
            raise InputError(
                f"[labels] of {self.name} names {', '.join(self.labels)}, and the labels are "
                f"{', '.join(names)}. Write the same names in both (--classes), in the student's order"
            )
        labels = {name: self.labels[name] for name in names or self.labels}
        return replace(self, labels=labels, show=Show(show.domain, self.show.enlarge))

    def keeping(self, journal: Journal) -> "HTTPTeacher":
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
            reply = self._kept(self._request(key, shown))
            if reply is None:
                found.append(None)
                continue
            shares, fault = self._shares(reply)
            sure = decided(votes_of(shares, SHARES), self.classes, self._least)
            reason = "" if sure != UNCERTAIN else fault or self._why(shares)
            model = found_at(reply.get("answer"), self.form.model) if self.form.model else ""
            found.append(SaidOfInput(reason, str(model or ""), float(reply["at"])))
        return found

    def expected(self, inputs: Inputs) -> ExpectedPrice:
        """See :class:`ServiceTeacher`."""
        given = self.form.price > 0
        cost = self.form.price * len(inputs) if given else None
        return ExpectedPrice(len(inputs), None, cost, self.form.unit)

    @property
    def _least(self) -> float:
        return self.form.threshold if self.form.score or self.form.scores else 1.0

    def _why(self, shares: np.ndarray) -> str:
        return "cannot tell" if shares.argmax() == self.classes else LESS

    def _answers(self, inputs: Inputs, *, anew: bool) -> Answers:
        labels, cost = torch.full((len(inputs),), UNCERTAIN), torch.zeros(len(inputs))
        votes = []
        each = zip(input_keys(inputs), self.show.each(inputs), strict=True)
        for row, (key, shown) in enumerate(each):
            reply = self._reply(key, shown, anew=anew)
            said = votes_of(self._shares(reply)[0], SHARES)
            labels[row] = decided(said, self.classes, self._least)
            cost[row] = float(reply["cost"]) if reply["by"] == self.version else 0.0
            votes.append(said)
        if not (self.form.score or self.form.scores):
            return Answers(labels, cost)
        return Answers(labels, cost, torch.tensor(votes, dtype=torch.int64).reshape(-1, SHARES))

    def _request(self, key: str, shown: SentInput) -> str:
        return request_key(self.name, *self._asks(), key, bool(shown.image))

    def _kept(self, request: str) -> dict[str, Any] | None:
        """The first reply that can be read: what could not may be, once the form is mended."""
        for reply in self.kept.every(request):
            with suppress(NoAnswerError):
                self._shares(reply)
                return reply
        return None

    def _reply(self, key: str, shown: SentInput, *, anew: bool) -> dict[str, Any]:
        request = self._request(key, shown)
        with self.kept.alone(request):  # asked once, however many ask it now
            known = None if anew else self._kept(request)
            return self._fresh(request, shown) if known is None else known

    def _fresh(self, request: str, shown: SentInput) -> dict[str, Any]:
        """What comes now; it is kept.

        Raises:
            InputError: the body shows nothing of such an input.
        """
        places = places_in(self.body)
        if not shows(places, shown):
            raise InputError(
                f"[body] of {self.name} has {', '.join(sorted(places))}, where nothing stands of inputs like "
                "these: all would be the same question. Write {input}"
            )
        reply: dict[str, Any] = {"at": time.time(), "by": self.version, "cost": self.form.price}
        try:
            answer = self.endpoint.ask("", filled(self.body, shown), self.method)
        except RefusedQuestionError as error:
            reply |= {"fault": error.kind, "words": str(error), "cost": 0.0}
        else:
            reply["answer"] = answer
            if self.form.cost:
                with suppress(NoAnswerError):
                    reply["cost"] = number_at(answer, self.form.cost)
        self.kept.keep(request, reply)  # paid for, so first it is kept
        return reply

    def _shares(self, reply: Mapping[str, Any]) -> tuple[np.ndarray, str]:
        """``Float[labels + 1]``, the belief, and why there is none.

        Raises:
            NoAnswerError: it has not the form that was stated.
        """
        if "fault" in reply:
            return np.zeros(self.classes + 1), str(reply["fault"])
        return self.form.shares(reply["answer"], tuple(self.labels.values())), ""
