"""People who look and people who click, simulated, and whom the desk flags; for crowd_rules.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from preceptor.people.careless import Answer, flags
from preceptor.people.study_questions import StudyVote

Rng = np.random.Generator


@dataclass(frozen=True)
class Shape:
    """A study that is simulated.

    Attributes:
        questions: how many.
        shares: of the classes.
        again: share of questions asked again, as a study's default.
        known: share of known items, likewise.
    """

    questions: int
    shares: tuple[float, ...]
    again: float = 0.05
    known: float = 0.05


EVEN, RARE, TEN = (0.5, 0.5), (0.95, 0.05), (0.1,) * 10
SHAPES = {
    "100 questions, two classes": Shape(100, EVEN),
    "400 questions, two classes": Shape(400, EVEN),
    "100 questions, one class in twenty": Shape(100, RARE),
    "400 questions, one class in twenty": Shape(400, RARE),
    "400 questions, ten classes": Shape(400, TEN),
}

Person = Callable[[int, int, Rng], int]
"""Of the right label and the number of classes: what somebody says."""


def looks(errs: float) -> Person:
    """Somebody who looks, and errs now and then."""

    def say(right: int, classes: int, rng: Rng) -> int:
        wrong = rng.random() < errs
        return int((right + rng.integers(1, classes)) % classes) if wrong else right

    return say


def clicks(share: float) -> Person:
    """Somebody who clicks any label on this share of the questions."""
    careful = looks(0.05)

    def say(right: int, classes: int, rng: Rng) -> int:
        if rng.random() < share:
            return int(rng.integers(classes))
        return careful(right, classes, rng)

    return say


PEOPLE: Mapping[str, Person] = {
    "looks, errs on 5 %": looks(0.05),
    "looks, errs on 15 %": looks(0.15),
    "clicks any label": clicks(1.0),
    "clicks any label half of the time": clicks(0.5),
    "clicks one label": lambda *_: 0,
}


def flagged(seed: int, times: int) -> dict[str, dict[str, float]]:
    """The share of simulated people who are flagged, by kind of person and of study.

    The two others who answer the same questions look, and err on 5 %.
    """
    found: dict[str, dict[str, float]] = {}
    for place, (name, shape) in enumerate(SHAPES.items()):
        found[name] = {}
        for who, (kind, person) in enumerate(PEOPLE.items()):
            rng = np.random.default_rng([seed, place, who])
            found[name][kind] = sum(_flagged(shape, person, rng) for _ in range(times)) / times
    return found


def _flagged(shape: Shape, person: Person, rng: Rng) -> bool:
    classes = len(shape.shares)
    right = rng.choice(classes, shape.questions, p=shape.shares).tolist()
    other = looks(0.05)
    mine: list[Answer] = []
    votes, again, checks = {}, [0, 0], [0, 0]
    for question, label in enumerate(right):
        said = person(label, classes, rng)
        seconds = float(rng.lognormal(np.log(1.5), 0.5))
        mine.append((question, 0, "ask", said, seconds))
        votes[question] = [
            StudyVote(question, who, value, 1.0)
            for who, value in enumerate(
                (said, other(label, classes, rng), other(label, classes, rng))
            )
        ]
        if rng.random() < shape.again:
            again[1] += 1
            again[0] += person(label, classes, rng) == said
        if rng.random() < shape.known:
            known = int(rng.choice(classes, p=shape.shares))
            checks[1] += 1
            checks[0] += person(known, classes, rng) == known
    return bool(flags(mine, (again[0], again[1]), (checks[0], checks[1]), 0, votes))
