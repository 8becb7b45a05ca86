"""What a student found out by testing invariances: the answers it paid for, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, AnyTrainable, Domain, InputError
from preceptor.lessons.examples import Examples
from preceptor.lessons.invariances import Invariances
from preceptor.lessons.lesson import Lesson
from preceptor.lessons.price import Price
from preceptor.transforms import Transform


@dataclass(frozen=True)
class InvarianceTally:
    """What was said of inputs that one transformation changed.

    Attributes:
        same: the label of before.
        other: another label.
        uncertain: neither.
    """

    same: int = 0
    other: int = 0
    uncertain: int = 0

    @property
    def asked(self) -> int:
        """How many answers there are."""
        return self.same + self.other + self.uncertain


@dataclass(frozen=True, eq=False)
class InvarianceFindings:
    """Answers at inputs that transformations changed, and the transformations that seem harmless.

    The loss is that of the answers as examples, and of the invariances that were found on the
    ``examples``. These the student concluded by itself: they cost nothing beyond the answers. Later
    findings rest on all answers, so of several in a row only the last one's invariances are learned
    (:func:`preceptor.lessons.with_findings`).

    Price: that of the answers, one question each; see :class:`preceptor.lessons.Examples`.

    Attributes:
        inputs: ``Float[questions, *shape]``, the changed inputs that were asked.
        labels: ``Int64[questions]``, what was said of them.
        classes: labels are ``0 .. classes - 1``.
        about: ``Int64[questions]``, which of the transforms changed each.
        expected: ``Int64[questions]``, the teacher's label of each before it was changed.
        transforms: what was tested, and what earlier findings concluded.
        holds: ``Bool[transforms]``, those that the student takes to be harmless.
        examples: ``Float[examples, *shape]``, where it obeys them.
        example_labels: ``Int64[examples]``, paid for elsewhere; uncertain ones are left out.
        domain: of the inputs.
        cost: of all answers, in the teacher's unit.
        doubt: weight of uncertain answers in the loss.
        weight: of the invariances in the loss.
        batch: inputs in one step.
        sets: ``Bool[questions, classes]``, acceptable labels; ``None`` where no answer is partial.

    Raises:
        InputError: no answers, or parts of different lengths.
    """

    inputs: Float[Tensor, "questions *shape"]
    labels: Int64[Tensor, " questions"]
    classes: int
    about: Int64[Tensor, " questions"]
    expected: Int64[Tensor, " questions"]
    transforms: tuple[Transform, ...]
    holds: Bool[Tensor, " transforms"]
    examples: Float[Tensor, "examples *shape"]
    example_labels: Int64[Tensor, " examples"]
    domain: Domain
    cost: float = 0.0
    doubt: float = 0.0
    weight: float = 1.0
    batch: int = 128
    sets: Bool[Tensor, "questions classes"] | None = None

    kind: ClassVar[str] = "invariance findings"

    def __post_init__(self) -> None:
        many = len(self.labels)
        if not len(self.inputs) == many == len(self.about) == len(self.expected):
            raise InputError(
                f"{self.kind}: {len(self.inputs)} inputs, {many} labels, {len(self.about)} numbers of "
                f"transformations and {len(self.expected)} labels of before; expected as many of each"
            )
        if len(self.holds) != len(self.transforms):
            raise InputError(
                f"{self.kind}: holds says of {len(self.holds)} of {len(self.transforms)} transformations"
            )
        if not 0 <= int(self.about.min()) <= int(self.about.max()) < len(self.transforms):
            raise InputError(f"{self.kind}: about counts from 0 to {len(self.transforms) - 1}")

    @property
    def answers(self) -> Examples:
        """What was said, as examples."""
        return Examples(
            self.inputs,
            self.labels,
            self.classes,
            "asked",
            self.cost,
            doubt=self.doubt,
            batch=self.batch,
            sets=self.sets,
        )

    @property
    def concluded(self) -> tuple[Transform, ...]:
        """The transformations that the student takes to be harmless."""
        pairs = zip(self.transforms, self.holds.tolist(), strict=True)
        return tuple(one for one, holds in pairs if holds)

    @property
    def invariances(self) -> Invariances | None:
        """These as an assumption, at no price; ``None`` where there are none."""
        if not self.concluded:
            return None
        return Invariances(
            self.examples,
            self.domain,
            self.concluded,
            self.example_labels,
            assumed=True,
            weight=self.weight,
            batch=self.batch,
        )

    @property
    def price(self) -> Price:
        """See the class."""
        return self.answers.price

    def loss(self, student: AnyTrainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        found = self.answers.loss(student, rng)
        held = self.invariances
        return found if held is None else found + held.loss(student, rng)

    def tallies(self) -> dict[str, InvarianceTally]:
        """What was said of each transformation that was asked about, by its name."""
        rows = torch.arange(len(self.labels))
        certain = self.labels != UNCERTAIN
        same = self.labels == self.expected
        other = certain & ~same
        if self.sets is not None:  # the label of before is not among those that are acceptable
            other |= ~certain & ~self.sets[rows, self.expected]
        found = {}
        for number in sorted(set(self.about.tolist())):
            mine = self.about == number
            counts = [int((mine & part).sum()) for part in (same, other, ~same & ~other)]
            found[self.transforms[number].name] = InvarianceTally(*counts)
        return found


def tallies_of(past: Sequence[Lesson]) -> dict[str, InvarianceTally]:
    """What all findings together say of each transformation, by its name."""
    found: dict[str, InvarianceTally] = {}
    for lesson in past:
        if isinstance(lesson, InvarianceFindings):
            for name, more in lesson.tallies().items():
                had = found.get(name, InvarianceTally())
                found[name] = InvarianceTally(
                    had.same + more.same, had.other + more.other, had.uncertain + more.uncertain
                )
    return found


def with_findings(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons with findings taken apart: all their answers, and what the last one concluded."""
    found = [one for one in lessons if isinstance(one, InvarianceFindings)]
    if not found:
        return list(lessons)
    parts = [one.answers if isinstance(one, InvarianceFindings) else one for one in lessons]
    last = found[-1].invariances
    return parts if last is None else [*parts, last]
