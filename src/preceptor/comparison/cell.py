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
from preceptor.core import (
    Answers,
    AnyStudent,
    AnyTeacher,
    Domain,
    InputError,
    Inputs,
    ItemRng,
    Pupil,
    Texts,
    generator,
)
from preceptor.core.domains import AnyDomain, project
from preceptor.core.identity import identify_student
from preceptor.core.inputs import join, portions, put
from preceptor.core.plain import read_fields
from preceptor.lessons import Budget, Examples, Lesson, Price
from preceptor.outcome import Rate, Sheet, accuracy, judge
from preceptor.problems import AnyProblem, TextProblem
from preceptor.problems.tutoring import Tells
from preceptor.strategies import AdamFit, Fit, Schedule, Setting, Strategy, fit_for, learn, parse
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
        certified: of a strategy that proves, the status of the taught student's certificate for the whole
            domain; ``None`` of others.
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
    certified: str | None = None

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
        if self.witnesses is not None:
            plain["witnesses"] = self.witnesses.describe()
        if self.certified is not None:
            plain["certified"] = self.certified
        return plain

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
        held: ``Float[items, *shape]`` or texts, inputs that no student learns from.
        ids: of these items.
        sheets: inputs ``Float[probes, *shape]`` or texts with the teacher's answers, by name: ``clean`` and
            ``strong`` with the name of each law of the probes.
    """

    problem: AnyProblem
    setting: Setting
    held: Inputs
    ids: tuple[str, ...]
    sheets: dict[str, tuple[Inputs, Answers]]


@lru_cache(maxsize=2)
def ground(problem: str, seed: int, given: int, probes: int, items: int) -> SeedSetup:
    """The problem of a seed, its data and its probes.

    Raises:
        InputError: fewer training examples than ``given``.
    """
    found = load(problem, seed)
    training = found.train_texts if isinstance(found, TextProblem) else found.train_inputs
    if given > len(training):
        raise InputError(
            f"problem {problem!r} has {len(training)} training examples; {given} were asked for"
        )
    teacher: AnyTeacher = found.teacher
    rows = torch.from_numpy(generator(seed, "given").permutation(len(training)))
    known, pool = rows[:given], rows[given:]
    setting = Setting(
        training[known],
        teacher(training[known]).labels,
        training[pool],
        found.source.domain,
        found.teacher,
        found.tutors,
        found.probes,
        names=found.classes,
    )
    held = found.source.read(0, min(items, len(found.source)))
    sheets: dict[str, tuple[Inputs, Answers]] = {"clean": (held, teacher(held))}
    for name, law in found.probes.items():
        drawn = law(probes, generator(seed, "probe", name))
        sheets[f"strong {name}"] = (drawn, teacher(drawn))
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
            name, kind, price, ending, proof = BASE, "passive", Price(), "rounds", None
            taught = _fit(student, given, design.steps, seed, fit)
        else:
            made = parse(strategy, at.setting)
            name, kind = made.name, made.kind
            taught, price, ending, proof = _learn(
                student,
                made,
                given,
                design,
                strategy,
                budget,
                seed,
                fit,
                texts=isinstance(at.held, Texts),
            )
        measures = measured(taught, at, design, seed)
        witnesses = sought(taught, at.problem, design.search, seed) if design.search else None
    finally:
        torch.set_num_threads(threads)
    took = round(time.process_time() - clock, 3)
    return Cell(strategy, name, kind, budget, seed, price, measures, ending, took, witnesses, proof)


def says_once(spec: str, setting: Setting) -> bool:
    """Whether a strategy says all it has to say at once: a larger budget changes nothing."""
    for part in split(spec):
        found = chosen(part, texts=isinstance(setting.inputs, Texts))
        tells = isinstance(setting.tutors.get(found.word), Tells)
        if not (found.entry.once or tells):
            return False
    return True


def _learn(
    student: Pupil,
    strategy: Strategy,
    given: tuple[Lesson, ...],
    design: Design,
    spec: str,
    budget: int,
    seed: int,
    fit: Fit,
    *,
    texts: bool,
) -> tuple[Pupil, Price, str, str | None]:
    """Strategies that do not look at the student are fitted once, at the end."""
    parts = [chosen(part, texts=texts).entry for part in split(spec)]
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
        proof = None if done.certificate is None else done.certificate.status
        return done.student, done.price, done.ending, proof
    return _fit(student, done.lessons, design.steps, seed, fit), done.price, done.ending, None


@dataclass(frozen=True)
class Later:
    """A fit that leaves the student as it is, where nobody looks at it before the end."""

    name: str = "later"

    def __call__(
        self,
        student: Pupil,
        lessons: Sequence[Lesson],  # noqa: ARG002
        *,
        steps: int,  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Pupil:
        """The student."""
        return student


def _fit(student: Pupil, lessons: Sequence[Lesson], steps: int, seed: int, fit: Fit) -> Pupil:
    return fit_for(student, fit)(student, lessons, steps=steps, rng=generator(seed, "fit"))


def measured(student: AnyStudent, at: SeedSetup, design: Design, seed: int) -> dict[str, Rate]:
    """What a cell measures of a taught student, see :class:`Cell`."""
    found = {
        name: _rate(student, inputs, answers, design.level)
        for name, (inputs, answers) in at.sheets.items()
    }
    domain: AnyDomain = at.setting.domain
    teacher: AnyTeacher = at.problem.teacher
    usual = f"standard:eps={0.1 * domain.width:g}" if isinstance(domain, Domain) else "standard"
    attack = attacks.parse(design.attack or usual, pool=at.setting.inputs)

    def attacked(inputs: Inputs, ids: Sequence[str]) -> Inputs:
        rng = ItemRng.named(seed, attack.name, ids)
        moved = attack(student, inputs.to(student.device), domain=domain, rng=rng)
        return project(domain, moved.detach().cpu(), inputs)

    moved, assumed = attacked(at.held, at.ids), at.sheets["clean"][1]
    drawn, labels, ids = _drawn(at.sheets, design.items)
    wrong = _said(student, drawn) != labels  # stays so: an attack might lead out of it
    rows = wrong.nonzero()[:, 0]
    pushed = put(attacked(drawn, ids), rows, drawn[rows])
    return {
        "clean": found.pop("clean"),
        f"conventional {attack.name}": _rate(student, moved, assumed, design.level),
        f"weak {attack.name}": _rate(student, moved, teacher(moved), design.level),
        f"pushed {attack.name}": _rate(student, pushed, teacher(pushed), design.level),
        **found,
    }


def _drawn(
    sheets: dict[str, tuple[Inputs, Answers]], most: int
) -> tuple[Inputs, Tensor, list[str]]:
    """Draws of all laws alike on which the teacher is certain, at most so many; labels and names."""
    laws = [name for name in sheets if name.startswith("strong ")]
    inputs, labels, ids = [], [], []
    for name in laws:
        drawn, answers = sheets[name]
        rows = (answers.labels >= 0).nonzero()[: -(-most // len(laws)), 0]
        inputs.append(drawn[rows])
        labels.append(answers.labels[rows])
        ids += [f"{name} {row}" for row in rows.tolist()]
    return join(inputs), torch.cat(labels), ids


def _said(student: AnyStudent, inputs: Inputs) -> Tensor:
    with torch.no_grad():
        parts = portions(inputs, 1000)
        said = [student.decide(student(part.to(student.device))).cpu() for part in parts]
    return torch.cat(said) if said else torch.zeros(0, dtype=torch.int64)


def _rate(student: AnyStudent, inputs: Inputs, answers: Answers, level: float) -> Rate:
    asked = torch.ones(len(inputs), dtype=torch.bool)
    sheet = Sheet(_said(student, inputs), answers.labels, asked, answers.cost, answers.sets)
    return accuracy(judge(sheet), level)
