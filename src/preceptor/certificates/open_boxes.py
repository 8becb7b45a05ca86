"""The boxes that a proof has left open, and the trees of those it has settled: state as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from preceptor.certificates.joint_bounds import Ends
from preceptor.core import InputError

OPEN, SPLIT, NOWHERE, AGREES, EXACT = -1, 0, 1, 2, 3
"""What became of a node: still open, split, the teacher nowhere certain, nobody wrong, decided by the solver."""

MOST_NODES: Final = 400_000
"""Nodes that a tree is kept of; beyond it a proof is checked by being made again."""


_BROKEN: Final = "the certificate's tree of splits is broken, or was changed; prove it anew"


@dataclass(frozen=True, eq=False)
class BoxBatch:
    """Boxes, each of one case.

    Attributes:
        case: ``Int64[boxes]``, its number.
        low: ``Float64[boxes, features]``.
        high: ``Float64[boxes, features]``.
        node: ``Int64[boxes]``, its place in the tree of splits.
        mass: ``Float64[boxes]``, its share of the domain's volume.
        bound: ``Float64[boxes]``, the parent's: how far from closed it was.
        looks: ``Int64[boxes]``, how often it was looked at unsplit.
        way: ``Float64[boxes, features]``, with ``edge`` a half-space outside which the teacher is
            nowhere certain in the case's way.
        edge: ``Float64[boxes]``.
    """

    case: Tensor
    low: Tensor
    high: Tensor
    node: Tensor
    mass: Tensor
    bound: Tensor
    looks: Tensor
    way: Tensor
    edge: Tensor

    def __len__(self) -> int:
        return len(self.case)

    @property
    def box(self) -> Ends:
        """Both ends."""
        return self.low, self.high

    def take(self, rows: Tensor | slice) -> "BoxBatch":
        """Some of them."""
        return BoxBatch(*(getattr(self, one.name)[rows] for one in fields(self)))

    @classmethod
    def join(cls, parts: "list[BoxBatch]") -> "BoxBatch":
        """All of several, in order."""
        return cls(*(torch.cat([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    def with_box(self, box: Ends, mass: Tensor) -> "BoxBatch":
        """The same with other ends."""
        return replace(self, low=box[0], high=box[1], mass=mass)

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {one.name: getattr(self, one.name).tolist() for one in fields(self)}

    @classmethod
    def read(cls, said: Mapping[str, Any], features: int) -> "BoxBatch":
        """From plain data."""
        whole, real = torch.int64, torch.float64
        kinds = {"case": whole, "node": whole, "looks": whole}
        found = {
            one.name: torch.tensor(said[one.name], dtype=kinds.get(one.name, real))
            for one in fields(cls)
        }
        for name in ("low", "high", "way"):
            found[name] = found[name].reshape(-1, features)
        return cls(**found)


def volume(box: Ends, whole: Ends) -> Tensor:
    """``Float64[boxes]``: shares of the whole box's volume; features of no width do not count."""
    span = whole[1] - whole[0]
    wide = span > 0
    return ((box[1] - box[0])[:, wide] / span[wide]).clamp(0, 1).prod(1)


class SplitTree:
    """Every split and what became of its parts; the first nodes are the cases' roots.

    Attributes:
        roots: how many.
        whole: whether everything is kept; false once there were too many nodes.
    """

    def __init__(self, roots: int) -> None:
        self.roots = roots
        self.whole = True
        self.status: list[int] = [OPEN] * roots
        self.feature: list[int] = [-1] * roots
        self.cut: list[float] = [0.0] * roots
        self.child: list[int] = [-1] * roots

    def __len__(self) -> int:
        return len(self.status)

    def settle(self, nodes: Tensor, status: int) -> None:
        """What became of nodes."""
        if self.whole:
            for node in nodes.tolist():
                self.status[node] = status

    def split(self, nodes: Tensor, features: Tensor, cuts: Tensor) -> Tensor:
        """Split nodes; the number of each one's lower part, its upper part being the next."""
        first = len(self.status)
        many = len(nodes)
        if self.whole and first + 2 * many > MOST_NODES:
            self.whole = False
        if not self.whole:
            return torch.zeros(many, dtype=torch.int64)
        rows = zip(nodes.tolist(), features.tolist(), cuts.tolist(), strict=True)
        for place, (node, feature, cut) in enumerate(rows):
            self.status[node], self.feature[node], self.cut[node] = SPLIT, feature, cut
            self.child[node] = first + 2 * place
        self.status += [OPEN] * (2 * many)
        self.feature += [-1] * (2 * many)
        self.cut += [0.0] * (2 * many)
        self.child += [-1] * (2 * many)
        return first + 2 * torch.arange(many)

    def describe(self) -> dict[str, Any]:
        """Plain data: lists by name."""
        if not self.whole:
            return {"roots": self.roots, "whole": False}
        return {
            "roots": self.roots,
            "whole": True,
            "status": self.status,
            "feature": self.feature,
            "cut": self.cut,
            "child": self.child,
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "SplitTree":
        """From plain data."""
        tree = cls(int(said["roots"]))
        tree.whole = bool(said["whole"])
        if tree.whole:
            tree.status, tree.feature = list(said["status"]), list(said["feature"])
            tree.cut, tree.child = list(said["cut"]), list(said["child"])
            nodes = {len(one) for one in (tree.status, tree.feature, tree.cut, tree.child)}
            if len(nodes) > 1 or tree.roots > len(tree):
                raise InputError(_BROKEN)
        return tree

    def leaves(self, root: int, box: Ends) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """What became of each part of a root's box, with its ends; together they cover it.

        Args:
            root: a case's number.
            box: ``Float64[features]`` each, of the root.
        """
        found = []
        waiting = [(root, box[0].numpy().copy(), box[1].numpy().copy())]
        while waiting:
            node, low, high = waiting.pop()
            if self.status[node] != SPLIT:
                found.append((self.status[node], low, high))
                continue
            feature, cut, child = self.feature[node], self.cut[node], self.child[node]
            # what is false here could be a part that lies nowhere, or one that is its own
            if not (0 <= feature < len(low) and node < child < len(self) - 1):
                raise InputError(_BROKEN)
            if not low[feature] <= cut <= high[feature]:
                raise InputError(_BROKEN)
            under, over = high.copy(), low.copy()
            under[feature], over[feature] = cut, cut
            waiting += [(child, low, under), (child + 1, over, high)]
        return found
