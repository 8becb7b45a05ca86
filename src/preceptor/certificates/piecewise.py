"""A piecewise-linear network in float64: affine maps with rectifiers in between.

Everything that certificates compute, they compute of this form. A layer may rectify some of its outputs
and hand on the others as they are, so that residual sums and maxima need no form of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

ROUNDOFF = 2.0**-53
"""Of float64."""


@dataclass(frozen=True, eq=False)
class PiecewiseNet:
    """``x -> W_L r(... r(W_1 x + b_1) ...) + b_L``, where ``r`` rectifies the marked outputs.

    Attributes:
        weights: ``Float64[out, in]`` of each layer.
        biases: ``Float64[out]`` of each layer.
        rectified: ``Bool[out]`` of each layer: which outputs a rectifier follows. None of the last.
        merged: whether some layer is several operations of the module in one, such as a convolution
            with the normalisation behind it.
        ending: what was left out behind it: ``softmax``, ``logsoftmax``, ``sigmoid`` or nothing.
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    rectified: tuple[Tensor, ...]
    merged: bool = False
    ending: str = ""

    @property
    def features(self) -> int:
        """Inputs."""
        return int(self.weights[0].shape[1])

    @property
    def outputs(self) -> int:
        """Outputs."""
        return int(self.weights[-1].shape[0])

    @property
    def depth(self) -> int:
        """Layers."""
        return len(self.weights)

    def __call__(self, inputs: Tensor) -> Tensor:
        """``Float64[batch, outputs]`` of ``Float64[batch, features]``; gradients pass."""
        found = inputs
        for weight, bias, marked in zip(self.weights, self.biases, self.rectified, strict=True):
            found = found @ weight.T + bias
            if bool(marked.any()):
                found = torch.where(marked, found.clamp_min(0), found)
        return found

    def then(self, weight: Tensor, bias: Tensor) -> "PiecewiseNet":
        """This network with an affine map of its outputs behind it.

        Args:
            weight: ``Float64[new, outputs]``.
            bias: ``Float64[new]``.
        """
        return PiecewiseNet(
            (*self.weights[:-1], weight @ self.weights[-1]),
            (*self.biases[:-1], weight @ self.biases[-1] + bias),
            (*self.rectified[:-1], torch.zeros(len(bias), dtype=torch.bool)),
            self.merged,
            self.ending,
        )

    def magnitudes(self, most: Tensor) -> list[Tensor]:
        """For each layer, ``Float64[out]``: a bound on the size of every term that is summed on the way.

        Args:
            most: ``Float64[features]``, the greatest size of each input.
        """
        found, sizes = most, []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            found = weight.abs() @ found + bias.abs()
            sizes.append(found)
        return sizes

    def slacks(self, most: Tensor) -> list[Tensor]:
        """For each layer, ``Float64[out]``: by how much a computed bound may be off by rounding.

        Back-substitution sums, in some order, terms whose sizes sum to at most :meth:`magnitudes`
        times the number of layers; the error of such a sum is at most its number of terms times the
        unit roundoff times that (Higham 2002, section 3.1). Taken four times.
        """
        terms = sum(max(weight.shape) for weight in self.weights) + 8
        factor = 4 * terms * ROUNDOFF * (1 + self.depth)
        return [factor * size for size in self.magnitudes(most)]


def affine(weight: Tensor, bias: Tensor) -> PiecewiseNet:
    """One affine map as a network."""
    none = torch.zeros(len(bias), dtype=torch.bool)
    return PiecewiseNet((weight.double(),), (bias.double(),), (none,))


def dense(
    weights: Sequence[Tensor], biases: Sequence[Tensor], *, merged: bool = False
) -> PiecewiseNet:
    """Affine maps with a rectifier behind each but the last."""
    last = len(weights) - 1
    return PiecewiseNet(
        tuple(weight.double() for weight in weights),
        tuple(bias.double() for bias in biases),
        tuple(torch.full((len(bias),), i < last) for i, bias in enumerate(biases)),
        merged,
    )
