"""The comparison of ways of learning: what command line and front door both call."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from preceptor.api.given_student import few, given_for
from preceptor.api.places import folder_for
from preceptor.api.progress_bars import bars
from preceptor.api.words import share, whole_number
from preceptor.comparison import (
    Comparison,
    ComparisonProgress,
    Design,
    HashedLearner,
    Learner,
    cluster,
    compare,
    learner_for,
    settled,
    strategies_for,
)
from preceptor.comparison.convergence import describe
from preceptor.core import InputError, Pupil
from preceptor.core.lock import alone
from preceptor.problems import AnyProblem, TextProblem
from preceptor.report import write_comparison
from preceptor.strategies import Convergence
from preceptor.students import SklearnStudent, TokenizedStudent, TorchStudent
from preceptor.students.hashed_texts import HASHED


class Made:
    """A learner that a file, a class or a function makes anew for each seed, with the streams of
    random numbers set to it.

    Args:
        maker: ``file.py:name``, or a class or function without parameters.
    """

    def __init__(self, maker: str | Callable[[], object]) -> None:
        self.maker = maker
        self.name = maker if isinstance(maker, str) else str(getattr(maker, "__name__", maker))

    def __call__(self, problem: AnyProblem, seed: int) -> Pupil:
        with torch.random.fork_rng(devices=[]), _plain_streams():
            torch.manual_seed(seed)
            np.random.seed(seed)
            random.seed(seed)
            thing = self.maker if isinstance(self.maker, str) else self.maker()
            items, domain = few(problem.source), problem.source.domain
            made = given_for(thing, items, domain, problem.teacher.classes, ())
        texts = isinstance(problem, TextProblem)
        if not isinstance(made, TokenizedStudent | SklearnStudent if texts else TorchStudent):
            what = "TokenizedStudent and no pipeline" if texts else "torch module"
            raise InputError(f"{self.name} makes no {what}, so it cannot be taught")
        return made


@contextmanager
def _plain_streams() -> Iterator[None]:
    """Leave the global streams of numpy and Python as they were."""
    kept = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(kept[0])
        random.setstate(kept[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class CompareOptions:
    """What is to be compared: the options of :func:`preceptor.compare`, not yet understood."""

    problem: str
    strategies: Sequence[str] = ()
    budgets: Sequence[int] = ()
    seeds: int = 5
    student: object = None
    given: int = 300
    steps: int = 900
    rounds: int = 3
    probes: int = 2000
    items: int = 200
    attack: str = ""
    search: int = 200
    target: float = 0.9
    jobs: int = -1
    backend: str = "loky"
    scheduler: str = ""
    check_convergence: bool = False
    quick: bool = False
    out: str | Path | None = None
    progress: bool | None = None

    def check(self) -> None:
        """See that numbers are numbers, and that a problem is named.

        Raises:
            InputError: one is not.
        """
        if not isinstance(self.problem, str):
            raise InputError(
                f"compare sets ways of learning against one another on a problem, by name, such as "
                f"'xor:features=10'; got a {type(self.problem).__name__}. Records of several "
                "students are set side by side: side_by_side(first, second)"
            )
        for name in ("seeds", "given", "steps", "rounds", "probes", "items"):
            whole_number(name, getattr(self, name), 1)
        whole_number("search", self.search)
        share("target", self.target)
        if self.jobs == 0:
            raise InputError("--jobs 0: write the number of processes, or -1 for all cores")
        if self.check_convergence and not self.quick and self.seeds < 2:
            raise InputError("--check-convergence needs intervals: --seeds 2 or more")

    def design(self) -> Design:
        """What is computed."""
        quick = self.quick
        return Design(
            self.problem,
            tuple(self.strategies or strategies_for(self.problem)),
            tuple(self.budgets or ((30, 300) if quick else (30, 100, 300, 1000))),
            tuple(range(2 if quick else self.seeds)),
            _learner(self.student, self.problem),
            self.given,
            200 if quick else self.steps,
            2 if quick else self.rounds,
            1000 if quick else self.probes,
            self.attack,
            100 if quick else self.items,
            search=self.search,
        )


def _learner(given: object, problem: str) -> Learner:
    """Who makes the untaught students.

    Raises:
        InputError: an object that would be the same student for every seed, or makes none.
    """
    if given is None:
        return learner_for(problem)
    if given == HASHED:
        return HashedLearner()
    if isinstance(given, str | type):
        return Made(given)
    if isinstance(given, nn.Module) or not callable(given):
        raise InputError(
            f"--student: a {type(given).__name__}. Each seed needs an untaught student of its own: "
            "give a class or function without parameters that makes the torch module, or "
            "'file.py:name'"
        )
    return given if isinstance(given, Learner) else Made(given)


def run_comparison(asked: CompareOptions) -> tuple[Comparison, Convergence | None, Path]:
    """Compare, write numbers and page; also gives the check of convergence, and the page.

    Raises:
        InputError: something handed in cannot be used.
    """
    asked.check()
    design, folder = asked.design(), folder_for(asked.out)
    with alone(folder):
        with bars(asked.progress) as show:

            def watch(told: ComparisonProgress) -> None:
                cell = told.cell
                words = f"{cell.strategy}, budget {cell.budget}, seed {cell.seed}"
                show("learn", words, told.done, told.total)

            show("learn", "learning", 0, None)
            long, target = None, asked.target
            with cluster(asked.backend, asked.scheduler, asked.jobs) as spread:
                found = compare(design, folder, target=target, n_jobs=spread, watch=watch)
                if asked.check_convergence:
                    longer, twice = replace(design, steps=2 * design.steps), folder / "twice"
                    long = compare(longer, twice, target=target, n_jobs=spread, watch=watch)
        check = None if long is None else settled(found, long)
        if check is not None:
            file = folder / "convergence.json"
            file.write_text(json.dumps(describe(check), indent=2) + "\n", encoding="utf-8")
        page = write_comparison(found, folder / "comparison.html")
    return found, check, page
