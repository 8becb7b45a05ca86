"""Learning: strategy -> lesson -> student, round after round, within a budget."""

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from preceptor.certificates import Certificate
from preceptor.core import InputError, Pupil, generator
from preceptor.core.identity import identify
from preceptor.core.lock import alone
from preceptor.core.watching import silent
from preceptor.lessons import Budget, Examples, InvarianceFindings, Lesson, Price, label_bits
from preceptor.strategies.checkpoints import Checkpoints
from preceptor.strategies.fit import Fit
from preceptor.strategies.mixed import StrategySequence
from preceptor.strategies.refit import fit_for
from preceptor.strategies.strategy import Proves, Strategy

Measure = Callable[[Pupil], float]
"""How good a student is, the higher the better; asks the teacher nothing that is not paid for."""

Ending = Literal["rounds", "budget", "taught out", "target", "patience", "proved"]
"""Why learning ended: all rounds done, the budget used up, no lesson left, good enough, no
longer better, or proved right wherever the teacher is certain."""

UNLIMITED: Final = Budget()


@dataclass(frozen=True)
class Round:
    """One round: a lesson, and the student fitted to it and to all before it.

    Attributes:
        number: from 0, which stands for the given lessons alone.
        lesson: what was learned in it; ``None`` in round 0.
        price: of all lessons so far, without the given ones.
        measured: what the measure said afterwards; ``None`` without a measure.
        resumed: whether the fitted student was found on disk.
    """

    number: int
    lesson: Lesson | None
    price: Price
    measured: float | None
    resumed: bool


