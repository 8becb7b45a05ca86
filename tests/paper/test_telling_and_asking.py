"""Proposition 7 by enumeration: exact numbers of questions and examples over small finite classes."""

import itertools
import math
from functools import cache

import numpy as np
import pytest

Class = frozenset[tuple[int, ...]]
"""Teachers on so many inputs: an answer for each, *uncertain* being one of them."""


def answers_to(teachers: Class, x: int) -> dict[int, Class]:
    """Who is left after each answer at an input."""
    said = {teacher[x] for teacher in teachers}
    return {y: frozenset(t for t in teachers if t[x] == y) for y in said}


@cache
def questions(teachers: Class) -> int:
    """Of the best student in the worst case, by trying every question at every turn."""
    if len(teachers) < 2:
        return 0
    inputs = range(len(next(iter(teachers))))
    parts = [answers_to(teachers, x) for x in inputs]
    return min(1 + max(map(questions, part.values())) for part in parts if len(part) > 1)


def specifying(teachers: Class, f: tuple[int, ...]) -> int:
    """The fewest inputs at which at most one teacher answers as ``f`` does."""
    inputs = range(len(f))
    for size in range(len(f) + 1):
        for rows in itertools.combinations(inputs, size):
            if sum(all(t[x] == f[x] for x in rows) for t in teachers) <= 1:
                return size
    raise AssertionError("two teachers are the same")


def extended(teachers: Class, kinds: int) -> int:
    """The extended teaching dimension: the same, for the hardest of all functions."""
    inputs = len(next(iter(teachers)))
    return max(specifying(teachers, f) for f in itertools.product(range(kinds), repeat=inputs))


def taught(teachers: Class) -> int:
    """The teaching dimension: examples for the hardest teacher of the class."""
    return max(specifying(teachers, t) for t in teachers)


def upper(hard: int, number: int) -> int:
    return math.floor(hard * math.log(number - 1) + 1e-12) + 1


def every_class(inputs: int, kinds: int) -> list[Class]:
    every = list(itertools.product(range(kinds), repeat=inputs))
    return [
        frozenset(one)
        for size in range(2, len(every) + 1)
        for one in itertools.combinations(every, size)
    ]


def drawn_classes(inputs: int, kinds: int, number: int) -> list[Class]:
    every = list(itertools.product(range(kinds), repeat=inputs))
    rng = np.random.default_rng(7)
    return [
        frozenset(every[i] for i in rng.choice(len(every), rng.integers(2, 13), replace=False))
        for _ in range(number)
    ]


@pytest.mark.parametrize(
    ("classes", "kinds"),
    [
        (every_class(3, 2), 2),
        (every_class(2, 3), 3),
        (drawn_classes(5, 2, 150), 2),
        (drawn_classes(4, 3, 150), 3),
    ],
    ids=["all of 3 inputs, 2 answers", "all of 2 inputs, 3 answers", "drawn of 5", "drawn of 4"],
)
def test_questions_lie_between_the_bounds(classes: list[Class], kinds: int) -> None:
    """Both bounds, and the order of what is told by examples and asked; each is met somewhere."""
    slack_low, slack_high = set(), set()
    for teachers in classes:
        most, hard = questions(teachers), extended(teachers, kinds)
        low = max(math.ceil(math.log(len(teachers), kinds) - 1e-9), hard)
        assert low <= most <= upper(hard, len(teachers))
        assert taught(teachers) <= hard
        # in bits nothing told is dearer than what is asked, but for rounding up to a whole bit
        assert math.ceil(math.log2(len(teachers))) < most * math.log2(kinds) + 1
        slack_low.add(most - low)
        slack_high.add(upper(hard, len(teachers)) - most)
    assert min(slack_low) == min(slack_high) == 0


def needles(size: int) -> Class:
    return frozenset(tuple(int(i == j) for i in range(size)) for j in range(size))


def thresholds(size: int) -> Class:
    return frozenset(tuple(int(i >= j) for i in range(size)) for j in range(size + 1))


def copies(size: int) -> Class:
    corners = list(itertools.product((0, 1), repeat=size))
    return frozenset(tuple(corner[j] for corner in corners) for j in range(size))


def blurred(size: int) -> Class:
    """Thresholds with an uncertain input on either side of the step."""
    return frozenset(
        tuple(2 if abs(2 * i + 1 - 2 * j) == 1 else int(i >= j) for i in range(size))
        for j in range(size + 1)
    )


