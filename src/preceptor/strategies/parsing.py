"""Strategies as they are written on the command line: ``name:option=value,option=value``."""

from fractions import Fraction

from preceptor.core import InputError
from preceptor.core.hints import meant
from preceptor.strategies.catalogue import STRATEGIES
from preceptor.strategies.entries import Entry, Option, Options, Setting
from preceptor.strategies.mixed import Mixed
from preceptor.strategies.strategy import Strategy


def parse(spec: str, setting: Setting) -> Strategy:
    """The strategy that a specification such as ``adversarial:eps=0.2`` names.

    Args:
        spec: ``name``, ``name:option=value,option=value`` or ``told:NAME``; several joined by
            `` + `` speak one after the other.
        setting: what there is to make it of.

    Raises:
        InputError: an unknown name or option, or a value that cannot be read. Says what exists.
    """
    parts = split(spec)
    made = tuple(entry(part)[0].make(setting, entry(part)[1]) for part in parts)
    return made[0] if len(made) == 1 else Mixed(made)


def split(spec: str) -> list[str]:
    """The specifications that are joined by a plus."""
    return [part.strip() for part in spec.split(" + ")]


def entry(spec: str) -> tuple[Entry, Options]:
    """The entry that one specification names, and its options.

    Raises:
        InputError: see :func:`parse`.
    """
    name, _, rest = spec.partition(":")
    name, rest = name.strip(), rest.strip()
    found = STRATEGIES.get(name)
    if found is None:
        raise InputError(
            f"there is no strategy {name!r}{meant(name, STRATEGIES)}. There are: "
            f"{', '.join(STRATEGIES)}."
        )
    if name == "told":
        return found, Options({}, rest)
    parts = [part for part in (part.strip() for part in rest.split(",")) if part]
    if found.borrowed and not (parts and "=" not in parts[0]):
        raise InputError(f"strategy {spec!r} lacks a name; write for example {found.example}")
    word = parts.pop(0) if found.borrowed else ""
    given: dict[str, float | str | None] = {
        key: default[0] if isinstance(default, tuple) else default
        for key, default in found.options.items()
    }
    own: dict[str, str] = {}
    taken: set[str] = set()
    for part in parts:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if key in taken:
            raise InputError(f"option {key!r} stands twice in strategy {spec!r}")
        taken.add(key)
        if equals and found.borrowed and key not in found.options:
            own[key] = value
            continue
        if not equals or key not in found.options:
            has = ", ".join(found.options) or "no options"
            raise InputError(
                f"{part!r} in strategy {spec!r} is no option of it{meant(key, found.options)}; write "
                f"option=value. It has: {has}."
            )
        given[key] = _read(value, found.options[key], f"option {key!r} of strategy {name!r}")
    lacking = [key for key, value in given.items() if value == ""]
    if lacking:
        raise InputError(
            f"strategy {spec!r} lacks {', '.join(lacking)}; write for example {found.example}"
        )
    return found, Options(given, word, own)


def _read(text: str, default: Option, what: str) -> float | str:
    if isinstance(default, tuple):
        if text in default:
            return text
        raise InputError(f"{what} must be one of {', '.join(default)}; got {text!r}")
    if isinstance(default, str):
        return text
    try:
        return float(Fraction(text))
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"{what} must be a number such as 0.1 or 8/255; got {text!r}") from error
