"""What people taught, as lessons: losses with a price. Seconds at the page are the cost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import Domain, InputError, Inputs, Texts
from preceptor.core.inputs import unpack_texts
from preceptor.lessons import (
    Examples,
    FeatureSet,
    Invariances,
    Irrelevant,
    Lesson,
    Masks,
    Pairs,
    Price,
    total,
)
from preceptor.lessons.invariances import Hold
from preceptor.lessons.masks import Way
from preceptor.people.changes import domain_of, spread, transform_of
from preceptor.people.settings import Settings
from preceptor.people.studies import Studies, Study
from preceptor.people.taught_items import TaughtItem, standing
from preceptor.people.text_lessons import TextMaking

Form = Way | str
"""How what matters reaches the student: a way of :class:`preceptor.lessons.Masks`, or ``view``."""

MOST_INPUTS = 2000
"""The most inputs of a study on which a lesson holds the student, unless others are given."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """On what the student learns what people taught.

    Attributes:
        inputs: ``Float[examples, *shape]``, or texts, where it has to obey what holds for every input.
        labels: ``Int64[examples]``, uncertain ones among them; ``None`` where there are none.
        keys: of the inputs on which things that hold for one input may be learned; ``None`` for all.
            Whoever audits on some of a study's inputs leaves those out.
    """

    inputs: Inputs
    labels: Int64[Tensor, " examples"] | None = None
    keys: Collection[str] | None = None

    def covers(self, one: TaughtItem) -> bool:
        """Whether something taught may be learned from: not if it is about an input left out."""
        if self.keys is None or one.kind == "invariance" or one.body.get("every"):
            return True
        return "input" not in one.body or one.body["input"] in self.keys


def lessons_of(
    studies: Studies,
    study: Study,
    *,
    ground: TrainingData | None = None,
    kind: str | None = None,
    way: Form = "resample",
) -> list[Lesson]:
    """What was taught in a study and not withdrawn, as lessons.

    What people said of single inputs becomes one lesson a kind (masks, pairs, examples); what they
    said of every input becomes a lesson each. Declared changes hold the student to the labels where
    the ground has any, else to its own answer.

    Args:
        studies: where the study is kept.
        study: the study.
        ground: on what the student learns; the study's own inputs, all of them, unless given.
        kind: only this kind: ``mask``, ``features``, ``words``, ``invariance``, ``pair`` or ``example``.
        way: how what matters reaches the student.

    Raises:
        InputError: the ground is of another kind than the study's inputs, or they have no such way.
    """
    with studies.database.read() as db:
        found = standing(db, study.number, kind)
    if not found:
        return []
    ground = ground or TrainingData(inputs_of(studies, study))
    if study.settings.is_text != isinstance(ground.inputs, Texts):
        raise InputError(
            f"the study {study.name!r} is about {'texts' if study.settings.is_text else 'numbers'}, the "
            "data to learn on are not; name another study with --study"
        )
    if not study.settings.is_text and way in ("exchange", "drop"):
        raise InputError(
            f"way={way} is for words that matter in texts; of numbers: resample, view, gradient, attack"
        )
    usable = [one for one in found if ground.covers(one)]
    return _made(studies, study, ground, way, usable)


def price_of(studies: Studies, study: Study, one: TaughtItem) -> Price:
    """The price of one thing taught, alone."""
    settings = study.settings
    some: Inputs = torch.zeros(1, *settings.shape)
    if settings.is_text:
        fields = tuple(settings.domain["fields"])
        some = Texts((("",) * len(fields) if fields else "",), fields)
    return total(_made(studies, study, TrainingData(some), "resample", [one]))


def _made(
    studies: Studies, study: Study, ground: TrainingData, way: Form, found: Sequence[TaughtItem]
) -> list[Lesson]:
    inputs = ground.inputs
    if isinstance(inputs, Texts):
        return TextMaking(studies, study, inputs, ground.labels, way).all(found)
    return _Making(studies, study, ground, inputs, way).all(found)


def inputs_of(studies: Studies, study: Study) -> Inputs:
    """The study's inputs, the first ``MOST_INPUTS`` of them."""
    with studies.database.read() as db:
        rows = db.all(
            "SELECT i.bytes FROM desk_questions q JOIN desk_inputs i ON i.key = q.input "
            "WHERE q.study = :study ORDER BY q.id LIMIT :most",
            study=study.number,
            most=MOST_INPUTS,
        )
    found = [bytes(row[0]) for row in rows]
    if study.settings.is_text:
        return unpack_texts(found, tuple(study.settings.domain["fields"]))
    return _stack(found, study.settings)