@dataclass(frozen=True)
class LearningResult:
    """What came of it.

    Attributes:
        student: after the last round.
        given: the lessons that were there before, not in any round's price.
        rounds: every round, round 0 first.
        ending: why it ended.
        certificate: of the student after the last round, if the strategy proves
            (:class:`preceptor.strategies.Proves`).
    """

    student: Pupil
    given: tuple[Lesson, ...]
    rounds: tuple[Round, ...]
    ending: Ending
    certificate: Certificate | None = None

    @property
    def price(self) -> Price:
        """Of all lessons but the given ones."""
        return self.rounds[-1].price

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All of them, the given ones first."""
        return self.given + tuple(r.lesson for r in self.rounds if r.lesson is not None)


@dataclass(frozen=True)
class Schedule:
    """How long to learn.

    Attributes:
        rounds: at most.
        n: questions or items in each round, at most.
        steps: of fitting in each round.
        target: stop as soon as the measure is at least this.
        patience: stop when the measure has not risen for so many rounds.
        warm: go on from the last round's weights; else every round starts from the untaught
            student, which learns more slowly and generalises better (Ash & Adams 2020).

    Raises:
        InputError: a number below 1.
    """

    rounds: int = 1
    n: int = 100
    steps: int = 1000
    target: float | None = None
    patience: int | None = None
    warm: bool = False

    def __post_init__(self) -> None:
        if min(self.rounds, self.n, self.steps, self.patience or 1) < 1:
            raise InputError(f"rounds, n, steps and patience must be at least 1; got {self}")


@dataclass
class _Course:
    """A course under way: what has been learned so far."""

    student: Pupil
    past: list[Lesson]
    rounds: list[Round] = field(default_factory=list)

    @property
    def price(self) -> Price:
        return self.rounds[-1].price if self.rounds else Price()


def learn(
    student: Pupil,
    strategy: Strategy,
    *,
    given: Sequence[Lesson] = (),
    budget: Budget = UNLIMITED,
    schedule: Schedule | None = None,
    fit: Fit | None = None,
    seed: int = 0,
    measure: Measure | None = None,
    out: str | Path | None = None,
    watch: Callable[[Round], None] = silent,
) -> LearningResult:
    """Learn from a strategy's lessons.

    The strategy holds the teacher; whoever wants answers kept gives it ``ledger.keep(teacher)``.
    A strategy that proves gets its own small rounds, as many as the schedule's questions allow, and the student
    goes on from its weights; in the end the certificate of the last student is made, and saved in ``out``.
    After an interruption run the same call again: the strategy repeats its questions, which the
    ledger answers for nothing, and fitted students are read from ``out``.

    Args:
        student: learns on a copy; stays as it is.
        strategy: where lessons come from.
        given: lessons that are there before, such as labels of a dataset; no part of the budget.
        budget: the most that all rounds may spend. A lesson that is volunteered and exceeds what is
            left is not taken; of questions, only as many are asked as the budget covers.
        schedule: how long; one round unless given.
        fit: how to fit; :class:`preceptor.strategies.AdamFit` unless given, and weighted examples for
            a student without weights.
        seed: of strategy and fit.
        measure: asked after every round.
        out: a folder for lessons and fitted students; nothing is kept without it.
        watch: told each round.

    Raises:
        IncompleteError: the teacher left questions open for another reason than its budget.
        InputError: a student that cannot be taught, or ``out`` in use by another course.
    """
    how, plan = fit_for(student, fit), paced(schedule or Schedule(), strategy)
    with nullcontext() if out is None else alone(out):
        return _learn(
            student,
            strategy,
            tuple(given),
            budget,
            plan,
            how,
            seed,
            measure,
            out,
            watch,
        )


def _learn(
    student: Pupil,
    strategy: Strategy,
    given: tuple[Lesson, ...],
    budget: Budget,
    plan: Schedule,
    how: Fit,
    seed: int,
    measure: Measure | None,
    out: str | Path | None,
    watch: Callable[[Round], None],
) -> LearningResult:
    way = f"{how.name} {identify(how).digest} steps={plan.steps} seed={seed}"
    kept = Checkpoints.at(out, student, way)
    course = _Course(student, list(given))
    ending: Ending = "rounds"
    most = plan.rounds  # questions of a strategy that proves, see paced()

    def fitted(number: int, lesson: Lesson | None, price: Price) -> None:
        resumed = False
        if course.past:
            start = course.student if plan.warm else student
            rng = generator(seed, "fit", str(number))
            course.student, resumed = kept.fit(
                number,
                start,
                course.past,
                lambda: how(start, course.past, steps=plan.steps, rng=rng),
            )
        value = None if measure is None else float(measure(course.student))
        course.rounds.append(Round(number, lesson, price, value, resumed))
        watch(course.rounds[-1])

    fitted(0, None, Price())
    for number in range(1, plan.rounds + 1):
        done = _good_enough(course.rounds, plan)
        if done is not None:
            ending = done
            break
        n = _affordable(plan.n, course.price, budget, strategy, student.classes)
        if isinstance(strategy, Proves):
            n = min(n, most - course.price.questions)
        rng = generator(seed, "strategy", strategy.name, str(number))
        lesson = None if n == 0 else strategy(course.student, tuple(course.past), n, rng=rng)
        if n == 0 or lesson is None:
            ending = "budget" if n == 0 else "taught out"
            break
        price = course.price + lesson.price
        if _may_be_declined(lesson) and not price.within(budget):
            ending = "budget"
            break
        course.past.append(lesson)
        kept.keep(number, lesson)
        fitted(number, lesson, price)
    else:
        ending = _good_enough(course.rounds, plan) or "rounds"
    made = _certificate(strategy, course.student, out)
    if made is not None and made.status == "proved":
        ending = "proved"
    return LearningResult(course.student, given, tuple(course.rounds), ending, made)


def paced(plan: Schedule, strategy: Strategy) -> Schedule:
    """The schedule in the small rounds of a strategy that proves; of others as it is."""
    if not isinstance(strategy, Proves):
        return plan
    most = plan.rounds * plan.n  # a round may ask fewer than it might
    return replace(plan, rounds=most, n=min(strategy.each, most), warm=True)


def _certificate(strategy: Strategy, student: Pupil, out: str | Path | None) -> Certificate | None:
    """Of the last student, if the strategy or a part of it proves; saved."""
    parts = strategy.strategies if isinstance(strategy, StrategySequence) else (strategy,)
    proves = next((part for part in parts if isinstance(part, Proves)), None)
    if proves is None:
        return None
    made = proves.certify(student)
    return made if out is None else made.save(Path(out) / "certificate")


def _affordable(n: int, spent: Price, budget: Budget, strategy: Strategy, classes: int) -> int:
    """How many of ``n`` questions the budget still covers."""
    most = n
    if budget.questions is not None:
        most = min(most, budget.questions - spent.questions)
    if budget.bits is not None and strategy.kind != "active teacher":
        most = min(most, math.floor((budget.bits - spent.bits) / label_bits(classes) + 1e-9))
    if budget.cost is not None and spent.cost >= budget.cost > 0:
        most = 0
    return max(0, most)


def _may_be_declined(lesson: Lesson) -> bool:
    """Whether nothing has been paid for it yet: all but answers to questions."""
    if isinstance(lesson, InvarianceFindings):
        return False
    return not isinstance(lesson, Examples) or lesson.origin == "volunteered"


def _good_enough(rounds: Sequence[Round], plan: Schedule) -> Ending | None:
    values = [r.measured for r in rounds if r.measured is not None]
    if not values:
        return None
    if plan.target is not None and values[-1] >= plan.target:
        return "target"
    if plan.patience is not None and len(values) - 1 - int(np.argmax(values)) >= plan.patience:
        return "patience"
    return None
