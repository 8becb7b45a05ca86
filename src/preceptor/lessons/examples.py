"""Labelled examples: answers to questions, a dataset's labels, or what a teacher picked out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, Answers, AnyTrainable, InputError, Inputs, Texts, nonsense
from preceptor.core.checks import positive
from preceptor.core.inputs import form, join
from preceptor.core.label_sets import is_partial, kept_sets, plain_sets, settled
from preceptor.lessons.losses import among, draw, nothing, right, unsure
from preceptor.lessons.price import Price, label_bits, raw_bits, set_bits
from preceptor.lessons.weighted import WeightedExamples

Origin = Literal["given", "asked", "volunteered"]
"""Who chose the inputs: the source (the teacher labels what both have), the student or the teacher.
"""


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs with the teacher's answers, *can't tell* among them.

    The loss is the mean cross-entropy over the certain ones. Of an answer that is a set of labels it
    is minus the logarithm of the student's belief in all of them together (Jin & Ghahramani 2002,
    with no weights within the set). ``UNCERTAIN`` is masked from it; where
    ``doubt`` is above 0, the student should rather be unsure there, and ``doubt`` times the mean
    divergence from uniform beliefs is added.

    Price: one question an example and log2(classes + 1) bits; where answers are sets,
    log2(2**classes - 1), of all the ways to answer. Whoever chose the inputs sends them
    too, 8 bits a coordinate or byte of a text, or log2(pool) bits where it points into a pool that both have: the
    student where they were ``asked``, the teacher where they were ``volunteered``.

    Attributes:
        inputs: ``Float[examples, *shape]``, or texts.
        labels: ``Int64[examples]``, ``UNCERTAIN`` among them.
        classes: labels are ``0 .. classes - 1``.
        origin: who chose the inputs.
        cost: of all answers, in the teacher's unit.
        pool: from how many shared inputs they were picked; ``None`` where they are sent raw.
        doubt: weight of uncertain examples.
        batch: examples in one step.
        sets: ``Bool[examples, classes]``, the acceptable labels, where an answer is partial; see
            :class:`preceptor.core.Answers`. ``None`` where none is.

    Raises:
        InputError: nothing at all, or labels that are none.
    """

    inputs: Inputs
    labels: Int64[Tensor, " examples"]
    classes: int
    origin: Origin = "asked"
    cost: float = 0.0
    pool: int | None = None
    doubt: float = 0.0
    batch: int = 128
    sets: Bool[Tensor, "examples classes"] | None = None

    kind: ClassVar[str] = "examples"

    def __post_init__(self) -> None:
        if len(self.inputs) == 0:
            raise InputError("a lesson of examples needs at least one")
        wrong = nonsense(self.labels, self.classes)
        if bool(wrong.any()):
            raise InputError(
                f"labels must lie in 0 .. {self.classes - 1} or be UNCERTAIN ({UNCERTAIN}); got "
                f"{self.labels[wrong][:3].tolist()}"
            )
        if self.sets is not None and (
            self.sets.shape != (len(self.labels), self.classes)
            or not torch.equal(settled(self.sets), self.labels)
            or not bool(self.sets.any(1).all())
        ):
            raise InputError(
                f"sets of acceptable labels must be [{len(self.labels)}, {self.classes}], none empty, "
                "and say the same as the labels: make them with Answers.of_sets"
            )
        if self.doubt < 0:
            raise InputError(f"examples: doubt must be at least 0; got {self.doubt}")
        positive(self.kind, batch=self.batch)

    @classmethod
    def of(
        cls,
        inputs: Inputs,
        answers: Answers,
        classes: int,
        *,
        origin: Origin = "asked",
        doubt: float = 0.0,
        pool: int | None = None,
    ) -> "Examples":
        """The lesson in a batch of answers to ``inputs``, ``Float[examples, *shape]`` or texts."""
        return cls(
            inputs.detach().cpu(),
            answers.labels.cpu(),
            classes,
            origin,
            float(answers.cost.double().sum()),
            pool,
            doubt,
            sets=None if answers.sets is None else answers.sets.cpu(),
        )

    @property
    def told(self) -> Bool[Tensor, " examples"]:
        """Where the teacher ruled some label out."""
        certain = self.labels != UNCERTAIN
        return certain if self.sets is None else certain | is_partial(self.sets)

    @property
    def price(self) -> Price:
        """See the class."""
        items = len(self.inputs)
        # math.log2, since a pool may hold more inputs than 64 bits can count
        pointed = raw_bits(self.inputs) if self.pool is None else items * math.log2(self.pool)
        bits = items * (label_bits if self.sets is None else set_bits)(self.classes)
        if self.origin == "volunteered":
            bits += pointed
        sent = pointed if self.origin == "asked" else 0.0
        return Price(items, bits, self.cost, sent)

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        useful = torch.arange(len(self.labels))
        if not self.doubt:
            useful = self.told.nonzero()[:, 0]
        if len(useful) == 0:
            return nothing(student)
        rows = useful[draw(len(useful), self.batch, rng)]
        labels = self.labels[rows].to(student.device)
        logits = student(self.inputs[rows])
        told = self.told[rows].to(student.device)
        if self.sets is None:
            loss = right(logits, labels)
        else:
            loss = among(logits[told], self.sets[rows].to(student.device)[told])
        if self.doubt:
            # both are means over their own rows: weigh them by how many there are
            share = told.float().mean()
            loss = share * loss + (1 - share) * self.doubt * unsure(logits[~told])
        return loss

    def weighted(self, rng: np.random.Generator) -> WeightedExamples | None:
        """The certain ones."""
        del rng
        return WeightedExamples.of(self.inputs, self.labels)


def pooled(lessons: Sequence[Examples]) -> Examples:
    """Several lessons of examples as one, so that each example counts the same in the loss.

    For training only: the price of the pool is not the sum of the prices where origins differ.
    Uncertain examples of lessons without doubt are left out; the largest doubt holds for the rest.

    Raises:
        InputError: none, or of different shapes or classes.
    """
    forms = {(isinstance(one.inputs, Texts), form(one.inputs)[1], one.classes) for one in lessons}
    if len(forms) != 1:
        raise InputError(f"examples of one shape and number of classes can be pooled; got {forms}")
    kept = [one.told | torch.full((len(one.labels),), one.doubt > 0) for one in lessons]
    if not any(bool(rows.any()) for rows in kept):
        return lessons[0]
    labels = torch.cat([one.labels[rows] for one, rows in zip(lessons, kept, strict=True)])
    sets = None
    if any(one.sets is not None for one in lessons):
        every = [
            (plain_sets(one.labels, one.classes) if one.sets is None else one.sets)[rows]
            for one, rows in zip(lessons, kept, strict=True)
        ]
        sets = kept_sets(torch.cat(every))
    return Examples(
        join([one.inputs[rows] for one, rows in zip(lessons, kept, strict=True)]),
        labels,
        lessons[0].classes,
        sets=sets,
        doubt=max(one.doubt for one in lessons),
        batch=max(one.batch for one in lessons),
    )
