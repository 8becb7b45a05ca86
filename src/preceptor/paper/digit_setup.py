"""Ways of learning on digits: what all of a seed share, what is told on it, and what is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import (
    UNCERTAIN,
    Attack,
    Domain,
    InputError,
    ItemRng,
    Pupil,
    Student,
    Teacher,
    generator,
)
from preceptor.lessons import Examples, Invariances, Lesson, Price, Tutor, total
from preceptor.lessons.invariances import Radius
from preceptor.outcome import Sheet, Verdict, judge
from preceptor.paper.claim import Numbers, Settings
from preceptor.paper.contest import Arena, arena
from preceptor.problems import Problem, strong
from preceptor.problems.tutoring import TellsInvariances, TellsMasks, TellsPairs
from preceptor.strategies import Fit, Schedule, Strategy, learn
from preceptor.transforms import Tolerance, Transform, kinds, members


@dataclass(frozen=True, eq=False)
class DigitSetup:
    """What all ways of learning of a seed share.

    Attributes:
        problem: the data, and the teacher.
        inputs: ``Float[given, *shape]``, drawn anew with each seed.
        labels: ``Int64[given]``, the teacher's; uncertain ones among them.
        pool: ``Float[rest, *shape]``, the other training inputs.
    """

    problem: Problem
    inputs: Float[Tensor, "given *shape"]
    labels: Int64[Tensor, " given"]
    pool: Float[Tensor, "rest *shape"]

    @property
    def domain(self) -> Domain:
        """Of the inputs."""
        return self.problem.source.domain

    @property
    def teacher(self) -> Teacher:
        """Whom to ask."""
        return self.problem.teacher

    @property
    def given(self) -> Examples:
        """The labels that every student has."""
        return Examples(self.inputs, self.labels, self.teacher.classes, "given")

    def tutor(self, name: str) -> Tutor:
        """The problem's tutor, telling on the given inputs instead of the problem's first ones.

        Raises:
            InputError: a tutor that cannot be moved, or that has a mask for each input.
        """
        tutor = self.problem.tutors[name]
        shared = not isinstance(tutor, TellsMasks) or tutor.masks.ndim == len(self.domain.shape)
        if not shared or not isinstance(tutor, TellsInvariances | TellsMasks | TellsPairs):
            raise InputError(f"tutor {name!r} of {self.problem.name} tells on inputs of its own")
        return replace(tutor, inputs=self.inputs, labels=self.labels)


def ground(problem: Problem, given: int, seed: int) -> DigitSetup:
    """The given inputs of a seed, and the rest."""
    rows = torch.from_numpy(generator(seed, "given").permutation(len(problem.train_inputs)))
    inputs = problem.train_inputs[rows[:given]]
    return DigitSetup(
        problem, inputs, problem.teacher(inputs).labels, problem.train_inputs[rows[given:]]
    )


def digit_arena(
    at: DigitSetup, untaught: Pupil, fit: Fit, settings: Settings, most: int, seed: int
) -> Arena:
    """Where an opponent learns digits: the given ones, all others without labels, and ``most`` questions."""

    def rated(student: Student) -> Numbers:
        rates = off_the_data(student, at.problem, settings["probes"], seed)
        return {f"strong accuracy, {what}": rate for what, rate in rates.items()}

    return arena(
        at.problem,
        rated,
        seed=seed,
        most=most,
        inputs=at.inputs,
        labels=at.labels,
        pool=at.pool,
        untaught=untaught,
        fit=fit,
        steps=settings["steps"],
    )


def in_a_ball(
    at: DigitSetup, transforms: Sequence[Transform], eps: float, radius: Radius, *, declared: bool
) -> Lesson:
    """Adversarial training within what is declared and a pixel tolerance, or assumed, for nothing.

    Three steps of gradient ascent within the tolerance; ``radius`` as in
    :class:`preceptor.lessons.Invariances`.
    """
    return Invariances(
        at.inputs,
        at.domain,
        (*transforms, Tolerance(eps)),
        at.labels,
        search="worst",
        tries=1,
        steps=3,
        radius=radius,
        assumed=not declared,
    )


@dataclass(frozen=True, eq=False)
class Way:
    """A way of learning: what is told at the start, and what is asked for afterwards.

    Attributes:
        lessons: told.
        strategy: or ``None``.
        schedule: of the strategy, the steps of each round included.
    """

    lessons: tuple[Lesson, ...] = ()
    strategy: Strategy | None = None
    schedule: Schedule = field(default_factory=Schedule)


def taught(
    student: Pupil, way: Way, at: DigitSetup, fit: Fit, steps: int, seed: int
) -> tuple[Pupil, Price]:
    """The student after the given labels and a way of learning, and the price beyond the labels."""
    known = [at.given, *way.lessons]
    if way.strategy is None:
        fitted = fit(student, known, steps=steps, rng=generator(seed, "fit"))
        return fitted, total(way.lessons)
    done = learn(student, way.strategy, given=known, schedule=way.schedule, fit=fit, seed=seed)
    return done.student, done.price


def off_the_data(student: Student, problem: Problem, probes: int, seed: int) -> dict[str, float]:
    """Strong accuracy: of each law that is no family, and the means over families held out and seen."""
    rates = strong(student, problem, probes=probes, seed=seed)
    values = {name: rate.value or 0.0 for name, rate in rates.items()}
    found = {name: value for name, value in values.items() if ":" not in name}
    for start in ("held out", "seen"):
        found[start] = float(np.mean([v for name, v in values.items() if name.startswith(start)]))
    return found


def under_attack(
    student: Student, at: DigitSetup, attacks: Sequence[Attack], items: int
) -> dict[str, float]:
    """Weak accuracy on the first held-out items of which the teacher is certain, asked at every point.

    Three readings, since the teacher is uncertain at many attacked inputs: ``weak``, agreement at the
    first attack's points, void ones left out; ``weak, worst``, where an item fails if the student
    errs at any attack's point, items void at all left out; ``never wrong``, the share of items
    without an error, void counted as survived. ``void`` is the first attack's share of them.
    """
    held = at.problem.source.read(0, items)
    held = held[at.teacher(held).labels != UNCERTAIN]
    ids = [str(row) for row in range(len(held))]
    verdicts = torch.stack([_verdicts(student, at, attack, held, ids) for attack in attacks])
    right, wrong = verdicts == Verdict.AGREE, verdicts == Verdict.ERROR
    known = int((right | wrong).any(0).sum())
    return {
        "weak": float(right[0].sum()) / max(1, int((right | wrong)[0].sum())),
        "weak, worst": 1 - float(wrong.any(0).sum()) / max(1, known),
        "never wrong": 1 - float(wrong.any(0).float().mean()),
        "void": float((verdicts[0] == Verdict.VOID).float().mean()),
    }


def _verdicts(
    student: Student, at: DigitSetup, attack: Attack, held: Tensor, ids: Sequence[str]
) -> Int64[Tensor, " items"]:
    moved = attack(student, held, domain=at.domain, rng=ItemRng.named(0, attack.name, ids))
    moved = at.domain.project(moved.detach(), held)
    answers = at.teacher(moved)
    with torch.no_grad():
        said = student.decide(student(moved))
    asked = torch.ones(len(held), dtype=torch.bool)
    return judge(Sheet(said, answers.labels, asked, answers.cost, answers.sets))


def random_members(domain: Domain, n: int, draws: np.random.Generator) -> tuple[Transform, ...]:
    """Members of the library of different kinds, as its code has them: a kind, then one of its members.

    What a random lesson declares: the same price to say, and nothing that a teacher knows.
    """
    every = kinds(domain)
    found = []
    for kind in draws.permutation(len(every))[:n].tolist():
        among = members(every[kind], domain)
        found.append(among[draws.integers(len(among))])
    return tuple(found)


def named(way: str, numbers: Mapping[str, float]) -> dict[str, float | None]:
    """Numbers of a way of learning, under names that say which."""
    return {f"{what}, {way}": value for what, value in numbers.items()}
