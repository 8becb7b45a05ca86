"""The lead of a comparison: plain words, and a unit to every number."""

import pytest
from comparison_cells import made

from preceptor.comparison import BASE, contests
from preceptor.comparison.plain_contest import WAYS, plain_sentence, plain_way, price_text
from preceptor.lessons import Price
from preceptor.strategies import STRATEGIES, TEXT_STRATEGIES

NOTHING = {BASE: ("passive", [(Price(), [0.5, 0.5, 0.5])])}
CHEAP = [(Price(1, 5.0), [0.97, 0.98, 0.99])]
DEAR = [(Price(253, 400.0), [0.97, 0.98, 0.96])]
FAILS = [(Price(253, 400.0), [0.7, 0.72, 0.74])]


def lead(curves: dict[str, tuple[str, list[tuple[Price, list[float]]]]]) -> str:
    """The first sentence of a comparison, in questions."""
    found = made(NOTHING | curves)
    one = next(contest for contest in contests(found) if contest.unit == "questions")
    return plain_sentence(one, found).replace("\u00a0", " ")


def test_telling_wins() -> None:
    said = lead({"told:feature set": ("active teacher", CHEAP), "random": ("active student", DEAR)})
    assert said.startswith(
        "Being told once which features count, the student reaches 90 % strong accuracy for "
        "1 question or item. Asking at random takes 253 questions or items, 253 times as much "
        "(3 seeds"
    )


def test_the_cheaper_comes_first_whoever_it_is() -> None:
    said = lead({"told:feature set": ("active teacher", DEAR), "random": ("active student", CHEAP)})
    assert said.startswith("Asking at random, the student reaches 90 % strong accuracy for 1 ")
    assert "takes 253 questions or items, 253 times as much" in said


def test_one_side_alone_and_neither() -> None:
    only = lead(
        {"told:feature set": ("active teacher", CHEAP), "random": ("active student", FAILS)}
    )
    assert "No way of asking that was compared gets there in every seed." in only
    neither = lead({"random": ("active student", FAILS)})
    assert neither.startswith("No way of learning that was compared reaches 90 % strong accuracy")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.0, "questions", "1 question or item"),
        (5.49, "bits", "5.49 bits from the teacher"),
        (18066.0, "student_bits", "18,066 bits to the teacher"),
        (12.0, "cost", "12 of the teacher's unit of cost"),
    ],
)
def test_a_price_has_its_unit(value: float, unit: str, text: str) -> None:
    assert price_text(value, unit) == text  # type: ignore[arg-type]


def test_ways_are_ways_that_there_are() -> None:
    assert set(WAYS) <= set(STRATEGIES) | set(TEXT_STRATEGIES)
    assert plain_way("told:feature set + random") == (
        "being told once which features count, then asking at random"
    )
    assert plain_way("mine:x=1") == "mine:x=1"
