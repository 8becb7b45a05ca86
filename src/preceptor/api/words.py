"""Words for Python: names of labels, and the command line's errors as a caller would spell them."""

import functools
import inspect
import os
import re
from collections.abc import Callable, Sequence
from typing import Final, ParamSpec, TypeVar

from preceptor.core import InputError, PreceptorError
from preceptor.core.did_you_mean import did_you_mean

P = ParamSpec("P")
T = TypeVar("T")

_OPTION: Final = re.compile(
    r"(?<![\w-])(no )?--([a-z][a-z-]*[a-z])\b( (?=['\"\d.A-Z]|[a-z]+:[A-Za-z]))?(:)?"
)
_BOTH: Final = re.compile(r"--[a-z-]+; in Python, ")
_OTHERS: Final = {"attack": "attacks", "relation": "relations"}
_FLAGS: Final = frozenset(("trust-pickle", "teacher-gradients", "quick", "shared"))
_COMMANDS_OWN: Final = frozenset(("fail-under", "fail-if-found", "json", "dry-run", "help"))


def names_of(classes: object) -> list[str]:
    """The labels' names, or their number as one word; empty if not given.

    Args:
        classes: a number, names, names separated by commas, or ``None``.

    Raises:
        InputError: a name that is empty, stands twice or is no text.
    """
    if classes is None:
        return []
    if isinstance(classes, int) and not isinstance(classes, bool):
        if classes < 2:
            raise InputError(f"--classes {classes}: expected at least 2 labels")
        return [str(classes)]
    if isinstance(classes, str):
        # another locale hands over the bytes of a word; in UTF-8 they say what was typed
        plain = os.fsencode(classes).decode("utf-8", "surrogateescape")
        names = [part.strip() for part in plain.split(",")]
    elif isinstance(classes, Sequence) and all(isinstance(one, str) for one in classes):
        names = list(classes)
    else:
        raise InputError(
            f"--classes {classes!r}: expected how many labels there are, or their names, such as "
            "['cat', 'dog']"
        )
    if not names or any(not name for name in names) or len(set(names)) != len(names):
        raise InputError(
            f"--classes {classes!r}: expected each label's name once, separated by commas, for example "
            "--classes cat,dog; or how many labels there are"
        )
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"--classes: the name {name!a} is no UTF-8 text. Set the terminal to UTF-8 (for "
                "example export LC_ALL=C.UTF-8), or write it in ASCII"
            ) from error
    return names


def in_python(message: str) -> str:
    """A message with its options as a caller spells them: ``--budget 5`` is ``budget=5``."""
    return _OPTION.sub(_spelled, _BOTH.sub("", message))


def _spelled(found: re.Match[str]) -> str:
    """``--budget 5`` as ``budget=5``; ``no --teacher`` and ``--by:`` without the sign."""
    none, option, value, colon = (part or "" for part in found.groups())
    if option in _COMMANDS_OWN:
        return found[0]
    name = _OTHERS.get(option, option).replace("-", "_")
    if option in _FLAGS:
        return f"{none}{name}=True{value}{colon}"
    return f"{none}{name}{'' if none or colon else '='}{colon}"


def door(verb: Callable[P, T]) -> Callable[P, T]:
    """A function of the front door: its errors speak of arguments, where the command line's speak of
    options.
    """
    known = inspect.signature(verb).parameters

    @functools.wraps(verb)
    def entered(*args: P.args, **kwargs: P.kwargs) -> T:
        for name in kwargs:
            if name not in known:
                raise TypeError(
                    f"{verb.__name__}() has no argument {name!r}{did_you_mean(name, known)}. It has: "
                    f"{', '.join(known)}"
                )
        try:
            return verb(*args, **kwargs)
        except PreceptorError as error:
            if error.args and isinstance(error.args[0], str):
                error.args = (in_python(error.args[0]), *error.args[1:])
            raise

    return entered


def whole_number(name: str, value: object, least: int = 0) -> None:
    """See that an argument is a whole number.

    Raises:
        InputError: it is none, or too small.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(f"--{name} {value!r}: expected a whole number, at least {least}")


def share(name: str, value: object) -> None:
    """See that an argument is a share, from 0 to 1.

    Raises:
        InputError: it is none.
    """
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise InputError(f"--{name} {value!r}: expected a share between 0 and 1, such as 0.95")