TABLE = {
    "8 needles": (needles(8), 2, 7, 7, 1),
    "thresholds on 8 inputs": (thresholds(8), 2, 4, 2, 2),
    "one of 4 copies": (copies(4), 2, 2, 2, 1),
    "all functions of 3 inputs": (
        frozenset(itertools.product((0, 1), repeat=3)), 2, 3, 3, 3,
    ),
    "thresholds on 8 inputs, uncertain at the step": (blurred(8), 3, 3, 2, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_the_table_of_small_classes(name: str) -> None:
    teachers, kinds, asked, hard, examples = TABLE[name]
    found = questions(teachers), extended(teachers, kinds), taught(teachers)
    assert found == (asked, hard, examples)


@pytest.mark.parametrize("size", [2, 3, 5, 7])
def test_needles_part_telling_from_asking_as_far_as_can_be(size: int) -> None:
    assert questions(needles(size)) == extended(needles(size), 2) == size - 1
    assert taught(needles(size)) == 1


def test_halving_rules_out_what_the_proof_says() -> None:
    """Some question leaves, whatever the answer, at most |V| - (|V| - 1) / XTD."""
    for teachers in [*drawn_classes(5, 2, 80), needles(6), copies(4), thresholds(6)]:
        hard = extended(teachers, 2)
        inputs = range(len(next(iter(teachers))))
        best = min(max(map(len, answers_to(teachers, x).values())) for x in inputs)
        assert best <= len(teachers) - (len(teachers) - 1) / hard + 1e-9


@pytest.mark.parametrize("eps", [0.1, 0.05])
def test_in_error_random_questions_are_enough_whatever_the_class(eps: float) -> None:
    """The hardest case at hand: needles of mass a little more than eps each, and nothing else.

    A student that asks random inputs of the law and takes any teacher that fits fails seldom; and
    with a tenth of the questions it often does.
    """
    size, failing = int(1 / (1.01 * eps)), 0.1
    enough = math.ceil((math.log(size) + math.log(1 / failing)) / eps)
    rng = np.random.default_rng(3)

    def fails(n: int) -> float:
        wrong = 0
        for _ in range(2000):
            met = np.unique(rng.integers(size, size=n))
            hidden = int(rng.integers(size))
            left = np.setdiff1d(np.arange(size), met)
            fits = [hidden] if hidden in met else left.tolist()
            wrong += int(rng.choice(fits)) != hidden
        return wrong / 2000

    assert fails(enough) <= failing
    assert fails(enough // 10) > 0.3


def shared(teachers: Class) -> float:
    """The share ruled out, at most, by the commonest answer to any question."""
    inputs = range(len(next(iter(teachers))))
    most = [max(map(len, answers_to(teachers, x).values())) for x in inputs]
    return 1 - min(most) / len(teachers)


def named(teachers: Class, left: int) -> float:
    """How many teachers, of the class drawn evenly, the best student names after so many questions."""
    if not left or len(teachers) < 2:
        return 1.0
    inputs = range(len(next(iter(teachers))))
    return max(
        sum(named(part, left - 1) for part in answers_to(teachers, x).values()) for x in inputs
    )


def test_no_student_names_more_often_than_proposition_4_allows() -> None:
    """Every student of q questions, on 60 classes, against q rho' + 1 / |V|."""
    for teachers in [*drawn_classes(5, 2, 60), needles(5)]:
        for q in (1, 2, 3):
            bound = q * shared(teachers) + 1 / len(teachers)
            assert named(teachers, q) / len(teachers) <= bound + 1e-12
    assert named(needles(5), 2) / 5 == pytest.approx(2 * 0.2 + 0.2)


def test_greedy_halving_finds_the_teacher_in_time() -> None:
    """The question whose commonest answer leaves fewest, against ln N / rho, rho over all subsets."""
    for teachers in drawn_classes(5, 2, 25):
        few = frozenset(sorted(teachers)[:7])
        subsets = [
            frozenset(one)
            for size in range(2, len(few) + 1)
            for one in itertools.combinations(sorted(few), size)
        ]
        rho = min(map(shared, subsets))
        assert greedy(few) <= math.ceil(math.log(len(few)) / rho)


def greedy(teachers: Class) -> int:
    if len(teachers) < 2:
        return 0
    inputs = range(len(next(iter(teachers))))
    parts = min(
        (answers_to(teachers, x) for x in inputs), key=lambda part: max(map(len, part.values()))
    )
    return 1 + max(map(greedy, parts.values()))
