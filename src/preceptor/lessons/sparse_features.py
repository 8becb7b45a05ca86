"""Few features matter, as a penalty on the first layer: the group lasso."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from preceptor.core import InputError, Trainable
from preceptor.core.checks import at_least, positive
from preceptor.lessons.price import Price


@dataclass(frozen=True, eq=False)
class SparseFeatures:
    """Few features matter; nobody says which. Assumed, so it costs nothing.

    The loss is the group lasso of Yuan and Lin (2006) on the first layer, with a group for each
    feature, as Scardapane et al. (2017, *Group sparse regularization for deep neural networks*) do:
    ``weight`` times the sum over features of the norm of the weights that leave it. A network of
    rectifiers can lower that without giving up a feature, by smaller weights there and larger ones
    behind; therefore the squares of all later weights are added, times ``later``. Gradients, no
    proximal steps: what does not matter becomes small, not exactly zero.

    Attributes:
        weight: of the sum of norms.
        later: of the squares of the later layers' weights, in units of ``weight``.

    Raises:
        InputError: a weight that is not above 0; when used, a student whose first layer with weights
            is not linear.
    """

    weight: float
    later: float = 0.1

    kind: ClassVar[str] = "sparse features"
    assumed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self.kind, weight=self.weight)
        at_least(0.0, self.kind, later=self.later)

    @property
    def price(self) -> Price:
        """Nothing: nobody was asked."""
        return Price()

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:  # noqa: ARG002
        first, *others = weight_layers(student)
        # the square root has no slope at 0, where a group may well end
        sizes = (first.square().sum(0) + 1e-12).sqrt()
        more = sum((weights.square().sum() for weights in others), torch.zeros_like(sizes[0]))
        return self.weight * (sizes.sum() + self.later * more)


def weight_layers(student: Trainable) -> Sequence[Tensor]:
    """The weights of a student's layers, in the order in which its modules stand, the first one's
    ``Float[units, features]``.

    Raises:
        InputError: the first layer with weights is not linear.
    """
    layers = [(one, getattr(one, "weight", None)) for one in student.module.modules()]
    weights = [
        (one, weight)
        for one, weight in layers
        if isinstance(weight, nn.Parameter) and weight.ndim > 1
    ]
    if not weights or not isinstance(weights[0][0], nn.Linear):
        there = type(weights[0][0]).__name__ if weights else "no layer with weights"
        raise InputError(
            f"student {student.name!r} begins with {there}; the group lasso needs a linear first layer, "
            "whose weights belong to one feature each"
        )
    return [weight for _, weight in weights]
