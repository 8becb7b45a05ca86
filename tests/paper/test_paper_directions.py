"""Half-spaces: a student that asks in the margin, messages that say a direction, and the floor."""

import math

import numpy as np
import pytest

from preceptor.core import InputError, generator
from preceptor.paper.claims.halfspace import coded
from preceptor.paper.directions import STEPS, least_bits, messages
from preceptor.paper.margin import in_the_margin
from preceptor.paper.sides import Estimate
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


def test_answers_coded_are_a_bit_each_where_all_are_certain() -> None:
    sure = coded(Estimate(np.array([1.0]), 63, 0))
    assert sure == 63 + 6
    assert coded(Estimate(np.array([1.0]), 63, 10)) > sure - 10
    assert coded(Estimate(np.array([1.0]), 400, 40)) < 400 * math.log2(3)
