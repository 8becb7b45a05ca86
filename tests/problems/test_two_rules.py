"""Two rules hold together on the data; the teacher follows one of them."""

import pytest
import torch

from preceptor.core import UNCERTAIN
from preceptor.problems import Problem, two_rules
from preceptor.problems.two_rules import CORNERS, PALETTE, SIDE, TOPS


@pytest.fixture(scope="module")
def problem() -> Problem:
    return two_rules()


def colours(grids: torch.Tensor, cells: tuple[tuple[int, int], ...]) -> torch.Tensor:
    """The nearest colours of some cells, ``[batch, cells]``."""
    rows, columns = zip(*cells, strict=True)
    found = grids[:, :, list(rows), list(columns)].transpose(1, 2)
    return (found[:, :, None] - PALETTE).norm(dim=3).argmin(2)


def rules(grids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    corners, tops = colours(grids, CORNERS), colours(grids, TOPS)
    same = (corners == corners[:, :1]).all(1)
    one, two, three = tops.unbind(1)
    return same, (one != two) & (two != three) & (one != three)


def test_both_rules_hold_or_neither(problem):
    for grids, labels in (
        (problem.train_inputs, problem.train_labels),
        (problem.source.read(0, 500), problem.labels),
    ):
        same, different = rules(grids)
        assert torch.equal(same, labels == 1)
        assert torch.equal(different, labels == 1)
    assert 0.45 < float(problem.train_labels.double().mean()) < 0.55


def test_the_teacher_looks_at_corners_only(problem):
    grids = problem.source.read(0, 200).clone()
    said = problem.teacher(grids).labels
    rest = torch.ones(SIDE, SIDE, dtype=torch.bool)
    for row, column in CORNERS:
        rest[row, column] = False
    grids[:, :, rest] = torch.rand(200, 3, int(rest.sum()))
    assert torch.equal(problem.teacher(grids).labels, said)
    assert torch.equal(said, problem.labels[:200])


def test_where_the_rules_part_the_teacher_follows_the_corners(problem):
    generator = torch.Generator().manual_seed(0)
    grids = PALETTE[torch.randint(4, (4000, SIDE, SIDE), generator=generator)].permute(0, 3, 1, 2)
    same, different = rules(grids)
    said = problem.teacher(grids).labels
    part = same != different
    assert part.sum() > 500
    assert torch.equal(said[part] == 1, same[part])


def test_a_corner_without_a_colour_is_uncertain(problem):
    grids = problem.source.read(0, 20).clone()
    grids[:, :, 0, 0] = 0.5
    assert (problem.teacher(grids).labels == UNCERTAIN).all()
