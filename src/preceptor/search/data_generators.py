"""Generators that draw inputs, whatever the student says of them."""

from dataclasses import dataclass

import torch

from preceptor.core import ArraySource, Domain
from preceptor.probes import ProbeFamily, families
from preceptor.search.asked_inputs import AskedInputs
from preceptor.search.context import Proposals, SearchContext

COVERED = ("affine", "thickness", "elastic", "blur", "contrast", "noise", "impulse")
"""Probe families that a search leaves to its transformations, which look at the student first."""


@dataclass(frozen=True)
class Plain:
    """Items of the data as they are, in a random order."""

    name: str = "data"
    says: str = "items of the data as they are"

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """The next items; nothing once all were proposed."""
        del asked
        order = ground.streams(self.name, 0, 1).generators[0].permutation(len(ground.starts))
        rows = ground.starts[torch.from_numpy(order[start : start + many])]
        return Proposals.plain(ground.pool[rows], rows)


@dataclass(frozen=True)
class Probe:
    """Draws of one probe family.

    Attributes:
        family: which.
    """

    family: ProbeFamily

    @property
    def name(self) -> str:
        """Of the family."""
        return f"probe {self.family.name}"

    @property
    def says(self) -> str:
        """Of the family."""
        return self.family.says

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """The family's next draws."""
        del asked
        data = ArraySource(ground.pool, ground.domain)
        source = self.family.source(data, start + many, seed=ground.seed)
        return Proposals.plain(source.read(start, start + many))


def seeds(domain: Domain) -> list[Plain | Probe]:
    """The data, and every family that no transformation covers."""
    drawn = [one for one in families(domain) if one.name not in ("data", *COVERED)]
    return [Plain(), *(Probe(one) for one in drawn)]
