"""The claims, one file for each or for a few that belong together. A new one is a row here."""

from collections.abc import Iterable
from typing import Final

from preceptor.core import InputError
from preceptor.paper.claim import Claim
from preceptor.paper.claims import (
    bistable,
    cells,
    copies,
    decoy,
    halfspace,
    hidden,
    plane,
    ruled,
    xor,
)

CLAIMS: Final[tuple[Claim, ...]] = (
    plane.PARTS,
    plane.MARGIN,
    bistable.SOME,
    bistable.EVERY,
    copies.PASSIVE,
    copies.ACTIVE,
    halfspace.CONTROL,
    hidden.NEEDLE,
    hidden.BALL,
    xor.PASSIVE,
    xor.TELLING,
    xor.PRIOR,
    cells.BLOCKS,
    cells.RULES,
    decoy.DECOY,
    ruled.INVARIANT,
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
