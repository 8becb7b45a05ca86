"""The claims, one file for each or for a few that belong together. A new one is a row here."""

from collections.abc import Iterable
from typing import Final

from preceptor.core import InputError
from preceptor.paper.claim import Claim
from preceptor.paper.claims import (
    bistable_claim,
    bounds_claim,
    cells,
    copies_claim,
    decoy,
    halfspace_claim,
    hidden_claim,
    local_claim,
    plane_claim,
    ruled_claim,
    xor_claim,
)

CLAIMS: Final[tuple[Claim, ...]] = (
    plane_claim.PARTS,
    plane_claim.MARGIN,
    bistable_claim.SOME,
    bistable_claim.EVERY,
    bounds_claim.BOUNDED,
    copies_claim.PASSIVE,
    copies_claim.ACTIVE,
    halfspace_claim.CONTROL,
    hidden_claim.NEEDLE,
    hidden_claim.BALL,
    local_claim.LOCAL,
    xor_claim.PASSIVE,
    xor_claim.TELLING,
    xor_claim.PRIOR,
    cells.BLOCKS,
    cells.RULES,
    decoy.DECOY,
    ruled_claim.INVARIANT,
)
"""In the order of the report."""


def chosen(names: Iterable[str] = ()) -> tuple[Claim, ...]:
    """The claims of these names, in the order of the report; all of them without names.

    Raises:
        InputError: there is none of that name.
    """
    known = {claim.facts.name: claim for claim in CLAIMS}
    wanted = list(names)
    for name in wanted:
        if name not in known:
            raise InputError(f"there is no claim {name!r}; there are {', '.join(known)}")
    return tuple(claim for name, claim in known.items() if not wanted or name in wanted)
