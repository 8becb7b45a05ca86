"""Claims that are read off comparisons: one cell for each way of learning and seed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from preceptor.comparison import BASE, Cell, Design
from preceptor.comparison.cell import ground, run
from preceptor.core import Student, generator
from preceptor.lessons import Examples, FeatureSet, Lesson
from preceptor.paper.claim import Chart, Numbers, Series, Settings
from preceptor.paper.contest import Arena, Contest, arena
from preceptor.paper.opponent import Opponent
from preceptor.problems import Problem, strong
from preceptor.strategies import AdamFit, RandomSynthesis

ITEMS: Final = 50
"""Held-out items for clean and weak accuracy, of which no claim here speaks."""


def design_of(
    settings: Settings, strategies: tuple[str, ...], budgets: tuple[int, ...], seed: int
) -> Design:
    """The comparison of one seed."""
    return Design(
        settings["problem"],
        strategies,
        budgets,
        (seed,),
        given=settings["given"],
        steps=settings["steps"],
        probes=settings["probes"],
        items=ITEMS,
    )


def cells(settings: Settings, seed: int) -> dict[str, Cell]:
    """A cell for each way of learning; the labels alone first."""
    ways = {"labels alone": (BASE, 0), **{k: (s, n) for k, (s, n) in settings["ways"].items()}}
    design = design_of(
        settings,
        tuple({spec for spec, _ in ways.values() if spec != BASE}),
        tuple({budget for _, budget in ways.values() if budget}),
        seed,
    )
    fits = {name: AdamFit(chosen=settings.get("asked share")) for name in ways}
    for name in settings.get("equal weights", ()):
        fits[f"{name}, equal weights"] = AdamFit()
        ways[f"{name}, equal weights"] = ways[name]
    return {name: run(design, *ways[name], seed, fit) for name, fit in fits.items()}


def numbers_of(cells: Mapping[str, Cell]) -> dict[str, float | None]:
    """Strong accuracy and bits of each way."""
    found: dict[str, float | None] = {}
    for name, cell in cells.items():
        found[f"strong accuracy, {name}"] = cell.strong
        found[f"bits, {name}"] = cell.price.bits
    return found


def less(numbers: Numbers, one: str, other: str) -> float | None:
    """How much more strong accuracy one way has than another; ``None`` if one is undefined."""
    high, low = (numbers[f"strong accuracy, {name}"] for name in (one, other))
    return None if high is None or low is None else high - low


def leads(numbers: Numbers, teller: str, opponents: Sequence[Opponent]) -> dict[str, float | None]:
    """How far the teller is ahead of each."""
    names = [one.name for one in opponents if f"strong accuracy, {one.name}" in numbers]
    return {f"{teller}, less {name}": less(numbers, teller, name) for name in names}


def least_strong(student: Student, problem: Problem, settings: Settings, seed: int) -> float | None:
    """The least strong accuracy over the laws, as of a cell."""
    rates = strong(student, problem, probes=settings["probes"], seed=seed)
    values = [rate.value for rate in rates.values() if rate.value is not None]
    return min(values) if len(values) == len(rates) else None


def of_a_random_set(settings: Settings, seed: int) -> float | None:
    """Strong accuracy with a set drawn at random, of as many features as the right one, and with the
    questions that go with it.
    """
    design = design_of(settings, (BASE,), (1,), seed)
    at = ground(design.problem, seed, design.given, design.probes, design.items)
    problem, domain = at.problem, at.setting.domain
    assert isinstance(problem, Problem)  # noqa: S101 - blocks are numbers
    asked = RandomSynthesis(domain, problem.teacher)
    rng = generator(seed, "random set")
    mask = torch.zeros(domain.shape, dtype=torch.bool)
    mask[torch.from_numpy(rng.permutation(len(mask))[: settings["random set"]])] = True
    student = design.learner(problem, seed)
    answers = asked(student, (), settings["with random set"], rng=rng)
    known = Examples(at.setting.inputs, at.setting.labels, student.classes, "given")
    lessons: list[Lesson] = [known, FeatureSet(mask, domain), *([answers] if answers else [])]
    taught = AdamFit(chosen=settings.get("asked share"))(
        student, lessons, steps=settings["steps"], rng=generator(seed, "fit")
    )
    return least_strong(taught, problem, settings, seed)


def _arena(settings: Settings, seed: int, most: int) -> Iterator[Arena]:
    """The data, learner, fit and steps of the cells, and so many questions."""
    design = design_of(settings, (BASE,), (1,), seed)
    at = ground(design.problem, seed, design.given, design.probes, design.items)
    problem, learner = at.problem, design.learner(at.problem, seed)
    assert isinstance(problem, Problem)  # noqa: S101 - both are of numbers
    assert isinstance(at.setting.pool, Tensor)  # noqa: S101 - see above

    def judge(student: Student) -> Numbers:
        return {"strong accuracy": least_strong(student, problem, settings, seed)}

    yield arena(
        problem,
        judge,
        seed=seed,
        most=most,
        inputs=at.setting.numbers,
        labels=at.setting.labels,
        pool=at.setting.pool,
        untaught=learner,
        fit=AdamFit(chosen=settings.get("asked share")),
        steps=settings["steps"],
    )


def contest(teller: str, most: int) -> Contest:
    """Where opponents enter, with so many questions; compared with the way of the teller."""

    def compare(settings: Settings, numbers: Numbers, who: str) -> Numbers:
        del settings
        return {f"{teller}, less {who}": less(numbers, teller, who)}

    return Contest(lambda settings, seed: _arena(settings, seed, most), compare)


def charts(settings: Settings) -> tuple[Chart, ...]:
    """Strong accuracy of all ways."""
    equal = [f"{name}, equal weights" for name in settings.get("equal weights", ())]
    names = ["labels alone", *settings["ways"], *equal]
    series = Series("means over seeds", tuple(f"strong accuracy, {n}" for n in names), "told")
    return (
        Chart(
            "Strong accuracy by way of learning",
            "way",
            "strong accuracy",
            tuple(float(i) for i in range(len(names))),
            (series,),
            share=True,
            labels=tuple(names),
        ),
    )
