"""What the teacher uses: a set of features (a mask for all inputs), or a subspace."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Domain, InputError, Trainable
from preceptor.core.checks import positive
from preceptor.lessons.losses import alike, draw, nothing
from preceptor.lessons.price import Price, subset_bits


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """Of each input only these features matter: the student sees the others at their middle value.

    Says nothing that a student which looks elsewhere could still get wrong, and nothing of what the
    features mean: where the data do not cover the features' values, it does not suffice.

    Price: one item and log2 C(d, k) bits for k of d features. That there are k is taken to be
    known; sending k too is log2(d + 1) bits more.

    Attributes:
        features: ``Bool[*shape]``, true where a feature matters.
        domain: its bounds give the middle values.
        cost: in the teacher's unit.

    Raises:
        InputError: a mask of another shape than the domain's.
    """

    features: Bool[Tensor, "*shape"]
    domain: Domain
    cost: float = 0.0

    kind: ClassVar[str] = "feature set"

    def __post_init__(self) -> None:
        check_mask(self.features, self.domain, self.kind)

    @property
    def price(self) -> Price:
        """See the class."""
        bits = subset_bits(self.features.numel(), int(self.features.sum()))
        return Price(1, bits, self.cost)

    def view(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """The inputs with all other features at the middle of their range."""
        low, high = (bound.to(inputs) for bound in self.domain.bounds())
        return torch.where(self.features.to(inputs.device), inputs, (low + high) / 2)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:  # noqa: ARG002
        """0: a student that looks through the view obeys."""
        return nothing(student)


@dataclass(frozen=True, eq=False)
class Irrelevant:
    """The same knowledge as a loss: the student's answer stays when the other features change.

    The loss is the mean KL divergence between the student's beliefs at an input and where every
    feature outside the set was drawn anew, uniformly from the domain. Unlike a view it leaves the
    student's form alone, and is obeyed as far as training gets.

    Price: as :class:`FeatureSet`.

    Attributes:
        features: ``Bool[*shape]``, true where a feature matters.
        domain: its bounds are those of the draws.
        inputs: ``Float[examples, *shape]``, unlabelled, where the student has to obey.
        cost: in the teacher's unit.
        weight: of the loss.
        batch: inputs in one step.

    Raises:
        InputError: a mask of another shape than the domain's.
    """

    features: Bool[Tensor, "*shape"]
    domain: Domain
    inputs: Float[Tensor, "examples *shape"]
    cost: float = 0.0
    weight: float = 1.0
    batch: int = 128

    kind: ClassVar[str] = "irrelevant features"

    def __post_init__(self) -> None:
        check_mask(self.features, self.domain, self.kind)
        positive(self.kind, weight=self.weight, batch=self.batch)

    @property
    def price(self) -> Price:
        """See the class."""
        bits = subset_bits(self.features.numel(), int(self.features.sum()))
        return Price(1, bits, self.cost)

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:
        here = self.inputs[draw(len(self.inputs), self.batch, rng)]
        there = torch.where(self.features, here, anywhere(self.domain, len(here), rng))
        return self.weight * alike(student(here), student(there))


@dataclass(frozen=True, eq=False)
class Subspace:
    """Only the part of an input in a subspace matters: the student sees its projection.

    Price: one item and k (d - k) numbers of ``precision`` bits: as many numbers as the set of
    k-dimensional subspaces of d dimensions has. Where labels of half-spaces would do, that is no
    cheaper than asking.

    Attributes:
        basis: ``Float[k, d]``, rows that span the subspace; rounded to ``precision`` here.
        middle: ``Float[*shape]``, the point through which it goes.
        precision: bits of each number, its sign included: a whole share of the largest one.
        cost: in the teacher's unit.

    Raises:
        InputError: a basis that does not fit, or whose rows depend on one another.
    """

    basis: Float[Tensor, "k d"]
    middle: Float[Tensor, "*shape"]
    precision: int = 8
    cost: float = 0.0
    _rows: Tensor = field(init=False, repr=False)

    kind: ClassVar[str] = "subspace"

    def __post_init__(self) -> None:
        k, d = self.basis.shape
        if d != self.middle.numel() or not 0 < k <= d:
            raise InputError(
                f"a subspace of inputs of shape {tuple(self.middle.shape)} needs a basis [k, "
                f"{self.middle.numel()}]; got {tuple(self.basis.shape)}"
            )
        if not 2 <= self.precision <= 24:
            raise InputError(f"subspace: precision is 2 to 24 bits; got {self.precision}")
        levels = float(2 ** (self.precision - 1) - 1)
        largest = self.basis.abs().max()
        rounded = (self.basis / largest * levels).round() / levels * largest
        if int(torch.linalg.matrix_rank(rounded.double())) < k:
            raise InputError(
                "the rows of a subspace's basis, rounded, depend on one another; drop some, or give "
                "more precision"
            )
        object.__setattr__(self, "basis", rounded)
        object.__setattr__(self, "_rows", torch.linalg.qr(rounded.double().T).Q.T.float())

    @property
    def price(self) -> Price:
        """See the class."""
        k, d = self.basis.shape
        return Price(1, float(self.precision * k * (d - k)), self.cost)

    def view(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        """The inputs' orthogonal projections; they may leave the domain."""
        rows, middle = self._rows.to(inputs), self.middle.to(inputs)
        flat = (inputs - middle).flatten(1) @ rows.T @ rows
        return flat.reshape(inputs.shape) + middle

    def loss(self, student: Trainable, rng: np.random.Generator) -> Float[Tensor, ""]:  # noqa: ARG002
        """0: a student that looks through the view obeys."""
        return nothing(student)


def anywhere(domain: Domain, batch: int, rng: np.random.Generator) -> Tensor:
    """``Float[batch, *shape]``, uniform in the domain's bounds."""
    low, high = domain.bounds()
    unit = torch.from_numpy(rng.random((batch, *domain.shape), dtype=np.float32))
    return low + (high - low) * unit


def check_mask(mask: Tensor, domain: Domain, what: str) -> None:
    """Check that a mask fits the domain and leaves something out and something in.

    Raises:
        InputError: it does not.
    """
    if tuple(mask.shape) != domain.shape:
        raise InputError(
            f"{what}: the mask has shape {tuple(mask.shape)}; inputs have {domain.shape}"
        )
    if not 0 < int(mask.sum()) <= math.prod(domain.shape):
        raise InputError(f"{what}: the mask keeps nothing; mark what matters with True")
