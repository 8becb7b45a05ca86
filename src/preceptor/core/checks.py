"""Checks of options that are numbers or words."""

import math
from collections.abc import Sequence

from preceptor.core.errors import InputError


def positive(what: str, *, above: float = 0.0, **options: float) -> None:
    """Check that options are finite numbers above ``above``.

    Raises:
        InputError: one is not.
    """
    for name, value in options.items():
        if not above < value < math.inf:
            raise InputError(f"{what}: {name} must be a finite number above {above:g}; got {value}")


def at_least(least: float, what: str, **options: float) -> None:
    """Check that options are finite numbers not below ``least``.

    Raises:
        InputError: one is.
    """
    for name, value in options.items():
        if not (math.isfinite(value) and value >= least):
            raise InputError(f"{what}: {name} must be at least {least:g}; got {value}")


def one_of(known: Sequence[str], what: str, **options: str) -> None:
    """Check that options are among the words that exist.

    Raises:
        InputError: one is not.
    """
    for name, value in options.items():
        if value not in known:
            raise InputError(f"{what}: {name} must be one of {', '.join(known)}; got {value!r}")
