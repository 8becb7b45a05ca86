"""A probe family: a name, what it draws in one sentence, and how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Domain, InputError, ItemRng, Source
from preceptor.probes.unit import Unit, from_unit, sample, to_unit

Kind = Literal["any", "image", "vector"]
"""Which inputs a family is for."""

Maker = Callable[[Unit], Tensor]
"""Data and streams to probes ``Float[batch, *shape]``, on a scale from 0 to 1."""


BLOCK: Final = 32
"""Probes are made so many at a time, always the same ones together: arithmetic on other batches
differs in the last bit, and would make other questions of them."""


@dataclass(frozen=True)
class ProbeFamily:
    """A named distribution of inputs, made from data inputs (never labels) or from nothing.

    Attributes:
        name: fixed for good: results are compared by it.
        says: what it draws, in one sentence; every number that defines it stands there.
        kind: which inputs it is for: ``image``, ``vector`` or ``any``.
        make: draws a batch; each probe from its own stream alone.
    """

    name: str
    says: str
    kind: Kind
    make: Maker

    def suits(self, domain: Domain) -> bool:
        """Whether it can make inputs of this domain."""
        if self.kind == "any":
            return True
        return domain.is_image == (self.kind == "image")

    def source(self, data: Source, n: int, *, seed: int = 0) -> "ProbeSource":
        """``n`` probes made from ``data``; the first of ``n`` are the first of any more.

        Raises:
            InputError: fewer than one, no data, or inputs of a kind that it cannot make.
        """
        if n < 1:
            raise InputError(f"probe family {self.name!r}: n={n}; expected at least 1")
        if not self.suits(data.domain):
            raise InputError(
                f"probe family {self.name!r} makes inputs of kind {self.kind!r}; {data.name} holds "
                f"inputs of shape {data.domain.shape}. families(domain) lists those that fit."
            )
        ids = tuple(f"{self.name}-{i}" for i in range(n))
        pool = sample(data, seed)
        return ProbeSource(self, data.domain, ids, pool, to_unit(pool, data.domain), seed)


@dataclass(frozen=True, eq=False)
class ProbeSource:
    """Probes of one family as a source: the same seed gives the same, whatever is read at once.

    Attributes:
        family: what is drawn.
        domain: the data's.
        ids: ``<family>-0`` and so on.
        pool: ``Float[pool, *shape]``, the items of the data that it is made from.
        scaled: ``Float[pool, *shape]``, the same on a scale from 0 to 1.
        seed: of every stream.
    """

    family: ProbeFamily
    domain: Domain
    ids: Sequence[str]
    pool: Tensor
    scaled: Tensor
    seed: int

    @property
    def name(self) -> str:
        """The family's."""
        return self.family.name

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, start: int, stop: int) -> Float[Tensor, "batch *shape"]:
        """Probes ``start .. stop - 1`` as float32 on the CPU, valid in the domain.

        Values that the domain holds fixed are those of an item of the data.
        """
        stop = min(stop, len(self))
        if stop <= start:
            return torch.empty(0, *self.domain.shape)
        first = start // BLOCK * BLOCK
        blocks = [self._block(at) for at in range(first, stop, BLOCK)]
        return torch.cat(blocks)[start - first : stop - first]

    def _block(self, start: int) -> Tensor:
        ids = [f"{self.name}-{i}" for i in range(start, start + BLOCK)]
        rng = ItemRng.named(self.seed, f"probes {self.name}", ids)
        anchor = self.pool[rng.integers(len(self.pool))]
        made = self.family.make(Unit(self.scaled, rng))
        return from_unit(made, anchor, self.domain)
