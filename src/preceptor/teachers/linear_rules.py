"""Rules whose certain set is a union of polyhedra, and which can say so.

Each is a function for :class:`preceptor.teachers.Rule`. Where it is certain of a label it says by
:meth:`LinearLaw.cases`, in linear inequalities, so that a certificate can be about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from preceptor.core import UNCERTAIN, InputError


@dataclass(frozen=True, eq=False)
class LinearCase:
    """Certain of a label wherever ``rows @ x + offsets >= 0`` in every row.

    Attributes:
        label: of which.
        rows: ``Float64[conditions, features]``; may be empty, for everywhere.
        offsets: ``Float64[conditions]``.
    """

    label: int
    rows: Float64[Tensor, "conditions features"]
    offsets: Float64[Tensor, " conditions"]


@runtime_checkable
class LinearLaw(Protocol):
    """A function from a batch to labels that is certain on polyhedra."""

    def cases(self, features: int) -> Sequence[LinearCase]:
        """All of them: uncertain wherever none holds. On their borders it may be either.

        Args:
            features: of one input, flattened.
        """
        ...


@dataclass(frozen=True, eq=False)
class Polyhedra:
    """Certain of a label in its polyhedra; uncertain elsewhere, and where two labels meet.

    Attributes:
        parts: the polyhedra.
    """

    parts: Sequence[LinearCase]

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Int64[Tensor, " batch"]:
        """Labels, computed in float64, item by item so that the batch does not matter."""
        flat = inputs.flatten(1).double()
        said = torch.full((len(flat),), UNCERTAIN)
        clash = torch.zeros(len(flat), dtype=torch.bool)
        for part in self.parts:
            inside = torch.ones(len(flat), dtype=torch.bool)
            for row, offset in zip(part.rows, part.offsets, strict=True):
                inside &= (flat * row).sum(1) + offset >= 0
            clash |= inside & (said != UNCERTAIN) & (said != part.label)
            said[inside] = part.label
        return torch.where(clash, UNCERTAIN, said)

    def cases(self, features: int) -> Sequence[LinearCase]:
        """The polyhedra.

        Raises:
            InputError: they are about another number of features.
        """
        if any(part.rows.shape[1] != features for part in self.parts):
            said = self.parts[0].rows.shape[1]
            raise InputError(f"the polyhedra are of {said} features, the inputs of {features}")
        return self.parts


def half_spaces(
    normals: Float[Tensor, "planes features"],
    offsets: Float[Tensor, " planes"],
    labels: Sequence[tuple[int, int]],
    band: float = 0.0,
) -> Polyhedra:
    """For each plane a label on either side of it, uncertain within ``band`` of ``n x = offset``.

    Args:
        normals: of the planes; of any length, in whose units the band is.
        offsets: of the planes.
        labels: for each plane, what is said below and above it; -1 for nothing.
        band: at least 0.

    Raises:
        InputError: different numbers of them, or a negative band.
    """
    if band < 0 or not len(normals) == len(offsets) == len(labels):
        raise InputError(
            f"half_spaces: {len(normals)} normals, {len(offsets)} offsets, {len(labels)} pairs of labels "
            f"and band={band}; expected as many of each, and a band of at least 0"
        )
    parts = []
    for normal, offset, (below, above) in zip(
        normals.double(), offsets.double(), labels, strict=True
    ):
        for label, sign in ((below, -1.0), (above, 1.0)):
            if label != UNCERTAIN:
                edge = -sign * offset - band
                parts.append(LinearCase(label, sign * normal[None], edge[None]))
    return Polyhedra(parts)


@dataclass(frozen=True, eq=False)
class NearestPrototypes:
    """Certain where every prototype of another label is farther by enough than one of this label.

    Attributes:
        points: ``Float64[prototypes, features]``.
        labels: ``Int64[prototypes]``.
        lead: the least difference of the squared l_2 distances, at least 0.

    Raises:
        InputError: prototypes of fewer than two labels, a negative lead, or shapes that clash.
    """

    points: Tensor
    labels: Tensor
    lead: float = 0.0

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.labels.shape != self.points.shape[:1]:
            raise InputError(
                f"NearestPrototypes: points of shape {tuple(self.points.shape)} and labels of shape "
                f"{tuple(self.labels.shape)}; expected [prototypes, features] and [prototypes]"
            )
        if len(set(self.labels.tolist())) < 2 or self.lead < 0:
            raise InputError("NearestPrototypes: expected at least two labels, and lead >= 0")

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Int64[Tensor, " batch"]:
        """Labels, computed in float64."""
        flat = inputs.flatten(1).double()
        away = torch.stack([(flat - point).square().sum(1) for point in self.points.double()], 1)
        nearest = away.argmin(1)
        label = self.labels[nearest]
        other = self.labels[None] != label[:, None]
        rival = torch.where(other, away, torch.inf).amin(1)
        sure = rival - away.gather(1, nearest[:, None])[:, 0] >= self.lead
        return torch.where(sure, label, UNCERTAIN)

    def cases(self, features: int) -> Sequence[LinearCase]:
        """For each prototype, where all of other labels are farther: linear, since squares cancel.

        Raises:
            InputError: inputs of another number of features.
        """
        if self.points.shape[1] != features:
            raise InputError(
                f"the prototypes have {self.points.shape[1]} features, the inputs {features}"
            )
        points = self.points.double()
        squares = points.square().sum(1)
        parts = []
        for point, square, label in zip(points, squares, self.labels.tolist(), strict=True):
            others = self.labels != label
            rows = 2 * (point - points[others])
            parts.append(LinearCase(label, rows, squares[others] - square - self.lead))
        return parts


def tree_cases(
    tree: Any, labels: Sequence[int], least: float = 0.0, band: float = 0.0
) -> list[LinearCase]:
    """The leaves of a fitted scikit-learn decision tree that are certain of a label.

    Args:
        tree: ``estimator.tree_`` of one output.
        labels: of the estimator's classes, in their order.
        least: a leaf counts whose greatest share is at least so much.
        band: leaves are smaller by so much at every threshold.
    """
    parts: list[LinearCase] = []
    features = int(tree.n_features)

    def walk(node: int, rows: list[Tensor], offsets: list[float]) -> None:
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left < 0:
            shares = np.asarray(tree.value[node][0], dtype=np.float64)
            shares = shares / shares.sum()
            if shares.max() >= least:
                held = torch.stack(rows) if rows else torch.zeros(0, features)
                edge = torch.tensor(offsets, dtype=torch.float64)
                parts.append(LinearCase(labels[int(shares.argmax())], held.double(), edge))
            return
        way = torch.zeros(features, dtype=torch.float64)
        way[int(tree.feature[node])] = 1.0
        limit = float(tree.threshold[node])
        walk(left, [*rows, -way], [*offsets, limit - band])
        walk(right, [*rows, way], [*offsets, -limit - band])

    walk(0, [], [])
    return parts


def tree_rule(estimator: Any, *, least: float = 0.0, band: float = 0.0) -> Polyhedra:
    """A fitted ``DecisionTreeClassifier`` as a rule that is uncertain near its thresholds.

    Args:
        estimator: fitted, with whole numbers from 0 as classes.
        least: certain only in leaves whose greatest share is at least so much.
        band: and only so far from every threshold on the way to the leaf.

    Raises:
        InputError: no such tree.
    """
    tree, classes = getattr(estimator, "tree_", None), getattr(estimator, "classes_", None)
    if tree is None or classes is None or tree.n_outputs != 1:
        raise InputError(
            f"tree_rule: a {type(estimator).__name__} is no fitted DecisionTreeClassifier of one output"
        )
    labels = [int(one) for one in np.asarray(classes).tolist()]
    return Polyhedra(tree_cases(tree, labels, least, band))
