"""What may be declared beside the library of transformations, and what a declaration costs."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng
from preceptor.lessons.price import subset_bits
from preceptor.transforms import Patch, Resample, Transform, code_length, full_length
from preceptor.transforms.hypotheses import NUMBER, outside_bits


@dataclass(frozen=True, eq=False)
class Permute:
    """Features of one group may change places: each group is shuffled where the amount is not 0.

    Attributes:
        groups: ``Int64[features]``, for vectors: the group of each feature; -1 stays in its place.

    Calling it raises:
        InputError: the domain holds vectors of another length, or no vectors.
    """

    groups: Int64[Tensor, " features"] = field(repr=False)

    kind: ClassVar[str] = "permute"
    dims: ClassVar[int] = 1
    images_only: ClassVar[bool] = False
    name: ClassVar[str] = "permute"

    @property
    def count(self) -> int:
        """How many groups there are."""
        return int(self.groups.max()) + 1

    def __call__(
        self,
        inputs: Float[Tensor, "batch *shape"],
        amounts: Float[Tensor, "batch dims"],
        *,
        domain: Domain,
        rng: ItemRng,
    ) -> Float[Tensor, "batch *shape"]:
        if domain.shape != tuple(self.groups.shape):
            raise InputError(
                f"permute: groups of {len(self.groups)} features for inputs of {domain.shape}"
            )
        keys = rng.uniform(inputs.shape[1:]).to(inputs.device)
        places = torch.arange(inputs.shape[1], device=inputs.device).repeat(len(inputs), 1)
        for group in range(self.count):
            there = (self.groups == group).nonzero()[:, 0].to(inputs.device)
            places[:, there] = there[keys[:, there].argsort(1)]
        shuffled = inputs.gather(1, places)
        return torch.where((amounts != 0).to(inputs.device), shuffled, inputs)


def declaration_bits(transform: Transform, domain: Domain) -> float:
    """What it costs to declare an invariance, for inputs of a domain.

    A member of the library costs its code length in it (:mod:`preceptor.transforms.hypotheses`): which
    kind, and which of that kind's members. All else costs that it is none, and its full description: of
    a region how many of d coordinates, log2(d + 1), and which, log2 C(d, k); of groups of features that
    may change places how many, and log2(groups + 1) a feature; of a range that is on no grid which
    kind and 32 bits a number.
    """
    known = code_length(transform, domain)
    if known is not None:
        return known
    if isinstance(transform, Patch | Resample):
        size = transform.mask.numel()
        value = NUMBER if isinstance(transform, Patch) else 0
        which = math.log2(size + 1) + subset_bits(size, int(transform.mask.sum()))
        return outside_bits(domain) + which + value
    if isinstance(transform, Permute):
        features = len(transform.groups)
        return (
            outside_bits(domain)
            + math.log2(features + 1)
            + features * math.log2(transform.count + 1)
        )
    return full_length(transform, domain)