def _stack(found: Sequence[bytes], settings: Settings) -> Tensor:
    arrays = [np.frombuffer(data, "<f4").reshape(settings.shape) for data in found]
    if not arrays:
        return torch.empty((0, *settings.shape))
    return torch.from_numpy(np.stack(arrays))


@dataclass(frozen=True, eq=False)
class _Making:
    """Lessons under way."""

    studies: Studies
    study: Study
    ground: TrainingData
    inputs: Tensor
    way: Form

    @property
    def settings(self) -> Settings:
        return self.study.settings

    @property
    def domain(self) -> Domain:
        return domain_of(self.settings)

    def all(self, found: Sequence[TaughtItem]) -> list[Lesson]:
        relevant = [one for one in found if one.kind in ("mask", "features")]
        single = [one for one in relevant if not one.body["every"]]
        pairs = [one for one in found if one.kind == "pair"]
        examples = [one for one in found if one.kind == "example"]
        lessons = [self._every(one) for one in relevant if one.body["every"]]
        lessons += [self._invariance(one) for one in found if one.kind == "invariance"]
        if single:
            lessons.append(self._masks(single))
        if pairs:
            lessons.append(self._pairs(pairs))
        if examples:
            lessons.append(self._examples(examples))
        return lessons

    def _every(self, one: TaughtItem) -> Lesson:
        mask = self._mask(one)
        if self.way == "view":
            return FeatureSet(mask, self.domain, one.seconds)
        if self.way == "resample":
            return Irrelevant(mask, self.domain, self.inputs, one.seconds)
        inputs = self.inputs
        masks = mask.expand(inputs.shape).clone()
        return Masks(inputs, masks, self.domain, _way(self.way), cost=one.seconds)

    def _masks(self, found: Sequence[TaughtItem]) -> Lesson:
        masks = torch.stack([self._mask(one) for one in found])
        inputs = self._inputs([one.body["input"] for one in found])
        return Masks(inputs, masks, self.domain, _way(self.way), cost=_seconds(found))

    def _invariance(self, one: TaughtItem) -> Lesson:
        inputs, labels = self.inputs, self.ground.labels
        region = one.arrays.get("region")
        change = transform_of(
            self.settings, one.body["change"], one.body["range"], region, pool=inputs
        )
        hold: Hold = "answer" if labels is None else "label"
        return Invariances(inputs, self.domain, (change,), labels, hold, cost=one.seconds)

    def _pairs(self, found: Sequence[TaughtItem]) -> Lesson:
        first = self._inputs([one.body["input"] for one in found])
        second = torch.from_numpy(np.stack([one.arrays["changed"] for one in found]))
        before, after = (
            torch.tensor([one.body[name] for one in found]) for name in ("before", "after")
        )
        classes = len(self.settings.classes)
        return Pairs(first, second, before, after, classes, self._pool(), cost=_seconds(found))

    def _examples(self, found: Sequence[TaughtItem]) -> Lesson:
        inputs = torch.from_numpy(np.stack([one.arrays["made"] for one in found]))
        labels = torch.tensor([one.body["label"] for one in found])
        classes = len(self.settings.classes)
        return Examples(inputs, labels, classes, "volunteered", _seconds(found))

    def _mask(self, one: TaughtItem) -> Tensor:
        if one.kind == "mask":
            return spread(one.arrays["mask"], self.settings)
        made = torch.zeros(self.settings.shape, dtype=torch.bool)
        made.view(-1)[torch.tensor(one.body["features"])] = True
        return made

    def _inputs(self, keys: Sequence[str]) -> Tensor:
        with self.studies.database.read() as db:
            rows = [
                db.all("SELECT bytes FROM desk_inputs WHERE key = :key", key=key)[0] for key in keys
            ]
        return _stack([bytes(row[0]) for row in rows], self.settings)

    def _pool(self) -> int:
        """How many inputs the study has: both sides know them, so a pair points to one."""
        with self.studies.database.read() as db:
            found = db.all(
                "SELECT COUNT(*) FROM desk_questions WHERE study = :study", study=self.study.number
            )
        return int(found[0][0])


def _seconds(found: Sequence[TaughtItem]) -> float:
    return sum(one.seconds for one in found)


def _way(way: Form) -> Way:
    """For masks of single inputs there is no view: they are obeyed as far as training gets."""
    if way in ("gradient", "attack"):
        return "gradient" if way == "gradient" else "attack"
    return "resample"
