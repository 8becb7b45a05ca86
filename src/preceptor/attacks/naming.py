"""Names that tell attacks apart, and checks of their options."""

import math
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, runtime_checkable

from torch import Tensor

from preceptor.core import InputError


@runtime_checkable
class Options(Protocol):
    """Any dataclass: its fields are an attack's options."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def name_of(attack: Options, family: str, *sizes: str, leave_out: tuple[str, ...] = ()) -> str:
    """``family``, the named sizes, and every other plain option that is not its default."""
    parts = [family]
    for option in fields(attack):
        value = getattr(attack, option.name)
        if isinstance(value, Tensor) or option.name in leave_out:
            continue
        if option.name in sizes or value != option.default:
            parts.append(f"{option.name}={plain(value)}")
    return " ".join(parts)


def plain(value: object) -> str:
    """An option as it is written in a specification."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def positive(attack: str, **options: float) -> None:
    """Check that options are finite numbers above 0.

    Raises:
        InputError: one is not.
    """
    for name, value in options.items():
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"{attack}: {name} must be a finite number above 0; got {value}")


def at_least(least: float, attack: str, **options: float) -> None:
    """Check that options are finite numbers not below ``least``.

    Raises:
        InputError: one is.
    """
    for name, value in options.items():
        if not (math.isfinite(value) and value >= least):
            raise InputError(f"{attack}: {name} must be at least {least:g}; got {value}")


def one_of(known: Sequence[str], attack: str, **options: str) -> None:
    """Check that options are among the words that exist.

    Raises:
        InputError: one is not.
    """
    for name, value in options.items():
        if value not in known:
            raise InputError(f"{attack}: {name} must be one of {', '.join(known)}; got {value!r}")
