"""Corrective teaching: the teacher sees the student and volunteers what mends its worst fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from preceptor.core import UNCERTAIN, Answers, AnyTeacher, InputError, Inputs, Pupil
from preceptor.core.label_sets import allows
from preceptor.lessons import Examples, Lesson, Tutor, at_cost
from preceptor.strategies.pool_questions import ask_all, beliefs
from preceptor.strategies.strategy import Kind
from preceptor.strategies.volunteered import unless_told


@dataclass(frozen=True, eq=False)
class Remedy:
    """A fault that a student may have, and the lesson against it.

    Attributes:
        fault: in words.
        probe: draws ``n`` inputs, ``Float[n, *shape]`` or texts, at which a student with this fault is wrong.
        tutor: volunteers the lesson.
    """

    fault: str
    probe: Callable[[int, np.random.Generator], Inputs]
    tutor: Tutor


@dataclass(frozen=True, eq=False)
class Corrective:
    """In each round: examine the student for every fault, and teach against the worst.

    The teacher examines with its own answers. They are not questions, for nobody put them to it,
    but what they cost is added to the lesson's cost. A remedy that was given already, word for
    word, is passed over, as is a fault on which the student errs on at most ``good`` of the probes.

    Attributes:
        remedies: what it knows how to mend.
        teacher: who examines.
        probes: for each fault.
        good: share of errors that needs no remedy.

    Raises:
        InputError: no remedies.
    """

    remedies: tuple[Remedy, ...]
    teacher: AnyTeacher
    probes: int = 200
    good: float = 0.02

    name: ClassVar[str] = "corrective"
    kind: ClassVar[Kind] = "active teacher"

    def __post_init__(self) -> None:
        if not self.remedies:
            raise InputError("corrective teaching needs at least one remedy")

    def examine(self, student: Pupil, rng: np.random.Generator) -> tuple[dict[str, float], float]:
        """The share of errors by fault, where the teacher is certain, and what the answers cost."""
        errors, cost = {}, 0.0
        for remedy in self.remedies:
            inputs = remedy.probe(self.probes, rng)
            answers = ask_all(self.teacher, inputs)
            certain, wrong = judged(answers, beliefs(student, inputs).argmax(1))
            errors[remedy.fault] = float(wrong.sum()) / max(1, int(certain.sum()))
            cost += float(answers.cost.double().sum())
        return errors, cost

    def __call__(
        self, student: Pupil, past: Sequence[Lesson], n: int, *, rng: np.random.Generator
    ) -> Lesson | None:
        errors, cost = self.examine(student, rng)
        worst_first = sorted(self.remedies, key=lambda remedy: -errors[remedy.fault])
        for remedy in worst_first:
            if errors[remedy.fault] <= self.good:
                return None
            lesson = unless_told(remedy.tutor(student, n, rng=rng), past)
            if lesson is not None:
                return at_cost(lesson, cost)
        return None


@dataclass(frozen=True, eq=False)
class Mistakes:
    """A tutor that volunteers examples on which the student is wrong; what the audit found.

    Attributes:
        probe: draws ``n`` candidates, ``Float[n, *shape]`` or texts.
        teacher: labels them; what that costs is the lesson's cost.
        tries: candidates for each example.
    """

    probe: Callable[[int, np.random.Generator], Inputs]
    teacher: AnyTeacher
    tries: int = 10

    def __call__(self, student: Pupil, n: int, *, rng: np.random.Generator) -> Lesson:
        """Up to ``n`` mistakes; where there are none, one example that the student gets right."""
        inputs = self.probe(n * self.tries, rng)
        answers = ask_all(self.teacher, inputs)
        certain, wrong = judged(answers, beliefs(student, inputs).argmax(1))
        rows = wrong.nonzero()[:n, 0]
        if len(rows) == 0:
            rows = certain.long().argmax()[None]
        return Examples(
            inputs[rows],
            answers.labels[rows],
            self.teacher.classes,
            "volunteered",
            float(answers.cost.double().sum()),
            sets=answers.take(rows).sets,
        )


def judged(answers: Answers, student: Tensor) -> tuple[Tensor, Tensor]:
    """``Bool[batch]``, twice: where answers say whether the student is right, and where it is wrong.

    Outside a set of acceptable labels it is wrong; inside a partial one it may be either.
    """
    wrong = (answers.labels != UNCERTAIN) & (student != answers.labels)
    if answers.sets is not None:
        wrong |= answers.partial & ~allows(answers.sets, student)
    return (answers.labels != UNCERTAIN) | wrong, wrong
