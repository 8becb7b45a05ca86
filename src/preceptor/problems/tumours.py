"""The tabular problem: breast tumours, with a rule on three of the thirty features as the teacher.

The rule is ours and plain on purpose: it is a teacher of known truth, not medical advice. What
the student may use beyond its three features, the teacher cannot perceive.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError
from preceptor.core.extras import install
from preceptor.problems.problem import Problem
from preceptor.teachers import LinearCase, Rule

MALIGNANT, BENIGN = 0, 1

MARKS = {
    "worst radius": (15.5, 17.5),
    "worst concave points": (0.12, 0.15),
    "worst texture": (24.0, 27.0),
}
"""Below the first value a mark is low, above the second it is high, in the data's own units."""


@dataclass(frozen=True, eq=False)
class ThreeMarks:
    """Malignant where two marks or more are high; benign where two or more are low and none high.

    Attributes:
        columns: ``Int64[3]``, where the marks stand.
        low: ``Float[3]``, in scaled units.
        high: ``Float[3]``.
    """

    columns: Tensor
    low: Tensor
    high: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, features]``."""
        marks = inputs[:, self.columns]
        high, low = (marks >= self.high).sum(1), (marks <= self.low).sum(1)
        benign = torch.where((low >= 2) & (high == 0), BENIGN, UNCERTAIN)
        return torch.where(high >= 2, MALIGNANT, benign)

    def cases(self, features: int) -> Sequence[LinearCase]:
        """For each label and each pair of marks one part, for certificates."""
        away = torch.eye(features, dtype=torch.float64)[self.columns]
        low, high = self.low.double(), self.high.double()
        found = []
        for one, other in ((0, 1), (0, 2), (1, 2)):
            pair = [one, other]
            third = [3 - one - other]
            found.append(LinearCase(MALIGNANT, away[pair], -high[pair]))
            rows = torch.cat([-away[pair], -away[third]])
            found.append(LinearCase(BENIGN, rows, torch.cat([low[pair], high[third]])))
        return found


def tumours() -> Problem:
    """scikit-learn's breast cancer table: 30 features, 369 examples for training, 200 held out.

    Every feature is given as a share of 1.2 times the greatest value in the training part, so that
    the domain is [0, 1] and one eps means about the same for each.

    Raises:
        InputError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_breast_cancer
    except ImportError as error:
        raise InputError(
            f"the tumours problem needs scikit-learn, which is not installed: {install('problems')}"
        ) from error
    bunch = load_breast_cancer()
    order = np.random.default_rng(20210211).permutation(len(bunch.data))
    train, held = order[:369], order[369:]
    scale = 1.2 * bunch.data[train].max(0)
    table = torch.tensor((bunch.data / scale).clip(0, 1), dtype=torch.float32)
    truth = torch.tensor(bunch.target, dtype=torch.int64)
    names = tuple(str(name) for name in bunch.feature_names)
    columns = [names.index(mark) for mark in MARKS]
    bands = np.array(list(MARKS.values())) / scale[columns, None]
    rule = ThreeMarks(
        torch.tensor(columns),
        torch.tensor(bands[:, 0], dtype=torch.float32),
        torch.tensor(bands[:, 1], dtype=torch.float32),
    )
    words = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in MARKS.items())
    teacher = Rule(
        rule,
        name="tumours-three-marks",
        classes=2,
        certainty="Certain where two of three marks are high (malignant), or two are low and none "
        f"is high (benign); between low and high lie: {words}.",
    )
    return Problem(
        name="tumours",
        about="scikit-learn's 569 breast tumours, 30 features scaled to [0, 1] (369 for training, "
        "200 held out), and a rule on three of the features that is uncertain in between.",
        source=ArraySource(
            table[torch.from_numpy(held)],
            Domain((30,), names=names),
            tuple(str(i) for i in held.tolist()),
            "tumours",
        ),
        labels=truth[torch.from_numpy(held)],
        train_inputs=table[torch.from_numpy(train)],
        train_labels=truth[torch.from_numpy(train)],
        teacher=teacher,
        classes=("malignant", "benign"),
    )
