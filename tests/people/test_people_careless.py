"""Signs that somebody answers without looking: found, and seldom seen in those who look."""

import numpy as np
import pytest

from preceptor.people.careless import Answer, at_least, flags, streak_chance
from preceptor.people.study_questions import StudyVote


def said(labels: list[int], seconds: float = 1.5) -> list[Answer]:
    return [(n, 1, "ask", label, seconds) for n, label in enumerate(labels)]


def votes(*people: list[int]) -> dict[int, list[StudyVote]]:
    return {
        n: [StudyVote(n, who, label, 1.0) for who, label in enumerate(row, 1)]
        for n, row in enumerate(zip(*people, strict=True))
    }


def test_chances() -> None:
    assert at_least(2, 2, 0.5) == pytest.approx(0.25)
    assert at_least(0, 5, 0.1) == pytest.approx(1.0)
    assert at_least(360, 1200, 0.3) == pytest.approx(0.5, abs=0.02)  # thousands of answers
    assert at_least(1000, 5000, 0.3) == pytest.approx(1.0)
    assert at_least(3, 3, 0.0) == 0.0
    assert at_least(3, 3, 1.0) == 1.0
    rng = np.random.default_rng(0)
    rolls = rng.random((20_000, 50)) < 0.6
    runs = np.array([max(map(len, "".join(map(str, row.astype(int))).split("0"))) for row in rolls])
    found = float((runs >= 10).mean())
    assert found <= streak_chance(10, 50, 0.6) <= 1.6 * found  # a bound, and not a loose one


def test_a_streak_is_odd_only_where_its_answer_is_not_common() -> None:
    half = np.random.default_rng(0).integers(0, 2, 100).tolist()
    lazy = votes([0] * 100, half, half)
    assert "100 equal answers in a row" in flags(said([0] * 100), (0, 0), (0, 0), 1, lazy)
    common = votes([0] * 100, [0] * 100, [0] * 100)
    assert flags(said([0] * 100), (0, 0), (0, 0), 1, common) == []


def test_alone_a_long_streak_is_looked_at() -> None:
    assert flags(said([0] * 30), (0, 0), (0, 0), 1, votes([0] * 30))
    mixed = [0] * 12 + [0, 1] * 20
    assert flags(said(mixed), (0, 0), (0, 0), 1, votes(mixed)) != []
    mostly = ([0] * 14 + [1]) * 6
    assert flags(said(mostly), (0, 0), (0, 0), 1, votes(mostly)) == []


def test_few_misses_are_no_sign_and_many_are() -> None:
    assert flags([], (10, 10), (8, 10), 1, {}) == []
    assert flags([], (10, 10), (4, 10), 1, {}) == ["6 of 10 known items wrong"]
    assert flags([], (7, 10), (0, 0), 1, {}) == []
    assert flags([], (2, 10), (0, 0), 1, {}) == ["contradicted themselves in 8 of 10 asked again"]


def test_a_slip_of_the_finger_is_no_sign() -> None:
    slow = said([0, 1] * 200)
    three = [(n, 1, "ask", 0, 0.1) for n in range(400, 403)]
    assert flags([*slow, *three], (0, 0), (0, 0), 1, {}) == []
    assert "3 of 23 answers" in flags([*slow[:20], *three], (0, 0), (0, 0), 1, {})[0]
    assert flags(said([0, 1] * 20, seconds=0.0), (0, 0), (0, 0), 1, {}) == []  # not known


def test_who_says_what_nobody_says_is_looked_at() -> None:
    rng = np.random.default_rng(1)
    right = rng.integers(0, 2, 100).tolist()
    blind = rng.integers(0, 2, 100).tolist()
    found = flags(said(blind), (0, 0), (0, 0), 1, votes(blind, right, right))
    assert any("half of the others" in one for one in found)
    assert flags(said(right), (0, 0), (0, 0), 1, votes(right, right, right)) == []
