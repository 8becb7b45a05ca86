"""A scikit-learn estimator as a student."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import InputError
from preceptor.students.logits import FLOOR, check_classes, log_probabilities, plain_decisions


class SklearnStudent:
    """A fitted scikit-learn classifier, or anything with its methods. Not differentiable.

    Logits are the logarithms of ``predict_proba``, floored at 1e-12; without that method the
    values of ``decision_function``; without both, one for the predicted class. Decisions are always
    those of ``predict``: where it differs from the top logit, as with a threshold that was tuned or
    with ``SVC(probability=True)``, the two logits change places. Inputs are flattened and passed
    as float64.

    Args:
        estimator: fitted.
        labels: from each of ``estimator.classes_`` to the label it stands for. Not needed if
            these are whole numbers from 0.
        classes: the number of classes, if it is more than the estimator has seen; the unseen
            ones get the least probability.
        name: as it stands in the record; the estimator's class unless given.

    Raises:
        InputError: not a fitted classifier, or classes that are no labels.
    """

    def __init__(
        self,
        estimator: Any,
        *,
        labels: Mapping[Any, int] | None = None,
        classes: int | None = None,
        name: str | None = None,
    ) -> None:
        self.name = name if name is not None else type(estimator).__name__
        seen = getattr(estimator, "classes_", None)
        if seen is None or isinstance(seen, list):
            raise InputError(
                f"student {self.name!r} has no classes_ of one output: expected a classifier "
                "that has been fitted on one column of labels"
            )
        self.estimator = estimator
        self.columns = self._columns(np.asarray(seen).tolist(), labels)
        self.classes = check_classes(classes or max(self.columns) + 1, self.name)
        if sorted(set(self.columns)) != sorted(self.columns) or max(self.columns) >= self.classes:
            raise InputError(
                f"the classes of student {self.name!r} stand for labels {self.columns}; expected "
                f"different ones in 0 .. {self.classes - 1}"
            )
        if classes is None and len(self.columns) != self.classes:
            raise InputError(
                f"student {self.name!r} knows only the labels {self.columns}; say classes= if "
                "there are others that it never saw"
            )
        self.differentiable = False
        self.device = torch.device("cpu")

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """Logits.

        Raises:
            InputError: the estimator refuses the inputs.
        """
        if len(inputs) == 0:
            return torch.zeros(0, self.classes)
        rows = inputs.detach().cpu().flatten(1).numpy().astype(np.float64)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "X does not have valid feature names")
                return self._spread(self._logits(rows))
        except ValueError as error:
            raise InputError(
                f"student {self.name!r} refuses inputs of shape {tuple(inputs.shape)}, flattened "
                f"to {rows.shape}: {error}"
            ) from error

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """As ``predict`` decided; ``BROKEN`` where the logits are not finite."""
        return plain_decisions(logits)

    def _columns(self, seen: list[Any], labels: Mapping[Any, int] | None) -> list[int]:
        """The label that each of the estimator's classes stands for."""
        if labels is not None:
            absent = [known for known in seen if known not in labels]
            if absent:
                raise InputError(f"labels= lacks {absent} of the classes of {self.name!r}")
            return [int(labels[known]) for known in seen]
        if all(isinstance(known, int) and known >= 0 for known in seen):
            return [int(known) for known in seen]
        raise InputError(
            f"student {self.name!r} has the classes {seen[:12]}; expected whole numbers from 0. "
            "Say what they stand for with labels={class: label}."
        )

    def _logits(self, rows: np.ndarray) -> Tensor:
        """``Float32[batch, len(columns)]``, with the predicted class on top."""
        said = np.asarray(self.estimator.predict(rows))
        hits = torch.as_tensor(said[:, None] == np.asarray(self.estimator.classes_)[None, :])
        beliefs = self._beliefs(rows)
        if beliefs is None:
            return hits.float()
        logits = beliefs.float()
        predicted, top = hits.int().argmax(1), logits.argmax(1)
        each = (predicted != top).nonzero()[:, 0]
        highest = logits[each, top[each]]
        logits[each, top[each]] = logits[each, predicted[each]]
        logits[each, predicted[each]] = highest.nextafter(torch.tensor(torch.inf))
        return logits

    def _beliefs(self, rows: np.ndarray) -> Tensor | None:
        """``[batch, len(columns)]`` by the best method that the estimator has."""
        many = len(self.columns)
        probabilities = getattr(self.estimator, "predict_proba", None)
        if probabilities is not None:
            return log_probabilities(torch.as_tensor(np.asarray(probabilities(rows))))
        scores = getattr(self.estimator, "decision_function", None)
        pairwise = getattr(self.estimator, "decision_function_shape", None) == "ovo"
        if scores is None or (pairwise and many > 2):
            return None
        values = torch.as_tensor(np.asarray(scores(rows)))
        if values.ndim == 1 and many == 2:
            return torch.stack([-values / 2, values / 2], dim=1)
        return values if values.shape == (len(rows), many) else None

    def _spread(self, logits: Tensor) -> Tensor:
        """From the estimator's columns to the labels they stand for."""
        if len(self.columns) == self.classes:
            spread = torch.empty(len(logits), self.classes)
        else:
            unseen = logits.amin(1, keepdim=True).clamp_max(float(np.log(FLOOR)))
            spread = unseen.float().repeat(1, self.classes)
        spread[:, self.columns] = logits
        return spread

    def __repr__(self) -> str:
        return f"SklearnStudent({self.name!r}, classes={self.classes})"
