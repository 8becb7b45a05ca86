"""Where an opponent meets the teller of a claim: the same problem, data, learner and teacher, metered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from preceptor.core import Answers, ArraySource, InputError, Pupil, Student, Teacher, generator
from preceptor.lessons import Examples, Lesson, Price, label_bits
from preceptor.problems import Problem
from preceptor.strategies import AdamFit, Fit, Schedule, Strategy, learn
from preceptor.students import FunctionStudent

Settings = Mapping[str, Any]
"""What a run depends on beside its seed: plain data that JSON can hold."""

Numbers = Mapping[str, float | None]
"""What one seed gives, by name, in plain words; ``None`` where there is no such number."""


class MeteredTeacher:
    """A teacher that counts what it is asked, and refuses more than was agreed.

    Args:
        inner: who answers.
        most: questions in all; one that is asked again counts again.
    """

    def __init__(self, inner: Teacher, most: int) -> None:
        self._inner, self.most, self.questions = inner, most, 0
        self.name, self.version, self.classes = inner.name, inner.version, inner.classes
        self.deterministic, self.certainty = inner.deterministic, inner.certainty

    def __call__(self, inputs: Tensor) -> Answers:
        """Answers ``Float[batch, *shape]``.

        Raises:
            InputError: more questions than were agreed; none of the batch is answered.
        """
        if self.questions + len(inputs) > self.most:
            raise InputError(
                f"{len(inputs)} questions after {self.questions}: this contest allows {self.most} in "
                "all. Ask fewer: arena.most says how many there are, arena.teacher.questions how many "
                "were asked"
            )
        self.questions += len(inputs)
        return self._inner(inputs)

    @property
    def price(self) -> Price:
        """Of all that was asked: a label each, *can't tell* included."""
        return Price(self.questions, self.questions * label_bits(self.classes))


@dataclass(frozen=True, eq=False)
class Arena:
    """What an opponent gets for one seed, and for one size of the problem if there are several.

    The problem is stripped: its teacher is metered, it has no tutors and no probes, and its data are
    the given ones. All that the opponent learns of the teacher otherwise is outside of the contest.

    Attributes:
        name: of this arena among those of a seed: ``d=40``; empty if there is one.
        seed: of everything drawn.
        problem: for whatever takes a problem.
        pool: ``Float[rest, *shape]``, inputs without labels; none where the claim has none.
        untaught: the learner of all ways, as it is made. ``None`` where every student will do.
        fit: of all ways.
        steps: of fitting.
        judge: numbers of a student by name, the same as of the claim's own ways; the teacher's
            answers for it are in nobody's price.
        good: whether a student has reached the claim's target, where costs are counted until it is
            reached: an oracle's word, the same for all ways, in nobody's price.
    """

    name: str
    seed: int
    problem: Problem
    pool: Tensor
    untaught: Pupil | None
    fit: Fit
    steps: int
    judge: Callable[[Student], Numbers]
    good: Callable[[Student], bool] | None = None

    @property
    def teacher(self) -> MeteredTeacher:
        """Whom to ask."""
        metered = self.problem.teacher
        if not isinstance(metered, MeteredTeacher):
            raise InputError("the teacher of an arena must be metered; make it with arena()")
        return metered

    @property
    def most(self) -> int:
        """Questions that may be asked."""
        return self.teacher.most

    @property
    def given(self) -> Examples:
        """The labels that every student has."""
        inputs, labels = self.problem.train_inputs, self.problem.train_labels
        return Examples(inputs, labels, self.teacher.classes, "given")

    def taught(self, lessons: Sequence[Lesson] = ()) -> Pupil:
        """The learner after the given labels and lessons."""
        rng = generator(self.seed, "fit")
        known = [self.given, *lessons] if len(self.problem.train_inputs) else list(lessons)
        return self.fit(self._learner(), known, steps=self.steps, rng=rng)

    def learned(self, strategy: Strategy, schedule: Schedule) -> Pupil:
        """The learner after the given labels and a strategy's lessons."""
        done = learn(
            self._learner(),
            strategy,
            given=[self.given],
            schedule=replace(schedule, steps=self.steps),
            fit=self.fit,
            seed=self.seed,
        )
        return done.student

    def reached(self, student: Student | Callable[[Tensor], Tensor]) -> bool:
        """Whether a student, or a function from a batch to labels, has reached the claim's target.

        Raises:
            InputError: the claim has no target that has to be reached.
        """
        if self.good is None:
            raise InputError("this claim has no target to reach: ask arena.most questions at most")
        return self.good(as_student(student, self.teacher.classes))

    def _learner(self) -> Pupil:
        if self.untaught is None:
            raise InputError("this claim has no learner of its own: return a student")
        return self.untaught


