"""Askers that know that few features matter, on the bench of exclusive or."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import torch

from preceptor.core import InputError, Student, generator
from preceptor.lessons import FeatureSet, Lesson, SparseFeatures, label_bits, subset_bits
from preceptor.paper.bench import Bench, least
from preceptor.paper.contest import Arena, Numbers, Settings, arena
from preceptor.paper.opponent import Duel, Opponent
from preceptor.problems import strong
from preceptor.strategies import Junta

TARGET: Final = 0.99

STRENGTH: Final = 0.03
"""Of the group lasso; seeds 900 to 902 were better with it than with .01."""

FEW: Final = "That few features matter, as the teller's student does; neither which nor how."

DUEL: Final = Duel("bits asked {who} / told, d=*", 10.0, (1 / 3.5, 3.5))

OPPONENTS: Final = (
    Opponent("at random", "asks", "Nothing of features."),
    Opponent("at random, group lasso", "asks", FEW, "strongest"),
    Opponent("by a junta learner", "asks", FEW, "strongest"),
    Opponent(
        "random set of two",
        "control",
        FEW,
        price="the bits of the right set: a message that says as much, and is drawn at random",
    ),
    Opponent("wrong copy", "control", FEW, price="the bits of the right set"),
    Opponent("right set, guessed", "control", FEW, price="nothing: it happens to be right"),
)

TELLER: Final = (
    "Which two features matter; not how. Its student knows that few do. Charged log2 C(d, 2) bits, that there "
    "are two being known."
)


def tested(bench: Bench) -> Lesson:
    """What a junta learner found, with the answers it took; nothing asked after its tests."""
    inputs = bench.problem.train_inputs[: bench.settings["given"]]
    asker = Junta(bench.problem.source.domain, bench.problem.teacher, inputs, rest="nothing")
    lesson = asker(bench.student, (), 256, rng=generator(bench.seed, "junta"))
    if lesson is None:
        raise InputError("the teacher of xor answers every question")
    return lesson


def costs(bench: Bench, settings: Settings) -> dict[str, int | None]:
    """Questions until the target, by asker; all are told by the same oracle when to stop."""

    def alone(n: int, *more: Lesson) -> bool:
        return bench.right([bench.asked(n), *more]) >= TARGET

    start, most, halvings = bench.features, settings["most"], settings["halvings"]
    search: Callable[[Callable[[int], bool], int], int | None] = partial(
        least, most=most, halvings=halvings
    )
    sparse = SparseFeatures(STRENGTH)
    return {
        "at random": search(alone, settings["first"] * start),
        "at random, group lasso": search(lambda n: alone(n, sparse), 20),
        "by a junta learner": _after_tests(bench, most),
    }


def _after_tests(bench: Bench, most: int) -> int | None:
    """Of the tests, and of random questions after them in batches that double, if they do not suffice."""
    lesson, more = tested(bench), 0
    while more <= most:
        lessons: list[Lesson] = [lesson, *([bench.asked(more)] if more else [])]
        if bench.right(lessons) >= TARGET:
            return lesson.price.questions + more
        more = 2 * more or 20
    return None


def controls(bench: Bench) -> dict[str, float]:
    """Strong accuracy with sets that nobody who knows has told; the right one's is that of telling."""
    d = bench.features
    drawn = torch.zeros(d, dtype=torch.bool)
    drawn[torch.from_numpy(generator(bench.seed, "random set").permutation(d)[:2])] = True
    return {
        "random set of two": bench.right([FeatureSet(drawn, bench.problem.source.domain)]),
        "wrong copy": bench.right([bench.told("wrong: another copy")]),
    }


def duel(sizes: Sequence[int], numbers: Numbers, who: str) -> dict[str, float | None]:
    """Bits asked over bits told, where the asker has reached the target."""
    found: dict[str, float | None] = {}
    for d in sizes:
        questions = numbers.get(f"questions {who}, d={d}")
        bits = None if questions is None else questions * label_bits(2)
        found[f"bits asked {who} / told, d={d}"] = (
            None if bits is None else bits / subset_bits(d, 2)
        )
    return found


def arenas(settings: Settings, seed: int) -> Iterator[Arena]:
    """One of each size, with the labels, the network and the oracle of all ways."""
    for d in settings["features"]:
        bench = Bench(d, seed, settings)

        def judge(student: Student, bench: Bench = bench) -> Numbers:
            rate = strong(student, bench.problem, probes=settings["probes"], seed=bench.seed)
            return {"strong accuracy": rate["uniform"].value}

        def good(student: Student, bench: Bench = bench) -> bool:
            return (judge(student, bench)["strong accuracy"] or 0.0) >= TARGET

        given = bench.labels(settings["given"])
        assert isinstance(given.inputs, torch.Tensor)  # noqa: S101 - of numbers
        yield arena(
            bench.problem,
            judge,
            seed=seed,
            most=settings["most"],
            inputs=given.inputs,
            labels=given.labels,
            untaught=bench.student,
            steps=settings["steps"],
            name=f"d={d}",
            good=good,
        )


def compare(settings: Settings, numbers: Numbers, who: str) -> Numbers:
    """The duel of an opponent that somebody entered; nothing where it has missed the target."""
    found: dict[str, float | None] = {}
    for d in settings["features"]:
        right = numbers[f"strong accuracy, {who}, d={d}"]
        bits = numbers[f"bits, {who}, d={d}"]
        if right is not None and bits is not None and right >= TARGET:
            found[f"bits asked {who} / told, d={d}"] = bits / subset_bits(d, 2)
    return found
