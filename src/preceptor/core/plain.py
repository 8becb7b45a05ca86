"""Dataclasses from plain data, by the types of their fields."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

T = TypeVar("T")


def read_fields(kind: type[T], said: Mapping[str, Any]) -> T:
    """What ``dataclasses.asdict`` took apart, or a ``describe`` that keeps the fields' names.

    A dataclass in a field is read by its own ``read`` if it has one. Tuples that JSON made lists
    are tuples again. Fields that are missing have their defaults; what is no field is passed over.

    Args:
        kind: a dataclass whose fields are plain, dataclasses, or tuples or mappings of these.
        said: plain data.

    Raises:
        KeyError, TypeError, ValueError: it is not of that form.
    """
    options: Any = fields(kind)  # type: ignore[arg-type]
    given = {one.name: _value(one.type, said[one.name]) for one in options if one.name in said}
    return kind(**given)


def _value(kind: Any, said: Any) -> Any:
    parts = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        if said is None:
            return None
        rest = [part for part in parts if part is not NoneType]
        return _value(rest[0], said) if len(rest) == 1 else said
    if get_origin(kind) is tuple:
        each = parts[:1] * len(said) if parts[-1] is ... else parts
        return tuple(_value(part, one) for part, one in zip(each, said, strict=True))
    if get_origin(kind) in (dict, Mapping):
        return {key: _value(parts[1], one) for key, one in said.items()}
    if is_dataclass(kind):
        own: Any = getattr(kind, "read", None)
        return own(said) if own is not None else read_fields(kind, said)  # type: ignore[arg-type]
    return said
