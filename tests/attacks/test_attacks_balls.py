"""Projections into balls and domains, and the geometry of turns."""

import math

import pytest
import torch
from attack_students import BOUNDS, domain_of, draws, streams
from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.attacks.balls import NormBall, norms, unit
from preceptor.attacks.keep import shortfall
from preceptor.attacks.rotate import turn_image, turn_vector
from preceptor.core import Domain

SHAPES = ((5,), (1, 3, 4))

cases = given(
    shape=st.sampled_from(SHAPES),
    bounds=st.sampled_from(BOUNDS),
    norm=st.sampled_from(["linf", "l2"]),
    share=st.floats(1e-3, 2.0),
    spread=st.floats(0.0, 10.0),
    seed=st.integers(0, 10_000),
)


def setting(shape, bounds, norm, share, seed):
    domain = domain_of(shape, bounds)
    eps = share * domain.width
    clean = draws(domain, 6, seed)
    return domain, eps, clean, NormBall.around(clean, eps, norm, domain)


def length(delta, norm):
    return delta.flatten(1).abs().amax(1) if norm == "linf" else norms(delta)


@cases
@settings(max_examples=60, deadline=None)
def test_projections_are_valid_and_in_the_ball(shape, bounds, norm, share, spread, seed):
    domain, eps, clean, ball = setting(shape, bounds, norm, share, seed)
    rng = torch.Generator().manual_seed(seed)
    far = clean + spread * domain.width * torch.randn(clean.shape, generator=rng)
    for point in (ball.project(far), ball.draw(streams(6, seed)), ball.step(clean, far - clean, 1)):
        seen = ball.settle(point)
        assert (length(seen - clean, norm) <= eps * (1 + 1e-5) + 1e-6 * domain.width).all()
        assert not domain.outside(seen, 1e-5).any()
        torch.testing.assert_close(domain.project(seen, clean), seen, rtol=1e-6, atol=1e-5)
        if domain.fixed is not None:
            assert torch.equal(seen[:, domain.fixed], clean[:, domain.fixed])
        again = ball.project(point)
        torch.testing.assert_close(again, point, rtol=1e-5, atol=1e-4)


@cases
@settings(max_examples=60, deadline=None)
def test_no_point_of_an_linf_ball_is_nearer(shape, bounds, norm, share, spread, seed):
    _, _, clean, ball = setting(shape, bounds, "linf", share, seed)
    rng = torch.Generator().manual_seed(seed)
    far = clean + spread * torch.randn(clean.shape, generator=rng)
    nearest = norms(ball.project(far) - far)
    others = ball.low + (ball.high - ball.low) * torch.rand((40, *clean.shape), generator=rng)
    for other in others:
        assert (norms(other - far) >= nearest * (1 - 1e-5) - 1e-5).all()


def test_an_l2_step_spends_its_length_on_what_may_change():
    fixed = torch.tensor([True] * 3 + [False] * 2)
    domain = Domain((5,), -10.0, 10.0, fixed=fixed)
    clean = torch.zeros(1, 5)
    ball = NormBall.around(clean, 1.0, "l2", domain)
    moved = ball.step(clean, torch.tensor([[9.0, 9.0, 9.0, 3.0, 4.0]]), 0.5)
    torch.testing.assert_close(moved, torch.tensor([[0.0, 0.0, 0.0, 0.3, 0.4]]))


def test_l2_draws_fill_the_ball_evenly():
    domain = Domain((3,), -10.0, 10.0)
    ball = NormBall.around(torch.zeros(4000, 3), 2.0, "l2", domain)
    radius = norms(ball.draw(streams(4000))) / 2.0
    assert abs((radius**3).mean() - 0.5) < 0.02  # uniform in volume


def test_whole_features_move_by_whole_numbers_inside_the_ball():
    domain = Domain((2,), 0.0, 9.0, whole=torch.tensor([True, True]))
    clean = torch.tensor([[4.0, 8.0]])
    ball = NormBall.around(clean, 1.7, "linf", domain)
    assert torch.equal(ball.settle(ball.project(clean + 5)), torch.tensor([[5.0, 9.0]]))
    assert torch.equal(ball.settle(ball.project(clean - 5)), torch.tensor([[3.0, 7.0]]))


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1.0, 1e25])
def test_units_of_any_size(scale):
    direction = unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]]) * scale)
    torch.testing.assert_close(direction, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_shortfall_is_what_projection_leaves(bounds, norm):
    domain = domain_of((6,), bounds)
    domain = Domain(domain.shape, domain.low, domain.high, fixed=domain.fixed)
    clean, pool = draws(domain, 4, 1), draws(domain, 7, 2)
    eps = 0.3 * domain.width
    table = shortfall(clean, pool, eps, norm, domain)
    for column, guide in enumerate(pool):
        guides = guide.expand(4, 6)
        reached = NormBall.around(clean, eps, norm, domain).project(guides)
        if norm == "l2" and domain.fixed is not None:
            continue  # the ball's nearest point, then the domain's: not the nearest of both
        torch.testing.assert_close(
            norms(reached - guides), table[:, column], rtol=1e-4, atol=1e-4 * domain.width
        )


def turned(image, degrees, shift=(0.0, 0.0), low=0.0):
    domain = Domain(tuple(image.shape), low, 100.0)
    angle = torch.tensor([math.radians(degrees)])
    return turn_image(image[None], angle, torch.tensor([shift]), domain)[0]


def test_a_quarter_turn_of_a_square_image_is_exact():
    image = torch.arange(75.0).reshape(3, 5, 5)
    torch.testing.assert_close(turned(image, 90.0), image.rot90(1, (1, 2)), rtol=0, atol=1e-3)


def test_a_wide_image_keeps_its_proportions():
    image = torch.zeros(1, 9, 21)
    image[0, 4, 8:13] = 1.0
    upright = torch.zeros(1, 9, 21)
    upright[0, 2:7, 10] = 1.0
    torch.testing.assert_close(turned(image, 90.0), upright, rtol=0, atol=1e-4)


def test_what_comes_in_from_outside_is_low():
    image = torch.full((1, 10, 10), 50.0)
    moved = turned(image, 0.0, (0.2, 0.0), low=-7.0)
    torch.testing.assert_close(moved[0, :, :8], image[0, :, :8])
    torch.testing.assert_close(moved[0, :, 8:], torch.full((10, 2), -7.0))


def test_a_vector_turns_in_a_plane_of_free_coordinates_and_keeps_its_radius():
    fixed = torch.tensor([True, False, False, False, True])
    domain = Domain((5,), -1.0, 1.0, fixed=fixed)
    vectors = draws(domain, 200) / 2
    angle = torch.full((200,), 0.4)
    moved = turn_vector(vectors, angle, torch.zeros(200, 2), domain, streams(200))
    changed = (moved - vectors).abs() > 1e-6
    assert (changed.sum(1) == 2).all()
    assert not changed[:, fixed].any()
    assert changed.any(0).sum() == 3
    torch.testing.assert_close(norms(moved), norms(vectors))


@pytest.mark.parametrize("free", [0, 1])
def test_a_vector_without_a_plane(free):
    fixed = torch.arange(3) >= free
    domain = Domain((3,), 0.0, 1.0, fixed=fixed)
    vectors = torch.full((4, 3), 0.5)
    moved = turn_vector(vectors, torch.ones(4), torch.full((4, 2), 0.1), domain, streams(4))
    torch.testing.assert_close(moved - vectors, torch.tensor([0.1 * free, 0, 0]).expand(4, 3))
