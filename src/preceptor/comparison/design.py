"""What is compared: ways of learning, budgets and seeds, on one problem with one learner."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import pairwise
from math import prod
from typing import Any, Final, Protocol, runtime_checkable
from uuid import uuid4

import torch
from torch import nn

import preceptor
from preceptor.core import InputError, Pupil, Trainable
from preceptor.core.identity import identify_student
from preceptor.core.specs import choose, options_of, take_apart
from preceptor.problems import PROBLEMS, TEXT_PROBLEMS, AnyProblem, Problem
from preceptor.students import TorchStudent, hashed_texts

BASE: Final = "labels alone"
"""The student that learned the given labels and nothing else; the price of all others counts from
there.
"""

MEASURES: Final = 2
"""Goes up when cells measure something else, so that kept ones are not taken for such."""


@runtime_checkable
class Learner(Protocol):
    """Makes the untaught student of a seed: the same for every strategy.

    It is sent to other processes, so it should be a module's function or a dataclass of plain data.

    Attributes:
        name: as it stands in the numbers.
    """

    @property
    def name(self) -> str: ...

    def __call__(self, problem: Any, seed: int) -> Pupil: ...


@dataclass(frozen=True)
class Perceptron:
    """A multilayer perceptron of rectified units.

    Attributes:
        widths: of the hidden layers.
    """

    widths: tuple[int, ...] = (96, 48)

    @property
    def name(self) -> str:
        """With the widths."""
        return "perceptron " + "-".join(map(str, self.widths))

    def __call__(self, problem: AnyProblem, seed: int) -> Trainable:
        """Drawn from the seed; torch's own stream stays where it was.

        Raises:
            InputError: the problem is one of texts.
        """
        if not isinstance(problem, Problem):
            raise InputError(
                f"a perceptron takes numbers, and the problem {problem.name!r} is one of texts; the "
                "learner for these is preceptor.comparison.HashedLearner()"
            )
        classes = problem.teacher.classes
        sizes = (prod(problem.source.domain.shape), *self.widths)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layers: list[nn.Module] = [nn.Flatten()]
            for before, after in pairwise(sizes):
                layers += [nn.Linear(before, after), nn.ReLU()]
            layers.append(nn.Linear(sizes[-1], classes))
        return TorchStudent(nn.Sequential(*layers), classes=classes, name="perceptron")


@dataclass(frozen=True)
class HashedLearner:
    """A small network on hashed words, pairs of words and runs of letters, for problems of texts.

    Attributes:
        width: of its embedding and hidden layer.
    """

    width: int = 32

    @property
    def name(self) -> str:
        """With the width."""
        return f"hashed texts {self.width}"

    def __call__(self, problem: AnyProblem, seed: int) -> Pupil:
        """Drawn from the seed; torch's own stream stays where it was."""
        return hashed_texts(problem.teacher.classes, width=self.width, seed=seed)


def learner_for(problem: str) -> Learner:
    """The learner of a problem where none is named: by whether it is one of texts."""
    texts = problem.partition(":")[0].strip() in TEXT_PROBLEMS
    return HashedLearner() if texts else Perceptron()


@dataclass(frozen=True)
class Design:
    """What a comparison does.

    Attributes:
        problem: by name, with its options: ``xor:features=10``. A problem that is drawn from a seed
            is drawn anew from each.
        strategies: specifications, see :func:`preceptor.strategies.parse`.
        budgets: questions or items, each in one cell of its own. A strategy that says one thing at
            once has one cell a seed.
        seeds: of the problem where it is drawn, of the given labels, the student, questions, fits.
        learner: makes the untaught student.
        given: labels that all students have before; not in any price.
        steps: of fitting, the same for all students.
        rounds: among which strategies that look at the student divide the budget.
        probes: draws from each law of strong accuracy.
        attack: an attack's specification; empty for the suite ``standard``, in l_inf at a tenth of
            the domain's width.
        items: held-out items for clean and weak accuracy, and draws that are attacked too.
        level: of the intervals.
        search: questions that a search for witnesses may ask of each taught student, see
            :func:`preceptor.comparison.sought`; 0 for no search. They are in no price.

    Raises:
        InputError: nothing to compare, or numbers that are too small.
    """

    problem: str
    strategies: tuple[str, ...]
    budgets: tuple[int, ...] = (30, 100, 300, 1000)
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    learner: Learner = field(default_factory=Perceptron)
    given: int = 300
    steps: int = 900
    rounds: int = 3
    probes: int = 2000
    attack: str = ""
    items: int = 200
    level: float = 0.95
    search: int = 0

    def __post_init__(self) -> None:
        if not (self.strategies and self.budgets and self.seeds):
            raise InputError("a comparison needs at least one strategy, one budget and one seed")
        for what, said in (
            ("strategies", self.strategies),
            ("budgets", self.budgets),
            ("seeds", self.seeds),
        ):
            if len(set(said)) < len(said):
                raise InputError(f"{what} must differ from one another; got {list(said)}")
        least = (*self.budgets, self.given, self.steps, self.rounds, self.probes, self.items)
        if min(least) < 1 or not 0 < self.level < 1:
            raise InputError(
                "budgets, given, steps, rounds, probes and items must be at least 1, and the level "
                f"between 0 and 1; got {self.describe()}"
            )
        if self.search < 0:
            raise InputError(
                f"search must be at least 1 question, or 0 for no search; got {self.search}"
            )
        _factory(self.problem)

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        plain = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
            if key != "learner"
        }
        return {**plain, "learner": self.learner.name}

    def untaught(self, seed: int) -> str:
        """What the untaught student of a seed is, as a hash; empty where the learner's name says it.

        Never the same twice if something of that student cannot be hashed.

        Raises:
            InputError: the learner fails.
        """
        if type(self.learner).__module__.startswith("preceptor.comparison"):
            return ""
        who = identify_student(self.learner(load(self.problem, seed), seed))
        return f"{who.digest} {uuid4()}" if who.unknown else who.digest

    def key(self, strategy: str, budget: int, seed: int, untaught: str = "") -> str:
        """What makes a cell the same as another: all that can change its numbers.

        No search is no part of it, so that cells from before there were searches are used again.

        Args:
            strategy: of the cell.
            budget: likewise.
            seed: likewise.
            untaught: what :meth:`untaught` says of the seed.
        """
        shared = {
            key: value
            for key, value in self.describe().items()
            if key not in ("strategies", "budgets", "seeds", "level", "search")
        }
        shared |= {"search": self.search} if self.search else {}
        shared |= {"strategy": strategy, "budget": budget, "seed": seed}
        shared |= {"preceptor": preceptor.__version__, "torch": torch.__version__}
        shared |= {"measures": MEASURES}
        shared |= {"untaught": untaught} if untaught else {}
        return sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:24]


def load(spec: str, seed: int) -> AnyProblem:
    """The problem that ``name`` or ``name:option=value`` names; its own ``seed``, if it has one.

    Raises:
        InputError: no such problem or option, or its data are not installed.
    """
    make, options = _factory(spec)
    if "seed" in options and "seed" not in take_apart(spec, "problem").given:
        options["seed"] = seed
    return make(**options)


def _factory(spec: str) -> tuple[Callable[..., AnyProblem], dict[str, Any]]:
    """What makes the problem, and every option that it has."""
    said = take_apart(spec, "problem").no_words()
    known: dict[str, Callable[..., AnyProblem]] = {**PROBLEMS, **TEXT_PROBLEMS}
    make = choose(said.name, known, "problem")
    return make, said.read(options_of(make))
