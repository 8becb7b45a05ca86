"""The physical process does what statics says, and the data hide what it depends on."""

import numpy as np
import pytest
import torch
from statics import overhang

from preceptor.core import UNCERTAIN
from preceptor.problems import Problem, blocks
from preceptor.problems.blocks import BLOCKS, FALLS, REACH, STANDS


@pytest.fixture(scope="module")
def problem() -> Problem:
    return blocks()


def anywhere(items: int, seed: int = 0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    offsets = rng.uniform(-REACH, REACH, (items, BLOCKS - 1))
    return torch.from_numpy(np.concatenate([offsets, rng.random((items, BLOCKS))], 1)).float()


def test_it_agrees_with_statics_where_statics_is_clear(problem):
    inputs = anywhere(300)
    said = problem.teacher(inputs).labels.numpy()
    worst = np.array([overhang(row) for row in inputs[:, : BLOCKS - 1].double().numpy()])
    clear = (np.abs(worst) > 0.06) & (said != UNCERTAIN)
    assert clear.sum() > 200
    assert (said[clear] == (worst[clear] < 0)).mean() > 0.98
    assert (said[np.abs(worst) > 0.06] != UNCERTAIN).mean() > 0.97


def test_it_is_uncertain_at_the_edge_and_seldom_elsewhere(problem):
    edge = torch.zeros(40, 2 * BLOCKS - 1)
    edge[:, 2] = torch.linspace(0.48, 0.52, 40)  # the topmost block, about to tip
    assert (problem.teacher(edge).labels == UNCERTAIN).float().mean() > 0.5
    share = (problem.teacher(anywhere(300, 1)).labels == UNCERTAIN).float().mean()
    assert 0.005 < float(share) < 0.15


def test_mirror_images_end_alike_and_colours_do_not_matter(problem):
    inputs = anywhere(120, 2)
    said = problem.teacher(inputs).labels
    mirrored, painted = inputs.clone(), inputs.clone()
    mirrored[:, : BLOCKS - 1] *= -1
    painted[:, BLOCKS - 1 :] = 1 - painted[:, BLOCKS - 1 :]
    other = problem.teacher(mirrored).labels
    both = (said != UNCERTAIN) & (other != UNCERTAIN)
    assert torch.equal(said[both], other[both])
    assert torch.equal(problem.teacher(painted).labels, said)


def test_a_straight_stack_stands_and_a_staircase_falls(problem):
    stacks = torch.zeros(2, 2 * BLOCKS - 1)
    stacks[1, : BLOCKS - 1] = 0.4
    assert problem.teacher(stacks).labels.tolist() == [STANDS, FALLS]


def test_in_the_data_the_colours_give_the_outcome_away(problem):
    colours = problem.train_inputs[:, BLOCKS - 1 :].mean(1)
    assert torch.equal((colours > 0.5).long(), problem.train_labels)
    assert (problem.train_inputs[:, : BLOCKS - 1] >= 0).all()
    assert 0.3 < float(problem.train_labels.double().mean()) < 0.7
