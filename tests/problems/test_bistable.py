"""The cube with two readings: what its teacher sees, and that noise does not change it."""

import numpy as np
import pytest
import torch

from preceptor.core import UNCERTAIN, InputError, generator
from preceptor.problems import bistable
from preceptor.problems.bistable import ABOVE, BELOW, VIEWS, Corners, draw

WANTED = [ABOVE, BELOW, UNCERTAIN, UNCERTAIN]


def batch(side: int, **greys: float) -> torch.Tensor:
    return torch.from_numpy(np.stack([draw(view, side, **greys) for view in VIEWS]))


@pytest.mark.parametrize("side", [48, 72, 105, 260])
@pytest.mark.parametrize("greys", [(0.3, 0.7), (0.0, 1.0), (1.0, 0.0), (0.75, 0.5)])
def test_the_four_views(side: int, greys: tuple[float, float]) -> None:
    inputs = batch(side, stroke=greys[0], ground=greys[1])
    assert Corners(side)(inputs).tolist() == WANTED


def test_noise_changes_no_reading() -> None:
    clean = batch(104)
    for seed in range(10):
        noise = generator(seed, "noise").normal(0, 0.1, clean.shape)
        noisy = (clean + torch.from_numpy(noise)).clamp(0, 1).float()
        assert Corners(104)(noisy).tolist() == WANTED


def test_what_is_no_cube_is_uncertain() -> None:
    inputs = torch.from_numpy(np.random.default_rng(0).random((50, 1, 72, 72), np.float32))
    assert set(Corners(72)(inputs).tolist()) == {UNCERTAIN}
    faint = batch(72, stroke=0.6, ground=0.7)
    assert set(Corners(72)(faint).tolist()) == {UNCERTAIN}
    above = torch.from_numpy(draw("above", 72))[None]
    without = above.clone()
    without[..., :20, :] = 0.7  # the upper outline is wiped out
    assert Corners(72)(above).tolist() == [ABOVE]
    assert Corners(72)(without).tolist() == [UNCERTAIN]


def test_blending_the_readings_passes_through_uncertain() -> None:
    above, below = (torch.from_numpy(draw(view, 72)) for view in ("above", "below"))
    shares = torch.linspace(0, 1, 11)
    said = Corners(72)(torch.stack([(1 - s) * above + s * below for s in shares]))
    assert said[0] == ABOVE
    assert said[-1] == BELOW
    assert said[5] == UNCERTAIN
    kinds = [label for i, label in enumerate(said.tolist()) if i == 0 or label != said[i - 1]]
    assert kinds == [ABOVE, UNCERTAIN, BELOW]


def test_answers_do_not_depend_on_the_batch() -> None:
    problem = bistable(seed=1)
    inputs = problem.probes["views"](40, generator(0, "v"))
    together = problem.teacher(inputs).labels
    alone = torch.cat([problem.teacher(one[None]).labels for one in inputs])
    assert torch.equal(together, alone)


def test_the_data_are_certain_and_the_probes_are_not() -> None:
    problem = bistable(seed=2)
    assert torch.equal(problem.teacher(problem.train_inputs).labels, problem.train_labels)
    assert 0.3 < float(problem.train_labels.double().mean()) < 0.7
    probes = problem.probes["views"](200, generator(0, "v"))
    assert 0.35 < float((problem.teacher(probes).labels == UNCERTAIN).double().mean()) < 0.65
    again = bistable(seed=2)
    assert torch.equal(again.train_inputs, problem.train_inputs)
    assert again.teacher.version == problem.teacher.version


def test_slips_are_answered() -> None:
    with pytest.raises(InputError, match="at least 48 pixels; got 20"):
        draw("above", 20)
