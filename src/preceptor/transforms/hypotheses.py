"""The committed library: what can be said to leave an answer alone, and how long it takes to say.

Both sides draw from it. What a teacher declares costs its code length here; what an active student
tests (:class:`preceptor.strategies.InvarianceTests`) are its members. So neither has a list that
was made for the problem, and no price is a constant that somebody wrote down.

The code has two parts: which of the kinds that fit the inputs, or *none of them*, all as likely; and
which of that kind's members, the ranges on its grid, all as likely. It is one of many codes for the
same list; a code that made this problem's member cheaper would make others dearer.
"""

import math
from dataclasses import fields
from typing import Any

from preceptor.core import Domain
from preceptor.transforms.library import USES, Use
from preceptor.transforms.swaps import Swap
from preceptor.transforms.transform import Transform

NUMBER = 32
"""Bits of a number that is on no grid: as a float32."""


def kinds(domain: Domain) -> tuple[Use, ...]:
    """The kinds that have members for inputs of a domain, in the library's order."""
    return tuple(use for use in USES if ranges_of(use, domain))


def ranges_of(use: Use, domain: Domain) -> tuple[float, ...]:
    """The ranges of a kind's members, ascending; none where it does not fit the domain."""
    if use.usual.images_only and not domain.is_image:
        return ()
    if isinstance(use.usual, Swap):
        return use.steps.upto(type(use.usual).largest(*domain.shape[1:]))
    return use.steps.values


def members(use: Use, domain: Domain) -> tuple[Transform, ...]:
    """The members of a kind, by ascending range."""
    return tuple(use.of(size) for size in ranges_of(use, domain))


def code_length(transform: Transform, domain: Domain) -> float | None:
    """Bits that name a member of the library; ``None`` for what is none.

    A member has a range on its kind's grid, and every other field as the library has it.
    """
    use = next((use for use in USES if type(use.usual) is type(transform)), None)
    if use is None:
        return None
    first, *others = (one.name for one in fields(_plain(use.usual)))
    sizes = ranges_of(use, domain)
    mine = float(getattr(transform, first))
    on_grid = any(abs(mine - size) < 1e-6 for size in sizes)
    same = all(getattr(transform, name) == getattr(use.usual, name) for name in others)
    if not on_grid or not same:
        return None
    return outside_bits(domain) + math.log2(len(sizes))


def outside_bits(domain: Domain) -> float:
    """Bits that say which kind, or that it is none of them and is described in full."""
    return math.log2(len(kinds(domain)) + 1)


def full_length(transform: Transform, domain: Domain) -> float:
    """Bits of a transformation of the library's kinds with numbers that are on no grid.

    That it is no member; which of all kinds; and every number of it as a float32.
    """
    numbers = len(fields(_plain(transform)))
    return outside_bits(domain) + math.log2(len(USES)) + NUMBER * numbers


def _plain(transform: Transform) -> Any:
    """The same, as the dataclass that all of them are."""
    return transform