def arena(
    problem: Problem,
    judge: Callable[[Student], Numbers],
    *,
    seed: int,
    most: int,
    inputs: Tensor,
    labels: Tensor,
    pool: Tensor | None = None,
    untaught: Pupil | None = None,
    fit: Fit | None = None,
    steps: int = 1,
    name: str = "",
    good: Callable[[Student], bool] | None = None,
) -> Arena:
    """An arena with a stripped problem.

    Args:
        problem: the whole one.
        judge: see :class:`Arena`, as are the others.
        seed: of everything drawn.
        most: questions that an opponent may ask.
        inputs: ``Float[given, *shape]``.
        labels: ``Int64[given]``.
        pool: further inputs without labels.
        untaught: the learner.
        fit: of all ways; AdamFit without one.
        steps: of fitting.
        name: of this arena.
        good: the oracle.
    """
    domain = problem.source.domain
    # a source holds an item at least: where nothing is given, one that nobody labelled
    items = inputs if len(inputs) else problem.source.read(0, 1)
    ids = [str(row) for row in range(len(items))]
    stripped = replace(
        problem,
        source=ArraySource(items, domain, ids, problem.source.name),
        labels=labels,
        train_inputs=inputs,
        train_labels=labels,
        teacher=MeteredTeacher(problem.teacher, most),
        tutors={},
        probes={},
    )
    rest = torch.zeros(0, *domain.shape) if pool is None else pool
    return Arena(name, seed, stripped, rest, untaught, fit or AdamFit(), steps, judge, good)


@dataclass(frozen=True, eq=False)
class Played:
    """What an opponent came to, if it is charged for more than its questions.

    Attributes:
        student: what it made; or a function from ``Float[batch, *shape]`` to ``batch`` labels.
        price: of everything that it was told, its questions included.
    """

    student: Student | Callable[[Tensor], Tensor]
    price: Price


Entrant = Callable[[Arena], object]
"""An opponent: asks ``arena.teacher`` what it likes within the budget, and returns its student, a
function from a batch to labels, or :class:`Played`.
"""


@dataclass(frozen=True, eq=False)
class Contest:
    """How opponents enter a claim.

    Attributes:
        arenas: of one seed.
        compare: from all numbers of a seed, the opponent's among them, and its name: the numbers of
            the claim's duel; none where the opponent misses a target that has to be reached. An opponent's numbers are called ``X, NAME``, or ``X, NAME, d=40`` where
            arenas have names, for each X of the arena's judge and for ``questions`` and ``bits``.
    """

    arenas: Callable[[Settings, int], Iterable[Arena]]
    compare: Callable[[Settings, Numbers, str], Numbers]


def play(contest: Contest, entrant: Entrant, who: str, settings: Settings, seed: int) -> Numbers:
    """What an opponent reaches for one seed, without the comparison.

    Raises:
        InputError: it asks more than is allowed, charges itself less than it asked, or returns no
            student.
    """
    found: dict[str, float | None] = {}
    for at in contest.arenas(settings, seed):
        student, price = _settled(entrant(at), at, who)
        tag = f", {at.name}" if at.name else ""
        numbers = dict(at.judge(student)) | {
            "questions": float(price.questions),
            "bits": price.bits,
        }
        found |= {f"{what}, {who}{tag}": value for what, value in numbers.items()}
    return found


def _settled(came: Any, at: Arena, who: str) -> tuple[Student, Price]:
    asked = at.teacher.price
    student, price = (came.student, came.price) if isinstance(came, Played) else (came, asked)
    if not callable(student):
        raise InputError(
            f"opponent {who!r} returned a {type(came).__name__}; expected a student, such as "
            "arena.taught(lessons), a function from a batch to labels, or Played(student, price)"
        )
    if price.questions < asked.questions or price.bits < asked.bits - 1e-6:
        raise InputError(
            f"opponent {who!r} charges itself {price.questions} questions and {price.bits:.1f} bits; "
            f"it asked {asked.questions} for {asked.bits:.1f}. Return the student alone, or a price "
            "that holds its questions (arena.teacher.price)"
        )
    return as_student(student, at.teacher.classes, who), price


def as_student(student: Any, classes: int, name: str = "opponent") -> Student:
    """A student as it is; a function from a batch to labels as one."""
    if isinstance(student, Student):
        return student
    return FunctionStudent(student, classes=classes, name=name)
