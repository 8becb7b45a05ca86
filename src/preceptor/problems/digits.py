"""The quick problem: scikit-learn's 8x8 digits with a nearest-neighbour rule as the teacher."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError
from preceptor.core.extras import install
from preceptor.problems.problem import Problem, as_images
from preceptor.teachers import Rule

NEIGHBOURS = 5
REACH = 1.7
"""Farthest l_2 distance at which the nearest known digit still says something. Of the held-out
digits 99 % lie nearer; random pictures and blank ones do not."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Certain where the five nearest known digits carry one label and the nearest is near.

    Attributes:
        inputs: ``Float32[known, pixels]``.
        labels: ``Int64[known]``.
    """

    inputs: Tensor
    labels: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, *shape]``."""
        # without the matrix trick, whose rounding depends on the batch
        gaps = torch.cdist(
            inputs.flatten(1), self.inputs, compute_mode="donot_use_mm_for_euclid_dist"
        )
        nearest = gaps.topk(NEIGHBOURS, dim=1, largest=False)
        said = self.labels[nearest.indices]
        certain = (said == said[:, :1]).all(1) & (nearest.values[:, 0] <= REACH)
        return torch.where(certain, said[:, 0], UNCERTAIN)


def digits() -> Problem:
    """scikit-learn's digits, 8x8, values from 0 to 1 (1,300 for training, 497 held out).

    Raises:
        InputError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise InputError(
            f"the digits problem needs scikit-learn, which is not installed: {install('problems')}"
        ) from error
    bunch = load_digits()
    images = as_images(torch.from_numpy(bunch.data), 8, 16.0)
    truth = torch.from_numpy(bunch.target).to(torch.int64)
    order = torch.from_numpy(np.random.default_rng(20210211).permutation(len(images)))
    train, held = order[:1300], order[1300:]
    rule = Neighbours(images[train].flatten(1), truth[train])
    teacher = Rule(
        rule,
        name="digits-neighbours",
        classes=10,
        certainty=f"Certain where the {NEIGHBOURS} nearest of 1,300 known digits carry one label "
        f"and the nearest lies within an l_2 distance of {REACH:g}.",
    )
    return Problem(
        name="digits",
        about="scikit-learn's 1,797 digits, 8x8 (1,300 for training, 497 held out), and a rule: "
        "the five nearest known digits must agree and be near.",
        source=ArraySource(
            images[held], Domain((1, 8, 8)), tuple(str(i) for i in held.tolist()), "digits"
        ),
        labels=truth[held],
        train_inputs=images[train],
        train_labels=truth[train],
        teacher=teacher,
        classes=tuple("0123456789"),
    )
