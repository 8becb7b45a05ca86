"""Names that tell attacks apart."""

from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class HasOptions(Protocol):
    """Any dataclass: its fields are an attack's options."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def name_of(attack: HasOptions, family: str, *sizes: str, leave_out: tuple[str, ...] = ()) -> str:
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
