"""Insufficient information: what students trained alike but for the seed make of the same inputs.

Models that fit the same data equally well and differ elsewhere are what D'Amour et al. (2020,
"Underspecification presents challenges for credibility in modern machine learning") and Marx et
al. (2020, "Predictive multiplicity in classification") measure. Differences: here the teacher
says which of them is right, and where none can be.

An error of the student is *open* if a sibling is right at the same input: data and way of
training allowed the right answer, and chance decided. It is *common* if every sibling errs there
too. Common errors need not follow from the data: siblings share architecture and way of training,
and with more siblings some common errors would turn out to be open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError, Student, generator
from preceptor.outcome import Rate


@dataclass(frozen=True)
class SiblingAnswers:
    """What the student and its siblings say of one set of inputs.

    Attributes:
        name: of the set.
        chosen: the inputs were moved by attacks on the student, so they are not a sample of
            anything but these attacks' results.
        alike: the share of items on which student and siblings all give one answer, taken at one
            input of each, drawn at random from those of which the teacher is certain.
        errors: items on which the student errs (with several moved inputs of an item: on at least
            one).
        open: the share of these errors at which a sibling is right. Where an item has several
            errors, one drawn at random stands for it.
        same: the share at which all siblings give the student's own wrong answer. The rest are
            common errors too, but different ones.
    """

    name: str
    chosen: bool
    alike: Rate
    errors: int
    open: Rate
    same: Rate

    @property
    def common(self) -> Rate:
        """The share of errors that every sibling makes too, whatever its answer."""
        return Rate(self.open.misses, self.open.hits, level=self.open.level)

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "chosen": self.chosen,
            "alike": self.alike.describe(),
            "errors": self.errors,
            "open": self.open.describe(),
            "common": self.common.describe(),
            "common_with_the_same_answer": self.same.describe(),
        }

    @classmethod
    def read(cls, found: dict[str, Any]) -> "SiblingAnswers":
        """The same from plain data."""
        rates = {
            ours: Rate.read(found[theirs])
            for ours, theirs in (
                ("alike", "alike"),
                ("open", "open"),
                ("same", "common_with_the_same_answer"),
            )
        }
        return cls(found["name"], found["chosen"], errors=found["errors"], **rates)


def siblings(fit: Callable[[int], Student], count: int, *, seed: int = 0) -> list[Student]:
    """Students from a function of the seed that trains one: ``fit(seed)``, ``fit(seed + 1)``, ...

    ``fit`` should train as the audited student was trained, with another seed, or on a bootstrap
    sample of the same data.

    Raises:
        InputError: fewer than one.
    """
    if count < 1:
        raise InputError(f"siblings: expected at least one; got {count}")
    return [fit(seed + i) for i in range(count)]


def spread(
    name: str,
    student: Int64[Tensor, " inputs"],
    others: Int64[Tensor, "siblings inputs"],
    teacher: Int64[Tensor, " inputs"],
    asked: Bool[Tensor, " inputs"],
    items: Sequence[str],
    *,
    chosen: bool,
    level: float,
    seed: int,
) -> SiblingAnswers:
    """Split the student's errors into open and common ones.

    Args:
        name: of the set of inputs.
        student: its answers.
        others: its siblings'.
        teacher: the teacher's; meaningless where not asked.
        asked: where it has answered.
        items: of which item each input is a version: one error for each is counted.
        chosen: whether the inputs were made by attacks on the student.
        level: of the intervals.
        seed: of the draws.
    """
    certain = asked & (teacher != UNCERTAIN)
    seen = _one_each(certain, items, seed, "alike")
    alike = (others[:, seen] == student[seen]).all(0)
    heard = {item for item, there in zip(items, asked.tolist(), strict=True) if there}
    rows = _one_each(certain & (student != teacher), items, seed, "errors")
    right = (others[:, rows] == teacher[rows]).any(0)
    same = (others[:, rows] == student[rows]).all(0)
    return SiblingAnswers(
        name=name,
        chosen=chosen,
        alike=_rate(alike, level, len(heard) - len(seen), len(set(items)) - len(heard)),
        errors=len(rows),
        open=_rate(right, level),
        same=_rate(same, level),
    )


def _rate(true: Tensor, level: float, void: int = 0, unasked: int = 0) -> Rate:
    hits = int(true.sum())
    return Rate(hits, len(true) - hits, void, unasked, level)


def _one_each(where: Tensor, items: Sequence[str], seed: int, role: str) -> Tensor:
    """One of each item's rows at which ``where`` is true, drawn from the item's own stream."""
    versions: dict[str, list[int]] = {}
    for row in where.nonzero()[:, 0].tolist():
        versions.setdefault(items[row], []).append(row)
    drawn = [
        there[int(generator(seed, f"explain {role}", item).integers(len(there)))]
        for item, there in versions.items()
    ]
    return torch.tensor(drawn, dtype=torch.int64)
