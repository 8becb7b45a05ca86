"""One small world and all the engines that ask a teacher about it, with one form of what came of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor

from preceptor.asking import GIVE_UP
from preceptor.audit import Plan, Record, audit
from preceptor.calibration import calibrate
from preceptor.core import (
    UNCERTAIN,
    Answers,
    ArraySource,
    Domain,
    Goal,
    IncompleteError,
    ItemRng,
    Student,
    Teacher,
)
from preceptor.explain import explain
from preceptor.ledger import Ledger
from preceptor.probes import families
from preceptor.search import SearchPlan, estimate, search
from preceptor.search.search_view import answer as search_answer
from preceptor.sequential import StoppingRule
from preceptor.strategies import ask

SQUARE = Domain((2,))
ITEMS = 60
BATCH = 8


def truth(inputs: Tensor) -> Tensor:
    """The side of a half on which coordinate 0 lies; uncertain near it."""
    near = (inputs[:, 0] - 0.5).abs() < 0.05
    return torch.where(near, UNCERTAIN, (inputs[:, 0] > 0.5).long())


def honest(inputs: Tensor) -> Answers:
    """The truth, at a cost of a quarter."""
    return Answers(truth(inputs), torch.full((len(inputs),), 0.25))


def odd(inputs: Tensor) -> Tensor:
    """``Bool[batch]``: the inputs at which teachers that fail on some do so; a fifth or so."""
    return (inputs[:, 1] * 97).floor() % 5 == 0


@dataclass
class Seer:
    """A teacher that says what a function says, and writes down its calls."""

    say: Callable[[Tensor], Answers] = honest
    name: str = "seer"
    version: str = "1"
    classes: int = 2
    deterministic: bool = True
    certainty: str = "Certain where coordinate 0 is not near a half."
    concurrency: int = 1
    calls: list[list[bytes]] = field(default_factory=list)

    @property
    def asked(self) -> list[bytes]:
        return [one for call in list(self.calls) for one in call]

    def __call__(self, inputs: Tensor) -> Answers:
        self.calls.append([row.numpy().tobytes() for row in inputs])
        return self.say(inputs)


@dataclass
class Pupil:
    """A student that reads both coordinates; its arithmetic is the same whatever the batch."""

    name: str = "pupil"
    classes: int = 2
    differentiable: bool = False
    device: torch.device = field(default=torch.device("cpu"))

    def __call__(self, inputs: Tensor) -> Tensor:
        seen = 0.8 * inputs[:, 0] + 0.2 * inputs[:, 1]
        return torch.stack([0.5 - seen, seen - 0.5], 1) * 8

    def decide(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)


@dataclass(frozen=True)
class Push:
    """Adds a little to both coordinates, from each item's own stream."""

    name: str = "push"
    family: str = "push"
    size: float | None = None
    goal: Goal = "flip"

    def __call__(self, student: Student, inputs: Tensor, *, domain: Domain, rng: ItemRng) -> Tensor:
        return inputs + 0.2 * rng.uniform((2,), -1.0, 1.0)


@contextmanager
def drawn() -> Iterator[None]:
    """Orders that can be had again: what the operating system would draw is counted out."""
    number = count()
    with patch("secrets.token_hex", lambda _: f"nonce-{next(number)}"):
        yield


def world(items: int = ITEMS) -> ArraySource:
    raw = torch.rand(items, 2, generator=torch.Generator().manual_seed(7))
    return ArraySource(raw, SQUARE, name="world")


@dataclass(frozen=True)
class Outcome:
    """What an engine makes of a teacher.

    Attributes:
        asked: different questions.
        answered: of which so many have an answer.
        reasons: how many have none, by reason.
        labels: inputs that have an answer, and what it is.
        words: what it says to people.
        raised: what it raised, where it asks for all or nothing.
    """

    asked: int
    answered: int
    reasons: dict[str, int]
    labels: tuple[Tensor, Tensor] | None = None
    words: str = ""
    raised: IncompleteError | None = None


