"""Half-spaces: a student that asks in the margin, messages that say a direction, and the floor."""

import math

import numpy as np
import pytest

from preceptor.core import InputError, generator
from preceptor.paper.claims.halfspace_claim import coded
from preceptor.paper.directions import (
    STEPS,
    golomb,
    least_bits,
    listed,
    messages,
    widest_angle,
)
from preceptor.paper.halfspace_oracle import OracleEstimate
from preceptor.paper.margin_sampling import in_the_margin
from preceptor.problems import halfspace
from preceptor.problems.halfspace import normal_of


@pytest.mark.parametrize("features", [2, 10, 40])
def test_asking_in_the_margin_closes_in_on_the_plane(features: int) -> None:
    problem = halfspace(features, 7)
    normal = normal_of(features, 7).double().numpy()
    ways = list(in_the_margin(problem.teacher, problem.source.domain, generator(0, "m"), 8))
    cosines = [float(way.normal @ normal) for way in ways]
    assert cosines[-1] > 0.998
    assert cosines[-1] > cosines[0]
    assert ways[0].questions == features
    assert ways[-1].questions <= 8 * features + max(1, round(0.1 * features))
    assert all(math.isclose(float(np.linalg.norm(way.normal)), 1.0) for way in ways)


def test_where_the_teacher_cannot_tell_the_student_learns_that_it_is_near() -> None:
    """A teacher that cannot tell within a wide band: questions on the plane come back uncertain, and
    are no misleading labels."""
    problem = halfspace(5, 3)
    known = list(in_the_margin(problem.teacher, problem.source.domain, generator(1, "m"), 20))[-1]
    assert known.uncertain > 0
    assert float(known.normal @ normal_of(5, 3).double().numpy()) > 0.999


@pytest.mark.parametrize("features", [2, 5, 50])
def test_messages_are_finer_and_longer(features: int) -> None:
    normal = normal_of(features, 4).double().numpy()
    normal = normal / np.linalg.norm(normal)
    sent = messages(normal)
    assert 1 <= len(sent) <= len(STEPS)
    assert sent[-1].bits > sent[0].bits
    assert float(sent[-1].normal @ normal) > 0.99


def test_the_chances_of_cells_are_those_of_directions() -> None:
    """The mean length is the entropy of the cells: about what many drawn directions show."""
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((4000, 3))
    drawn = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    bits = [
        messages(one)[2].bits - math.log2(len(STEPS)) for one in drawn if len(messages(one)) > 14
    ]
    cells = np.round(drawn / (STEPS[2] / math.sqrt(3)))
    entropy = 0.0
    for column in cells.T:
        chance = np.unique(column, return_counts=True)[1] / len(column)
        entropy -= float((chance * np.log2(chance)).sum())
    assert np.mean(bits) == pytest.approx(entropy, rel=0.02)


def test_a_message_wants_a_direction() -> None:
    with pytest.raises(InputError, match="length 1"):
        messages(np.array([1.0, 1.0]))


@pytest.mark.parametrize("features", [2, 3, 4])
def test_the_floor_is_the_share_of_directions_within_the_angle(features: int) -> None:
    """By drawing: the share of directions whose plane errs little enough, in bits."""
    rng = np.random.default_rng(1)
    drawn = rng.standard_normal((200_000, features))
    angle = 0.1 * math.pi  # without a band planes err by angle / pi
    cosines = drawn[:, 0] / np.linalg.norm(drawn, axis=1)
    share = float((cosines >= math.cos(angle)).mean())
    assert 2.0 ** -least_bits(features, 0.1, 0.0) == pytest.approx(share, rel=0.05)


def test_a_band_lowers_the_floor_and_features_raise_it() -> None:
    assert least_bits(20, 0.01, 0.125) < least_bits(20, 0.01, 0.0)
    assert least_bits(40, 0.01, 0.125) > 1.9 * least_bits(20, 0.01, 0.125)


def test_messages_that_are_good_enough_are_no_shorter_than_the_floor_on_average() -> None:
    """At an error that every message of the last step meets, as counted on the angle."""
    lengths, features = [], 20
    for seed in range(30):
        normal = normal_of(features, seed).double().numpy()
        normal = normal / np.linalg.norm(normal)
        good = (one.bits for one in messages(normal) if one.normal @ normal >= math.cos(0.1))
        lengths.append(next(good))
    assert np.mean(lengths) > least_bits(features, 0.1 / math.pi, 0.0)
    assert np.mean(lengths) < 1.35 * least_bits(features, 0.1 / math.pi, 0.0)


@pytest.mark.parametrize("chance", [0.7, 0.5, 0.3, 0.05, 0.001])
def test_golomb_is_a_code_and_next_to_the_entropy(chance: float) -> None:
    """Kraft's sum of a whole prefix-free code is 1; its mean length lies within a bit of the entropy,
    and less than .06 above it where a whole number of bits is no burden."""
    numbers = np.arange(int(40 / chance))
    bits = np.array([golomb(int(number), chance) for number in numbers])
    share = chance * (1 - chance) ** numbers
    entropy = -float((share * np.log2(share)).sum())
    assert (2.0**-bits).sum() == pytest.approx(1, abs=1e-6)
    assert entropy <= float((share * bits).sum()) + 1e-6 < entropy + 1
    if chance < 0.1:
        assert float((share * bits).sum()) < entropy + 0.06


@pytest.mark.parametrize(("number", "chance"), [(-1, 0.5), (1, 0.0), (1, 1.0)])
def test_golomb_wants_a_number_and_a_chance(number: int, chance: float) -> None:
    with pytest.raises(InputError, match="expected a number"):
        golomb(number, chance)


def test_a_place_in_a_list_is_next_to_the_floor() -> None:
    """What is named lies within the angle, is the same for both who have the list, and takes some 1.5
    bits above the least on average."""
    features, error = 4, 0.05
    within, lengths = widest_angle(error, 0.0), []
    least = least_bits(features, error, 0.0)
    for seed in range(200):
        normal = normal_of(features, seed).double().numpy()
        normal = normal / np.linalg.norm(normal)
        ways = [
            listed(normal, lambda _: True, within, 2.0**-least, generator(seed, "list"))
            for _ in range(2)
        ]
        assert ways[0].bits == ways[1].bits
        assert ways[0].normal.tolist() == ways[1].normal.tolist()
        assert float(ways[0].normal @ normal) >= math.cos(within)
        lengths.append(ways[0].bits)
    assert least < np.mean(lengths) < least + 2


def test_a_list_goes_on_until_one_is_good_enough() -> None:
    normal = np.array([1.0, 0.0])
    seen: list[np.ndarray] = []

    def enough(drawn: np.ndarray) -> bool:
        seen.append(drawn)
        return len(seen) == 300

    sent = listed(normal, enough, 0.1, 0.01, generator(0, "list"))
    assert sent.normal.tolist() == seen[-1].tolist()
    assert sent.bits > golomb(300, 0.01)  # most of those before were not asked about


def test_answers_coded_are_a_bit_each_where_all_are_certain() -> None:
    sure = coded(OracleEstimate(np.array([1.0]), 63, 0))
    assert sure == 63 + 6
    assert coded(OracleEstimate(np.array([1.0]), 63, 10)) > sure - 10
    assert coded(OracleEstimate(np.array([1.0]), 400, 40)) < 400 * math.log2(3)
