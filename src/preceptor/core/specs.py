"""The one grammar of what people write by name: ``name:option=value,option=value``.

Attacks, strategies, problems, vote rules and students' files are all read by it. Which options there
are is read from the parameters of whatever makes the thing: a dataclass or a function.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import NoneType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

from preceptor.core.did_you_mean import did_you_mean
from preceptor.core.errors import InputError

T = TypeVar("T")

NEEDED: Final = inspect.Parameter.empty
"""The default of an option that must be given."""

_TRUTH: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: before the equals sign.
        kind: its type: ``int``, ``float``, ``str``, ``bool``, a ``Literal`` of words, one of these
            or ``None``, or ``tuple[str, ...]`` for words joined by ``/``.
        default: ``NEEDED`` if there is none.
    """

    name: str
    kind: Any
    default: Any = NEEDED


@dataclass(frozen=True)
class Spec:
    """A specification, taken apart but not yet understood.

    Attributes:
        what: it specifies, for messages: ``attack``.
        text: as it was written.
        name: what stands before the colon.
        words: what stands behind it without an equals sign, in order.
        given: option to value, both as written.
        example: one that works, for messages; may be empty.
    """

    what: str
    text: str
    name: str
    words: tuple[str, ...]
    given: Mapping[str, str]
    example: str = ""

    def wrong(self, why: str) -> InputError:
        """What to raise: what was given, why it is wrong, and what to write."""
        return wrong(self.what, self.text, why, self.example)

    def no_words(self) -> "Spec":
        """This, if it has nothing but options.

        Raises:
            InputError: a part without an equals sign.
        """
        if self.words:
            raise self.wrong(f"{self.words[0]!r} is no option; write option=value")
        return self

    def read(self, options: Mapping[str, Option], *, others: bool = False) -> dict[str, Any]:
        """Every option's value, the defaults filled in.

        Args:
            options: those that there are.
            others: whether there may be further options; they come back as they were written.

        Raises:
            InputError: an option that does not exist, lacks or cannot be read.
        """
        values = {key: one.default for key, one in options.items()}
        for key, text in self.given.items():
            if key in options:
                values[key] = self.value(key, text, options[key].kind)
            elif others:
                values[key] = text
            else:
                has = f"It has: {', '.join(options)}" if options else "It has no options"
                raise self.wrong(f"there is no option {key!r}{did_you_mean(key, options)}. {has}")
        lacking = [key for key, value in values.items() if value is NEEDED]
        if lacking:
            raise self.wrong(f"it lacks {', '.join(lacking)}")
        return values

    def value(self, key: str, text: str, kind: Any) -> Any:
        """One option's value by its type.

        Raises:
            InputError: the text means no such value.
        """
        try:
            return read_value(text, kind)
        except ValueError as error:
            raise self.wrong(f"{key} must be {error}; got {text!r}") from error


def wrong(what: str, text: str, why: str, example: str = "") -> InputError:
    """What to raise of a specification: what was given, why it is wrong, and what to write."""
    such = f"; write for example {example}" if example else ""
    return InputError(f"{what} {text!r}: {why}{such}")


def take_apart(text: str, what: str, *, example: str = "") -> Spec:
    """A specification's parts.

    Args:
        text: ``name``, or ``name:`` and parts joined by commas; spaces around parts do not count.
        what: it specifies, for messages.
        example: one that works.

    Raises:
        InputError: an option that stands twice or is empty.
    """
    name, _, rest = text.partition(":")
    return parts_of(rest.split(","), text.strip(), name.strip(), what, example=example)


def parts_of(parts: Iterable[str], text: str, name: str, what: str, *, example: str = "") -> Spec:
    """The same where what is behind the colon has been divided already."""
    words, given = [], {}
    for part in filter(None, (part.strip() for part in parts)):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            words.append(part)
            continue
        if key in given or not value:
            why = f"{key}= stands twice" if key in given else f"{key}= has no value"
            raise wrong(what, text, why, example)
        given[key] = value
    return Spec(what, text, name, tuple(words), given, example)


def choose(name: str, known: Mapping[str, T], what: str) -> T:
    """What has this name.

    Raises:
        InputError: nothing has; says what there is.
    """
    if name not in known:
        raise InputError(
            f"there is no {what} {name!r}{did_you_mean(name, known)}. There are: {', '.join(known)}."
        )
    return known[name]


def options_of(
    make: Callable[..., object], *, besides: Collection[str] = (), names: Collection[str] = ()
) -> dict[str, Option]:
    """The options of what ``make`` makes: its parameters.

    Args:
        make: a dataclass or a function, with types.
        besides: parameters that are no options.
        names: of those that it takes as ``**options``; ``None`` where they are not given.
    """
    options: dict[str, Option] = {}
    for name, one in inspect.signature(make).parameters.items():
        if one.kind is one.VAR_KEYWORD:
            options |= {key: Option(key, one.annotation, None) for key in names}
        elif name not in besides:
            options[name] = Option(name, one.annotation, one.default)
    return options


def read_value(text: str, kind: Any) -> Any:
    """The value that a text means, by its declared type.

    Raises:
        ValueError: none; the message says what was expected, as the end of *it must be*.
    """
    if get_origin(kind) is Literal:
        if text in get_args(kind):
            return text
        raise ValueError(f"one of {', '.join(get_args(kind))}")
    if get_origin(kind) is tuple:
        return tuple(word.strip() for word in text.split("/"))
    kinds = get_args(kind) or (kind,)
    if NoneType in kinds and text == "none":
        return None
    literals = [one for one in kinds if get_origin(one) is Literal]
    if literals:
        return read_value(text, literals[0])
    if bool in kinds:
        if text in _TRUTH:
            return _TRUTH[text]
        raise ValueError("true or false")
    if str in kinds:
        return text
    number = "a whole number" if int in kinds else "a number such as 0.1 or 8/255"
    try:
        return int(text) if int in kinds else float(Fraction(text))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(number) from error
