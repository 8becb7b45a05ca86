"""One cell of a comparison: one strategy, one budget, one seed."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from preceptor import attacks
from preceptor.comparison.design import BASE, Design, load
from preceptor.comparison.witnesses import Witnesses, sought
from preceptor.core import Answers, Attack, InputError, ItemRng, Student, Trainable, generator
from preceptor.core.identity import identify_student
from preceptor.core.plain import read_fields
from preceptor.lessons import Budget, Examples, Lesson, Price
from preceptor.outcome import Rate, Sheet, accuracy, judge
from preceptor.problems import Problem
from preceptor.problems.tutoring import Tells
from preceptor.strategies import AdamFit, Fit, Schedule, Setting, Strategy, learn, parse
from preceptor.strategies.parsing import chosen, split

_ONE_AT_A_TIME = threading.Lock()
"""The number of torch's threads and its random stream belong to the process, and a cluster's worker may
run several cells in threads of one."""


FIT: Final[Fit] = AdamFit()
"""How all cells are fitted unless another fit is given."""


@dataclass(frozen=True)
class Cell:
    """What came of one strategy with one budget and one seed.

    Attributes:
        strategy: as specified; :data:`BASE` for the given labels alone.
        name: of the strategy.
        kind: who chooses.
        budget: questions or items that it might use; 0 for the given labels alone.
        seed: of everything.
        price: of what it used, beyond the given labels.
        measures: what was measured: ``clean``; of the attacked held-out items ``conventional
            ATTACK``, with the label of the clean one assumed, and ``weak ATTACK``, with the teacher
            asked again; ``strong LAW``, on draws of each law; ``pushed ATTACK``, on draws of all
            laws on which the teacher is certain, attacked where the student is right, with the
            teacher asked again.
        ending: why learning ended.
        seconds: of the processor that it took.
        witnesses: what a search of the taught student found; ``None`` if it was not searched.
    """

    strategy: str
    name: str
    kind: str
    budget: int
    seed: int
    price: Price
    measures: dict[str, Rate]
    ending: str
    seconds: float
    witnesses: Witnesses | None = None

    @property
    def strong(self) -> float | None:
        """The least strong accuracy over the laws; ``None`` where one is undefined."""
        values = [rate.value for name, rate in self.measures.items() if name.startswith("strong ")]
        known = [value for value in values if value is not None]
        return min(known) if known and len(known) == len(values) else None

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        plain = {
            "strategy": self.strategy,
            "name": self.name,
            "kind": self.kind,
            "budget": self.budget,
            "seed": self.seed,
            "price": self.price.describe(),
            "measures": {
                name: {"hits": rate.hits, "misses": rate.misses, "void": rate.void}
                for name, rate in self.measures.items()
            },
            "ending": self.ending,
            "seconds": self.seconds,
        }
        return (
            plain if self.witnesses is None else {**plain, "witnesses": self.witnesses.describe()}
        )

    @classmethod
    def read(cls, found: dict[str, Any]) -> "Cell":
        """From plain data; cells of before there were searches have none."""
        measures = {
            name: Rate(one["hits"], one["misses"], void=one["void"])
            for name, one in found["measures"].items()
        }
        return replace(read_fields(cls, {**found, "measures": {}}), measures=measures)


@dataclass(frozen=True, eq=False)
class SeedSetup:
    """What all cells of a seed share.

    Attributes:
        problem: of the seed.
        setting: what strategies are made of.
        held: ``Float[items, *shape]``, inputs that no student learns from.
        ids: of these items.
        sheets: inputs ``Float[probes, *shape]`` with the teacher's answers, by name: ``clean`` and
            ``strong`` with the name of each law of the probes.
    """

    problem: Problem
    setting: Setting
    held: Tensor
    ids: tuple[str, ...]
    sheets: dict[str, tuple[Tensor, Answers]]


@lru_cache(maxsize=2)
def ground(problem: str, seed: int, given: int, probes: int, items: int) -> SeedSetup:
    """The problem of a seed, its data and its probes.

    Raises:
        InputError: fewer training examples than ``given``.
    """
    found = load(problem, seed)
    if given > len(found.train_inputs):
        raise InputError(
            f"problem {problem!r} has {len(found.train_inputs)} training examples; {given} were asked for"
        )
    rows = torch.from_numpy(generator(seed, "given").permutation(len(found.train_inputs)))
    known, pool = rows[:given], rows[given:]
    setting = Setting(
        found.train_inputs[known],
        found.teacher(found.train_inputs[known]).labels,
        found.train_inputs[pool],
        found.source.domain,
        found.teacher,
        found.tutors,
        found.probes,
    )
    held = found.source.read(0, min(items, len(found.source)))
    sheets = {"clean": (held, found.teacher(held))}
    for name, law in found.probes.items():
        drawn = law(probes, generator(seed, "probe", name))
        sheets[f"strong {name}"] = (drawn, found.teacher(drawn))
    return SeedSetup(found, setting, held, tuple(found.source.ids[: len(held)]), sheets)


def run(
    design: Design, strategy: str, budget: int, seed: int, fit: Fit = FIT, untaught: str = ""
) -> Cell:
    """Learn and measure. One thread, so that the numbers are the same wherever it runs.

    ``fit`` is no part of the design: cells that stand side by side should share one.

    Raises:
        InputError: the untaught student is not the one that ``untaught`` says, if that is given.
    """
    with _ONE_AT_A_TIME:
        return _run(design, strategy, budget, seed, fit, untaught)


def _run(design: Design, strategy: str, budget: int, seed: int, fit: Fit, untaught: str) -> Cell:
    threads, clock = torch.get_num_threads(), time.process_time()
    torch.set_num_threads(1)
    try:
        at = ground(design.problem, seed, design.given, design.probes, design.items)
        student = design.learner(at.problem, seed)
        who = identify_student(student)
        if untaught and who.digest != untaught.partition(" ")[0]:
            raise InputError(
                f"learner {design.learner.name!r} made another untaught student for seed {seed} than "
                "when this comparison began: its files changed meanwhile, a worker has other ones, or "
                "it draws at random from elsewhere than torch, numpy and random. Make it the same "
                "for the same seed, and run the comparison again"
            )
        examples = Examples(at.setting.inputs, at.setting.labels, student.classes, "given")
        given: tuple[Lesson, ...] = (examples,)
        if strategy == BASE:
            name, kind, price, ending = BASE, "passive", Price(), "rounds"
            taught = _fit(student, given, design.steps, seed, fit)
        else:
            made = parse(strategy, at.setting)
            name, kind = made.name, made.kind
            taught, price, ending = _learn(
                student, made, given, design, strategy, budget, seed, fit
            )
        measures = measured(taught, at, design, seed)
        witnesses = sought(taught, at.problem, design.search, seed) if design.search else None
    finally:
        torch.set_num_threads(threads)
    took = round(time.process_time() - clock, 3)
    return Cell(strategy, name, kind, budget, seed, price, measures, ending, took, witnesses)


def says_once(spec: str, setting: Setting) -> bool:
    """Whether a strategy says all it has to say at once: a larger budget changes nothing."""
    for part in split(spec):
        found = chosen(part)
        tells = isinstance(setting.tutors.get(found.word), Tells)
        if not (found.entry.once or tells):
            return False
    return True


def _learn(
    student: Trainable,
    strategy: Strategy,
    given: tuple[Lesson, ...],
    design: Design,
    spec: str,
    budget: int,
    seed: int,
    fit: Fit,
) -> tuple[Trainable, Price, str]:
    """Strategies that do not look at the student are fitted once, at the end."""
    parts = [chosen(part).entry for part in split(spec)]
    adaptive = any(part.adaptive for part in parts)
    asking = min(design.rounds if adaptive else 1, budget)
    # in a mixture what is told first has a round of its own and comes on top of the budget
    mixed = len(parts) > 1
    schedule = Schedule(
        asking + len(parts) - 1,
        budget // asking if mixed else -(-budget // asking),
        design.steps,
    )
    most = Budget() if mixed else Budget(questions=budget)
    done = learn(
        student,
        strategy,
        given=given,
        budget=most,
        schedule=schedule,
        fit=fit if adaptive else Later(),
        seed=seed,
    )
    if adaptive:
        return done.student, done.price, done.ending
    return _fit(student, done.lessons, design.steps, seed, fit), done.price, done.ending


@dataclass(frozen=True)
class Later:
    """A fit that leaves the student as it is, where nobody looks at it before the end."""

    name: str = "later"

    def __call__(
        self,
        student: Trainable,
        lessons: Sequence[Lesson],  # noqa: ARG002
        *,
        steps: int,  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Trainable:
        """The student."""
        return student


def _fit(
    student: Trainable, lessons: Sequence[Lesson], steps: int, seed: int, fit: Fit
) -> Trainable:
    return fit(student, lessons, steps=steps, rng=generator(seed, "fit"))


def measured(student: Student, at: SeedSetup, design: Design, seed: int) -> dict[str, Rate]:
    """What a cell measures of a taught student, see :class:`Cell`."""
    found = {
        name: _rate(student, inputs, answers, design.level)
        for name, (inputs, answers) in at.sheets.items()
    }
    width = at.setting.domain.width
    spec = design.attack or f"standard:eps={0.1 * width:g}"
    attack: Attack = attacks.parse(spec, pool=at.setting.inputs)

    def attacked(inputs: Tensor, ids: Sequence[str]) -> Tensor:
        rng = ItemRng.named(seed, attack.name, ids)
        moved = attack(student, inputs.to(student.device), domain=at.setting.domain, rng=rng)
        return at.setting.domain.project(moved.detach().cpu(), inputs)

    moved, assumed = attacked(at.held, at.ids), at.sheets["clean"][1]
    drawn, labels, ids = _drawn(at.sheets, design.items)
    wrong = _said(student, drawn) != labels  # stays so: an attack might lead out of it
    pushed = attacked(drawn, ids)
    pushed[wrong] = drawn[wrong]
    return {
        "clean": found.pop("clean"),
        f"conventional {attack.name}": _rate(student, moved, assumed, design.level),
        f"weak {attack.name}": _rate(student, moved, at.problem.teacher(moved), design.level),
        f"pushed {attack.name}": _rate(student, pushed, at.problem.teacher(pushed), design.level),
        **found,
    }


def _drawn(
    sheets: dict[str, tuple[Tensor, Answers]], most: int
) -> tuple[Tensor, Tensor, list[str]]:
    """Draws of all laws alike on which the teacher is certain, at most so many; labels and names."""
    laws = [name for name in sheets if name.startswith("strong ")]
    inputs, labels, ids = [], [], []
    for name in laws:
        drawn, answers = sheets[name]
        rows = (answers.labels >= 0).nonzero()[: -(-most // len(laws)), 0]
        inputs.append(drawn[rows])
        labels.append(answers.labels[rows])
        ids += [f"{name} {row}" for row in rows.tolist()]
    return torch.cat(inputs), torch.cat(labels), ids


def _said(student: Student, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        parts = torch.split(inputs, 1000)
        said = [student.decide(student(part.to(student.device))).cpu() for part in parts]
    return torch.cat(said)


def _rate(student: Student, inputs: Tensor, answers: Answers, level: float) -> Rate:
    asked = torch.ones(len(inputs), dtype=torch.bool)
    sheet = Sheet(_said(student, inputs), answers.labels, asked, answers.cost, answers.sets)
    return accuracy(judge(sheet), level)
