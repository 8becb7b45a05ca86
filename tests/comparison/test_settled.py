"""Twice the steps: what is reversed, what fades, and what may not be set side by side."""

from dataclasses import replace

import pytest
from comparison_cells import made

from preceptor.comparison import Comparison, settled
from preceptor.comparison.convergence import describe, sentences
from preceptor.core import InputError
from preceptor.lessons import Price


def shares(**strong: list[float]) -> dict[str, tuple[str, list[tuple[Price, list[float]]]]]:
    return {name: ("active student", [(Price(1, 1.0), found)]) for name, found in strong.items()}


def twice(found: Comparison) -> Comparison:
    return replace(found, design={**found.design, "steps": 2 * found.design["steps"]})


def test_a_reversed_order_is_said_first():
    short = made(shares(one=[0.8, 0.82, 0.81], two=[0.6, 0.61, 0.62], three=[0.5, 0.5, 0.51]))
    long = twice(made(shares(one=[0.8, 0.82, 0.81], two=[0.9, 0.91, 0.92], three=[0.5, 0.5, 0.51])))
    check = settled(short, long)
    assert check.reversed == (("one", "two"),)
    assert not check.holds
    assert sentences(check)[0].startswith("REVERSED: one was clearly ahead of two after 30 steps")
    assert "Not done learning: two changed by +30.0 points" in " ".join(sentences(check))
    assert describe(check)["reversed"] == [["one", "two"]]


def test_an_order_that_holds_is_said_to():
    short = made(shares(one=[0.8, 0.82], two=[0.6, 0.62]))
    check = settled(short, twice(short))
    assert check.holds
    assert sentences(check) == ["Trained twice as long (60 steps), no clear order is reversed."]


def test_only_the_steps_may_differ():
    short = made(shares(one=[0.8, 0.82], two=[0.6, 0.62]))
    with pytest.raises(InputError, match="the very same one with 60 steps for 30"):
        settled(short, short)
    alone = made(shares(one=[0.8], two=[0.6]))
    with pytest.raises(InputError, match="at least two seeds"):
        settled(alone, twice(alone))
