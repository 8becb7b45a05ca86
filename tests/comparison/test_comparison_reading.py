"""What is read off a comparison: prices of a target, who wins, what hurt."""

import math

import pytest
from comparison_cells import made
from hypothesis import given
from hypothesis import strategies as st

from preceptor.comparison import BASE, contests, harms, sentence
from preceptor.comparison.comparison_result import _crossing
from preceptor.lessons import Price

NOTHING = (BASE, ("passive", [(Price(), [0.5, 0.52, 0.51])]))


def bits(amount: float) -> Price:
    return Price(int(amount), amount)


def test_the_price_of_a_target_by_hand():
    found = made(
        dict([NOTHING])
        | {
            "asks": (
                "active student",
                [(bits(10), [0.8, 0.7, 0.95]), (bits(30), [1.0, 0.9, 0.97])],
            ),
            "fails": ("active student", [(bits(10), [0.95, 0.6, 0.6])]),
        }
    )
    assert found.reach("asks", "bits").prices == pytest.approx((20.0, 30.0, 10.0))
    failing = found.reach("fails", "bits")
    assert failing.prices == (10.0, None, None)
    assert failing.reached == 1
    assert failing.spread(0.95) is None
    assert found.units == ["questions", "bits"]
    assert found.measures == ["clean", "strong law"]


@given(
    st.lists(st.tuples(st.floats(0.1, 1e6), st.floats(0, 1)), min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(0.01, 0.99),
    st.floats(0.01, 0.99),
)
def test_a_higher_target_never_costs_less(points, base, one, other):
    curve = [(0.0, base), *sorted(points)]
    low, high = sorted((one, other))
    cheap, dear = _crossing(curve, low), _crossing(curve, high)
    assert dear is None or (cheap is not None and cheap <= dear + 1e-6 * dear)
    if cheap is not None:
        assert 0 <= cheap <= curve[-1][0]
    assert (cheap is not None) == any(height >= low for _, height in curve)


TELL = ("active teacher", [(bits(5), [0.97, 0.98, 0.99])])
ASK = ("active student", [(bits(100), [0.7, 0.72, 0.74]), (bits(400), [0.97, 0.98, 0.96])])
FAIL = ("active student", [(bits(100), [0.7, 0.72, 0.74])])


@pytest.mark.parametrize(
    ("curves", "verdict"),
    [
        ({"tells": TELL, "asks": ASK}, "telling wins"),
        ({"tells": ("active teacher", ASK[1]), "asks": ("active student", TELL[1])}, "asking wins"),
        ({"tells": ("mixed", ASK[1]), "asks": ASK}, "tie"),
        ({"tells": TELL, "asks": FAIL}, "only telling"),
        ({"tells": ("active teacher", FAIL[1]), "asks": ASK}, "only asking"),
        ({"asks": FAIL}, "neither"),
        ({"tells": TELL, "guesses": ("passive", [(Price(), [0.95, 0.96, 0.97])])}, "asking wins"),
    ],
)
def test_who_wins(curves, verdict):
    found = made(dict([NOTHING]) | curves)
    contest = next(one for one in contests(found) if one.unit == "bits")
    assert contest.verdict == verdict
    text = sentence(contest, found)
    assert text.startswith("In bits from the teacher: ")
    assert "nan" not in text
    assert "inf" not in text


def test_seeds_that_disagree_are_a_tie():
    scattered = ("active student", [(bits(2), [0.95, 0.5, 0.5]), (bits(50), [0.95, 0.95, 0.95])])
    found = made(dict([NOTHING]) | {"tells": TELL, "asks": scattered})
    contest = next(one for one in contests(found) if one.unit == "bits")
    assert contest.verdict == "tie"
    assert contest.times is not None
    assert contest.times[1] < 1 < contest.times[2]


def test_one_seed_settles_nothing():
    curves = {
        BASE: ("passive", [(Price(), [0.5])]),
        "tells": ("active teacher", [(bits(5), [0.97])]),
        "asks": ("active student", [(bits(400), [0.97])]),
        "hurts": ("active teacher", [(bits(5), [0.1])]),
    }
    found = made(curves)
    assert all(one.verdict == "tie" for one in contests(found))
    assert not harms(found)
    assert math.isinf(contests(found)[0].times[2])


def test_what_is_wrong_on_purpose_is_no_champion():
    found = made(dict([NOTHING]) | {"told:wrong: x": TELL, "asks": ASK})
    assert {one.verdict for one in contests(found)} == {"only asking"}


def test_harm_is_found_and_noise_is_not():
    found = made(
        dict([NOTHING])
        | {
            "hurts": ("active teacher", [(bits(5), [0.30, 0.33, 0.31])]),
            "noise": ("active student", [(bits(5), [0.49, 0.53, 0.51])]),
        }
    )
    (line,) = harms(found)
    assert line.startswith("hurts with 1 hurt: strong accuracy changed by -19")


@pytest.mark.parametrize(
    ("curves", "words"),
    [
        ({"asks": ASK}, "Only asking was compared; add a strategy that tells."),
        ({"asks": FAIL}, "none reaches 90\u00a0% strong accuracy in every seed. Only asking"),
        ({"tells": TELL}, "Only telling was compared; add a strategy that asks."),
    ],
)
def test_one_side_alone_wins_and_loses_nothing(curves, words):
    found = made(dict([NOTHING]) | curves)
    text = sentence(next(one for one in contests(found) if one.unit == "bits"), found)
    assert words in text
    assert "loses" not in text
    assert "only asking reaches" not in text