def of_record(record: Record) -> Outcome:
    questions, rows = record.facts["questions"], list(range(len(record.ids)))
    sheets = [record.clean.sheet, *(said.sheet for said in record.moved)]
    there = torch.cat([sheet.asked for sheet in sheets])
    inputs = torch.cat([torch.from_numpy(record.inputs(k, rows)) for k in range(len(sheets))])
    labels = torch.cat([sheet.teacher for sheet in sheets])
    return Outcome(
        questions["asked"],
        questions["answered"],
        questions["unanswered"],
        (inputs[there], labels[there]),
    )


def by_audit(teacher: Teacher, folder: Path) -> Outcome:
    return of_record(audit(Pupil(), teacher, world(), Plan((Push(),), batch=BATCH), folder))


def by_until(teacher: Teacher, folder: Path) -> Outcome:
    """With a rule that nobody reaches, so that all is asked."""
    plan = Plan((Push(),), batch=BATCH, until=StoppingRule(least=0.9))
    with drawn():
        return of_record(audit(Pupil(), teacher, world(), plan, folder))


def by_search(teacher: Teacher, folder: Path) -> Outcome:
    found = search(Pupil(), teacher, world(), SearchPlan(80, first=10, round=10), out=folder)
    questions, there = found.facts["questions"], found.asked.answered
    return Outcome(
        questions["asked"],
        questions["answered"],
        questions["unanswered"],
        (found.asked.inputs[there], found.asked.teacher[there]),
        search_answer(found),
    )


def by_estimate(teacher: Teacher, folder: Path) -> Outcome:
    found = estimate(Pupil(), teacher, world(), families(SQUARE)[:2], 60)
    return Outcome(found.asked, found.answered, dict(found.reasons))


def by_explain(teacher: Teacher, folder: Path) -> Outcome:
    """Of a record for which somebody honest of the same name answered."""
    known = Seer(name=teacher.name, version=teacher.version)
    record = audit(Pupil(), known, world(), Plan((Push(),)), folder)
    found = explain(Pupil(), teacher, record, budget=120, items=60)
    questions = found.facts["questions"]
    left = sum(questions["unanswered"].values())
    return Outcome(questions["asked"], questions["asked"] - left, questions["unanswered"])


def by_calibrate(teacher: Teacher, folder: Path) -> Outcome:
    """Of a record for which somebody else answered: the teacher is the people who check them."""
    record = audit(Pupil(), Seer(name="stand-in"), world(), Plan((Push(),)), folder)
    found = calibrate([record], teacher, budget=120)
    questions, there = found.calibration.facts["questions"], found.replies.answered
    inputs = found.draw.questions.fetch(np.arange(len(found.draw.keys)))
    return Outcome(
        questions["asked"],
        questions["answered"],
        questions["unanswered"],
        (inputs[there], found.replies.answers.labels[there]),
    )


def by_strategy(teacher: Teacher, folder: Path) -> Outcome:
    """The one call by which every strategy asks."""
    inputs = world().read(0, ITEMS)
    try:
        lesson = ask(teacher, inputs)
    except IncompleteError as error:
        return of_error(error, inputs)
    if lesson is None:
        return Outcome(ITEMS, 0, {"the budget": ITEMS})
    left = {"the budget": ITEMS - len(lesson.inputs)} if len(lesson.inputs) < ITEMS else {}
    return Outcome(ITEMS, len(lesson.inputs), left, (lesson.inputs, lesson.labels))


def by_ledger(teacher: Teacher, folder: Path) -> Outcome:
    """Kept, and called."""
    inputs = world().read(0, ITEMS)
    with Ledger(folder / "own") as ledger:
        try:
            answers = ledger.keep(teacher, batch=BATCH)(inputs)
        except IncompleteError as error:
            return of_error(error, inputs)
    return Outcome(ITEMS, ITEMS, {}, (inputs, answers.labels))


def of_error(error: IncompleteError, inputs: Tensor) -> Outcome:
    there = error.answered
    return Outcome(
        len(there),
        int(there.sum()),
        dict(Counter(error.reasons.values())),
        (inputs[there], error.answers.labels[there]),
        str(error),
        error,
    )


ENGINES = {
    "audit": by_audit,
    "audit --until": by_until,
    "search": by_search,
    "estimate": by_estimate,
    "explain": by_explain,
    "calibrate": by_calibrate,
    "strategies": by_strategy,
    "ledger": by_ledger,
}

SILENT = GIVE_UP * 10
"""The most that an engine here asks before it gives up, but for those that ask once."""
