"""Changes of the library by name and range, as a person writes them down."""

from collections.abc import Callable, Mapping
from typing import Final

from preceptor.core import InputError
from preceptor.transforms import USES, Transform

DECLARABLE: Final[dict[str, Callable[[float], Transform]]] = {
    use.kind: use.of for use in USES if use.declarable
}
"""Name to transformation by its range: a share, degrees, a factor, pixels, as its class says."""


def declared(ranges: Mapping[str, float | None]) -> tuple[Transform, ...]:
    """The transformations whose ranges are given.

    Raises:
        InputError: none is given.
    """
    given = {kind: size for kind, size in ranges.items() if size is not None}
    if not given:
        raise InputError(
            f"no change is declared; give at least one of {', '.join(DECLARABLE)} with its range, "
            "for example shift=0.1"
        )
    return tuple(make(given[kind]) for kind, make in DECLARABLE.items() if kind in given)
