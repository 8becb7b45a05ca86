"""Conjunctions: what is fooled, found and corrected, against all points of small balls."""

import itertools

import numpy as np
import pytest

from preceptor.paper.claims.local_claim import correct, everywhere, fooled, search, sizes


@pytest.mark.parametrize("radius", [0, 1, 2, 3])
def test_fooled_is_what_all_points_of_the_ball_say(radius: int) -> None:
    rng = np.random.default_rng(radius)
    relevant, d = np.array([1, 4]), 6
    for held in ([1, 4], [0, 1, 4], [1, 2, 3, 4, 5], list(range(6))):
        points = rng.random((40, d)) < 0.5
        said = fooled(points, relevant, np.array(held), radius)
        for point, one in zip(points, said, strict=True):
            ball = [
                point ^ np.isin(np.arange(d), flips)
                for size in range(radius + 1)
                for flips in itertools.combinations(range(d), size)
            ]
            assert one == any(z[relevant].all() and not z[held].all() for z in ball)


def test_a_search_stays_within_its_radius_and_counts() -> None:
    rng = np.random.default_rng(0)
    pool = np.zeros((50, 8), dtype=bool)
    assert search(np.array([0, 1, 2]), 2, pool, rng, 1000) is None
    assert search(np.array([], dtype=int), 2, pool, rng, 1000) == 1
    counts = [search(np.array([3]), 2, pool, np.random.default_rng(s), 1000) for s in range(300)]
    assert np.mean([one or 0 for one in counts]) == pytest.approx(4, abs=0.7)  # 2 of 8 are turned


@pytest.mark.parametrize("d", [16, 48])
def test_corrections_keep_what_matters_and_drop_the_rest(d: int) -> None:
    k, radius, _ = sizes(d)
    rng = np.random.default_rng(d)
    relevant = np.sort(rng.permutation(d)[:k])
    right, asked, corrections = correct(relevant, d, radius, rng, 1000)
    assert right >= 0.99
    assert corrections is not None
    assert corrections <= min(asked, d - k)
    wrong, _, none = correct(relevant, d, radius, rng, 0)
    assert none is None
    assert wrong < 0.99
    # within half of the radius hardly any data lie in reach, so corrections there are rare
    points = rng.random((4000, d)) < 0.5
    near = fooled(points, relevant, np.arange(d), sizes(d)[2]).mean()
    assert near < fooled(points, relevant, np.arange(d), radius).mean()


def test_asking_anywhere_finds_the_conjunction() -> None:
    relevant = np.array([0, 5, 6])
    found, asked = everywhere(relevant, 9)
    assert found.tolist() == relevant.tolist()
    assert asked == 9
